"""Several workers and one net, in plain torch.nn.

For reading: gradients of workers are averaged, sent with few bits or as they are, and each worker
may remember what the bits lost (Seide et al. 2014). The page does all ways and seeds beside each
other (`ways`); `tests/concepts/faster` holds the two to each other. Run it:
`python -m core.concepts.faster.plain`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

Images = tuple[Tensor, Tensor]  # (n, 64) and their classes, (n,)


def mlp() -> nn.Sequential:
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    for layer in (net[0], net[2]):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    return net


def gradient(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Of the mean loss, as one row."""
    net.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    return torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])


def two_bits(g: Tensor) -> Tensor:
    """Rounded to -1, 0 or 1 times the largest number."""
    return (g / g.abs().max()).round() * g.abs().max()


def step(
    net: nn.Module, batches: Sequence[Images], lost: list[Tensor], learning_rate: float,
    read: Callable[[Tensor], Tensor] = lambda g: g, memory: bool = False,
) -> None:
    """One update with the mean of what the workers' gradients become when they are sent.

    Args:
        batches: Of every worker.
        lost: What every worker's last messages lost so far; changed in place.
        read: What arrives of what is sent.
        memory: Whether workers add what was lost before they send.
    """
    arrived = []
    for k, (x, y) in enumerate(batches):
        meant = gradient(net, x, y) + (lost[k] if memory else 0)
        arrived.append(read(meant))
        lost[k] = meant - arrived[k]
    at = 0
    mean = torch.stack(arrived).mean(0)
    with torch.no_grad():
        for p in net.parameters():
            p -= learning_rate * mean[at : at + p.numel()].view(p.shape)
            at += p.numel()


def main(n_workers: int = 4) -> tuple[float, float]:
    """Prints and returns how far the mean of gradients is from the whole batch's: with equally
    many images for each worker, and with unequally many.
    """
    torch.manual_seed(0)
    net, x, y = mlp(), torch.randn(64, 64), torch.randint(10, (64,))
    true = gradient(net, x, y)
    found = []
    for sizes in ([64 // n_workers] * n_workers, [4] * (n_workers - 1) + [68 - 4 * n_workers]):
        parts = zip(x.split(sizes), y.split(sizes), strict=True)
        mean = torch.stack([gradient(net, *part) for part in parts]).mean(0)
        found.append(float((mean - true).norm() / true.norm()))
        print(f"images of each worker {sizes}: the mean is {found[-1]:.1e} of its length away")
    return found[0], found[1]


if __name__ == "__main__":
    main()
