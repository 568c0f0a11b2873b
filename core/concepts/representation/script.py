"""Inputs and targets told in several ways, model after model, for scripts that are taken away."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from torch import Tensor

from core.concepts.representation import leaks, pixels, shape
from core.concepts.representation.categories import CODES, DIM, HIDDEN, WORST
from core.concepts.representation.rates import OWN
from core.concepts.representation.scales import binned, logarithm, raw, standardised
from core.data.labels import stratified
from core.script import Script
from core.stacked.cnn import CNN, Block
from core.starts import batch_rows, descended, first_layers, minimised, one_model, perceptron

BATCH = 32
LEARN = {"raw": raw, "standardised": standardised, "log": logarithm, "binned": binned}


def halves_of(y: np.ndarray, seed: int, purpose: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows to learn from, and the others."""
    return stratified(y, len(y) // 2, np.random.default_rng((seed, purpose)))


def as_inputs(x: np.ndarray) -> Tensor:
    """As nets take them."""
    return torch.from_numpy(x.astype(np.float32))


def by_scale(
    data: str, scales: tuple[str, ...], rates: str, learning_rate: float, n_steps: int,
    hidden: int, n_neighbors: int, seed: int,
) -> dict[str, float]:
    """By model and representation the share of new rows that it gets wrong."""
    x, y = {"wine": load_wine, "breast_cancer": load_breast_cancer}[data](return_X_y=True)
    train, test = halves_of(y, seed, 40)
    labels, n_classes = torch.from_numpy(y[train]), int(y.max()) + 1
    rows, told = batch_rows(seed, len(train), BATCH, n_steps), {
        scale: LEARN[scale](x[train])(x) for scale in scales}
    found = {}
    for kind in ("net", "linear"):
        for rule in ("momentum", "adam"):
            for scale in scales:
                inputs = as_inputs(told[scale])
                sizes = (inputs.shape[1], *[hidden] * (kind == "net"), n_classes)
                layers = descended(
                    first_layers(np.random.default_rng((seed, 41)), sizes), inputs[train], labels,
                    torch.nn.functional.cross_entropy, rows, rule,
                    OWN[data, f"{kind}_{rule}", scale] if rates == "own" else learning_rate)
                said = perceptron(layers, inputs[test])
                right = (said.argmax(1).numpy() == y[test]) & said.isfinite().all(1).numpy()
                found[f"{kind}_{rule} {scale}"] = 1 - float(right.mean())
    for name in ("neighbours", "tree"):
        for scale in scales:
            model: Any = (KNeighborsClassifier(n_neighbors) if name == "neighbours"
                          else DecisionTreeClassifier(random_state=seed))
            model.fit(told[scale][train], y[train])
            found[f"{name} {scale}"] = 1 - model.score(told[scale][test], y[test])
    return found


def classes_of(data: str) -> tuple[np.ndarray, np.ndarray]:
    """All rows; how far an illness has gone a year later, in five equal parts."""
    if data == "levels":
        x, y = load_diabetes(return_X_y=True)
        return x, (y[:, None] > np.quantile(y, [0.2, 0.4, 0.6, 0.8])).sum(1)
    found: tuple[np.ndarray, np.ndarray] = {"digits": load_digits, "wine": load_wine}[data](
        return_X_y=True)
    return found


def by_target(
    data: str, numbers: str, n_steps: int, hidden: int, learning_rate: float, seed: int,
) -> dict[str, float]:
    """By kind of target the share of new rows that a net gets wrong."""
    x, y = classes_of(data)
    n_classes = int(y.max()) + 1
    train, test = halves_of(y, seed, 70)
    if numbers == "drawn":
        y = np.random.default_rng((seed, 71)).permutation(n_classes)[y]
    inputs, labels = as_inputs(standardised(x[train])(x)), torch.from_numpy(y)
    rows, found = batch_rows(seed, len(train), BATCH, n_steps), {}
    for target in ("integer", "one_hot", "one_hot_squared"):
        sizes = (inputs.shape[1], hidden, 1 if target == "integer" else n_classes)
        told = (labels[:, None].float() if target == "integer"
                else torch.nn.functional.one_hot(labels, n_classes).float())
        layers = descended(
            first_layers(np.random.default_rng((seed, 72)), sizes), inputs[train], told[train],
            torch.nn.functional.cross_entropy if target == "one_hot" else squared, rows, "adam",
            learning_rate)
        z = perceptron(layers, inputs[test])
        said = z[:, 0].round().clamp(0, n_classes - 1) if target == "integer" else z.argmax(1)
        found[target] = float((said != labels[test]).float().mean())
    return found


def squared(z: Tensor, y: Tensor) -> Tensor:
    """Half the squared error, summed over outputs."""
    return (z - y).square().sum(1).mean() / 2


def told_kinds(levels: np.ndarray, code: str, n_levels: int, table: Tensor | None) -> Tensor:
    """What a model is told of kinds (n,), as (n, numbers)."""
    which = torch.from_numpy(levels)
    if code == "integer":
        middle, spread = (n_levels - 1) / 2, ((n_levels**2 - 1) / 12) ** 0.5
        return (which[:, None].float() - middle) / spread
    if code == "one_hot":
        return torch.nn.functional.one_hot(which, n_levels).float()
    assert table is not None
    return table[which]


def kind_model(code: str, n_levels: int, hidden: int, seed: int) -> list[Tensor]:
    """What is learned, as it begins: the table of an embedding first, if there is one."""
    rng, n = np.random.default_rng((seed, 61)), {"integer": 1, "one_hot": n_levels}.get(code, DIM)
    shapes = [(n_levels, DIM, 0.3)] if code == "embedding" else []
    if hidden:  # as if one number of what is told were not 0, or two of an embedding
        shapes.append((hidden, n, (2 / (DIM if code == "embedding" else 1)) ** 0.5))
    shapes.append((1, hidden or n, (hidden or n) ** -0.5))
    drawn = [torch.from_numpy((rng.standard_normal((a, b)) * scale).astype(np.float32))
             for a, b, scale in shapes]
    table, layers = drawn[: code == "embedding"], drawn[code == "embedding" :]
    return [*table, *(part for layer in layers for part in (layer, torch.zeros(len(layer))))]


def explained(said: np.ndarray, effects: np.ndarray) -> float:
    """The share of the effects' variance, no less than `WORST`."""
    return max(1 - float(np.square(said - effects).mean() / np.square(effects).mean()), WORST)


def by_code(
    order: str, n_levels: int, n_train: int, noise: float, n_steps: int, learning_rate: float,
    seed: int,
) -> dict[str, float]:
    """By model and code the share of the kinds' effects that it has found."""
    rng = np.random.default_rng((seed, 60))
    effects = rng.standard_normal(n_levels)
    effects = (effects - effects.mean()) / effects.std()
    effects = np.sort(effects) if order == "ordered" else effects
    level = rng.integers(n_levels, size=n_train)
    y = effects[level] + noise * rng.standard_normal(n_train)
    every, answers, found = np.arange(n_levels), as_inputs(y[:, None]), {}
    for model, hidden in (("linear", 0), ("net", HIDDEN)):
        for code in CODES:
            parts = [p.requires_grad_() for p in kind_model(code, n_levels, hidden, seed)]
            table = parts[0] if code == "embedding" else None
            layers = parts[table is not None :]
            adam = torch.optim.Adam(parts, learning_rate)
            draws = np.random.default_rng((seed, 62))
            for t in range(n_steps):
                adam.param_groups[0]["lr"] = learning_rate * (
                    1 + math.cos(math.pi * t / n_steps)) / 2
                some = draws.integers(n_train, size=BATCH)
                adam.zero_grad()
                z = perceptron(layers, told_kinds(level[some], code, n_levels, table))
                squared(z, answers[some]).backward()
                adam.step()
            with torch.no_grad():
                said = perceptron(layers, told_kinds(every, code, n_levels, table))[:, 0]
            found[f"{model} {code}"] = explained(said.double().numpy(), effects)
    for code in CODES:
        inputs = every[:, None] if code == "integer" else np.eye(n_levels)
        tree = DecisionTreeRegressor(random_state=seed).fit(inputs[level], y)
        found[f"tree {code}"] = (
            math.nan if code == "embedding" else explained(tree.predict(inputs), effects))
    return found


def told_pixels(
    images: str, tellings: tuple[str, ...], shift: float, noise: float, n_train: int, seed: int
) -> tuple[dict[str, tuple[Tensor, Tensor]], Tensor, Tensor]:
    """By telling the images to learn from and new ones, (n, features); and their classes."""
    (x, y), (new_x, new_y) = (
        pixels.draw(images, n, shift, noise, np.random.default_rng((seed, purpose)))
        for n, purpose in ((n_train, 80), (shape.N_TEST, 81)))
    of = pixels.known(x, np.random.default_rng((seed, 82)))
    told = {}
    for name in tellings:
        old, new = (as_inputs(pixels.TELLINGS[name].tell(a, of).reshape(len(a), -1))
                    for a in (x, new_x))
        told[name] = old, new
    return told, torch.from_numpy(y), torch.from_numpy(new_y)


def by_telling(
    images: str, tellings: tuple[str, ...], nets: tuple[str, ...], times: float, shift: float,
    noise: float, n_train: int, n_steps: int, seed: int,
) -> dict[str, float]:
    """By net and telling the share of new images that are wrong."""
    told, y, new_y = told_pixels(images, tellings, shift, noise, n_train, seed)
    rows = batch_rows(seed, n_train, shape.BATCH_SIZE, n_steps)
    n_channels, n_classes = pixels.N_CHANNELS[images], len(pixels.CLASSES[images])
    found = {}
    for name in nets:
        for telling, (x, new_x) in told.items():
            rng, rate = np.random.default_rng((seed, 83)), shape.RATES[name] * times
            if name == "dense":
                sizes = (n_channels * pixels.SIDE**2, shape.HIDDEN, n_classes)
                layers = descended(first_layers(rng, sizes), x, y,
                                   torch.nn.functional.cross_entropy, rows, "adam", rate,
                                   cosine=True)
                said = perceptron(layers, new_x)
            else:
                block = Block(shape.CHANNELS, pool=True, batch_norm=name == "conv")
                net = CNN((block, block), (n_channels, pixels.SIDE), flat=True,
                          n_classes=n_classes)
                said = seen_by(net, x, y, new_x, rows, rate, rng)
            found[f"{name} {telling}"] = float(
                (said.nan_to_num().argmax(1) != new_y).float().mean())
    return found


def seen_by(
    net: CNN, x: Tensor, y: Tensor, new_x: Tensor, rows: list[np.ndarray], rate: float,
    rng: np.random.Generator,
) -> Tensor:
    """What a convolutional net says of new images, after an update for each batch."""
    p = one_model(net.start(rng))
    state = {name: torch.from_numpy(a).float()[None] for name, a in net.state.items()}

    def said(p: dict[str, Tensor], x: Tensor, train: bool) -> Tensor:
        return net.forward({**p, **state}, x.T[None], () if train else None)[0].T

    minimised(p, ((x[some], y[some]) for some in rows),
              lambda p, x, y: torch.nn.functional.cross_entropy(said(p, x, True), y), rate,
              lambda t: 0.5 * (1 + math.cos(math.pi * (t - 1) / len(rows))))
    with torch.no_grad():
        return said(p, new_x, False)


def by_leak(
    n_features: int, n_samples: int, n_kept: int, n_signal: int, n_folds: int, seed: int,
) -> dict[str, float]:
    """By way what a cross-validation promises of all columns; and what new rows give."""
    config: Any = SimpleNamespace(n_features=n_features, n_samples=n_samples, n_signal=n_signal,
                                  n_folds=n_folds)
    table = leaks.NoiseTable(config, np.random.default_rng((seed, 50)))
    found = {way: leaks.cross_validated(table, way, n_features, n_kept)
             for way in ("inside", "scaler", "selection")}
    return {**found, "truth": leaks.on_new_rows(table, n_features, n_kept)}


SCRIPTS = {
    "shape": Script(by_telling, "test_error", "share of new images that are wrong"),
    "leaks": Script(by_leak, "accuracy", "share right, as promised and on new rows"),
    "categories": Script(by_code, "explained", "share of the effects that is found"),
    "scale": Script(by_scale, "test_error", "test error after the last update",
                    frozenset({"unit", "start_x", "start_y"})),
    "targets": Script(by_target, "test_error", "test error after the last update"),
}
