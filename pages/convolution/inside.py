"""Charts of the look inside: the net at work, what can be read in each layer, and its kernels."""

from __future__ import annotations

from typing import Any

from core.concepts.convolution import inside
from explorer.charts import HEIGHT, axis, learning_curves
from explorer.live import Bind, Chart, Panel, Ref, Stage
from explorer.maps import SIGNS
from explorer.theme import chosen
from pages.convolution.styles import LAYERS

FULL = 3.0
"""What a pen leaves, in standard deviations: as much as a stroke of full contrast."""


def charts(config: inside.Config, look: str) -> list[Panel]:
    """The stage first; the number under the pointer is made before the visitor's eyes."""
    labels = inside.coords(config)
    shares: dict[str, Any] = {"n_seeds": config.n_seeds, "percent": True, "y_range": [0, 1],
                              "y_title": "Share wrong"}
    return [
        Stage(
            "maps", "maps",
            ("images", "labels", "background", "head", "head_bias",
             *(f"{what}{i}" for what in ("kernel", "scale", "offset") for i in (1, 2, 3))),
            {"pools": [block.pool for block in inside.net_of(config).blocks],
             "classes": labels["class"], "full": FULL},
            "What every layer makes of an image",
            "An image, the maps of three layers, and the sum behind one number.",
            width="full", height=560, note="point at a number",
        ),
        learning_curves(
            "probe", "probe_error", chosen(LAYERS, labels["layer"]), by="layer",
            title="Can the class be read off here? (linear probe)",
            alt="Test error of a linear probe on each layer, over steps.", **shares,
        ),
        kernels(config),
        learning_curves(
            "cosine", "cosine", chosen(LAYERS, labels["kernels"]), by="kernels",
            n_seeds=config.n_seeds, y_range=[-0.1, 1.05], y_title="Cosine",
            title="How much of their start is left in the kernels",
            alt="Cosine between the kernels of each layer and their start, over steps.",
        ),
    ]


def kernels(config: inside.Config) -> Chart:
    """The first layer's: at the start, now, and what has been learned."""
    side = int(config.kernel) + 1
    rows = ["Start", "Now", "Learned"]
    data = [{
        "type": "heatmap", "z": [], "uid": "filters", "name": "Kernels", "showscale": False,
        "hovertemplate": "%{z:.2f}<extra></extra>", "colorscale": SIGNS, "zmin": -1, "zmax": 1,
        "hoverongaps": False,
    }]
    middle = [side * i + (side - 2) / 2 for i in range(inside.CHANNELS[0])]
    layout = {
        "xaxis": axis("Map   (orange: above 0, blue: below)", showgrid=False, zeroline=False,
                      tickvals=middle, ticktext=[str(i + 1) for i in range(len(middle))]),
        "yaxis": axis("", showgrid=False, zeroline=False, tickvals=middle[:3], ticktext=rows,
                      range=[3 * side - 1.5, -0.5], scaleanchor="x", constrain="domain"),
        "hovermode": "closest",
    }
    return Chart("kernels", {"data": data, "layout": layout}, (Bind(0, "state", z=Ref("filters")),),
                 "Kernels of the first layer",
                 "The first layer's kernels at the start, now, and their change.", height=HEIGHT,
                 note="first seed")
