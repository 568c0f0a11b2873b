"""One update of several workers, slowly: what each has found, what it sends, and what bits lose.

Workers have trained one net together as in their lab. Then one update more is taken a part at a
time: their gradients, what they remember of earlier ones, what the bits leave of both, the mean of
what arrives, and the step along it.

Papers: Seide et al. 2014, algorithm of section 3 (few bits, with memory); Goyal et al. 2017.
Differs from the lab in: a run has as many updates as have been made, and one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from core.concepts.faster import workers
from core.concepts.faster.codes import CODES, FLOAT_BITS
from core.concepts.faster.shards import batches, data_of
from core.concepts.faster.ways import WAY_NAMES, WAYS, Averaged, Gradients, Remembering
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.layers import Workspace
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

SUB_STEPS = ("net", "gradients", "remembered", "sent", "lost", "mean", "update")
"""What happens, one after the other."""
RANKS = (1, 10, 100, 1000)
"""Of the numbers that are drawn, by their size in the gradient of the whole batch."""
LOSSES = ("before", "after", "whole")
LENGTHS = ("gradient", "memory", "sent", "lost")
NUMBERS = (*LENGTHS, "gap", "exact", "kept", *LOSSES)
"""Mean lengths over the workers; how far the mean of what arrives, and that of the gradients, is
from the gradient of the whole batch, as a share of its length; what of gradient and memory is
neither sent nor kept; and the loss of all images before the update, after it, and after one along
the whole batch's gradient."""
KNOWN = {"gradient": "gradients", "memory": "remembered", "sent": "sent", "lost": "lost"}
"""From which sub-step on a length is known."""
MEAN, WHOLE = "mean", "whole"
"""Rows beside those of the workers."""


class Config(BaseConfig):
    """Which workers, after how many updates."""

    way: Literal["gradients", "few_bits", "memory"] = setting(
        "memory", "How gradients are sent",
        names={key: WAY_NAMES[key] for key in ("gradients", "few_bits", "memory")}, label="Way")
    at: int = setting(64, "Updates before the one that is shown", ge=0, le=512, unit="steps",
                      step=16, label="At step")
    code: Literal["8", "4", "2", "1", "top5", "top1"] = setting(
        "2", "How a gradient is written where there are few bits",
        names={key: code.label for key, code in CODES.items()}, label="Few bits")
    n_workers: Literal["2", "4"] = setting(
        "4", "Each has its own part of the 1000 training images", label="Workers",
        names={n: f"{n} workers" for n in ("2", "4")})
    shards: Literal["mixed", "sorted"] = setting(
        "mixed", "What each worker's images are", label="Images of a worker",
        names={"mixed": "Of all digits", "sorted": "Sorted by digit"})
    load: Literal["equal", "plain", "weighted"] = setting(
        "equal", "Whether all workers have as many images in a step, and how the mean counts them",
        label="Images per step", names={
            "equal": "Equally many", "plain": "Unequal, plain mean",
            "weighted": "Unequal, weighted mean"})
    norm: Literal["none", "batch"] = setting(
        "none", "Whether hidden layers are normalised, each worker's by its own images",
        names={"none": "None", "batch": "Batch norm"}, group="Network")
    learning_rate: float = setting(0.1, "Of all updates", ge=0.003, le=1, log=True)
    batch_size: int = setting(
        16, "Of one worker, where all have equally many", ge=4, le=32, unit="images", step=4)
    n_seeds: int = setting(1, "Repetitions, each with its own images, start and order; the first "
                           "one is drawn", ge=1, le=16, unit="seeds", group="Seeds")
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")


def lab_config(config: Config) -> workers.Config:
    """The lab in which these workers train."""
    same = {name: getattr(config, name) for name in workers.Config.model_fields
            if name in Config.model_fields}
    return workers.Config(**same, ways=(config.way,))


@dataclass(frozen=True)
class Done:
    """One update of all seeds.

    Attributes:
        parts: By name of `LENGTHS`, what each worker has of it, (W, S, P).
        mean: Of what arrives, (S, P).
        whole: The gradient of the whole batch, (S, P).
        numbers: By name of `NUMBERS`, (number, seed).
    """

    parts: dict[str, Tensor]
    mean: Tensor
    whole: Tensor
    numbers: np.ndarray


def done(config: Config) -> Done:
    """Trains as the lab does, and takes the update."""
    lab = lab_config(config)
    team, split = workers.team_of(lab), data_of(lab.seeds)
    gradients = Gradients(team.net)
    way = cast("Averaged", WAYS[config.way](
        team, gradients, workers.start_of(team.net, lab.seeds)))
    images = batches(split, lab.seeds, team.sizes, config.at + 1, lab.shards == "sorted")
    for _ in range(config.at):
        way.step(*next(images))
    x, y = next(images)
    own = gradients.of_workers(way.p, x, y, team.sizes)
    memory = way.lost.clone() if isinstance(way, Remembering) else torch.zeros_like(own)
    way.step(x, y)
    sent = own if config.way == "gradients" else CODES[config.code].read(own + memory)
    lost = own + memory - sent
    before, whole = way.before, gradients(way.before, x, y)
    parts = {"gradient": own, "memory": memory, "sent": sent, "lost": lost}
    left = way.lost if isinstance(way, Remembering) else lost
    kept = (own + memory - sent - left).norm(dim=2).mean(0)
    losses = [_losses(gradients, p, x, y) for p in (
        before, way.p, before - config.learning_rate * whole)]
    gaps = [(found - whole).norm(dim=1) / whole.norm(dim=1)
            for found in (way.followed, team.mean(own))]
    lengths = [a.norm(dim=2).mean(0) for a in parts.values()]
    return Done(parts, way.followed, whole,
                torch.stack([*lengths, *gaps, kept / lengths[0], *losses]).numpy())


