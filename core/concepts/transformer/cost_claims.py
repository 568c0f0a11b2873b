"""What the lab of costs teaches: cases to measure, and claims about what is counted.

No claim is about seconds: these are another's on another machine, and at another moment. What is
counted depends on no seed. Settings and thresholds were chosen on seeds 0 to 63.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transformer.cost import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
COUNTED = Config(n_rounds=3)
"""What claims are about does not depend on how often it is timed."""
KERNELS = Config(nets=("attention", "attention_kernel"))
ARRIVING = Config(nets=("lstm_kernel",), longest="128", n_rounds=3)

PRESETS = (
    Preset(
        "Longer and longer", DEFAULT,
        "In a Transformer 12 products wait for each other, in an LSTM more than a thousand, for "
        "512 places. Whose gradient takes less time on one core?",
        ("more_products", "few_wait"),
    ),
    Preset(
        "A map that is never kept", KERNELS,
        "A kernel computes attention in pieces and forgets their weights, only to compute them "
        "again on the way back. What does that do to memory, and what to time?",
        ("four_times_the_pairs", "kernel_keeps_less"),
    ),
    Preset(
        "From last place to first", ARRIVING,
        "What stood at the first of 64 places: how much of the last place's gradient gets there, "
        "before anything is learned?",
        ("arrives",),
    ),
)


def _of(h: xarray.Dataset, array: str, name: str, length: int) -> float:
    """Of a net, or a kind of layer, after the first round."""
    a = h[array].sel(length=length).isel(step=1)
    return float(a.sel({"kind" if "kind" in a.dims else "net": name}))


def _grows(h: xarray.Dataset, net: str) -> float:
    """How many times as much is kept of 512 places as of 256."""
    return _of(h, "megabytes", net, 512) / _of(h, "megabytes", net, 256)


def _few_wait(h: xarray.Dataset) -> list[bool]:
    attention = h["chain"].sel(kind="attention").isel(step=-1).values
    return [bool((attention == 12).all()) and _of(h, "chain", "lstm", 512) > 1000]


def _more_products(h: xarray.Dataset) -> list[bool]:
    return [_of(h, "multiply_adds", "attention", 512)
            >= 5 * _of(h, "multiply_adds", "lstm", 512)]


def _pairs(h: xarray.Dataset) -> list[bool]:
    return [_grows(h, "attention") >= 3]


def _keeps_less(h: xarray.Dataset) -> list[bool]:
    less = _of(h, "megabytes", "attention", 512) / _of(h, "megabytes", "attention_kernel", 512)
    return [_grows(h, "attention_kernel") <= 2.1 and less >= 3]


def _arrives(h: xarray.Dataset) -> np.ndarray:
    at = h["arrives"].sel(length=64).isel(step=-1)
    return (at.sel(kind="attention").values >= -3) & (at.sel(kind="lstm").values <= -9)


CLAIMS = (
    Claim(
        "few_wait",
        "Of a Transformer's products 12 wait for each other in two layers, at every length; of an "
        "LSTM's more than 1000, with 512 places.",
        (COUNTED,), _few_wait, share=1, over="nothing", source="Vaswani et al. 2017, table 1",
    ),
    Claim(
        "more_products",
        "For 512 places and 32 features a Transformer needs at least five times the multiply-adds "
        "of an LSTM.",
        (COUNTED,), _more_products, share=1, over="nothing",
        source="Vaswani et al. 2017, table 1",
    ),
    Claim(
        "four_times_the_pairs",
        "A Transformer that keeps its attention keeps at least three times as much of 512 places "
        "as of 256.",
        (COUNTED,), _pairs, share=1, over="nothing",
    ),
    Claim(
        "kernel_keeps_less",
        "In one kernel, which forgets the attention, the same net keeps at most 2.1 times as much "
        "of 512 places as of 256, and of 512 at most a third of what it keeps otherwise.",
        (COUNTED,), _keeps_less, share=1, over="nothing",
        source="Dao et al. 2022",
    ),
    Claim(
        "arrives",
        "Before training at least a thousandth of the gradient of the last of 64 places arrives "
        "at the first one in a Transformer; in an LSTM whose forget gates begin half open, as "
        "torch's do, at most a billionth.",
        (ARRIVING,), _arrives, share=0.9, source="Vaswani et al. 2017, table 1",
    ),
)
