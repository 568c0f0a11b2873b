"""Inside a convolutional net while it learns: its kernels, its maps, and what can be read in each.

The net of the main lab learns; the page shows what its layers make of an image that the visitor
picks or draws, from the weights in the frames. How much a layer knows is asked by a linear probe:
a linear classifier, fitted anew at every frame to what the layer says.

Papers: LeCun et al. 1998; Zeiler & Fergus 2014 (layers build on one another); Alain & Bengio 2016
(linear probes).
Differs from the papers in: nets of three layers on images of 16 x 16, for hundreds of steps; the
probe is fitted by ridge regression to the mean of each map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.convolution.nets import Stack
from core.concepts.convolution.pictures import rate_factor
from core.concepts.convolution.tasks import CLASSES, N_CLASSES, SIDES, Task, task_of
from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.cnn import CNN, Block
from core.stacked.data import batches
from core.stacked.traced import Traced, views
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

MAX_FRAMES = 16
N_PROBE = 250
"""Training images that a probe is fitted to, and test images that it is asked about."""
RIDGE = 1.0
"""Of the probe: the penalty on its squared weights, features at variance 1."""
N_PICKED = 20
"""Test images of the first seed that may be picked: two of every class."""
CHANNELS = (8, 16, 16)
LAYERS = ("pixels", "layer1", "layer2", "layer3")
SMALL_START = 0.1
EPS = 1e-5  # torch's, in batch norm


class Config(BaseConfig):
    """Which net learns which images."""

    data: Literal["strokes", "digits"] = setting(
        "strokes", "Ten shapes drawn with a pen, 16 x 16, or handwritten digits, 8 x 8",
        names={"strokes": "Strokes", "digits": "Digits"}, label="Images",
    )
    kernel: Literal["3", "5"] = setting(
        "5", "Side of the first layer's windows", names={"3": "3 x 3", "5": "5 x 5"},
        label="First kernel",
    )
    start: Literal["usual", "small"] = setting(
        "small", "First kernels begin as He et al. advise, or at a tenth of that: then what one "
                 "sees at the end was learned",
        names={"usual": "Usual size", "small": "A tenth"}, label="First kernels begin",
    )
    n_train: int = setting(
        1000, "Images to learn from", ge=250, le=1200, step=50, label="Training images",
    )
    n_steps: int = setting(300, "Number of updates", ge=50, le=600, unit="steps", step=50)
    learning_rate: float = setting(
        0.01, "Adam's at the start; it falls to 0", ge=3e-4, le=0.1, log=True, group="Training"
    )
    batch_size: int = setting(
        32, "Images per update", ge=16, le=128, unit="images", step=16, group="Training"
    )
    n_seeds: int = setting(
        3, "Nets, each with its own images and weights; the first is looked into", ge=1, le=8,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, initial weights, batches", ge=0, le=9999, group="Seeds"
    )

    @property
    def noise(self) -> float:
        return 0.15

    @property
    def shift(self) -> float:
        return 3.0

    @property
    def rotation(self) -> float:
        return 15.0

    @property
    def clutter(self) -> int:
        return 1

    @property
    def pixels(self) -> str:
        return "in_place"


def net_of(config: Config) -> CNN:
    first, second, third = CHANNELS
    blocks = (Block(first, int(config.kernel), pool=True), Block(second, pool=True), Block(third))
    return CNN(blocks, (1, SIDES[config.data]))


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Nets of all seeds, as in the main lab, but for the size of the first kernels."""
    task, net = task_of(config), net_of(config)
    stack = Stack(net, config.seeds, config.learning_rate)
    named = views(net.shapes, stack.p)
    if config.start == "small":
        named["block1.weight"].mul_(SMALL_START)
    first = {name: a.clone() for name, a in named.items()}
    picked = _picked(task.split.test_y[0])
    still = {
        "images": task.split.test_x[0][:, picked].T.numpy(),
        "labels": task.split.test_y[0][:, picked].argmax(0).numpy().astype(np.int32),
        "background": task.background[:1].numpy(),
    }
    t = 0

    def measure() -> Measured:
        arrays = _measured(task, net, stack, named, first)
        return arrays | (still if t == 0 else {}), ()

    yield t, measure
    for t, (x, y) in enumerate(
        batches(task.split, config.seeds, config.batch_size, config.n_steps), 1
    ):
        stack.step(x, y, rate_factor(t, config.n_steps))
        yield t, measure


# --- what is measured --------------------------------------------------------------------


def _measured(
    task: Task, net: CNN, stack: Stack, named: Mapping[str, Tensor], first: Mapping[str, Tensor]
) -> dict[str, np.ndarray]:
    assert isinstance(stack.stack, Traced)
    everything = {**named, **stack.stack.state}
    z = stack.outputs(task.split.test_x)
    wrong = (z.argmax(1) != task.split.test_y.argmax(1)).float()
    kernels = [named[f"{name}.weight"] for name in net.names]
    starts = [first[f"{name}.weight"] for name in net.names]
    arrays = {
        "test_error": wrong.mean(1).numpy(),
        "probe_error": _probes(task, net, everything),
        "cosine": np.stack([cosines(a, b).numpy() for a, b in zip(kernels, starts, strict=True)]),
        "filters": filters(kernels[0][0], starts[0][0]),
        **for_browser(net, everything),
    }
    return {name: a.astype(np.float32) for name, a in arrays.items()}


