"""Charts of the lab of shapes: one image as every net is told it, and what nets make of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.representation import shape
from core.concepts.representation.pixels import N_CHANNELS, SIDE
from explorer.charts import HEIGHT, PERCENT, axis, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import Method, chosen
from pages.representation.pictures import against
from pages.representation.styles import TELLINGS

WRONG: dict[str, Any] = {"range": [-0.02, 1.02], **PERCENT}
GREYS = "Greys"


def charts(config: shape.Config, look: str) -> list[Chart]:
    tellings, n_seeds = chosen(TELLINGS, config.tellings), config.n_seeds
    nets: dict[str, str] = {name: shape.NET_NAMES[name] for name in config.nets}
    first, *others = tellings
    asked = [against(
        "asked", "asked_error", others,
        title=f"Learned {first.label.lower()}, asked otherwise",
        alt=f"Error of nets that learned {first.label.lower()} images, asked in each other way.",
        by="telling", over="net", ticks=nets, n_seeds=n_seeds, x_title="Net",
        y_title="Share wrong", y=WRONG)] if others else []
    curves = [
        learning_curves(
            f"curves_{name}", "test_error", tellings, by="telling", where={"net": name},
            n_seeds=n_seeds, title=f"{label}: error on new images", y_title="Share wrong",
            y_range=WRONG["range"], percent=True,
            alt=f"Test error of the {label} net with each representation, over the updates.",
        ) for name, label in nets.items()
    ]
    return [*curves, told(config, tellings), *asked]


def told(config: shape.Config, tellings: Sequence[Method]) -> Chart:
    """One image in every representation, its channels beside each other."""
    n, wide = N_CHANNELS[config.images], SIDE + 1
    height = SIDE + 2
    data = [{
        "type": "heatmap", "z": [], "uid": f"told {m.key}", "name": m.label, "showscale": False,
        "colorscale": GREYS, "reversescale": True, "zmin": 0, "zmax": 1, "hoverinfo": "skip",
        "hoverongaps": False, "y0": i * height, "dy": 1,
    } for i, m in enumerate(tellings)]
    binds = tuple(Bind(i, "state", z=Ref("told", telling=m.key)) for i, m in enumerate(tellings))
    middle = (SIDE - 1) / 2
    quiet: dict[str, Any] = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    names = ("red", "green", "blue") if n > 1 else ("grey",)
    layout = {
        "xaxis": axis("Channel", range=[-1, n * wide - 1],
                      tickvals=[wide * i + middle for i in range(n)],
                      ticktext=list(names), **quiet),
        "yaxis": axis("", range=[len(tellings) * height - 1.5, -1], scaleanchor="x",
                      tickvals=[i * height + middle for i in range(len(tellings))],
                      ticktext=[m.label for m in tellings], **quiet),
        "hovermode": False,
    }
    return Chart("told", {"data": data, "layout": layout}, binds, "What the nets are told",
                 "One training image in every representation, channel by channel.", height=HEIGHT,
                 note="one image of the first seed; dark: large numbers")
