"""The charts of the regularization labs. Pure functions, no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.regularization import cross_validation, double_descent, search
from core.data.own_numbers import length_of
from explorer.charts import HEIGHT, axis, counted, decade, dots, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.maps import heat_map, shaded
from explorer.theme import INK, ON_MAP, chosen
from pages.regularization.styles import FITS


def _marked(chart: Chart, x: float, label: str) -> Chart:
    """The chart with a vertical line at x of its logarithmic axis."""
    chart.figure["layout"]["shapes"] = [{
        "type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": INK, "width": 1},
    }]
    chart.figure["layout"]["annotations"] = [{
        "x": math.log10(x), "y": 1, "yref": "paper", "text": label, "showarrow": False,
        "xanchor": "left", "yanchor": "top", "xshift": 4, "font": {"color": INK},
    }]
    return chart


# --- double descent --------------------------------------------------------------------


def _features(config: double_descent.Config) -> dict[str, Any]:
    counts = double_descent.feature_counts(config)
    ends = [math.log10(counts[0] / 1.1), math.log10(counts[-1] * 1.1)]
    return axis("Number of features p", log=True, range=ends)


def _over_features(
    config: double_descent.Config, name: str, *, title: str, alt: str, y_title: str,
    y_range: list[float], log: bool = True,
) -> Chart:
    chart = learning_curves(
        name, name, chosen(FITS, double_descent.FITS), by="fit", n_seeds=config.n_seeds,
        title=title, alt=alt,
        y_title=y_title, log=log, y_range=y_range, x_axis=_features(config),
    )
    return _marked(chart, config.n_samples, "p = n")


def _spectrum(config: double_descent.Config) -> Chart:
    style = FITS["no_ridge"]
    data = [
        {"type": "scatter", "mode": "lines", "name": "√ridge", "uid": "ridge",
         "legendgroup": FITS["ridge"].label, "showlegend": False, "hoverinfo": "skip",
         "x": [1, config.n_samples], "y": [math.sqrt(config.ridge)] * 2,
         "line": {"color": FITS["ridge"].color, "width": 1}},
        {"type": "scatter", "mode": "markers", "name": "Singular value", "uid": "spectrum",
         "legendgroup": style.label, "showlegend": False,
         "x": list(range(1, config.n_samples + 1)), "hovertemplate": "%{y:.3g}",
         "marker": {"color": style.color, "size": 6}},
    ]
    layout = {
        "xaxis": axis("Rank, from the largest", range=[0, config.n_samples + 1]),
        "yaxis": axis("Singular value", log=True, range=[-5, 1.5]), "hovermode": "closest",
        "annotations": [{"x": 1, "y": math.log10(config.ridge) / 2, "text": "√ridge",
                         "showarrow": False, "xanchor": "left", "yanchor": "bottom",
                         "font": {"color": FITS["ridge"].color}}],
    }
    return Chart(
        "spectrum", {"data": data, "layout": layout}, (Bind(1, "state", y=Ref("spectrum")),),
        "Singular values of the features at this p, first seed",
        "Singular values of the feature matrix, from the largest to the smallest.", height=HEIGHT,
    )


def _ridge_map(config: double_descent.Config) -> Chart:
    counts = double_descent.feature_counts(config)
    chart = heat_map(
        "ridge_map", "ridge_map", counts, double_descent.RIDGES, log_x=True, log_y=True,
        title="Median test error by ridge", note="line: the best ridge for each p",
        x_title="Number of features p", y_title="Ridge",
        colours=shaded("Test error", {-1.5: "0.03", 0: "1", 1.5: "30"}, ("good", "bad"),
                       light="low"),
        z_hover="p = %{x:.0f}, ridge %{y:.2g}: 10^%{z:.2f}",
        alt="Map of the median test error over the number of features and the ridge.",
    )
    chart.figure["data"].append({
        "type": "scatter", "mode": "lines", "name": "Best ridge", "uid": "best",
        "showlegend": False, "x": counts, "line": {"color": ON_MAP[0], "width": 2.5},
        "hovertemplate": "best ridge %{y:.2g}",
    })
    last = len(chart.figure["data"]) - 1
    binds = (*chart.binds, Bind(last, "state", y=Ref("best_ridge")))
    return replace(chart, binds=binds)


def double_descent_charts(config: double_descent.Config, look: str) -> list[Chart]:
    """Errors, weights and singular values over the number of features."""
    start = 1 + config.label_noise**2  # the error of predicting zero
    smallest = learning_curves(
        "smallest", "smallest_singular_value", [replace(FITS["no_ridge"], key="features")],
        by="matrix",
        n_seeds=config.n_seeds,
        title="Smallest singular value of the features", y_title="Singular value", log=True,
        y_range=[-5, 1], x_axis=_features(config),
        alt="The smallest singular value of the features over their number.",
    )
    return [
        _over_features(
            config, "test_error", title="Test error", y_title="Mean squared error",
            y_range=[-2.5, 4], alt="Test error over the number of features.",
        ),
        _ridge_map(config),
        _over_features(
            config, "train_error", title="Training error", y_title="Mean squared error",
            y_range=[0, 1.1 * start], log=False,
            alt="Training error over the number of features.",
        ),
        _over_features(
            config, "weight_norm", title="Norm of the weights", y_title="Euclidean norm",
            y_range=[-0.5, 4.5], alt="Norm of the weights over the number of features.",
        ),
        _marked(smallest, config.n_samples, "p = n"),
        _spectrum(config),
    ]


# --- cross-validation ------------------------------------------------------------------

SMALLEST = min(ridge for ridge in cross_validation.RIDGES if ridge > 0)
NO_RIDGE = SMALLEST / 10
"""Where a logarithmic axis shows the ridge 0."""


def _ridges() -> dict[str, Any]:
    """An axis of ridges, 0 included."""
    ticks = [NO_RIDGE, *(10.0**k for k in range(-6, 3, 2))]
    labels = ["none", *(f"10<sup>{k}</sup>" if k else "1" for k in range(-6, 3, 2))]
    largest = max(cross_validation.RIDGES)
    return axis("Ridge", log=True, range=[math.log10(NO_RIDGE / 2), math.log10(largest * 2)]) | {
        "tickvals": ticks, "ticktext": labels}


def _curve(style: str, x: Sequence[float | None], part: str = "", **line: Any) -> dict[str, Any]:
    """A line in a method's style; a part of its picture is not in the legend."""
    method = FITS[style]
    return {
        "type": "scatter", "mode": "lines", "name": part or method.label,
        "uid": part or method.label, "x": list(x), "showlegend": not part,
        "legendgroup": method.label, "hovertemplate": "%{y:.3g}",
        "line": {"color": method.color, "width": 2.5, "dash": method.dash, **line},
    }


