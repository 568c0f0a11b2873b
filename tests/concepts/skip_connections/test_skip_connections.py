"""Deep nets held to torch.nn and autograd, and what their frames say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks import depth as benchmark
from core.concepts import concepts
from core.concepts.skip_connections import depth, inside, measures
from core.concepts.skip_connections.common import (
    GUESSING,
    KINDS,
    LOSS_CEILING,
    N_TRAIN,
    data_of,
    depth_race_of,
    net_of,
    score,
)
from core.concepts.skip_connections.resnet import ResNet
from core.concepts.skip_connections.staggered import DepthRace
from core.config import Config as BaseConfig
from core.config import explain, sentence_of, with_changes
from core.stacked.data import batches
from core.stacked.layers import Workspace
from core.stacked.nets import Stack
from core.stacked.race import CACHE_BYTES, Race, Runner
from core.words import phrase
from tests.concepts.skip_connections.test_resnet import module_of

LABS = {e.name.partition(".")[2]: e for e in concepts()["skip_connections"]}
NETS = {
    "dense": ResNet(4, width=6, n_in=5), "batch norm": ResNet(3, width=6, n_in=5, batch_norm=True),
    "convolutions": ResNet(2, width=2, image=4, n_out=3),
    "convolutions with batch norm": ResNet(2, width=2, image=4, n_out=3, batch_norm=True),
}
N_SEEDS, N = 2, 12
every_net = pytest.mark.parametrize("name", NETS)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def models_of(net: ResNet) -> tuple[list[Runner], Tensor]:
    """Every kind, two seeds, in float64: (K, P)."""
    start = np.stack([net.init(np.random.default_rng(s)) for s in range(N_SEEDS)])
    start += np.random.default_rng(9).normal(0, 0.1, start.shape)  # no bias is 0: no ties
    runners = [Runner("momentum", {"learning_rate": 0.05}, s)
               for _ in KINDS for s in range(N_SEEDS)]
    p = torch.from_numpy(start).double().repeat(len(KINDS), 1)
    gates = torch.tensor([kind(net.depth) for kind in KINDS.values()]).double()
    net.gates(p)[...] = gates.repeat_interleave(N_SEEDS, 0)[:, None]
    return runners, p


def race(net: ResNet) -> tuple[Race, Tensor, Tensor]:
    """Those models, and images and classes per seed."""
    runners, p = models_of(net)
    found = Race(net, runners, p[:N_SEEDS], N)
    found.p.copy_(p)
    x = random(N_SEEDS, net.image**2 or net.n_in, N, seed=3)
    classes = torch.arange(N) % net.n_out
    y = torch.eye(net.n_out).double()[classes].T.expand(N_SEEDS, net.n_out, N)
    return found, x, y


def stack_of(net: ResNet, p: Tensor) -> Stack:
    return Stack(net, p, torch.zeros_like(p), Workspace())


# --- training --------------------------------------------------------------------------


@every_net
def test_training_equals_torch(name: str) -> None:
    """All kinds and seeds of a stack, six steps, each against its own loop over torch.nn; the
    gates of the kinds that do not learn them stay.
    """
    net = NETS[name]
    ours, x, y = race(net)
    modules = [module_of(net, p) for p in ours.p]
    before = net.gates(ours.p).clone()
    for t in range(6):
        ours.step(x + t / 10, y)
        for k, module in enumerate(modules):
            free = [p for p in module.parameters() if p.requires_grad]
            if t == 0:
                module.optimizer = torch.optim.SGD(free, lr=0.05, momentum=0.9)
            module.optimizer.zero_grad()
            s = k % N_SEEDS
            nn.functional.cross_entropy(module(x[s].T + t / 10), y[s].T).backward()
            module.optimizer.step()
    seeds = torch.arange(len(ours.p)) % N_SEEDS
    logits = stack_of(net, ours.p).forward(x[seeds], train=True)
    for k, module in enumerate(modules):
        assert (module(x[seeds[k]].T).T - logits[k]).abs().max() <= 1e-9
    learns = [kind == "rezero" for kind in KINDS for _ in range(N_SEEDS)]
    changed = (net.gates(ours.p) != before).any(2).all(1)
    assert changed.tolist() == learns


@pytest.mark.parametrize("cache", [CACHE_BYTES, 0])
@every_net
def test_nets_of_several_depths_are_trained_as_each_depth_alone(
    name: str, cache: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one block, and with one kind to a block."""
    monkeypatch.setattr("core.stacked.race.CACHE_BYTES", cache)
    nets = [replace(NETS[name], depth=depth) for depth in (1, 2, 5)]
    alone, (x, *_), (y, *_) = zip(*map(race, nets), strict=True)
    runners, starts = zip(*map(models_of, nets), strict=True)
    together = DepthRace(nets, runners[0], starts, N)
    for t in range(3):
        for ours in (*alone, together):
            ours.step(x + t / 10, y)
    for ours, p in zip(alone, together.parameters(), strict=True):
        torch.testing.assert_close(p, ours.p, rtol=1e-9, atol=1e-9)
    found = [(ours.outputs(x), *ours.losses(x, y)) for ours in (*alone, together)]
    for *each, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, torch.stack(each), rtol=1e-9, atol=1e-9)


