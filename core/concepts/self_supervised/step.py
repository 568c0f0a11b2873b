"""The next update slowly: what two views of some images do to the weights of one unit.

Nets learn from views as in the lab of methods. Then their next update is made, and what it does to
six weights of a unit of the first layer is shown a part at a time. Nobody has said what is on the
images.

Papers: Chen et al. 2020 (SimCLR), Chen & He 2021 (SimSiam), Grill et al. 2020 (BYOL); Kingma & Ba
2015 (Adam).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from core.concepts.self_supervised import nets, pretrain, views
from core.concepts.self_supervised.images import SIDE, images_of
from core.concepts.self_supervised.methods import METHOD_NAMES, METHODS
from core.concepts.self_supervised.pretrain import MethodName, learner_of
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch  # noqa: F401 - so that a run keeps to one thread
from core.stacked import update
from core.training import Algorithm, recorded

QUANTITIES = update.quantities(clips=False, decays=True)
"""What an update makes."""
ROW, COLUMN = SIDE // 2, SIDE // 2 - 2
"""Of the first pixel whose weight is followed, counted from 1: they lie in the image's middle."""


def as_there(name: str) -> Any:
    """A setting of the lab whose nets these are."""
    return pretrain.Config.model_fields[name]


class Config(BaseConfig):
    """Which method, after how much training."""

    method: MethodName = setting("simclr", "How the net learns without labels", names=METHOD_NAMES)
    at: int = setting(100, "Updates before this one", ge=0, le=1000, unit="steps", step=10,
                      label="At step")
    data: Literal["wandering", "plain", "background"] = as_there("data")
    n_steps: int = setting(
        300, "Updates that are planned: the learning rate falls to 0 along them", ge=10, le=1000,
        unit="steps", step=10, group="Training", label="Planned steps",
    )
    shift: float = as_there("shift")
    rotation: float = as_there("rotation")
    scale: float = as_there("scale")
    brightness: float = as_there("brightness")
    noise: float = as_there("noise")
    erase: int = as_there("erase")
    temperature: float = as_there("temperature")
    stop_gradient: bool = as_there("stop_gradient")
    norm: bool = as_there("norm")
    slowness: float = as_there("slowness")
    head: bool = as_there("head")
    n_numbers: int = as_there("n_numbers")
    batch_size: int = as_there("batch_size")
    learning_rate: float = as_there("learning_rate")
    n_seeds: int = setting(
        1, "Nets, each with its own images, start and views; the first one is drawn", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = as_there("seed")


def lab_config(config: Config) -> pretrain.Config:
    """That of the lab in which these nets learn."""
    return pretrain.Config(**config.model_dump(exclude={"method", "at"}), methods=(config.method,))


def next_update(config: Config) -> update.Taken:
    """That of the weights of the first layer's first unit for six pixels beside each other."""
    lab, at = lab_config(config), min(config.at, config.n_steps - 1)
    learner, method = learner_of(lab, config.method), METHODS[config.method]
    shapes = nets.shapes_of(config.n_numbers, config.head, method.norm and config.norm,
                            method.predictor)
    drawn = views.pairs(images_of(config.data, config.seeds).train, config.seeds, lab.augmentation,
                        config.batch_size, config.n_steps)
    for t in range(1, at + 1):
        learner.step(*next(drawn), pretrain.falling(t, config.n_steps))
    image = update.positions(shapes, "1.weight")[0].reshape(SIDE, SIDE)
    first = COLUMN - 1
    watching = update.watch(learner, image[ROW - 1, first : first + update.N_WEIGHTS])
    learner.step(*next(drawn), pretrain.falling(at + 1, config.n_steps))
    return watching.taken


@recorded(lambda config: range(len(QUANTITIES)))
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab trains them, then one update, a part at a time."""
    yield from update.slowly(
        next_update(config), row=ROW, first=COLUMN, last=COLUMN + update.N_WEIGHTS - 1,
        images=config.batch_size)


NOTES = {
    update.WHICH: "{at} updates so far. The first unit of the net has a weight for each pixel; "
                  "these are those of row {row}, columns {first} to {last}. What the next update "
                  "does to them comes from two views of each of {images} images, and no label.",
    **update.NOTES,
    "update_move": "The step of weight {k} is that, times the learning rate {rate}, downhill: "
                   "−{rate} × {in_ratio} = {move}.",
}

DIMS = update.DIMS


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"seed": list(config.seeds), **update.coords(QUANTITIES, update.N_WEIGHTS)}