def _losses(gradients: Gradients, p: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The mean loss of nets (S, P) on images, (S,)."""
    net = gradients.net
    stack = net.bind(p.contiguous(), torch.empty_like(p), Workspace())
    return net.loss.value(stack.forward(x.contiguous(), train=net.batch_norm), y)


def steps(config: Config) -> range:
    """Those of the frames."""
    return range(len(SUB_STEPS))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The workers as their lab trains them, then one update, a part at a time."""
    found = done(config)

    def measure() -> Measured:
        return _frame(config, found, t), [_note(config, found, t)]

    for t in steps(config):
        yield t, measure


def _frame(config: Config, found: Done, t: int) -> dict[str, np.ndarray]:
    """What there is at the t-th sub-step: of the first seed, but for the numbers."""
    step = SUB_STEPS[t]
    ranked = found.whole[0].abs().argsort(descending=True)[[rank - 1 for rank in RANKS]]
    first = {name: a[:, 0, ranked] for name, a in found.parts.items()}
    meant = first["gradient"] + first["memory"]
    in_hand = {"gradients": first["gradient"], "remembered": meant, "sent": first["sent"],
               "lost": first["lost"], "mean": first["sent"], "update": first["sent"]}
    rows = torch.full((int(config.n_workers) + 2, len(RANKS)), torch.nan)
    if step in in_hand:
        rows[:-2] = in_hand[step]
    if t >= SUB_STEPS.index("mean"):
        rows[-2], rows[-1] = found.mean[0, ranked], found.whole[0, ranked]
    unit = (found.parts["gradient"] + found.parts["memory"])[:, 0].abs().max()
    known = [value if t >= SUB_STEPS.index(KNOWN[name]) else np.nan
             for name, value in zip(LENGTHS, found.numbers[:, 0], strict=False)]
    losses = found.numbers[-len(LOSSES):, 0].copy()
    losses[1 if step != "update" else len(LOSSES):] = np.nan
    arrays = {"values": (rows / unit).numpy() + 0.0,  # no zero is written with a minus
              "lengths": np.array(known), "losses": losses, "numbers": found.numbers}
    return {name: a.astype(np.float32) for name, a in arrays.items()}


def _note(config: Config, found: Done, t: int) -> Note:
    """What this sub-step does with the first seed's workers, with its numbers."""
    key = SUB_STEPS[t]
    if key in ("remembered", "sent", "lost") and config.way != "memory":
        key = f"{key}_{config.way}"
    size = found.whole.shape[1]
    numbers = dict(zip(NUMBERS, found.numbers[:, 0].tolist(), strict=True))
    return Note(key, {
        **{name: f"{value:.3g}" for name, value in numbers.items()},
        "at": config.at, "n": config.n_workers, "size": size, "rate": f"{config.learning_rate:g}",
        "all_bits": FLOAT_BITS * size, "bits": CODES[config.code].bits(size),
        "gap": f"{numbers['gap']:.1%}", "exact": f"{numbers['exact']:.1%}",
    })


NOTES = {
    "net": "After {at} updates all {n} workers have the same net of {size} weights. Loss of the "
           "images of this update: {before}.",
    "gradients": "Each worker finds the gradient of its own images; on average it is {gradient} "
                 "long.",
    "remembered": "Each adds what its earlier messages lost, {memory} long.",
    "remembered_few_bits": "What earlier messages lost is forgotten: nothing is added.",
    "remembered_gradients": "Earlier messages lost nothing: nothing is added.",
    "sent": "Each writes the sum in few bits, {bits} instead of {all_bits}. What arrives is {sent} "
            "long; what is small beside the largest number became nothing.",
    "sent_few_bits": "Each writes its gradient in few bits, {bits} instead of {all_bits}. What "
                     "arrives is {sent} long; what is small beside the largest number became "
                     "nothing.",
    "sent_gradients": "Each sends its gradient as it is, {all_bits} bits.",
    "lost": "What the bits lost, {lost} long, stays with its worker for the next update.",
    "lost_few_bits": "What the bits lost, {lost} long, is gone.",
    "lost_gradients": "Nothing is lost.",
    "mean": "The mean of what arrives is {gap} of its length away from the gradient of the whole "
            "batch; the mean of the gradients themselves is {exact} away.",
    "update": "All workers step by {rate} against the mean. Loss of these images: {after}, where "
              "the gradient of the whole batch would have brought it to {whole}.",
}
DIMS = {
    "values": ("step", "row", "rank"),  # as a share of the largest number of any worker
    "lengths": ("step", "part"),
    "losses": ("step", "loss"),
    "numbers": ("step", "number", "seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    own = [str(i) for i in range(1, int(config.n_workers) + 1)]
    return {"row": [*own, MEAN, WHOLE], "rank": list(RANKS), "part": list(LENGTHS),
            "loss": list(LOSSES), "number": list(NUMBERS), "seed": list(config.seeds)}
