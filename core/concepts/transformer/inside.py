"""What does each head look at, when does it begin to, and what is lost without it?

Nets of one kind learn one task. Of every head: how much it looks at the place before, how much at
the places that the answer stands at (for repeated blocks that is the induction score: what came
after the last of the same symbol), how evenly, and how many answers are right when it is
switched off.

Papers: Olsson et al. 2022 (induction heads, scores and switching heads off), Vaswani et al. 2017.
Differs from the papers in: nets of some ten thousand parameters on random letters; a head that is
switched off says nothing, in the paper also its mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from core.concepts.transformer.common import (
    START,
    CommonConfig,
    Exam,
    batches,
    broken,
    evenness,
    net_of,
    race_of,
    rate_factor,
    task_of,
)
from core.concepts.transformer.tasks import TASKS
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.half import half
from core.stacked.race import Race
from core.stacked.traced import Parameters, flat, views
from core.stacked.transformer import Transformer
from core.training import Algorithm, Measured, recorded
from core.words import Note

MAX_FRAMES = 30
FRAME_BYTES = 5 * 2**20
"""That the weights in the frames of a run may take."""
N_TEST = 32
"""New sequences of each seed that nets are measured on."""
FEATURES = (4, 8, 16, 32, 64)
"""Of a head: with so many it is looked at before training."""
SCALES = {"divided": True, "not_divided": False}
"""Whether scores are divided by the root of a head's features."""
FOUND, LOST = 0.4, 0.15
"""From here on it is said what a head looks at, and that a net cannot do without it."""


class Config(CommonConfig):
    """A net, what it is asked, and how it learns."""

    task: Literal["reverse", "sort", "count", "previous", "repeats", "one_period"] = setting(
        "repeats", "What is to be said at each place of a sequence",
        names={name: task.label for name, task in TASKS.items()},
    )
    n_layers: int = setting(2, "One after the other", ge=1, le=3, unit="layers")
    n_steps: int = setting(300, "Number of updates", ge=20, le=600, unit="steps", step=20)
    learning_rate: float = setting(0.006, "Adam's", ge=0.0005, le=0.04, log=True)
    mlp: bool = setting(False, "Whether a layer has an MLP after its attention", group="Network",
                        label="MLP")
    width: int = setting(
        32, "Features of a state", ge=16, le=64, unit="features", step=16, group="Network"
    )


def steps(config: Config) -> list[int]:
    """The recorded ones: fewer where the weights in a frame are many."""
    most = FRAME_BYTES // (2 * net_of(config).n_parameters)
    return recorded_steps(config.n_steps, min(MAX_FRAMES, most))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """One net per seed."""
    race, exam, t = race_of(config, net_of(config)), Exam(config, N_TEST), 0

    def measure() -> Measured:
        arrays = measured(config, race, exam)
        once = {} if t else {"untrained": untrained(config, exam)}
        return {**arrays, **once}, news(config, t, arrays)

    yield t, measure
    for t, (x, y) in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        race.step(x, y, rate_factor(config, t))
        yield t, measure


def measured(config: Config, race: Race, exam: Exam) -> dict[str, np.ndarray]:
    """The arrays of a frame: (seed,), those of heads (head, seed); the first seed's weights."""
    net = net_of(config)
    with torch.inference_mode():
        p = views(net.shapes, race.p)
        seen = net.see(p, exam.x)
        looks = torch.cat(seen.looks, 2).nan_to_num(0)  # (seed, B, all heads, T, T)
        at_source = (looks * exam.source[:, :, None]).sum(-1)[..., exam.here].mean((1, 3))
        before = looks.diagonal(-1, -2, -1).mean((1, 3))
        even = torch.cat([evenness(look, net.causal) for look in seen.looks], 1)
        right = exam.right(seen)
        arrays = {"loss": exam.loss(seen), "right": right, "source": at_source.T.numpy(),
                  "before": before.T.numpy(), "evenness": even.T.numpy(),
                  "without": without(net, p, exam)}
        arrays["lost"] = right - arrays["without"]
    found = {name: a.astype(np.float32) for name, a in arrays.items()}
    return {**found, "weights": half(race.p[0].nan_to_num(0))}


