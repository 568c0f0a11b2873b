"""The next update slowly: what a batch of scenes does to a kernel of the trunk.

A net is taught as in the lab of what and where. Then its next update is made, and what it does to
the middle row of a kernel of the trunk's first layer is shown a part at a time.

Paper: Kingma & Ba 2015 (Adam).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from core.concepts.vision_tasks import find
from core.concepts.vision_tasks.nets import BATCH_SIZE, SCENES, Nets, schedule
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch  # noqa: F401 - so that a run keeps to one thread
from core.stacked import update
from core.training import Algorithm, recorded

QUANTITIES = update.quantities(clips=False)
"""What an update makes."""
N_WEIGHTS = 3
"""Of the kernel's middle row."""


def as_there(name: str) -> Any:
    """A setting of the lab whose nets these are."""
    return find.Config.model_fields[name]


class Config(BaseConfig):
    """Which net, after how much training, and which kernel."""

    net: Literal["class", "box", "both"] = setting(
        "both", "What the net is taught",
        names={name: find.ASKED[name].label for name in ("class", "box", "both")},
    )
    kernel: int = setting(1, "Which one of the first layer", ge=1, le=8)
    at: int = setting(50, "Updates before this one", ge=0, le=390, unit="steps", step=10,
                      label="At step")
    n_steps: int = setting(
        100, "Updates that are planned: the learning rate falls to 0 along them", ge=20, le=400,
        unit="steps", step=10, group="Training", label="Planned steps",
    )
    box_weight: float = as_there("box_weight")
    padding: Literal["zeros", "circular", "reflect"] = as_there("padding")
    everywhere: bool = as_there("everywhere")
    n_scenes: int = as_there("n_scenes")
    box_loss: Literal["squared", "absolute", "iou", "giou"] = as_there("box_loss")
    learning_rate: float = as_there("learning_rate")
    noise: float = as_there("noise")
    clutter: int = as_there("clutter")
    n_seeds: int = setting(
        1, "Nets, each with its own weights and scenes; the first one is drawn", ge=1, le=8,
        unit="seeds", group="Seeds",
    )
    seed: int = as_there("seed")


def lab_config(config: Config) -> find.Config:
    """That of the lab in which these nets are taught."""
    return find.Config(**config.model_dump(exclude={"net", "kernel", "at"}), nets=(config.net,))


def next_update(config: Config) -> update.Taken:
    """That of the kernel's middle row."""
    lab, at = lab_config(config), min(config.at, config.n_steps - 1)
    nets = Nets(find.net_of(lab, find.ASKED[config.net]), config.seeds, config.learning_rate)
    x, y = (a[..., : config.n_scenes].contiguous()
            for a in find.questions(lab, SCENES, find.N_TRAIN))
    drawn = schedule(x, y, config.seeds, BATCH_SIZE, config.n_steps)
    for t in range(1, at + 1):
        nets.step(*next(drawn), t, config.n_steps)
    kernels = update.positions(find.net_of(lab, find.ASKED[config.net]).shapes, "trunk1.weight")
    watching = update.watch(nets, kernels[config.kernel - 1, 0, N_WEIGHTS // 2])
    nets.step(*next(drawn), at + 1, config.n_steps)
    return watching.taken


@recorded(lambda config: range(len(QUANTITIES)))
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab teaches them, then one update, a part at a time."""
    yield from update.slowly(next_update(config), kernel=config.kernel)


NOTES = {
    update.WHICH: "{at} updates so far. Kernel {kernel} of the trunk's first layer has a weight "
                  "for each pixel of its window; these are those of its middle row. This is what "
                  "the next update does to them.",
    **update.NOTES,
}

DIMS = update.DIMS


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"seed": list(config.seeds), **update.coords(QUANTITIES, N_WEIGHTS)}
