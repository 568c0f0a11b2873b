"""What the lab of fewer bits shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.faster import bits
from core.concepts.faster.formats import BITS, KEPT, LARGEST, SMALLEST, kilobytes
from explorer.charts import HEIGHT, PERCENT, annotated, axis, counted, curve, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, chosen
from pages.faster.styles import FORMATS, SIZES, SMALLER

THIN: dict[str, Any] = {"color": INK, "width": 1}


def charts(config: bits.Config, look: str) -> Sequence[Chart]:
    formats, n_seeds = chosen(FORMATS, config.formats), config.n_seeds
    shown = [
        learning_curves(
            "errors", "test_error", formats, by="format", n_seeds=n_seeds, percent=True,
            title="Mistakes on new images", y_title="Share wrong", y_range=(-0.02, 1),
            alt="The share of new images that is wrong in each format, over the steps.",
        ),
        sizes(config),
        learning_curves(
            "vanished", "vanished", formats, by="format", n_seeds=n_seeds, percent=True,
            title="Numbers of a gradient that became 0", y_title="Share that became 0",
            y_range=(-0.02, 1),
            alt="The share of a gradient's numbers that are 0 in the format and not in float32.",
        ),
        learning_curves(
            "unmoved", "unmoved", formats, by="format", n_seeds=n_seeds, percent=True,
            title="Updates that left their weight as it was", y_title="Share of the weights",
            y_range=(-0.02, 1),
            alt="The share of weights that have a gradient and stay: too small an update, or none.",
        ),
    ]
    return [*shown, smaller(config)] if "float32" in config.formats else shown


def sizes(config: bits.Config) -> Chart:
    """How large the numbers of a gradient are, and what float16 has."""
    data: list[dict[str, Any]] = []
    binds = []
    kinds = [m for m in SIZES.values() if m.key == "plain" or "float16_scaled" in config.formats]
    for i, m in enumerate(kinds):
        binds.append(Bind(i, "state", y=Ref("sizes", kind=m.key)))
        data.append(curve(m, x=bits.POWERS, y=[], hovertemplate="%{y:.1%}"))
    layout = {
        "xaxis": axis("Size of a number (2 to the power)", zeroline=False,
                      range=[bits.POWERS[0], bits.POWERS[-1]]),
        "yaxis": axis("Share of the numbers", range=[0, 0.3], zeroline=False, **PERCENT),
        "hovermode": "x unified",
    }
    chart = Chart("sizes", {"data": data, "layout": layout}, tuple(binds),
                  "How large the numbers of a gradient are",
                  "How many numbers of a gradient have which size, before and after scaling.",
                  height=HEIGHT, note="first seed")
    for at, words, anchor in ((SMALLEST, "Float16: below, 0", "right"),
                              (LARGEST, "above, inf", "right")):
        line = {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
                "line": THIN}
        chart = annotated(chart, line, {
            "x": at, "yref": "paper", "y": 1, "yanchor": "top", "xanchor": anchor, "text": words,
            "showarrow": False, "xshift": -4})
    return chart


def smaller(config: bits.Config) -> Chart:
    """What the float32 nets are worth with fewer bits, as they are now."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    of_bits, of_kept = kilobytes(bits.Rounding(bits.SIZES, bits.FORMATS["float32"]).shapes)
    labels = ([f"{b} bits" for b in BITS], [f"{k:.0%} kept" for k in KEPT])
    shown = (("whole", of_bits, labels[0]), ("pruned", of_kept, labels[1]),
             ("tuned", of_kept, labels[1]))
    for key, x, names in shown:
        m = SMALLER[key]
        binds.append(Bind(len(data), "state", y=Ref(f"{key}_error", reduce="median")))
        data.append(curve(m, mode="lines+markers+text", x=x, y=[], text=names,
                          textposition="top center", marker={"symbol": m.symbol, "size": 9},
                          hovertemplate="%{text}: %{y:.1%}"))
    layout = {
        "xaxis": axis("Size of the weights (kB)", log=True, range=[0.2, 1.53],
                      tickvals=[2, 5, 10, 20], ticktext=["2", "5", "10", "20"]),
        "yaxis": axis("Share wrong", range=[-0.02, 1], zeroline=False, **PERCENT),
        "hovermode": "closest",
    }
    size = config.n_seeds
    chart = Chart("smaller", {"data": data, "layout": layout}, tuple(binds),
                  "The float32 net made small, as it is and learned again",
                  "The share wrong of the trained net with weights of few bits, or few weights, "
                  "and with these after learning again.",
                  height=HEIGHT,
                  note=counted("Share wrong", f"median of {size} seeds" if size > 1 else ""))
    return replace(chart, width="half")


def without_effect(config: bits.Config) -> set[str]:
    return set() if "float16_scaled" in config.formats else {"scale_power"}
