"""Overfitting and regularization: a model that could memorise, and what keeps it from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.concepts import labs_of
from core.config import Config
from core.experiment import Experiment
from explorer import controls, remedy_charts
from explorer import regularization_charts as charts
from explorer.catalog import concept
from explorer.lesson import header, lesson
from explorer.live import Chart, live_view
from explorer.server import service

CONCEPT = concept("regularization")
EXPERIMENTS = {e.name.partition(".")[2]: e for e in labs_of("regularization")}


@dataclass(frozen=True)
class Lab:
    """What a lab shows.

    Attributes:
        charts: For a configuration.
        step: What its frames count.
        hidden: The fields that make no difference at a configuration.
    """

    charts: Callable[[Any], list[Chart]]
    step: str = "step"
    hidden: Callable[[Any], set[str]] = lambda config: set()


LABS = {
    "remedies": Lab(remedy_charts.remedies_charts),
    "strength": Lab(
        remedy_charts.strength_charts,
        hidden=lambda config: {"n_train"} if config.along == "n_train" else set(),
    ),
    "plane": Lab(remedy_charts.plane_charts),
    "double_descent": Lab(charts.double_descent_charts, step="features"),
    "cross_validation": Lab(charts.cross_validation_charts, step="folds"),
    "search": Lab(charts.search_charts, step="trials"),
}

experiment: Experiment = controls.choose_lab(tuple(EXPERIMENTS.values()))
lab = LABS[experiment.name.partition(".")[2]]
config, preset = controls.configure(experiment, Config, hidden=lab.hidden)

header(CONCEPT, preset)
run = service.runs().start(experiment, config, service.viewer(experiment.name))
live_view(experiment.name, run.token, lab.charts(config), step=lab.step)
lesson(CONCEPT, experiment, preset, run)
