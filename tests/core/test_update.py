"""The next update, slowly: its numbers against torch's autograd and Adam in float64."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.concepts import find
from core.stacked import race as race_module
from core.stacked import update
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.race import Race, Runner
from core.stacked.traced import Parameters, Program, Rngs
from core.words import phrase

torch.set_num_threads(1)
K, BATCH, RATE, FACTOR = 4, 6, 0.02, 0.5
SHAPES = {"w1": (7, 5), "b1": (7,), "w2": (3, 7), "b2": (3,)}
PLACES = update.positions(SHAPES, "w2")[1]
WORDS = {update.WHICH: "After {at} updates.", **update.NOTES}


class Dense(Program):
    loss, shapes, n_units = CROSS_ENTROPY, SHAPES, 10

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {name: rng.standard_normal(shape) for name, shape in SHAPES.items()}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        h = linear(x.mT, p["w1"], p["b1"]).relu()
        return linear(h, p["w2"], p["b2"]).mT


def batch(t: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(t)
    x = torch.from_numpy(rng.standard_normal((K, 5, BATCH)))
    y = torch.eye(3).double()[torch.from_numpy(rng.integers(3, size=(K, BATCH)))]
    return x, y.mT.contiguous()


def race_of(n_updates: int, **more: float) -> Race:
    starts = [torch.from_numpy(Dense().init(np.random.default_rng((k, 5)))) for k in range(K)]
    runners = [Runner("adam", {"learning_rate": RATE, **more}, k) for k in range(K)]
    race = Race(Dense(), runners, torch.stack(starts).double(), BATCH)
    for t in range(n_updates):
        race.step(*batch(t))
    return race


@pytest.mark.parametrize("more", [{}, {"clip": 0.1}, {"clip": 9.0, "l2": 0.3}])
@pytest.mark.parametrize(("n", "fits"), [(0, 1000), (3, 2)])
def test_its_numbers_are_torchs(
    n: int, fits: int, more: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradient, means and weights of plain torch after as many updates, with models in one block
    or in two; and the race goes on as if nobody had looked.
    """
    monkeypatch.setattr(race_module, "CACHE_BYTES", fits * Dense().footprint(BATCH))
    monkeypatch.setattr(race_module, "FEW", 0)
    race, other = race_of(n, **more), race_of(n, **more)
    taken = update.next_update(race, *batch(n), PLACES, FACTOR)
    other.step(*batch(n), FACTOR)
    assert torch.equal(race.p, other.p)
    for k in range(K):
        net = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)).double()
        nn.utils.vector_to_parameters(race_of(0).p[k], net.parameters())
        adam = torch.optim.Adam(net.parameters(), lr=RATE, weight_decay=more.get("l2", 0.0))
        for t in range(n + 1):
            x, y = batch(t)
            before = net[2].weight[1].detach().clone()
            adam.param_groups[0]["lr"] = RATE if t < n else RATE * FACTOR
            adam.zero_grad()
            nn.functional.cross_entropy(net(x[k].T), y[k].T).backward()
            gradient = net[2].weight.grad[1].clone()
            norm = nn.utils.clip_grad_norm_(net.parameters(), more.get("clip", torch.inf))
            clipped = net[2].weight.grad[1].clone()
            adam.step()
        memory, found = adam.state[net[2].weight], {name: a[k] for name, a in taken.found.items()}
        theirs = {"weight": before, "gradient": gradient, "clipped": clipped,
                  "mean": memory["exp_avg"][1], "squares": memory["exp_avg_sq"][1],
                  "after": net[2].weight[1].detach()}
        for name, wanted in theirs.items():
            np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-9, err_msg=name)
        np.testing.assert_allclose(found["weight"] + found["move"], found["after"], atol=1e-12)
        assert taken.norm[k] == pytest.approx(norm.item())
    assert (taken.t, taken.n) == (n + 1, race.p.shape[1])


@pytest.mark.parametrize(("n", "more"), [
    (1, {}), (2, {"clip": 0.1}), (2, {"clip": 9.0, "l2": 0.3})])
