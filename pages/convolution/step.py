"""Charts of one kernel, looked at slowly: where it is, what it multiplies, and what comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.concepts.convolution import step
from explorer.live import Bind, Chart, Ref
from explorer.maps import SIGNS, squares
from explorer.update import update_charts
from pages.convolution.pictures import INK_COLOURS
from pages.convolution.styles import PLACE

HEIGHT = 290
WINDOW = PLACE["window"]
AROUND = 2.0
"""Room around the image for a window that reaches over its border."""


def charts(config: step.Config, look: str) -> list[Chart]:
    """The image and its window, kernel and products, then the map and what goes on; or an update.
    """
    if config.shows == "update":
        return update_charts(step.QUANTITIES, config.seed,
                             f"Middle row of kernel {config.channel}", "Column of the kernel",
                             int(config.kernel))
    labels = step.coords(config)
    side, k, half = (len(labels[dim]) for dim in ("y", "down", "pooled_y"))
    ink: dict[str, Any] = {"colorscale": INK_COLOURS}
    numbers: dict[str, Any] = {"numbers": ".2f", "height": HEIGHT}
    image = squares("image", side, "The image", "The image, framed at the window.", ink,
                    around=AROUND, height=HEIGHT)
    sums = squares("sums", side, "The map", "The map, as far as it is made.", ink, height=HEIGHT)
    return [
        framed(image, "frame", mode="lines", line={"color": WINDOW.color, "width": 3}),
        squares("window", k, "The window", "The pixels in the window, as numbers.", ink, **numbers),
        squares("kernel", k, "Times the kernel", "The weights of the kernel, as numbers.",
                signs(0.4), **numbers),
        squares("products", k, "Gives products", "Each pixel of the window times its weight.",
                signs(0.6), **numbers),
        framed(sums, "place", mode="markers", marker={
            "symbol": "square-open", "size": 15, "color": WINDOW.color, "line": {"width": 3}}),
        squares("pooled", half, "What goes on", "The map after pooling, and after ReLU.", ink,
                height=HEIGHT),
    ]


def signs(most: float) -> dict[str, Any]:
    """Colours of numbers below and above 0."""
    return {"colorscale": SIGNS, "zmin": -most, "zmax": most}


def framed(chart: Chart, array: str, **how: Any) -> Chart:
    """A chart of squares with a mark where something is looked at.

    Args:
        array: Its corners or its middle, (step, point, way).
    """
    trace = {"type": "scatter", "x": [], "y": [], "uid": array,
             "name": WINDOW.label, "legendgroup": WINDOW.label, "hoverinfo": "skip",
             "showlegend": array == "frame", **how}
    fed = Bind(1, "state", x=Ref(array, way="x"), y=Ref(array, way="y"))
    figure = {**chart.figure, "data": [*chart.figure["data"], trace]}
    return replace(chart, figure=figure, binds=(*chart.binds, fed))
