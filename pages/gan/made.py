"""The pictures of made digits: the images, the sheet of latents, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.gan import digits
from core.concepts.gan.judge import SIDE
from explorer import charts
from explorer.charts import axis, counted
from explorer.live import Bind, Chart, Panel, Ref, Stage
from explorer.theme import INK, PAPER, Method, chosen
from pages.gan.styles import MAKERS


def panels(config: digits.Config, look: str) -> list[Panel]:
    """The generator that is looked at, and all makers beside each other."""
    makers, n = chosen(MAKERS, digits.makers(config)), config.n_seeds
    curves = [replace(chart, note=note) for chart, note in (
        (charts.learning_curves(
            "frechet", "frechet", makers, by="maker", n_seeds=n, log=True,
            title="Distance to real digits as a whole", y_title="Frechet distance",
            alt="The Frechet distance of made digits to real ones, over the updates."),
         counted("", "lower is better", charts.spread(n))),
        (charts.learning_curves(
            "confident", "confident", makers, by="maker", n_seeds=n, percent=True, y_range=[0, 1],
            title="Read with confidence", y_title="Share of the images",
            alt="The share of made digits that a judge reads with confidence, over the updates."),
         counted("", "by a judge that gives one digit 90 %", charts.spread(n))),
    )]
    label = MAKERS[look].label
    return [gallery("gallery", label, look), sheet("sheet", label, config.generators.index(look)),
            worth("worth", makers, n), *curves]


def gallery(name: str, label: str, look: str) -> Chart:
    """Images of the same random numbers over time, and training images near them."""
    step, n_rows = SIDE + 1, 3 * digits.ROWS
    rows = ["Made", "by the mean", "Nearest real"] * digits.ROWS
    data = [{"type": "heatmap", "z": [], "uid": name, "showscale": False, "hoverinfo": "skip",
             "colorscale": [[0, "#101010"], [1, "#ffffff"]], "zmin": 0, "zmax": 255}]
    hidden: dict[str, Any] = {"showgrid": False, "zeroline": False}
    layout = {
        "xaxis": axis("Always the same random numbers", range=[-1, digits.COLUMNS * step - 1],
                      showticklabels=False, constrain="domain", **hidden),
        "yaxis": axis("", range=[n_rows * step - 1, -1], scaleanchor="x", constrain="domain",
                      **hidden,
                      tickvals=[i * step + (SIDE - 1) / 2 for i in range(n_rows)], ticktext=rows),
        "hovermode": False,
    }
    return Chart(name, {"data": data, "layout": layout},
                 (Bind(0, "state", z=Ref("gallery", generator=look)),), f"{label}: what it makes",
                 f"{label}: images made of the same random numbers, by the generator and by the "
                 "mean of its weights, and the training image nearest to the latter.",
                 height=400, note="first seed; mean: of its weights so far")


def sheet(name: str, label: str, generator: int) -> Stage:
    options = {"generator": generator, "side": SIDE, "places": digits.PLACES}
    return Stage(name, "latent", ("sheet", "near", "apart"), options,
                 f"{label}: between its random numbers",
                 f"{label}: images of random numbers between three corners, by the mean of its "
                 "weights.", height=360, note="first seed; by the mean of its weights",
                 invitation="drag the frame")


def worth(name: str, makers: Sequence[Method], n_seeds: int) -> Chart:
    """A dot per seed: how alike all images are to real ones, and how far from copies."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for maker in makers:
        binds.append(Bind(len(data), "state", x=Ref("frechet", maker=maker.key),
                          y=Ref("nearest", maker=maker.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": maker.label, "uid": maker.label,
            "legendgroup": maker.label, "x": [], "y": [], "cliponaxis": False,
            "hovertemplate": "distance %{x:.1f}, nearest %{y:.2f}",
            "line": {"color": maker.color, "dash": maker.dash},  # for the legend
            "marker": {"symbol": maker.symbol, "size": 12, "color": maker.color, "opacity": 0.75,
                       "line": {"width": 1, "color": PAPER}},
        })
    layout = {
        "xaxis": axis("Frechet distance (left: alike as a whole)", log=True, range=[0.7, 2.7]),
        "yaxis": axis("Distance to the nearest training image", range=[0, 3.6], zeroline=False),
        "hovermode": "closest",
        "annotations": [{"xref": "paper", "yref": "paper", "x": 0.02, "y": 0.02, "text": "copied",
                         "xanchor": "left", "yanchor": "bottom", "showarrow": False,
                         "font": {"color": INK}}],
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), "Alike, and not copied?",
                 "Per seed the Frechet distance of all images to real digits, and the mean "
                 "distance of an image to the nearest training image.", height=380,
                 note=counted("", "a dot per seed" if n_seeds > 1 else ""))
