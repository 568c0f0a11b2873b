"""Raw and standardised numbers, in plain torch.nn.

For reading: one net with one hidden layer on half of the wines, by momentum, twice. The page
trains nets of all kinds and seeds side by side (`core.concepts.representation.scale`). Run it:
`python -m core.concepts.representation.plain`.
"""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_wine
from torch import Tensor, nn


def standardised(train: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Every feature at mean 0 and deviation 1, by what the training rows say."""
    return (x - train.mean(0)) / train.std(0)


def net_of(n_features: int, n_classes: int, hidden: int = 16) -> nn.Sequential:
    """One hidden layer."""
    return nn.Sequential(
        nn.Linear(n_features, hidden), nn.ReLU(), nn.Linear(hidden, n_classes))


def train(
    net: nn.Module, x: Tensor, y: Tensor, learning_rate: float, n_steps: int = 200
) -> None:
    """Momentum on batches of 32 rows."""
    optimizer = torch.optim.SGD(net.parameters(), learning_rate, momentum=0.9)
    for _ in range(n_steps):
        rows = torch.randperm(len(x))[:32]
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main(seed: int = 0) -> dict[str, float]:
    """Prints and returns the shares of new wines that both nets get wrong."""
    torch.manual_seed(seed)
    x, y = load_wine(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    learned, asked = order[: len(y) // 2], order[len(y) // 2 :]
    errors = {}
    for name, told, rate in (("raw", x, 3e-5), ("standardised", standardised(x[learned], x), 0.1)):
        rows, labels = torch.from_numpy(told).float(), torch.from_numpy(y)
        net = net_of(x.shape[1], 3)
        train(net, rows[learned], labels[learned], rate)
        with torch.inference_mode():
            wrong = net(rows[asked]).argmax(1) != labels[asked]
        errors[name] = wrong.float().mean().item()
        print(f"{name}: {errors[name]:.1%} of the new wines wrong")
    return errors


if __name__ == "__main__":
    main()
