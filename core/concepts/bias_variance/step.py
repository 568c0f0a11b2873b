"""One data set of the regression lab, slowly: drawn, fitted, averaged, measured at one place.

The lab's own data sets and fits, up to the one that is looked at; then a frame per sub-step.
Differs from the lab in: it measures at one x, not over all of them, and for one model only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.bias_variance import regression
from core.concepts.bias_variance.complexity import nothing_yet
from core.concepts.bias_variance.regression import GRID, N_FITS, TRUTHS, Source, complexity
from core.config import names_of, setting, with_changes
from core.decomposition import squared_loss
from core.experiment import Claim, Preset
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

if TYPE_CHECKING:
    import xarray

MOST = 200
SUB_STEPS = ("before", "drawn", "fitted", "averaged", "bias", "variance", "sum")
PARTS = ("truth", "fit", "before", "mean", "bias_squared", "variance", "error")
"""What is known at the place that is looked at."""
SUM = ("bias_squared", "variance", "error")
"""The first two make the third."""


class Config(regression.Config):
    """The regression lab's settings, which data set is drawn slowly, and where it is measured."""

    truth: Literal["sine", "line", "step", "bumps"] = setting(
        "sine", "The function that the data come from", names=names_of(regression.Config, "truth"),
    )
    n_resamples: int = setting(
        7, "The data set that is drawn slowly; those before it are drawn and fitted already",
        ge=2, le=MOST, label="Data set number",
    )
    n_seeds: int = setting(
        1, "Independent repetitions; the first one is drawn", ge=1, le=16, unit="seeds",
        group="Repetitions",
    )
    where: float = setting(0.25, "The x at which truth, mean and fit are compared", ge=0, le=1,
                           step=0.05, label="At x")


def place(config: Config) -> int:
    """The position on the grid at which it is measured."""
    return int(np.abs(GRID - config.where).argmin())


@dataclass(frozen=True)
class Drawn:
    """The data sets up to the one that is looked at.

    Attributes:
        sample: x and y of the last one of the first seed, (2, n).
        fits: On the grid, (R, S, m), the last one included.
    """

    sample: np.ndarray
    fits: np.ndarray


def draw(config: Config) -> Drawn:
    """Draws and fits them in the lab's chunks, so that they are the lab's."""
    source = Source(config, config.n_samples, complexity(config).sweep(config))
    shown = source.values.index(complexity(config).shown(config))
    fits: list[np.ndarray] = []
    samples: list[np.ndarray] = []
    for first, last in regression.chunks(MOST):
        if first >= config.n_resamples:
            break
        batch = source.fit(last - first)
        fits += list(batch.predictions[:, :, shown, : len(GRID)])
        samples += list(batch.sample)
    n = config.n_resamples
    return Drawn(samples[n - 1], np.array(fits[:n]))


