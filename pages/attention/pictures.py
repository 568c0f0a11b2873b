"""Charts of translators: right against length, and where they look. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.concepts.attention.encoders import MOST_PLACES
from core.concepts.attention.tasks import DATE_DIGITS, MONTHS, TASKS
from explorer.charts import HEIGHT, annotated, axis, counted, curve, learning_curves, spread
from explorer.live import Bind, Chart, Ref, Stage
from explorer.live.view import Reduce
from explorer.theme import INK, Method
from pages.attention.styles import READS

ENDS: tuple[Reduce, Reduce] = ("min", "max")
RIGHT = "Share right"
DIGITS = "16180339"
"""What digits are read at first: as with most of eight, by default attention gets them right in the
end and a fixed vector does not.
"""
SHARE: dict[str, Any] = {"range": [-0.02, 1.02], "tickformat": ".0%"}


def against_length(
    reads: Sequence[Method], lengths: Sequence[int], *, n_seeds: int, longest: int | None,
    title: str, height: int = HEIGHT,
) -> Chart:
    """A line through the medians of the seeds, in a band from least to most: as it is now.

    Args:
        longest: The longest trained length, where there are longer ones.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for read in reads:
        if n_seeds > 1:
            edge = {"type": "scatter", "mode": "lines", "x": list(lengths), "y": [],
                    "name": read.label, "legendgroup": read.label, "showlegend": False,
                    "line": {"width": 0}, "hoverinfo": "skip"}
            fill = {"fill": "tonexty", "fillcolor": read.fill_faint}
            least, most = (Ref("exact", reduce=end, read=read.key) for end in ENDS)
            binds += [Bind(len(data), "state", y=least), Bind(len(data) + 1, "state", y=most)]
            data += [{**edge, "uid": f"{read.label} least"},
                     {**edge, **fill, "uid": f"{read.label} most"}]
        binds.append(Bind(len(data), "state", y=Ref("exact", reduce="median", read=read.key)))
        data.append(curve(read, x=list(lengths), y=[], mode="lines+markers",
                          marker={"symbol": read.symbol, "size": 8}, hovertemplate="%{y:.0%}"))
    layout = {
        "xaxis": axis("Length of the sequence (symbols)", tickvals=list(lengths), zeroline=False,
                      range=[lengths[0] - 0.5, lengths[-1] + 0.5]),
        "yaxis": axis(RIGHT, **SHARE), "hovermode": "x unified",
    }
    chart = Chart("exact", {"data": data, "layout": layout}, tuple(binds), title,
                  "The share of new sequences that are right as a whole, by their length.",
                  height=height, note=counted(RIGHT, spread(n_seeds)))
    return with_longest(chart, longest) if longest else chart


def with_longest(chart: Chart, longest: int) -> Chart:
    """A chart over lengths with a mark at the longest that was trained."""
    line = {"type": "line", "x0": longest, "x1": longest, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": INK, "width": 1}}
    words = {"x": longest, "yref": "paper", "y": 1, "yanchor": "top", "xanchor": "left",
             "text": "longest trained", "showarrow": False, "xshift": 4}
    return annotated(chart, line, words)


def with_level(chart: Chart, y: float, text: str) -> Chart:
    """A chart with a thin line across it at a height that means something."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
            "line": {"color": INK, "width": 1}}
    words = {"xref": "paper", "x": 0.99, "xanchor": "right", "yanchor": "bottom", "text": text,
             "y": y, "showarrow": False}
    return annotated(chart, line, words)


def offsets(reads: Sequence[Method], offsets: Sequence[int]) -> Chart:
    """Bars: how much is looked at beside the right place, the median of the seeds now."""
    data = [{
        "type": "bar", "name": read.label, "uid": read.label, "legendgroup": read.label,
        "x": list(offsets), "y": [], "marker": {"color": read.color},
        "hovertemplate": "%{y:.0%}",
    } for read in reads]
    binds = tuple(Bind(i, "state", y=Ref("offsets", reduce="median", read=read.key))
                  for i, read in enumerate(reads))
    ticks = [f"{k:+d}" if k else "right" for k in offsets]
    layout = {
        "xaxis": axis("Places later than the one to be read", zeroline=False,
                      tickvals=list(offsets), ticktext=ticks),
        "yaxis": axis("Share of the attention", **SHARE), "hovermode": "x unified",
        "bargap": 0.25,
    }
    return Chart("offsets", {"data": data, "layout": layout}, binds, "Where it looks",
                 "The share of the attention at the right place and beside it.", height=HEIGHT)


def told(read: Method, n_seeds: int, length: int) -> Chart:
    """Symbols that are right with and without the right ones before: two lines of one decoder."""
    chart = learning_curves(
        "told", "symbols", [read], by="read", where={"told": "right"}, n_seeds=n_seeds,
        title=f"{read.label}: single symbols, told the right ones before (dotted: its own)",
        y_title=RIGHT, y_range=SHARE["range"], percent=True,
        alt=f"Share of symbols that are right, of sequences of {length} symbols, over the steps.",
    )
    data = [*chart.figure["data"],
            curve(read, uid="own", name="Its own before", showlegend=False,
                  line={"color": read.color, "dash": "dot", "width": 2.5})]
    bind = Bind(len(data) - 1, "series",
                y=Ref("symbols", reduce="median", read=read.key, told="own"))
    return Chart(chart.id, {**chart.figure, "data": data}, (*chart.binds, bind), chart.title,
                 chart.alt, height=chart.height, note=chart.note)


def translator(
    decoders: Sequence[Mapping[str, Any]], look: str, task: str, *, net: Mapping[str, Any],
    lengths: tuple[int, int],
) -> Stage:
    """One decoder at work on what a visitor writes: the browser runs the net of the frame.

    Args:
        decoders: Per decoder `name`, `score`, `hard` and the `row` of the weights.
        look: Name of the one that is watched.
        net: What the browser needs to know of the net.
        lengths: Of the shortest and the longest sequence that it learns from.
    """
    asked = TASKS[task]
    example = asked.example if asked.answer is None else DIGITS[: lengths[1]]
    shown = [{**decoder, "label": READS[decoder["name"]].label,
              "color": READS[decoder["name"]].color} for decoder in decoders]
    most = max(len(m) for m in MONTHS) + 8 if asked.answer is None else MOST_PLACES
    options = {
        "decoders": shown, "look": look, "net": net, "task": task, "symbols": asked.symbols,
        "months": list(MONTHS), "example": example, "shortest": lengths[0],
        "longest": lengths[1], "most": most, "said": DATE_DIGITS if asked.answer is None else 0,
    }
    return Stage("look", "translator", ("weights",), options,
                 "What it looks at while it says the answer",
                 "A map of which symbols are looked at for each symbol of the answer.",
                 height=HEIGHT)
