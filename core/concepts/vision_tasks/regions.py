"""Several things in a picture: regions, or all boxes said at once.

A scene has two shapes. One net says both classes and both boxes from the maps of the whole scene.
The other way first proposes boxes, without a net: whatever ink hangs together. What stands in each
is brought to one size, and a small net says what it is, or that it is nothing.

Papers: Girshick et al. 2014 (R-CNN: proposals, then a classifier), Uijlings et al. 2013
(proposals), Szegedy et al. 2013 and Sermanet et al. 2014 (boxes as numbers that a net says).
Differs from the papers in: proposals are connected ink, two or three in a scene, where selective
search makes 2000; crops go to a net that begins from scratch; boxes stay as they were proposed, and
none is dropped because it covers another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.vision_tasks.boxes import SCALE, iou, placed
from core.concepts.vision_tasks.common import CommonConfig, inked, scenes_of
from core.concepts.vision_tasks.nets import (
    BATCH_SIZE,
    CHANNELS,
    MAP_SIDE,
    N_PLACES,
    SCENES,
    TESTING,
    Layer,
    Layers,
    Nets,
    Trunk,
    images,
    schedule,
    shapes_of,
    stacked,
    start_of,
    state_of,
)
from core.concepts.vision_tasks.proposals import CROP, crops, proposed
from core.concepts.vision_tasks.scenes import N_CLASSES, N_PIXELS, Scenes
from core.concepts.vision_tasks.sentences import in_order
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.cnn import models
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

WayName = Literal["direct", "regions"]
N_TRAIN, N_TEST, N_SHOWN, N_SHAPES = 1000, 200, 6, 2
MAX_FRAMES = 12
MOST = 5
"""Boxes that are shown of a scene."""
CHOICE = 9  # what random numbers are for, beside those in `nets`: which regions a step looks at
N_REGIONS = 2 * BATCH_SIZE
"""Of a step: about as many as its scenes have."""
COVERS = 0.5
"""From this IoU on a box counts as being around a shape."""
NOTHING, ABSENT = N_CLASSES, N_CLASSES + 1
"""As a class: that a region is no shape, and that there is no box."""
BOX_WEIGHT = 3.0
"""Of the boxes' loss beside the classes'."""
WAYS: dict[str, str] = {"direct": "All boxes at once", "regions": "Regions, one by one"}


class Config(CommonConfig):
    """How two shapes are found, and in which scenes."""

    nets: tuple[WayName, ...] = setting(
        ("direct", "regions"), "How shapes are found", names=WAYS, label="Ways")
    level: float = setting(
        0.6, "Ink above this is ink where regions are proposed", ge=0.2, le=0.8, step=0.05,
        label="Ink from")
    n_scenes: int = setting(N_TRAIN, "Scenes whose answers are known", ge=40, le=N_TRAIN,
                            unit="scenes", log=True)
    n_steps: int = setting(120, "Number of updates", ge=20, le=400, unit="steps", step=10)
    learning_rate: float = setting(0.01, "Adam's", ge=0.001, le=0.05, log=True, group="Training")


# --- all boxes at once ---------------------------------------------------------------------


@dataclass(frozen=True)
class Direct(Program):
    """A trunk, and two classes and two boxes out of all places of its maps; the first shape is the
    left one, or the upper one.
    """

    trunk = Trunk()
    loss = CROSS_ENTROPY  # of the classes; `objective` is what is made small

    @property
    def shapes(self) -> Shapes:
        found: dict[str, tuple[int, ...]] = dict(self.trunk.shapes)
        for name, n in (("class", N_SHAPES * N_CLASSES), ("box", N_SHAPES * 4)):
            found |= {f"{name}.weight": (n, CHANNELS * N_PLACES), f"{name}.bias": (n,)}
        return found

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return self.trunk.state

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Boxes begin in the middle of every scene."""
        found = self.trunk.start(rng)
        rest = {name: np.zeros(shape) for name, shape in self.shapes.items() if name not in found}
        shape = self.shapes["class.weight"]
        rest["class.weight"] = rng.standard_normal(shape) * shape[1] ** -0.5
        return found | rest

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Logits and a box of each shape, (K, shapes x (classes + 4), B)."""
        maps = self.trunk.maps(p, x, rngs is not None).flatten(2)
        logits = linear(maps, p["class.weight"], p["class.bias"])
        boxes = linear(maps / MAP_SIDE, p["box.weight"], p["box.bias"])
        parts = [logits.unflatten(2, (N_SHAPES, -1)), placed(boxes.unflatten(2, (N_SHAPES, 4)))]
        return torch.cat(parts, 3).flatten(2).mT

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """Of classes, one-hot, and boxes (K, shapes x (classes + 4), B)."""
        said, true = (slots(a) for a in (self.forward(p, x, rngs), y))  # (K, B, shapes, ...)
        right = (said[..., :N_CLASSES].log_softmax(-1) * true[..., :N_CLASSES]).sum(-1)
        off = ((said - true)[..., N_CLASSES:] / SCALE).square().mean(-1)
        return (BOX_WEIGHT * off - right).mean((1, 2))


def slots(z: Tensor) -> Tensor:
    """(K, shapes x (classes + 4), B) shape by shape: (K, B, shapes, classes + 4)."""
    return z.mT.unflatten(2, (N_SHAPES, N_CLASSES + 4))


def answers(scenes: Scenes) -> np.ndarray:
    """What there is to say at once, (shapes x (classes + 4), n)."""
    classes, boxes = in_order(scenes)
    one_hot = np.eye(N_CLASSES, dtype=np.float32)[classes]
    return np.concatenate([one_hot, boxes], 2).reshape(len(classes), -1).T


# --- regions, one by one -------------------------------------------------------------------


@dataclass(frozen=True)
class Namer(Program):
    """Two convolutions, and what a region is: a class, or nothing."""

    loss = CROSS_ENTROPY

    @property
    def layers(self) -> Layers:
        return {"region1": (Layer(8, pool=True), 1), "region2": (Layer(CHANNELS, pool=True), 8)}

    @property
    def shapes(self) -> Shapes:
        n_maps = CHANNELS * (CROP // 4) ** 2
        return {**shapes_of(self.layers), "name.weight": (N_CLASSES + 1, n_maps),
                "name.bias": (N_CLASSES + 1,)}

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return state_of(self.layers)

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        found = start_of(self.layers, rng)
        shape = self.shapes["name.weight"]
        return found | {"name.weight": rng.standard_normal(shape) * shape[1] ** -0.5,
                        "name.bias": np.zeros(N_CLASSES + 1)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Regions (K, pixels of a crop, B) to logits (K, classes + 1, B)."""
        maps = []
        for own, seen in zip(models(p), x, strict=True):
            y = images(seen, CROP)
            for name, (layer, _) in self.layers.items():
                y = layer.forward(own, name, y, rngs is not None)
            maps.append(y.flatten(1))
        return linear(torch.stack(maps), p["name.weight"], p["name.bias"]).mT


