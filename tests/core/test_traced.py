"""Nets that are written forward only: in a race, beside torch.nn and the stacks by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.stacked import race as race_module
from core.stacked.functions import batch_norm, dropout, linear
from core.stacked.layers import Workspace
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner
from core.stacked.traced import Parameters, Program, Rngs, flat, views

N_SEEDS, BATCH, STEPS = 3, 12, 10
HAND = MLP((5, 7, 3))
SHAPES = {"w1": (7, 5), "b1": (7,), "w2": (3, 7), "b2": (3,)}


@dataclass(frozen=True)
class Dense(Program):
    """The net of `HAND`, forward only: its parameters lie alike."""

    rate: float = 0.0
    n_units: int = 0

    loss = CROSS_ENTROPY
    shapes = SHAPES

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {name: rng.standard_normal(shape) / 2 for name, shape in self.shapes.items()}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        h = linear(x.transpose(1, 2), p["w1"], p["b1"]).relu()
        return linear(dropout(h, self.rate, rngs), p["w2"], p["b2"]).transpose(1, 2)


def start_of(seeds: range) -> Tensor:
    return torch.from_numpy(np.stack([Dense().init(np.random.default_rng(s)) for s in seeds]))


def data_of(seeds: range) -> tuple[Tensor, Tensor]:
    drawn = [np.random.default_rng((s, 1)) for s in seeds]
    x = torch.from_numpy(np.stack([rng.standard_normal((5, BATCH)) for rng in drawn]))
    classes = torch.from_numpy(np.stack([rng.integers(3, size=BATCH) for rng in drawn]))
    return x, torch.eye(3).double()[classes].transpose(1, 2).contiguous()


def runners(n_seeds: int, **more: float) -> list[Runner]:
    return [Runner(rule, {"learning_rate": 0.02, **more}, s)
            for rule in ("momentum", "adam") for s in range(n_seeds)]


def race_of(net: Any, seeds: range = range(N_SEEDS), **more: Any) -> Race:
    return Race(net, runners(len(seeds)), start_of(seeds).double(), BATCH, **more)


def run(race: Race, seeds: range = range(N_SEEDS)) -> Race:
    x, y = data_of(seeds)
    for t in range(STEPS):
        race.step(x + t / 10, y)
    return race


def test_a_traced_race_equals_one_by_hand() -> None:
    """Parameters, losses, accuracy and outputs after some steps of two rules."""
    traced, by_hand = run(race_of(Dense())), run(race_of(HAND))
    assert (traced.p - by_hand.p).abs().max() <= 1e-12
    assert (traced.p[:N_SEEDS] - start_of(range(N_SEEDS))).abs().max() > 0.01
    x, y = data_of(range(N_SEEDS))
    for ours, theirs in zip((*traced.losses(x, y), traced.outputs(x)),
                            (*by_hand.losses(x, y), by_hand.outputs(x)), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-12)


def test_a_traced_race_equals_torch() -> None:
    """Each model against torch.nn, autograd and torch.optim."""
    traced = run(race_of(Dense()))
    x, y = data_of(range(N_SEEDS))
    for k, runner in enumerate(runners(N_SEEDS)):
        module = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)).double()
        nn.utils.vector_to_parameters(start_of(range(N_SEEDS)).double()[runner.seed],
                                      module.parameters())
        optimizer = (torch.optim.Adam(module.parameters(), 0.02) if runner.rule == "adam"
                     else torch.optim.SGD(module.parameters(), 0.02, momentum=0.9))
        for t in range(STEPS):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(x[runner.seed].T + t / 10),
                                        y[runner.seed].T).backward()
            optimizer.step()
        expected = nn.utils.parameters_to_vector(module.parameters())
        assert (traced.p[k] - expected).abs().max() <= 1e-9


NORMED = {**SHAPES, "gain": (7,), "shift": (7,)}


@dataclass(frozen=True)
class Normed(Program):
    """Dense layers with batch norm between them."""

    n_units: int = 0

    loss = CROSS_ENTROPY
    shapes = NORMED

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return {"mean": np.zeros(7), "variance": np.ones(7)}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {**Dense().start(rng), "gain": np.ones(7), "shift": np.zeros(7)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        h = linear(x.transpose(1, 2), p["w1"], p["b1"])
        h = batch_norm(h, p["gain"], p["shift"], p["mean"], p["variance"], rngs is not None).relu()
        return linear(h, p["w2"], p["b2"]).transpose(1, 2)


@pytest.mark.parametrize("n_units", [0, 10**6])
def test_running_means_are_kept_and_measured_with(n_units: int) -> None:
    """In one block and in many: what a net with batch norm says after training is what torch.nn
    says, whose running means saw the same batches.
    """
    net = Normed(n_units=n_units)
    start = torch.from_numpy(np.stack([net.init(np.random.default_rng(s)) for s in range(2)]))
    race = Race(net, [Runner("sgd", {"learning_rate": 0.05}, s) for s in range(2)],
                start.double(), BATCH)
    x, y = data_of(range(2))
    for t in range(STEPS):
        race.step(x + t / 10, y)
    for k in range(2):
        module = nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Linear(7, 3))
        named = views(net.shapes, start.double())
        module.double().load_state_dict(module.state_dict() | {
            "0.weight": named["w1"][k], "0.bias": named["b1"][k],
            "3.weight": named["w2"][k], "3.bias": named["b2"][k]})
        optimizer = torch.optim.SGD(module.parameters(), 0.05)
        for t in range(STEPS):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(x[k].T + t / 10), y[k].T).backward()
            optimizer.step()
        expected = module.eval()(x[k].T).T
        assert (race.outputs(x)[k] - expected).abs().max() <= 1e-9


def test_a_seed_in_a_stack_equals_the_same_seed_alone() -> None:
    """With dropout, whose masks come from each model's own generator."""
    def rngs(seeds: range) -> list[np.random.Generator]:
        return [np.random.default_rng((s, 3)) for _ in range(2) for s in seeds]

    together = run(race_of(Dense(rate=0.5), rngs=rngs(range(N_SEEDS))))
    undropped = run(race_of(Dense()))
    assert (together.p - undropped.p).abs().max() > 0.01
    for s in range(N_SEEDS):
        one = range(s, s + 1)
        alone = run(race_of(Dense(rate=0.5), one, rngs=rngs(one)), one)
        assert (together.p[s::N_SEEDS] - alone.p).abs().max() <= 1e-12