def without(net: Transformer, p: Parameters, exam: Exam) -> np.ndarray:
    """The share right when one head is switched off, (head, seed)."""
    found = []
    for i in range(net.n_layers * net.n_heads):
        kept = torch.ones(net.n_layers * net.n_heads)
        kept[i] = 0
        found.append(exam.right(net.see(p, exam.x, kept.view(net.n_layers, net.n_heads))))
    return np.stack(found)


def untrained(config: Config, exam: Exam) -> np.ndarray:
    """How evenly a single head of so many features looks before training, with the scale and
    without: (scale, features, seed).
    """
    found = [[_untrained(config, exam, n, scale) for n in FEATURES] for scale in SCALES.values()]
    return np.array(found, np.float32)


def _untrained(config: Config, exam: Exam, n_features: int, scale: bool) -> np.ndarray:
    net = replace(net_of(config), n_layers=1, n_heads=1, width=n_features, scale=scale)
    rows = np.stack([flat(net.shapes, net.start(np.random.default_rng((seed, START))))
                     for seed in config.seeds])
    with torch.inference_mode():
        (look,) = net.see(views(net.shapes, torch.from_numpy(rows)), exam.x).looks
        return np.asarray(evenness(look, net.causal)[:, 0].numpy())


def heads(config: Config) -> list[str]:
    """Names of all heads: of the first of the second layer "2.1"."""
    return [f"{i}.{j}" for i in range(1, config.n_layers + 1)
            for j in range(1, int(config.n_heads) + 1)]


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Which heads of the first net have found what to look at, and which it cannot do without."""
    for i, head in enumerate(heads(config)):
        for what in ("source", "before"):
            if arrays[what][i, 0] >= FOUND:
                yield Note(f"found.{what}", {"head": head, "step": t, "share": f"{FOUND:.0%}"},
                           f"{what} {head}")
    if t == config.n_steps:
        needed = [head for i, head in enumerate(heads(config)) if arrays["lost"][i, 0] >= LOST]
        if needed:
            yield Note("needed", {"heads": ", ".join(needed), "points": f"{100 * LOST:.0f}"})
    if n := broken(arrays["loss"]):
        yield Note("broken", {"step": t, "n": n, "n_seeds": config.n_seeds})


NOTES = {
    "found.source": "From step {step} on head {head} of the first net has at least {share} of its "
                    "attention on where the answer stands.",
    "found.before": "From step {step} on head {head} of the first net has at least {share} of its "
                    "attention on the place before.",
    "needed": "Switched off one at a time in the first net, these heads cost at least {points} "
              "points of the right answers: {heads}.",
    "broken": "By step {step} the numbers of {n} of {n_seeds} nets have grown beyond all bounds. "
              "A smaller learning rate, a layer norm or a warm-up mends it.",
}
DIMS = {
    "loss": ("step", "seed"),
    "right": ("step", "seed"),
    "source": ("step", "head", "seed"),
    "before": ("step", "head", "seed"),
    "evenness": ("step", "head", "seed"),
    "without": ("step", "head", "seed"),
    "lost": ("step", "head", "seed"),
    "untrained": ("scale", "features", "seed"),
    "weights": ("step", "parameter"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"head": heads(config), "seed": list(config.seeds),
            "scale": list(SCALES), "features": list(FEATURES),
            "parameter": list(range(net_of(config).n_parameters))}


def net_as_data(config: Config) -> dict[str, Any]:
    """The first net for who runs it elsewhere."""
    net, task = net_of(config), task_of(config)
    return {
        "shapes": {name: list(shape) for name, shape in net.shapes.items()},
        "n_layers": net.n_layers, "n_heads": net.n_heads, "width": net.width,
        "positions": net.positions, "norm": net.norm, "residual": net.residual, "mlp": net.mlp,
        "scale": net.scale, "causal": net.causal, "symbols": task.symbols,
        "answers": task.answers,
    }