SMALL = {"n_steps": 20, "width": 16, "batch_size": 16}


@pytest.mark.parametrize("changes", [
    {"batch_norm": "both", "kinds": ("plain", "residual", "naive", "rezero")},
    {"net": "cnn", "depths": ("2",)}, {"rates": "tuned"}, {"optimizer": "adam"},
], ids=str)
def test_a_seed_in_a_stack_equals_the_same_seed_alone(changes: dict[str, Any]) -> None:
    config = depth.Config(**{**SMALL, "depths": ("2", "4"), "n_seeds": 3, "seed": 5, **changes})
    together = list(depth.train(config))
    alone = list(depth.train(with_changes(config, n_seeds=1, seed=6)))
    assert len(together) == len(alone)
    for a, b in zip(together, alone, strict=True):
        for name in ("train_loss", "train_error", "test_error"):
            # of several rates another one may be the best for one seed
            if "rates" in changes and not np.array_equal(a.arrays["rate"], b.arrays["rate"]):
                continue
            np.testing.assert_allclose(a.arrays[name][..., 1], b.arrays[name][..., 0], rtol=1e-3,
                                       atol=1e-4)


def test_a_kind_among_others_equals_the_same_kind_alone() -> None:
    config = inside.Config(**SMALL, depth=4, n_seeds=2, kinds=("plain", "residual", "rezero"))
    (*_, all_), (*_, one) = inside.train(config), inside.train(
        with_changes(config, kinds=("residual",)))
    for name in ("train_loss", "gradient", "activation", "correlation", "deleted_error"):
        np.testing.assert_allclose(all_.arrays[name][1], one.arrays[name][0], rtol=2e-3, atol=1e-3)


def test_kinds_of_a_seed_start_from_the_same_weights() -> None:
    """They differ in their gates alone, whatever the rates."""
    config = depth.Config(**SMALL, kinds=("plain", "rezero"), n_seeds=2)
    net = net_of(config, 4, False)
    (p,) = depth_race_of(config, [net], [0.1, 0.2]).parameters()
    models = p.view(2, 2, 2, -1)  # kind, rate, seed
    gates = net.gates(models.flatten(0, 2)).view(2, 2, 2, 4, 3)
    assert (gates == torch.tensor([KINDS[k](4) for k in config.kinds])[:, None, None, None]).all()
    net.gates(models.flatten(0, 2))[...] = 0
    assert (models == models[0, 0]).all()
    assert not (models[0, 0, 0] == models[0, 0, 1]).all()


