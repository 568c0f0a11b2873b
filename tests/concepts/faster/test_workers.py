"""Ways to share the work, held to torch.nn, to the plain algorithm and to exact laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.faster import plain, workers
from core.concepts.faster.codes import CODES
from core.concepts.faster.shards import batches, data_of, parts, schedule, shards_of, sizes_of
from core.concepts.faster.ways import WAYS, Gradients, Team, Way
from core.stacked.nets import MLP

LAB = find("faster.workers")
NET = MLP((64, 64, 10))
S, W, B = 2, 4, 3


def team(**changed: object) -> Team:
    given = {"net": NET, "sizes": [B] * W, "weighted": False, "learning_rate": 0.1,
             "momentum": 0.0, "every": 4, "delay": 2, "code": "2"}
    return Team(**{**given, **changed})  # type: ignore[arg-type]


def drawn(n_steps: int = 1, n: int = W * B) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Images and labels of each step in float64, (S, 64, n) and (S, 10, n)."""
    rng = np.random.default_rng(0)
    return [(torch.from_numpy(rng.standard_normal((S, 64, n))),
             torch.from_numpy(np.eye(10)[rng.integers(0, 10, (S, n))].swapaxes(1, 2).copy()))
            for _ in range(n_steps)]


def start() -> torch.Tensor:
    return workers.start_of(NET, range(S)).double()


def moved(way: str, n_steps: int = 6, **changed: object) -> Way:
    """A way after some steps, in float64."""
    found = WAYS[way](team(**changed), Gradients(NET), start())
    for x, y in drawn(n_steps):
        found.step(x, y)
    return found


def peer(row: torch.Tensor) -> nn.Sequential:
    """torch's own net, from one row of parameters."""
    net = plain.mlp().double()
    nn.utils.vector_to_parameters(row.clone(), net.parameters())
    return net


@pytest.mark.parametrize(("way", "read", "memory"), [
    ("gradients", None, False), ("few_bits", plain.two_bits, False),
    ("memory", plain.two_bits, True),
])
def test_a_way_goes_where_the_plain_algorithm_goes(way: str, read: object, memory: bool) -> None:
    """Every seed, in float64, after six updates."""
    found = moved(way)
    for s in range(S):
        net, lost = peer(start()[s]), [torch.zeros(1, dtype=torch.float64)] * W
        for x, y in drawn(6):
            own = list(zip(x[s].T.split(B), y[s].T.argmax(1).split(B), strict=True))
            plain.step(net, own, lost, 0.1, memory=memory, **({"read": read} if read else {}))
        theirs = nn.utils.parameters_to_vector(net.parameters())
        assert torch.allclose(found.nets[s], theirs, rtol=0, atol=1e-9)


def test_equal_shares_averaged_are_the_whole_batch() -> None:
    assert torch.allclose(moved("gradients").nets, moved("whole").nets, rtol=0, atol=1e-12)


def test_unequal_shares_need_their_weights() -> None:
    sizes = [1, 1, 1, 9]
    whole = moved("whole").nets
    weighted = moved("gradients", sizes=sizes, weighted=True).nets
    assert torch.allclose(weighted, whole, rtol=0, atol=1e-12)
    assert (moved("gradients", sizes=sizes).nets - whole).abs().max() > 1e-3


def test_weights_averaged_at_every_step_are_gradients_averaged() -> None:
    """Without momentum an update is linear in the gradient."""
    local = moved("weights", every=1)
    assert torch.allclose(local.nets, moved("gradients").nets, rtol=0, atol=1e-12)
    assert local.bits == moved("gradients").bits
    assert moved("weights", every=4).bits * 6 == local.bits


def test_workers_alone_are_torchs_nets() -> None:
    """Not averaged at all: each worker's net after six updates on its own images."""
    found = moved("weights", every=99)
    for k in range(W):
        net = peer(start()[1])
        for x, y in drawn(6):
            own = slice(k * B, (k + 1) * B)
            alone = (x[1].T[own], y[1].T[own].argmax(1))
            plain.step(net, [alone], [torch.zeros(1)], 0.1)
        theirs = nn.utils.parameters_to_vector(net.parameters())
        assert torch.allclose(found.own[k, 1], theirs, rtol=0, atol=1e-9)  # type: ignore[attr-defined]


def test_stale_gradients_are_of_the_past() -> None:
    """Without delay they are not stale; with some, the first updates all see the first weights."""
    assert torch.equal(moved("stale", delay=0).nets, moved("gradients").nets)
    late = moved("stale", n_steps=3, delay=2).nets
    gradients = Gradients(NET)
    seen = [gradients(start(), *batch) for batch in drawn(3)]
    assert torch.allclose(late, start() - 0.1 * sum(seen), rtol=0, atol=1e-12)


