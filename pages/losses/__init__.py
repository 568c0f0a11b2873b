"""Losses: what is minimised, and is that what one wants?"""

from __future__ import annotations

from core.concepts.losses import classes as classes_lab
from core.concepts.losses import numbers as numbers_lab
from core.config import with_changes
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from pages.losses import classes, likelihood, numbers, one_step
from pages.losses.scenes import SCENES


def at_any_temperature(config: classes_lab.Config) -> classes_lab.Config:
    """A temperature changes nothing in training: all are in the frames of one run."""
    return with_changes(config, temperature=1.0)


__all__ = ["LABS", "SCENES"]
LABS = {
    "classes": Lab("Classes", classes.charts, hidden=classes.without_effect,
                   trained=at_any_temperature,
                   repairs=lambda config: {"stuck": {"rates": "own"}}),
    "numbers": Lab("Numbers", numbers.charts, hidden=numbers.without_effect, on_click=numbers.put,
                   narrower=lambda config: {"n_samples": (
                       numbers_lab.LEAST_SAMPLES, numbers_lab.most_samples(config.source))},
                   slowly=lambda config, at: slow_motion("losses.step", config, at)),
    "likelihood": Lab("Likelihood", likelihood.charts, hidden=likelihood.without_effect,
                      look="heads"),
    "step": Lab("One update, slowly", one_step.charts, "sub-step", seconds=15, says=True,
                hidden=one_step.without_effect),
}