@dataclass(frozen=True)
class Regions:
    """What is proposed in the scenes of one seed.

    Attributes:
        rows: The scene of each, (regions,).
        boxes: (regions, 4).
        crops: What stands in them, (pixels of a crop, regions).
        covered: How well each covers either shape of its scene (IoU), (regions, shapes).
        classes: Of the shape that each is around, or `NOTHING`, (regions,).
    """

    rows: np.ndarray
    boxes: np.ndarray
    crops: Tensor
    covered: np.ndarray
    classes: np.ndarray


def regions_in(scenes: Scenes, level: float) -> Regions:
    """What is proposed, and what would be right to say of it."""
    rows, boxes = proposed(scenes.images, level)
    classes, true = in_order(scenes)
    covered = iou(torch.from_numpy(boxes)[:, None], torch.from_numpy(true)[rows]).numpy()
    best, each = covered.argmax(1), np.arange(len(rows))
    known = np.where(covered[each, best] >= COVERS, classes[rows, best], NOTHING)
    return Regions(rows, boxes, crops(scenes.images, rows, boxes), covered, known)


def batches_of(
    regions: list[Regions], seeds: range, n_steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Per step some regions of every seed, whichever come, and one-hot what they are."""
    rngs = [np.random.default_rng((seed, CHOICE)) for seed in seeds]
    for _ in range(n_steps):
        chosen = [rng.integers(0, len(own.rows), N_REGIONS)
                  for rng, own in zip(rngs, regions, strict=True)]
        x = torch.stack([own.crops[:, torch.from_numpy(rows)]
                         for own, rows in zip(regions, chosen, strict=True)])
        yield x, stacked([np.eye(N_CLASSES + 1, dtype=np.float32)[own.classes[rows]].T
                          for own, rows in zip(regions, chosen, strict=True)])


# --- the race ------------------------------------------------------------------------------


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Both ways on the same scenes, as many updates each."""
    programs: dict[str, Program] = {"direct": Direct(), "regions": Namer()}
    nets: dict[str, Nets] = {
        name: Nets(programs[name], config.seeds, config.learning_rate) for name in config.nets}
    exam, t = Exam(config), 0

    def measure() -> Measured:
        arrays = exam.measure(nets)
        if t == 0:
            arrays |= exam.known()
        return arrays, news(config, t, arrays)

    yield t, measure
    known = scenes_of(config, SCENES, config.n_scenes, N_SHAPES)
    x, y = stacked([s.images.T for s in known]), stacked([answers(s) for s in known])
    drawn = {
        "direct": schedule(x, y, config.seeds, BATCH_SIZE, config.n_steps),
        "regions": batches_of([regions_in(s, config.level) for s in known], config.seeds,
                              config.n_steps),
    }
    for t in range(1, config.n_steps + 1):
        for name, own in nets.items():
            own.step(*next(drawn[name]), t, config.n_steps)
        yield t, measure


@dataclass(frozen=True)
class Said:
    """Boxes and what they are said to be, of all scenes of one seed.

    Attributes:
        rows: The scene of each, (boxes,).
        boxes: (boxes, 4).
        classes: Of each, `NOTHING` where it is no shape, (boxes,).
    """

    rows: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray


class Exam:
    """New scenes that both ways are measured on, the same at every step."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._drawn = scenes_of(config, TESTING, N_TEST, N_SHAPES)
        self._x = stacked([s.images.T for s in self._drawn])
        self._true = [in_order(s) for s in self._drawn]
        self._regions = [regions_in(s, config.level) for s in self._drawn]

    def known(self) -> dict[str, np.ndarray]:
        """What does not change: the first seed's scenes that are shown, the share of shapes that
        any region is around, and regions per scene.
        """
        classes, boxes = self._true[0]
        around = [_found(own.rows, own.covered >= COVERS).mean() for own in self._regions]
        return {"image": inked(self._x[0, :, :N_SHOWN].T.numpy()),
                "true_class": classes[:N_SHOWN].astype(np.uint8),
                "true_box": boxes[:N_SHOWN].astype(np.float16),
                "proposed": np.array(around, np.float32),
                "per_scene": np.array([len(own.rows) / N_TEST for own in self._regions],
                                      np.float32)}

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (way, seed), and of what is shown (way, scene, box, ...)."""
        said = {name: self._direct(own) if name == "direct" else self._named(own)
                for name, own in nets.items()}
        each = [[self._of(i, one) for i, one in enumerate(ones)] for ones in said.values()]
        arrays = {key: np.array([[one[key] for one in ones] for ones in each], np.float32)
                  for key in each[0][0]}
        shown = [_shown(ones[0]) for ones in said.values()]
        return arrays | {"said_box": np.stack([boxes for boxes, _ in shown]),
                         "said_class": np.stack([classes for _, classes in shown])}

    def _direct(self, own: Nets) -> list[Said]:
        z = slots(own.said(self._x).nan_to_num(0)).numpy()  # (S, n, shapes, classes + 4)
        rows = np.arange(N_TEST).repeat(N_SHAPES)
        return [Said(rows, one[..., N_CLASSES:].reshape(-1, 4),
                     one[..., :N_CLASSES].argmax(-1).flatten()) for one in z]

    def _named(self, own: Nets) -> list[Said]:
        """Seed by seed, since no two have as many regions."""
        found = []
        for i, regions in enumerate(self._regions):
            p = {name: a[i : i + 1] for name, a in own.parameters.items()}
            with torch.inference_mode():
                z = own.net.forward(p, regions.crops[None])
            found.append(Said(regions.rows, regions.boxes, z[0].argmax(0).numpy()))
        return found

    def _of(self, i: int, said: Said) -> dict[str, float]:
        """Of what is said of the scenes of the i-th seed."""
        classes, boxes = self._true[i]
        covers = iou(torch.from_numpy(said.boxes)[:, None],
                     torch.from_numpy(boxes)[said.rows]).nan_to_num(0).numpy() >= COVERS
        kept = said.classes != NOTHING
        right = covers & (said.classes[:, None] == classes[said.rows])
        return {"found": float(_found(said.rows, right).mean()),
                "boxed": float(_found(said.rows[kept], covers[kept]).mean()),
                "false": float((kept & ~right.any(1)).sum() / N_TEST)}


def _found(rows: np.ndarray, hit: np.ndarray) -> np.ndarray:
    """Which shapes any box has: boxes' scenes (boxes,), and hits (boxes, shapes): (n, shapes)."""
    found = np.zeros((N_TEST, N_SHAPES), bool)
    np.logical_or.at(found, rows, hit)
    return found


def _shown(said: Said) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (scene, most, 4) of the scenes that are shown, and classes (scene, most)."""
    boxes = np.zeros((N_SHOWN, MOST, 4), np.float16)
    classes = np.full((N_SHOWN, MOST), ABSENT, np.uint8)
    for scene in range(N_SHOWN):
        here = np.flatnonzero(said.rows == scene)[:MOST]
        boxes[scene, : len(here)] = said.boxes[here]
        classes[scene, : len(here)] = said.classes[here]
    return boxes, classes


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """At the end, who has missed most of the shapes."""
    if t < config.n_steps:
        return
    for i, name in enumerate(config.nets):
        found = float(np.median(arrays["found"][i]))
        if found < 0.2:
            yield Note("missed", {"net": name, "step": t, "found": f"{found:.0%}"}, name)


NOTES = {
    "missed": "{net}: after {step} steps {found} of the shapes are found (median of the seeds). "
              "More scenes or more steps, less noise, or another level of ink mends it.",
    **names("net", WAYS),
}
DIMS = {
    "found": ("step", "net", "seed"),
    "boxed": ("step", "net", "seed"),
    "false": ("step", "net", "seed"),  # boxes per scene that are no shape, or another one
    "said_box": ("step", "net", "scene", "box", "edge"),
    "said_class": ("step", "net", "scene", "box"),
    "proposed": ("step", "seed"),
    "per_scene": ("step", "seed"),
    "image": ("scene", "pixel"),
    "true_class": ("scene", "of"),
    "true_box": ("scene", "of", "edge"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "seed": list(config.seeds), "scene": list(range(N_SHOWN)),
            "box": list(range(MOST)), "of": ["first", "second"], "pixel": list(range(N_PIXELS)),
            "edge": ["left", "top", "right", "bottom"]}
