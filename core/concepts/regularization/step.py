"""One update slowly: what a remedy does to one image, to the net, and to the weights.

Two nets start alike and are trained as in the lab *Remedies*, one plain, one with a remedy. Their
next update is then taken apart: what each net sees of one image, what it says of it, how its
label pulls, how far the weights move, and what weight decay takes of them.

Papers: Srivastava et al. 2014, section 4 (dropout); Bishop 1995 (noise); Loshchilov & Hutter
2019, algorithm 2 (decay beside the gradient); Szegedy et al. 2016, section 7 (smoothing).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.regularization import remedies
from core.concepts.regularization.remedies import Task, task_of
from core.concepts.regularization.treatment import (
    REMEDY_NAMES,
    Group,
    RemedyName,
    Schedule,
    alone,
)
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.data import Split, batches
from core.stacked.layers import Dropout, Place, Workspace
from core.stacked.nets import MLP, Stack
from core.stacked.rules import Updater
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

SUB_STEPS = ("before", "changed", "asked", "pull", "step", "after")
DECAYING = ("before", "changed", "asked", "pull", "step", "decay", "after")
"""What happens, one after the other, without and with weight decay."""
TRAINING = ("changed", "asked", "pull")
"""When the remedy is at work on image and net; else they are asked as they are."""
MOMENTS = {"before": "before", "changed": "before", "asked": "asked", "pull": "asked",
           "step": "moved", "decay": "after", "after": "after"}
"""Which of a net's answers is on show."""
LAYERS = 2
"""Hidden ones."""
N_WEIGHTS = 150
"""Of each net that are drawn, evenly over all of them."""
SIDE = 8
"""Of an image, in pixels."""
LEAST_ARROW = 0.05
"""A smaller pull is not drawn."""
NUMBERS = (
    "label_before", "true_before", "label_asked", "loss", "label_moved", "label_after",
    "true_after", "dropped", "times", "moved_by", "decayed", "length_before", "length_moved",
    "length_after", "share_least", "share_most",
)
"""Of each net: what it gives the image's label and its true class, as it is, as it is changed in
training, after the gradient's step, and in the end; the loss in training; the share of the hidden
units that is dropped, and how many times as much the others count; how far the gradient's step
and the decay move all weights; how long these are, as a vector, before and after each; and the
share that decay takes of single weights."""
SMALL = 1e-3
"""A share of a smaller weight than this is lost in rounding."""


def of_lab(name: str) -> Any:
    """A setting of the lab *Remedies*, with its words and bounds."""
    return remedies.Config.model_fields[name]


