"""What the lab of classes shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.losses import classes
from explorer.charts import HEIGHT, PERCENT, annotated, axis, curve, learning_curves
from explorer.live import Bind, Chart, Panel, Ref
from explorer.theme import Method, chosen
from pages.losses import pictures
from pages.losses.pictures import THIN
from pages.losses.styles import LOSSES

MARGINS = (-12.0, 20.0)
"""What margins are drawn; wider where nets begin sure of themselves."""
WIDE = (-40.0, 40.0)
MOST_PULL = 3.0
LONG = 1000
"""From so many steps on it is the end that counts, and the beginning is not in the picture."""


def charts(config: classes.Config, look: str) -> Sequence[Panel]:
    losses, n_seeds = chosen(LOSSES, config.losses), config.n_seeds
    sayers = chosen(LOSSES, classes.probabilistic(config))
    error = learning_curves(
        "error", "test_error", losses, by="loss", n_seeds=n_seeds, percent=True,
        y_range=(0, 1 if config.n_steps < LONG else 0.25), title="Mistakes on new images",
        y_title="Share wrong",
        alt="The share of new images that is taken for another digit, over the steps.",
    )
    loss = pictures.both_losses(
        losses, "loss", "train_loss", "test_loss", n_seeds=n_seeds,
        title="Each one's own loss on new images (dotted: on the training images)",
        y_title="Own loss", y_range=(0, 0.8),
        alt="The loss that each net is trained by, on new images and on its own, over the steps.",
    )
    return [error, pull(config, losses), loss, *calibration(config, sayers)]


def pull(config: classes.Config, losses: Sequence[Method]) -> Chart:
    n = min(classes.N_PULLED, config.n_train)
    return pictures.pulls(
        losses, "margin", title="How hard each training image pulls, now",
        x_title="Margin (below 0: wrong)", y_title="Pull (length of the gradient)",
        x_range=WIDE if config.confidence > 1 else MARGINS,
        y_range=(-0.1, MOST_PULL),
        note=f"a sign per image, {n} of the first seed; margin: true class less the best other",
        alt="Length of each loss's gradient at the net's outputs against how right they are.",
    )


def calibration(config: classes.Config, sayers: Sequence[Method]) -> list[Panel]:
    """Of nets that say probabilities."""
    if not sayers:
        return []
    t = classes.shown_temperature(config)
    error = learning_curves(
        "calibration", "calibration_error", sayers, by="sayer", where={"temperature": t},
        n_seeds=config.n_seeds, percent=True, y_range=(0, 0.15),
        title=f"Calibration error at temperature {t:g} (dotted: at the best one)",
        y_title="Calibration error",
        alt="How far confidence is from the share right, on average, over the steps.",
    )
    best = learning_curves(
        "best", "fitted", sayers, by="sayer", n_seeds=config.n_seeds,
        title="The temperature that fits best", y_title="Temperature", y_range=(0.4, 4.1),
        alt="The temperature with the least cross-entropy on half of the new images.",
    )
    error = replace(error, note=f"{error.note}; dotted: on half of the images")
    return [reliability(sayers, t), pictures.with_other(error, sayers, "sayer", "repaired"),
            pictures.level(best, 1, "as trained")]


def reliability(sayers: Sequence[Method], t: float) -> Chart:
    """How often nets are right that say they are so sure."""
    data = [curve(m, mode="lines+markers", x=[], y=[], hovertemplate="%{y:.0%}",
                  marker={"symbol": m.symbol, "size": 9}) for m in sayers]
    binds = tuple(
        Bind(i, "state", x=Ref("said", sayer=m.key, temperature=t),
             y=Ref("found", sayer=m.key, temperature=t)) for i, m in enumerate(sayers))
    ends: dict[str, Any] = {"range": [0, 1.02], "zeroline": False, **PERCENT}
    layout = {"xaxis": axis("Says it is so sure", **ends), "hovermode": "closest",
              "yaxis": axis("How often it is right", **ends)}
    chart = Chart(
        "reliability", {"data": data, "layout": layout}, binds,
        f"As sure as it is right? At temperature {t:g}",
        "The share of new images that is right, against how sure the net says it is.",
        height=HEIGHT, note=f"new images of all seeds, in bins with at least {classes.LEAST}")
    line = {"type": "line", "x0": 0, "x1": 1, "y0": 0, "y1": 1, "line": THIN}
    words = {"x": 0.3, "y": 0.3, "xanchor": "left", "yanchor": "top", "showarrow": False,
             "text": "as sure as right"}
    return annotated(chart, line, words)


def without_effect(config: classes.Config) -> set[str]:
    hidden = set() if config.rates == "shared" else {"learning_rate"}
    return hidden if classes.probabilistic(config) else hidden | {"temperature"}