def _errors_by_ridge(config: cross_validation.Config) -> Chart:
    x = [ridge or NO_RIDGE for ridge in cross_validation.RIDGES]
    veil = {"fill": "toself", "fillcolor": FITS["cross_validated"].fill_faint, "hoverinfo": "skip"}
    data = [
        _curve("cross_validated", [*x, *x[::-1]], "One standard error", width=0) | veil,
        _curve("cross_validated", [*x, None] * config.n_folds, "A fold", width=0.8)
        | {"hoverinfo": "skip"},
        _curve("training_error", x),
        _curve("true_error", x),
        _curve("cross_validated", x, "Mean over folds"),
    ]
    if length_of(config.source):
        data[3] |= dict.fromkeys(("name", "legendgroup"), "Error on your other points")
    refs = (Ref("cv_band"), Ref("fold_error"), Ref("train_error", seed=config.seed),
            Ref("true_error", seed=config.seed), Ref("cv_error"))
    layout = {
        "xaxis": _ridges(), "yaxis": axis("Mean squared error", log=True, range=[-2, 2]),
        "annotations": [{  # the axis is broken: no ridge is no power of ten
            "x": math.log10(NO_RIDGE * 3.2), "yref": "paper", "y": 0, "text": "<b>//</b>",
            "showarrow": False, "yanchor": "middle"}],
        "hovermode": "x unified",
    }
    return Chart(
        "errors", {"data": data, "layout": layout},
        tuple(Bind(i, "state", y=ref) for i, ref in enumerate(refs)),
        "Errors by ridge, first seed (thin lines: folds)",
        "Training error, error on held-out folds and true error over the ridge.", height=HEIGHT,
        note=counted("Mean squared error"),
    )


