"""Dilated convolution: how a net sees far back without recurrence."""

from __future__ import annotations

from core.concepts.dilated_convolution import melody, reach
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.theme import chosen
from pages.dilated_convolution import pictures
from pages.dilated_convolution.scenes import SCENES
from pages.dilated_convolution.styles import NETS

__all__ = ["LABS", "SCENES"]


def reach_charts(config: reach.Config, look: str) -> list[Panel]:
    nets, lags = chosen(NETS, config.nets), reach.lags_of(config)
    fields = reach.fields(config)
    seen = [lag for lag in lags if lag < fields[config.nets[0]]]
    losses = [
        charts.learning_curves(
            f"loss_{lag}", "loss", nets, by="net", where={"lag": lag}, n_seeds=config.n_seeds,
            log=True, y_range=[-3.2, 0.6], title=f"Loss, lag {lag}", y_title="Cross-entropy",
            width="third", height=240,
            alt=f"The loss of each net on new sequences at lag {lag}, over the updates.",
        )
        for lag in lags
    ]
    return [
        pictures.tree(nets, reach.dilations_of(config), lags, config.kernel, reach.SYMBOLS,
                      (seen or lags)[-1]),
        pictures.against_lag(nets, lags, fields, n_seeds=config.n_seeds,
                             guess=1 / reach.N_SYMBOLS),
        *losses,
    ]


def melody_charts(config: melody.Config, look: str) -> list[Panel]:
    nets, tune = chosen(NETS, config.nets), melody.TUNES[config.tune]
    kept = charts.dots(
        "kept", "kept", nets, by="net", n_seeds=config.n_seeds, spread=0.5,
        title="How long each keeps to the tune", x_title="Places until the first mistake",
        x_range=[-2, melody.N_PLAYED + 2],
        alt="For how many places each net goes on without a mistake: a row per net, a dot per "
            "seed.")
    return [pictures.song(nets, melody.SYMBOLS, tune.beats, tune.label), kept,
            pictures.against_formula(nets, config.n_seeds, melody.most(config))]


LABS = {
    "reach": Lab("Reach", reach_charts),
    "melody": Lab("Melody", melody_charts),
}
