"""SimCLR once, for one net, to be read: two views of each image of a batch, and NT-Xent.

Chen et al. 2020, algorithm 1, on wandering digits, with plain torch.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.self_supervised.images import SIDE, Augmentation, images_of


def net(n_numbers: int = 32) -> nn.Sequential:
    """An encoder (to the second ReLU) and a head."""
    return nn.Sequential(
        nn.Linear(SIDE * SIDE, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, n_numbers),
    )


def nt_xent(first: Tensor, second: Tensor, temperature: float = 0.5) -> Tensor:
    """Eq. 1: each view is to find the other one of its image among all other views.

    Args:
        first, second: Embeddings of two views of N images, (N, d) each.
    """
    z = nn.functional.normalize(torch.cat([first, second]), dim=1)  # (2N, d)
    scores = z @ z.T / temperature
    scores.fill_diagonal_(-math.inf)  # itself is no choice
    n = len(first)
    partner = torch.cat([torch.arange(n, 2 * n), torch.arange(n)])
    return nn.functional.cross_entropy(scores, partner)


def train(
    model: nn.Module, images: Tensor, augmentation: Augmentation, rng: torch.Generator,
    draw: np.random.Generator, n_steps: int = 300, batch_size: int = 64,
) -> list[float]:
    """The losses of all updates; `draw` is the views' generator, of numpy."""
    optimizer = torch.optim.Adam(model.parameters(), 0.005, weight_decay=1e-4)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: (1 + math.cos(math.pi * t / n_steps)) / 2)
    losses = []
    for _ in range(n_steps):
        batch = images[torch.randperm(len(images), generator=rng)[:batch_size]][None]
        first, second = (model(augmentation.views(batch, [draw])[0]) for _ in range(2))
        loss = nt_xent(first, second)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        losses.append(loss.item())
    return losses


def one_label_each(z: Tensor, labels: Tensor, new: Tensor, truth: Tensor) -> float:
    """With one labelled image of each digit: how often the most alike of them is right."""
    rows = torch.stack([(labels == digit).nonzero()[0, 0] for digit in range(10)])
    z, new = (nn.functional.normalize(a, dim=1) for a in (z, new))
    return float((labels[rows][(new @ z[rows].T).argmax(1)] == truth).float().mean())


def main(n_steps: int = 300) -> dict[str, float]:
    """Prints and returns how many new digits are read right with one label per digit."""
    torch.manual_seed(0)
    images, model = images_of("wandering", range(1)), net()
    labels, truth = (torch.from_numpy(a[0]) for a in (images.train_labels, images.test_labels))
    found = {}
    for when in ("before", "after"):
        if when == "after":
            train(model, images.train[0], Augmentation(), torch.Generator().manual_seed(0),
                  np.random.default_rng(0), n_steps)
        with torch.no_grad():
            z, new = model(images.train[0]), model(images.test[0])
        found[when] = one_label_each(z, labels, new, truth)
        print(f"{when} learning from views, one label per digit: {found[when]:.1%} right")
    return found


if __name__ == "__main__":
    main()
