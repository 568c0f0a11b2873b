"""MAML on sines, once, in plain torch.

For reading, after Finn et al. 2017, algorithm 1: one net of two hidden layers, whose weights are
made such that one step of gradient descent on five points of a curve brings it near that curve. The
page trains many as one stack (`adapting.Adapting`); the tests hold the two to each other. Run it:
`python -m core.concepts.meta_learning.plain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

Weights = Mapping[str, Tensor]


def curve(n: int) -> tuple[Tensor, Tensor]:
    """n points of a new task: a sine of its own amplitude and phase."""
    amplitude, phase = torch.empty(1).uniform_(0.1, 5), torch.empty(1).uniform_(0, torch.pi)
    x = torch.empty(n, 1).uniform_(-5, 5)
    return x, amplitude * torch.sin(x - phase)


def error(net: nn.Module, weights: Weights, x: Tensor, y: Tensor) -> Tensor:
    """The net's mean squared error with these weights in the place of its own."""
    found: Tensor = (functional_call(net, dict(weights), (x,)) - y).square().mean()
    return found


def adapted(net: nn.Module, weights: Weights, x: Tensor, y: Tensor, rate: float = 0.01) -> Weights:
    """theta' = theta - rate * gradient, as a function of theta that can be differentiated."""
    slopes = torch.autograd.grad(
        error(net, weights, x, y), list(weights.values()), create_graph=True)
    return {name: a - rate * slope
            for (name, a), slope in zip(weights.items(), slopes, strict=True)}


def meta_loss(net: nn.Module, tasks: Iterable[tuple[Tensor, Tensor]], n_shots: int = 5) -> Tensor:
    """How far off the net is, a mean over tasks, after a step on the first points of each."""
    weights, losses = dict(net.named_parameters()), []
    for x, y in tasks:
        own = adapted(net, weights, x[:n_shots], y[:n_shots])
        losses.append(error(net, own, x[n_shots:], y[n_shots:]))
    return torch.stack(losses).mean()


def dense(width: int = 40) -> nn.Module:
    return nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
                         nn.Linear(width, 1))


def learn(n_steps: int = 500, n_tasks: int = 10, n_points: int = 15) -> nn.Module:
    net = dense()
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(n_steps):
        optimizer.zero_grad()
        tasks = [curve(n_points) for _ in range(n_tasks)]
        meta_loss(net, tasks).backward()  # through the step, with its second derivatives
        optimizer.step()
    return net


def main(n_steps: int = 500) -> tuple[float, float]:
    """Prints and returns the mean error on 100 new tasks, before and after a step."""
    torch.manual_seed(0)
    net, errors = learn(n_steps), []
    weights = dict(net.named_parameters())
    for _ in range(100):
        x, y = curve(45)
        own = adapted(net, weights, x[:5], y[:5])
        errors.append([error(net, w, x[5:], y[5:]).item() for w in (weights, own)])
    before, after = torch.tensor(errors).mean(0).tolist()
    print(f"squared error on a new curve: {before:.2f}, after one step on five points {after:.2f}")
    return before, after


if __name__ == "__main__":
    main()
