"""Searches, trials of unlike nets, and which knob matters, held to torch.nn and to brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.tuning import search
from core.concepts.tuning.objectives import (
    FUNCTIONS,
    KNOBS,
    MOST_BATCH,
    RULES,
    Setting,
    Unlike,
    setting_of,
)
from core.stacked.traced import Traced

LAB = find("tuning.search")
SETTINGS = (Setting(0.1, "sgd", 1, 5, 4), Setting(0.1, "momentum", 2, 32, 32),
            Setting(0.01, "adam", 3, 7, 9))


def alone(net: Unlike, row: torch.Tensor, setting: Setting) -> nn.Sequential:
    """The net that a setting describes, without what it lacks, in float64."""
    parts = dict(zip(net.shapes, row.split([int(np.prod(s)) for s in net.shapes.values()]),
                     strict=True))
    sizes = [64, *[setting.units] * setting.layers, 10]
    layers: list[nn.Module] = []
    for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes), 1):
        name = i if i <= setting.layers else 4
        linear = nn.Linear(n_in, n_out).double()
        weight = parts[f"weight {name}"].view(net.shapes[f"weight {name}"])
        linear.weight.data.copy_(weight[:n_out, :n_in])
        linear.bias.data.copy_(parts[f"bias {name}"][:n_out])
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def test_nets_of_unlike_shapes_are_what_each_is_alone() -> None:
    """Outputs, losses and gradients, on their own first images; what a net lacks has none."""
    net = Unlike(SETTINGS)
    rng = np.random.default_rng(0)
    p = net.starts([0, 1, 2]).double()
    g = torch.zeros_like(p)
    x = torch.from_numpy(rng.standard_normal((3, 64, MOST_BATCH)))
    classes = torch.from_numpy(rng.integers(0, 10, (3, MOST_BATCH)))
    y = nn.functional.one_hot(classes, 10).double().transpose(1, 2)
    stack = Traced(net, p, g)
    stack.gradients(x, y)
    for k, setting in enumerate(SETTINGS):
        model = alone(net, p[k], setting)
        z = model(x[k].T)
        assert torch.allclose(stack.forward(x)[k], z.T, rtol=0, atol=1e-9)
        first = slice(None, setting.batch)
        nn.functional.cross_entropy(z[first], classes[k, first]).backward()
        theirs = sum(float(q.grad.abs().sum()) for q in model.parameters())  # type: ignore[union-attr]
        assert float(g[k].abs().sum()) == pytest.approx(theirs, abs=1e-9)


def test_a_point_is_a_setting() -> None:
    assert setting_of(np.zeros(5)) == Setting(1e-4, "sgd", 1, 4, 4)
    assert setting_of(np.ones(5)) == Setting(1.0, "adam", 3, 32, 32)
    assert setting_of(np.array([0.75, 0.5, 0.5, 0.5, 0.5])) == Setting(
        pytest.approx(0.1), "momentum", 2, 11, 11)
    assert len(KNOBS) == 5
    assert RULES == ("sgd", "momentum", "adam")


@pytest.mark.parametrize(("n", "knobs", "levels"), [
    (32, 5, [2, 2, 2, 2, 2]), (81, 4, [3, 3, 3, 3]), (25, 2, [5, 5]), (20, 2, [5, 4]),
    (8, 5, [2, 2, 2, 1, 1]),
])
def test_a_grid_fills_its_budget(n: int, knobs: int, levels: list[int]) -> None:
    points = search.grid(n, knobs)
    assert points.shape == (np.prod(levels), knobs)
    assert [len(np.unique(axis)) for axis in points.T] == levels
    assert points.mean(0) == pytest.approx(np.full(knobs, 0.5))


def brute_force(function: search.Predict, n_knobs: int, n: int = 9) -> np.ndarray:
    """Shares of the variance that single knobs explain, by all points of a grid."""
    axes = [(np.arange(n) + 0.5) / n] * n_knobs
    values = function(np.stack(np.meshgrid(*axes, indexing="ij"), -1))
    means = [values.mean(tuple(set(range(n_knobs)) - {k})) for k in range(n_knobs)]
    return np.array([m.var() for m in means]) / values.var()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_effects_are_those_of_brute_force(name: str) -> None:
    """Averaged over enough points of the function itself."""
    n_knobs, function = FUNCTIONS[name]
    others = np.random.default_rng(0).random((4000, n_knobs))
    _, shares = search.effects(function, others)
    assert shares == pytest.approx(brute_force(function, n_knobs), abs=0.03)


def test_effects_of_a_sum_in_closed_form() -> None:
    """Of a x1 + b x2 with uniform knobs: a^2 and b^2, in their sum."""
    others = np.random.default_rng(0).random((4000, 2))
    means, shares = search.effects(lambda u: u @ np.array([2.0, 1.0]), others)
    assert shares == pytest.approx([0.8, 0.2], abs=0.02)
    assert np.diff(means, axis=1) == pytest.approx(
        np.repeat([[2 / 9], [1 / 9]], 8, axis=1), abs=1e-9)


def test_effects_learned_from_trials_are_near_brute_force() -> None:
    """From sixty trials by chance."""
    n_knobs, function = FUNCTIONS["four"]
    points = np.random.default_rng(1).random((60, n_knobs))
    model = search.learned(points, function(points))
    _, shares = search.effects(model, np.random.default_rng(2).random((500, n_knobs)))
    assert shares == pytest.approx(brute_force(function, n_knobs), abs=0.1)


def test_functions_are_zero_at_their_lowest_point() -> None:
    assert FUNCTIONS["branin"][1](np.array([(np.pi + 5) / 15, 2.275 / 15])) == pytest.approx(
        0, abs=1e-6)
    for name in ("both", "one", "four"):
        n, function = FUNCTIONS[name]
        assert function(np.array([0.37, 0.62, 0.81, 0.28])[:n]) == 0
        assert (function(np.random.default_rng(0).random((100, n))) > 0).all()


def test_searches_keep_their_budget_and_the_best() -> None:
    h = LAB.run(objective="four", n_trials=20, n_seeds=2)
    assert h["best"].diff("step").max() <= 0
    last = h["tried"].isel(step=-1)
    n = last.notnull().all("knob").sum("trial")
    assert n.sel(search="grid_search") == 16
    assert n.sel(search="random_search") == n.sel(search="bayesian_search") == 20
    first = last.isel(trial=slice(0, search.N_INITIAL))
    assert np.array_equal(first.sel(search="random_search"), first.sel(search="bayesian_search"))
    assert any("the finest grid that the budget allows has 16 points" in note
               for note in h.attrs["notes"])


def test_the_winner_is_judged_on_a_third_part() -> None:
    h = LAB.run(n_trials=8, n_steps=20, n_seeds=2, searches=("random_search",)).isel(step=-1)
    assert not np.array_equal(h["best"], h["judged"])
    assert np.abs(h["best"] - h["judged"]).max() < 0.15
