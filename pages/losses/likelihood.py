"""What the lab of likelihood shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.losses import likelihood
from explorer.charts import HEIGHT, PERCENT, axis, curve, learning_curves
from explorer.live import Bind, Chart, Panel, Ref
from explorer.theme import Method, chosen
from pages.losses import pictures
from pages.losses.styles import HEADS

ASIDE = 0.015
"""Between the dots of neighbouring methods, in x."""


def charts(config: likelihood.Config, look: str) -> Sequence[Panel]:
    heads, n_seeds = chosen(HEADS, config.heads), config.n_seeds
    nll = pictures.both_losses(
        heads, "head", "train_nll", "test_nll", n_seeds=n_seeds, y_range=(-1, 2.5),
        title="How unlikely fresh points are (dotted: training points)",
        y_title="Negative log-likelihood",
        alt="The negative log-likelihood of fresh and of training points, over the steps.",
    )
    mean = learning_curves(
        "mean", "mean_error", heads, by="head", n_seeds=n_seeds, y_range=(0, 0.5),
        title="How far the mean is from the curve", y_title="Distance to the curve",
        alt="Root of the mean squared distance between mean and curve, over the steps.",
    )
    return [band(config, HEADS[look]), coverage(config, heads), nll, spreads(config, heads), mean]


def band(config: likelihood.Config, head: Method) -> Chart:
    """The points of the first seed, and the 95 % band of one head."""
    x = likelihood.GRID.round(2).tolist()
    edge = {"type": "scatter", "mode": "lines", "x": x, "y": [], "name": head.label,
            "legendgroup": head.label, "showlegend": False, "hoverinfo": "skip",
            "line": {"width": 0}}
    middle = likelihood.curve(likelihood.GRID)
    reach = likelihood.Z95 * likelihood.spread_at(config, likelihood.GRID)
    data = [
        {**edge, "uid": "lower"},
        {**edge, "uid": "upper", "fill": "tonexty", "fillcolor": head.fill_strong},
        pictures.points(), curve(head, x=x, y=[]),
        *(pictures.truth(x, line.round(3).tolist(), f"truth {i}")
          for i, line in enumerate((middle - reach, middle, middle + reach))),
    ]
    binds = (Bind(0, "state", y=Ref("lower", head=head.key)),
             Bind(1, "state", y=Ref("upper", head=head.key)),
             Bind(2, "state", x=Ref("x"), y=Ref("y")),
             Bind(3, "state", y=Ref("mean", head=head.key)))
    layout = {"xaxis": axis("x", range=[0, 1], zeroline=False), "hovermode": "closest",
              "yaxis": axis("y", range=[-1.6 - 2 * config.high, 1.6 + 2 * config.high],
                            zeroline=False)}
    return Chart("band", {"data": data, "layout": layout}, binds,
                 f"{head.label}: mean and 95 % band (dotted: the true ones)",
                 "Training points of the first seed, and where the net expects 95 % of them.",
                 height=HEIGHT, note="first seed")


def coverage(config: likelihood.Config, heads: Sequence[Method]) -> Chart:
    """In each part of x how many fresh points are in the band: a dot per seed, and the median."""
    parts = likelihood.coords(config)["bin"]
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, m in enumerate(heads):
        aside = ASIDE * (i - (len(heads) - 1) / 2)
        binds.append(Bind(len(data), "state", y=Ref("coverage_at", head=m.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": m.label, "uid": f"{m.label} seeds",
            "legendgroup": m.label, "showlegend": False, "hoverinfo": "skip", "y": [],
            "x": [x for b in parts for x in [*[round(b + aside, 3)] * config.n_seeds, None]],
            "marker": {"symbol": m.symbol, "size": 6, "color": m.color, "opacity": 0.5},
        })
        binds.append(Bind(len(data), "state", y=Ref("coverage_at", head=m.key, reduce="median")))
        data.append(curve(m, x=parts, y=[], hovertemplate="%{y:.0%}"))
    layout = {"xaxis": axis("x, in five parts", range=[0, 1], zeroline=False),
              "yaxis": axis("Fresh points inside", range=[0.4, 1.03], zeroline=False, **PERCENT),
              "hovermode": "x unified"}
    chart = Chart("coverage", {"data": data, "layout": layout}, tuple(binds),
                  "Fresh points inside the 95 % band",
                  "The share of fresh points inside the band, in five parts of x.", height=HEIGHT,
                  note="as near to 95 % as may be; a dot per seed")
    return pictures.level(chart, 0.95, "95 %")


def spreads(config: likelihood.Config, heads: Sequence[Method]) -> Chart:
    """What each says of the noise."""
    x = likelihood.GRID.round(2).tolist()
    data = [pictures.truth(x, likelihood.spread_at(config, likelihood.GRID).round(3).tolist(),
                           "true spread")]
    binds = []
    for m in heads:
        binds.append(Bind(len(data), "state", y=Ref("spread", head=m.key)))
        data.append(curve(m, x=x, y=[]))
    most = 1.6 * max(config.low, config.high)
    layout = {"xaxis": axis("x", range=[0, 1], zeroline=False), "hovermode": "x unified",
              "yaxis": axis("Standard deviation", range=[0, round(most, 2)], zeroline=False)}
    return Chart("spread", {"data": data, "layout": layout}, tuple(binds),
                 "What each says of the noise (dotted: the truth)",
                 "The standard deviation that each net says at every x, and the true one.",
                 height=HEIGHT, note="first seed")


def without_effect(config: likelihood.Config) -> set[str]:
    return set() if "weighted" in config.heads else {"beta"}
