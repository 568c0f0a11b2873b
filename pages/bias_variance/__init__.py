"""Bias and variance: what an expected error is made of, measured on many data sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

from core.concepts.bias_variance import classification, regression
from core.config import label_of
from explorer.charts import axis
from explorer.live import Chart, Click
from explorer.maps import shaded, two_sided
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from pages.bias_variance import pictures
from pages.bias_variance.one_step import step_charts
from pages.bias_variance.scenes import SCENES
from pages.bias_variance.styles import SQUARED_ERRORS, ZERO_ONE_ERRORS


def regression_charts(config: regression.Config, look: str) -> list[Chart]:
    number = regression.complexity(config)
    values, shown = number.sweep(config), number.shown(config)
    position, ceiling = values.index(shown), regression.ceiling(config)
    what = number.say(shown)
    own = regression.is_own(config)
    parts = {key: SQUARED_ERRORS[key] for key in ("noise", "bias_squared", "variance")}
    if own:  # there noise cannot be told from bias
        del parts["noise"]
        parts["bias_squared"] = replace(parts["bias_squared"], label="Bias² and noise")
    along = [] if own else [
        pictures.stacked(
            "along", "stack_x", parts, title=f"Error along x, {what}", width="third",
            x_axis=axis("x", range=[0, 1]), y_title="Squared error", y_max=ceiling,
            grid={"x0": 0, "dx": regression.STEP},
            more=[pictures.curve("test_error", "test_error_x", regression.STEP)],
            alt="Noise, bias squared and variance along x, and the measured error.",
        ),
    ]
    return [
        pictures.fits(
            "fits", regression.N_FITS, regression.STEP, regression.y_range(config),
            title=f"{label_of(regression.Config, 'family', config.family)}, {what}: fit after fit",
            alt="Single fits, their mean and the truth.", has_truth=not own,
        ),
        pictures.stacked(
            "parts", "stack", parts,
            title="Error by complexity",
            x_axis=pictures.complexity_axis(number.axis, values), y_title="Mean squared error",
            y_max=ceiling, grid={"x": list(range(len(values)))}, shown=position,
            more=[
                pictures.mean_line("train_error", "train_error", len(values)),
                pictures.measured("test_error", "test_error", len(values), config.n_seeds),
                pictures.lowest(),
            ],
            alt="Noise, bias squared and variance by complexity, and the measured error.",
        ),
        *along,
        pictures.convergence(
            "convergence", shown, config.n_resamples, y_max=ceiling, seed=config.seed,
            title=("Bias² and noise, and variance" if own else "Bias² and variance")
            + " ± 2 standard errors", bias=parts["bias_squared"], has_truth=not own,
            alt="Estimates of bias squared and variance against the number of data sets.",
        ),
        pictures.gap(
            "gap", regression.gap_sizes(config), config.n_seeds,
            None if own else regression.noise_of(config), title=f"Generalization gap, {what}",
            y_max=ceiling, shown=config.n_samples,
            alt="Training error and error on fresh data against the size of the data set.",
        ),
    ]


def classification_charts(config: classification.Config, look: str) -> list[Chart]:
    number = classification.complexity(config)
    values, shown = number.sweep(config), number.shown(config)
    x, y = (a.tolist() for a in classification.axes(config))
    family = label_of(classification.Config, "family", config.family)
    what = f"{family}, {number.say(shown)}"
    levels = {"noise": ZERO_ONE_ERRORS["noise_left"]} | {
        key: ZERO_ONE_ERRORS[key] for key in ("bias", "variance_unbiased")}
    return [
        pictures.surface(
            "share", "share", x, y, title=f"{what}: what the fits vote for, newest data set",
            colours=two_sided("Votes", {0: "class 0", 0.5: "tie", 1: "class 1"}, pictures.CLASSES),
            sample=True,
            alt="Share of fits that predict class 1, over the plane.",
        ),
        pictures.stacked(
            "parts", "stack", levels,
            title="Error by complexity",
            x_axis=pictures.complexity_axis(number.axis, values), y_title="Share wrong", y_max=0.6,
            grid={"x": list(range(len(values)))}, shown=values.index(shown),
            more=[
                pictures.helped("stack", len(values)),
                pictures.measured("fresh_labels", "test_error", len(values), config.n_seeds),
                pictures.lowest(),
            ],
            alt="Noise, bias and variance by complexity, and the measured error.",
        ),
        pictures.surface(
            "bias", "bias", x, y, title="Bias: the main prediction is not the likelier class",
            colours=shaded("Bias", {0: "0", 1: "1"}, ("none", "biased"), light="low"),
            alt="Bias over the plane.",
        ),
        pictures.surface(
            "net_variance", "net_variance", x, y,
            title="Net variance: where scatter hurts and helps",
            colours=two_sided("Net variance", {-0.5: "helps", 0: "0", 0.5: "hurts"}, (
                ZERO_ONE_ERRORS["variance_biased"].color,
                ZERO_ONE_ERRORS["variance_unbiased"].color,
            )),
            alt="Net variance over the plane.",
        ),
    ]


def lab_of(
    name: str, module: ModuleType, charts_of: Callable[[Any, str], list[Chart]]
) -> Lab[Any]:
    """Of the families' numbers only the one that counts; a click chooses its value."""
    every = {family.complexity.setting for family in module.FAMILIES.values()}

    def choose(click: Click, config: Any) -> dict[str, Any]:
        number = module.complexity(config)
        values = number.sweep(config)
        return {number.setting: values[min(max(round(click.x), 0), len(values) - 1)]}

    return Lab(
        name, charts_of, step="data set", on_click=choose,
        hidden=lambda config: every - {module.complexity(config).setting},
        narrower=lambda config: module.complexity(config).bounds(config),
    )


def without_effect(config: regression.Config) -> set[str]:
    """Of a visitor's own numbers noise and places are what they are."""
    known = {"noise_sd", "design"} if regression.is_own(config) else set()
    return known | REGRESSION.hidden(config)


def narrower(config: regression.Config) -> dict[str, tuple[float, float]]:
    samples = (regression.LEAST_SAMPLES, regression.most_samples(config.truth))
    return {"n_samples": samples, **REGRESSION.narrower(config)}


REGRESSION = lab_of("Regression", regression, regression_charts)
__all__ = ["LABS", "SCENES"]
LABS = {
    "regression": replace(
        REGRESSION, hidden=without_effect, narrower=narrower,
        # its first repetition; data sets are counted there as frames are here
        slowly=lambda config, at: slow_motion(
            "bias_variance.step", config, at, n_resamples=at, n_seeds=1),
    ),
    "classification": lab_of("Classification", classification, classification_charts),
    "step": replace(
        lab_of("One data set", regression, step_charts), step="sub-step", seconds=15, says=True,
        on_click=lambda click, config: {},
    ),
}