class Config(BaseConfig):
    """Which remedy at work on which image, after how many updates."""

    remedy: Literal["dropout", "input_noise", "weight_decay", "label_smoothing"] = setting(
        "dropout", "What one of the two nets gets; the other one is plain",
        names={name: REMEDY_NAMES[name]
               for name in ("dropout", "input_noise", "weight_decay", "label_smoothing")},
    )
    image: Literal["wrong", "right"] = setting(
        "wrong", "Which kind of training image is watched",
        names={"wrong": "With a wrong label", "right": "With a right label"},
    )
    number: int = setting(
        1, "Which of these images, in their order; after the last comes the first", ge=1, le=10,
        label="Image number",
    )
    at: int = setting(
        300, "Updates before the one that is shown", ge=0, le=600, step=20, unit="steps",
        label="At step",
    )
    weight_decay: float = of_lab("weight_decay")
    dropout: float = of_lab("dropout")
    input_noise: float = of_lab("input_noise")
    label_smoothing: float = of_lab("label_smoothing")
    n_train: int = of_lab("n_train")
    label_noise: float = of_lab("label_noise")
    width: int = of_lab("width")
    learning_rate: float = of_lab("learning_rate")
    batch_size: int = of_lab("batch_size")
    n_seeds: int = setting(
        1, "Nets of each kind; those of the first seed are drawn", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = of_lab("seed")


def variants(config: Config) -> tuple[RemedyName, RemedyName]:
    """The nets that are compared."""
    return "none", config.remedy


def lab_config(config: Config) -> remedies.Config:
    """The lab whose nets these are, `at` updates long or longer."""
    same = {name: getattr(config, name) for name in remedies.Config.model_fields
            if name in Config.model_fields}
    return remedies.Config(**same, remedies=variants(config), n_steps=max(config.at, 50))


def sub_steps(config: Config) -> tuple[str, ...]:
    """What happens, one after the other."""
    return DECAYING if config.remedy == "weight_decay" else SUB_STEPS


# --- an update that can be looked at -----------------------------------------------------


class Watched(Group):
    """The lab's nets of one remedy, whose last update can be looked at.

    Attributes:
        x, y: What they were given, as the remedy had changed it.
        before: Their parameters before, (S, P).
        moved: These after the gradient's step alone, without decay.
        rngs: The generators of their dropout as they were before.
    """

    def __init__(self, config: Config, name: str, task: Task) -> None:
        sizes = (SIDE**2, *[config.width] * LAYERS, 10)
        schedule = Schedule(config.at + 1, config.batch_size, config.learning_rate)
        super().__init__(alone(name, config), sizes, task.data, task.points, config.seeds, schedule)
        self._changes.append(self._keep)
        # Adam remembers gradients only: fed with the same ones, its step is that of AdamW without
        # the decay
        self.moved = self.race.p.clone()
        self._gradients = torch.zeros_like(self.moved)
        self._rngs_too = self._member_rngs(3)
        self._same = self.net.bind(self.moved, self._gradients, Workspace(), self._rngs_too)
        rate = {"learning_rate": config.learning_rate}
        self._adam = Updater(self.moved, ["adam"] * config.n_seeds, [rate] * config.n_seeds)

    @property
    def net(self) -> MLP:
        assert isinstance(self.race.net, MLP)
        return self.race.net

    def _keep(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        self.x, self.y = x, y
        return x, y

    def step(self, rate_factor: float = 1.0) -> None:
        self.before, self.rngs = self.race.p.clone(), deepcopy(self._rngs_too)
        super().step(rate_factor)
        self.moved.copy_(self.before)
        self._same.gradients(self.x, self.y)
        self._adam.step(self._gradients, rate_factor)

    def masks(self) -> Tensor:
        """What the outputs of each hidden layer were multiplied by, (LAYERS, S, units, batch)."""
        shape = (len(self.before), self.net.sizes[1], self.x.shape[2])
        layer = Dropout(shape[1], self.net.dropout)
        rngs, none = deepcopy(self.rngs), self.before[:, :0]
        return torch.stack([
            layer.bind(Place(none, none, Workspace(), "mask", rngs)).forward(
                torch.ones(shape), train=True)
            for _ in range(LAYERS)
        ])

    def stages(self, p: Tensor, x: Tensor, *, train: bool = False) -> list[Tensor]:
        """What nets with parameters `p` make of `x`, layer by layer; in training with what the
        last update dropped.
        """
        stack = Stack(self.net, p, torch.zeros_like(p), Workspace(), deepcopy(self.rngs))
        with torch.no_grad():
            return stack.stages(x, train)


# --- what there is to see ----------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What one update does to one image per seed, and to the weights, of one kind of net.

    Attributes:
        image: As the net saw it in training, (S, pixels).
        target: The label that it was trained on, (S, classes).
        kept: What the hidden units were multiplied by, (S, LAYERS, units): 0 where dropped.
        hidden: Their outputs by moment, (S, LAYERS, units): "before" the update, "asked" in
            training, "moved" by the gradient alone, and "after" all.
        said: Probabilities by moment, (S, classes).
        weights: All of them by moment, (S, P).
    """

    image: np.ndarray
    target: np.ndarray
    kept: np.ndarray
    hidden: Mapping[str, np.ndarray]
    said: Mapping[str, np.ndarray]
    weights: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Image:
    """One image per seed, as it is.

    Attributes:
        at: Its position in the batch, (S,).
        pixels: (S, pixels)
        given, true: Its classes, as labelled and as it is, (S,).
    """

    at: np.ndarray
    pixels: np.ndarray
    given: np.ndarray
    true: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        """Whether its label is wrong, (S,)."""
        return self.given != self.true


def chosen(config: Config, task: Task) -> Image:
    """The image in the batch of the update that is shown; one of the other kind where the batch
    has none of the kind that is wanted.
    """
    data, n = task.data, config.n_train
    size = min(config.batch_size, n)
    true = Split(data.train_x, task.true[:, :, :n].contiguous(), data.test_x, data.test_y)
    *_, (x, given) = batches(data, config.seeds, size, config.at + 1)
    *_, (_, actual) = batches(true, config.seeds, size, config.at + 1)
    labels, classes = (a.argmax(1).numpy() for a in (given, actual))
    kind = (labels != classes) == (config.image == "wrong")
    found = [np.flatnonzero(row if row.any() else ~row) for row in kind]
    at = np.array([row[(config.number - 1) % len(row)] for row in found])
    s = np.arange(config.n_seeds)
    return Image(at, x.numpy()[s, :, at], labels[s, at], classes[s, at])


def look(group: Watched, image: Image) -> Seen:
    """Takes a group's last update apart."""
    s, at = np.arange(len(image.at)), image.at

    def of_image(a: Tensor) -> np.ndarray:
        """Out of (S, ..., batch), (S, ...)."""
        return a.numpy()[s, :, at if a.shape[2] > 1 else 0].copy()

    alone_in_batch, after = torch.from_numpy(image.pixels)[:, :, None], group.race.p.clone()
    parameters = {"before": group.before, "moved": group.moved.clone(), "after": after}
    found = {moment: group.stages(p, alone_in_batch) for moment, p in parameters.items()}
    found["asked"] = group.stages(group.before, group.x, train=True)
    return Seen(
        of_image(group.x), of_image(group.y), np.stack([of_image(m) for m in group.masks()], 1),
        {moment: np.stack([of_image(a) for a in outputs[:LAYERS]], 1)
         for moment, outputs in found.items()},
        {moment: of_image(torch.softmax(outputs[-1], 1)) for moment, outputs in found.items()},
        {moment: p.numpy() for moment, p in parameters.items()},
    )


def numbers_of(seen: Seen, image: Image) -> dict[str, np.ndarray]:
    """By name of `NUMBERS`, (S,); NaN where nothing is dropped, or nothing decays."""
    s = np.arange(len(image.at))
    before, moved, after = (seen.weights[moment].astype(float)
                            for moment in ("before", "moved", "after"))
    decay, large = moved - after, np.abs(before) > SMALL
    share = np.where(large, decay / np.where(large, before, 1), np.nan)
    label = {moment: p[s, image.given] for moment, p in seen.said.items()}
    log_p = np.log(np.maximum(seen.said["asked"].astype(float), 1e-30))
    return {
        **{f"label_{moment}": p for moment, p in label.items()},
        "true_before": seen.said["before"][s, image.true],
        "true_after": seen.said["after"][s, image.true],
        "loss": -(seen.target * log_p).sum(1), "dropped": (seen.kept == 0).mean((1, 2)),
        "times": seen.kept.max((1, 2)),
        "moved_by": _length(moved - before), "decayed": _length(decay),
        **{f"length_{moment}": _length(p.astype(float)) for moment, p in seen.weights.items()},
        "share_least": np.nanmin(share, 1), "share_most": np.nanmax(share, 1),
    }


def _length(a: np.ndarray) -> np.ndarray:
    return np.sqrt((a**2).sum(1))


# --- sub-step by sub-step ----------------------------------------------------------------


def steps(config: Config) -> range:
    """Those of the frames."""
    return range(len(sub_steps(config)))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Both nets as the lab trains them, then their next update, a part at a time."""
    task = task_of(lab_config(config))
    groups = [Watched(config, name, task) for name in variants(config)]
    for group in groups:
        for _ in range(config.at + 1):
            group.step()
    image = chosen(config, task)
    seen = [look(group, image) for group in groups]
    numbers = [numbers_of(one, image) for one in seen]

    def measure() -> Measured:
        done = sub_steps(config)[: t + 1]
        return _frame(seen, image, numbers, done), [_note(config, seen, image, numbers, done[-1])]

    for t in steps(config):
        yield t, measure


def _frame(
    seen: Sequence[Seen], image: Image, numbers: Sequence[Mapping[str, np.ndarray]],
    done: Sequence[str],
) -> dict[str, np.ndarray]:
    """What there is after these sub-steps: of the first seed, but for the numbers."""
    key = done[-1]
    training = key in TRAINING
    target = np.stack([one.target[0] if training else np.eye(10)[image.given[0]] for one in seen])
    said = np.stack([one.said[MOMENTS[key]][0] for one in seen])
    some = np.linspace(0, seen[0].weights["before"].shape[1] - 1, N_WEIGHTS).astype(int)
    before, moved, after = (np.stack([one.weights[moment][0, some] for one in seen])
                            for moment in ("before", "moved", "after"))
    pixels = [one.image[0] if training else image.pixels[0] for one in seen]
    arrays = {
        "seen": np.stack(pixels).reshape(len(seen), SIDE, SIDE),
        "label": image.given[:1], "true_class": image.true[:1],
        **_units(seen, key), "said": said, "target": target,
        "pull": _arrows(said, target, key == "pull"),
        "was": before,
        "moved": np.where("step" in done, moved - before, np.nan),
        "decayed": np.where("decay" in done, after - moved, np.nan),
        "numbers": np.stack([[one[name] for one in numbers] for name in NUMBERS]),
    }
    return {name: a.astype(np.float32) for name, a in arrays.items()}


def _units(seen: Sequence[Seen], key: str) -> dict[str, np.ndarray]:
    """Outputs of the hidden units as shares of the largest, and which of them are dropped; a square
    for each net and layer, empty where it has no more units.
    """
    hidden = np.stack([one.hidden[MOMENTS[key]][0] for one in seen])
    gone = np.stack([one.kept[0] == 0 for one in seen]) & (key in TRAINING)
    largest = max(a[0].max() for one in seen for a in one.hidden.values())
    return {"hidden": _square(np.where(gone, np.nan, hidden / max(largest, 1e-30))),
            "dropped": gone}


def _square(a: np.ndarray) -> np.ndarray:
    """(variant, layer, units) -> (variant, layer, row, column)"""
    side = square_side(a.shape[-1])
    room = np.full((*a.shape[:-1], side**2), np.nan)
    room[..., : a.shape[-1]] = a
    return room.reshape(*a.shape[:-1], side, side)


def square_side(n: int) -> int:
    """Of the smallest square with room for n units."""
    return math.isqrt(n - 1) + 1


def _arrows(start: np.ndarray, end: np.ndarray, shown: bool) -> np.ndarray:
    """From one to the other with a gap after each, (variant, 3 * classes); none for small ones."""
    drawn = np.where(shown & (np.abs(end - start) > LEAST_ARROW), np.stack([start, end]), np.nan)
    gap = np.full_like(drawn[:1], np.nan)
    return np.concatenate([drawn, gap]).transpose(1, 2, 0).reshape(len(start), -1)


def _note(
    config: Config, seen: Sequence[Seen], image: Image,
    numbers: Sequence[Mapping[str, np.ndarray]], key: str,
) -> Note:
    """What this sub-step does to the nets of the first seed, with its numbers."""
    given, size = int(image.given[0]), min(config.batch_size, config.n_train)
    values: dict[str, Any] = {
        "at": config.at, "remedy": config.remedy, "given": given, "true": int(image.true[0]),
        "strength": f"{getattr(config, config.remedy):g}", "batch": size,
        "n_weights": seen[0].weights["before"].shape[1], "units": LAYERS * config.width,
        "off": int((seen[1].kept[0] == 0).sum()), "times": f"{seen[1].kept[0].max():.3g}",
        "pixels": f"{np.abs(seen[1].image[0] - image.pixels[0]).mean():.2f}",
        "high": f"{seen[1].target[0].max():.2g}", "low": f"{seen[1].target[0].min():.2g}",
        "share": f"{config.learning_rate * config.weight_decay:.2%}",
    }
    for net, one, its in zip(("plain", "other"), seen, numbers, strict=True):
        values |= {f"{net}_{moment}": f"{p[0, given]:.1%}" for moment, p in one.said.items()}
        values |= {f"{net}_{name}": f"{its[name][0]:#.2g}".rstrip(".")
                   for name in ("loss", "moved_by")}
        values |= {f"{net}_{moment}_length": f"{its[f'length_{moment}'][0]:.2f}"
                   for moment in one.weights}
        values[f"{net}_pull"] = f"{one.target[0, given] - one.said['asked'][0, given]:+.2f}"
    return Note(_note_key(config, image, key), values)


def _note_key(config: Config, image: Image, key: str) -> str:
    if key == "changed":
        return f"changed_{config.remedy}"
    if key != "before":
        return key
    if image.wrong[0]:
        return "before_wrong"
    return "before_right" if config.image == "right" else "before_none_wrong"


_SAYS = ("The plain net gives this label a probability of {plain_before}, the one with {remedy} "
         "{other_before}.")
NOTES = {
    "before_wrong": "After {at} updates, an image of a {true} that is labelled {given}. " + _SAYS,
    "before_right": "After {at} updates, an image of a {true}, rightly labelled. " + _SAYS,
    "before_none_wrong": "After {at} updates, an image of a {true}: no label of this batch is "
                         "wrong. " + _SAYS,
    "changed_dropout": "For this image dropout switches off {off} of the {units} hidden units. "
                       "The others count {times} times as much.",
    "changed_input_noise": "Each pixel gets noise of its own, with standard deviation {strength}. "
                           "Here pixels change by {pixels} on average.",
    "changed_weight_decay": "Weight decay changes neither image nor label nor units. Its turn "
                            "comes at the end, at the weights.",
    "changed_label_smoothing": "Label smoothing takes {strength} of the label and spreads it over "
                               "all classes: {high} for the {given}, {low} for every other one.",
    "asked": "In training the plain net gives the label {plain_asked}, a loss of {plain_loss}. "
             "The one with {remedy} gives it {other_asked}, a loss of {other_loss}.",
    "pull": "The loss pulls each output by target minus probability. Towards the {given}: plain "
            "{plain_pull}, with {remedy} {other_pull}.",
    "step": "All {batch} images of the batch pull, and Adam moves {n_weights} weights: plain by a "
            "length of {plain_moved_by}, with {remedy} by {other_moved_by}. Asked again, the nets "
            "give the label {plain_moved} and {other_moved}.",
    "decay": "Then weight decay takes {share} of each weight: learning rate × decay. The gradient "
             "had made the weights longer, {other_before_length} to {other_moved_length}; now they "
             "are {other_after_length} long.",
    "after": "In the end the plain net gives the label {plain_after} (before: {plain_before}), the "
             "one with {remedy} {other_after} (before: {other_before}).",
    **names("remedy", {"dropout": "dropout", "input_noise": "noise", "weight_decay": "decay",
                       "label_smoothing": "smoothing"}),
}

DIMS = {
    "seen": ("step", "variant", "pixel_row", "pixel_column"),
    "label": ("image",), "true_class": ("image",),
    "hidden": ("step", "variant", "layer", "row", "column"),
    "dropped": ("step", "variant", "layer", "unit"),
    "said": ("step", "variant", "class"), "target": ("step", "variant", "class"),
    "pull": ("step", "variant", "arrow"), "was": ("variant", "weight"),
    "moved": ("step", "variant", "weight"), "decayed": ("step", "variant", "weight"),
    "numbers": ("number", "variant", "seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "variant": list(variants(config)), "number": list(NUMBERS), "seed": list(config.seeds),
        "class": list(range(10)), "arrow": list(range(30)), "image": [0],
        "unit": list(range(1, config.width + 1)), "layer": list(range(1, LAYERS + 1)),
        "row": list(range(square_side(config.width))),
        "column": list(range(square_side(config.width))), "weight": list(range(N_WEIGHTS)),
        "pixel_row": list(range(SIDE)), "pixel_column": list(range(SIDE)),
    }
