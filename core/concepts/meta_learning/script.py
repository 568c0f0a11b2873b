"""Nets that adapt to curves, and nets that read examples, one after the other, for scripts that are
taken away.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.concepts.meta_learning import episodes, shots
from core.concepts.meta_learning.sinusoids import (
    AMPLITUDES,
    CEILING,
    ENDS,
    MOST_STEPS,
    N_ASKED,
    N_GRID,
    PHASES,
    grid,
    sine,
)
from core.script import Script
from core.starts import minimised, one_model

Weights = list[Tensor]
"""Those of three layers, each with its biases; of the nets of many tasks (tasks, ...)."""


def first_weights(width: int, rng: np.random.Generator) -> Weights:
    """As torch.nn's layers begin: uniform up to 1 / root of the inputs, biases too."""
    shapes = ((width, 1), (width,), (width, width), (width,), (1, width), (1,))
    inputs = (1, 1, width, width, width, width)
    drawn = [rng.uniform(-1, 1, shape) * n**-0.5 for shape, n in zip(shapes, inputs, strict=True)]
    return [torch.from_numpy(a.astype(np.float32)) for a in drawn]


def errors(p: Weights, x: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of each task's net, (tasks,), at points (tasks, n, 1)."""
    first, first_bias, second, second_bias, out, out_bias = p
    h = (x @ first.mT + first_bias.unsqueeze(-2)).relu()
    h = (h @ second.mT + second_bias.unsqueeze(-2)).relu()
    return (h @ out.mT + out_bias.unsqueeze(-2) - y).square().mean((1, 2))


def own_of(p: Weights, n_tasks: int) -> Weights:
    """The same weights for every task."""
    return [a.expand(n_tasks, *a.shape) for a in p]


def adapted(own: Weights, x: Tensor, y: Tensor, rate: float, second_order: bool) -> Weights:
    """Every task's net after a step on points of its own."""
    slopes = torch.autograd.grad(errors(own, x, y).sum(), own, create_graph=second_order)
    return [a - rate * slope for a, slope in zip(own, slopes, strict=True)]


def curves(amplitude: np.ndarray, phase: np.ndarray, x: np.ndarray) -> tuple[Tensor, Tensor]:
    """Points (tasks, n, 1), and what is right there."""
    return (torch.from_numpy(x.astype(np.float32)),
            torch.from_numpy(sine(x, amplitude, phase).astype(np.float32)))


def made_ready(
    net: str, p: Weights, n_shots: int, inner_steps: int, inner_rate: float, n_steps: int,
    learning_rate: float, n_tasks: int, rng: np.random.Generator,
) -> Weights:
    """The weights after an update by Adam for each set of new tasks; Finn et al. 2017."""
    p = [a.clone().requires_grad_() for a in p]
    adam = torch.optim.Adam(p, learning_rate)
    for _ in range(n_steps):
        amplitude, phase = rng.uniform(*AMPLITUDES, n_tasks), rng.uniform(*PHASES, n_tasks)
        x, y = curves(amplitude, phase, rng.uniform(*ENDS, (n_tasks, n_shots + N_ASKED, 1)))
        own = own_of(p, n_tasks)
        if net != "joint":
            for _ in range(inner_steps):
                own = adapted(own, x[:, :n_shots], y[:, :n_shots], inner_rate, net == "maml")
            x, y = x[:, n_shots:], y[:, n_shots:]
        adam.zero_grad()
        errors(own, x, y).mean().backward()
        adam.step()
    return [a.detach() for a in p]


def nets_for_curves(
    nets: tuple[str, ...], n_shots: int, inner_steps: int, inner_rate: float, test_rate: float,
    n_steps: int, learning_rate: float, n_tasks: int, width: int, seed: int,
) -> dict[str, float]:
    """By net and number of steps on a new task its squared error, a mean over the test's tasks."""
    amplitude, phase = (a.ravel() for a in np.meshgrid(*grid(), indexing="ij"))
    x, y = curves(amplitude, phase, np.random.default_rng((seed, 2)).uniform(
        *ENDS, (len(phase), n_shots, 1)))
    where, right = curves(amplitude, phase, np.broadcast_to(
        np.linspace(*ENDS, N_GRID)[:, None], (len(phase), N_GRID, 1)))
    start, found = first_weights(width, np.random.default_rng((seed, 0))), {}
    for net in nets:
        p = start if net == "scratch" else made_ready(
            net, start, n_shots, inner_steps, inner_rate, n_steps, learning_rate, n_tasks,
            np.random.default_rng((seed, 1)))
        own = own_of(p, len(phase))
        for taken in range(MOST_STEPS + 1):
            off = errors(own, where, right).nan_to_num(CEILING, CEILING).clamp_max(CEILING)
            found[f"{net} {taken}"] = float(off.mean())
            own = [a.detach() for a in adapted(
                [a.detach().requires_grad_() for a in own], x, y, test_rate, False)]
    return found


def readable(drawn: episodes.Drawn, like: episodes.Episode) -> tuple[Tensor, Tensor]:
    """Examples (1, n, places, numbers + 1), the last number their name where it is told; and the
    names that are asked.
    """
    is_given = np.arange(drawn.name.shape[1]) < like.n_given
    told = np.where(is_given, drawn.name, like.n_ways)
    x = np.concatenate([drawn.x, told[..., None]], -1, dtype=np.float32)
    return torch.from_numpy(x)[None], torch.from_numpy(drawn.name[:, like.n_given :])


def nets_that_read(
    nets: tuple[str, ...], n_ways: int, n_shots: int, renamed: bool, spread: float,
    nuisance: float, n_steps: int, learning_rate: float, batch_size: int, seed: int,
) -> dict[str, float]:
    """By net and number of rounds the share of new examples that are named rightly."""
    like = episodes.Episode(n_ways, n_shots, spread=spread, nuisance=nuisance, renamed=renamed)
    turned = episodes.turn(np.random.default_rng((seed, shots.TURN)))
    x, names = readable(episodes.draw(np.random.default_rng((seed, shots.TESTING)), shots.N_TEST,
                                      like, turned), like)
    found: dict[str, float] = {}
    for name in nets:
        net = shots.KINDS[name].net(like)
        p = one_model(net.start(np.random.default_rng((seed, shots.START))))
        rng = np.random.default_rng((seed, shots.TRAINING))
        batches = (readable(episodes.draw(rng, batch_size, like, turned), like)
                   for _ in range(n_steps))
        minimised(p, batches, lambda p, x, y, net=net: torch.nn.functional.cross_entropy(
            net.forward(p, x)[0].movedim(0, 1), y), learning_rate, clip=shots.CLIP)
        with torch.no_grad():
            hit = (net.forward(p, x)[0].argmax(0) == names).float()
        rounds = hit.unflatten(-1, (n_shots, -1)).mean((0, 2)).tolist()
        found |= {f"{name} {i}": share for i, share in enumerate(rounds, start=1)}
    return found


SCRIPTS = {
    "shots": Script(nets_that_read, "right",
                    "share of new examples named rightly, after each round"),
    "sinusoids": Script(nets_for_curves, "error",
                        "squared error on a new task after 0 to 5 steps on it"),
}