def _fits(config: cross_validation.Config) -> Chart:
    grid, own = cross_validation.GRID.tolist(), length_of(config.source)
    truth = cross_validation.truth(cross_validation.GRID).tolist()
    data: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "name": "True function", "uid": "truth", "x": grid,
         "y": [] if own else truth, "showlegend": False,
         "line": {"color": INK, "width": 1.5, "dash": "dot"}, "hoverinfo": "skip"},
        {"type": "scatter", "mode": "markers", "name": "Training points", "uid": "points",
         "showlegend": False, "marker": {"color": INK, "size": 7}, "hoverinfo": "skip"},
    ]
    binds = [Bind(1, "state", x=Ref("x"), y=Ref("y"))]
    for choice in cross_validation.CHOICES:
        binds.append(Bind(len(data), "state", y=Ref("fit", choice=choice)))
        data.append(_curve(choice, grid))
    high = 3 if own else 1.5 + 2 * config.noise
    layout = {"xaxis": axis("x", range=[-1.02, 1.02]), "yaxis": axis("y", range=[-high, high]),
              "hovermode": "closest"}
    return Chart(
        "fits", {"data": data, "layout": layout}, tuple(binds),
        "Fits of the first seed" + ("" if own else " (dotted: the true function)"),
        "The training points, the true function and the fit with each chosen ridge.",
        height=HEIGHT,
    )


def _by_index(chart: Chart, letter: str) -> Chart:
    """The chart with an axis on which a ridge stands at its place in `RIDGES`, 0 included."""
    decades = range(-4, 3, 2)
    places = [0, *(cross_validation.RIDGES.index(10.0**k) for k in decades)]
    labels = ["none", *(f"10<sup>{k}</sup>" if k else "1" for k in decades)]
    chart.figure["layout"][letter + "axis"] |= {"tickvals": places, "ticktext": labels}
    return chart


def cross_validation_charts(config: cross_validation.Config, look: str) -> list[Chart]:
    """Errors over ridges, the fits, and what is chosen over folds and seeds."""
    choices, n_seeds = chosen(FITS, cross_validation.CHOICES), config.n_seeds
    n_seen = config.n_folds * config.n_repeats
    folds = axis("Folds held out so far", range=[0, n_seen])
    ends = [-1, len(cross_validation.RIDGES)]
    far, squared = ("Error on your other points", "Mean squared error") if length_of(
        config.source) else ("Distance from the truth", "Mean squared distance")
    ridges, distances = (
        learning_curves(
            name, name, choices[:3], by="choice", n_seeds=n_seeds, title=title,
            y_title=y_title,
            log=log, y_range=y_range, x_axis=folds, alt=alt,
        )
        for name, title, y_title, log, y_range, alt in (
            ("chosen_index", "Chosen ridge", "Ridge", False, ends,
             "The chosen ridges over folds."),
            ("excess_error", far, squared, True, [-3, 1],
             "Distance of the fits from the true function over folds."),
        )
    )
    return [
        _errors_by_ridge(config),
        _fits(config),
        dots(
            "now", "excess_error", choices, by="choice", n_seeds=n_seeds, log=True, spread=0.6,
            title=f"{far} now", x_title=squared,
            alt="Mean squared distance from the true function of each seed's fits.",
        ),
        _by_index(dots(
            "ridges", "chosen_index", choices[:3], by="choice", n_seeds=n_seeds, x_range=ends,
            spread=0.6,
            title="Ridge chosen now", x_title="Ridge",
            alt="The ridge that each seed's folds choose.",
        ), "x"),
        _by_index(ridges, "y"),
        distances,
    ]


# --- search ----------------------------------------------------------------------------

_ACCURACY = shaded("Accuracy", {0.0: "0", 0.5: "0.5", 0.9: "0.9"}, ("bad", "good"), light="high")
"""The colours of accuracies, the same for maps and trials."""


