"""A small convolutional net, in plain torch.nn.

For reading, after LeCun et al. 1998 with batch norm, ReLU and the mean of each map (Lin et al.
2014): one net, trained on strokes. The page trains nets of all kinds and seeds side by side
(`core.stacked.cnn`); `tests/concepts/convolution/test_nets.py` holds the two to each other. Run it:
`python -m core.concepts.convolution.plain`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from core.data.strokes import Strokes


def block(n_in: int, n_out: int, pool: bool) -> nn.Sequential:
    """Convolution, batch norm, ReLU, perhaps the largest of each 2 x 2."""
    layers = [nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()]
    return nn.Sequential(*layers, *[nn.MaxPool2d(2)] * pool)


def cnn(n_classes: int = 10) -> nn.Sequential:
    """Three blocks, the mean of each map, and a dense layer: 3778 parameters."""
    return nn.Sequential(
        block(1, 8, pool=True), block(8, 16, pool=True), block(16, 16, pool=False),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, n_classes),
    )


def train(net: nn.Module, x: Tensor, y: Tensor, n_steps: int, batch_size: int = 64) -> None:
    """Adam, its rate falling from 0.01 to 0 along half a cosine."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    for _ in range(n_steps):
        rows = torch.randperm(len(x))[:batch_size]
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def main(n_train: int = 1000, n_steps: int = 300) -> float:
    """Prints and returns the share of 500 new images that the net gets wrong."""
    torch.manual_seed(0)
    images, labels = Strokes().draw(n_train + 500, np.random.default_rng(0))
    x = torch.from_numpy((images - images.mean()) / images.std())[:, None]
    y = torch.from_numpy(labels)
    net = cnn()
    train(net, x[:n_train], y[:n_train], n_steps)
    net.eval()
    with torch.inference_mode():
        error = (net(x[n_train:]).argmax(1) != y[n_train:]).float().mean().item()
    print(f"{error:.1%} of the new images wrong")
    return error


if __name__ == "__main__":
    main()
