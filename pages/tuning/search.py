"""What the lab of searches shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.tuning import search
from core.concepts.tuning.objectives import knobs_of
from explorer.charts import HEIGHT, PERCENT, axis, counted, curve, dots, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import Method, chosen
from pages.tuning.styles import KNOBS, SEARCHES


def charts(config: search.Config, look: str) -> Sequence[Chart]:
    searches = chosen(SEARCHES, config.searches)
    knobs = chosen(KNOBS, knobs_of(config.objective))
    net, n_seeds = config.objective == "net", config.n_seeds
    best = learning_curves(
        "best", "best", searches, by="search", n_seeds=n_seeds, percent=net, log=not net,
        title="The best so far, on validation images (dotted: on a third part)" if net else
        "How far the best so far is above the lowest point",
        y_title="Share wrong" if net else "Height", y_range=(-0.02, 1) if net else None,
        x_axis=axis("Trials"), alt="The least value that each search has found, over its trials.",
    )
    importance = dots(
        "importance", "importance", knobs, by="knob", n_seeds=n_seeds, spread=0.4, percent=True,
        title="How much each knob decides by itself", x_title="Share of all differences",
        x_range=(-0.02, 1), alt="The share of the variance of results that each knob explains.",
    )
    return [judged(best, searches) if net else best, tried(config, searches, knobs), importance,
            effects(config, knobs)]


def judged(chart: Chart, searches: Sequence[Method]) -> Chart:
    """With a dotted line per search: what its winner is worth on images that no search has seen."""
    data, binds = list(chart.figure["data"]), list(chart.binds)
    for m in searches:
        binds.append(Bind(len(data), "series", y=Ref("judged", search=m.key, reduce="median")))
        data.append({
            "type": "scatter", "mode": "lines", "name": m.label, "uid": f"{m.label} judged",
            "legendgroup": m.label, "showlegend": False, "hoverinfo": "skip",
            "line": {"color": m.color, "dash": "dot", "width": 2},
        })
    return Chart(chart.id, {**chart.figure, "data": data}, tuple(binds), chart.title, chart.alt,
                 height=chart.height, note=chart.note)


def tried(config: search.Config, searches: Sequence[Method], knobs: Sequence[Method]) -> Chart:
    """Knob by knob the values that each search has tried."""
    aside = 0.6 / max(len(searches), 1)
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, m in enumerate(searches):
        for at, knob in enumerate(knobs):
            x = round(at + aside * (i - (len(searches) - 1) / 2), 3)
            binds.append(Bind(len(data), "state", y=Ref("tried", search=m.key, knob=knob.key)))
            data.append({
                "type": "scatter", "mode": "markers", "name": m.label, "y": [],
                "uid": f"{m.label} {knob.key}", "legendgroup": m.label, "showlegend": False,
                "x": [x] * config.n_trials, "hovertemplate": "%{y:.2f}",
                "marker": {"symbol": m.symbol, "size": 8, "color": m.color, "opacity": 0.6},
            })
    layout = {
        "xaxis": axis("Knob", tickvals=list(range(len(knobs))), zeroline=False,
                      ticktext=[knob.label for knob in knobs], range=[-0.5, len(knobs) - 0.5]),
        "yaxis": axis("Value", range=[-0.04, 1.04], zeroline=False, tickvals=[0, 1],
                      ticktext=["lowest", "highest"]),
        "hovermode": "closest",
    }
    return Chart("tried", {"data": data, "layout": layout}, tuple(binds),
                 "The values that each search has tried",
                 "For each knob the values that the searches have tried.", height=HEIGHT,
                 note="a sign per trial, first seed")


def effects(config: search.Config, knobs: Sequence[Method]) -> Chart:
    """The mean result at each value of a knob."""
    net = config.objective == "net"
    title = "Share wrong" if net else "Height"
    levels = search.coords(config)["level"]
    data = [curve(m, mode="lines+markers", x=levels, y=[],
                  marker={"symbol": m.symbol, "size": 8}) for m in knobs]
    binds = tuple(Bind(i, "state", y=Ref("effect", knob=m.key)) for i, m in enumerate(knobs))
    layout = {
        "xaxis": axis("Value, from lowest to highest", range=[0, 1], zeroline=False),
        "yaxis": axis(title, **(PERCENT if net else {})), "hovermode": "x unified",
    }
    return Chart("effects", {"data": data, "layout": layout}, binds,
                 "What each knob does, averaged over all others",
                 "The mean result at each value of a knob, by a model of all trials.",
                 height=HEIGHT, note=counted(title, "by a model of all trials, first seed"))


def without_effect(config: search.Config) -> set[str]:
    return set() if config.objective == "net" else {"n_steps"}
