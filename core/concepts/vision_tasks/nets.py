"""The trunk that all questions share, and the net that says what is in a scene, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.concepts.vision_tasks.boxes import BOX_LOSSES, placed
from core.concepts.vision_tasks.scenes import N_CLASSES, SIDE, Scenes
from core.lazy import torch
from core.stacked.cnn import Block, One, models
from core.stacked.data import Split, batches
from core.stacked.functions import linear
from core.stacked.layers import Workspace
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.rules import Updater
from core.stacked.traced import Parameters, Program, Rngs, Shapes, Traced, views

if TYPE_CHECKING:
    from torch import Tensor

V = TypeVar("V")
START, SCENES, TESTING = 0, 1, 2  # what random numbers are for; 2 in `batches`, too
BATCH_SIZE = 32
AT_A_TIME = 250
"""Scenes that are looked at together while nets are measured."""
EPS = 1e-5
"""Batch norm's."""
HALF = 6e4
"""About the largest number in half precision, in which weights are sent."""


@dataclass(frozen=True)
class Layer(Block):
    """A block that chooses what stands around an image's edge.

    Attributes:
        padding: "zeros"; "circular", what stands at the opposite edge; or "reflect", the mirror.
    """

    padding: str = "zeros"

    def forward(self, p: One, name: str, images: Tensor, train: bool) -> Tensor:
        """One model's images (B, in, height, width) to (B, channels, ...), channels last."""
        f, edge = torch.nn.functional, self.kernel // 2
        kernel = p[f"{name}.weight"].contiguous(memory_format=torch.channels_last)
        if self.padding == "zeros":
            y = f.conv2d(images, kernel, padding=edge)
        else:
            around = f.pad(images, (edge,) * 4, self.padding)
            y = f.conv2d(around.contiguous(memory_format=torch.channels_last), kernel)
        y = f.batch_norm(y, p[f"{name}.mean"], p[f"{name}.variance"], p[f"{name}.gain"],
                         p[f"{name}.bias"], train)
        return (f.max_pool2d(y, 2) if self.pool else y).relu()


Layers = Mapping[str, tuple[Layer, int]]
"""By name, with the channels that come in."""


def shapes_of(layers: Layers) -> dict[str, tuple[int, ...]]:
    """Parameters of layers, in their order."""
    return _joined(layer.shapes(name, n_in) for name, (layer, n_in) in layers.items())


def state_of(layers: Layers) -> dict[str, np.ndarray]:
    """Running means of layers, as they begin."""
    return _joined(layer.state(name) for name, (layer, _) in layers.items())