def test_nothing_is_dropped_while_measuring() -> None:
    race = race_of(Dense(rate=0.5), rngs=[np.random.default_rng(0)] * 2 * N_SEEDS)
    x, _ = data_of(range(N_SEEDS))
    assert torch.equal(race.outputs(x), race_of(Dense()).outputs(x))


@pytest.mark.parametrize(("n_units", "n_blocks"), [(0, 1), (10, 2)])
def test_blocks_do_not_change_the_result(
    n_units: int, n_blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All models together where a program does not say what it leaves behind."""
    monkeypatch.setattr(race_module, "CACHE_BYTES", 4 * Dense(n_units=10).footprint(BATCH))
    race = run(race_of(Dense(n_units=n_units)))
    assert len(race._blocks) == n_blocks
    assert (race.p - run(race_of(HAND)).p).abs().max() <= 1e-12


class Pairs(Dense):
    """Learns without targets: outputs are to be of length 1."""

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        return (self.forward(p, x, rngs).norm(dim=1) - 1).square().mean(1)


def test_an_objective_need_not_have_targets() -> None:
    race, (x, _) = race_of(Pairs()), data_of(range(N_SEEDS))
    before = (race.outputs(x).norm(dim=1) - 1).square().mean(1)
    for _ in range(60):
        race.step(x, x)
    after = (race.outputs(x).norm(dim=1) - 1).square().mean(1)
    assert (after < before / 2).all()


def test_a_diverged_model_harms_no_neighbour() -> None:
    p = start_of(range(3)).double()
    p[1] = torch.nan
    g = torch.zeros_like(p)
    Dense().bind(p, g, Workspace()).gradients(*data_of(range(3)))
    assert g.isfinite().all(1).tolist() == [True, False, True]


def test_parameters_have_one_place_each_and_are_seen_there() -> None:
    rows = torch.zeros(2, Dense().n_parameters)
    for part in views(SHAPES, rows).values():
        part += 1
    assert (rows == 1).all()
    given = {name: np.full(shape, i) for i, (name, shape) in enumerate(SHAPES.items())}
    row = torch.from_numpy(flat(SHAPES, given))[None]
    assert row.dtype == torch.float32
    for i, part in enumerate(views(SHAPES, row).values()):
        assert (part == i).all()


@pytest.mark.parametrize("wrong", [{"w1": np.zeros((5, 7))}, {"w3": np.zeros((7, 5))}])
def test_parameters_of_other_shapes_are_refused(wrong: dict[str, np.ndarray]) -> None:
    right = Dense().start(np.random.default_rng(0))
    with pytest.raises(ValueError, match="are not of the shapes"):
        flat(SHAPES, {**right, **wrong})
