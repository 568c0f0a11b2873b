"""Dilated convolution: how a net sees far back without recurrence."""

from __future__ import annotations

from core.concepts.dilated_convolution import melody, reach
from core.concepts.dilated_convolution import step as one_layer
from core.config import Config
from core.experiment import Experiment
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.dilated_convolution import pictures, step
from pages.dilated_convolution.scenes import SCENES
from pages.dilated_convolution.styles import NETS

__all__ = ["LABS", "SCENES"]


def reach_charts(config: reach.Config, look: str) -> list[Panel]:
    nets, lags = chosen(NETS, config.nets), reach.lags_of(config)
    fields = reach.fields(config)
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
                      farthest(config)),
        pictures.against_lag(nets, lags, fields, n_seeds=config.n_seeds,
                             guess=1 / reach.N_SYMBOLS),
        *losses,
    ]


def farthest(config: reach.Config) -> int:
    """The last lag that the first net sees; the last of all where it sees none."""
    lags, field = reach.lags_of(config), reach.fields(config)[config.nets[0]]
    return ([lag for lag in lags if lag < field] or lags)[-1]


def slowly(config: reach.Config, at: int) -> tuple[Experiment, Config]:
    """A layer of the first net, for the lag whose tree is drawn at first."""
    return slow_motion("dilated_convolution.step", config, at, n_seeds=1, net=config.nets[0],
                       lag=str(farthest(config)), layer=min(3, config.n_layers))


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
    "reach": Lab("Reach", reach_charts, slowly=slowly),
    "melody": Lab("Melody", melody_charts),
    "step": Lab(
        "One layer, slowly", step.charts, "sub-step", seconds=20, says=True,
        narrower=lambda config: {"layer": (1, len(one_layer.dilations_of(config))),
                                 "channel": (1, config.width)},
        resets={"net": ("layer",), "n_layers": ("layer",), "width": ("channel",)},
    ),
}
