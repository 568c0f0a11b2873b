"""The lab of first lessons: all starts differ in what they learned first, and in nothing else."""

from __future__ import annotations

import numpy as np

from core.concepts import find
from core.concepts.transfer import sources

LAB = find("transfer.sources")
SMALL = {"n_steps": 20, "n_seeds": 2, "width": 4, "n_labels": 2}


def test_without_pretraining_all_starts_are_one() -> None:
    """To the bit, whole and frozen."""
    last = LAB.run(n_pretraining=0, **SMALL).isel(step=-1)
    for array in ("test_error", "taken_for"):
        first, *others = last[array].transpose("start", ...).values
        assert all((other == first).all() for other in others)
    assert (last["gain"].sel(way="whole") == 0).all()


def test_it_goes_on_from_the_same_nets_as_the_lab_of_labels() -> None:
    """One source and one number of labels: the same errors in both labs."""
    here = LAB.run(n_pretraining=10, sources=["shuffled"], **SMALL).isel(step=-1)
    there = find("transfer.labels").run(
        n_pretraining=10, source="shuffled", labels=["2"],
        **{k: v for k, v in SMALL.items() if k != "n_labels"}).isel(step=-1)
    same = {("whole", "nothing"): "scratch", ("whole", "shuffled"): "fine_tune",
            ("frozen", "nothing"): "frozen_random", ("frozen", "shuffled"): "frozen"}
    for (way, start), variant in same.items():
        np.testing.assert_array_equal(
            here["test_error"].sel(way=way, start=start),
            there["test_error"].sel(variant=variant, n_labels=2))


def test_a_start_that_hurts_is_named() -> None:
    """Where pre-trained nets learn at a rate that gets them nowhere, on average over seeds."""
    config = sources.Config(n_pretraining=10, sources=("shuffled",), rates="own", n_labels=20,
                            fine_tuning_rate=0.0003, n_steps=60, n_seeds=2, width=4)
    *_, last = sources.train(config)
    assert [note.values["start"] for note in last.notes] == ["shuffled"]
