"""What the lab of costs shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.transformer import cost
from explorer.charts import HEIGHT, axis, curve, decade, pick
from explorer.live import Bind, Chart
from explorer.live.view import Reduce
from explorer.theme import Method, chosen
from pages.transformer.styles import COSTS


def charts(config: cost.Config, look: str) -> list[Chart]:
    nets, kinds = chosen(COSTS, config.nets), chosen(COSTS, cost.KINDS)
    several = f"median of {config.n_seeds} seeds" if config.n_seeds > 1 else ""
    return [
        over_length(
            config, "milliseconds", nets, "net", (-1, 3), title="Time for one gradient",
            y_title="Milliseconds", note="lower is better, measured",
            alt="The processor's time for one gradient of each net, at each length."),
        over_length(
            config, "chain", kinds, "kind", (0, 4), title="One after the other",
            y_title="Products that wait for each other", note="forward, formula",
            alt="How many products wait for each other, at each length."),
        over_length(
            config, "megabytes", nets, "net", (-2, 2), title="Kept for the way back",
            y_title="Megabytes", note="lower is better, counted",
            alt="What each net keeps to compute its gradient, at each length."),
        over_length(
            config, "multiply_adds", kinds, "kind", (5, 9), title="Multiply-adds",
            y_title="Multiply-adds of one sequence", note="forward, formula",
            alt="How many multiply-adds one sequence takes, at each length."),
        over_length(
            config, "arrives", kinds, "kind", None, title="From the last place to the first",
            y_title="Share of the gradient that arrives", reduce="median",
            note=", ".join(filter(None, ("before training", several, "10⁻³⁰: none"))),
            alt="How much of the last place's gradient arrives at the first, at each length."),
    ]


def over_length(
    config: cost.Config, array: str, methods: Sequence[Method], by: str,
    y_range: tuple[int, int] | None, *, title: str, y_title: str, note: str, alt: str,
    reduce: Reduce = "",
) -> Chart:
    """A line per net, or per kind of net, over the lengths, as measured up to now.

    Args:
        array: Has the dimensions (step, net or kind, length), or logarithms with seeds behind.
        y_range: Ends of a logarithmic axis, as powers of ten; None where the array has logarithms.
    """
    lengths = cost.lengths(config)
    reads = "%{y:.3g}" if y_range else "10<sup>%{y:.1f}</sup>"
    data = [curve(m, mode="lines+markers", x=lengths, y=[], hovertemplate=reads,
                  marker={"symbol": m.symbol, "size": 8}) for m in methods]
    binds = tuple(Bind(i, "state", y=pick(array, {by: m.key}, reduce))
                  for i, m in enumerate(methods))
    layout = {
        "xaxis": axis("Length of the sequences (places)", log=True, tickvals=lengths,
                      ticktext=[str(n) for n in lengths]),
        "yaxis": powers(y_title, y_range), "hovermode": "x unified",
    }
    return Chart(array, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT,
                 note=note)


def powers(title: str, ends: tuple[int, int] | None) -> dict[str, Any]:
    """An axis of powers of ten: of numbers, or of shares by their logarithms."""
    if ends is None:
        ticks = range(int(cost.LEAST), 1, 5)
        return axis(title, range=[cost.LEAST - 1, 1], tickvals=list(ticks),
                    ticktext=[decade(k) for k in ticks])
    ticks = range(ends[0], ends[1] + 1)
    return axis(title, log=True, range=list(ends), tickvals=[10.0**k for k in ticks],
                ticktext=[decade(k) for k in ticks])
