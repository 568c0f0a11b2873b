"""One update slowly: how the gradient of a few labelled images comes to a net with other features.

A net is pre-trained as in the labs, gets a new last layer and learns from the few labels. Then one
update is looked at: made in the whole net (fine-tuned), or in the last layer alone (frozen).

Paper: Yosinski et al. 2014, section 3: what is transferred is kept as it is, or trained on.
Differs from the labs in: frozen is here the same update, of which only the last layer's part is
made.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.transfer.common import (
    TARGET_BATCH,
    CommonConfig,
    all_tasks,
    falling,
    pretraining_of,
)
from core.concepts.transfer.nets import HEAD, Nets, stacked
from core.concepts.transfer.target import WAYS, Few
from core.concepts.transfer.tasks import MOST_LABELS, SOURCE_NAMES
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.data import Split, batches
from core.stacked.traced import views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

LAYERS = ("1", "2", "3", "last")
PARTS = ("loss", "last", "3", "2", "1", "update", "after")
"""The loss of a batch, the gradient as it arrives at layer after layer, the update, and what it was
good for."""


class _Step(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    source: Literal["classes", "permuted", "position", "shuffled"] = setting(
        "classes", "What is learned first, from 2000 images of the five other classes",
        names=SOURCE_NAMES,
    )
    n_labels: int = setting(
        5, "Labelled images of each of the five new classes", ge=2, le=MOST_LABELS, log=True,
        unit="labels", label="Labels per class",
    )
    at: int = setting(
        0, "Updates on the few labels before this one", ge=0, le=290, unit="steps", step=10,
        label="At step",
    )


class Config(CommonConfig, _Step):
    """After which first task, and how far into the second."""

    n_seeds: int = setting(
        3, "Repetitions, each with its own images and weights; the first one's kernel is drawn",
        ge=1, le=8, unit="seeds", group="Seeds",
    )


@recorded(lambda config: range(len(PARTS)))
def train(config: Config) -> Algorithm[Config]:
    """The source, then the target as far as it is asked for, then one update, part by part."""
    tasks, before = all_tasks(config), config.n_pretraining
    learned = pretraining_of(config, tasks, config.source)
    for t in range(1, before + 1):
        learned.nets.step(*next(learned.schedule), falling(t, before))
    pool = stacked([of_seed.pool for of_seed in tasks])
    rate = config.fine_tuning_rate if config.rates == "own" else config.learning_rate
    few = Few(config, pool, config.n_labels, [learned.nets], learned.nets.features(pool[0]), [rate])
    at = min(config.at, config.n_steps - 1)
    for t in range(1, at + 1):
        few.step(t)
    update = Update(config, few, at + 1, rate)
    t = 0

    def measure() -> Measured:
        return update.frame(t), [update.note(t)]

    for t in range(len(PARTS)):
        yield t, measure


class Update:
    """One update of nets by a batch, with all that is to be seen of it.

    Args:
        few: The nets and their few labels, before it.
        t: Which update of the target it is, from 1 on.
        rate: The nets' learning rate.
    """

    def __init__(self, config: Config, few: Few, t: int, rate: float) -> None:
        nets, self.rate = few.nets, rate * falling(t, config.n_steps)
        split = Split(few.x, few.y, few.x, few.y)
        schedule = batches(split, config.seeds, TARGET_BATCH, config.n_steps)
        x, y = next(islice(schedule, t - 1, None))
        before = nets.p.clone()
        self.loss, gradient = loss_of(nets, before, x, y)
        few.step(t)
        last_alone = before.clone()
        for name in HEAD:
            views(nets.net.shapes, last_alone)[name].copy_(views(nets.net.shapes, nets.p)[name])
        ends = {"whole": nets.p, "frozen": last_alone}
        self.after = np.stack([loss_of(nets, ends[way], x, y)[0] for way in WAYS])
        self.gradient = norms(nets, gradient)  # (layer, seed)
        start = norms(nets, before)
        self.moved = np.stack([norms(nets, ends[way] - before) / start for way in WAYS])
        self.kernels = {name: views(nets.net.shapes, p)["block1.weight"][0, 0, 0].numpy()
                        for name, p in {"before": before, "gradient": gradient, **ends}.items()}

    def frame(self, t: int) -> dict[str, np.ndarray]:
        """The parts up to the t-th; later ones have no value yet."""
        arrived = np.array([PARTS.index(layer) <= t for layer in LAYERS])
        gradient = np.where(arrived[:, None], self.gradient, np.nan)
        frozen = np.where(np.array(LAYERS)[:, None] == "last", gradient, np.nan)
        updated, over = t >= PARTS.index("update"), t >= PARTS.index("after")
        losses = np.stack([np.stack([self.loss] * len(WAYS)),
                           self.after if over else np.full_like(self.after, np.nan)], 1)
        arrays = {
            "gradient": np.stack([gradient, frozen]),
            "moved": self.moved if updated else np.full_like(self.moved, np.nan),
            "loss": losses,
            "kernel_gradient": self.kernels["gradient"] if arrived[0]
            else np.full_like(self.kernels["gradient"], np.nan),
            **{f"kernel_{way}": self.kernels[way if updated else "before"] for way in WAYS},
        }
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}

    def note(self, t: int) -> Note:
        """What this part does, with the numbers of the first seed."""
        part = PARTS[t]
        layer = LAYERS.index(part) if part in LAYERS else 0
        whole, frozen = self.after[:, 0]
        values = {
            "loss": f"{self.loss[0]:.3f}", "layer": part, "whole": f"{whole:.3f}",
            "frozen": f"{frozen:.3f}", "norm": f"{self.gradient[layer, 0]:.3g}",
            "rate": f"{self.rate:.3g}",
            "first": f"{self.moved[0, 0, 0]:.1%}", "last": f"{self.moved[0, -1, 0]:.1%}",
        }
        return Note("through" if part in LAYERS[:-1] else part, values, about=part)


def loss_of(nets: Nets, p: Tensor, x: Tensor, y: Tensor) -> tuple[np.ndarray, Tensor]:
    """The cross-entropy of a batch as it is while they train, (K,), and its gradient, (K, P).

    Args:
        nets: Of what shape, and with which running means: these stay as they are.
        p: Their parameters.
        x: (K, pixels, B)
        y: (K, classes, B)
    """
    p = p.clone().requires_grad_()
    state = {name: a.clone() for name, a in nets.state.items()}
    rngs = [np.random.default_rng(0)] * len(p)  # drawn from by dropout, of which there is none
    with torch.enable_grad():
        z = nets.net.forward({**views(nets.net.shapes, p), **state}, x, rngs)
        losses = -(y * z.log_softmax(1)).sum(1).mean(1)
        (gradient,) = torch.autograd.grad(losses.sum(), p)
    return losses.detach().numpy(), gradient


def norms(nets: Nets, p: Tensor) -> np.ndarray:
    """Of each layer's weights, (layer, K)."""
    named = views(nets.net.shapes, p)
    names = [*(f"{block}.weight" for block in nets.net.names), HEAD[0]]
    return np.stack([named[name].flatten(1).norm(dim=1).numpy() for name in names])


NOTES = {
    "loss": "A batch of the few labelled images goes through the net. Loss: {loss}.",
    "last": "The gradient arrives at the new last layer. Norm: {norm}. A frozen net needs no more.",
    "through": "Fine-tuned, it goes on through the net: at layer {layer} its norm is {norm}. "
               "Frozen, it does not get here.",
    "update": "Adam moves every weight that has a gradient, by about its rate, {rate}, at first. "
              "Fine-tuned: layer 1 by {first} of its norm, the last layer by {last}. Frozen: the "
              "last layer alone.",
    "after": "The same batch again. Loss before: {loss}. Fine-tuned: {whole}. With the last layer "
             "moved alone: {frozen}.",
}

DIMS = {
    "gradient": ("step", "way", "layer", "seed"), "moved": ("step", "way", "layer", "seed"),
    "loss": ("step", "way", "when", "seed"),
    **{f"kernel_{name}": ("step", "down", "across") for name in ("gradient", *WAYS)},
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "way": list(WAYS), "layer": list(LAYERS), "when": ["before", "after"],
        "seed": list(config.seeds), "down": list(range(3)), "across": list(range(3)),
    }
