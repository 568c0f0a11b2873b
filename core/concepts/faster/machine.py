"""What makes a layer fast, on the machine that this page runs on, at this moment?

A layer is a product of matrices. It is computed with one thread and with all, in 32, 16 and 8 bits,
and with nine tenths of its weights zero, for several widths or batch sizes. Every way is timed in
turn, again and again, so that a busy moment meets all; what it computes is compared with float32.

Paper: Williams, Waterman & Patterson 2009 (the roofline: a processor either computes or waits for
numbers).
Differs from the paper in: both roofs are measured, the flat one as the most that any way reached.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.faster.busy import NOTES as OF_THE_MACHINE
from core.concepts.faster.busy import about, load
from core.concepts.faster.devices import device_of, threads
from core.concepts.faster.products import WAY_NAMES, WAYS, Product
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

WayName = Literal["float32", "threads", "bfloat16", "float16", "int8", "zeros", "sparse", "gpu"]
WIDTHS = (32, 64, 128, 256, 512, 1024)
BATCHES = (1, 4, 16, 64, 256, 1024)
DATA = 0
"""What random numbers are for: weights and images."""
AT_LEAST = 0.001
"""Seconds that one timing takes: a product is repeated until then."""
MOST_CALLS = 64
COPIED = 2**24
"""Bytes that are copied to measure how fast memory is."""


class Config(BaseConfig):
    """Which ways, and how large the layers are."""

    ways: tuple[WayName, ...] = setting(
        ("float32", "threads", "bfloat16", "int8", "zeros", "sparse"),
        "How the layer is computed", names=WAY_NAMES, label="Ways to compute",
    )
    over: Literal["width", "batch"] = setting(
        "width", "What grows from left to right", label="Along the axis",
        names={"width": "Width of the layer", "batch": "Images in a batch"},
    )
    width: Literal["64", "256", "1024"] = setting(
        "256", "Inputs and outputs of the layer, where the batch grows",
        names={n: f"{n} units" for n in ("64", "256", "1024")},
    )
    batch_size: Literal["1", "16", "64", "256"] = setting(
        "64", "Images at a time, where the width grows",
        names={n: f"{n} images" for n in ("1", "16", "64", "256")},
    )
    n_rounds: int = setting(
        9, "How often everything is timed", ge=3, le=20, unit="rounds", label="Rounds",
    )
    n_seeds: int = setting(
        3, "Layers whose numbers are compared; the first one is timed", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed; another one measures anew", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some_ways(self) -> Config:
        each_once("ways", self.ways, get_args(WayName))
        return self


def sizes_of(config: Config) -> list[tuple[int, int]]:
    """Images and width, from left to right."""
    if config.over == "width":
        return [(int(config.batch_size), n) for n in WIDTHS]
    return [(b, int(config.width)) for b in BATCHES]


def layer(seed: int, n_images: int, width: int) -> tuple[Tensor, Tensor]:
    """Weights (n, n) and images (n_images, n)."""
    rng = np.random.default_rng((seed, DATA))
    weight = rng.standard_normal((width, width)) / width**0.5
    images = rng.standard_normal((n_images, width))
    return tuple(torch.from_numpy(a.astype(np.float32)) for a in (weight, images))


def steps(config: Config) -> list[int]:
    """Rounds."""
    return list(range(config.n_rounds + 1))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Nothing is learned: every round times all ways at all sizes."""
    sizes, t = sizes_of(config), 0
    products = {way: [WAYS[way].prepare(*layer(config.seed, *size)) for size in sizes]
                for way in there(config)}
    seconds = np.full((config.n_rounds, len(config.ways), len(sizes)), np.nan)
    copying = np.full(config.n_rounds, np.nan)
    gone = np.full((len(config.ways), len(sizes), config.n_seeds), np.nan)

    def measure() -> Measured:
        return _measured(config, t, seconds, copying, gone)

    yield 0, measure
    gone = differences(config)
    for t in steps(config)[1:]:
        for i, way in enumerate(config.ways):
            if way in products:
                with threads(WAYS[way].all_cores):
                    seconds[t - 1, i] = [timed(product) for product in products[way]]
        copying[t - 1] = copied()
        yield t, measure