def test_batch_norm_of_each_its_own_is_another_gradient() -> None:
    net = MLP((64, 64, 10), batch_norm=True)
    p = workers.start_of(net, range(S)).double()
    ((x, y),) = drawn()
    gradients = Gradients(net)
    apart = gradients.of_workers(p, x, y, [B] * W).mean(0) - gradients(p, x, y)
    assert (apart.norm(dim=1) / gradients(p, x, y).norm(dim=1)).min() > 0.05


def test_memory_loses_nothing_over_time() -> None:
    """What was sent and what is left to send is the sum of all gradients, worker by worker."""
    way = WAYS["memory"](team(learning_rate=1e-12), Gradients(NET), start())
    sent = torch.zeros_like(start())
    for x, y in drawn(5):
        way.step(x, y)
        sent += way.followed
    gradients = Gradients(NET)
    meant = sum(gradients(start(), x, y) for x, y in drawn(5))
    left = way.lost.mean(0)  # type: ignore[attr-defined]
    assert torch.allclose(sent + left, meant, rtol=0, atol=1e-8)


# --- codes ----------------------------------------------------------------------------

GIVEN = torch.tensor([[0.1, -0.6, 1.0, 0.0, -0.3, 0.55, 0.0, 0.02]])


@pytest.mark.parametrize(("code", "read", "bits"), [
    ("2", [0, -1, 1, 0, 0, 1, 0, 0], 16 + 32),
    ("1", [0.32125, -0.32125, 0.32125, 0, -0.32125, 0.32125, 0, 0.32125], 8 + 32),
    ("top1", [0, 0, 1, 0, 0, 0, 0, 0], 32 + 3),
    ("4", [1 / 7, -4 / 7, 1, 0, -2 / 7, 4 / 7, 0, 0], 32 + 32),
])
def test_what_a_code_lets_through(code: str, read: list[float], bits: int) -> None:
    wanted = torch.tensor([[float(r) for r in read]])
    assert torch.allclose(CODES[code].read(GIVEN), wanted, atol=1e-6)
    assert CODES[code].bits(8) == bits


def test_codes_keep_rows_apart_and_zeros() -> None:
    rows = torch.cat([GIVEN, 100 * GIVEN, 0 * GIVEN])
    for code in CODES.values():
        read = code.read(rows)
        assert torch.allclose(read[1], 100 * read[0], rtol=1e-5)
        assert not read[2].any()


# --- who has what ---------------------------------------------------------------------


def test_shards_share_all_images() -> None:
    classes = np.random.default_rng(0).integers(0, 10, 1000)
    for by_class in (False, True):
        shards = shards_of(classes, 4, by_class)
        assert sorted(shards.ravel()) == list(range(1000))
    assert [len(np.unique(classes[own])) <= 4 for own in shards] == [True] * 4


def test_a_worker_sees_its_own_images_equally_often() -> None:
    shards = shards_of(np.arange(1000) % 10, 4, by_class=True)
    rows = schedule(shards, [4, 4, 4, 52], 250, seed=3)
    counts = np.bincount(rows.ravel(), minlength=1000)
    assert [set(counts[own]) for own in shards] == [{4}, {4}, {4}, {52}]


def test_parts_are_the_batch() -> None:
    sizes = sizes_of(4, 16, equal=False)
    assert sizes == [4, 4, 4, 52]
    assert sum(sizes) == sum(sizes_of(4, 16, equal=True)) == 64
    x = torch.arange(S * 3 * 64.0).view(S, 3, 64)
    found = [own for _, first, _ in parts(x, x, sizes) for own in first]
    assert torch.equal(torch.cat(found, 2), x)
    assert [own.shape[2] for own in found] == sizes


def test_all_workers_batches_are_of_their_seed() -> None:
    split = data_of(range(2))
    both = next(batches(split, range(2), [8, 8], 1, by_class=False))
    alone = next(batches(data_of(range(1, 2)), range(1, 2), [8, 8], 1, by_class=False))
    assert torch.allclose(both[0][1], alone[0][0])
    assert math.isclose(float(both[1].sum()), 2 * 16)


# --- the lab --------------------------------------------------------------------------


def test_the_gap_of_the_whole_batch_is_nothing() -> None:
    h = LAB.run(ways=("whole", "gradients"), n_steps=16, n_seeds=1)
    assert float(h["gap"].sel(way="whole").max()) == 0
    assert float(h["gap"].sel(way="gradients").max()) < 1e-5


def test_who_failed_is_named() -> None:
    h = LAB.run(ways=("whole", "stale"), momentum=0.9, learning_rate=0.3, delay=16, n_steps=64,
                n_seeds=1)
    assert any(note.startswith("64: Stale gradients: after 64 steps") for note in h.attrs["notes"])


def test_it_runs_as_a_script() -> None:
    equal, unequal = plain.main()
    assert equal < 1e-6
    assert unequal > 0.1
