"""What the lab of this machine shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.faster import machine
from explorer.charts import HEIGHT, PERCENT, annotated, axis, curve, decade
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method, chosen
from pages.faster.styles import COMPUTED, ROOF

MEASURED = "measured now, median of the rounds"


def charts(config: machine.Config, look: str) -> Sequence[Chart]:
    ways = chosen(COMPUTED, config.ways)
    shown = [over_sizes(
        config, "microseconds", "microseconds", ways, title="Time for one image",
        y_title="Microseconds", y_range=(-2, 4), note=f"lower is better, {MEASURED}",
        alt="The time that each way takes for one image, at each size.",
    )]
    if len(ways) > 1:
        base = "float32" if "float32" in config.ways else config.ways[0]
        shown.append(with_level(over_sizes(
            config, "speedup", "speedup", [w for w in ways if w.key != base],
            title=f"How many times as fast as {COMPUTED[base].label}", y_title="Times as fast",
            y_range=(-5, 3), note=f"higher is better, {MEASURED}",
            alt=f"How many times as fast as {COMPUTED[base].label} each other way is.",
        ), 1, "below: slower"))
    shown += [roofline(ways), differences(config, ways)]
    return [*shown, load(config.n_rounds, "Round")]


def size_axis(config: machine.Config) -> dict[str, Any]:
    ticks = machine.coords(config)["size"]
    title = "Images in a batch" if config.over == "batch" else "Inputs and outputs of the layer"
    return axis(title, log=True, tickvals=ticks, ticktext=[str(t) for t in ticks])


def over_sizes(
    config: machine.Config, name: str, array: str, ways: Sequence[Method], *, title: str,
    y_title: str, y_range: tuple[int, int], note: str, alt: str,
) -> Chart:
    """A line per way over the sizes.

    Args:
        array: Has the dimensions (step, way, size).
        y_range: Ends of the axis, as powers of ten.
    """
    sizes = machine.coords(config)["size"]
    data = [curve(m, mode="lines+markers", x=sizes, y=[], marker={"symbol": m.symbol, "size": 8})
            for m in ways]
    binds = tuple(Bind(i, "state", y=Ref(array, way=m.key)) for i, m in enumerate(ways))
    ticks = range(y_range[0], y_range[1] + 1)
    y_axis = axis(y_title, log=True, range=list(y_range), tickvals=[10.0**k for k in ticks],
                  ticktext=[decade(k) for k in ticks])
    layout = {"xaxis": size_axis(config), "yaxis": y_axis, "hovermode": "x unified"}
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT,
                 note=note)


def with_level(chart: Chart, y: float, words: str) -> Chart:
    """A chart of a logarithmic axis with a thin line at a height that means something."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
            "line": {"color": INK, "width": 1}}
    return annotated(chart, line, {
        "xref": "paper", "x": 0.01, "xanchor": "left", "y": 0, "yanchor": "top", "text": words,
        "showarrow": False})


def roofline(ways: Sequence[Method]) -> Chart:
    """What each way reaches, below what this machine can do."""
    data: list[dict[str, Any]] = [curve(ROOF["roof"], x=machine.LINE, y=[])]
    binds = [Bind(0, "state", y=Ref("roof"))]
    for m in ways:
        binds.append(Bind(len(data), "state", x=Ref("intensity", way=m.key),
                          y=Ref("rate", way=m.key)))
        data.append(curve(m, mode="markers", x=[], y=[],
                          marker={"symbol": m.symbol, "size": 9, "color": m.color}))
    powers = range(-2, 4)
    layout = {
        "xaxis": axis("Operations per byte moved", log=True, range=[-0.6, 3],
                      tickvals=[1, 10, 100, 1000], ticktext=["1", "10", "100", "1000"]),
        "yaxis": axis("10⁹ operations a second", log=True, range=[-2, 3],
                      tickvals=[10.0**k for k in powers], ticktext=[decade(k) for k in powers]),
        "hovermode": "closest",
    }
    return Chart("roofline", {"data": data, "layout": layout}, tuple(binds),
                 "The roofline of this machine: a sign for each size",
                 "Operations a second of each way and size, over the operations per byte.",
                 height=HEIGHT,
                 note="higher is better, zeros count; above the roof: still in the cache")


def differences(config: machine.Config, ways: Sequence[Method]) -> Chart:
    """What a way computes beside float32."""
    sizes = machine.coords(config)["size"]
    data = [curve(m, mode="lines+markers", x=sizes, y=[], hovertemplate="%{y:.1%}",
                  marker={"symbol": m.symbol, "size": 8}) for m in ways]
    binds = tuple(Bind(i, "state", y=Ref("difference", way=m.key, reduce="median"))
                  for i, m in enumerate(ways))
    layout = {
        "xaxis": size_axis(config),
        "yaxis": axis("Distance from float32's result", range=[-0.02, 1], zeroline=False,
                      **PERCENT),
        "hovermode": "x unified",
    }
    return Chart("differences", {"data": data, "layout": layout}, binds,
                 "What it costs: how far the result is from float32's",
                 "How far the result of each way is from that of float32, as a share of it.",
                 height=HEIGHT, note="the same every time, a share of its length")


def load(most: int, what: str) -> Chart:
    """How many others are at work.

    Args:
        most: Of the steps.
        what: A step is.
    """
    data = [curve(ROOF["load"])]
    layout = {
        "xaxis": axis(what, range=[0, most], dtick=1),
        "yaxis": axis("Programs that want a core", rangemode="tozero"), "hovermode": "x unified",
    }
    return Chart("load", {"data": data, "layout": layout},
                 (Bind(0, "series", y=Ref("load")),), "How busy this machine is",
                 "The load of the machine while it was measured.", height=HEIGHT,
                 note="mean of the last minute, by the system")


def without_effect(config: machine.Config) -> set[str]:
    return {"width"} if config.over == "width" else {"batch_size"}
