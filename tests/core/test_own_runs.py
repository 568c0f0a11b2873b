"""Labs that learn from a visitor's numbers or images: what is measured, and a seed on its own."""

from __future__ import annotations

import numpy as np
import pytest
import xarray

from core.checking import trained
from core.concepts import find
from core.config import Config, with_changes
from core.data import visitors
from core.data.own import OwnPoints
from core.data.own_numbers import OwnNumbers
from core.experiment import Experiment

RNG = np.random.default_rng(9)
X = RNG.uniform(3, 9, 150)
LINE = OwnNumbers(X.astype(np.float32), (40 + 5 * X + RNG.normal(size=150)).astype(np.float32))
Y = np.arange(320) % 3
INK = np.where(np.arange(64) // 22 == Y[:, None], 0.9, 0.1) + RNG.normal(0, 0.05, (320, 64))
IMAGES = OwnPoints(INK.astype(np.float32), Y.astype(np.uint8))
OWN: dict[str, tuple[str, visitors.Own, dict[str, object]]] = {
    "bias_variance.regression": ("truth", LINE, {}),
    "losses.numbers": ("source", LINE, {"n_samples": 60, "n_steps": 50, "outliers": 0}),
    "regularization.cross_validation": ("source", LINE, {"n_samples": 30}),
    "convolution.pictures": ("data", IMAGES, {"n_train": 200, "n_steps": 50}),
}
"""By lab the setting, a visitor's data, and what else is set."""


def run(name: str, **more: object) -> tuple[xarray.Dataset, Config]:
    experiment: Experiment = find(name)
    field, own, others = OWN[name]
    config = with_changes(experiment.small, **{field: own.name, **others, **more})
    with visitors.at_hand(own):
        return trained(experiment, config), config


@pytest.mark.parametrize("name", OWN)
def test_a_seed_in_a_stack_is_the_seed_alone(name: str) -> None:
    both, config = run(name, n_seeds=2, seed=4)
    alone, _ = run(name, n_seeds=1, seed=5)
    for array, kept in both.data_vars.items():
        if "seed" in kept.dims:
            one = alone[array].sel(seed=5)
            assert np.allclose(kept.sel(seed=5), one, atol=1e-4, equal_nan=True), array
    with pytest.raises(LookupError, match="private"):
        trained(find(name), config)


def test_bias_noise_and_variance_are_the_error_on_what_is_held_out() -> None:
    found = run("bias_variance.regression", n_resamples=40, degree=1)[0].isel(step=-1)
    total = (found["bias_squared"] + found["variance"]).sel(complexity=[0, 1, 2])
    assert total.values == pytest.approx(found["test_error"].sel(complexity=[0, 1, 2]).values)
    assert float(total.sel(complexity=1).mean()) < 0.1 < float(total.sel(complexity=0).mean())
    assert found["truth"].isnull().all()
    assert found["stack"].sel(level="noise")[0] == 0


def test_no_distance_to_a_curve_that_nobody_knows() -> None:
    found = run("losses.numbers")[0]
    assert found["to_curve"].isnull().all()
    assert found["fit"].notnull().all()


def test_a_ridge_is_compared_on_what_is_not_learned_from() -> None:
    found = run("regularization.cross_validation")[0].isel(step=-1)
    best = found["true_error"].min("ridge")
    assert found["excess_error"].sel(choice="oracle").values == pytest.approx(best.values)
    assert found["truth"].isnull().all()


def test_a_visitors_images_are_told_apart() -> None:
    found = run("convolution.pictures", nets=("mlp_equal",), n_steps=100)[0].isel(step=-1)
    assert found.sizes["class"] == 3
    assert float(found["test_error"].max()) < 0.2