def steps(config: Config) -> list[int]:
    """A frame per sub-step."""
    return list(range(len(SUB_STEPS)))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All data sets but one; then this one is drawn, fitted, averaged and measured."""
    drawn = draw(config)
    parts = measured_at(config, drawn)
    for i in steps(config):
        def measure(i: int = i) -> Measured:
            return _arrays(config, drawn, parts, i), (_note(config, parts, i),)

        yield i, measure


def measured_at(config: Config, drawn: Drawn) -> dict[str, np.ndarray]:
    """`PARTS` at the place that is looked at, (S,) each."""
    at = place(config)
    here, truth = drawn.fits[:, :, at], float(TRUTHS[config.truth](GRID)[at])
    found = squared_loss(here, np.array(truth))
    return {
        "truth": np.full(config.n_seeds, truth), "fit": here[-1], "before": here[:-1].mean(0),
        "mean": found.main, "bias_squared": found.bias_squared, "variance": found.variance,
        "error": found.error,
    }


def _arrays(
    config: Config, drawn: Drawn, parts: dict[str, np.ndarray], i: int
) -> dict[str, np.ndarray]:
    """What is known after sub-step i; nothing else has a number yet."""
    arrays = nothing_yet(DIMS, coords(config))
    done = SUB_STEPS[: i + 1]
    fits = drawn.fits[:, 0]
    known = fits if "averaged" in done else fits[:-1]
    arrays["fits"][: len(known[:N_FITS])] = known[-N_FITS:]
    arrays["main"] = known.mean(0)
    arrays["there"][: len(known)] = known[:, place(config)]
    if "drawn" in done:
        arrays["sample"] = drawn.sample
    if "fitted" in done:
        arrays["latest"], arrays["newest"] = fits[-1], np.array([len(fits), parts["fit"][0]])
    levels = [parts["mean" if "averaged" in done else "before"][0], parts["truth"][0]]
    arrays["lines"] = np.repeat(np.array(levels)[:, None], 2, 1)
    arrays["part"] = np.stack([parts[name] if _is_known(name, done) else np.full_like(a, np.nan)
                               for name, a in parts.items()])
    arrays["sum"] = arrays["part"][[PARTS.index(name) for name in SUM], 0]
    if "bias" in done:
        arrays["bias_arrow"] = np.array([parts["truth"][0], parts["mean"][0]])
    if "variance" in done:
        arrays["variance_arrow"] = np.array([parts["mean"][0], parts["fit"][0]])
    if i == 0:
        arrays["truth"] = TRUTHS[config.truth](GRID)
    return {name: np.asarray(a).astype(np.float32) for name, a in arrays.items()}


def _is_known(part: str, done: tuple[str, ...]) -> bool:
    since = {"fit": "fitted", "mean": "averaged", "bias_squared": "bias", "variance": "variance",
             "error": "sum"}
    return since.get(part, "before") in done


# --- what is said ------------------------------------------------------------------------


def short(value: float) -> str:
    """Three digits, not more than four places."""
    return f"{round(value, 4) + 0.0:.3g}".replace("-", "−")


def _note(config: Config, parts: dict[str, np.ndarray], i: int) -> Note:
    """What the sub-step does, with the first seed's numbers."""
    first = {name: float(value[0]) for name, value in parts.items()}
    n = config.n_resamples
    values: dict[str, Any] = {name: short(value) for name, value in first.items()}
    values |= {
        "n": n, "earlier": n - 1, "points": config.n_samples, "noise": f"{config.noise_sd:g}",
        "noise_squared": short(config.noise_sd**2), "family": config.family,
        "x": f"{GRID[place(config)]:.2g}", "from_mean": short(first["fit"] - first["before"]),
        "off": short(first["mean"] - first["truth"]),
        "scatter": short(first["fit"] - first["mean"]),
        "own": short((first["fit"] - first["mean"]) ** 2),
    }
    return Note(SUB_STEPS[i], values, about=str(i))


NOTES = {
    "before": "{earlier} data sets have been drawn and fitted. At x = {x} their mean says "
              "{before}; the truth there is {truth}.",
    "drawn": "Data set number {n} is drawn: {points} points, each the truth plus noise with the "
             "standard deviation {noise}.",
    "fitted": "{family}: fitted to these points alone, at x = {x} it says {fit}.",
    "averaged": "The fit joins the others. It is {from_mean} away from their mean, which moves by "
                "1/{n} of that: from {before} to {mean}.",
    "bias": "Bias: how far the mean is from the truth. {mean} minus {truth} is {off}; squared, "
            "{bias_squared}.",
    "variance": "Variance: how far single fits are from their mean. This one is {scatter} away, "
                "squared {own}; the mean of the squares of all {n} is {variance}.",
    "sum": "Bias² {bias_squared} plus variance {variance} is {error}: the mean squared distance of "
           "the {n} fits from the truth. Fresh data add the noise, {noise_squared}.",
    **names("family", names_of(regression.Config, "family")),
}


