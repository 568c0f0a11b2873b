"""Charts of the lab of explanations: three maps of an image, and whether they know the net."""

from __future__ import annotations

from typing import Any

from core.concepts.convolution import explain
from core.concepts.convolution.tasks import CLASSES, SIDES
from explorer.charts import axis, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import chosen
from pages.convolution.pictures import INK_COLOURS
from pages.convolution.styles import WAYS


def charts(config: explain.Config, look: str) -> list[Chart]:
    """The maps themselves, then the check, then what else they are like."""
    ways = chosen(WAYS, explain.WAYS)
    how: dict[str, Any] = {"by": "way", "n_seeds": config.n_seeds, "y_range": [-0.05, 1.05],
                           "y_title": "Rank correlation", "height": 300}
    again = [learning_curves(
        "again", "again", ways, title="How alike are the maps of a net trained again?",
        alt="Rank correlation of the maps of two nets trained from different starts, over steps.",
        **how,
    )] if config.n_seeds > 1 else []
    return [
        maps(config),
        learning_curves(
            "untrained", "untrained", ways,
            title="How alike are the maps of the untrained net?",
            alt="Rank correlation of each map with that of the untrained net, over steps.", **how,
        ),
        *again,
        learning_curves(
            "picture", "picture", ways, title="How alike is the image itself?",
            alt="Rank correlation of each map with the ink of the image, over steps.", **how,
        ),
        learning_curves(
            "on_shape", "on_shape", ways, title="How much of the map lies on the shape?",
            alt="Share of each map that lies on the pixels of the shape, over steps.",
            **how | {"percent": True, "y_title": "Share of the map", "y_range": [0, 1]},
        ),
        learning_curves(
            "test_error", "test_error", [WAYS["net"]], by="", title="Error on new images",
            alt="Test error of the nets over steps.", n_seeds=config.n_seeds, percent=True,
            y_range=[0, 1], y_title="Share wrong", height=300,
        ),
    ]


def maps(config: explain.Config) -> Chart:
    """An image of every class, and below it every way's map by the net now and untrained."""
    side, classes = SIDES[config.data] + 1, list(CLASSES[config.data])
    rows = ["Image", *(f"{explain.WAY_NAMES[way]}, {net}" for way in explain.WAYS
                       for net in ("now", "untrained"))]
    data = [{
        "type": "heatmap", "z": [], "uid": "drawn", "colorscale": INK_COLOURS, "zmin": 0,
        "zmax": 1, "showscale": False, "hoverinfo": "skip", "hoverongaps": False,
    }]
    middle = [side * i + side / 2 - 1 for i in range(max(len(rows), len(classes)))]
    layout = {
        "xaxis": axis("Class   (lighter: counts more)", showgrid=False, zeroline=False,
                      tickvals=middle[: len(classes)], ticktext=classes, constrain="domain",
                      range=[-1, side * len(classes) - 1]),
        "yaxis": axis("", showgrid=False, zeroline=False, tickvals=middle[: len(rows)],
                      ticktext=rows, range=[side * len(rows) - 1, -1], scaleanchor="x",
                      constrain="domain"),
        "hovermode": "closest",
    }
    return Chart("drawn", {"data": data, "layout": layout}, (Bind(0, "state", z=Ref("drawn")),),
                 "How much each pixel counts for the score of the image's class",
                 "Images, and maps by each way for the net now and the untrained one.",
                 width="full", height=520, note="first seed")