def _plane(
    name: str, array: str, methods: tuple[str, ...], *, title: str, alt: str,
    colours: dict[str, Any] = _ACCURACY, z_hover: str = "accuracy %{z:.3f}",
) -> Chart:
    """A map over both settings, and the first seed's trials in the colours of their results."""
    rates, decays = search.axes()
    chart = heat_map(
        name, array, rates, decays, log_x=True, log_y=True, title=title, alt=alt,
        x_title="Learning rate", y_title="Weight decay", colours=colours,
        z_hover="rate %{x:.2g}, decay %{y:.2g}: " + z_hover,
    )
    data, binds = chart.figure["data"], list(chart.binds)
    for method in methods:
        style = FITS[method]
        binds.append(Bind(len(data), "state", x=Ref("tried_rate", search=method),
                          y=Ref("tried_decay", search=method),
                          color=Ref("tried_accuracy", search=method)))
        data.append({
            "type": "scatter", "mode": "markers", "name": style.label, "uid": method,
            "legendgroup": style.label, "showlegend": False,
            "marker": {"symbol": style.symbol, "size": 11,
                       "colorscale": _ACCURACY["colorscale"], "cmin": _ACCURACY["zmin"],
                       "cmax": _ACCURACY["zmax"],
                       "line": {"width": 2, "color": style.dark}},  # the map is dark in both themes
            "hovertemplate": "rate %{x:.2g}, decay %{y:.2g}: %{marker.color:.3f}",
        })
    return Chart(chart.id, chart.figure, tuple(binds), title, alt, height=HEIGHT)


def _with_next(chart: Chart) -> Chart:
    """The chart with a ring around the trial that comes next."""
    style = FITS["bayesian_search"]
    chart.figure["data"].append({
        "type": "scatter", "mode": "markers", "name": "Next trial", "uid": "next",
        "legendgroup": style.label, "showlegend": False, "hovertemplate": "next trial",
        "marker": {"symbol": "circle-open", "size": 20, "color": ON_MAP[0],
                   "line": {"width": 3}},
    })
    last = Bind(len(chart.figure["data"]) - 1, "state", x=Ref("next_rate"), y=Ref("next_decay"))
    return Chart(chart.id, chart.figure, (*chart.binds, last), chart.title, chart.alt,
                 height=HEIGHT)


def search_charts(config: search.Config, look: str) -> list[Chart]:
    """The best so far, where the first seed's searches look, and what is there."""
    methods, n_seeds = chosen(FITS, search.METHODS), config.n_seeds
    trials = axis("Trials so far", range=[0, config.n_trials])
    best, mean = (
        learning_curves(
            name, name, methods, by="search", n_seeds=n_seeds, title=title,
            y_title="Share right",
            y_range=y_range, x_axis=trials, alt=alt,
        )
        for name, title, y_range, alt in (
            ("best_accuracy", "Best validation accuracy so far", [0.6, 1.0],
             "Best validation accuracy of each search over trials."),
            ("mean_accuracy", "Mean accuracy of the trials so far", [0, 1.0],
             "Mean validation accuracy of each search's trials so far."),
        )
    )
    improvement = _plane(
        "improvement", "expected_improvement", ("bayesian_search",),
        title="Expected improvement, first seed; the ring is the next trial",
        colours=shaded("Improvement", {-6: decade(-6), -1: "0.1"}, ("hardly any", "large"),
                       light="high"), z_hover="10^%{z:.1f}",
        alt="Map of the expected improvement over learning rate and weight decay.",
    )
    return [
        best,
        _plane(
            "surrogate", "surrogate_mean", search.METHODS,
            title="What the surrogate believes, and the trials of the first seed",
            alt="Map of the surrogate's mean accuracy over learning rate and weight decay.",
        ),
        mean,
        _with_next(improvement),
        dots(
            "test", "test_accuracy", methods, by="search", n_seeds=n_seeds, spread=0.5,
            x_range=[0.6, 1.0],
            title="Test accuracy of the best trial", x_title="Share right",
            alt="Test accuracy of each search's best trial.",
        ),
        _plane(
            "grid", "grid_accuracy", (),
            title="The truth for the first seed: a grid of trials, after the last",
            alt="Map of the true validation accuracy over learning rate and weight decay.",
        ),
    ]
