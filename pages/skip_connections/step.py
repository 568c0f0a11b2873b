"""Charts of one block, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.skip_connections import step
from explorer.charts import annotated, axis
from explorer.live import Bind, Chart, Panel, Ref, Stage
from explorer.theme import INK, Method, chosen
from pages.skip_connections import pictures
from pages.skip_connections.styles import BLOCKS

HEIGHT = 330
GAP = 1.2  # between the units of one block and those of the other


def charts(config: step.Config, look: str) -> list[Panel]:
    methods = chosen(BLOCKS, step.coords(config)["variant"])
    block = step.block_of(config)
    return [
        drawing(methods),
        marked(pictures.by_layer(
            "gradient", "gradient", methods, step.coords(config)["layer"],
            title="Gradient at each layer, over 64 images", log=True,
            x_title="Layer", y_title="Norm of dL/dh",
            alt="Norm of the gradient at each layer of both nets.",
        ), block),
        both_ways(
            "forward", "forward", "part", step.FORWARD, methods, config.seed,
            title=f"Forward through block {block}: some of its units",
            x_title="Pale to full: in, the layer's answer, out",
            y_title="Share of the norm that comes in",
            alt="For some units of both blocks what comes in, the layer's answer and what goes on.",
        ),
        both_ways(
            "back", "back", "way", step.BACK, methods, config.seed,
            title="And the gradient back, at the same units",
            x_title="Pale to full: arrives, through, past, goes on",
            y_title="Share of the norm that arrives",
            alt="For some units of both blocks the gradient that arrives, what comes through the "
            "layer, what comes past it, and what goes on.",
        ),
    ]


def drawing(methods: Sequence[Method]) -> Stage:
    """The blocks themselves: the first one is plain, the others have a way past their layer."""
    rows = [{"label": method.label, "color": method.color, "past": method is not methods[0]}
            for method in methods]
    return Stage(
        "block", "block", ("norm",),
        {"rows": rows, "parts": [*step.FORWARD, *step.BACK], "forward": len(step.FORWARD)},
        "One image forward →, its gradient back ←",
        "A plain block and one with a way past its layer, with what goes through them.",
        note="shares of what comes in, of what arrives",
    )


def both_ways(
    name: str, array: str, dim: str, parts: Sequence[str], methods: Sequence[Method], seed: int,
    *, title: str, x_title: str, y_title: str, alt: str,
) -> Chart:
    """Bars per unit, one for each part, from pale to full: the plain block's units on the left,
    the other's on the right.

    Args:
        array: Has the dimensions (step, variant, part, unit, seed).
        dim: Name of its third one.
        parts: In the order in which they are there.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    wide = 0.84 / len(parts)
    for m, method in enumerate(methods):
        first = m * (step.N_UNITS + GAP)
        for i, part in enumerate(parts):
            labels: dict[str, Any] = {"variant": method.key, dim: part, "seed": seed}
            binds.append(Bind(len(data), "state", y=Ref(array, **labels)))
            data.append(_bars(method, part, 0.4 + 0.6 * i / (len(parts) - 1)) | {
                "x": [first + unit for unit in range(step.N_UNITS)], "y": [None] * step.N_UNITS,
                "offset": i * wide - 0.42, "width": wide * 0.92,
            })
    middle = (step.N_UNITS - 1) / 2
    at = [middle, middle + step.N_UNITS + GAP]
    layout = {
        "xaxis": axis(x_title, tickvals=at, ticktext=[m.label for m in methods], zeroline=False,
                      showgrid=False, range=[-0.7, at[1] + middle + 0.7]),
        "yaxis": axis(y_title), "barmode": "overlay",
        "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT)


def _bars(method: Method, part: str, opacity: float) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "v", "name": method.label, "uid": f"{method.label} {part}",
        "legendgroup": method.label, "showlegend": False,
        "marker": {"color": method.color, "opacity": opacity,
                   "line": {"color": method.color, "width": 1}},
        "hovertemplate": f"{part}: %{{y:.3g}}<extra></extra>",
    }


def marked(chart: Chart, block: int) -> Chart:
    line = {"type": "line", "x0": block, "x1": block, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": INK, "width": 1}}
    words = {"x": block, "yref": "paper", "y": 1, "yanchor": "top", "xanchor": "left", "xshift": 4,
             "text": f"block {block}", "showarrow": False}
    return annotated(chart, line, words)
