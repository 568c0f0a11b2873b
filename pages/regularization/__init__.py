"""Overfitting and regularization: a model that could memorise, and what keeps it from it."""

from __future__ import annotations

from core.concepts.regularization.cross_validation import LEAST_SAMPLES, most_samples
from core.concepts.regularization.plane import LEAST_TRAIN, most_train
from core.concepts.regularization.remedies import Config as Remedies
from core.concepts.regularization.step import Config as Step
from core.concepts.regularization.strength import Config as Strength
from core.config import Config, names_of
from core.data.own import shape_of
from core.data.own_numbers import length_of
from core.experiment import Experiment
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from pages.regularization import fits, one_update, remedies
from pages.regularization.scenes import SCENES

__all__ = ["LABS", "SCENES"]


def without_effect(config: Step) -> set[str]:
    """The strengths of the remedies that neither net gets."""
    strengths = {"dropout", "input_noise", "weight_decay", "label_smoothing"}
    return strengths - {config.remedy}


def slowly(config: Remedies, at: int) -> tuple[Experiment, Config]:
    """The first of its remedies that can be watched at work on one image."""
    return _at_work(config, at, *config.remedies, *config.combined)


def slowly_at_usual_strength(config: Strength, at: int) -> tuple[Experiment, Config]:
    """The remedy whose strength is varied, at the strength that it has in *Remedies*."""
    return _at_work(config, at, config.remedy)


def _at_work(config: Config, at: int, *remedies: str) -> tuple[Experiment, Config]:
    known = [name for name in remedies if name in names_of(Step, "remedy")]
    return slow_motion("regularization.step", config, at, remedy=(*known, "dropout")[0])


LABS = {
    "remedies": Lab("Remedies", remedies.remedies_charts, slowly=slowly),
    "strength": Lab(
        "Strength", remedies.strength_charts, slowly=slowly_at_usual_strength,
        hidden=lambda config: {"n_train"} if config.along == "n_train" else set(),
    ),
    "plane": Lab(
        "Plane", remedies.plane_charts,
        hidden=lambda config: {"spread"} if shape_of(config.shape) else set(),
        narrower=lambda config: {"n_train": (LEAST_TRAIN, most_train(config.shape))},
    ),
    "double_descent": Lab("Double descent", fits.double_descent_charts, step="features"),
    "cross_validation": Lab(
        "Cross-validation", fits.cross_validation_charts, step="folds",
        hidden=lambda config: {"noise"} if length_of(config.source) else set(),
        narrower=lambda config: {"n_samples": (LEAST_SAMPLES, most_samples(config.source))},
    ),
    "search": Lab("Search", fits.search_charts, step="trials"),
    "step": Lab(
        "One update, slowly", one_update.charts, "sub-step", hidden=without_effect, seconds=17,
        says=True,
    ),
}
