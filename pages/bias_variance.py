"""Bias and variance: what an expected error is made of, measured on many data sets."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from core.concepts import labs_of
from core.concepts.bias_variance import classification, regression
from core.config import Config
from core.experiment import Experiment, Preset
from explorer import bias_charts as charts
from explorer import controls
from explorer.catalog import concept
from explorer.charts import axis
from explorer.lesson import header, lesson
from explorer.live import Chart, Click, live_view
from explorer.server import service
from explorer.theme import name_of

CONCEPT = concept("bias_variance")
REGRESSION, CLASSIFICATION = labs_of("bias_variance")


def chosen(experiment: Experiment, lab: ModuleType) -> tuple[Any, Preset | None]:
    """The controls of a lab; of the families' numbers only the one that counts."""
    def hidden(config: Config) -> set[str]:
        numbers = {family.complexity.setting for family in lab.FAMILIES.values()}
        return numbers - {lab.complexity(config).setting}

    return controls.configure(
        experiment, lab.Config, hidden=hidden,
        narrower=lambda config: lab.complexity(config).bounds(config),
    )


def regression_charts(config: regression.Config) -> list[Chart]:
    number = regression.complexity(config)
    values, shown = number.sweep(config), number.shown(config)
    position, ceiling = values.index(shown), regression.ceiling(config)
    what = number.say(shown)
    parts = ("noise", "bias_squared", "variance")
    return [
        charts.fits(
            "fits", regression.N_FITS, regression.STEP, regression.y_range(config),
            title=f"{name_of(config.family)}, {what}: fit after fit",
            alt="Single fits, their mean and the truth.",
        ),
        charts.stacked(
            "parts", "stack", parts,
            title="Error by complexity, a dot per repetition (click to choose)",
            x_axis=charts.complexity_axis(number.axis, values), y_title="Mean squared error",
            y_max=ceiling, grid={"x": list(range(len(values)))}, shapes=[charts.mark(position)],
            more=[
                charts.mean_line("train_error", "train_error", len(values)),
                charts.measured("test_error", "test_error", len(values), config.n_seeds),
                charts.lowest(),
            ],
            alt="Noise, bias squared and variance by complexity, and the measured error.",
            clickable=True,
        ),
        charts.stacked(
            "along", "stack_x", parts, title=f"Error along x, {what}", width="third",
            x_axis=axis("x", range=[0, 1]), y_title="Squared error", y_max=ceiling,
            grid={"x0": 0, "dx": regression.STEP},
            more=[charts.curve("test_error", "test_error_x", regression.STEP)],
            alt="Noise, bias squared and variance along x, and the measured error.",
        ),
        charts.convergence(
            "convergence", position, config.n_resamples, y_max=ceiling,
            title="Bias² and variance ± 2 standard errors",
            alt="Estimates of bias squared and variance against the number of data sets.",
        ),
        charts.gap(
            "gap", regression.gap_sizes(config), config.n_seeds, regression.noise_of(config),
            title=f"Generalization gap, {what}", y_max=ceiling,
            shown=config.n_samples,
            alt="Training error and error on fresh data against the size of the data set.",
        ),
    ]


def classification_charts(config: classification.Config) -> list[Chart]:
    number = classification.complexity(config)
    values, shown = number.sweep(config), number.shown(config)
    x, y = (a.tolist() for a in classification.axes(config))
    what = f"{name_of(config.family)}, {number.say(shown)}"
    return [
        charts.surface(
            "share", "share", x, y, title=f"{what}: what the fits vote for, newest data set",
            z_title="Share for class 1", z_range=(0, 1), sample=True,
            alt="Share of fits that predict class 1, over the plane.",
        ),
        charts.stacked(
            "parts", "stack", ("noise_left", "bias", "variance_unbiased"),
            title="Error by complexity, a dot per repetition (click to choose)",
            x_axis=charts.complexity_axis(number.axis, values), y_title="Share wrong", y_max=0.6,
            grid={"x": list(range(len(values)))}, shapes=[charts.mark(values.index(shown))],
            more=[
                charts.helped("stack", len(values)),
                charts.measured("fresh_labels", "test_error", len(values), config.n_seeds),
                charts.lowest(),
            ],
            alt="Noise, bias and variance by complexity, and the measured error.", clickable=True,
        ),
        charts.surface(
            "bias", "bias", x, y, title="Bias: the main prediction is not the likelier class",
            z_title="Bias", z_range=(0, 1), alt="Bias over the plane.",
        ),
        charts.surface(
            "net_variance", "net_variance", x, y,
            title="Net variance: where scatter hurts (+) and helps (−)",
            z_title="Net variance", z_range=(-0.5, 0.5), alt="Net variance over the plane.",
        ),
    ]


experiment = controls.choose_lab((REGRESSION, CLASSIFICATION))
lab = regression if experiment is REGRESSION else classification
config, preset = chosen(experiment, lab)


def choose(click: Click) -> None:
    """Draws the complexity that was clicked."""
    number = lab.complexity(config)
    values = number.sweep(config)
    value = values[min(max(round(click.x), 0), len(values) - 1)]
    controls.set_values(experiment, **{number.setting: value})


header(CONCEPT, preset)
run = service.runs().start(experiment, config, service.viewer(experiment.name))
views = (regression_charts if experiment is REGRESSION else classification_charts)(config)
live_view(experiment.name, run.token, views, on_click=choose, step="data set")
lesson(CONCEPT, experiment, preset, run)
