"""A net that learns wrong labels by heart and each remedy against it, and a ridge that is chosen by
cross-validation, for scripts that are taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from sklearn.datasets import make_circles, make_moons
from sklearn.linear_model import Ridge
from torch import Tensor, nn

from core.concepts.regularization import double_descent, plane
from core.concepts.regularization.cross_validation import CHOICES, GRID, RIDGES, legendre, truth
from core.concepts.regularization.remedies import N_TEST
from core.concepts.regularization.ridge import RANK_TOLERANCE
from core.concepts.regularization.strength import CHOSEN, GRIDS, IMAGES
from core.concepts.regularization.treatment import CHECK_EVERY, ENSEMBLE, HELD_OUT
from core.data.labels import flipped
from core.script import Script
from core.starts import batch_rows, digits_split, first_layers

DRAWN_FOR = {"shift": 5, "input_noise": 6, "mixup": 7}
"""What draws at random has a generator of its own, (seed, number)."""


class Dropped(nn.Module):
    """Dropout by a generator of its own: a byte decides over a unit, as on the page."""

    def __init__(self, share: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.dropped, self.rng = round(256 * share), rng

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        bytes_ = np.frombuffer(self.rng.bytes(x.numel()), np.uint8).reshape(x.shape[1], len(x))
        kept = torch.from_numpy(bytes_ >= self.dropped).T
        return x * kept * (256 / (256 - self.dropped))


def treated_net(
    sizes: tuple[int, ...], on: Mapping[str, float], seed: int, member: int
) -> nn.Sequential:
    """As it begins; a seed's first member is the same for all remedies."""
    who = (seed, 0, member) if member else (seed, 0)
    start = first_layers(np.random.default_rng(who), sizes)
    drops = np.random.default_rng((seed, 3, member) if member else (seed, 3))
    parts: list[nn.Module] = []
    for i in range(0, len(start), 2):
        layer = nn.Linear(*start[i].shape[::-1])
        layer.weight.data, layer.bias.data = start[i], start[i + 1]
        parts.append(layer)
        if i + 2 < len(start):
            parts += [nn.BatchNorm1d(sizes[1])] * ("batch_norm" in on) + [nn.ReLU()]
            parts += [Dropped(on["dropout"], drops)] if "dropout" in on else []
    return nn.Sequential(*parts)


def changed_batch(
    x: Tensor, y: Tensor, on: Mapping[str, float], rngs: Mapping[str, np.random.Generator]
) -> tuple[Tensor, Tensor]:
    """What the remedies make of inputs (n, features) and soft labels (n, classes)."""
    n = len(x)
    if pixels := int(on.get("shift", 0)):
        moves = rngs["shift"].integers(0, 2 * pixels + 1, (2, n))
        padded = nn.functional.pad(x.view(n, 8, 8), (pixels,) * 4)
        x = torch.stack([image[i : i + 8, j : j + 8].flatten()
                         for image, i, j in zip(padded, *moves, strict=True)])
    if deviation := on.get("input_noise", 0):
        noise = rngs["input_noise"].standard_normal((x.shape[1], n), np.float32)
        x = x + deviation * torch.from_numpy(noise).T
    if alpha := on.get("mixup", 0):
        ratio, other = rngs["mixup"].beta(alpha, alpha), rngs["mixup"].permutation(n)
        x, y = torch.lerp(x[other], x, ratio), torch.lerp(y[other], y, ratio)
    share = on.get("label_smoothing", 0)
    return x, y * (1 - share) + share / y.shape[1]


def answers(net: nn.Module, x: Tensor) -> Tensor:
    """Probabilities, (n, classes)."""
    with torch.no_grad():
        return net.eval()(x).softmax(1)


