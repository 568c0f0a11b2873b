"""The charts of one step: arrows around the point, the numbers behind them, and where it is."""

from __future__ import annotations

from typing import Any

from core.concepts.optimizers import step, surface
from core.concepts.optimizers.surfaces import SURFACES
from explorer.charts import axis
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, PAPER
from pages.optimizers.pictures import CONTOURS
from pages.optimizers.styles import ARROWS, COORDINATES, METHODS

HEIGHT = 340
QUANTITIES = {
    "gradient": "gradient", "kept": "memory, kept", "memory": "new memory", "ahead": "look ahead",
    "squares": "squares", "mean": "mean", "largest": "largest squares",
    "mean_hat": "mean, corrected", "squares_hat": "squares, corrected", "divided": "divided",
    "mixed": "mixture", "step": "step",
}
"""What the rows of the numbers are called."""


def step_charts(config: step.Config, look: str) -> list[Chart]:
    """Big the point and its arrows, beside it their numbers, small where on the surface it is."""
    return [_arrows(config), _numbers(config), _place(config)]


def _names(config: step.Config) -> dict[str, str]:
    """What the rule's arrows are called."""
    called = {key: arrow.label for key, arrow in ARROWS.items()}
    if config.optimizer == "nesterov":
        called["mean"] = "The look ahead"
    elif "kept" in step.quantities(config):
        called["mean"] = "New memory"
    elif config.optimizer in ("adam", "amsgrad"):
        called["mean"] = "Mean, downhill"
    return called


def _drawn(config: step.Config) -> list[str]:
    """The arrows that the rule has."""
    rows = step.quantities(config)
    mixed = {"memory", "mean", "mixed"} & set(rows)
    return ["gradient", *(["kept"] if "kept" in rows else []), *(["mean"] if mixed else []), "step"]


def _point(method: str, **more: Any) -> dict[str, Any]:
    style = METHODS[method]
    return {"type": "scatter", "mode": "markers", "showlegend": False, "hoverinfo": "skip",
            "marker": {"symbol": style.symbol, "size": 15, "color": INK,
                       "line": {"width": 1.5, "color": PAPER}}, **more}


def _arrows(config: step.Config) -> Chart:
    data: list[dict[str, Any]] = [{**CONTOURS, "x": [], "y": [], "z": [], "uid": "zoom",
                                   "showscale": False, "ncontours": 16}]
    binds = [Bind(0, "state", x=Ref("zoom_x"), y=Ref("zoom_y"), z=Ref("zoom"))]
    called = _names(config)
    for key in _drawn(config):
        arrow = ARROWS[key]
        binds.append(Bind(len(data), "state", x=Ref("arrow", part=key, xy="x"),
                          y=Ref("arrow", part=key, xy="y")))
        data.append({
            "type": "scatter", "mode": "lines+markers", "uid": key, "name": called[key],
            "legendgroup": called[key], "hoverinfo": "skip",
            "line": {"color": arrow.color, "dash": arrow.dash, "width": 4},
            "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 18],
                       "color": arrow.color},
        })
    binds.append(Bind(len(data), "state", x=Ref("place", seed=config.seed, xy="x"),
                      y=Ref("place", seed=config.seed, xy="y")))
    data.append(_point(config.optimizer, uid="now", name=METHODS[config.optimizer].label))
    layout = {"xaxis": axis("x", zeroline=False), "yaxis": axis("y", zeroline=False),
              "hovermode": "closest"}
    turned = "divided" in step.quantities(config)
    title = "The step, and where the others point" if turned else "The step and its parts"
    return Chart("arrows", {"data": data, "layout": layout}, tuple(binds), title,
                 "Arrows of the gradient, of what the rule makes of it, and of the step.",
                 height=HEIGHT)


def _numbers(config: step.Config) -> Chart:
    """A row per quantity with a bar for x and one for y, against the longer of the two."""
    rows = step.quantities(config)
    labels = [QUANTITIES[name] for name in rows]
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for side, (xy, method) in zip((-1, 1), COORDINATES.items(), strict=True):
        common = {"name": method.label, "legendgroup": method.label, "hoverinfo": "skip"}
        binds.append(Bind(len(data), "state", x=Ref("bar", xy=xy)))
        data.append({"type": "bar", "orientation": "h", "uid": xy, "x": [], **common,
                     "y": list(range(len(rows))), "marker": {"color": method.color}})
        binds.append(Bind(len(data), "state", x=Ref("known"),
                          text=Ref("value", xy=xy, seed=config.seed)))
        data.append({
            "type": "scatter", "mode": "text", "uid": f"{xy} number", "showlegend": False,
            "y": [i + 0.19 * side for i in range(len(rows))],
            "texttemplate": "\u2002%{text:.3~r}", "textposition": "middle right",
            "textfont": {"color": method.color, "size": 14}, "cliponaxis": False, **common,
        })
    layout = {
        "xaxis": axis("As a share of the longer one", range=[-1.1, 1.7], tickvals=[-1, 0, 1]),
        "yaxis": axis("", range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))),
                      ticktext=labels, zeroline=False, showgrid=False),
        "barmode": "group", "bargap": 0.25, "hovermode": False,
    }
    return Chart("numbers", {"data": data, "layout": layout}, tuple(binds),
                 "The numbers, sub-step by sub-step",
                 "What each sub-step computes for x and for y.", height=HEIGHT)


def _place(config: step.Config) -> Chart:
    labels, method = step.coords(config), METHODS[config.optimizer]
    data: list[dict[str, Any]] = [
        {**CONTOURS, "x": labels["x"], "y": labels["y"], "z": [], "uid": "landscape",
         "showscale": False},
        {"type": "scatter", "mode": "lines", "uid": "path", "name": method.label,
         "showlegend": False, "hoverinfo": "skip",
         "line": {"color": INK, "width": 2.5}},
        _point(config.optimizer, uid="now", name=method.label),
    ]
    binds = (
        Bind(0, "state", z=Ref("landscape")),
        Bind(1, "state", x=Ref("path", xy="x"), y=Ref("path", xy="y")),
        Bind(2, "state", x=Ref("place", seed=config.seed, xy="x"),
             y=Ref("place", seed=config.seed, xy="y")),
    )
    x, y = labels["x"], labels["y"]
    layout = {"xaxis": axis("x", range=[x[0], x[-1]], zeroline=False),
              "yaxis": axis("y", range=[y[0], y[-1]], zeroline=False), "hovermode": "closest"}
    return Chart("place", {"data": data, "layout": layout}, binds,
                 f"{SURFACES[config.surface].label}: the way here, {config.at} steps",
                 "The path up to the step, on the whole surface.", width="full", height=260)


def hidden_in_step(config: step.Config) -> set[str]:
    return {"condition_number", "rotation"} if config.surface != "quadratic" else set()


def within_surface(config: step.Config | surface.Config) -> dict[str, tuple[float, float]]:
    land = SURFACES[config.surface]
    return {"start_x": land.x_range, "start_y": land.y_range}