def start_of(layers: Layers, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Initial parameters of layers."""
    return _joined(layer.start(name, n_in, rng) for name, (layer, n_in) in layers.items())


def initial(shapes: Shapes, rng: np.random.Generator, **scales: float) -> dict[str, np.ndarray]:
    """Initial weights, smaller the more numbers come in, and biases of 0.

    Args:
        shapes: By name; one that ends in "bias" is a bias.
        rng: Draws them, one after the other.
        scales: Standard deviations of parameters that have one of their own.
    """
    found = {}
    for name, shape in shapes.items():
        scale = 0.0 if name.endswith("bias") else scales.get(name, shape[-1] ** -0.5)
        found[name] = scale * rng.standard_normal(shape)
    return found


def _joined(parts: Iterator[dict[str, V]]) -> dict[str, V]:
    return {name: value for part in parts for name, value in part.items()}


@dataclass(frozen=True)
class Trunk:
    """Three convolutions: a scene to 16 maps of 6 x 6.

    Attributes:
        padding: As `Layer`'s.
    """

    padding: str = "zeros"

    @property
    def layers(self) -> Layers:
        widths = ((8, True), (16, True), (CHANNELS, False))
        made = [Layer(n, pool=pool, padding=self.padding) for n, pool in widths]
        inputs = [1, *(layer.channels for layer in made[:-1])]
        return {f"trunk{i}": pair
                for i, pair in enumerate(zip(made, inputs, strict=True), 1)}

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return shapes_of(self.layers)

    @property
    def state(self) -> dict[str, np.ndarray]:
        return state_of(self.layers)

    def start(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        return start_of(self.layers, rng)

    def maps(self, p: Parameters, x: Tensor, train: bool) -> Tensor:
        """Scenes (K, pixels, B) to (K, B, channels, 6, 6)."""
        return torch.stack([self._of(own, images(scenes), train)
                            for own, scenes in zip(models(p), x, strict=True)])

    def _of(self, own: One, y: Tensor, train: bool) -> Tensor:
        for name, (layer, _) in self.layers.items():
            y = layer.forward(own, name, y, train)
        return y


CHANNELS = 16
"""Maps that leave a trunk."""
MAP_SIDE = SIDE // 4
N_PLACES = MAP_SIDE * MAP_SIDE


def images(scenes: Tensor, side: int = SIDE) -> Tensor:
    """One model's, (pixels, B), as images (B, 1, side, side), channels last.

    With a single channel the order of memory has to be said: convolutions keep to it, and pooling
    in the other one takes eight times as long.
    """
    return scenes.t().reshape(-1, 1, side, side).contiguous(memory_format=torch.channels_last)


# --- what, and where -----------------------------------------------------------------------


@dataclass(frozen=True)
class WhatAndWhere:
    """Cross-entropy of the class and a loss of the box, each with its weight.

    Outputs and targets are (K, classes + 4, B): logits or a one-hot class, then a box.

    Attributes:
        class_weight: Of the cross-entropy; 0 where the class is not asked for.
        box_weight: Of the box's loss.
        box_loss: Key in `BOX_LOSSES`.
    """

    class_weight: float
    box_weight: float
    box_loss: str = "squared"

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        """The mean loss of every model, (K,)."""
        found = z.new_zeros(len(z))
        if self.class_weight:
            found = found + self.class_weight * CROSS_ENTROPY.value(
                z[:, :N_CLASSES], y[:, :N_CLASSES])
        if self.box_weight:
            said, true = (a[:, N_CLASSES:].mT for a in (z, y))  # (K, B, 4)
            found = found + self.box_weight * BOX_LOSSES[self.box_loss].of(said, true).mean(1)
        return found


@dataclass(frozen=True)
class Finder(Program):
    """A trunk with a head for the class and one for the box, whichever of them is taught.

    Attributes:
        objective_of: What is made small.
        trunk: Below both heads.
        everywhere: Whether the box is read from all places of the maps; from their means where
            not, as the class always is.
    """

    objective_of: WhatAndWhere
    trunk: Trunk = Trunk()
    everywhere: bool = False

    loss = CROSS_ENTROPY  # of the class; `objective` is what is made small

    @property
    def shapes(self) -> Shapes:
        n_box = CHANNELS * (N_PLACES if self.everywhere else 1)
        return {**self.trunk.shapes, "class.weight": (N_CLASSES, CHANNELS),
                "class.bias": (N_CLASSES,), "box.weight": (4, n_box), "box.bias": (4,)}

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return self.trunk.state

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """The box begins in the middle of every scene."""
        found = self.trunk.start(rng)
        rest = {name: np.zeros(shape) for name, shape in self.shapes.items() if name not in found}
        rest["class.weight"] = rng.standard_normal((N_CLASSES, CHANNELS)) / CHANNELS**0.5
        return found | rest

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Logits and boxes, (K, classes + 4, B)."""
        maps = self.trunk.maps(p, x, rngs is not None)
        means = maps.mean((3, 4))  # (K, B, channels)
        logits = linear(means, p["class.weight"], p["class.bias"])
        # 36 times as many numbers: at a sixth each, a step moves the box as far as one of means
        seen = maps.flatten(2) / MAP_SIDE if self.everywhere else means
        boxes = placed(linear(seen, p["box.weight"], p["box.bias"]))
        return torch.cat([logits, boxes], 2).mT

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        return self.objective_of.value(self.forward(p, x, rngs), y)


def answers(scenes: Scenes) -> np.ndarray:
    """Of scenes with one shape what there is to say, (classes + 4, n): one-hot class and box."""
    one_hot = np.eye(N_CLASSES, dtype=np.float32)[scenes.classes[:, 0]]
    return np.concatenate([one_hot, scenes.boxes[:, 0]], 1).T


def stacked(arrays: Sequence[np.ndarray]) -> Tensor:
    """One array per seed, as one tensor."""
    return torch.from_numpy(np.ascontiguousarray(np.stack(arrays)))


def schedule(
    x: Tensor, y: Tensor, seeds: range, batch_size: int, n_steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Per step a batch of every seed, out of scenes (S, pixels, n) and their answers."""
    return batches(Split(x, y, x, y), seeds, batch_size, n_steps)


# --- training ------------------------------------------------------------------------------


class Nets:
    """Nets of one kind, one per seed, that are trained with Adam.

    Args:
        net: The shape of all.
        seeds: Each has its own start, the same for nets of the same shapes.
        learning_rate: Adam's, which falls to 0 along a cosine.
    """

    def __init__(self, net: Program, seeds: range, learning_rate: float) -> None:
        self.net = net
        starts = [net.init(np.random.default_rng((seed, START))) for seed in seeds]
        self.p = torch.from_numpy(np.stack(starts))
        self._g = torch.zeros_like(self.p)
        self.stack: Traced = net.bind(self.p, self._g, Workspace())
        rule = {"learning_rate": learning_rate}
        self._updater = Updater(self.p, ["adam"] * len(self.p), [rule] * len(self.p))

    @property
    def parameters(self) -> Parameters:
        """By name, with what is kept beside them; for measuring."""
        return views(self.net.shapes, self.p) | self.stack.state

    def step(self, x: Tensor, y: Tensor, t: int, n_steps: int) -> None:
        """Update t of n_steps, along a batch of every seed."""
        self.stack.gradients(x, y)
        with torch.inference_mode():
            self._updater.step(self._g, 0.5 * (1 + cos(pi * (t - 1) / n_steps)))

    def said(self, x: Tensor) -> Tensor:
        """What the nets say of scenes (S, pixels, n): (S, outputs, n, ...)."""
        with torch.inference_mode():
            parts = [self.stack.forward(some) for some in x.split(AT_A_TIME, 2)]
        return torch.cat(parts, 2)

    def take_trunk(self, other: Nets) -> None:
        """Goes on from another net's trunk; heads stay as they are."""
        theirs, own = other.parameters, self.parameters
        for name in own:
            if name.startswith("trunk"):
                own[name].copy_(theirs[name])


def taught(
    net: Program, x: Tensor, y: Tensor, seeds: range, learning_rate: float, n_steps: int
) -> Nets:
    """Nets that have learned from scenes (S, pixels, n) and their answers, for so many steps."""
    nets = Nets(net, seeds, learning_rate)
    for t, batch in enumerate(schedule(x, y, seeds, BATCH_SIZE, n_steps), 1):
        nets.step(*batch, t, n_steps)
    return nets


# --- for who runs nets from the weights in a frame ------------------------------------------


def folded(nets: Iterable[Nets]) -> np.ndarray:
    """The first seed's numbers of each net, one net after the other as `folded_shapes` has them:
    (numbers,), float16. A batch norm is a part of the convolution before it.
    """
    rows = []
    for own in nets:
        p = {name: a[0].double() for name, a in own.parameters.items()}
        for name in folded_shapes(own.net):
            layer, _, part = name.rpartition(".")
            number = p[name]
            if f"{layer}.gain" in p:
                scale = p[f"{layer}.gain"] / (p[f"{layer}.variance"] + EPS).sqrt()
                number = (number * scale.view(-1, 1, 1, 1) if part == "weight"
                          else number - p[f"{layer}.mean"] * scale)
            rows.append(number.flatten())
    return torch.cat(rows).nan_to_num(0).clamp(-HALF, HALF).numpy().astype(np.float16)


def folded_shapes(net: Program) -> dict[str, tuple[int, ...]]:
    """What `folded` has of a net, in its order."""
    return {name: shape for name, shape in net.shapes.items() if not name.endswith(".gain")}
