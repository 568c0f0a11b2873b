"""One block slowly: what a shortcut does to one image on its way up, and to its gradient back.

Two nets are trained as in the look inside, plain and with a shortcut. Then one image goes through
one block of each, and its gradient comes back, a part at a time.

Paper: He et al. 2016, *Identity mappings in deep residual networks*, section 2: what arrives at a
block's output reaches its input on two ways, and one of them has no weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.skip_connections import inside
from core.concepts.skip_connections.common import (
    KIND_NAMES,
    data_of,
    names,
    stretches,
    train_on,
)
from core.concepts.skip_connections.resnet import Gated
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.layers import Place, Workspace
from core.stacked.nets import Stack
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

FORWARD = ("in", "layer", "out")
"""What comes into the block, what its layer makes of it, and what goes on."""
BACK = ("arrives", "through", "past", "leaves")
"""The gradient at the block's output, what of it comes through the layer, what comes past it by
the shortcut, and what goes on to the block below."""
N_UNITS = 5
"""Of a block that are drawn: those where most happens."""


class Config(BaseConfig):
    """Which block, of which nets, after how much training."""

    kind: Literal["residual", "naive", "rezero"] = setting(
        "residual", "The block that is compared with a plain one", label="Shortcut",
        names={kind: KIND_NAMES[kind] for kind in ("residual", "naive", "rezero")},
    )
    depth: int = setting(
        16, "Layers between the first and the last", ge=2, le=64, step=2, unit="layers"
    )
    block: Literal["first", "middle", "last"] = setting(
        "middle", "The block that is looked into",
        names={"first": "The first", "middle": "In the middle", "last": "The last"},
    )
    at: int = setting(
        0, "Updates before the step", ge=0, le=500, step=20, unit="steps", label="At step"
    )
    gain: Literal["half", "one", "he"] = setting(
        "he", "Initial weights are normal with standard deviation gain / √inputs",
        label="Initial gain", names={"half": "0.5", "one": "1", "he": "√2 (He)"},
    )
    optimizer: Literal["momentum", "adam"] = setting(
        "momentum", "The update rule", group="Training",
        names={"momentum": "Momentum", "adam": "Adam"},
    )
    learning_rate: float = setting(
        0.01, "The learning rate", ge=1e-4, le=1, log=True, group="Training"
    )
    batch_size: int = setting(
        64, "Images per update", ge=16, le=128, unit="images", step=16, group="Training"
    )
    net: Literal["dense", "cnn"] = setting(
        "dense", "Dense layers, or 3 x 3 convolutions", group="Network",
        names={"dense": "Dense (MLP)", "cnn": "CNN"},
    )
    batch_norm: Literal["off", "on"] = setting(
        "off", "Whether blocks normalise over the batch before their activation", group="Network",
        names={"off": "Off", "on": "On"},
    )
    width: int = setting(
        32, "Units of every hidden layer", ge=16, le=64, unit="units", step=8, group="Network"
    )
    n_seeds: int = setting(
        1, "Nets of each kind; the first one is drawn", ge=1, le=8, unit="seeds", group="Seeds"
    )
    seed: int = setting(
        0, "The first seed: split, initial weights and batches", ge=0, le=9999, group="Seeds"
    )


def lab_config(config: Config) -> inside.Config:
    """The look inside whose nets these are, `at` updates long or longer."""
    same = {name: getattr(config, name) for name in inside.Config.model_fields
            if name in Config.model_fields}
    return inside.Config(**same, kinds=("plain", config.kind), n_steps=max(config.at, 20))


def block_of(config: Config) -> int:
    """The number of the block, 1 to `depth`."""
    return {"first": 1, "middle": config.depth // 2, "last": config.depth}[config.block]


def through_block(stack: Stack, x: Tensor, y: Tensor, block: int) -> tuple[Tensor]:
    """What one block does to the first of some images, and to the gradient of that image's loss.

    Args:
        stack: K nets.
        x: Images, (K, features, images); several, as batch norm needs them.
        y: Their classes, one-hot.
        block: Its number, from 1 on.

    Returns:
        The parts `FORWARD`, then `BACK`, (K, parts, units).
    """
    outputs = stack.stages(x, train=True)
    gradients = stack.input_gradients(stack.output_gradient(outputs[-1], y) * x.shape[2])
    h, out, arrives, leaves = (*outputs[block - 1 : block + 1],
                               gradients[block + 1], gradients[block])
    gated, p = stack.net.layers[block], stack.net.parts(stack.p)[block]
    assert isinstance(gated, Gated)
    skip, scale = p[:, -3, None, None], p[:, -2, None, None]
    inside_p = p[:, :-3].contiguous()
    layer = gated.inner.bind(Place(inside_p, inside_p.clone(), Workspace(), "layer"))
    f = layer.forward(h, True) * scale
    through = layer.backward(arrives * scale)
    parts = (h, f, out, arrives, through, skip * arrives, leaves)
    return (torch.stack([part[:, :, 0] for part in parts], 1),)


class Nets(inside.Nets):
    """The plain nets and those with a shortcut."""

    def parts(self, block: int) -> np.ndarray:
        """Of one image, (kind, part, unit, seed): the parts in the order of `FORWARD` and `BACK`,
        all units of the block.
        """
        some = slice(inside.PROBE_IMAGES)
        (found,) = self._each(partial(through_block, block=block),
                              self.data.train_x[:, :, some], self.data.train_y[:, :, some])
        return np.moveaxis(found, 1, -1)

    def scale(self, block: int) -> float:
        """Of the layer's answer in that block with a shortcut, for the first seed."""
        return float(self.net.gates(self.race.p)[self.config.n_seeds, block - 1, 1])