@pytest.mark.parametrize("cache", [CACHE_BYTES, 0])
def test_only_rezero_learns_its_scale(cache: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one block, and with each kind in a block of its own: blocks share their gradients."""
    monkeypatch.setattr("core.stacked.race.CACHE_BYTES", cache)
    config = depth.Config(kinds=("plain", "residual", "naive", "rezero"), n_seeds=1)
    net = net_of(config, 4, True)
    models = depth_race_of(config, [net], [0.01])
    assert len(models._blocks) == (1 if cache else 4)
    (before,) = models.parameters()
    for x, y in batches(data_of(config), config.seeds, config.batch_size, 3):
        models.step(x, y)
    (after,) = models.parameters()
    moved = (net.gates(after) != net.gates(before)).view(4, -1, 4, 3).any(1).any(1)
    assert moved.tolist() == [[False] * 3] * 3 + [[False, True, False]]


def test_the_best_rate_is_the_one_with_the_lowest_training_loss() -> None:
    """At every frame; the curve is the one that this rate gives alone."""
    config = depth.Config(**SMALL, depths=("2", "8"), n_seeds=2, rates="tuned")
    *_, tuned = depth.train(config)
    singles = {}
    for rate in depth.learning_rates(config):
        (*_, last) = depth.train(with_changes(config, rates="shared", learning_rate=rate))
        singles[round(rate, 6)] = last.arrays
    for i in range(2):
        for j in range(2):
            best = min(singles, key=lambda r: np.mean(singles[r]["train_loss"][i, j]))
            assert round(float(tuned.arrays["rate"][i, j]), 6) == best
            np.testing.assert_allclose(tuned.arrays["test_error"][i, j],
                                       singles[best]["test_error"][i, j], atol=2e-3)


def test_the_benchmark_compares_the_same_nets() -> None:
    config = depth.Config(depths=("2", "4"), n_seeds=1, batch_norm="on", width=16)
    assert benchmark.difference(config, 5) < benchmark.TOLERANCE / 10
    both = benchmark.Both(config)
    both.ours(1)
    assert (both.race.parameters()[0][0, :100] != both.models[0].net[0].weight.ravel()[:100]).any()


# --- what is measured ------------------------------------------------------------------


@every_net
def test_layers_are_measured_as_autograd_does(name: str) -> None:
    net = NETS[name]
    ours, x, y = race(net)
    seeds = torch.arange(len(ours.p)) % N_SEEDS
    arriving, spread = measures.by_layer(stack_of(net, ours.p), x[seeds], y[seeds])
    for k, p in enumerate(ours.p):
        module = module_of(net, p)
        h, outputs = x[k % N_SEEDS].T, []
        for stage in module:
            h = stage(h)
            h.retain_grad()
            outputs.append(h)
        nn.functional.cross_entropy(h, y[k % N_SEEDS].T).backward()
        for layer, output in enumerate(outputs[1:-1]):
            assert arriving[k, layer] == pytest.approx(output.grad.norm().item(), rel=1e-9)
            assert spread[k, layer] == pytest.approx(output.std().item(), rel=1e-9)


@pytest.mark.parametrize("name", ["dense", "convolutions"])
def test_shattering_equals_autograd(name: str) -> None:
    """Point by point: the gradient of the difference of two logits, its cosine at a distance."""
    net = NETS[name]
    ours, x, y = race(net)
    points, contrast = measures.line_between(x, y, 9)
    seeds = torch.arange(len(ours.p)) % N_SEEDS
    found = measures.shattering(stack_of(net, ours.p), points[seeds], contrast[seeds], [1, 4])
    for k, p in enumerate(ours.p):
        module, gradients = module_of(net, p), []
        for point in points[k % N_SEEDS].T:
            inputs = point.clone()[None].requires_grad_()
            logits = module(inputs)[0]
            (logits[0] - logits[1]).backward()
            gradients.append(inputs.grad[0])
        for i, lag in enumerate([1, 4]):
            cosines = [torch.cosine_similarity(a, b, 0)
                       for a, b in zip(gradients[:-lag], gradients[lag:], strict=True)]
            assert found[k, i] == pytest.approx(sum(cosines).item() / len(cosines), abs=1e-9)


def test_the_line_goes_from_a_0_to_a_1() -> None:
    data = data_of(depth.Config(n_seeds=2))
    points, contrast = measures.line_between(data.train_x, data.train_y, 5)
    for s in range(2):
        labels = data.train_y[s].argmax(0)
        for c, end in ((0, 0), (1, -1)):
            image = data.train_x[s][:, (labels == c).nonzero()[0, 0]]
            assert torch.allclose(points[s, :, end], image)
    assert torch.allclose(points[:, :, 2], (points[:, :, 0] + points[:, :, -1]) / 2)
    assert contrast[0, :, 0].tolist() == [1, -1, *[0] * 8]


@every_net
def test_directions_have_the_size_of_each_neuron(name: str) -> None:
    """Every row of the weights; biases, batch norm and gates are left alone."""
    net = NETS[name]
    ours, _, _ = race(net)
    seeds = [k % N_SEEDS for k in range(len(ours.p))]
    first, second = measures.random_directions(net, ours.p, seeds)
    n_weights = 0
    for d1, d2, own in zip(*(net.weights(a) for a in (first, second, ours.p)), strict=True):
        assert torch.allclose(d1.norm(dim=2), own.norm(dim=2))
        assert torch.allclose(d2.norm(dim=2), own.norm(dim=2))
        n_weights += own[0].numel()
    assert (first != 0).sum(1).tolist() == [n_weights] * len(first)
    assert torch.allclose(first[0], first[N_SEEDS])  # the same seed, another kind: equal weights
    assert not torch.allclose(first[0], first[1])
    assert not torch.allclose(first, second)


@pytest.mark.parametrize("name", ["dense", "convolutions"])
def test_a_slice_is_the_loss_of_moved_nets(name: str) -> None:
    """Each point against a torch.nn net with these parameters; the nets are put back."""
    net = NETS[name]
    ours, x, y = race(net)
    home = ours.p.clone()
    d1, d2 = measures.random_directions(net, ours.p, [k % N_SEEDS for k in range(len(home))])
    offsets = [-0.4, 0.0, 0.3]
    found = measures.loss_slice(ours, (d1, d2), x, y, offsets)
    assert torch.equal(ours.p, home)
    for k in range(len(home)):
        for i, b in enumerate(offsets):
            for j, a in enumerate(offsets):
                module = module_of(net, home[k] + a * d1[k] + b * d2[k])
                loss = nn.functional.cross_entropy(module(x[k % N_SEEDS].T), y[k % N_SEEDS].T)
                assert found[k, i, j] == pytest.approx(loss.item(), rel=1e-9)


@every_net
def test_a_deleted_block_is_taken_out_of_torchs_net(name: str) -> None:
    """The error of the net of torch.nn without this block, with the running statistics of the
    whole one.
    """
    net = NETS[name]
    ours, x, y = race(net)
    home = ours.p.clone()
    found = measures.without_each_block(ours, net, x, y)
    assert torch.equal(ours.p, home)
    assert found.shape == (len(home), net.depth)
    for k, p in enumerate(home):
        for block in range(net.depth):
            module = module_of(net, p).eval()
            parts = [part for i, part in enumerate(module) if i != block + 1]
            guess = nn.Sequential(*parts)(x[k % N_SEEDS].T).argmax(1)
            wrong = (guess != y[k % N_SEEDS].argmax(0)).double().mean().item()
            assert found[k, block] == pytest.approx(wrong)


def test_what_overflowed_is_a_guess() -> None:
    """Its loss is infinite, drawn at the ceiling; its error that of a guess."""
    net = NETS["dense"]
    ours, x, y = race(net)
    ours.p[0] = torch.nan
    ours.p[1] = 1e200
    loss, error = score(ours, x, y)
    assert torch.isinf(loss[:2]).all()
    assert error[:2].tolist() == pytest.approx([GUESSING] * 2)
    assert torch.isfinite(loss[2:]).all()


# --- frames ----------------------------------------------------------------------------

CASES: dict[tuple[str, str], dict[str, Any]] = {
    ("depth", "dense"): {"depths": ("2", "4"), "batch_norm": "both", "n_seeds": 2},
    ("depth", "cnn"): {"depths": ("2",), "n_seeds": 1},
    ("inside", "dense"): {"depth": 4, "batch_norm": "both", "n_seeds": 2},
    ("inside", "cnn"): {"depth": 2, "n_seeds": 1},
}


@pytest.mark.parametrize(("lab", "net"), CASES)
def test_frames_keep_the_contract(lab: str, net: str) -> None:
    """The state before training first, as many as announced, float32, of the declared shapes;
    the same twice.
    """
    experiment = LABS[lab]
    config = experiment.config(**SMALL, **CASES[lab, net], net=net)
    frames = list(experiment.train(config))
    assert [frames[0].step, frames[-1].step] == [0, 20]
    assert len(frames) == experiment.n_frames(config)
    labels = experiment.coords(config)
    assert set(frames[0].arrays) == set(experiment.dims)
    for frame in frames:
        for name, array in frame.arrays.items():
            dims = [d for d in experiment.dims[name] if d != "step"]
            assert array.shape == tuple(len(labels[d]) for d in dims), name
            assert array.dtype == np.float32
    again = list(experiment.train(config))
    for a, b in zip(frames, again, strict=True):
        assert all(np.array_equal(a.arrays[n], b.arrays[n], equal_nan=True) for n in a.arrays)


def test_the_largest_history_is_small() -> None:
    """Of the inside, at its most: every map and slice counted."""
    config = inside.Config(depth=64, kinds=tuple(KINDS), batch_norm="both", n_seeds=16)
    labels, n = inside.coords(config), inside.train.n_frames(config)
    rare = {"loss_slice": 5, "deleted_error": 5, "correlation": n // inside.OFTEN + 2}
    total = 0
    for name, dims in inside.DIMS.items():
        size = 4 * np.prod([len(labels[d]) for d in dims if d != "step"])
        total += size * (rare.get(name, n) if dims[0] == "step" else 1)
    assert total < 8e6


def test_the_first_frame_is_a_guess_and_the_last_is_of_all_images() -> None:
    config = depth.Config(**SMALL, depths=("2",), kinds=("plain",), n_seeds=1)
    first, *_, last = depth.train(config)
    assert 0.6 < first.arrays["train_error"].item() <= 1
    for name, n in (("train_error", N_TRAIN), ("test_error", 1797 - N_TRAIN)):
        share = last.arrays[name].item() * n
        assert abs(share - round(share)) < 1e-2


def test_gradients_at_the_start_are_as_in_theory() -> None:
    """The line that is drawn: gain / sqrt(2) per layer, for plain nets without batch norm only."""
    config = inside.Config(**SMALL, depth=6, gain="half", batch_norm="both", n_seeds=2)
    first = next(inside.train(config)).arrays
    theory = first["gradient_theory"]
    assert np.isnan(theory[1:]).all()
    np.testing.assert_allclose(theory[0, :-1] / theory[0, 1:], 0.5 / 2**0.5, rtol=1e-5)
    np.testing.assert_allclose(theory[0, -1], np.median(first["gradient"][0, -1]), rtol=1e-6)
    np.testing.assert_allclose(first["gradient_first"], np.median(first["gradient"], 2))
    assert np.isnan(first["loss_slice"]).all()
    assert np.isfinite(first["gradient_map"][:, :, 0]).all()
    assert np.isnan(first["gradient_map"][:, :, 1:]).all()


@pytest.mark.parametrize("lab", ["depth", "inside"])
def test_a_net_that_overflows_is_told_once(lab: str) -> None:
    """Said once, with layers and seeds; its loss is drawn at the ceiling, its error a guess."""
    size: dict[str, Any] = {"depths": ("4", "32")} if lab == "depth" else {"depth": 32}
    config = LABS[lab].config(**SMALL, **size, kinds=("naive", "residual"), n_seeds=2)
    frames = list(LABS[lab].train(config))
    said = [phrase(note, LABS[lab].notes) for frame in frames for note in frame.notes]
    notes = [note for note in said if "overflowed" in note]
    assert len(notes) == 1
    assert "The naive residual net overflowed by step" in notes[0]
    assert "32 layers (2 of 2 seeds)" in notes[0]
    dead = frames[-1].arrays["train_loss"][0].reshape(-1, 2)[-1]
    assert (dead == LOSS_CEILING).all()
    assert frames[-1].arrays["test_error"][0].ravel()[-1] == pytest.approx(GUESSING)
    assert all(np.isfinite(a).all() for a in (frames[-1].arrays["train_error"],))


def test_who_learned_nothing_is_told_at_the_end() -> None:
    config = depth.Config(**SMALL, depths=("16", "32"), gain="half", kinds=("plain",))
    frames = list(depth.train(config))
    assert [note for frame in frames[:-1] for note in frame.notes] == []
    (note,) = (phrase(note, LABS["depth"].notes) for note in frames[-1].notes)
    assert note.startswith("The plain net with 16, 32 layers hardly beats a guess")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"kinds": ()}, "kinds: () is not allowed. Allowed: at least one of plain"),
     ({"kinds": ("plain", "plain")}, "kinds: ('plain', 'plain') is not allowed. Allowed: each"),
     ({"depths": ()}, "depths: () is not allowed. Allowed: at least one of 2, 4"),
     ({"depths": ("4", "4")}, "depths: ('4', '4') is not allowed. Allowed: each"),
     ({"depths": ("3",)}, "depths: '3' is not allowed. Allowed: a list of 2, 4, 8")],
)
def test_impossible_settings_are_explained(changes: dict[str, Any], sentence: str) -> None:
    kind: type[BaseConfig] = depth.Config
    with pytest.raises(ValueError, match="1 validation error") as caught:
        kind(**changes)
    (found,) = map(sentence_of, explain(caught.value, kind))  # type: ignore[arg-type]
    assert found.startswith(sentence)


def test_depths_are_sorted() -> None:
    config = depth.Config(depths=("16", "2"))
    assert depth.depths(config) == depth.coords(config)["depth"] == [2, 16]
