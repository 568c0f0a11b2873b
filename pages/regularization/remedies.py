"""The charts of the labs on remedies, their strength, and the plane. Pure functions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.concepts.regularization import plane, remedies, strength
from core.config import label_of
from explorer.charts import HEIGHT, axis, counted, dots, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, PAPER, Method, chosen
from pages.regularization.styles import REMEDIES

VERDICTS = [[0, "#d1380d"], [0.5, "#8a8f98"], [1, "#00866a"]]
"""Of an answer: the wrong label it was given, another one, the true one."""


# --- remedies ----------------------------------------------------------------------------


def remedies_charts(config: remedies.Config, look: str) -> list[Chart]:
    """Accuracy, memory, calibration and losses of every remedy over the steps."""
    methods = chosen(REMEDIES, remedies.coords(config)["remedy"])
    any_wrong = bool(remedies.coords(config)["image"])

    def curves(name: str, title: str, y_title: str, alt: str, **more: Any) -> Chart:
        return learning_curves(
            name, name, methods, by="remedy", n_seeds=config.n_seeds,
            title=title,
            y_title=y_title, alt=alt, **more,
        )

    right: dict[str, Any] = {"y_title": "Share right", "y_range": [0.4, 1.02]}
    memory = [
        curves("memorised", "Wrong labels learned by heart", "Share repeated", y_range=[0, 1.02],
               alt="Share of the wrongly labelled images whose wrong label is said, over steps."),
        _pictures(methods, config),
    ]
    return [
        _with_best(curves("test_accuracy", "Test accuracy (stars: the best moment)", **right,
                          alt="Test accuracy of each remedy over steps."), methods),
        *(memory if any_wrong else []),
        dots("gap", "gap", methods, by="remedy", n_seeds=config.n_seeds, x_range=[-0.25, 0.4],
             title="Training minus test accuracy now",
             x_title="Difference of the shares right",
             alt="Gap between training and test accuracy of each seed."),
        curves("test_nll", "Test loss", "Negative log-likelihood", y_range=[0, 2.4],
               alt="Test loss of each remedy over steps."),
        _reliability(methods),
        curves("train_accuracy", "Training accuracy, labels as given", **right,
               alt="Accuracy on the training labels as given, over steps."),
        *([curves("clean_accuracy", "Accuracy on rightly labelled images", **right,
                  alt="Accuracy on the rightly labelled training images, over steps.")]
          if any_wrong else []),
        _with_penalty(curves("train_nll", "Training loss (dotted: the penalty of L2)",
                             "Negative log-likelihood",
                             alt="Training loss of each remedy over steps."), config, methods),
        curves("squared_weights", "Squared weights, summed", "|w|²",
               alt="Sum of the squared weights over steps."),
    ]


def _with_best(chart: Chart, methods: list[Method]) -> Chart:
    """Adds where the median was best so far."""
    chart.figure["data"].append({
        "type": "scatter", "mode": "markers", "name": "Best so far", "uid": "best",
        "showlegend": False, "hovertemplate": "best: %{y:.3f} at step %{x}",
        "marker": {"symbol": "star", "size": 13, "color": [m.color for m in methods],
                   "line": {"width": 1, "color": PAPER}},
    })
    last = len(chart.figure["data"]) - 1
    bind = Bind(last, "state", x=Ref("best_step"), y=Ref("best_accuracy"))
    return replace(chart, binds=(*chart.binds, bind))


def _with_penalty(chart: Chart, config: remedies.Config, methods: list[Method]) -> Chart:
    """Adds l2 / 2 * |w|^2 of every net that pays it: what is minimised beside the loss."""
    binds = list(chart.binds)
    for method in methods:
        if method.key == "l2" or (method.key == "combined" and "l2" in config.combined):
            binds.append(Bind(len(chart.figure["data"]), "series",
                              y=Ref("penalty", remedy=method.key, reduce="median")))
            chart.figure["data"].append({
                "type": "scatter", "mode": "lines", "name": f"{method.label}: penalty",
                "uid": f"{method.label} penalty", "legendgroup": method.label,
                "showlegend": False, "hovertemplate": "%{y:.3g}",
                "line": {"color": method.color, "dash": "dot", "width": 2.5},
            })
    return replace(chart, binds=tuple(binds))


def _reliability(methods: list[Method]) -> Chart:
    """How often a net is right that is so sure; on the diagonal, sure means right."""
    data: list[dict[str, Any]] = [{
        "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "name": "Sure means right",
        "uid": "diagonal", "showlegend": False, "hoverinfo": "skip",
        "line": {"color": INK, "width": 1},
    }]
    binds = []
    for method in methods:
        binds.append(Bind(len(data), "state", x=Ref("bin_confidence", remedy=method.key),
                          y=Ref("bin_accuracy", remedy=method.key)))
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": method.label,
            "uid": method.label, "legendgroup": method.label,
            "line": {"color": method.color, "dash": method.dash, "width": 2.5},
            "marker": {"symbol": method.symbol, "size": 8},
            "hovertemplate": "sure %{x:.2f}, right %{y:.2f}",
        })
    layout = {"xaxis": axis("Confidence: largest probability", range=[0, 1.02]),
              "yaxis": axis("How often it is right", range=[0, 1.02]),
              "hovermode": "closest"}
    return Chart(
        "reliability", {"data": data, "layout": layout}, tuple(binds),
        "Reliability on the test images (below the diagonal: too sure)",
        "Share of right answers by confidence, per remedy.", height=HEIGHT,
    )


def _pictures(methods: list[Method], config: remedies.Config) -> Chart:
    """Images with wrong labels, what label they were given, and what every net says of them."""
    n = len(remedies.coords(config)["image"])
    columns = [9 * i + 3.5 for i in range(n)]
    rows = ["Label given", "True label", *(m.label for m in methods)]
    text: dict[str, Any] = {
        "type": "scatter", "mode": "markers+text", "x": columns, "xaxis": "x", "yaxis": "y",
        "showlegend": False, "texttemplate": "%{text}", "hoverinfo": "skip",
        "textfont": {"color": "#ffffff", "size": 12},
    }
    mark = {"size": 19, "cmin": -1, "cmax": 1, "colorscale": VERDICTS}
    data: list[dict[str, Any]] = [{
        "type": "heatmap", "z": [], "uid": "images", "showscale": False, "hoverinfo": "skip",
        "colorscale": "Greys", "zmin": 0, "zmax": 1, "xaxis": "x", "yaxis": "y2",
        "hoverongaps": False,
        "name": "Images",
    }]
    for i, (array, verdict) in enumerate((("given_label", -1), ("true_label", 1))):
        data.append({**text, "uid": array, "name": rows[i], "y": [i] * n,
                     "marker": {**mark, "color": [verdict] * n}})
    binds = [Bind(0, "state", z=Ref("images")), Bind(1, "state", text=Ref("given_label")),
             Bind(2, "state", text=Ref("true_label"))]
    for i, method in enumerate(methods):
        binds.append(Bind(len(data), "state", color=Ref("verdict", remedy=method.key),
                          text=Ref("said", remedy=method.key)))
        data.append({**text, "uid": f"says {method.key}", "name": rows[i + 2],
                     "y": [i + 2] * n, "marker": {**mark, "color": [0] * n}})
    height = max(HEIGHT, 100 + 26 * len(rows))
    share = 44 / (height - 60)  # of the height: they are as wide as a screen makes them
    layout = {
        "xaxis": axis("Wrongly labelled, first seed", range=[-1, 9 * n - 1],
                      showticklabels=False, showgrid=False, zeroline=False, anchor="y"),
        "yaxis2": {"range": [7.5, -0.5], "domain": [1 - share, 1], "visible": False,
                   "scaleanchor": "x", "constrain": "domain", "constraintoward": "bottom"},
        "yaxis": axis("", range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))),
                       ticktext=rows, domain=[0, 1 - share], zeroline=False, showgrid=False),
        "hovermode": False,
    }
    return Chart(
        "pictures", {"data": data, "layout": layout}, tuple(binds),
        "What they say now (red: the wrong label, green: the true one)",
        "Wrongly labelled images, the label given, and what every net says of them.",
        height=height,
    )


# --- strength ----------------------------------------------------------------------------


def strength_charts(config: strength.Config, look: str) -> list[Chart]:
    """Accuracy, loss and gap along the strength, or along the number of images."""
    def along(array: str, title: str, y_title: str, y_range: list[float], alt: str) -> Chart:
        return _along(config, array, title, y_title, y_range, alt)

    return [
        along("test_accuracy", "Test accuracy", "Share right", [0, 1.02],
              "Test accuracy by position."),
        along("train_accuracy", "Training accuracy, labels as given", "Share right", [0, 1.02],
              "Training accuracy by position."),
        along("gap", "Training minus test accuracy", "Difference", [-0.25, 0.45],
              "Gap between training and test accuracy by position."),
        along("test_nll", "Test loss", "Negative log-likelihood", [0, 2.4],
              "Test loss by position."),
    ]


def _along(
    config: strength.Config, array: str, title: str, y_title: str, y_range: list[float], alt: str
) -> Chart:
    at = [float(p) for p in strength.positions(config)]
    places = list(range(len(at)))  # evenly: a grid of strengths is neither even nor in ratios
    step = 0.5 / max(config.n_seeds, 1)
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for curve in strength.curves(config):
        method = REMEDIES["none" if curve == "none" else _remedy(config)]
        x: list[float | None] = []
        for place in places:  # a gap between the positions' dots, as the live view draws rows
            x += [place + step * (s - (config.n_seeds - 1) / 2) for s in range(config.n_seeds)]
            x.append(None)
        common = {"type": "scatter", "name": method.label, "legendgroup": method.label,
                  "hovertemplate": "%{y:.3f}"}
        binds.append(Bind(len(data), "state", y=Ref(array, curve=curve)))
        data.append({**common, "mode": "markers", "uid": f"{method.label} seeds", "x": x,
                     "showlegend": False, "marker": {"symbol": method.symbol, "size": 8,
                                                     "opacity": 0.6, "color": method.color}})
        binds.append(Bind(len(data), "state", y=Ref(array, curve=curve, reduce="median")))
        data.append({**common, "mode": "lines", "uid": method.label, "x": places,
                     "line": {"color": method.color, "dash": method.dash, "width": 2.5}})
    by_images = config.along == "n_train"
    label = "Training images" if by_images else label_of(
        strength.Config, "remedy", config.remedy)
    layout = {
        "xaxis": axis(label, tickvals=places, ticktext=[f"{p:g}" for p in at], zeroline=False,
                      range=[-0.6, len(at) - 0.4]),
        "yaxis": axis(y_title, range=y_range), "hovermode": "closest",
    }
    return Chart(array, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=counted(y_title, "a dot per seed, lines through medians"))


def _remedy(config: strength.Config) -> str:
    return "ensemble" if config.remedy == "members" else config.remedy


# --- the plane ---------------------------------------------------------------------------

CLASSES = ("light-dark(#00588f, #6cc3f2)", "light-dark(#b5480a, #ffa366)")
BORDER = [[0, "light-dark(#9cc3e0, #174a6e)"], [0.5, "light-dark(#f7f7f7, #23272f)"],
          [1, "light-dark(#f3b98f, #7a3b12)"]]


def plane_charts(config: plane.Config, look: str) -> list[Chart]:
    """A picture per remedy of what it says of every point, then the curves."""
    methods = chosen(REMEDIES, plane.coords(config)["remedy"])
    any_wrong = round(config.label_noise * config.n_train) > 0
    common: dict[str, Any] = {"by": "remedy", "n_seeds": config.n_seeds, "y_range": [0, 1.02]}
    return [
        *(_surface(method) for method in methods),
        learning_curves(
            "test_accuracy", "test_accuracy", methods, y_title="Share right", **common,
            title="Test accuracy",
            alt="Test accuracy of each remedy over steps.",
        ),
        *([learning_curves(
            "memorised", "memorised", methods, y_title="Share repeated", **common,
            title="Wrong labels learned by heart",
            alt="Share of the wrongly labelled points whose wrong label is said, over steps.",
        )] if any_wrong else []),
        dots("now", "test_accuracy", methods, by="remedy", n_seeds=config.n_seeds,
             x_range=[0.4, 1.02],
             title="Test accuracy now", x_title="Share right",
             alt="Test accuracy of each seed at the current step."),
    ]


def _surface(method: Method) -> Chart:
    """What the first seed's net says of every point of the plane, and its training points."""
    at = [-plane.EDGE, plane.EDGE]
    grid = [round(at[0] + (at[1] - at[0]) * k / (plane.N_GRID - 1), 4)
            for k in range(plane.N_GRID)]
    field: dict[str, Any] = {"x": grid, "y": grid, "z": [], "showlegend": False,
                             "hoverinfo": "skip"}
    data: list[dict[str, Any]] = [
        {"type": "heatmap", **field, "uid": "probability", "name": "Probability", "zmin": 0,
         "zmax": 1, "zsmooth": "best", "colorscale": BORDER, "showscale": False},
        {"type": "contour", **field, "uid": "border", "name": "Border", "showscale": False,
         "contours": {"start": 0.5, "end": 0.5, "size": 1, "coloring": "lines"},
         "colorscale": [[0, INK], [1, INK]], "line": {"width": 2}},
    ]
    binds = [Bind(0, "state", z=Ref("surface", remedy=method.key)),
             Bind(1, "state", z=Ref("surface", remedy=method.key))]
    for given in (0, 1):
        for wrong in (False, True):
            binds.append(Bind(len(data), "state", x=Ref("points", given=given, wrong=wrong, xy="x"),
                              y=Ref("points", given=given, wrong=wrong, xy="y")))
            data.append({
                "type": "scatter", "mode": "markers", "showlegend": False,
                "name": f"Class {given + 1}" + (", wrong label" if wrong else ""),
                "uid": f"class {given} {wrong:d}", "hovertemplate": "",
                "legendgroup": f"Class {given + 1}",
                "marker": {"symbol": "x" if wrong else "circle", "size": 9 if wrong else 7,
                           "color": CLASSES[given], "line": {"width": 1, "color": PAPER}},
            })
    layout = {"xaxis": axis("Input 1", range=at, zeroline=False, showgrid=False),
              "yaxis": axis("Input 2", range=at, zeroline=False, showgrid=False),
              "hovermode": "closest"}
    return Chart(
        f"surface_{method.key}", {"data": data, "layout": layout}, tuple(binds),
        method.label,
        f"What the first seed's net with the remedy {method.label} says of the plane.",
        height=HEIGHT, note="crosses: wrong labels",
    )
