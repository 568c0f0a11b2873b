"""Charts of one member in the making. Pure functions, like `charts`."""

from __future__ import annotations

from typing import Any

from core.concepts.ensembles import step
from core.concepts.ensembles.methods import METHOD_NAMES
from explorer.charts import axis
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK
from pages.ensembles.pictures import CLASSES, QUIET, RIM, field
from pages.ensembles.styles import TREES

HEIGHT = 330


def charts(config: step.Config, look: str) -> list[Chart]:
    name, boosting = METHOD_NAMES[config.method], config.method == "adaboost"
    return [
        plane(
            config, "member", "member_surface", sized=True,
            title="The new member (×: it is wrong)",
            alt="The new member over the plane, and how much each point counts for it.",
        ),
        plane(
            config, "surface", "surface", sized=False,
            title=f"{name}: what the ensemble says",
            alt="Votes of the ensemble over the plane.",
        ),
        counts(
            config,
            title="Weight of each point (full: the member is wrong)" if boosting
            else "How often each point was drawn (full: the tree is wrong)",
            y_title="Weight, as a share of the mean" if boosting else "Times drawn",
        ),
    ]


def plane(
    config: step.Config, name: str, array: str, *, sized: bool, title: str, alt: str
) -> Chart:
    """A map with the training points on it, sized by what they count or all alike."""
    labels = step.coords(config)
    data = [field(labels["x"], labels["y"], scale=not sized)]
    binds = [Bind(0, "state", z=Ref(array))]
    for k, (label, symbol, color) in enumerate(CLASSES):
        marker: dict[str, Any] = {"symbol": symbol, "size": 7, "color": color, "opacity": 0.85,
                                  "line": RIM}
        if sized:
            marker |= {"sizemode": "area", "sizeref": 0.022, "sizemin": 1.5}
        binds.append(Bind(
            len(data), "state", x=Ref("points", label=k, xy="x"), y=Ref("points", label=k, xy="y"),
            size=Ref("used") if sized else None,
        ))
        data.append({"type": "scatter", "mode": "markers", "name": label, "uid": f"class{k}",
                     "marker": marker, **QUIET})
    if sized:
        binds.append(Bind(len(data), "state", x=Ref("missed", xy="x"), y=Ref("missed", xy="y")))
        data.append({"type": "scatter", "mode": "markers", "name": "Wrong", "uid": "missed",
                     "marker": {"symbol": "x-thin", "size": 10, "color": INK,
                                "line": {"width": 2, "color": INK}}, **QUIET})
    x, y = labels["x"], labels["y"]
    layout = {
        "xaxis": axis("Feature 1", range=[x[0], x[-1]], zeroline=False, showgrid=False),
        "yaxis": axis("Feature 2", range=[y[0], y[-1]], zeroline=False, showgrid=False),
        "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT)


def counts(config: step.Config, *, title: str, y_title: str) -> Chart:
    """A bar per training point; full are those that the new member gets wrong."""
    style, n = TREES[config.method], config.n_samples
    data = [{
        "type": "bar", "orientation": "v", "name": name, "uid": f"count {array}",
        "showlegend": False, "x": list(range(1, n + 1)), "y": [None] * n,
        "legendgroup": style.label, "marker": {"color": style.color, "opacity": opacity},
        "hovertemplate": "point %{x}: %{y:.3g}<extra></extra>",
    } for array, name, opacity in (("used", "All", 0.35), ("wrong_used", "Wrong", 1))]
    layout = {
        "xaxis": axis("Training point", range=[0, n + 1], zeroline=False), "yaxis": axis(y_title),
        "barmode": "overlay", "bargap": 0.15, "hovermode": "closest",
    }
    binds = tuple(Bind(i, "state", y=Ref(array)) for i, array in enumerate(("used", "wrong_used")))
    return Chart("counts", {"data": data, "layout": layout}, binds, title,
                 "How much each training point counts for the new member.", width="full",
                 height=260)
