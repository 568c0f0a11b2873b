"""One dilated convolution, slowly: which places it reads, times which weights, and their sum.

Nets are trained as in the lab of lags. Then one of them reads a new sequence, and one layer is
taken apart at the last place: what it reads of the layer below, what one channel makes of it, gate
and mix; then the same weights at all other places. Or the next update is taken apart, for some of
these weights.

Paper: van den Oord et al. 2016 (WaveNet), sections 2.1 and 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.dilated_convolution import common, reach
from core.concepts.dilated_convolution.common import KINDS, TESTING, LagName
from core.concepts.dilated_convolution.net import CausalNet, field_of
from core.config import Config as BaseConfig
from core.config import RefusedError, between, each_once, setting
from core.lazy import torch
from core.stacked import update
from core.stacked.race import Race
from core.stacked.traced import Parameters, views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

SUB_STEPS = ("below", "read", "products", "sum", "out", "mix", "all")
"""What is done one after the other; each is the key of its note."""
QUANTITIES = update.quantities(clips=True)
"""What an update makes."""
AROUND = 6
"""Places that are shown before the farthest that is read."""


class Config(BaseConfig):
    """Which layer of which net, after how much training."""

    shows: Literal["layer", "update"] = setting(
        "layer", "What is looked at slowly", label="Slowly",
        names={"layer": "A layer", "update": "The next update"},
    )
    net: reach.NetName = setting(
        "dilated", "How far apart the places are that each layer sees",
        names={name: kind.label for name, kind in KINDS.items()},
    )
    layer: int = setting(3, "Which of the layers, counted from the symbols", ge=1, le=15)
    channel: int = setting(8, "Which number of the layer's states", ge=1, le=32)
    lag: LagName = setting(
        "15", "How far back the symbol stands that the net is asked for", names=common.LAG_LABELS
    )
    at: int = setting(60, "Updates before", ge=0, le=500, step=10, unit="steps", label="At step")
    lags: tuple[LagName, ...] = common.LAGS
    n_layers: int = common.N_LAYERS
    kernel: int = common.KERNEL
    gate: bool = common.GATE
    residual: bool = common.RESIDUAL
    learning_rate: float = common.LEARNING_RATE
    start: Literal["unit", "torch"] = common.BEGINNING
    batch_size: int = common.BATCH_SIZE
    width: int = common.WIDTH
    n_seeds: int = setting(
        1, "Nets of each lag, each with its own weights and sequences; the first is drawn", ge=1,
        le=16, unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and sequences", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _what_there_is(self) -> Config:
        each_once("lags", self.lags, get_args(LagName))
        if self.layer > (n := len(dilations_of(self))):
            raise RefusedError("layer", self.layer, between(1, n), n_layers=self.n_layers)
        if self.channel > self.width:
            raise RefusedError("channel", self.channel, between(1, self.width), width=self.width)
        return self


def lab_config(config: Config) -> reach.Config:
    """That of the lab of lags, in which these nets are trained."""
    own = {"shows", "net", "layer", "channel", "lag", "at", "lags"}
    lags = tuple(dict.fromkeys((*config.lags, config.lag)))
    return reach.Config(**config.model_dump(exclude=own), nets=(config.net,), lags=lags)


def dilations_of(config: Config) -> tuple[int, ...]:
    """Of its layers."""
    return KINDS[config.net].dilations(config.n_layers)


def back(config: Config) -> list[int]:
    """How far back the places are that the layer reads, the farthest first."""
    dilation = dilations_of(config)[config.layer - 1]
    return [j * dilation for j in reversed(range(config.kernel))]


def shown(config: Config) -> list[int]:
    """How far back the places are that are shown, the farthest first."""
    return list(reversed(range(back(config)[0] + AROUND)))


def example(config: Config) -> np.ndarray:
    """What every seed's net reads, as long as all that is shown depends on: (seed, T)."""
    length = len(shown(config)) + field_of(dilations_of(config), config.kernel)
    return next(reach.drawn(lab_config(config), TESTING, 1, length))[:, 0]


