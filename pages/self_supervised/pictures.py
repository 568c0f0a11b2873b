"""The page's own pictures: the sphere, accuracy against labels, two views, and collapse."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from core.concepts.self_supervised import made, pretrain
from core.concepts.self_supervised.images import N_CLASSES, SIDE
from explorer.charts import PERCENT, annotated, axis, counted, curve, named, pick
from explorer.live import Bind, Chart, Ref, Stage
from explorer.maps import shaded
from explorer.theme import INK, Method
from pages.self_supervised.styles import DIGITS

ASIDE = 0.028  # between the dots of neighbouring learners, in factors of ten
GUESSING = 0.1
"""Accuracy of a guess among ten digits."""
PLAIN: dict[str, Any] = {"showticklabels": False, "showgrid": False, "zeroline": False}


def sphere(name: str, method: Method, position: int, n_numbers: int, height: int) -> Stage:
    """Embeddings of new images of the first seed.

    Args:
        position: Of the method among those of the run.
        n_numbers: Of an embedding.
    """
    classes = [{"label": digit.label, "color": digit.color} for digit in DIGITS.values()]
    how = ("all of the embedding" if n_numbers == 3 else
           f"the 3 widest of {n_numbers} directions")
    return Stage(
        name, "sphere", ("places", "embedding", "images", "class"),
        {"method": position, "side": SIDE, "classes": classes},
        f"{method.label}: new images on its sphere",
        f"{method.label}: embeddings of images that it has not learned from, each as its digit.",
        height=height, note=f"first seed; {how}", invitation="drag to turn",
    )


def labelled(n: int) -> str:
    """So many labelled images, as a title has it."""
    words = {1: "One labelled image", 10: "Ten labelled images"}
    return f"{words.get(n, f'{n} labelled images')} of each digit"


def labels_each(n: int) -> str:
    return "one label each" if n == 1 else f"{n} labels each"


def against_labels(
    name: str, learners: Sequence[Method], few: Sequence[int], n_seeds: int, height: int = 420,
    by: str = "learner",
) -> Chart:
    """A dot per seed, and a line through the medians of each learner.

    Args:
        few: The numbers of labelled images of each digit, but for all.
        by: What the arrays call those who learn.
    """
    labels = [*few, pretrain.ALL]
    data, binds = per_seed(
        learners, n_seeds, by,
        lambda aside: [round(n * 10 ** (ASIDE * aside), 3) for n in labels], labels)
    ticks = [*map(str, few), f"all ({pretrain.ALL})"]
    layout = {
        "xaxis": axis("Labelled images per digit", log=True) | {
            "tickvals": labels, "ticktext": ticks, "zeroline": False,
            "range": [math.log10(labels[0] / 1.5), math.log10(labels[-1] * 1.7)]},
        "yaxis": axis("Share right", range=[0, 1], zeroline=False, **PERCENT),
        "hovermode": "x unified",
    }
    chart = Chart(
        name, {"data": data, "layout": layout}, binds, "Reading digits with few labels",
        "Share of new images whose digit is read right, over the labelled images per digit.",
        height=height, note=counted("Share right", "a dot per seed" if n_seeds > 1 else "",
                                    "all labels: at the end"))
    return with_level(chart, GUESSING, "a guess")


def per_seed(
    learners: Sequence[Method], n_seeds: int, by: str,
    beside: Callable[[float], Sequence[float]], at: Sequence[float],
) -> tuple[list[dict[str, Any]], tuple[Bind, ...]]:
    """A dot per seed of each learner's accuracies, and a line through their medians.

    Args:
        by: What the arrays call those who learn.
        beside: Where the dots are of a learner that is so many places from the middle one.
        at: Where the line runs.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, learner in enumerate(learners):
        places = beside(i - (len(learners) - 1) / 2)
        binds.append(Bind(len(data), "state", y=pick("accuracy", {by: learner.key})))
        data.append({
            "type": "scatter", "mode": "markers", "name": learner.label,
            "uid": learner.label + " seeds", "legendgroup": learner.label, "showlegend": False,
            "x": [x for place in places for x in [*[place] * n_seeds, None]], "y": [],
            "marker": {"symbol": learner.symbol, "size": 8, "color": learner.color,
                       "opacity": 0.55},
            "hoverinfo": "skip",
        })
        binds.append(Bind(len(data), "state",
                          y=pick("accuracy", {by: learner.key}, "median")))
        data.append(curve(learner, x=list(at), y=[], hovertemplate="%{y:.1%}"))
    return data, tuple(binds)


