"""Say it: a sentence about a picture, one word after the other.

Scenes have two shapes, and a sentence says of both what they are and how they stand:
"big circle left of small x". A trunk of three convolutions sees, a decoder speaks: a GRU that has
the maps as its first state, one that looks at the maps again for each word, or one layer that says
all words at once. Trunks begin from scratch, or have learned to name single shapes before.

Papers: Vinyals et al. 2015 (a picture as the first state of a recurrent decoder, NIC), Xu et al.
2015 (looking at other places for each word).
Differs from the papers in: a GRU where Vinyals et al. have an LSTM; sentences of five words, so
that no word says that the end has come; the likeliest word is said at each place, without a beam;
trunks that have learned before go on learning; a look is a product, where Xu et al. have a layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.vision_tasks import sentences
from core.concepts.vision_tasks.before import with_classes
from core.concepts.vision_tasks.common import Batches, TwoSeeds, inked, race, scenes_of
from core.concepts.vision_tasks.nets import (
    MAP_SIDE,
    N_PLACES,
    SCENES,
    TESTING,
    Nets,
    folded,
    schedule,
    stacked,
)
from core.concepts.vision_tasks.scenes import N_PIXELS, SIDE, Scenes
from core.concepts.vision_tasks.sentences import SLOTS
from core.concepts.vision_tasks.speak import KINDS, Speaker
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["nic", "nic_after", "attend", "attend_after", "at_once", "at_once_after"]
N_TRAIN, N_TEST, N_SHOWN = 1000, 200, 6
BATCH_SIZE = 24
MAX_FRAMES = 12
NEAR = 2
"""So many pixels around a box still count as looking at it."""
WHICH = 3  # what random numbers are for, beside those in `nets` and `before`


@dataclass(frozen=True)
class Teller:
    """A net and its past.

    Attributes:
        label: For people.
        kind: Key in `KINDS`, how it speaks.
        before: Whether its trunk has learned classes before.
    """

    label: str
    kind: str
    before: bool = False


TELLERS: dict[str, Teller] = {
    "nic": Teller("Picture first", "nic"),
    "nic_after": Teller("Picture first, after classes", "nic", True),
    "attend": Teller("Looks for each word", "attend"),
    "attend_after": Teller("Looks, after classes", "attend", True),
    "at_once": Teller("All words at once", "at_once"),
    "at_once_after": Teller("At once, after classes", "at_once", True),
}
"""Adding one is an entry here, and a colour in `pages/vision_tasks/styles.py`."""


class Config(TwoSeeds):
    """Who speaks, and from which sentences it learns."""

    nets: tuple[NetName, ...] = setting(
        ("nic", "attend", "attend_after"), "Nets, by how they speak and what they knew before",
        names={name: teller.label for name, teller in TELLERS.items()},
    )
    either: bool = setting(
        False, "Whether either shape may come first in the sentences that are learned from; else "
        "the left one does, or the upper one", label="Either shape first")
    n_scenes: int = setting(N_TRAIN, "Scenes that come with a sentence", ge=50, le=N_TRAIN,
                            unit="scenes", log=True)
    n_steps: int = setting(150, "Number of updates", ge=20, le=400, unit="steps", step=10)
    learning_rate: float = setting(0.01, "Adam's", ge=0.001, le=0.05, log=True, group="Training")
    n_before: int = setting(
        100, "Updates on classes, of nets that have learned them before", ge=10, le=300,
        unit="steps", step=10, group="Training", label="Steps before")


def net_of(name: str) -> Speaker:
    return Speaker(KINDS[TELLERS[name].kind])


def told(config: Config) -> tuple[Tensor, Tensor]:
    """Scenes of every seed and a sentence about each: (S, pixels, n), (S, length, n)."""
    drawn = scenes_of(config, SCENES, config.n_scenes, 2)
    chosen = [_chosen(config, seed, sentences.truths(s))
              for seed, s in zip(config.seeds, drawn, strict=True)]
    return stacked([s.images.T for s in drawn]), stacked([a.T for a in chosen])


def _chosen(config: Config, seed: int, both: np.ndarray) -> np.ndarray:
    """The sentences that are learned from, out of two for each scene, (n, 2, length)."""
    n = len(both)
    which = np.random.default_rng((seed, WHICH)).integers(0, 2, n) if config.either else 0
    chosen: np.ndarray = both[np.arange(n), which]
    return chosen


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same batches."""
    nets: dict[str, Nets] = {
        name: Nets(net_of(name), config.seeds, config.learning_rate) for name in config.nets}
    yield from race(config, nets, Exam(config), batches(config, nets), news)


def batches(config: Config, nets: Mapping[str, Nets]) -> Batches:
    """What is learned from, after classes have been learned by those who learn them before."""
    later = [own for name, own in nets.items() if TELLERS[name].before]
    if later:
        before = with_classes(config, config.n_before)
        for own in later:
            own.take_trunk(before)
    yield from schedule(*told(config), config.seeds, BATCH_SIZE, config.n_steps)


