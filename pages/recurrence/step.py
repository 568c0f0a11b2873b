"""Charts of one step of a cell, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.recurrence import step
from explorer.charts import HEIGHT, axis
from explorer.live import Bind, Chart, Ref
from explorer.theme import AWAY, INK, chosen
from explorer.update import update_charts
from pages.recurrence.styles import FROZEN

WORDS = {
    "before": "before", "kept": "kept", "written": "written",
    "after": "now", "out": "shown",
}


def charts(config: step.Config, look: str) -> list[Chart]:
    if config.shows == "update":
        return update_charts(
            step.quantities(config), config.seed,
            f"Weights of unit 1's {step.KEEPS[config.cell]} gate", "Unit whose state comes in")
    parts = [part for part in step.parts_of(config) if part != "candidate"]
    return [
        by_unit(
            "gates", "gates", config, [(gate.key, gate.label, gate.color, 1.0)
                                      for gate in chosen(FROZEN, step.gates_of(config))],
            title="Gates", y_title="0 closed, 1 open", y_range=[0, 1.02], legend=True,
            alt="For each unit how far its gates are open at this place.",
        ),
        by_unit(
            "candidate", "parts", config, [("candidate", "Candidate", AWAY, 1.0)],
            title="What could be written", y_title="Candidate", y_range=[-1.02, 1.02],
            legend=False, alt="For each unit the candidate at this place.",
        ),
        by_unit(
            "parts", "parts", config, [
                (part, WORDS[part], INK, 0.25 + 0.75 * i / (len(parts) - 1))
                for i, part in enumerate(parts)],
            title="What it remembers",
            note="pale to full: " + ", ".join(WORDS[part] for part in parts),
            y_title="Number in the unit", legend=False,
            alt="For each unit what was remembered, what is kept, what is written and what is "
            "remembered now.",
        ),
    ]


def by_unit(
    name: str, array: str, config: step.Config, bars: Sequence[tuple[str, str, str, float]], *,
    title: str, y_title: str, alt: str, legend: bool, note: str = "",
    y_range: Sequence[float] | None = None,
) -> Chart:
    """A group of bars for each unit.

    Args:
        array: Has the dimensions (step, gate or part, unit, seed).
        bars: The label in its own dimension, what it is called, its colour, how opaque it is.
    """
    units = list(range(1, config.width + 1))
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for key, label, color, opacity in bars:
        labels: dict[str, Any] = {array.removesuffix("s"): key, "seed": config.seed}
        binds.append(Bind(len(data), "state", y=Ref(array, **labels)))
        data.append({
            "type": "bar", "name": label, "uid": f"{name} {key}", "x": units,
            "y": [None] * len(units), "showlegend": legend, "legendgroup": label,
            "marker": {"color": color, "opacity": opacity, "line": {"color": color, "width": 1}},
            "hovertemplate": f"{label}: %{{y:.2f}}<extra></extra>",
        })
    ends: dict[str, Any] = {"range": list(y_range)} if y_range else {}
    layout = {"xaxis": axis("Unit", tickvals=units[::config.width // 8], zeroline=False),
              "yaxis": axis(y_title, **ends), "barmode": "group", "bargap": 0.25,
              "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, note=note,
                 width="third", height=HEIGHT)