def for_browser(net: CNN, everything: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """The first seed's net: kernels, batch norm as a factor and an offset, and the last layer."""
    own = {name: a[0].double() for name, a in everything.items()}
    found = {}
    for i, name in enumerate(net.names, 1):
        scale = own[f"{name}.gain"] / (own[f"{name}.variance"] + EPS).sqrt()
        found[f"kernel{i}"] = own[f"{name}.weight"].numpy()
        found[f"scale{i}"] = scale.numpy()
        found[f"offset{i}"] = (own[f"{name}.bias"] - own[f"{name}.mean"] * scale).numpy()
    return found | {"head": own["head.weight"].numpy(), "head_bias": own["head.bias"].numpy()}


def cosines(now: Tensor, before: Tensor) -> Tensor:
    """Between every kernel and itself at the start, mean over a layer's: (S,).

    Args:
        now: (S, out, in, height, width).
    """
    return torch.nn.functional.cosine_similarity(now.flatten(2), before.flatten(2), dim=2).mean(1)


def filters(now: Tensor, before: Tensor) -> np.ndarray:
    """The first layer's kernels (out, 1, k, k) side by side: at the start, now, and the change;
    three rows, NaN between, each as a share of the largest weight that is there.
    """
    rows = [a[:, 0] for a in (before, now, now - before)]
    largest = max(float(row.abs().max()) for row in rows)
    framed = [torch.nn.functional.pad(row / largest, (0, 1, 0, 1), value=torch.nan)
              .permute(1, 0, 2).flatten(1) for row in rows]
    return torch.cat(framed)[:-1, :-1].numpy()


def _probes(task: Task, net: CNN, everything: Mapping[str, Tensor]) -> np.ndarray:
    """Test error of a linear probe on the pixels and on each layer, (layer, S)."""
    split, some = task.split, slice(N_PROBE)
    with torch.inference_mode():
        parts = []
        for x in (split.train_x[:, :, some], split.test_x[:, :, some]):
            maps = net.maps(everything, x)
            parts.append([x.transpose(1, 2), *(m.mean((3, 4)) for m in maps)])
        y, asked = (a[:, :, some].transpose(1, 2) for a in (split.train_y, split.test_y))
        return np.stack([probe_error(a, y, b, asked).numpy()
                         for a, b in zip(*parts, strict=True)])


def probe_error(x: Tensor, y: Tensor, asked: Tensor, answers: Tensor) -> Tensor:
    """The share of `asked` that a ridge classifier, fitted to x and y, gets wrong: (S,).

    Args:
        x: (S, n, features).
        y: One-hot, (S, n, classes).
        asked: (S, m, features).
        answers: One-hot, (S, m, classes).
    """
    mean, sd = x.mean(1, keepdim=True), x.std(1, keepdim=True) + 1e-6
    x, asked = ((a - mean) / sd for a in (x, asked))
    middle = y.mean(1, keepdim=True)
    gram = x.mT @ x + RIDGE * torch.eye(x.shape[2])
    w = torch.linalg.solve(gram, x.mT @ (y - middle))  # (S, features, classes)
    said = (asked @ w + middle).argmax(2)
    return (said != answers.argmax(2)).float().mean(1)


def _picked(y: Tensor) -> list[int]:
    """Test images that may be picked, class by class, out of one-hot labels (classes, n)."""
    each = N_PICKED // N_CLASSES
    return [int(i) for of_class in y for i in of_class.nonzero()[:each, 0]]


DIMS = {
    "test_error": ("step", "seed"), "probe_error": ("step", "layer", "seed"),
    "cosine": ("step", "kernels", "seed"), "filters": ("step", "filter_row", "filter_column"),
    "images": ("picked", "pixel"), "labels": ("picked",), "background": ("one",),
    **{f"kernel{i}": ("step", f"channel{i}", f"channel{i - 1}", f"down{i}", f"across{i}")
       for i in (1, 2, 3)},
    **{f"{what}{i}": ("step", f"channel{i}") for what in ("scale", "offset") for i in (1, 2, 3)},
    "head": ("step", "class", "channel3"), "head_bias": ("step", "class"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    sides = [int(config.kernel), 3, 3]
    n = N_PICKED // N_CLASSES * N_CLASSES
    return {
        "seed": list(config.seeds), "layer": list(LAYERS),
        "kernels": list(LAYERS[1:]), "class": list(CLASSES[config.data]),
        "filter_row": list(range(3 * (sides[0] + 1) - 1)),
        "filter_column": list(range(CHANNELS[0] * (sides[0] + 1) - 1)),
        "picked": list(range(n)), "pixel": list(range(SIDES[config.data] ** 2)), "one": [0],
        **{f"channel{i}": list(range(c)) for i, c in enumerate((1, *CHANNELS))},
        **{f"{way}{i}": list(range(side)) for way in ("down", "across")
           for i, side in enumerate(sides, 1)},
    }
