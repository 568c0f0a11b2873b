"""Convolutional and dense nets on the same images, one after the other, for scripts that are taken
away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from core.concepts.convolution import build
from core.concepts.convolution.augment import Strength, augmented, generators
from core.concepts.convolution.blocks import Built
from core.concepts.convolution.nets import WIDTHS
from core.concepts.convolution.tasks import N_TEST
from core.data.labels import stratified
from core.data.strokes import Strokes
from core.script import Script
from core.stacked.cnn import CNN, Block
from core.starts import batch_rows, first_layers, minimised, one_model

OWN_RATES = {"cnn": 0.01, "cnn_flat": 0.005, "mlp_equal": 0.005, "mlp_nine": 0.003}
BLOCKS = ((1, 8, True), (8, 16, True), (16, 16, False))
"""Channels that come in, channels that go out, and whether every second pixel goes on."""


def images_of(
    data: str, how: Strokes, n_train: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images (n, side, side) and labels to learn from, and those to test on."""
    if data == "strokes":
        return (*how.draw(n_train, np.random.default_rng((seed, 11))),
                *how.draw(N_TEST, np.random.default_rng((seed, 12))))
    pixels, y = load_digits(return_X_y=True)
    images = (pixels / 16).astype(np.float32).reshape(-1, 8, 8)
    chosen, rest = stratified(y, n_train, np.random.default_rng((seed, 11)))
    return images[chosen], y[chosen], images[rest[:N_TEST]], y[rest[:N_TEST]]


def dense_net(side: int, hidden: int, seed: int) -> nn.Sequential:
    """One hidden layer, as it begins."""
    start = first_layers(np.random.default_rng((seed, 0)), (side * side, hidden, 10))
    layers = [nn.Linear(side * side, hidden), nn.Linear(hidden, 10)]
    for layer, weight, bias in zip(layers, start[::2], start[1::2], strict=True):
        layer.weight.data, layer.bias.data = weight, bias
    return nn.Sequential(layers[0], nn.ReLU(), layers[1])


def convolutional_net(side: int, flat: bool, seed: int) -> nn.Sequential:
    """Three blocks, then the mean of each map or all its places, and a dense layer."""
    rng = np.random.default_rng((seed, 0))
    parts: list[nn.Module] = [nn.Unflatten(1, (1, side))]
    for n_in, n_out, pool in BLOCKS:
        layer = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        begin(layer.weight, rng, 2)
        parts += [layer, nn.BatchNorm2d(n_out), nn.ReLU(), *[nn.MaxPool2d(2)] * pool]
    head = nn.Linear(16 * (side // 4) ** 2 if flat else 16, 10)
    begin(head.weight, rng, 1)
    nn.init.zeros_(head.bias)
    parts += [*[nn.AdaptiveAvgPool2d(1)] * (not flat), nn.Flatten(), head]
    return nn.Sequential(*parts)


def begin(weight: nn.Parameter, rng: np.random.Generator, gain: float) -> None:
    """He et al. 2015: the scale of what comes in is kept."""
    drawn = rng.standard_normal(tuple(weight.shape)) * (gain / math.prod(weight.shape[1:])) ** 0.5
    weight.data = torch.from_numpy(drawn.astype(np.float32))


def net_called(name: str, side: int, seed: int) -> nn.Sequential:
    if name in WIDTHS[side]:
        return nn.Sequential(nn.Flatten(), *dense_net(side, WIDTHS[side][name], seed))
    return convolutional_net(side, name == "cnn_flat", seed)


def ready(images: np.ndarray, train: np.ndarray, order: np.ndarray) -> Tensor:
    """Images (n, side, side) by mean and spread of the training pixels, each pixel in its place or
    in another one.
    """
    mean, spread = float(train.mean()), float(train.std())
    rows = ((images - mean) / spread).reshape(len(images), -1)[:, order]
    return torch.from_numpy(rows.reshape(images.shape).astype(np.float32))


def of_pictures(
    nets: tuple[str, ...], data: str, n_train: int, pixels: str, augment: tuple[str, ...],
    noise: float, shift: float, rotation: float, clutter: int, augment_shift: int,
    augment_rotation: int, n_steps: int, rates: str, learning_rate: float, batch_size: int,
    seed: int,
) -> dict[str, float]:
    """By net the share of new images that it gets wrong."""
    train, y, test, test_y = images_of(
        data, Strokes(noise, shift, rotation, clutter), n_train, seed)
    side = train.shape[1]
    order = np.arange(side * side)
    if pixels == "scrambled":
        order = np.random.default_rng((seed, 14)).permutation(side * side)
    x, test_x = ready(train, train, order), ready(test, train, order)
    empty = torch.tensor([-float(train.mean()) / float(train.std())])
    labels, rows, found = torch.from_numpy(y), batch_rows(seed, n_train, batch_size, n_steps), {}
    for name in nets:
        net, draws = net_called(name, side, seed), generators([seed])
        rate = OWN_RATES[name] if rates == "own" else learning_rate
        adam = torch.optim.Adam(net.parameters(), rate)
        for t, some in enumerate(rows):
            adam.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * t / n_steps)) / 2
            changed = augmented(
                x[some].flatten(1).T[None], augment, Strength(augment_shift, augment_rotation),
                empty, side, draws)[0].T.reshape(-1, side, side)
            adam.zero_grad()
            nn.functional.cross_entropy(net(changed), labels[some]).backward()
            adam.step()
        net.eval()
        with torch.no_grad():
            wrong = net(test_x).argmax(1).numpy() != test_y
        found[name] = float(wrong.mean())
    return found


