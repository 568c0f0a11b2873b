"""One data set, slowly: held to numpy's own least squares and to the regression lab."""

from __future__ import annotations

import numpy as np
import pytest

from core.concepts import find
from core.concepts.bias_variance import regression, step
from core.concepts.bias_variance.regression import GRID, TRUTHS
from core.words import phrase
from explorer.page import lab_of, view_of

LAB, THERE = find("bias_variance.step"), find("bias_variance.regression")


def slowly(lab: regression.Config, at: int) -> step.Config:
    """Where the lab's magnifying glass leads."""
    way = lab_of(THERE).slowly
    assert way
    experiment, config = way(lab, at)
    assert experiment is LAB
    assert isinstance(config, step.Config)
    return config


@pytest.mark.parametrize("degree", [0, 1, 3, 8])
def test_the_fit_is_numpys(degree: int) -> None:
    """Through the points that are drawn goes the polynomial that `numpy.polyfit` finds."""
    *_, last = step.train(step.Config(degree=degree))
    x, y = last.arrays["sample"].astype(float)
    wanted = np.polyval(np.polyfit(x, y, degree), GRID)
    np.testing.assert_allclose(last.arrays["latest"], wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("family", ["polynomial", "decision_tree", "bagged_trees"])
def test_it_is_the_labs_data_set(family: str) -> None:
    """The lab's run before and after this data set: its points, its fit, both means."""
    lab = regression.Config(family=family, n_resamples=20, n_seeds=1)  # type: ignore[arg-type]
    found = {frame.step: frame.arrays for frame in regression.train(lab)}
    config = slowly(lab, 7)
    assert config.n_resamples == 7
    frames = {name: f.arrays for name, f in zip(step.SUB_STEPS, step.train(config), strict=True)}
    for name in ("sample", "latest"):
        np.testing.assert_allclose(frames["sum"][name], found[7][name], rtol=1e-5, atol=1e-5)
    for name, data_set in (("fitted", 6), ("averaged", 7)):
        np.testing.assert_allclose(frames[name]["main"], found[data_set]["main"], atol=1e-5)


def test_the_parts_are_numpys() -> None:
    """Mean, bias and variance at the place, from the fits' values there; and their sum."""
    config = step.Config(degree=5, n_resamples=12, where=0.6, n_seeds=3)
    frames = list(step.train(config))
    arrays = frames[-1].arrays
    at = step.place(config)
    assert GRID[at] == pytest.approx(0.6, abs=0.003)
    truth = TRUTHS["sine"](GRID)[at]
    values = arrays["there"].astype(float)  # of the first seed
    parts = dict(zip(step.PARTS, arrays["part"][:, 0], strict=True))
    wanted = {"truth": truth, "fit": values[-1], "before": values[:-1].mean(),
              "mean": values.mean(), "bias_squared": (values.mean() - truth) ** 2,
              "variance": values.var(), "error": ((values - truth) ** 2).mean()}
    assert parts == pytest.approx(wanted, rel=1e-3, abs=1e-5)
    np.testing.assert_allclose(
        arrays["sum"], [parts[name] for name in step.SUM], rtol=1e-6)
    assert arrays["bias_arrow"].tolist() == pytest.approx([truth, values.mean()], rel=1e-5)
    assert arrays["variance_arrow"].tolist() == pytest.approx([values.mean(), values[-1]], rel=1e-5)


def test_a_frame_shows_what_is_known() -> None:
    """Points, then the fit, then the mean moves, then the arrows."""
    frames = [frame.arrays for frame in step.train(step.Config())]
    for name, since in (("sample", 1), ("latest", 2), ("newest", 2), ("bias_arrow", 4),
                        ("variance_arrow", 5)):
        assert [bool(np.isfinite(f[name]).all()) for f in frames] == [
            i >= since for i in range(7)], name
    curves = [int(np.isfinite(f["fits"][:, 0]).sum()) for f in frames]
    assert curves == [6, 6, 6, 7, 7, 7, 7]
    assert not np.array_equal(frames[2]["main"], frames[3]["main"])


def test_every_sub_step_is_said_with_its_numbers() -> None:
    frames = list(step.train(step.Config()))
    said = [phrase(note, LAB.words) for frame in frames for note in frame.notes]
    assert len(set(said)) == len(frames) == 7
    assert said[0].startswith("6 data sets have been drawn and fitted. At x = 0.25 their mean says")
    assert said[2].startswith("Polynomial: fitted to these points alone, at x = 0.25 it says ")
    assert not any("{" in text or "nan" in text for text in said)


def test_the_way_there() -> None:
    """From any data set of the lab, as far as there are so many."""
    lab = regression.Config(family="nearest_neighbors", n_neighbors=3, seed=4)
    config = slowly(lab, 12)
    assert (config.family, config.n_neighbors, config.seed) == ("nearest_neighbors", 3, 4)
    assert config.n_seeds == 1
    assert slowly(lab, 0).n_resamples == 2
    assert slowly(lab, 500).n_resamples == step.MOST
    assert view_of(LAB, config)["says"]
    assert view_of(THERE, lab)["slowly"]