def parts_of(config: Config) -> list[str]:
    """What the layer's channel is made of, one after the other."""
    gated = ["tanh", "sigmoid"] if config.gate else []
    return ["products", "bias", *gated, "out"]


@dataclass(frozen=True)
class Apart:
    """A layer at the last place, in one channel, of K models.

    Attributes:
        seen: What it reads, from the farthest place on, (K, C, kernel).
        weights: The channel's, (K, C, kernel).
        sums: By the names of `parts_of`, (K,) each.
    """

    seen: Tensor
    weights: Tensor
    sums: dict[str, Tensor]


def taken_apart(
    net: CausalNet, p: Parameters, layer: int, channel: int, below: Tensor
) -> Apart:
    """What one channel of a layer is at the last place.

    Args:
        layer: From 0 on.
        channel: From 0 on.
        below: The states that go into it, (K, T, C).
    """
    dilation, weight, bias = net.dilations[layer], p[f"{layer}.conv"], p[f"{layer}.conv_bias"]
    seen = torch.stack([below[:, -1 - j * dilation] for j in reversed(range(net.kernel))], -1)
    total = (weight[:, channel] * seen).sum((1, 2))
    sums = {"products": total, "bias": bias[:, channel]}
    if net.gated:
        gate = channel + net.width
        sums["tanh"] = (total + bias[:, channel]).tanh()
        sums["sigmoid"] = ((weight[:, gate] * seen).sum((1, 2)) + bias[:, gate]).sigmoid()
        sums["out"] = sums["tanh"] * sums["sigmoid"]
    else:
        sums["out"] = (total + bias[:, channel]).relu()
    return Apart(seen, weight[:, channel], sums)


def trained(config: Config) -> tuple[CausalNet, Race, Iterator[tuple[Tensor, Tensor]]]:
    """The nets of all lags after so many updates, and the batches to come."""
    lab = lab_config(config)
    net, race = reach.net_of(lab, config.net), reach.race_of(lab, config.net)
    schedule = reach.batches(lab)
    for _ in range(config.at):
        race.step(*next(schedule))
    return net, race, schedule


def of_lag(config: Config) -> slice:
    """Which of the nets are asked for the lag."""
    first = reach.lags_of(lab_config(config)).index(int(config.lag)) * config.n_seeds
    return slice(first, first + config.n_seeds)


def next_update(config: Config) -> update.Taken:
    """That of the channel's weights for the place itself."""
    net, race, schedule = trained(config)
    weights = update.positions(net.shapes, f"{config.layer - 1}.conv")[config.channel - 1]
    taken = update.next_update(race, *next(schedule), weights[: update.N_WEIGHTS, -1])
    return taken.of(of_lag(config))


def looked_into(config: Config) -> tuple[Apart, Tensor, Tensor]:
    """Trains the nets and has them read: the layer apart, and the states below and above it at
    the places that are shown, (K, C, place) each.
    """
    net, race, _ = trained(config)
    with torch.inference_mode():
        p = views(net.shapes, race.p[of_lag(config)])
        states = net.states(p, torch.from_numpy(example(config))[:, None])
        below, above = (states[config.layer - 1 + i][:, 0] for i in range(2))  # (K, T, C)
        apart = taken_apart(net, p, config.layer - 1, config.channel - 1, below)
        n = len(shown(config))
        return apart, below[:, -n:].mT, above[:, -n:].mT