def test_it_grows_a_part_at_a_time_and_says_its_numbers(n: int, more: dict[str, float]) -> None:
    taken = update.next_update(race_of(n, **more), *batch(n), PLACES).of(slice(1, 3))
    frames = [measure() for _, measure in update.slowly(taken)]
    known = [int(np.isfinite(arrays["update"]).all((1, 2)).sum()) for arrays, _ in frames]
    names = update.quantities(clips="clip" in more, decays="l2" in more)
    assert known == list(range(1, len(names) + 1))
    last = frames[-1][0]
    assert last["update"].shape == (len(names), len(PLACES), 2)
    moves = last["update"][names.index("move"), :, 0]
    said = [phrase(note, WORDS) for _, (note,) in frames]
    k = int(np.abs(moves).argmax())
    assert f"that of weight {k + 1} is {update.short(last['update'][1, k, 0])}." in said[1]
    assert f"= {update.short(moves[k])}. " in said[names.index("move")]
    assert not any("{" in text for text in said)


def test_numbers_within_a_sum() -> None:
    assert [update.short(n) for n in (-0.0, 1234.5, -1.23456e-7)] == ["0", "1.23e+03", "−1.23e−07"]
    assert [update.bracketed(n) for n in (-0.5, 0.5)] == ["(−0.5)", "0.5"]


# --- the labs that show one ------------------------------------------------------------------

SHOWN: dict[str, dict[str, Any]] = {
    "recurrence.step": {"length": 5},
    "transformer.step": {"width": 16, "batch_size": 8, "n_layers": 2, "layer": "last"},
    "attention.step": {"longest": 6, "width": 16, "batch_size": 8, "n_steps": 40},
    "convolution.step": {"data": "digits", "n_train": 250, "batch_size": 16, "channel": 2},
    "dilated_convolution.step": {"lags": ("3", "5"), "lag": "5", "n_layers": 2, "layer": 2,
                                 "width": 8, "batch_size": 4},
    "language_models.step": {"width": 16, "n_layers": 1, "batch_size": 64},
    "self_supervised.step": {"n_steps": 10, "batch_size": 8, "method": "byol"},
    "vision_tasks.step": {"n_scenes": 40, "n_steps": 20},
}


def shown(name: str, at: int) -> dict[str, np.ndarray]:
    """By quantity (weight, seed), after a lab's last sub-step."""
    lab = find(name)
    shows = {"shows": "update"} if "shows" in lab.config.model_fields else {}
    config = lab.config(n_seeds=2, at=at, **shows, **SHOWN[name])
    frames = list(lab.train(config))
    assert len(frames) == lab.n_frames(config)
    assert not any("{" in phrase(frame.notes[0], lab.words) for frame in frames)
    return dict(zip(lab.coords(config)["quantity"], frames[-1].arrays["update"], strict=True))


@pytest.mark.parametrize("name", SHOWN)
def test_the_update_is_the_one_that_the_lab_makes(name: str) -> None:
    """What it leads to is where the same nets stand an update later."""
    here, later = shown(name, 6), shown(name, 7)
    np.testing.assert_array_equal(here["after"], later["weight"])
    assert (here["after"] != here["weight"]).any(0).all()
    np.testing.assert_allclose(here["weight"] + here["move"], here["after"], atol=1e-6)


@pytest.mark.parametrize(("name", "array"), [
    ("convolution.step", "kernel"), ("dilated_convolution.step", "weights")])
def test_its_weights_are_those_of_the_other_look(name: str, array: str) -> None:
    """Of the first net, in what the lab shows beside it."""
    lab, weight = find(name), shown(name, 6)["weight"][:, 0]
    there = list(lab.train(lab.config(at=6, **SHOWN[name])))[-1].arrays[array]
    row = there[len(there) // 2] if array == "kernel" else there[: len(weight), -1, 0]
    np.testing.assert_allclose(row, weight, atol=1e-6)