N_STEPS = len(FORWARD) + len(BACK)


@recorded(lambda config: range(N_STEPS))
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab trains them, then the way through the block, a part at a time."""
    lab = lab_config(config)
    data = data_of(lab)
    nets = Nets(lab, data, config.batch_norm == "on")
    for stretch in stretches(lab, data, [0, config.at]):
        train_on(nets.race, stretch)
    gradient, parts = nets.layers()[0], nets.parts(block_of(config))
    scale = nets.scale(block_of(config))

    def measure() -> Measured:
        return _frame(gradient, parts, t), [_note(config, parts, scale, t)]

    for t in range(N_STEPS):
        yield t, measure


def _frame(gradient: np.ndarray, parts: np.ndarray, t: int) -> dict[str, np.ndarray]:
    """The parts up to the t-th; later ones have no value yet."""
    norm = np.sqrt((parts.astype(float) ** 2).sum(2))
    shown = np.arange(N_STEPS)[:, None] <= t
    n = len(FORWARD)
    drawn = _shares(parts, norm, _liveliest(parts))
    drawn = np.where(shown[..., None], drawn, np.nan)
    arrays = {
        "forward": drawn[:, :n], "back": drawn[:, n:], "norm": np.where(shown, norm, np.nan),
        "gradient": gradient.clip(*inside.DRAWN),
    }
    return {name: _numbers(a) for name, a in arrays.items()}


def _shares(parts: np.ndarray, norm: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Of some units, as shares of the norm of what comes in, or of the gradient that arrives."""
    whole = np.repeat(norm[:, [0, len(FORWARD)]], [len(FORWARD), len(BACK)], axis=1)
    some = np.take_along_axis(parts, units[None, None], 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole[:, :, None] > 0, some / whole[:, :, None], some)


def _liveliest(parts: np.ndarray) -> np.ndarray:
    """Of each seed the units with the largest parts in both nets, in their order, (unit, seed)."""
    size = np.nan_to_num(np.abs(parts.astype(float)), posinf=0)
    size = (size / np.maximum(size.max(2, keepdims=True), 1e-30)).sum((0, 1))
    return np.sort(np.argsort(-size, axis=0, kind="stable")[:N_UNITS], axis=0)


def _numbers(a: np.ndarray) -> np.ndarray:
    """For a frame, which has no infinity: what overflowed is no number."""
    with np.errstate(over="ignore"):
        small = a.astype(np.float32)
    return np.where(np.isfinite(small), small, np.float32(np.nan))


def _note(config: Config, parts: np.ndarray, scale: float, t: int) -> Note:
    """What this sub-step does to the nets of the first seed, with its norms."""
    plain, other = np.sqrt((parts[..., 0].astype(float) ** 2).sum(2))
    n = len(FORWARD)
    values = {
        "block": block_of(config), "depth": config.depth, "scale": _short(scale),
        "plain": _short(plain[t]), "other": _short(other[t]),
        "plain_times": _times(plain[t], plain[n]), "other_times": _times(other[t], other[n]),
    }
    return Note((*FORWARD, *BACK)[t], values)


def _times(part: float, whole: float) -> str:
    return _short(part / whole) if whole > 0 else "0"


def _short(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "overflow"


NOTES = {
    "in": "Forward. One image arrives at block {block} of {depth}. Norm of what comes in, h: plain "
          "{plain}, with the shortcut {other}.",
    "layer": "The layer makes F(h) = relu(W h + b) of it. Norm of its answer: plain {plain}; with "
             "the shortcut {other}, its scale of {scale} included.",
    "out": "The plain block passes on the layer's answer alone: {plain}. The shortcut adds h to "
           "it: {other}.",
    "arrives": "Back. The gradient of this image's loss arrives from above. Its norm: plain "
               "{plain}, with the shortcut {other}.",
    "through": "Through the layer's weights comes {plain_times} times that in the plain block, and "
               "{other_times} times beside the shortcut.",
    "past": "By the shortcut, past the layer, comes all that arrived: {other}. The plain block has "
            "no such way: {plain}.",
    "leaves": "The sum goes on to the block below. Plain: {plain}, {plain_times} times what "
              "arrived. With the shortcut: {other}, {other_times} times.",
}

DIMS = {
    "forward": ("step", "variant", "part", "unit", "seed"),
    "back": ("step", "variant", "way", "unit", "seed"),
    "norm": ("step", "variant", "measured", "seed"),
    "gradient": ("step", "variant", "layer", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "variant": names(lab_config(config)), "part": list(FORWARD), "way": list(BACK),
        "measured": [*FORWARD, *BACK], "unit": list(range(N_UNITS)),
        "layer": list(range(1, config.depth + 1)), "seed": list(config.seeds),
    }
