"""The page's own pictures: scenes with what nets say of them. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.vision_tasks.find import ASKED
from core.concepts.vision_tasks.scenes import NAMES, SIDE
from explorer.charts import learning_curves
from explorer.live import Bind, Chart, Ref, Stage
from explorer.theme import INK, Method, Palette

FIRST = "new scenes of the first seed"


def _said(methods: Sequence[Method]) -> list[dict[str, Any]]:
    return [{"label": m.label, "color": m.color} for m in methods]


def found(nets: Sequence[Method]) -> Stage:
    """A row of scenes per net, with its class and its box."""
    rows = [{**row, "classes": ASKED[net.key].of_class, "boxes": ASKED[net.key].of_box}
            for row, net in zip(_said(nets), nets, strict=True)]
    return Stage(
        "scenes", "found", ("image", "true_class", "true_box", "said_class", "said_box"),
        {"side": SIDE, "classes": list(NAMES), "colors": [], "nets": rows},
        "What the nets say", "New scenes, and for each net its class and its box.",
        height=150 * len(nets) if len(nets) > 1 else 220, note=FIRST,
        invitation="point at a scene")


def segmented(nets: Sequence[Method], classes: Palette) -> Stage:
    """A row of scenes per net, with what it takes each pixel for."""
    return Stage(
        "scenes", "segmented", ("image", "true", "said"),
        {"side": SIDE, "classes": list(NAMES), "nets": _said(nets),
         "colors": [classes[name].color for name in NAMES]},
        "What each pixel is taken for",
        "New scenes, what is true of their pixels, and what each net says.",
        height=92 * (len(nets) + 2), note=FIRST, invitation="point at a scene")


def covering(nets: Sequence[Method], n_seeds: int) -> Chart:
    """Mean IoU over the updates, and that of one box for all scenes."""
    chart = learning_curves(
        "iou", "iou", nets, by="net", n_seeds=n_seeds, y_range=[0, 1],
        title="Boxes (dotted: one box for all scenes)", y_title="Mean IoU",
        alt="Mean IoU of the boxes in new scenes, over the updates.")
    line = {"type": "scatter", "mode": "lines", "name": "One box for all", "uid": "usual",
            "legendgroup": "usual", "showlegend": False, "hoverinfo": "skip",
            "line": {"color": INK, "dash": "dot", "width": 1.5}}
    data = [*chart.figure["data"], line]
    fed = Bind(len(data) - 1, "series", y=Ref("usual_iou", reduce="median"))
    return replace(chart, figure={**chart.figure, "data": data}, binds=(*chart.binds, fed))
