"""What one dilated convolution shows: scenarios, and the checks of its sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.dilated_convolution.step import Config
from core.experiment import Claim, Preset
from core.stacked import update

if TYPE_CHECKING:
    import xarray

DILATED = Config()
PLAIN = Config(net="plain")
UPDATE = Config(shows="update", at=20)

PRESETS = (
    Preset(
        "One dilated convolution", DILATED,
        "The third layer has a dilation of 4. How many places does it read for one number, and "
        "how many weights does it need for them?",
        ("sum_of_products", "no_more_weights"),
    ),
    Preset(
        "A plain one beside it", PLAIN,
        "The same layer of a plain net. What is different: how many it reads, or where they are?",
        ("no_more_weights",),
    ),
    Preset(
        "The next update of its weights", UPDATE,
        "Six weights of one channel. Does the one with the largest gradient go farthest?",
        ("update_adds_up",),
    ),
)


def _sum_of_products(h: xarray.Dataset) -> np.ndarray:
    last = h.isel(step=-1)
    sums = {name: last["sums"].sel(part=name).values for name in last["part"].values}
    total = (last["seen"] * last["weights"]).sum(("state", "tap")).values
    return (
        np.isclose(total, sums["products"], atol=1e-4)
        & np.isclose(np.tanh(sums["products"] + sums["bias"]), sums["tanh"], atol=1e-4)
        & np.isclose(sums["tanh"] * sums["sigmoid"], sums["out"], atol=1e-4)
    )


def _no_more_weights(dilated: xarray.Dataset, plain: xarray.Dataset) -> list[bool]:
    sizes = [h["weights"].sizes["state"] * h["weights"].sizes["tap"] for h in (dilated, plain)]
    far = [int(h["tap"].values.max()) for h in (dilated, plain)]
    return [sizes[0] == sizes[1] and far == [4, 1]]


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "sum_of_products",
        "A channel is the sum of what the layer reads, each number times its weight, with a bias; "
        "tanh of that, times a gate between 0 and 1.",
        (DILATED,), _sum_of_products, share=0.9, source="van den Oord et al. 2016, section 2.3",
    ),
    Claim(
        "no_more_weights",
        "A dilated layer needs no weight more than a plain one: it reads as many places, 4 apart "
        "and not 1.",
        (DILATED, PLAIN), _no_more_weights, share=1, over="nothing",
        source="van den Oord et al. 2016, section 2.1",
    ),
    update.claim_of(UPDATE),
)
