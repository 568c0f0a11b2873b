"""Convolution: small convolutional and dense nets learn the same images side by side."""

from __future__ import annotations

from core.concepts.convolution import pictures as lab
from explorer.page import Lab
from pages.convolution import build, inside, pictures
from pages.convolution.scenes import SCENES

__all__ = ["LABS", "SCENES"]


def without_effect(config: lab.Config) -> set[str]:
    hidden = {"learning_rate"} if config.rates == "own" else set()
    hidden |= {"noise", "shift", "rotation", "clutter"} if config.data == "digits" else set()
    given = {"augment_shift": "shift", "augment_rotation": "rotation"}
    return hidden | {field for field, name in given.items() if name not in config.augment}


LABS = {
    "pictures": Lab("Pictures", pictures.charts, hidden=without_effect),
    "build": Lab("Build", build.charts),
    "inside": Lab("Inside", inside.charts),
}
