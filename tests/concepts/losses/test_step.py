"""One point and one update slowly: it is the lab's update, and the losses are torch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.losses import numbers, step

LAB = find("losses.step")
SMALL = step.Config(at=10, n_samples=40, n_seeds=2, width=5)


def test_fits_are_those_of_the_lab() -> None:
    """After the update, and before the one that follows."""
    lab = numbers.train(step.lab_config(SMALL))
    then = next(frame for frame in lab if frame.step)
    for at, when in ((then.step - 1, 1), (then.step, 0)):
        last = list(step.train(SMALL.model_copy(update={"at": at})))[-1]
        np.testing.assert_array_equal(last.arrays["fit"][:, when], then.arrays["fit"])


@pytest.mark.parametrize("name", step.LOSSES)
def test_losses_and_pulls_are_torchs(name: str) -> None:
    lab = step.lab_config(SMALL)
    r = torch.tensor([-4.0, -0.2, 0.1, 0.6, 5.0], requires_grad=True)
    theirs = {
        "squared": lambda: 0.5 * r.square(), "absolute": lambda: r.abs(),
        "huber": lambda: torch.nn.functional.huber_loss(
            r, torch.zeros_like(r), reduction="none", delta=SMALL.delta),
    }[name]()
    theirs.sum().backward()
    values, pulls = step.curve_of(lab, name, r.detach().numpy())
    np.testing.assert_allclose(values, theirs.detach(), rtol=1e-6)
    np.testing.assert_allclose(pulls, r.grad, rtol=1e-6)  # by the output it is minus that


@pytest.mark.parametrize("point", ["far", "near"])
def test_the_point_is_the_farthest_or_the_nearest(point: str) -> None:
    config = SMALL.model_copy(update={"point": point})
    last = list(step.train(config))[-1]
    x, y = numbers.points_of(step.lab_config(config))
    away = np.abs(y - numbers.curve(x))
    chosen = away.argmax(1) if point == "far" else away.argmin(1)
    np.testing.assert_allclose(
        last.arrays["here"][0], [x[0, chosen[0]], y[0, chosen[0]]], rtol=1e-6)
    residual, _, pull, _, _ = last.arrays["numbers"]
    np.testing.assert_allclose(pull[0], residual[0], rtol=1e-5)
    np.testing.assert_array_equal(pull[1], np.sign(residual[1]))


def test_parts_come_one_after_the_other() -> None:
    frames = list(step.train(SMALL))
    assert [frame.notes[0].key for frame in frames] == list(step.PARTS)
    for t, frame in enumerate(frames):
        for part, array in (("loss", "loss_at"), ("gradient", "pull_at")):
            assert np.isfinite(frame.arrays[array]).all() == (t >= step.PARTS.index(part))
        assert np.isfinite(frame.arrays["fit"][:, 1]).all() == (step.PARTS[t] == "update")


def test_a_seed_in_a_stack_is_the_same_seed_alone() -> None:
    both = list(step.train(SMALL))[-1].arrays["numbers"]
    alone = list(step.train(SMALL.model_copy(update={"seed": 1, "n_seeds": 1})))[-1]
    np.testing.assert_allclose(both[..., 1:], alone.arrays["numbers"], rtol=1e-3, atol=1e-4)
