"""What the lab of workers shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.concepts.faster import workers
from explorer.charts import HEIGHT, PERCENT, axis, counted, curve, decade, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.maps import heat_map, shaded
from explorer.theme import Method, chosen
from pages.faster.styles import WAYS

SHARES = {0.0: "0 %", 0.5: "50 %", 1.0: "100 %"}
GAPS = (-8, 2)
"""Ends of the axis of gaps, as powers of ten; float32 has seven digits."""


def charts(config: workers.Config, look: str) -> Sequence[Chart]:
    ways, n_seeds = chosen(WAYS, config.ways), config.n_seeds
    errors = learning_curves(
        "errors", "test_error", ways, by="way", n_seeds=n_seeds, percent=True,
        title="Mistakes on new images", y_title="Share wrong", y_range=(-0.02, 1),
        alt="The share of new images that is wrong for each way, over the steps.",
    )
    shown = [errors]
    others = [way for way in ways if way.key != "whole"]
    if others:
        shown += [over_bits(others), gaps(others, n_seeds)]
    if "weights" in config.ways:
        shown.append(known(config))
    return shown


def over_bits(ways: Sequence[Method]) -> Chart:
    """The same mistakes over what one worker has sent."""
    data = [curve(m, hovertemplate="%{y:.1%}") for m in ways]
    binds = tuple(
        Bind(i, "series", x=Ref("sent", way=m.key),
             y=Ref("test_error", way=m.key, reduce="median")) for i, m in enumerate(ways))
    ticks = [0.01, 0.1, 1, 10, 100]
    layout = {
        "xaxis": axis("Sent by one worker (Mbit)", log=True, range=[-2, 2], tickvals=ticks,
                      ticktext=[f"{t:g}" for t in ticks]),
        "yaxis": axis("Share wrong", range=[-0.02, 1], zeroline=False, **PERCENT),
        "hovermode": "closest",
    }
    return Chart("bits", {"data": data, "layout": layout}, binds,
                 "Mistakes by what has been sent",
                 "The share of new images that is wrong, over the megabits that a worker has sent.",
                 height=HEIGHT, note=counted("Share wrong", "median"))


def gaps(ways: Sequence[Method], n_seeds: int) -> Chart:
    """How far what is followed is from the gradient of the whole batch."""
    chart = learning_curves(
        "gap", "gap", ways, by="way", n_seeds=n_seeds, log=True, y_range=GAPS,
        title="How far each step is from the whole batch's gradient",
        y_title="Distance, as a share of its length",
        alt="The distance of what each way follows from the gradient of the whole batch.",
    )
    ticks = range(GAPS[0], GAPS[1] + 1, 2)
    y_axis = chart.figure["layout"]["yaxis"] | {
        "tickvals": [10.0**k for k in ticks], "ticktext": [decade(k) for k in ticks]}
    layout = chart.figure["layout"] | {"yaxis": y_axis}
    return replace(chart, figure={**chart.figure, "layout": layout})


def known(config: workers.Config) -> Chart:
    """Which digits each worker's own net knows, and the mean of the nets."""
    names = [f"Worker {i}" for i in range(1, int(config.n_workers) + 1)] + ["Their mean"]
    rows = list(range(len(names)))
    chart = heat_map(
        "known", "known", list(range(workers.N_CLASSES)), rows,
        title="Which digits each worker's own net reads, before it is averaged",
        x_title="Digit", y_title="", alt="The share right of each digit for each worker's net.",
        colours=shaded("Share right", SHARES, ("none", "all"), light="high"),
        z_hover="%{z:.0%}", note="first seed",
    )
    layout = dict(chart.figure["layout"])
    layout["yaxis"] = layout["yaxis"] | {
        "tickvals": rows, "ticktext": names, "range": [len(rows) - 0.5, -0.5]}
    layout["xaxis"] = layout["xaxis"] | {"dtick": 1}
    return replace(chart, figure={**chart.figure, "layout": layout})


def without_effect(config: workers.Config) -> set[str]:
    """Settings of ways that are not there."""
    of = {"every": {"weights"}, "delay": {"stale"}, "code": {"few_bits", "memory"}}
    return {name for name, ways in of.items() if not ways & set(config.ways)}
