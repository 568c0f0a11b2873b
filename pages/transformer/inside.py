"""A look inside one net: what every head looks at, and what is lost without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.transformer import common, inside
from core.concepts.transformer.tasks import Task
from explorer import charts
from explorer.charts import HEIGHT, axis, curve, pick
from explorer.live import Bind, Chart, Panel, Ref, Stage
from explorer.theme import Method, chosen
from pages.transformer import pictures
from pages.transformer.styles import HEADS, NET, SCALES

N_EXAMPLES = 8
"""Sequences that "Another" goes through."""
SHARE: dict[str, Any] = {"range": [-0.02, 1.02], "tickformat": ".0%"}


def inside_charts(config: inside.Config, look: str) -> list[Panel]:
    heads, seeds = chosen(HEADS, inside.heads(config)), list(config.seeds)
    task = common.task_of(config)
    lost = charts.dots(
        "lost", "lost", heads, by="head", n_seeds=len(seeds), spread=0.5, percent=True,
        title="What is lost without a head", x_title="Points lost of the answers",
        x_range=[-0.15, 1.02],
        alt="How many fewer answers are right when a head is switched off: a dot per seed.",
    )
    source = score(
        heads, config.seed, "source", "Attention on where the answer stands",
        "How much each head of the first net looks at where the answer stands, over the steps.")
    before = score(
        heads, config.seed, "before", "Attention on the place before",
        "How much each head of the first net looks at the place before, over the steps.")
    right = pictures.with_guess(over_time(seeds), task.guess, "y")
    return [stage(config), lost, right, source, before, by_features(config, heads)]


def by_features(config: inside.Config, heads: Sequence[Method]) -> Chart:
    """How evenly heads look, by their features: untrained ones, and those of the net now."""
    features = list(inside.FEATURES)
    scales = chosen(SCALES, SCALES)
    data = [curve(m, mode="lines+markers", x=features, y=[], hovertemplate="%{y:.0%} even",
                  marker={"symbol": m.symbol, "size": 8}) for m in scales]
    binds = [Bind(i, "state", y=Ref("untrained", scale=m.key, reduce="median"))
             for i, m in enumerate(scales)]
    own = config.width // int(config.n_heads)
    for head in heads:
        binds.append(Bind(len(data), "state",
                          y=pick("evenness", {"head": head.key, "seed": config.seed})))
        data.append(curve(head, mode="markers", x=[own], y=[], hovertemplate="%{y:.0%} even",
                          showlegend=False, marker={"symbol": head.symbol, "size": 11,
                                                    "color": head.color}))
    layout = {
        "xaxis": axis("Features of a head, d", log=True, tickvals=features,
                      ticktext=[str(n) for n in features], range=[0.5, 1.9]),
        "yaxis": axis("Evenness, 100 %: all alike", **SHARE), "hovermode": "closest",
    }
    return Chart("evenness", {"data": data, "layout": layout}, tuple(binds),
                 "How evenly heads look, by their features",
                 "The entropy of the attention, as a share of looking at all places alike, over "
                 "the features of a head.", height=HEIGHT,
                 note="lines: untrained, median of the seeds; signs: the first net's heads now")


def over_time(seeds: Sequence[int]) -> Chart:
    """Right answers of every seed's net."""
    data = [curve(NET, uid=f"net {seed}", showlegend=False, opacity=0.8, hoverinfo="skip",
                  line={"color": NET.color, "dash": NET.dash, "width": 1.5}) for seed in seeds]
    binds = tuple(Bind(i, "series", y=Ref("right", seed=seed)) for i, seed in enumerate(seeds))
    layout = {"xaxis": axis("Step (updates)"), "yaxis": axis(pictures.RIGHT, **SHARE),
              "hovermode": "closest"}
    return Chart("right", {"data": data, "layout": layout}, binds, "Right answers",
                 "The share of right answers on new sequences over the steps, a line per seed.",
                 height=HEIGHT, note=charts.counted(
                     pictures.RIGHT, "a line per seed" if len(seeds) > 1 else ""))


def score(heads: Sequence[Method], seed: int, array: str, title: str, alt: str) -> Chart:
    """A line per head of the first net: heads of other seeds have other roles."""
    data = [curve(head, hovertemplate="%{y:.0%}") for head in heads]
    binds = tuple(Bind(i, "series", y=pick(array, {"head": head.key, "seed": seed}))
                  for i, head in enumerate(heads))
    layout = {"xaxis": axis("Step (updates)"), "hovermode": "x unified",
              "yaxis": axis("Share of the attention", **SHARE)}
    return Chart(array, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT,
                 note="the first net")


def stage(config: inside.Config) -> Stage:
    """Every head at work on what a visitor writes: the browser runs the net of the frame."""
    task = common.task_of(config)
    options = {
        "net": inside.net_as_data(config), "task": config.task, "most": task.length,
        "examples": examples(task), "heads": inside.heads(config),
    }
    return Stage("look", "heads", ("weights",), options, "What each head looks at",
                 "A map for each head: how much each place looks at each.", width="full",
                 height=HEIGHT + 20, note="the first net; write a sequence, switch heads off")


def examples(task: Task) -> list[str]:
    """Sequences of the kind that nets learn from, the same ones always."""
    x = task.draw(np.random.default_rng(0), N_EXAMPLES).x
    return ["".join(task.symbols[n] for n in row) for row in x]
