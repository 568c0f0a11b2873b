"""One task slowly: a step on a few points of it, and what that step teaches the net it began with.

Nets are trained as in the lab of curves. Then one of the tasks of the next update is looked at a
part at a time: the step on its points (inner), the error elsewhere on its curve, and the derivative
of that error through the step (outer); and what the update makes of the net.

Paper: Finn et al. 2017 (MAML), algorithm 1, lines 4 to 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.meta_learning import sinusoids
from core.concepts.meta_learning.adapting import Adapting
from core.concepts.meta_learning.sinusoids import ENDS, LEARNERS, N_ASKED
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.traced import Parameters, views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

SUB_STEPS = ("net", "points", "inner", "asked", "outer", "update", "again")
"""What happens, one after the other; each is the key of its note."""
LAYERS = ("first", "second", "out")
SLOPES = ("inner", "outer", "first_order")
"""The gradient at the points; that through the step, of the error elsewhere; and that one as if
the step did not depend on the weights."""
NUMBERS = ("adapt_before", "adapt_after", "ask_before", "ask_after", "ask_again", "cosine")
"""Squared errors at the points before and after the step, and elsewhere; elsewhere after the update
and another step; and the cosine between the outer gradients of second and of first order."""
KNOWN = {"adapt_before": "points", "adapt_after": "inner", "ask_before": "asked",
         "ask_after": "asked", "ask_again": "again"}
"""From which sub-step on an error is known."""
N_DRAWN = 61
"""Places at which a curve is drawn."""


class Config(BaseConfig):
    """Which net, after how much training, and the steps."""

    learner: Literal["maml", "first_order"] = setting(
        "maml", "How it is trained",
        names={name: LEARNERS[name].label for name in ("maml", "first_order")},
    )
    at: int = setting(100, "Updates before the task", ge=0, le=500, step=20, unit="steps",
                      label="At step")
    n_shots: int = setting(5, "Of the task, from which the net adapts", ge=1, le=20, unit="points",
                           label="Points")
    inner_rate: float = setting(
        0.01, "Learning rate of the step on them", ge=0.001, le=0.05, log=True,
        label="Inner rate")
    learning_rate: float = setting(
        0.01, "Adam's, of the updates themselves", ge=0.001, le=0.02, log=True, group="Training")
    n_tasks: int = setting(10, "Tasks per update; the first one is drawn", ge=1, le=25,
                           unit="tasks", group="Training", label="Tasks")
    width: int = setting(40, "Units of each of two hidden layers", ge=8, le=64, unit="units",
                         step=8, group="Network")
    n_seeds: int = setting(1, "Nets, each with its own weights and tasks; the first one is drawn",
                           ge=1, le=16, unit="seeds", group="Seeds")
    seed: int = setting(0, "The first seed: initial weights and tasks", ge=0, le=9999,
                        group="Seeds")


def lab_config(config: Config) -> sinusoids.Config:
    """The lab in which these nets are trained."""
    same = {name: getattr(config, name) for name in sinusoids.Config.model_fields
            if name in Config.model_fields}
    return sinusoids.Config(**same, nets=(config.learner,))


@dataclass(frozen=True)
class Done:
    """What a step on a task does to K nets.

    Attributes:
        x, y: Points of the task and what is right there: those to adapt with, then those that are
            asked, (K, n, 1).
        curves: What the nets say at `places` before the step, after it, and after the update and
            another step, (3, K, place).
        slopes: By kind and layer the length of the gradient, (kind, layer, K).
        numbers: By name of `NUMBERS`, (number, K).
    """

    x: Tensor
    y: Tensor
    curves: np.ndarray
    slopes: np.ndarray
    numbers: np.ndarray


def places() -> np.ndarray:
    """Where curves are drawn, (place,)."""
    return np.linspace(*ENDS, N_DRAWN)


def done(config: Config) -> Done:
    """Trains the nets as the lab does, and takes the steps."""
    lab = lab_config(config)
    race, batches = sinusoids.race_of(lab, config.learner), sinusoids.batches(lab)
    for _ in range(config.at):
        race.step(*next(batches))
    net = sinusoids.net_of(lab, config.learner)
    x, y = next(batches)  # (K, T, n, 1)
    before = views(net.shapes, race.p.detach().clone())
    race.step(x, y)
    after = views(net.shapes, race.p.detach())
    return of_task(net, before, after, x[:, 0], y[:, 0])


def of_task(net: Adapting, before: Parameters, after: Parameters, x: Tensor, y: Tensor) -> Done:
    """What happens on one task (K, n, 1) to nets before an update, and after it."""
    n = net.n_shots
    given, asked = (x[:, :n], y[:, :n]), (x[:, n:], y[:, n:])
    p = _traced(before)
    inner = _slopes(net.errors(p, *given), p)
    own = net.adapted(p, *given, second_order=True)
    outer = _slopes(net.errors(own, *asked), p)
    cut = _traced(own)
    first_order = _slopes(net.errors(cut, *asked), cut)
    moved = _traced(after)
    again = net.adapted(moved, *given)
    where = torch.from_numpy(places()).to(x.dtype).expand(len(x), -1)[..., None]
    with torch.no_grad():
        curves = [net.forward(each, where)[..., 0] for each in (p, own, again)]
        errors = [net.errors(each, *part) for each, part in (
            (p, given), (own, given), (p, asked), (own, asked), (again, asked))]
    lengths = [[_length([g for name, g in slopes.items() if name.startswith(layer)])
                for layer in LAYERS] for slopes in (inner, outer, first_order)]
    rows = [torch.cat([g.flatten(1) for g in slopes.values()], 1)
            for slopes in (outer, first_order)]
    cosine = torch.nn.functional.cosine_similarity(*rows, dim=1)
    return Done(x, y, torch.stack(curves).numpy(), np.array(
        [[length.numpy() for length in kind] for kind in lengths]),
        torch.stack([*errors, cosine]).numpy())


def _traced(p: Parameters) -> dict[str, Tensor]:
    return {name: a.detach().clone().requires_grad_() for name, a in p.items()}


def _slopes(errors: Tensor, p: Parameters) -> dict[str, Tensor]:
    """The gradient of K nets' errors, by name of the parameters."""
    found = torch.autograd.grad(errors.sum(), list(p.values()), retain_graph=True)
    return dict(zip(p, found, strict=True))