def treated(
    x: Tensor, y: Tensor, test_x: Tensor, on: Mapping[str, float], n_steps: int, width: int,
    learning_rate: float, batch_size: int, seed: int, member: int,
    changes: tuple[tuple[int, str, float], ...] = (),
) -> Tensor:
    """What one net says of the test images: with early stopping, when it was best. The learning
    rate may change on the way.
    """
    stops = "early_stopping" in on
    kept = len(x) - round(HELD_OUT * len(x)) if stops else len(x)
    net = treated_net((x.shape[1], width, width, y.shape[1]), on, seed, member)
    rule = (torch.optim.AdamW(net.parameters(), learning_rate, weight_decay=on["weight_decay"])
            if on.get("weight_decay") else
            torch.optim.Adam(net.parameters(), learning_rate, weight_decay=on.get("l2", 0)))
    rngs = {name: np.random.default_rng((seed, number)) for name, number in DRAWN_FOR.items()}
    lowest, said = torch.inf, answers(net, test_x)
    rows = batch_rows(seed, kept, min(batch_size, kept), n_steps)
    for t in range(n_steps + 1):
        if t:
            for _, _, rate in (change for change in changes if change[0] == t - 1):
                rule.param_groups[0]["lr"] = rate
            images, labels = changed_batch(x[:kept][rows[t - 1]], y[:kept][rows[t - 1]], on, rngs)
            rule.zero_grad()
            nn.functional.cross_entropy(net.train()(images), labels).backward()
            rule.step()
        if stops and t % CHECK_EVERY == 0:
            with torch.no_grad():
                loss = float(nn.functional.cross_entropy(net.eval()(x[kept:]), y[kept:]))
            if loss < lowest:
                lowest, said = loss, answers(net, test_x)
    return said if stops else answers(net, test_x)


def accuracy(
    on: Mapping[str, float], n_train: int, label_noise: float, n_steps: int, width: int,
    learning_rate: float, batch_size: int, seed: int,
) -> float:
    """The share of new digits that are named rightly, by a net or the mean of several."""
    x, labels, test_x, test_y = digits_split(seed, n_train)
    given = flipped(labels.numpy(), label_noise, 10, np.random.default_rng((seed, 4)))
    y = torch.eye(10)[torch.from_numpy(given)]
    said = [treated(x, y, test_x[:N_TEST], on, n_steps, width, learning_rate, batch_size, seed,
                    member) for member in range(int(on.get("ensemble", 1)))]
    right = torch.stack(said).mean(0).argmax(1) == test_y[:N_TEST]
    return float(right.float().mean())


