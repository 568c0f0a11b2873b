"""What does a Transformer cost beside a recurrent net, as sequences grow longer?

The gradient of two layers of each, on sequences of 16 places and more: the processor's time, what
has to be kept for the way back, the products that wait for each other, and how much of the last
place's gradient arrives at the first place. Each net is computed twice, operation by operation
and in one kernel: the same numbers, at another price.

Papers: Vaswani et al. 2017, table 1 (cost of a layer, operations one after the other, length of the
path), Hochreiter & Schmidhuber 1997, Dao et al. 2022 (attention whose map is never kept).
Differs from the papers in: one core, which computes nothing at the same time; 16 to 128 features;
the kernels are torch's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.transformer.common import START, TRAINING
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch
from core.stacked.functions import attention, causal_mask, layer_norm, linear, lstm_cell
from core.stacked.traced import Parameters, flat, views
from core.stacked.transformer import uniform
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

N_HEADS = 2
WIDER = 4
"""By how much the MLP's hidden layer is wider than the states, as in GPT."""
LEAST = -30.0
"""Logarithms of shares are kept down to here: less is none."""
MB = 2**20

NetName = Literal["attention", "attention_kernel", "lstm", "lstm_kernel"]
NET_NAMES = {
    "attention": "Transformer", "attention_kernel": "Transformer, one kernel",
    "lstm": "LSTM", "lstm_kernel": "LSTM, one kernel",
}
Longest = Literal["128", "256", "512"]


