"""Convolution: small convolutional and dense nets learn the same images side by side."""

from __future__ import annotations

from core.concepts.convolution import inside as looked_into
from core.concepts.convolution import pictures as lab
from core.config import Config
from core.experiment import Experiment
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from pages.convolution import build, explain, inside, pictures, step
from pages.convolution.scenes import SCENES

__all__ = ["LABS", "SCENES"]


def without_effect(config: lab.Config) -> set[str]:
    hidden = {"learning_rate"} if config.rates == "own" else set()
    hidden |= {"noise", "shift", "rotation", "clutter"} if config.data != "strokes" else set()
    given = {"augment_shift": "shift", "augment_rotation": "rotation"}
    return hidden | {field for field, name in given.items() if name not in config.augment}


def slowly(config: looked_into.Config, at: int) -> tuple[Experiment, Config]:
    """One kernel of such a net at that step."""
    return slow_motion("convolution.step", config, at, n_seeds=1)


LABS = {
    "pictures": Lab("Pictures", pictures.charts, hidden=without_effect,
                    narrower=lambda config: {
                        "n_train": (lab.LEAST_TRAIN, lab.most_train(config.data))},
                    repairs=lambda config: {"guesses": {"rates": "own"}}),
    "build": Lab("Build", build.charts),
    "inside": Lab("Inside", inside.charts, slowly=slowly),
    "explain": Lab("Where from?", explain.charts, slowly=slowly),
    "step": Lab("One kernel, slowly", step.charts, "sub-step", seconds=20, says=True,
                hidden=lambda config: {"picture"} if config.shows == "update" else set()),
}