def over_variety(name: str, teachers: Sequence[Method], n_seeds: int) -> Chart:
    """Accuracy on real digits over how much the made ones vary."""
    at = [100 * variety for variety in made.VARIETIES]
    data, binds = per_seed(teachers, n_seeds, "teacher",
                           lambda aside: [x + 3.5 * aside for x in at], at)
    layout = {
        "xaxis": axis("Variety of made digits (100 %: of real)", tickvals=at,
                      ticktext=[f"{x:.0f} %" for x in at], zeroline=False, range=[-14, 214]),
        "yaxis": axis("Share right", range=[0, 1], zeroline=False, **PERCENT),
        "hovermode": "x unified",
    }
    chart = Chart(
        name, {"data": data, "layout": layout}, binds, "Reading real digits",
        "Share of new real images whose digit is read right, over how much the made images vary "
        "that the nets have learned from.", height=420,
        note=counted("Share right", "a dot per seed" if n_seeds > 1 else ""))
    return with_level(chart, GUESSING, "a guess")


def drawn(name: str) -> Chart:
    """Made digits, from those that do not vary to those that vary too much, and real ones."""
    rows = [f"Made, {100 * variety:.0f} %" for variety in made.VARIETIES]
    rows += ["Real, labelled", "Real, new"]
    middles = [i * (SIDE + 1) + (SIDE - 1) / 2 for i in range(max(N_CLASSES, len(rows)))]
    data = [{"type": "heatmap", "z": [], "uid": name, "showscale": False, "hoverinfo": "skip",
             "colorscale": [[0, "#101010"], [1, "#ffffff"]], "zmin": 0, "zmax": 200}]
    ends: dict[str, Any] = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    layout = {
        "xaxis": axis("Digit", range=[-1, N_CLASSES * (SIDE + 1) - 1], tickvals=middles[:N_CLASSES],
                      ticktext=[str(c) for c in range(N_CLASSES)], **ends),
        "yaxis": axis("", range=[len(rows) * (SIDE + 1) - 1, -1], scaleanchor="x",
                      tickvals=middles[: len(rows)], ticktext=rows, **ends),
        "hovermode": False,
    }
    return Chart(name, {"data": data, "layout": layout}, (Bind(0, "state", z=Ref("shown")),),
                 "Made digits and real ones",
                 "Digits that are drawn by rule, varied more and more, and real ones.", height=420,
                 note="first seed; %: how much they vary")


def by_digit(name: str) -> Chart:
    """Of each digit, how many real ones are read right by nets that saw made ones alone."""
    at = [f"{100 * variety:.0f} %" for variety in made.VARIETIES]
    data = [{"type": "heatmap", "x": list(range(N_CLASSES)), "y": at, "z": [], "uid": name,
             **shaded("Share right", {0: "0 %", 0.5: "50 %", 1: "100 %"}, ("none", "all"),
                      light="high"),
             "hovertemplate": "made digits vary by %{y}: %{z:.0%} of the %{x}s<extra></extra>"}]
    layout = {"xaxis": axis("Digit", dtick=1, showgrid=False, zeroline=False),
              "yaxis": axis("How much made digits vary", type="category", showgrid=False),
              "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout}, (Bind(0, "state", z=Ref("digits")),),
                 "Which digits made images teach",
                 "Of each digit the share of real ones that nets read right which have learned "
                 "from made images alone.", height=350, note="all seeds together")