def learned_net(
    net: CNN | Built, p: dict[str, Tensor], batches: Iterator[tuple[Tensor, Tensor]],
    rate: float, n_steps: int, seed: int,
) -> Callable[[Tensor], Tensor]:
    """What a net that the page has written forward only says after an update for each batch."""
    state = {name: torch.from_numpy(a).float()[None] for name, a in net.state.items()}
    drops = [np.random.default_rng((seed, 16))]
    minimised(p, batches, lambda p, x, y: nn.functional.cross_entropy(
        net.forward({**p, **state}, x.T[None], drops)[0].T, y), rate,
        lambda t: (1 + math.cos(math.pi * (t - 1) / n_steps)) / 2)

    def says(x: Tensor) -> Tensor:
        with torch.no_grad():
            return net.forward({**p, **state}, x.T[None])[0].T

    return says


def built_nets(
    nets: tuple[str, ...], n_train: int, moved: str, n_steps: int, learning_rate: float,
    batch_size: int, seed: int,
) -> dict[str, float]:
    """By net the share of new images that it gets wrong."""
    train, y, test, test_y = images_of("strokes", Strokes(0.15, 3.0, 15.0, 1), n_train, seed)
    order, side = np.arange(train[0].size), train.shape[1]
    x, test_x = ready(train, train, order).flatten(1), ready(test, train, order).flatten(1)
    empty = torch.tensor([-float(train.mean()) / float(train.std())])
    labels, rows, found = torch.from_numpy(y), batch_rows(seed, n_train, batch_size, n_steps), {}
    for name in nets:
        net, draws = build.KINDS[name], generators([seed])
        names = ("shift",) if moved == "on" else ()
        batches = ((augmented(x[some].T[None], names, Strength(2, 0), empty, side, draws)[0].T,
                    labels[some]) for some in rows)
        p = one_model(net.start(np.random.default_rng((seed, 0))))
        says = learned_net(net, p, batches, learning_rate, n_steps, seed)
        found[name] = float((says(test_x).argmax(1).numpy() != test_y).mean())
    return found


def opened(
    data: str, kernel: str, start: str, n_train: int, n_steps: int, learning_rate: float,
    batch_size: int, seed: int,
) -> dict[str, float]:
    """The share of new images that one net gets wrong."""
    train, y, test, test_y = images_of(data, Strokes(0.15, 3.0, 15.0, 1), n_train, seed)
    order = np.arange(train[0].size)
    x, test_x = ready(train, train, order).flatten(1), ready(test, train, order).flatten(1)
    net = CNN((Block(8, int(kernel), pool=True), Block(16, pool=True), Block(16)),
              (1, train.shape[1]))
    p = one_model(net.start(np.random.default_rng((seed, 0))))
    if start == "small":
        p["block1.weight"].data *= 0.1
    batches = ((x[some], torch.from_numpy(y[some]))
               for some in batch_rows(seed, n_train, batch_size, n_steps))
    says = learned_net(net, p, batches, learning_rate, n_steps, seed)
    wrong = says(test_x).argmax(1).numpy() != test_y
    return {"share of new images that are wrong": float(wrong.mean())}


SCRIPTS = {
    "build": Script(built_nets, "test_error", "share of new images that are wrong"),
    "inside": Script(opened, "test_error", "share of new images that are wrong"),
    "pictures": Script(of_pictures, "test_error", "share of new images that are wrong"),
}