class Exam:
    """New scenes that nets are measured on, the same at every step."""

    def __init__(self, config: Config) -> None:
        self.config = config
        drawn = scenes_of(config, TESTING, N_TEST, 2)
        self._x = stacked([s.images.T for s in drawn])
        self._true = np.stack([sentences.truths(s) for s in drawn])  # (S, n, 2, length)
        self._places = np.stack([near(s) for s in drawn])  # (S, n, 2, places)

    def known(self) -> dict[str, np.ndarray]:
        """What does not change: the first seed's scenes that are shown."""
        return {"image": inked(self._x[0, :, :N_SHOWN].T.numpy()),
                "true_words": self._true[0, :N_SHOWN].astype(np.uint8),
                "near_share": self._places.mean((1, 2, 3)).astype(np.float32)}

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (net, seed), and of what is shown (net, scene, ...)."""
        with torch.inference_mode():
            each = [self._of(*(a.numpy() for a in net_of(name).spoken(own.parameters, self._x)))
                    for name, own in nets.items()]
        arrays = {name: np.stack([found[name] for found in each]) for name in each[0]}
        return arrays | {"weights": folded(nets.values())}

    def _of(self, said: np.ndarray, looks: np.ndarray) -> dict[str, np.ndarray]:
        """Of what is said (S, n, length), and where was looked at (S, n, length, places or 0)."""
        first = self._true[:, :, 0]
        shares = {"well_formed": sentences.well_formed(said),
                  "true": sentences.is_true(said, self._true),
                  "same": (said == first).all(-1), "words": (said == first).mean(-1)}
        kept = np.zeros((N_SHOWN, len(SLOTS), N_PLACES), np.uint8)
        if looks.size:
            kept[:] = np.rint(255 * looks[0, :N_SHOWN])
        return {**{name: a.mean(1).astype(np.float32) for name, a in shares.items()},
                "on_named": self._on_named(looks), "said_words": said[0, :N_SHOWN].astype(np.uint8),
                "looks": kept}

    def _on_named(self, looks: np.ndarray) -> np.ndarray:
        """How much of a look is at the shape in question, while its size and kind are said: (S,).

        In question is the left one first, or the upper one, as in the sentences learned from.
        """
        if not looks.size or self.config.either:
            return np.full(len(looks), np.nan, np.float32)
        on = np.einsum("snlp,snop->snlo", looks, self._places)
        found = (on[:, :, :2, 0].mean((1, 2)) + on[:, :, 3:, 1].mean((1, 2))) / 2
        return found.astype(np.float32)


def near(scenes: Scenes) -> np.ndarray:
    """Which places of the maps are at the first and the second shape of the first true sentence:
    those whose middle is in its box, or `NEAR` pixels around: (n, 2, places).
    """
    middle = (np.arange(MAP_SIDE) + 0.5) * SIDE / MAP_SIDE
    low, high = scenes.boxes[..., :2] - NEAR, scenes.boxes[..., 2:] + NEAR  # (n, 2, x and y)
    inside = (middle > low[..., None]) & (middle < high[..., None])  # (n, 2, x and y, places)
    both = inside[:, :, 1, :, None] & inside[:, :, 0, None, :]
    order = sentences.order(scenes)[:, 0]  # (n, 2)
    found: np.ndarray = both[np.arange(len(order))[:, None], order]
    return found.reshape(len(order), 2, N_PLACES)


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """At the end, who speaks without a mistake of grammar, and hardly ever the truth."""
    if t < config.n_steps:
        return
    for i, name in enumerate(config.nets):
        form, true = (float(np.median(arrays[key][i])) for key in ("well_formed", "true"))
        if form > 0.95 and true < 0.1:
            yield Note("fluent", {"net": name, "step": t, "form": f"{form:.0%}",
                                  "true": f"{true:.0%}"}, name)


NOTES = {
    "fluent": "{net}: after {step} steps {form} of the sentences are well-formed, and {true} are "
              "true (medians of the seeds). More steps, a decoder that looks for each word, or a "
              "trunk that has learned classes before mends it.",
    **names("net", {name: teller.label for name, teller in TELLERS.items()}),
}
DIMS = {
    **dict.fromkeys(("well_formed", "true", "same", "words", "on_named"), ("step", "net", "seed")),
    "near_share": ("step", "seed"),
    "said_words": ("step", "net", "scene", "slot"),
    "looks": ("step", "net", "scene", "slot", "place"),
    "weights": ("step", "number"),
    "image": ("scene", "pixel"),
    "true_words": ("scene", "first", "slot"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "seed": list(config.seeds), "scene": list(range(N_SHOWN)),
            "slot": list(SLOTS), "place": list(range(N_PLACES)), "pixel": list(range(N_PIXELS)),
            "first": ["left or upper", "right or lower"]}