def with_level(chart: Chart, y: float, text: str) -> Chart:
    """A chart with a thin line across it at a height that means something."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
            "line": {"color": INK, "width": 1}}
    words = {"xref": "paper", "x": 0.99, "xanchor": "right", "yanchor": "bottom", "text": text,
             "y": y, "showarrow": False}
    return annotated(chart, line, words)


def path(name: str, methods: Sequence[Method]) -> Chart:
    """Alignment and uniformity, medians over the seeds, from step to step."""
    data = [curve(method, mode="lines+markers", marker={
        "symbol": method.symbol, "size": 6, "color": method.color}, x=[], y=[],
        hovertemplate="views %{x:.2f}, images %{y:.2f}") for method in methods]
    binds = tuple(Bind(i, "series", x=Ref("alignment", objective=m.key, reduce="median"),
                       y=Ref("uniformity", objective=m.key, reduce="median"))
                  for i, m in enumerate(methods))
    layout = {
        "xaxis": axis("Views of one image are apart (alignment)", range=[-0.06, 1.5],
                      zeroline=False),
        "yaxis": axis("All images are close (uniformity)", range=[-4, 0.35], zeroline=False),
        "hovermode": "closest",
    }
    chart = Chart(
        name, {"data": data, "layout": layout}, binds, "Two things at once",
        "Alignment, the mean squared distance of two views of an image, and uniformity, how close "
        "different images are, from step to step.",
        height=350, note="a marker per frame, medians of the seeds")
    corner = {"type": "circle", "x0": -0.03, "x1": 0.03, "y0": -0.12, "y1": 0.12,
              "line": {"color": INK, "width": 1}}
    words = {"x": 0.05, "y": 0.05, "xanchor": "left", "yanchor": "bottom", "showarrow": False,
             "text": "all images are one point"}
    return annotated(chart, corner, words)


def singular_values(
    name: str, methods: Sequence[Method], n_numbers: int, seed: int
) -> Chart:
    """How far embeddings of a seed spread along each of their own directions."""
    data = [curve(method, x=list(range(1, n_numbers + 1)), y=[], hovertemplate="%{y:.2g}")
            for method in methods]
    binds = tuple(Bind(i, "state", y=Ref("singular", objective=m.key, seed=seed))
                  for i, m in enumerate(methods))
    layout = {
        "xaxis": axis("Direction, from the widest on", range=[0.5, n_numbers + 0.5]),
        "yaxis": axis("Spread along it (singular value)", log=True, range=[-3.6, 0]),
        "hovermode": "x unified",
    }
    return Chart(name, {"data": data, "layout": layout}, binds,
                 "In how many directions they spread",
                 "The singular values of the embeddings, the largest first.", height=350,
                 note="first seed, now")


def two_views(name: str, method: Method) -> Chart:
    """Images, two views of each, and the cosine of these two views' embeddings."""
    rows = ("Image", "A view", "Another")
    middles = [i * (SIDE + 1) + (SIDE - 1) / 2 for i in range(pretrain.N_PAIRS)]
    data: list[dict[str, Any]] = [
        {"type": "heatmap", "z": [], "uid": name, "showscale": False, "hoverinfo": "skip",
         "colorscale": [[0, "#101010"], [1, "#ffffff"]], "zmin": 0, "zmax": 200},
        {"type": "scatter", "mode": "text", "x": middles, "uid": name + " cosines",
         "y": [3 * (SIDE + 1) + 1.5] * pretrain.N_PAIRS, "text": [], "showlegend": False,
         "texttemplate": "%{text:.2f}", "hoverinfo": "skip", "cliponaxis": False,
         "textfont": {"color": INK, "size": 14}},
    ]
    layout = {
        "xaxis": axis("New images, in the views of this run", **PLAIN,
                      range=[-1, pretrain.N_PAIRS * (SIDE + 1) - 1]),
        "yaxis": axis("", showgrid=False, zeroline=False, scaleanchor="x",
                      range=[3 * (SIDE + 1) + 3.5, -1],
                      tickvals=[*middles[:3], 3 * (SIDE + 1) + 1.5], ticktext=[*rows, "Cosine"]),
        "hovermode": "closest",
    }
    binds = (Bind(0, "state", z=Ref("pair_images")),
             Bind(1, "state", text=Ref("pair_similarity", objective=method.key)))
    return Chart(name, {"data": data, "layout": layout}, binds,
                 f"{method.label}: how alike are two views?",
                 "Images, two views of each, and the cosine of the embeddings of these views.",
                 height=320, note="first seed; 1: the same place on the sphere")