def _length(parts: list[Tensor]) -> Tensor:
    """Of K gradients in parts, (K,)."""
    return torch.cat([g.flatten(1) for g in parts], 1).norm(dim=1)


def steps(config: Config) -> range:
    """Those of the frames."""
    return range(len(SUB_STEPS))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab trains them, then one task, a part at a time."""
    found = done(config)

    def measure() -> Measured:
        return _frame(config, found, t), [_note(config, found, t)]

    for t in steps(config):
        yield t, measure


def _frame(config: Config, found: Done, t: int) -> dict[str, np.ndarray]:
    """What there is at the t-th sub-step: of the first seed, but for the numbers."""
    step, n = SUB_STEPS[t], config.n_shots
    shown = {"net": (0,), "points": (0,), "update": (0, 1), "again": (0, 1, 2)}.get(step, (0, 1))
    curves = np.full((3, N_DRAWN), np.nan)
    curves[list(shown)] = found.curves[list(shown), 0]
    points = torch.cat([found.x, found.y], -1)[0].numpy()  # (n, xy)
    given = points[:n] if t >= SUB_STEPS.index("points") else np.full((n, 2), np.nan)
    asked = points[n:] if t >= SUB_STEPS.index("asked") else np.full((N_ASKED, 2), np.nan)
    slopes = np.full(found.slopes.shape[:2], np.nan)
    known = {"inner": 1, "asked": 1, "outer": 3, "update": 3, "again": 3}.get(step, 0)
    slopes[:known] = found.slopes[:known, :, 0]
    errors = np.array([
        value if t >= SUB_STEPS.index(KNOWN[name]) else np.nan
        for name, value in zip(NUMBERS[:-1], found.numbers[:-1, 0], strict=True)])
    arrays = {"curves": curves, "given": given, "asked": asked, "slopes": slopes,
              "errors": errors, "numbers": found.numbers}
    return {name: a.astype(np.float32) for name, a in arrays.items()}


def _note(config: Config, found: Done, t: int) -> Note:
    """What this sub-step does to the first net, with its numbers."""
    numbers: Mapping[str, float] = dict(zip(NUMBERS, found.numbers[:, 0].tolist(), strict=True))
    inner, outer, first_order = np.linalg.norm(found.slopes[..., 0], axis=1)
    return Note(SUB_STEPS[t], {
        **{name: f"{value:.3g}" for name, value in numbers.items()},
        "at": config.at, "n": config.n_shots, "asked": N_ASKED, "tasks": config.n_tasks,
        "rate": f"{config.inner_rate:g}", "inner": f"{inner:.3g}",
        "far": f"{config.inner_rate * inner:.3g}", "outer": f"{outer:.3g}",
        "first_order": f"{first_order:.3g}",
    })


NOTES = {
    "net": "The net after {at} updates, and what it says of all places; of the task it has seen "
           "nothing.",
    "points": "{n} points of a new curve. Squared error at them: {adapt_before}.",
    "inner": "Inner step: θ' = θ − {rate} × gradient. The gradient is {inner} long, so that the "
             "weights go {far} far; the error at the points falls from {adapt_before} to "
             "{adapt_after}.",
    "asked": "{asked} other points of the curve ask what that step is worth: squared error "
             "{ask_before} before it, {ask_after} after it.",
    "outer": "Outer gradient: of {ask_after} by θ, through the step. It is {outer} long, without "
             "second derivatives {first_order}; the cosine between the two is {cosine}.",
    "update": "The update goes against the mean of the outer gradients of {tasks} tasks, with "
              "Adam: it changes θ, from where the inner step starts.",
    "again": "The same step on the same points from the new θ: squared error at the other points "
             "{ask_again}, where it was {ask_after}.",
}

DIMS = {
    "curves": ("step", "when", "place"),
    "given": ("step", "point", "xy"),
    "asked": ("step", "other", "xy"),
    "slopes": ("step", "kind", "layer"),
    "errors": ("step", "error"),
    "numbers": ("step", "number", "seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"when": ["before", "after", "again"], "place": places().round(3).tolist(),
            "point": list(range(config.n_shots)), "other": list(range(N_ASKED)),
            "xy": ["x", "y"], "kind": list(SLOPES), "layer": list(LAYERS),
            "error": list(KNOWN), "number": list(NUMBERS), "seed": list(config.seeds)}
