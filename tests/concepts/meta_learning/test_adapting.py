"""The meta-gradient by finite differences, a step by torch.nn, and a stack of nets by one alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from core.concepts.meta_learning import plain, sinusoids
from core.concepts.meta_learning.adapting import Adapting, copies
from core.concepts.meta_learning.sinusoids import AMPLITUDES, LEARNERS, PHASES, Config
from core.stacked.traced import Leaves, Parameters, flat, views

NET = Adapting(width=6, n_shots=3, inner_rate=0.05)
K, T = 2, 3


def rows(net: Adapting, k: int = K) -> Tensor:
    """Weights of k nets, in float64."""
    found = [flat(net.shapes, net.start(np.random.default_rng(i))) for i in range(k)]
    return torch.from_numpy(np.stack(found)).double()


def tasks(k: int = K, n: int = 7) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(5)
    x = torch.from_numpy(rng.uniform(-5, 5, (k, T, n, 1)))
    return x, 2 * (x - 1).sin()


def gradient(net: Adapting, p: Tensor) -> Tensor:
    g = torch.zeros_like(p)
    leaves = Leaves(net.shapes, p, g)
    leaves.differentiate(net.objective(leaves.learned, *tasks(), None))
    return g


def differences(objective: Callable[[Tensor], Tensor], p: Tensor, places: list[int]) -> np.ndarray:
    """Central ones, of the sum over nets, (K, places)."""
    h = 1e-6
    found = np.empty((K, len(places)))
    for k in range(K):
        for i, place in enumerate(places):
            step = torch.zeros_like(p)
            step[k, place] = h
            found[k, i] = float((objective(p + step) - objective(p - step)).sum()) / (2 * h)
    return found


@pytest.mark.parametrize("n_inner", [0, 1, 2])
def test_the_meta_gradient_is_that_of_finite_differences(n_inner: int) -> None:
    """In float64, through one step and through two, and without any."""
    net, p = replace(NET, n_inner=n_inner), rows(NET)
    places = list(range(0, p.shape[1], 3))

    def objective(q: Tensor) -> Tensor:
        traced = {name: a.requires_grad_() for name, a in views(net.shapes, q.clone()).items()}
        return net.objective(traced, *tasks(), None).detach()

    expected = differences(objective, p, places)
    np.testing.assert_allclose(gradient(net, p)[:, places].numpy(), expected, atol=1e-6)
    assert np.abs(expected).max() > 0.1


def test_first_order_is_the_gradient_at_the_adapted_weights() -> None:
    """As if the step did not depend on the weights; that is another gradient."""
    first, p = gradient(replace(NET, second_order=False), rows(NET)), rows(NET)
    x, y = tasks()
    own = copies(views(NET.shapes, p), T)
    traced = {name: a.clone().requires_grad_() for name, a in own.items()}
    moved: Parameters = {name: a.detach().requires_grad_() for name, a in NET.adapted(
        traced, x.flatten(0, 1)[:, :3], y.flatten(0, 1)[:, :3]).items()}
    errors = NET.errors(moved, x.flatten(0, 1)[:, 3:], y.flatten(0, 1)[:, 3:])
    slopes = torch.autograd.grad(errors.sum(), list(moved.values()))
    expected = torch.cat([s.reshape(K, T, -1).mean(1) for s in slopes], 1)
    assert (first - expected).abs().max() < 1e-12
    assert (first - gradient(NET, rows(NET))).abs().max() > 0.01


def test_a_step_is_torchs() -> None:
    """On the same net in torch.nn, in float64."""
    p = rows(NET, 1)
    x, y = (a[0, :1] for a in tasks())
    net = torch.nn.Sequential(
        torch.nn.Linear(1, 6), torch.nn.ReLU(), torch.nn.Linear(6, 6), torch.nn.ReLU(),
        torch.nn.Linear(6, 1)).double()
    torch.nn.utils.vector_to_parameters(p[0], net.parameters())
    states = list(NET.adapting(views(NET.shapes, p), x, y, 3))
    assert len(states) == 4
    for state in states:
        ours = torch.cat([a.flatten() for a in state.values()])
        theirs = torch.nn.utils.parameters_to_vector(net.parameters())
        assert (ours - theirs).abs().max() < 1e-12
        slopes = torch.autograd.grad(
            torch.nn.functional.mse_loss(net(x[0]), y[0]), list(net.parameters()))
        torch.nn.utils.vector_to_parameters(
            theirs - 0.05 * torch.nn.utils.parameters_to_vector(slopes), net.parameters())


def test_the_plain_algorithm_steps_alike() -> None:
    """One step of one net, and its derivative through the step."""
    p = rows(NET, 1)
    net = torch.nn.Sequential(
        torch.nn.Linear(1, 6), torch.nn.ReLU(), torch.nn.Linear(6, 6), torch.nn.ReLU(),
        torch.nn.Linear(6, 1)).double()
    torch.nn.utils.vector_to_parameters(p[0], net.parameters())
    x, y = (a[0, 0] for a in tasks(1))
    weights = dict(net.named_parameters())
    after = plain.adapted(net, weights, x[:3], y[:3], 0.05)
    loss = plain.error(net, after, x[3:], y[3:])
    slopes = torch.autograd.grad(loss, list(weights.values()))
    g = torch.zeros_like(p)
    leaves = Leaves(NET.shapes, p, g)
    ours = NET.objective(leaves.learned, x[None, None], y[None, None], None)
    leaves.differentiate(ours)
    assert abs(float((ours - loss).detach())) < 1e-12
    assert (g[0] - torch.cat([s.flatten() for s in slopes])).abs().max() < 1e-12


# --- the lab -------------------------------------------------------------------------------


def test_tasks_are_drawn_from_the_whole_range_and_the_test_is_its_grid() -> None:
    config = Config(n_tasks=25, n_seeds=2, n_shots=20)
    x, y = next(sinusoids.batches(config))
    assert x.shape == y.shape == (2, 25, 30, 1)
    assert x.abs().max() <= 5
    assert 4 < float(y.abs().max()) <= 5
    amplitudes, phases = sinusoids.grid()
    for values, ends in ((amplitudes, AMPLITUDES), (phases, PHASES)):
        assert abs(values.mean() - np.mean(ends)) < 1e-12
        assert np.ptp(np.diff(values)) < 1e-12


def test_the_best_answer_without_a_point_is_known() -> None:
    """The mean over all tasks says 2.55 * 2/pi * sin(x - pi/2): the trained nets come to its error,
    no net that has seen no point can be below it on all tasks.
    """
    amplitudes, phases = sinusoids.grid()
    x = np.linspace(-5, 5, sinusoids.N_GRID)
    curves = np.stack([a * np.sin(x - p) for a in amplitudes for p in phases])
    least = float(((curves - curves.mean(0)) ** 2).mean())
    exam = sinusoids.Exam(Config(n_seeds=1))
    net = sinusoids.net_of(Config(), "joint")
    p = torch.zeros(1, net.n_parameters)
    found = exam.measure(p)
    np.testing.assert_allclose(found["error"][0], (curves**2).mean(), rtol=1e-5)
    np.testing.assert_allclose(found["by_task"][0].ravel(), (curves**2).mean(1), rtol=1e-4)
    assert 2.8 < least < (curves**2).mean()


def test_nets_that_are_not_trained_stay_as_they_are() -> None:
    frames = list(sinusoids.train(Config(nets=("scratch", "maml"), n_steps=20, n_seeds=1, width=8,
                                         n_tasks=2)))
    errors = np.stack([frame.arrays["error"] for frame in frames])
    assert (errors[:, 0] == errors[0, 0]).all()
    assert (errors[-1, 1] != errors[0, 1]).all()
    assert [name for name, learner in LEARNERS.items() if not learner.trained] == ["scratch"]


def test_the_plain_algorithm_learns() -> None:
    """In thirty updates on two tasks each: nearer to new curves after a step than untrained."""
    torch.manual_seed(0)
    nets = [plain.dense(), plain.learn(n_steps=30, n_tasks=2)]
    tasks = [plain.curve(40) for _ in range(20)]
    fresh, learned = (float(plain.meta_loss(net, tasks).detach()) for net in nets)
    assert learned < 0.9 * fresh
