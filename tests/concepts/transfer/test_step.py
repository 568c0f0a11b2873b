"""The slow lab: its update is the one that the other labs make."""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray

from core.concepts import find
from core.concepts.transfer import step
from core.concepts.transfer.step import LAYERS, PARTS

SMALL = {"n_steps": 20, "n_pretraining": 10, "n_seeds": 2, "width": 4}


@cache
def history() -> xarray.Dataset:
    return find("transfer.step").run(n_labels=2, **SMALL)


def test_layers_move_as_in_the_lab_of_labels() -> None:
    """After one update; that lab has a frame there."""
    labels = find("transfer.labels").run(labels=["2"], **SMALL)
    after_one = labels["moved"].sel(step=11, trained="fine_tune", n_labels=2)
    ours = history()["moved"].isel(step=-1).sel(way="whole")
    np.testing.assert_allclose(ours.values[:3], after_one.values, rtol=1e-5)


def test_every_part_says_something() -> None:
    config = step.Config(n_labels=2, n_steps=20, n_pretraining=0, n_seeds=1, width=4)
    assert all(len(frame.notes) == 1 for frame in step.train(config))


def test_the_gradient_arrives_layer_by_layer() -> None:
    """From the last one back; frozen it comes no further."""
    whole, frozen = (history()["gradient"].sel(way=way) for way in ("whole", "frozen"))
    for t in range(len(PARTS)):
        arrived = [PARTS.index(layer) <= t for layer in LAYERS]
        assert whole.isel(step=t).notnull().all("seed").values.tolist() == arrived
    assert frozen.isel(step=-1).notnull().all("seed").values.tolist() == [False] * 3 + [True]


def test_frozen_is_the_same_update_of_the_last_layer_alone() -> None:
    last = history().isel(step=-1)
    whole, frozen = (last["moved"].sel(way=way).values for way in ("whole", "frozen"))
    np.testing.assert_array_equal(frozen[3], whole[3])
    assert (frozen[:3] == 0).all()
    np.testing.assert_array_equal(last["kernel_frozen"], history()["kernel_whole"].isel(step=0))


def test_a_step_against_the_gradient_lowers_the_loss_as_it_should() -> None:
    """Adam's first update goes against the sign of the gradient."""
    kernel = history()["kernel_whole"]
    change = (kernel.isel(step=-1) - kernel.isel(step=0)).values
    gradient = history()["kernel_gradient"].isel(step=-1).values
    np.testing.assert_array_equal(np.sign(change), -np.sign(gradient))
    assert (history()["loss"].isel(step=-1).sel(when="after")
            < history()["loss"].isel(step=-1).sel(when="before")).all()
