"""A mean and its spread, learned by maximum likelihood, as one reads it.

For reading: one net with torch's own layers. The page trains many together (`likelihood`);
`tests/concepts/losses/test_likelihood.py` holds the two to each other. Run it:
`python -m core.concepts.losses.plain`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn


def net_of(width: int = 30) -> nn.Sequential:
    """One input, two outputs: the mean, and the logarithm of the variance."""
    return torch.nn.Sequential(
        torch.nn.Linear(1, width), torch.nn.Tanh(), torch.nn.Linear(width, 2))


def negative_log_likelihood(said: Tensor, y: Tensor, beta: float = 0.0) -> Tensor:
    """Of points (n,) under the normal distributions that are said of them, (n, 2).

    Every point counts with its variance to the power beta. Seitzer et al. 2022.
    """
    mean, log_variance = said.unbind(1)
    log_variance = log_variance.clamp(-12, 6)
    each = (math.log(2 * math.pi) + log_variance + (y - mean) ** 2 / log_variance.exp()) / 2
    return (log_variance.detach().exp() ** beta * each).mean()


def learn(
    net: nn.Sequential, x: Tensor, y: Tensor, n_steps: int, beta: float = 0.0, rate: float = 0.02
) -> None:
    """Adam on all points (n, 1) and (n,), at a rate that falls to 0 along half a cosine."""
    optimizer = torch.optim.Adam(net.parameters(), rate)
    for t in range(n_steps):
        optimizer.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * t / n_steps)) / 2
        optimizer.zero_grad()
        negative_log_likelihood(net(x), y, beta).backward()
        optimizer.step()


def main(n_steps: int = 1000) -> tuple[float, float]:
    """Prints and returns the spread that is learned at both ends; the true ones: 0.05 and 0.55."""
    torch.manual_seed(0)
    x = torch.rand(300, 1)
    y = (2 * math.pi * x[:, 0]).sin() + (0.05 + 0.5 * x[:, 0]) * torch.randn(300)
    net = net_of()
    learn(net, (x - 0.5) * math.sqrt(12), y, n_steps)
    ends = torch.tensor([[-0.5], [0.5]]) * math.sqrt(12)
    left, right = (net(ends)[:, 1] / 2).exp().tolist()
    print(f"{left:.2f} at the left, {right:.2f} at the right")
    return left, right


if __name__ == "__main__":
    main()
