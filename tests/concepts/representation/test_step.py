"""One update of two weights slowly: it is the lab's, and that of torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from core.concepts import find
from core.concepts.representation import step
from core.concepts.representation.plane import UNITS
from core.concepts.representation.tables import TABLES

LAB = find("representation.step")


@pytest.mark.parametrize("rule", step.RULE_NAMES)
def test_the_step_is_that_of_the_lab(rule: str) -> None:
    """Where it starts and ends are two places of the lab of scales, one update apart."""
    steps = find("representation.scale").run(
        n_steps=20, n_seeds=1, scales=["raw"], unit=7)["position"].sel(rule=rule)
    last = LAB.run(rule=rule, at=4, unit=7).isel(step=-1)
    for when, t in (("before", 4), ("after", 5)):
        np.testing.assert_array_equal(last["moved"].sel(when=when), steps.sel(step=t))
    np.testing.assert_array_equal(last["path"].isel(past=-1), steps.sel(step=4))


def test_the_gradient_is_that_of_torch_and_the_mean_of_all_pulls() -> None:
    last = LAB.run(at=2, unit=7).isel(step=-1)
    x, y = TABLES["wine"].load()
    x = StandardScaler().fit_transform(x[:, [0, 6]])
    y = torch.from_numpy(StandardScaler().fit_transform((y == 0)[:, None].astype(float))[:, 0])
    for unit, times in zip(UNITS, (7, 1), strict=True):
        w = torch.tensor(last["moved"].sel(unit=unit, when="before").values.astype(float),
                         requires_grad=True)
        a = torch.from_numpy(x * [1, times])
        off = a @ w - y
        (0.5 * off.square().mean()).backward()
        found = last["found"].sel(unit=unit).isel(seed=0)
        np.testing.assert_allclose(found.sel(quantity="gradient"), w.grad, rtol=1e-4, atol=1e-6)
        pulls = (off[:, None] * a).detach().numpy()
        np.testing.assert_allclose(pulls.mean(0), w.grad, rtol=1e-6)
        row = np.random.default_rng((0, 45)).integers(len(y))
        np.testing.assert_allclose(found.sel(quantity="number"), a[row], rtol=1e-5)
        np.testing.assert_allclose(found.sel(quantity="pull"), pulls[row], rtol=1e-4)


def test_parts_come_one_after_the_other() -> None:
    """And each says something of its own, for both rules."""
    frames = list(step.train(step.Config(at=1)))
    for t, frame in enumerate(frames):
        known = np.isfinite(frame.arrays["found"]).all((1, 2, 3))
        assert known.tolist() == [i <= t for i in range(len(step.QUANTITIES))]
    assert [f.notes[0].key for f in frames] == ["row", "pull", "gradient", "step_sgd", "after"]
    assert [f.notes[0].key for f in step.train(step.Config(at=1, rule="adam"))][3] == "step_adam"