def there(config: Config) -> list[str]:
    """The ways that this machine has."""
    return [way for way in config.ways if device_of(WAYS[way].gpu) is not None]


def timed(product: Product) -> float:
    """Seconds of one call, from as many as take long enough to be timed."""
    start, calls = time.perf_counter(), 0
    while True:
        product()
        calls += 1
        passed = time.perf_counter() - start
        if passed >= AT_LEAST or calls == MOST_CALLS:
            return passed / calls


def copied() -> float:
    """Bytes per second that main memory gives and takes."""
    source, to = torch.zeros(2, COPIED, dtype=torch.uint8)  # written once: the memory is there
    start = time.perf_counter()
    to.copy_(source)
    return 2 * COPIED / (time.perf_counter() - start)


def differences(config: Config) -> np.ndarray:
    """How far what a way computes is from float32 with one thread, as a share of its length:
    (way, size, seed).
    """
    found = np.full((len(config.ways), len(sizes_of(config)), config.n_seeds), np.nan)
    for s, seed in enumerate(config.seeds):
        for j, size in enumerate(sizes_of(config)):
            weight, x = layer(seed, *size)
            true = torch.mm(x, weight.t())
            for way in there(config):
                said = WAYS[way].prepare(weight, x)().float().cpu()
                found[config.ways.index(way), j, s] = float((said - true).norm() / true.norm())
    return found


def _measured(
    config: Config, t: int, seconds: np.ndarray, copying: np.ndarray, gone: np.ndarray
) -> tuple[dict[str, np.ndarray], list[Note]]:
    images, widths = np.array(sizes_of(config)).T
    operations = 2.0 * images * widths**2
    moved = np.array([
        4.0 * 2 * images * widths + WAYS[way].bytes * widths**2 for way in config.ways])
    done = seconds[:t] if t else seconds[:1]
    middle = np.median(done, 0)  # NaN before the first round
    base = middle[config.ways.index("float32")] if "float32" in config.ways else middle[0]
    arrays = {
        "microseconds": 1e6 * middle / images,
        "rounds": 1e6 * np.moveaxis(seconds, 0, -1) / images[:, None],
        "speedup": base / middle,
        "rate": operations / middle / 1e9,
        "intensity": operations / moved,
        "roof": _roof(config, operations / moved, operations / middle, copying[:t]),
        "difference": gone,
        "load": np.array(load() if t else np.nan),
    }
    notes = list(about(float(arrays["load"]))) if t else []
    if len(there(config)) < len(config.ways):
        notes.append(Note("no_gpu", {}))
    return {name: a.astype(np.float32) for name, a in arrays.items()}, notes


LINE = [2.0**k for k in range(-2, 11)]
"""Operations per byte, at which the roof is drawn."""


def _roof(
    config: Config, intensity: np.ndarray, rate: np.ndarray, copying: np.ndarray
) -> np.ndarray:
    """What this machine can do at most at so many operations per byte, where the bytes come from
    main memory, in 10^9 a second. What is still in the cache may be faster.
    """
    if not len(copying):
        return np.full(len(LINE), np.nan)
    return np.minimum(np.array(LINE) * copying.max(), np.nanmax(rate, initial=0)) / 1e9


NOTES = OF_THE_MACHINE
DIMS = {
    "microseconds": ("step", "way", "size"),  # for one image, median of the rounds
    "rounds": ("step", "way", "size", "round"),
    "speedup": ("step", "way", "size"),
    "rate": ("step", "way", "size"),
    "intensity": ("step", "way", "size"),
    "roof": ("step", "line"),
    "difference": ("step", "way", "size", "seed"),
    "load": ("step",),
}
MEASURED = ("microseconds", "rounds", "speedup", "rate", "roof", "load", "machine", "busy", "gpu",
            "no_gpu")
"""What the clock or the machine decides."""


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    sizes = [b if config.over == "batch" else n for b, n in sizes_of(config)]
    return {"way": list(config.ways), "size": sizes, "line": LINE,
            "round": list(range(1, config.n_rounds + 1)), "seed": list(config.seeds)}