class Config(BaseConfig):
    """Which nets, on how long sequences."""

    nets: tuple[NetName, ...] = setting(
        ("attention", "attention_kernel", "lstm", "lstm_kernel"),
        "What is timed, each on the same sequences", names=NET_NAMES,
    )
    longest: Longest = setting(
        "512", "Lengths double from 16 up to here", label="Longest sequence",
        names={n: f"{n} places" for n in get_args(Longest)},
    )
    width: int = setting(32, "Features of a state", ge=16, le=128, unit="features", step=16)
    n_layers: int = setting(2, "One after the other", ge=1, le=2, unit="layers")
    batch_size: int = setting(4, "At a time", ge=1, le=8, unit="sequences")
    n_rounds: int = setting(6, "How often everything is timed", ge=3, le=12, unit="rounds",
                            label="Rounds")
    n_seeds: int = setting(
        4, "Nets whose gradients are compared; the first one is timed", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed: weights and sequences", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_nets(self) -> Config:
        each_once("nets", self.nets, get_args(NetName))
        return self


def lengths(config: Config) -> list[int]:
    """Of the sequences, each twice the one before."""
    return [2**k for k in range(4, int(config.longest).bit_length())]


# --- the nets -------------------------------------------------------------------------------


def transformer_shapes(d: int) -> dict[str, tuple[int, ...]]:
    """Of one layer of D features: 12 D^2 + 13 D numbers."""
    return {"norm1": (d,), "norm1_bias": (d,), "qkv": (3 * d, d), "qkv_bias": (3 * d,),
            "mix": (d, d), "mix_bias": (d,), "norm2": (d,), "norm2_bias": (d,),
            "wide": (WIDER * d, d), "wide_bias": (WIDER * d,),
            "narrow": (d, WIDER * d), "narrow_bias": (d,)}


def lstm_shapes(d: int) -> dict[str, tuple[int, ...]]:
    """The same of an LSTM: as torch.nn has it, with two biases."""
    return {"in": (4 * d, d), "again": (4 * d, d), "in_bias": (4 * d,), "again_bias": (4 * d,)}


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Every place to itself and those before: scores, weights and mixtures one by one."""
    return attention(q, k, v, causal_mask(q.shape[-2]))[0]


def attend_at_once(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The same in pieces whose weights are forgotten, and computed again on the way back."""
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


def transformer(
    layers: list[Parameters], x: Tensor, attending: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Tensor:
    """Causal layers with the norm before each part, states (1, B, T, D) -> (1, B, T, D)."""
    h = x
    for p in layers:
        u = linear(layer_norm(h, p["norm1"], p["norm1_bias"]), p["qkv"], p["qkv_bias"])[0]
        q, k, v = u.unflatten(-1, (3, N_HEADS, -1)).movedim(1, 3).unbind(1)  # (B, heads, T, d)
        mixed = attending(q, k, v).transpose(1, 2).flatten(2)[None]
        h = h + linear(mixed, p["mix"], p["mix_bias"])
        wide = linear(layer_norm(h, p["norm2"], p["norm2_bias"]), p["wide"], p["wide_bias"])
        h = h + linear(wide.relu(), p["narrow"], p["narrow_bias"])
    return h


def lstm(layers: list[Parameters], x: Tensor) -> Tensor:
    """Place by place, inputs (1, B, T, D) -> states (1, B, T, D)."""
    for p in layers:
        u = linear(x, p["in"], p["in_bias"] + p["again_bias"])
        h = c = torch.zeros_like(x[:, :, 0])
        states = []
        for u_t in u.unbind(2):
            h, c = lstm_cell(u_t, h, c, p["again"])
            states.append(h)
        x = torch.stack(states, 2)
    return x


def lstm_at_once(layers: list[Parameters], x: Tensor) -> Tensor:
    """The same by torch's kernel."""
    start = x.new_zeros(len(layers), x.shape[1], x.shape[-1])
    weights = [p[name][0] for p in layers for name in ("in", "again", "in_bias", "again_bias")]
    return torch.lstm(x[0], (start, start), weights, True, len(layers), 0.0, True, False,
                      True)[0][None]


@dataclass(frozen=True)
class Kind:
    """A kind of layer.

    Attributes:
        shapes: Of its parameters, from D.
        ways: How it is computed, by the net's key.
        quick: The one of them by which gradients are looked at.
        chain: From layers and places, how many products wait for each other.
        multiply_adds: From layers, places and D, for one sequence.
    """

    shapes: Callable[[int], dict[str, tuple[int, ...]]]
    ways: Mapping[str, Callable[[list[Parameters], Tensor], Tensor]]
    quick: str
    chain: Callable[[int, int], int]
    multiply_adds: Callable[[int, int, int], int]


KINDS = {
    "attention": Kind(
        transformer_shapes,
        {"attention": lambda p, x: transformer(p, x, attend),
         "attention_kernel": lambda p, x: transformer(p, x, attend_at_once)},
        "attention_kernel",
        chain=lambda n, t: 6 * n,
        multiply_adds=lambda n, t, d: n * (12 * t * d**2 + 2 * t**2 * d),
    ),
    "lstm": Kind(
        lstm_shapes, {"lstm": lstm, "lstm_kernel": lstm_at_once}, "lstm_kernel",
        chain=lambda n, t: n * t,
        multiply_adds=lambda n, t, d: n * 8 * t * d**2,
    ),
}
"""Each by the name of the net that is computed operation by operation."""
KIND_OF = {net: name for name, kind in KINDS.items() for net in kind.ways}


def layers_of(config: Config, kind: str, seed: int) -> list[Parameters]:
    """The parameters of each layer, (1, ...) each, to be traced."""
    rng, shapes = np.random.default_rng((seed, START)), KINDS[kind].shapes(config.width)
    return [{name: part.clone().requires_grad_() for name, part in views(
        shapes, torch.from_numpy(flat(shapes, _start(rng, shapes))[None])).items()}
            for _ in range(config.n_layers)]


def _start(
    rng: np.random.Generator, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, np.ndarray]:
    return {name: uniform(rng, shape) if len(shape) > 1 else np.full(shape, name in NORMS, float)
            for name, shape in shapes.items()}


NORMS = ("norm1", "norm2")


def inputs(config: Config, seed: int) -> Tensor:
    """The longest sequences, (1, B, T, D): shorter ones are their beginnings."""
    shape = (1, config.batch_size, int(config.longest), config.width)
    drawn = np.random.default_rng((seed, TRAINING)).standard_normal(shape)
    return torch.from_numpy(drawn.astype(np.float32))


# --- what is measured -----------------------------------------------------------------------


def steps(config: Config) -> list[int]:
    """Rounds."""
    return list(range(config.n_rounds + 1))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Nothing is learned: every round times all nets at all lengths."""
    shape, t = (len(config.nets), len(lengths(config))), 0
    seconds = np.full((config.n_rounds, *shape), np.nan)
    kept, arrives = np.full(shape, np.nan), np.full(
        (len(KINDS), shape[1], config.n_seeds), np.nan)

    def measure() -> Measured:
        return _measured(config, seconds[:t], kept, arrives), ()

    yield 0, measure
    x = inputs(config, config.seed)
    nets = {name: layers_of(config, KIND_OF[name], config.seed) for name in config.nets}
    for t in steps(config)[1:]:
        for i, (name, layers) in enumerate(nets.items()):
            for j, n in enumerate(lengths(config)):
                if t == 1:
                    kept[i, j] = bytes_kept(name, layers, x[:, :, :n])
                seconds[t - 1, i, j] = timed(name, layers, x[:, :, :n])
        if t == 1:
            arrives = arriving(config)
        yield t, measure


def computed(name: str, layers: list[Parameters], x: Tensor) -> Tensor:
    """What a net makes of inputs (1, B, T, D)."""
    return KINDS[KIND_OF[name]].ways[name](layers, x)


def bytes_kept(name: str, layers: list[Parameters], x: Tensor) -> int:
    """That the way forward leaves for the way back, parameters and inputs among them."""
    found: dict[int, Tensor] = {}  # by where it lies: what is kept twice is there once

    def keep(a: Tensor) -> Tensor:
        found[a.untyped_storage().data_ptr()] = a
        return a

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda a: a):
        end = computed(name, layers, x)
    n = sum(a.untyped_storage().nbytes() for a in found.values())
    del end  # until here all of it is in memory, each at a place of its own
    return n


def timed(name: str, layers: list[Parameters], x: Tensor) -> float:
    """Seconds of the processor for one gradient of all parameters."""
    learned = [part for p in layers for part in p.values()]
    start = time.thread_time()
    torch.autograd.grad(computed(name, layers, x).square().mean(), learned)
    return time.thread_time() - start


def arriving(config: Config) -> np.ndarray:
    """What `arrival` finds of each kind, length and seed."""
    found = np.empty((len(KINDS), len(lengths(config)), config.n_seeds))
    for s, seed in enumerate(config.seeds):
        x = inputs(config, seed)
        for i, (name, kind) in enumerate(KINDS.items()):
            layers = layers_of(config, name, seed)
            for j, n in enumerate(lengths(config)):
                found[i, j, s] = arrival(kind.quick, layers, x[:, :, :n])
    return found


def arrival(name: str, layers: list[Parameters], x: Tensor) -> float:
    """How much of the gradient of the last place's state arrives at the first input, as a share of
    what arrives at the last one: its logarithm, at least `LEAST`.
    """
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(computed(name, layers, x)[:, :, -1].sum(), x)
    first, own = (float(g[:, :, place].double().norm()) for place in (0, -1))
    return max(float(np.log10(first / own)), LEAST) if first else LEAST


def _measured(
    config: Config, seconds: np.ndarray, kept: np.ndarray, arrives: np.ndarray
) -> dict[str, np.ndarray]:
    # the first time memory is laid out
    counted = seconds[1:] if len(seconds) > 1 else seconds
    middle = np.median(counted, 0) if len(counted) else np.full(kept.shape, np.nan)
    n, d = config.n_layers, config.width
    arrays = {
        "milliseconds": 1e3 * middle, "megabytes": kept / MB, "arrives": arrives,
        "chain": np.array([[kind.chain(n, t) for t in lengths(config)]
                           for kind in KINDS.values()]),
        "multiply_adds": np.array([[kind.multiply_adds(n, t, d) for t in lengths(config)]
                                   for kind in KINDS.values()]),
    }
    return {name: a.astype(np.float32) for name, a in arrays.items()}


DIMS = {
    "milliseconds": ("step", "net", "length"),  # median of the rounds but the first
    "megabytes": ("step", "net", "length"),
    "arrives": ("step", "kind", "length", "seed"),  # logarithm to the base 10
    "chain": ("step", "kind", "length"),
    "multiply_adds": ("step", "kind", "length"),  # of one sequence
}
MEASURED = ("milliseconds",)
"""What the clock decides."""


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "kind": list(KINDS), "length": lengths(config),
            "seed": list(config.seeds)}
