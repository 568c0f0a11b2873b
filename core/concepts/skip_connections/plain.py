"""A deep net with and without skip connections, in plain torch.nn.

For reading, after He et al. 2016: one net, trained on digits. The page trains all kinds,
depths and seeds as stacks (`resnet.ResNet`, `staggered.DepthRace`); the tests and the benchmark
`depth` hold the two to each other. Run it: `python -m core.concepts.skip_connections.plain`.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn


class Block(nn.Module):
    """y = x + scale * F(x), where F is a linear layer, perhaps batch norm, and ReLU.

    Without `skip` it is y = F(x): the same layers in a plain net. With `learned` the scale is a
    parameter, which ReZero starts at 0 (Bachlechner et al. 2021).
    """

    def __init__(
        self, width: int, skip: bool, scale: float, batch_norm: bool, learned: bool = False
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.norm = nn.BatchNorm1d(width) if batch_norm else nn.Identity()
        self.skip = skip
        self.scale = nn.Parameter(torch.tensor(float(scale))) if learned else scale

    def forward(self, x: Tensor) -> Tensor:
        f = torch.relu(self.norm(self.linear(x)))
        return x + self.scale * f if self.skip else f


def resnet(
    depth: int, width: int = 32, kind: str = "residual", batch_norm: bool = False,
    n_in: int = 64, n_out: int = 10,
) -> nn.Sequential:
    """A stem, `depth` blocks, a read-out.

    He et al. add F(x) as it is (`naive`), with batch norm inside. Without it 1 / sqrt(depth) is
    the scale that neither explodes nor ends as the identity (`residual`, Marion et al. 2025).
    """
    skip, scale = {"plain": (False, 1.0), "residual": (True, depth**-0.5), "naive": (True, 1.0),
                   "rezero": (True, 0.0)}[kind]
    blocks = [Block(width, skip, scale, batch_norm, kind == "rezero") for _ in range(depth)]
    return nn.Sequential(nn.Linear(n_in, width), *blocks, nn.Linear(width, n_out))


def he_init(net: nn.Module) -> None:
    """He et al. 2015: a layer of ReLUs keeps the size of what it is given."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=(2 / layer.in_features) ** 0.5)
            nn.init.zeros_(layer.bias)


def optimizer_of(net: nn.Module, learning_rate: float = 0.01) -> torch.optim.Optimizer:
    return torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)


def train(
    net: nn.Module, optimizer: torch.optim.Optimizer, batches: Iterable[tuple[Tensor, Tensor]]
) -> None:
    """One update per batch of inputs (n, features) and labels (n,)."""
    for x, y in batches:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()


def main(depths: tuple[int, ...] = (2, 8, 32), n_steps: int = 200) -> dict[tuple[str, int], float]:
    """Prints and returns the training error of plain and residual nets at each depth."""
    torch.manual_seed(0)
    x, y = (torch.tensor(a) for a in load_digits(return_X_y=True))
    x = ((x / 16).float() - 0.3) / 0.376  # about mean 0, variance 1
    ends = torch.randperm(len(y))[: 64 * (len(y) // 64)].split(64)
    batches = [(x[rows], y[rows]) for rows in (ends * (n_steps // len(ends) + 1))[:n_steps]]
    found = {}
    for kind in ("plain", "residual"):
        for depth in depths:
            net = resnet(depth, kind=kind)
            he_init(net)
            train(net, optimizer_of(net), batches)
            with torch.no_grad():
                found[kind, depth] = float((net(x).argmax(1) != y).float().mean())
            print(f"{kind:8} {depth:3} layers: training error {found[kind, depth]:.1%}")
    return found


if __name__ == "__main__":
    main()
