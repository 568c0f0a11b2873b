"""The pictures of made digits: the images, the sheet of latents, what they are worth, and whether
they are what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.concepts.gan import asked, digits
from core.concepts.gan.judge import N_CLASSES, SIDE
from explorer import charts
from explorer.charts import axis, counted, pick
from explorer.live import Bind, Chart, Panel, Ref, Stage
from explorer.maps import shaded
from explorer.theme import INK, Method, chosen
from pages.gan.pictures import seed_dots
from pages.gan.styles import MAKERS, TOLD


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


def images(name: str, label: Mapping[str, str], layout: dict[str, Any]) -> Chart:
    """Rows of images, a pixel apart, of what is looked at."""
    data = [{"type": "heatmap", "z": [], "uid": name, "showscale": False, "hoverinfo": "skip",
             "colorscale": [[0, "#101010"], [1, "#ffffff"]], "zmin": 0, "zmax": 255}]
    return Chart(name, {"data": data, "layout": layout | {"hovermode": False}},
                 (Bind(0, "state", z=pick(name, label)),), "", "", height=400)


def beside(title: str, n: int, texts: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """An axis along n images, with words at their middles."""
    step = SIDE + 1
    words: dict[str, Any] = {
        "ticktext": list(texts), "tickvals": [i * step + (SIDE - 1) / 2 for i in range(n)]}
    return axis(title, range=[-1, n * step - 1], showgrid=False, zeroline=False,
                constrain="domain", showticklabels=bool(texts), **words, **more)


def gallery(name: str, label: str, look: str) -> Chart:
    """Images of the same random numbers over time, and training images near them."""
    n_rows = 3 * digits.ROWS
    rows = beside("", n_rows, ["Made", "by the mean", "Nearest real"] * digits.ROWS,
                  scaleanchor="x")
    shown = images(name, {"generator": look}, {
        "xaxis": beside("Always the same random numbers", digits.COLUMNS),
        "yaxis": rows | {"range": rows["range"][::-1]}})
    return replace(shown, title=f"{label}: what it makes",
                   alt=f"{label}: images made of the same random numbers, by the generator and by "
                   "the mean of its weights, and the training image nearest to the latter.",
                   note="first seed; mean: of its weights so far")


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
        data.append(seed_dots(maker, "distance %{x:.1f}, nearest %{y:.2f}"))
    layout = {
        "xaxis": axis("Frechet distance (left: alike)", log=True, range=[0.7, 2.7]),
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


def requests(config: asked.Config, look: str) -> list[Panel]:
    """What is made of each request, and whether the judge reads it as such."""
    games, n, label = chosen(TOLD, config.games), config.n_seeds, TOLD[look].label
    rows = beside("", asked.N_ROWS, [f"Draw {i + 1}" for i in range(asked.N_ROWS)],
                  scaleanchor="x")
    shown = images("gallery", {"game": look}, {
        "xaxis": beside("Asked for", N_CLASSES, [str(c) for c in range(N_CLASSES)]),
        "yaxis": rows | {"range": rows["range"][::-1]}})
    obeyed = charts.learning_curves(
        "obeyed", "obeyed", games, by="game", n_seeds=n, percent=True, y_range=[0, 1],
        title="Read as what was asked for", y_title="Share of the images",
        alt="The share of images that the judge reads as the digit that was asked for.")
    guess = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0.1, "y1": 0.1,
             "line": {"color": INK, "width": 1}}
    words = {"xref": "paper", "x": 0.99, "xanchor": "right", "y": 0.1, "yanchor": "bottom",
             "text": "a guess", "showarrow": False}
    confident = charts.learning_curves(
        "confident", "confident", games, by="game", n_seeds=n, percent=True, y_range=[0, 1],
        title="Read with confidence, as any digit", y_title="Share of the images",
        alt="The share of images that the judge reads as some digit with confidence.")
    return [
        replace(shown, title=f"{label}: what it makes",
                alt=f"{label}: images of four latents, for each digit that was asked for.",
                note="first seed; a row: the same random numbers"),
        replace(charts.annotated(obeyed, guess, words), height=400),
        table("table", label, look), confident,
    ]


def table(name: str, label: str, look: str) -> Chart:
    """What was asked for against what was read."""
    places = list(range(N_CLASSES))
    colours = shaded("Share of the asked", {0: "0 %", 0.5: "50 %", 1: "100 %"}, ("none", "all"),
                     light="high")
    data = [{"type": "heatmap", "z": [], "x": places, "y": places, "uid": name, **colours,
             "hovertemplate": "asked %{y}, read %{x}: %{z:.0%}<extra></extra>"}]
    ends: dict[str, Any] = {"dtick": 1, "showgrid": False, "zeroline": False,
                            "constrain": "domain"}
    layout = {"xaxis": axis("Read as", range=[-0.5, 9.5], **ends),
              "yaxis": axis("Asked for", range=[9.5, -0.5], scaleanchor="x", **ends),
              "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout},
                 (Bind(0, "state", z=Ref(name, game=look)),), f"{label}: asked and read",
                 f"{label}: for each digit that was asked for what the judge reads.", height=350,
                 note="first seed")
