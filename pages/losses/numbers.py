"""What the lab of numbers shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.concepts.losses import numbers
from core.data.own_numbers import length_of
from explorer.charts import HEIGHT, axis, curve, dots, learning_curves
from explorer.live import Bind, Chart, Click, Panel, Ref
from explorer.theme import Method, chosen
from pages.losses import pictures
from pages.losses.styles import NUMBERS

NEAR = 0.02
"""Mean and median that are nearer to each other than this get one line."""


def charts(config: numbers.Config, look: str) -> Sequence[Panel]:
    losses, n_seeds = chosen(NUMBERS, config.losses), config.n_seeds
    if length_of(config.source):
        return [fits(config, losses), pull(config, losses)]
    shown = [fits(config, losses), estimates(config, losses), pull(config, losses)]
    to_curve = learning_curves(
        "to_curve", "to_curve", losses, by="loss", n_seeds=n_seeds, y_range=(0, 1),
        title="How far the fit is from the curve without noise", y_title="Distance to the curve",
        alt="Root of the mean squared distance between fit and curve, over the steps.",
    )
    if config.noise != "skewed":
        return [*shown, to_curve]
    to_median = learning_curves(
        "to_median", "to_median", losses, by="loss", n_seeds=n_seeds, y_range=(0, 1),
        title="How far the fit is from the median of the points",
        y_title="Distance to the median",
        alt="Root of the mean squared distance between fit and median curve, over the steps.",
    )
    return [*shown, to_curve, to_median]


def fits(config: numbers.Config, losses: Sequence[Method]) -> Chart:
    """The points of the first seed, and what each loss makes of them."""
    x = numbers.GRID.round(2).tolist()
    data, own = [pictures.points()], length_of(config.source)
    if not own:
        curve_without = numbers.curve(numbers.GRID).round(3).tolist()
        data.append(pictures.truth(x, curve_without, "curve"))
    binds = [Bind(0, "state", x=Ref("x"), y=Ref("y"))]
    for m in losses:
        binds.append(Bind(len(data), "state", y=Ref("fit", loss=m.key)))
        data.append(curve(m, x=x, y=[]))
    layout = {"xaxis": axis("x", range=[0, 1], zeroline=False),
              "yaxis": axis("y", range=list(height(config)), zeroline=False),
              "hovermode": "closest"}
    return Chart(
        "fits", {"data": data, "layout": layout}, tuple(binds),
        "The points and the fits" + ("" if own else " (dotted: the curve without noise)"),
        "Points of the first seed, the curve that they come from, and the fit of each loss.",
        height=HEIGHT, clickable=True, invitation="click to put points in", note="first seed")


def height(config: numbers.Config) -> tuple[float, float]:
    """Of the picture: all points but a few are in it."""
    painted = [float(place.partition(":")[2]) for place in config.painted] or [0.0]
    own = length_of(config.source) is not None
    most = max(3 if own else 2.5, 1.6 + config.outlier_size * (config.outliers > 0),
               max(painted) + 0.5)
    down = config.outliers > 0 and config.sides == "both"
    usual = 3 if own else 2.5 if config.noise == "normal" else 2
    least = max(usual, most if down else 0, 0.5 - min(painted))
    return -least, most + (1 if config.noise == "skewed" else 0)


def estimates(config: numbers.Config, losses: Sequence[Method]) -> Chart:
    """By how much fits are too high, beside mean and median of the noise."""
    chart = dots(
        "estimates", "offset", losses, by="loss", n_seeds=config.n_seeds, spread=0.4,
        title="What each loss estimates (lines: of the noise)",
        x_title="Fit less the curve, mean over x",
        alt="By how much each fit lies above the curve without noise, with mean and median of the "
            "noise.", x_range=(-0.6, max(0.8, 1.3 * numbers.noise_of(config).mean)),
    )
    noise = numbers.noise_of(config)
    if abs(noise.mean - noise.median) < NEAR:
        return pictures.upright(chart, noise.mean, "mean and median")
    chart = pictures.upright(chart, noise.mean, "mean")
    return pictures.upright(chart, noise.median, "median", top=False)


def pull(config: numbers.Config, losses: Sequence[Method]) -> Chart:
    least, most = height(config)
    strong = most if "squared" in config.losses else max(1, config.delta) * 1.3
    return pictures.pulls(
        losses, "residual", title="How hard each point pulls at the fit, now",
        x_title="Residual (point less fit)", y_title="Pull on the fit (gradient)",
        x_range=(least, most), y_range=(-min(-least, strong), strong),
        note="a sign per training point, first seed",
        alt="The derivative of each loss at the residual of every training point.",
    )


def put(click: Click, config: numbers.Config) -> Mapping[str, Any]:
    """A click puts points where it is, or takes away those that are there."""
    x, y = (float(places[np.abs(places - at).argmin()])
            for places, at in ((numbers.COLUMNS, click.x), (numbers.ROWS, click.y)))
    place, there = f"{x:g}:{y:g}", config.painted
    left = tuple(other for other in there if other != place)
    return {"painted": left if len(left) < len(there) else (*there, place)}


def without_effect(config: numbers.Config) -> set[str]:
    hidden = set() if config.painted else {"n_each"}
    if length_of(config.source):
        hidden |= {"noise", "spread"}
    if not config.outliers:
        hidden |= {"outlier_size", "sides"}
    return hidden if "huber" in config.losses else hidden | {"delta"}
