"""A net that learns wrong labels by heart, and what is done against it, in plain torch.

For reading: one net, one seed. The page trains all remedies and seeds as stacks
(`treatment.Group`); `tests/concepts/regularization/test_plain.py` holds the two to each other.
Run it: `python -m core.concepts.regularization.plain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice, pairwise

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn


@dataclass(frozen=True)
class Remedies:
    """How strongly each acts; zero is not at all. Papers: see `treatment.Treatment`."""

    l2: float = 0.0
    weight_decay: float = 0.0
    dropout: float = 0.0
    batch_norm: bool = False
    input_noise: float = 0.0
    mixup: float = 0.0
    label_smoothing: float = 0.0
    early_stopping: bool = False


def net_of(sizes: tuple[int, ...], remedies: Remedies) -> nn.Sequential:
    """Linear layers with ReLU between them; `sizes` are units per layer, input first."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes[:-1]):
        layers += [nn.Linear(n_in, n_out)]
        layers += [nn.BatchNorm1d(n_out)] * remedies.batch_norm
        layers += [nn.ReLU()] + [nn.Dropout(remedies.dropout)] * (remedies.dropout > 0)
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def optimizer_of(net: nn.Module, remedies: Remedies, rate: float) -> torch.optim.Optimizer:
    """AdamW shrinks weights by themselves; in Adam, the penalty's gradient joins the loss's."""
    if remedies.weight_decay:
        return torch.optim.AdamW(net.parameters(), rate, weight_decay=remedies.weight_decay)
    return torch.optim.Adam(net.parameters(), rate, weight_decay=remedies.l2)


def changed(x: Tensor, y: Tensor, remedies: Remedies) -> tuple[Tensor, Tensor]:
    """What the remedies make of a batch: inputs (n, features), soft labels (n, classes)."""
    if remedies.input_noise:
        x = x + remedies.input_noise * torch.randn_like(x)
    if remedies.mixup:  # one ratio per batch, each point with another one
        ratio = torch.distributions.Beta(remedies.mixup, remedies.mixup).sample()
        other = torch.randperm(len(x))
        x, y = ratio * x + (1 - ratio) * x[other], ratio * y + (1 - ratio) * y[other]
    share = remedies.label_smoothing
    return x, (1 - share) * y + share / y.shape[1]


def train(
    net: nn.Module, optimizer: torch.optim.Optimizer, batches: Iterable[tuple[Tensor, Tensor]],
    remedies: Remedies, held_out: tuple[Tensor, Tensor] | None = None, check_every: int = 10,
) -> nn.Module:
    """The net after all batches; with early stopping, as it was when best on held-out data."""
    lowest, best = torch.inf, net
    for t, batch in enumerate(batches, 1):
        x, y = changed(*batch, remedies)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net.train()(x), y).backward()
        optimizer.step()
        if remedies.early_stopping and held_out and t % check_every == 0:
            with torch.no_grad():
                loss = float(nn.functional.cross_entropy(net.eval()(held_out[0]), held_out[1]))
            if loss < lowest:
                lowest, best = loss, deepcopy(net)
    return (best if remedies.early_stopping else net).eval()


def drawn(x: Tensor, y: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches without end; each point once per epoch."""
    while True:
        for rows in torch.randperm(len(x)).split(size):
            yield x[rows], y[rows]


STRENGTHS = {
    "none": Remedies(),
    "l2": Remedies(l2=0.02),
    "weight_decay": Remedies(weight_decay=5.0),
    "dropout": Remedies(dropout=0.5),
    "batch_norm": Remedies(batch_norm=True),
    "input_noise": Remedies(input_noise=0.3),
    "mixup": Remedies(mixup=0.2),
    "label_smoothing": Remedies(label_smoothing=0.2),
    "early_stopping": Remedies(early_stopping=True),
}
"""Each remedy alone, as strong as the page has it by default."""


def noisy_digits(n_train: int = 200, noise: float = 0.2) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images and labels, a share of these wrong; test images and labels, all right."""
    pixels, digit = load_digits(return_X_y=True)
    order = torch.randperm(len(digit))
    x, labels = torch.tensor(pixels / 16, dtype=torch.float32)[order], torch.tensor(digit)[order]
    given = labels[:n_train].clone()
    wrong = torch.randperm(n_train)[: round(noise * n_train)]
    given[wrong] = (given[wrong] + torch.randint(1, 10, wrong.shape)) % 10
    return x[:n_train], given, x[n_train:], labels[n_train:]


def test_error(remedies: Remedies, seed: int, n_steps: int) -> float:
    """Of one net. A seed's images, labels and initial weights are the same for all remedies."""
    torch.manual_seed(seed)
    x, labels, test_x, test_labels = noisy_digits()
    y = nn.functional.one_hot(labels, 10).float()
    net = net_of((64, 64, 64, 10), remedies)
    kept = len(x) - len(x) // 5 * remedies.early_stopping  # it holds out a fifth
    batches = islice(drawn(x[:kept], y[:kept], kept), n_steps)
    held_out = x[kept:], y[kept:]
    net = train(net, optimizer_of(net, remedies, 0.001), batches, remedies, held_out)
    with torch.no_grad():
        return float((net(test_x).argmax(1) != test_labels).float().mean())


def main(n_seeds: int = 5, n_steps: int = 300) -> dict[str, list[float]]:
    """Prints and returns the test errors of each remedy, one net per seed."""
    print(f"Test error after {n_steps} steps, the page's net, learning rate and strengths: "
          f"mean of {n_seeds} seeds (lowest to highest)")
    found = {}
    for name, remedies in STRENGTHS.items():
        found[name] = [test_error(remedies, seed, n_steps) for seed in range(n_seeds)]
        print(f"{name:16} {sum(found[name]) / n_seeds:.1%} "
              f"({min(found[name]):.1%} to {max(found[name]):.1%})")
    return found


if __name__ == "__main__":
    main()
