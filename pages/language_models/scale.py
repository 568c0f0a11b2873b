"""What the lab of scale shows. Pure functions of the configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.concepts.language_models import scale
from explorer.charts import HEIGHT, annotated, axis, curve, decade, learning_curves, named
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method, chosen
from pages.language_models.styles import AMOUNTS, HELPS, SIZES

ABOVE = "Nats above the floor"
RANGE = (-2, 0.7)
"""Of what is above the floor, as powers of ten."""


def charts(config: scale.Config, look: str) -> list[Chart]:
    amounts = chosen(AMOUNTS, scale.amounts(config))
    sizes = chosen(SIZES, scale.sizes(config))
    n_seeds = config.n_seeds
    ticks = (-2, -1, 0)
    over_steps = learning_curves(
        "steps", "excess", sizes, by="size", where={"amount": look}, n_seeds=n_seeds, log=True,
        title=f"Against steps: {scale.DATA_NAMES[look].lower()}", y_title=ABOVE,
        alt="What is above the floor on new sentences, over the steps, a line per size.",
    )
    layout = over_steps.figure["layout"]
    layout["yaxis"] |= {"range": list(RANGE), "tickvals": [10.0**k for k in ticks],
                        "ticktext": [decade(k) for k in ticks]}
    return [
        against_parameters(config, amounts, n_seeds), helping(config), over_steps,
        by_heart(config, amounts, n_seeds),
    ]


def against_parameters(
    config: scale.Config, amounts: Sequence[Method], n_seeds: int
) -> Chart:
    """A line per amount of sentences, through the medians, with a dot per seed."""
    ticks = (-2, -1, 0)
    y = axis(ABOVE, log=True, range=list(RANGE), tickvals=[10.0**k for k in ticks],
             ticktext=[decade(k) for k in ticks])
    return over_sizes(
        config, "excess", amounts, y, "Against parameters",
        "What is above the floor on new sentences, over the parameters, a line per amount.",
        ", ".join(filter(None, ("lower is better", several(n_seeds)))))


def by_heart(config: scale.Config, amounts: Sequence[Method], n_seeds: int) -> Chart:
    """The same of sentences that nets learn from, beside what the language itself says."""
    y = axis("Nats above the language itself", range=[-1.5, 3], zeroline=False)
    chart = over_sizes(
        config, "own", amounts, y, "On the sentences that they learn from",
        "How surprised nets are by sentences that they learn from, over the parameters.",
        several(n_seeds))
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0,
            "line": {"color": INK, "width": 1}}
    return annotated(chart, line, {
        "xref": "paper", "x": 0.01, "xanchor": "left", "y": 0, "yanchor": "top",
        "text": "below: known by heart", "showarrow": False})


def several(n_seeds: int) -> str:
    return f"median of {n_seeds} seeds" if n_seeds > 1 else ""


def over_sizes(
    config: scale.Config, array: str, amounts: Sequence[Method], y_axis: dict[str, Any],
    title: str, alt: str, note: str,
) -> Chart:
    """A line per amount of sentences over the parameters of the nets, as they are now.

    Args:
        array: Has the dimensions (step, size, amount, seed).
    """
    n_parameters = [scale.net_of(config, size).n_parameters for size in scale.sizes(config)]
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for m in amounts:
        binds.append(Bind(len(data), "state", y=Ref(array, amount=m.key, reduce="median")))
        data.append(curve(m, mode="lines+markers", x=n_parameters, y=[],
                          hovertemplate="%{y:.2f}", marker={"symbol": m.symbol, "size": 8}))
    layout = {"xaxis": parameters(n_parameters), "yaxis": y_axis, "hovermode": "x unified"}
    return Chart(array, {"data": data, "layout": layout}, tuple(binds), title, alt,
                 height=HEIGHT, note=note)


def parameters(n_parameters: Sequence[int]) -> dict[str, Any]:
    ends = [math.log10(n_parameters[0] / 1.4), math.log10(n_parameters[-1] * 1.4)]
    return axis("Parameters", log=True, tickvals=list(n_parameters), range=ends,
                ticktext=[f"{n:,}" for n in n_parameters])


def helping(config: scale.Config) -> Chart:
    """For each net a sign: what would help it most."""
    sizes, amounts = scale.sizes(config), scale.amounts(config)
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for m in chosen(HELPS, HELPS):
        for j, amount in enumerate(amounts):
            binds.append(Bind(len(data), "state",
                              size=Ref("bottleneck", what=m.key, amount=amount)))
            data.append({
                "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label + amount,
                "legendgroup": m.label, "showlegend": j == 0, "x": list(range(len(sizes))),
                "y": [j] * len(sizes), "hovertemplate": f"{m.label.lower()} would help most",
                "marker": {"symbol": m.symbol, "color": m.color, "size": [], "opacity": 1,
                           "sizeref": 1 / 24, "sizemode": "diameter", "line": {"width": 0}},
            })
    short = {n: "new ones" if n == scale.ENDLESS else n for n in amounts}
    layout = {
        "xaxis": axis("Parameters", **named([
            f"{scale.net_of(config, size).n_parameters:,}" for size in sizes]),
            range=[-0.5, len(sizes) - 0.5]),
        "yaxis": axis("Sentences", **named([short[n] for n in amounts]),
                      range=[-0.5, len(amounts) - 0.5]),
        "hovermode": "closest",
    }
    return Chart("bottleneck", {"data": data, "layout": layout}, tuple(binds),
                 "What would help most",
                 "For each size and amount: what helps most, parameters, data or steps.",
                 height=HEIGHT, note="per doubling of it; empty: none of the three")