def steps(config: Config) -> range:
    """One frame per sub-step."""
    return range(len(QUANTITIES if config.shows == "update" else SUB_STEPS))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab trains them, then one layer at one place or one update, a part at a time.
    """
    if config.shows == "update":
        yield from update.slowly(next_update(config), layer=config.layer, channel=config.channel)
        return
    apart, below, above = looked_into(config)
    names = parts_of(config)
    sums = torch.stack([apart.sums[name] for name in names], 1)  # (K, part)
    parts = {"below": below, "seen": apart.seen, "weights": apart.weights,
             "products": apart.weights * apart.seen, "sums": sums, "above": above}
    found = {name: a.numpy() for name, a in parts.items()}
    t = 0

    def measure() -> Measured:
        done = SUB_STEPS[: t + 1]
        arrays = {name: a.copy() for name, a in found.items()}
        for name, when in (("seen", "read"), ("weights", "products"), ("products", "products"),
                           ("above", "mix")):
            if when not in done:
                arrays[name][:] = np.nan
        if "all" not in done:
            arrays["above"][:, :, :-1] = np.nan
        known = 0 if "sum" not in done else 2 if "out" not in done else len(names)
        arrays["sums"][:, known:] = np.nan
        note = _note(config, {name: float(apart.sums[name][0]) for name in names}, SUB_STEPS[t])
        return {name: a.T.astype(np.float32) if name == "sums" else
                np.moveaxis(a, 0, -1).astype(np.float32) for name, a in arrays.items()}, [note]

    for t in steps(config):
        yield t, measure


def _note(config: Config, sums: Mapping[str, float], done: str) -> Note:
    """What this sub-step does in the first net, with its numbers."""
    values = {
        "layer": config.layer, "channel": config.channel, "width": config.width,
        "kernel": config.kernel, "n": config.kernel * config.width,
        "dilation": dilations_of(config)[config.layer - 1],
        "places": " and ".join(map(str, back(config)[:-1])),
        "total": f"{sums['products'] + sums['bias']:.2f}",
        **{name: f"{value:.2f}" for name, value in sums.items()},
    }
    keys = {
        "below": "below_symbols" if config.layer == 1 else "below",
        "read": "read_two" if config.kernel == 2 else "read",
        "out": "out_gated" if config.gate else "out",
        "mix": "mix_added" if config.residual else "mix",
    }
    return Note(keys.get(done, done), values)


NOTES = {
    "below": "What layer {layer} finds below it: for each place {width} numbers, made by the "
             "layers before.",
    "below_symbols": "What layer 1 finds below it: for each place {width} numbers that stand for "
                     "its symbol.",
    "read": "Its dilation is {dilation}: for what it says at the last place it reads that place "
            "and those {places} back, and nothing between or before them.",
    "read_two": "Its dilation is {dilation}: for what it says at the last place it reads that "
                "place and the one {places} back, and nothing between or before them.",
    "products": "Each of the {n} numbers that it reads, times a weight: here those of channel "
                "{channel}.",
    "sum": "All products added up are {products}; with the bias of {bias} that is {total}.",
    "out": "ReLU: what is below 0 becomes 0. The channel says {out}.",
    "out_gated": "tanh of it is {tanh}. A gate is made in the same way, with weights of its own, "
                 "and is open by {sigmoid}: {tanh} × {sigmoid} = {out}.",
    "mix": "All {width} channels are mixed, by a matrix: that is what the layer hands on at the "
           "last place.",
    "mix_added": "All {width} channels are mixed, by a matrix, and added to what stood below: that "
                 "is what the layer hands on at the last place.",
    "all": "The same weights at every other place: a layer has no more of them, however long the "
           "sequence.",
    update.WHICH: "{at} updates so far. In layer {layer}, channel {channel} has a weight for each "
                  "number of the layer below at the place itself: weight 1 for channel 1 there, "
                  "weight 2 for channel 2. The same weights are at work at every place, and this "
                  "is what the next update does to them.",
    **update.NOTES,
}

DIMS = {
    "below": ("step", "state", "place", "seed"),
    "seen": ("step", "state", "tap", "seed"),
    "weights": ("step", "state", "tap", "seed"),
    "products": ("step", "state", "tap", "seed"),
    "sums": ("step", "part", "seed"),
    "above": ("step", "state", "place", "seed"),
    **update.DIMS,
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"; places and taps by how far back they are."""
    return {"state": list(range(1, config.width + 1)), "place": shown(config),
            "tap": back(config), "part": parts_of(config), "seed": list(config.seeds),
            **update.coords(QUANTITIES, update.N_WEIGHTS)}
