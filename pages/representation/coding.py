"""Charts of the labs in which categories are told: as inputs, and as targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.representation import categories, targets
from explorer.charts import HEIGHT, PERCENT, axis, curve, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.maps import shaded
from explorer.theme import INK, Method, chosen
from pages.representation.pictures import against
from pages.representation.styles import CODES, TARGETS

EXPLAINED: dict[str, Any] = {"range": [-0.25, 1.05], **PERCENT}
EFFECTS = {-2.0: "−2", 0.0: "0", 2.0: "2"}


def category_charts(config: categories.Config, look: str) -> list[Chart]:
    codes, n_seeds = chosen(CODES, categories.CODES), config.n_seeds
    levels = categories.coords(config)["level"]
    said = [
        says(f"says_{model}", model, shown, levels,
             title=f"What the {name} says of every kind",
             alt=f"What the {name} says of every kind with each code, and the true effects.")
        for model, name, shown in (
            ("linear", "linear model", codes[:2]), ("net", "net", codes))
    ]
    curves = [
        learning_curves(
            f"explained_{model}", "explained", codes, by="code", where={"model": model},
            n_seeds=n_seeds, title=f"{categories.MODEL_NAMES[model]}: what it knows of the kinds",
            y_title="Share of the effects explained", y_range=EXPLAINED["range"], percent=True,
            alt=f"Share of the effects that the {model} model explains, for each code.",
        ) for model in ("linear", "net")
    ]
    models = against(
        "models", "explained", codes, by="code", over="model", ticks=categories.MODEL_NAMES,
        n_seeds=n_seeds, title="Who can read which code?", x_title="Model",
        y_title="Share of the effects explained", y=EXPLAINED,
        alt="Share of the effects explained by every model with each code.",
    )
    return [*said, models, places(levels), *curves]


def says(
    name: str, model: str, codes: Sequence[Method], levels: Sequence[int], *, title: str, alt: str,
) -> Chart:
    """Values over the kinds' numbers: true ones, and what a model says of each now."""
    truth = CODES["truth"]
    data: list[dict[str, Any]] = [{
        "type": "scatter", "mode": "markers", "name": truth.label, "uid": truth.label,
        "legendgroup": truth.label, "x": list(levels), "y": [], "hovertemplate": "%{y:.2f}",
        "marker": {"symbol": truth.symbol, "size": 12, "color": truth.color},
    }]
    binds = [Bind(0, "state", y=Ref("effects"))]
    for code in codes:
        binds.append(Bind(len(data), "state", y=Ref("said", model=model, code=code.key)))
        data.append(curve(
            code, mode="lines+markers", x=list(levels), y=[], hovertemplate="%{y:.2f}",
            marker={"symbol": code.symbol, "size": 7, "color": code.color},
        ))
    layout = {
        "xaxis": axis("Number of the kind", zeroline=False),
        "yaxis": axis("Effect", range=[-3, 3], zeroline=False), "hovermode": "x unified",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note="first seed")


def places(levels: Sequence[int]) -> Chart:
    """Where the embedding has put every kind: two learned numbers each."""
    marks = shaded("True effect", EFFECTS, ("small", "large"), light="high")
    colours = {"colorscale": marks["colorscale"], "reversescale": marks["reversescale"],
               "cmin": marks["zmin"], "cmax": marks["zmax"], "colorbar": marks["colorbar"]}
    data = [{
        "type": "scatter", "mode": "markers+text", "uid": "places", "name": "Kinds",
        "showlegend": False, "x": [], "y": [], "text": [str(n) for n in levels],
        "textposition": "top center", "hoverinfo": "text",
        "marker": {"size": 13, "color": [0.0] * len(levels), "showscale": True,
                   "line": {"width": 1, "color": INK}, **colours},
    }]
    layout = {
        "xaxis": axis("First learned number", zeroline=False),
        "yaxis": axis("Second learned number", zeroline=False), "hovermode": "closest",
        "meta": {"fullRange": True},
    }
    fed = Bind(0, "state", x=Ref("places", xy="x"), y=Ref("places", xy="y"), color=Ref("effects"))
    return Chart("places", {"data": data, "layout": layout}, (fed,),
                 "The embedding: where the net has put the kinds",
                 "The two numbers that the net has learned for every kind.", height=HEIGHT,
                 note="first seed, with the kinds' numbers")


def target_charts(config: targets.Config, look: str) -> list[Chart]:
    kinds, n_seeds = chosen(TARGETS, targets.TARGETS), config.n_seeds
    n = len(targets.coords(config)["class"])
    curves = [
        learning_curves(
            "test_error", "test_error", kinds, by="target", n_seeds=n_seeds,
            title="Error on new rows", y_title="Share wrong", y_range=[-0.02, 1.02], percent=True,
            alt="Test error of nets with each kind of target.",
        ),
        learning_curves(
            "distance", "distance", kinds, by="target", n_seeds=n_seeds,
            title="How far off, in numbers of classes", y_title="Mean distance of the numbers",
            y_range=[0, 0.45 * n],
            alt="Mean distance between the number that is named and the true one.",
        ),
    ]
    maps = [
        taken_for(kind, n, title=f"{kind.label} targets: what is taken for what",
                  alt=f"{kind.label}: the share of each class that is taken for each class.")
        for kind in kinds[:2]
    ]
    return [*curves, *maps]


def taken_for(kind: Method, n: int, *, title: str, alt: str) -> Chart:
    """Which class is taken for which, of all seeds' new rows; right on the diagonal."""
    names = [str(i) for i in range(n)]
    ticks = {0: "0 %", 0.5: "50 %", 1: "100 %"}
    data = [{
        "type": "heatmap", "x": names, "y": names, "z": [], "uid": f"taken_{kind.key}",
        **shaded("Share", ticks, ("none", "all"), light="high"),
        "hovertemplate": "%{y}: %{z:.0%} taken for %{x}<extra></extra>",
    }]
    layout = {
        "xaxis": axis("Taken for", type="category"),
        "yaxis": axis("It is", type="category", autorange="reversed"), "hovermode": "closest",
    }
    return Chart(f"taken_{kind.key}", {"data": data, "layout": layout},
                 (Bind(0, "state", z=Ref("taken_for", target=kind.key)),), title, alt,
                 height=HEIGHT, note="new rows of all seeds")
