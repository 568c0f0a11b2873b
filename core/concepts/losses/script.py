"""Nets that differ in their loss alone, one after the other, for scripts that are taken away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.concepts.losses.noise import Noise, painted_of
from core.concepts.losses.plain import negative_log_likelihood
from core.data.labels import flipped
from core.script import Script
from core.starts import batch_rows, descended, digits_split, first_layers, perceptron

LossOf = Callable[[Tensor, Tensor], Tensor]
GRID = np.linspace(0, 1, 101)


def scaled(x: np.ndarray) -> Tensor:
    """Numbers that are uniform from 0 to 1, with mean 0 and standard deviation 1, (n, 1)."""
    return torch.from_numpy(((x - 0.5) / 12**-0.5).astype(np.float32))[:, None]


def of_numbers(
    losses: tuple[str, ...], outliers: float, outlier_size: float, sides: str, noise: str,
    spread: float, delta: float, painted: tuple[str, ...], n_each: int, n_samples: int,
    n_steps: int, learning_rate: float, width: int, seed: int,
) -> dict[str, float]:
    """By loss how far the fit is from the curve: the root of the mean square, over a grid."""
    rng = np.random.default_rng((seed, 1))
    x = rng.uniform(0, 1, n_samples)
    theirs = painted_of(painted, n_each, seed)
    drawn = Noise(noise, spread, outliers, outlier_size, sides == "both").draw(rng, n_samples)
    y = np.append(np.sin(2 * np.pi * x) + drawn, theirs[:, 1])
    inputs = scaled(np.append(x, theirs[:, 0]))
    targets = torch.from_numpy(y.astype(np.float32))[:, None]
    choices: dict[str, LossOf] = {
        "squared": lambda z, y: (z - y).square().mean() / 2,
        "absolute": lambda z, y: (z - y).abs().mean(),
        "huber": lambda z, y: torch.nn.functional.huber_loss(z, y, delta=delta),
    }
    start = first_layers(np.random.default_rng((seed, 0)), (1, width, 1), 1.0)
    found = {}
    for name in losses:
        layers = descended(start, inputs, targets, choices[name], [np.arange(len(y))] * n_steps,
                           "adam", learning_rate, torch.tanh, cosine=True)
        off = perceptron(layers, scaled(GRID), torch.tanh)[:, 0].numpy() - np.sin(2 * np.pi * GRID)
        found[name] = float(np.sqrt(np.square(off).mean()))
    return found


def of_classes(
    losses: tuple[str, ...], confidence: float, rates: str, learning_rate: float, n_steps: int,
    n_train: int, wrong_labels: float, optimizer: str, batch_size: int, width: int, seed: int,
) -> dict[str, float]:
    """By loss the share of new digits that its net gets wrong."""
    x, y, test_x, test_y = digits_split(seed, n_train)
    mean, deviation = x.mean(), x.std()
    x, test_x, test_y = (x - mean) / deviation, (test_x[:797] - mean) / deviation, test_y[:797]
    y = torch.from_numpy(flipped(y.numpy(), wrong_labels, 10, np.random.default_rng((seed, 3))))
    choices: dict[str, tuple[LossOf, dict[str, float]]] = {
        "cross_entropy": (torch.nn.functional.cross_entropy, {"momentum": 0.1, "adam": 0.01}),
        "softmax": (lambda z, y: (z.softmax(1) - torch.eye(10)[y]).square().sum(1).mean(),
                    {"momentum": 0.1, "adam": 0.01}),
        "outputs": (lambda z, y: (z - torch.eye(10)[y]).square().sum(1).mean(),
                    {"momentum": 0.03, "adam": 0.01}),
    }
    start = [6**-0.5 * layer for layer in first_layers(
        np.random.default_rng((seed, 0)), (64, width, 10))]
    start[2] *= confidence
    rows, found = batch_rows(seed, len(x), batch_size, n_steps), {}
    for name in losses:
        loss, own = choices[name]
        rate = learning_rate if rates == "shared" else own[optimizer]
        layers = descended(start, x, y, loss, rows, optimizer, rate)
        said = perceptron(layers, test_x).argmax(1)
        found[name] = float((said != test_y).float().mean())
    return found


def of_spread(
    heads: tuple[str, ...], n_samples: int, beta: float, low: float, high: float,
    standardised: bool, n_steps: int, learning_rate: float, batch_size: int, width: int, seed: int,
) -> dict[str, float]:
    """By head the share of new points that are within the band for 95 % of them."""
    def drawn(purpose: int, n: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((seed, purpose))
        x = rng.uniform(0, 1, n)
        y = np.sin(2 * np.pi * x) + (low + (high - low) * x) * rng.standard_normal(n)
        inputs = scaled(x) if standardised else torch.from_numpy(x.astype(np.float32))[:, None]
        return inputs, torch.from_numpy(y.astype(np.float32))

    (x, y), (test_x, test_y) = drawn(1, n_samples), drawn(3, 2000)
    choices: dict[str, LossOf] = {
        "constant": lambda z, y: (z[:, 0] - y).square().mean() / 2,
        "learned": negative_log_likelihood,
        "weighted": lambda z, y: negative_log_likelihood(z, y, beta),
    }
    start = first_layers(np.random.default_rng((seed, 0)), (1, width, 2), 1.0)
    rows, found = batch_rows(seed, n_samples, batch_size, n_steps), {}
    for name in heads:
        layers = descended(start, x, y, choices[name], rows, "adam", learning_rate, torch.tanh,
                           cosine=True)
        said, log_variance = perceptron(layers, test_x, torch.tanh).unbind(1)
        if name == "constant":  # one spread for all: that of the training residuals
            left = perceptron(layers, x, torch.tanh)[:, 0] - y
            log_variance = left.square().mean().log().expand_as(said)
        inside = (said - test_y).abs() <= 1.959964 * (log_variance.clamp(-12, 6) / 2).exp()
        found[name] = float(inside.float().mean())
    return found


SCRIPTS = {
    "numbers": Script(of_numbers, "to_curve", "distance from the curve after the last update"),
    "classes": Script(of_classes, "test_error", "test error after the last update",
                      frozenset({"temperature"})),
    "likelihood": Script(of_spread, "coverage",
                         "share of new points within the band for 95 %"),
}