DIMS = {
    "truth": ("x",),
    "sample": ("step", "xy", "point"),
    "fits": ("step", "fit", "x"),
    "latest": ("step", "x"),
    "main": ("step", "x"),
    "there": ("step", "data_set"),
    "newest": ("step", "xy"),
    "lines": ("step", "line", "end"),
    "bias_arrow": ("step", "end"),
    "variance_arrow": ("step", "end"),
    "part": ("step", "quantity", "seed"),
    "sum": ("step", "term"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "x": GRID.tolist(), "xy": ["x", "y"], "point": list(range(config.n_samples)),
        "fit": list(range(N_FITS)), "data_set": list(range(1, config.n_resamples + 1)),
        "line": ["mean", "truth"], "end": ["tail", "tip"], "quantity": list(PARTS),
        "seed": list(config.seeds), "term": list(SUM),
    }


# --- what it teaches ---------------------------------------------------------------------

STIFF = Config(degree=1)
WIGGLY = Config(degree=12)
PRESETS = (
    Preset(
        "One more data set", Config(),
        "Six curves are there. How far will the seventh move their mean?",
        ("adds_up", "a_share_of_the_way"),
    ),
    Preset(
        "A straight line misses", STIFF,
        "A line is fitted to a sine. Which distance will be the longer one: from the mean to the "
        "truth, or from this fit to the mean?",
        ("stiff_is_bias",),
    ),
    Preset(
        "Degree 12 scatters", WIGGLY,
        "And for a curve of degree 12, which distance is the longer one?",
        ("wiggly_is_variance",),
    ),
    Preset(
        "The hundredth data set", with_changes(WIGGLY, n_resamples=100),
        "A hundred curves. How far does one more move their mean?",
        ("a_share_of_the_way",),
    ),
)


def _known(history: xarray.Dataset, quantity: str) -> np.ndarray:
    """At the end, (seed,)."""
    return history["part"].isel(step=-1).sel(quantity=quantity).values


def _adds_up(*histories: xarray.Dataset) -> np.ndarray:
    return np.all([np.isclose(_known(h, "bias_squared") + _known(h, "variance"),
                              _known(h, "error"), rtol=1e-4) for h in histories], axis=0)


def _share_of_the_way(*histories: xarray.Dataset) -> np.ndarray:
    def held(h: xarray.Dataset, n: int) -> np.ndarray:
        before, fit, mean = (_known(h, name) for name in ("before", "fit", "mean"))
        return np.isclose(n * (mean - before), fit - before, rtol=1e-3, atol=1e-3)

    return np.all([held(h, n) for h, n in zip(histories, (7, 100), strict=True)], axis=0)


def _bias_is_larger(h: xarray.Dataset) -> np.ndarray:
    return _known(h, "bias_squared") > 2 * _known(h, "variance")


def _variance_is_larger(h: xarray.Dataset) -> np.ndarray:
    return _known(h, "variance") > 2 * _known(h, "bias_squared")


CLAIMS = (
    Claim(
        "adds_up",
        "Bias² plus variance is the mean squared distance of the fits from the truth: for a line, "
        "for degree 12, after 7 data sets and after 100.",
        (STIFF, WIGGLY, with_changes(WIGGLY, n_resamples=100)), _adds_up,
        source="Geman, Bienenstock & Doursat 1992",
    ),
    Claim(
        "a_share_of_the_way",
        "The seventh fit moves the mean by a seventh of its distance, the hundredth by a "
        "hundredth.",
        (Config(), with_changes(WIGGLY, n_resamples=100)), _share_of_the_way,
    ),
    Claim(
        "stiff_is_bias",
        "Of seven straight lines at the crest of the sine, bias² is more than twice the variance.",
        (STIFF,), _bias_is_larger,
    ),
    Claim(
        "wiggly_is_variance",
        "Of seven curves of degree 12 at the same place, the variance is more than twice bias².",
        (WIGGLY,), _variance_is_larger, share=0.75,
    ),
)