def similarities(name: str, method: Method) -> Chart:
    """Cosines of new images with each other, sorted by digit."""
    n = pretrain.N_SORTED
    ticks = [c * n + (n - 1) / 2 for c in range(N_CLASSES)]
    colours = shaded("Cosine", {-0.5: "−0.5", 0: "0", 0.5: "0.5", 1: "1"}, ("apart", "alike"),
                     light="high")
    data = [{"type": "heatmap", "z": [], "uid": name, **colours, "hoverinfo": "skip"}]
    ends: dict[str, Any] = {"tickvals": ticks, "ticktext": [str(c) for c in range(N_CLASSES)],
                            "showgrid": False, "zeroline": False}
    layout = {
        "xaxis": axis("New image, by its digit", range=[-0.5, n * N_CLASSES - 0.5], **ends),
        "yaxis": axis("New image", range=[n * N_CLASSES - 0.5, -0.5], scaleanchor="x", **ends),
        "hovermode": "closest",
    }
    fed = Bind(0, "state", z=Ref("similarity", objective=method.key))
    return Chart(name, {"data": data, "layout": layout}, (fed,),
                 f"{method.label}: which images are alike?",
                 "The cosine of the embeddings of every two images, sorted by their digits.",
                 height=380, note=f"first seed, {n} images per digit; no net is told the digits")


VERDICTS = [[0, "#8c3b2e"], [0.5, "#808080"], [1, "#1f6f5c"]]
"""Behind what is said of an image: wrong, right. The same in both themes, under white digits."""


def said(name: str, readers: Sequence[Method], n_labels: int, height: int = 420) -> Chart:
    """A labelled image of each digit, a new image of each, and what all say of the new ones."""
    middles = [i * (SIDE + 1) + (SIDE - 1) / 2 for i in range(N_CLASSES)]
    images = 2 * (SIDE + 1) - 1
    data: list[dict[str, Any]] = [
        {"type": "heatmap", "z": [], "uid": name, "showscale": False, "hoverinfo": "skip",
         "colorscale": [[0, "#101010"], [1, "#ffffff"]], "zmin": 0, "zmax": 200, "yaxis": "y2"},
    ]
    binds = [Bind(0, "state", z=Ref("shown"))]
    for i, reader in enumerate(readers):
        binds.append(Bind(len(data), "state", color=Ref("verdict", reader=reader.key),
                          text=Ref("said", reader=reader.key)))
        data.append({
            "type": "scatter", "mode": "markers+text", "x": middles, "y": [i] * N_CLASSES,
            "uid": f"says {reader.key}", "name": reader.label, "showlegend": False,
            "texttemplate": "%{text}", "hoverinfo": "skip",
            "textfont": {"color": "#ffffff", "size": 12},
            "marker": {"size": 19, "cmin": -1, "cmax": 1, "colorscale": VERDICTS,
                       "color": [0] * N_CLASSES},
        })
    layout = {
        "xaxis": axis("New image, by its digit", range=[-1, N_CLASSES * (SIDE + 1) - 1],
                      tickvals=middles, ticktext=[str(c) for c in range(N_CLASSES)],
                      showgrid=False, zeroline=False),
        "yaxis": axis("", **named([reader.label for reader in readers]),
                      range=[len(readers) - 0.5, -0.5], domain=[0, 0.55]),
        "yaxis2": axis("", range=[images - 0.5, -0.5], domain=[0.58, 1], scaleanchor="x",
                       constrain="domain", constraintoward="bottom", showgrid=False,
                       zeroline=False, tickvals=middles[:2], ticktext=["Labelled", "New"]),
        "hovermode": False,
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds),
                 f"What they say with {labels_each(n_labels)}",
                 "A labelled image of each digit, a new image of each, and what every reader says "
                 "of the new ones.", height=height,
                 note="first seed; green: right, red: wrong")


def with_labels_from(chart: Chart, step: int) -> Chart:
    """A chart over the steps with a line where the labels come."""
    line = {"type": "line", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": INK, "width": 1}}
    words = {"x": step, "yref": "paper", "y": 1, "yanchor": "top", "xanchor": "left", "xshift": 4,
             "text": "labels come", "showarrow": False}
    return annotated(chart, line, words)