def treatments(
    remedies: tuple[str, ...], combined: tuple[str, ...], strengths: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """By curve which remedies are on, and how strong."""
    found = {name: {name: strengths[name]} if name != "none" else {} for name in remedies}
    return found | ({"combined": {name: strengths[name] for name in combined}} if combined else {})


def remedied(
    remedies: tuple[str, ...], combined: tuple[str, ...], n_train: int, label_noise: float,
    n_steps: int, l2: float, weight_decay: float, dropout: float, input_noise: float, shift: int,
    mixup: float, label_smoothing: float, width: int, learning_rate: float, batch_size: int,
    seed: int,
) -> dict[str, float]:
    """By remedy the share of new digits that its net gets right."""
    strengths = {
        "l2": l2, "weight_decay": weight_decay, "dropout": dropout, "early_stopping": 1,
        "input_noise": input_noise, "shift": shift, "mixup": mixup,
        "label_smoothing": label_smoothing, "batch_norm": 1, "ensemble": ENSEMBLE,
    }
    return {name: accuracy(on, n_train, label_noise, n_steps, width, learning_rate, batch_size,
                           seed)
            for name, on in treatments(remedies, combined, strengths).items()}


def in_the_plane(
    remedies: tuple[str, ...], combined: tuple[str, ...], shape: str, n_train: int,
    label_noise: float, spread: float, n_steps: int, l2: float, weight_decay: float,
    dropout: float, input_noise: float, mixup: float, label_smoothing: float, width: int,
    learning_rate: float, changes: tuple[tuple[int, str, float], ...], seed: int,
) -> dict[str, float]:
    """By remedy the share of new points whose class its net knows."""
    strengths = {
        "l2": l2, "weight_decay": weight_decay, "dropout": dropout, "early_stopping": 1,
        "input_noise": input_noise, "mixup": mixup, "label_smoothing": label_smoothing,
        "batch_norm": 1, "ensemble": ENSEMBLE,
    }
    n, random = n_train + plane.N_TEST, np.random.RandomState([seed, 1])
    points, classes = (make_circles(n, noise=spread, factor=0.4, random_state=random)
                       if shape == "circles" else
                       make_moons(n, noise=spread, random_state=random))
    x = torch.from_numpy(((points - points.mean(0)) / points.std(0)).astype(np.float32))
    given = flipped(classes[:n_train], label_noise, 2, np.random.default_rng((seed, 4)))
    y, found = torch.eye(2)[torch.from_numpy(given)], {}
    for name, on in treatments(remedies, combined, strengths).items():
        said = [treated(x[:n_train], y, x[n_train:], on, n_steps, width, learning_rate, n_train,
                        seed, member, changes) for member in range(int(on.get("ensemble", 1)))]
        right = torch.stack(said).mean(0).argmax(1).numpy() == classes[n_train:]
        found[name] = float(right.mean())
    return found


def by_strength(
    remedy: str, along: str, label_noise: float, n_train: int, n_steps: int, width: int,
    learning_rate: float, seed: int,
) -> dict[str, float]:
    """The same by the strength of one remedy, or by the number of images with it and without."""
    name, found = "ensemble" if remedy == "members" else remedy, {}
    for at in np.array(GRIDS[remedy] if along == "strength" else IMAGES):
        n = n_train if along == "strength" else int(at)
        curves = ({"treated": {name: float(at)}} if along == "strength" else
                  {"none": {}, "treated": {name: CHOSEN[remedy]}})
        for curve, on in curves.items():
            found[f"{curve} {at}"] = accuracy(on, n, label_noise, n_steps, width, learning_rate,
                                              max(IMAGES), seed)
    return found


def ridge_fit(phi: np.ndarray, y: np.ndarray, ridge: float) -> np.ndarray:
    """Weights (p,); without a ridge the fit of least norm."""
    if ridge == 0:
        return np.linalg.lstsq(phi, y, rcond=RANK_TOLERANCE)[0]
    return Ridge(ridge, fit_intercept=False, solver="svd").fit(phi, y).coef_


def chosen_by_folds(
    n_samples: int, degree: int, noise: float, n_folds: int, n_repeats: int, seed: int
) -> dict[str, float]:
    """By the way in which the ridge is chosen the mean squared distance of its fit from the truth.
    """
    rng = np.random.default_rng((seed, 0))
    x = rng.uniform(-1, 1, n_samples)
    y = truth(x) + noise * rng.standard_normal(n_samples)
    orders = [rng.permutation(n_samples) for _ in range(n_repeats)]
    phi, grid = legendre(x, degree), legendre(GRID, degree)
    folds = []
    for order in orders:
        for fold in range(n_folds):
            out = np.isin(np.arange(n_samples), order[fold::n_folds])
            fits = [ridge_fit(phi[~out], y[~out], ridge) for ridge in RIDGES]
            folds.append([np.square(phi[out] @ a - y[out]).mean() for a in fits])
    mean, band = np.mean(folds, 0), np.std(folds, 0, ddof=1) / np.sqrt(n_folds)
    lowest = int(mean.argmin())
    near = np.flatnonzero(mean <= mean[lowest] + band[lowest])
    excess = [np.square(grid @ ridge_fit(phi, y, ridge) - truth(GRID)).mean() for ridge in RIDGES]
    indices = (lowest, int(near[-1]), int(np.argmin(excess)), 0)
    return {name: float(excess[i]) for name, i in zip(CHOICES, indices, strict=True)}


def with_all_features(
    n_samples: int, n_inputs: int, label_noise: float, ridge: float, seed: int
) -> dict[str, float]:
    """The squared error of the last fit, of 20 features per training point, with and without ridge.
    """
    config: Any = SimpleNamespace(n_samples=n_samples, n_inputs=n_inputs, label_noise=label_noise,
                                  seed=seed, n_seeds=1)
    data = double_descent.data_of(config)
    phi = double_descent.features(data, max(double_descent.feature_counts(config)))[0]
    y, found = data.y[0], {}
    for name, penalty in (("no_ridge", 0.0), ("ridge", ridge)):
        said = phi[n_samples:] @ ridge_fit(phi[:n_samples], y[:n_samples], penalty)
        found[name] = float(np.square(said - y[n_samples:]).mean())
    return found


SCRIPTS = {
    "plane": Script(in_the_plane, "test_accuracy", "test accuracy after the last step"),
    "double_descent": Script(with_all_features, "test_error",
                             "squared error with 20 features per training point"),
    "remedies": Script(remedied, "test_accuracy", "test accuracy after the last step"),
    "strength": Script(by_strength, "test_accuracy", "test accuracy after the last step"),
    "cross_validation": Script(chosen_by_folds, "excess_error", "error beyond the noise"),
}
