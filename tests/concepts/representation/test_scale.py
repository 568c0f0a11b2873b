"""Representations and two weights, held to scikit-learn, to torch and to closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from core.concepts import find
from core.concepts.representation import plain
from core.concepts.representation.plane import ADAM_RATE, START, Plane
from core.concepts.representation.scales import (
    N_BINS,
    SCALES,
    condition_number,
    curvatures,
    standardised,
)
from core.concepts.representation.tables import TABLES, halves
from core.config import with_changes
from explorer.live import Click
from pages.representation import LABS
from tests.support.repairs import repaired
from tests.support.visits import Orders, Visits, widget

LAB = find("representation.scale")
VISITS = Visits("representation")


@pytest.mark.parametrize("table", TABLES)
def test_halves_are_halves_of_every_class(table: str) -> None:
    x, y = TABLES[table].load()
    rows = halves(table, 3)
    assert len(rows.train_y) == len(y) // 2
    assert sorted(map(tuple, np.vstack([rows.train_x, rows.test_x]))) == sorted(map(tuple, x))
    for c in range(len(TABLES[table].classes)):
        assert abs((rows.train_y == c).sum() - (y == c).sum() / 2) <= 1
    assert len(TABLES[table].features) == x.shape[1]


def test_representations_are_scikit_learns() -> None:
    """Learned from the training half, used on the other."""
    rows = halves("wine", 0)
    told = {name: s.learn(rows.train_x)(rows.test_x) for name, s in SCALES.items()}
    np.testing.assert_array_equal(told["raw"], rows.test_x)
    theirs = StandardScaler().fit(rows.train_x).transform(rows.test_x)
    np.testing.assert_allclose(told["standardised"], theirs, rtol=1e-12)
    np.testing.assert_allclose(told["log"], np.log(rows.test_x))
    bins = KBinsDiscretizer(N_BINS, encode="onehot-dense", strategy="quantile",
                            quantile_method="linear").fit(rows.train_x)
    # a value on an edge belongs to the upper bin there, to the lower one here
    assert (bins.transform(rows.test_x) != told["binned"]).mean() < 0.02
    assert (told["binned"].sum(1) == rows.test_x.shape[1]).all()


def test_what_is_zero_or_constant_has_a_place() -> None:
    x = np.array([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    np.testing.assert_allclose(SCALES["log"].learn(x)(x)[:, 0], np.log([1, 2, 4]))
    np.testing.assert_array_equal(SCALES["standardised"].learn(x)(x)[:, 1], 0)
    for s in SCALES.values():
        assert s.learn(x)(x).shape == (3, s.n_inputs(2))


def test_condition_numbers_of_wine() -> None:
    """By singular values, and as they were measured before."""
    x, _ = TABLES["wine"].load()
    told = standardised(x)(x)
    assert condition_number(x) == pytest.approx(4.59e8, rel=0.01)
    assert condition_number(told) == pytest.approx(45.5, rel=0.01)
    a = np.hstack([told, np.ones((len(x), 1))])
    np.testing.assert_allclose(curvatures(told)[::-1], np.linalg.svd(a)[1] ** 2 / len(x))
    five = SCALES["binned"].learn(x)(x)  # every feature's five add up to the constant
    assert np.linalg.matrix_rank(np.hstack([five, np.ones((len(x), 1))])) == 13 * 4 + 1
    assert condition_number(five) == pytest.approx(
        curvatures(five)[-1] / np.sort(curvatures(five))[13])


def test_two_weights_go_where_torch_goes() -> None:
    """The loss of both units, and both rules after ten updates, in float64."""
    plane = Plane("wine", 7.0)
    for _ in range(10):
        plane.step()
    x, y = TABLES["wine"].load()
    x = StandardScaler().fit_transform(x[:, [0, 6]])
    y = StandardScaler().fit_transform((y == 0)[:, None].astype(float))[:, 0]
    target = torch.from_numpy(y)
    for i, unit in enumerate((7.0, 1.0)):
        a = torch.from_numpy(x * [1, unit])
        top = torch.linalg.eigvalsh(a.T @ a / len(a))[-1].item()
        for j, make in enumerate((lambda p, top=top: torch.optim.SGD([p], 1.8 / top),
                                  lambda p: torch.optim.Adam([p], ADAM_RATE))):
            w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
            optimizer = make(w)
            for _ in range(10):
                optimizer.zero_grad()
                (0.5 * (a @ w - target).square().mean()).backward()
                optimizer.step()
            np.testing.assert_allclose(plane.arrays()["position"][i, j], w.detach(), rtol=1e-7)
            lowest = torch.linalg.lstsq(a, target[:, None]).solution[:, 0]
            height = 0.5 * ((a @ w - target).square() - (a @ lowest - target).square()).mean()
            np.testing.assert_allclose(plane.arrays()["above"][i, j], height.item(), rtol=1e-7)


def test_who_names_one_class_is_named() -> None:
    run = LAB.run(rates="shared", scales=["raw", "standardised"], n_seeds=2)
    said = [note for note in run.attrs["notes"] if "the same class" in note]
    assert [note.partition(":")[2].partition(":")[0] for note in said] == [" Net, momentum, Raw"]


@pytest.mark.parametrize(("query", "hidden"), [
    ({}, {"learning_rate"}), ({"rates": "shared"}, set()),
])
def test_what_makes_no_difference_is_hidden(
    query: dict[str, str], hidden: set[str], orders: Orders
) -> None:
    at, lab = VISITS.opened("scale", **query), VISITS.labs["scale"]
    assert {f for f in lab.config.model_fields if widget(at, lab, f) is None} == hidden


def test_the_plain_net_tells_the_story() -> None:
    errors = plain.main()
    assert errors["standardised"] < 0.1 < errors["raw"]


def test_a_click_places_the_start() -> None:
    """Also at the edge, where a click may lie a hair beyond the axis."""
    lab, config = LABS["scale"], LAB.config(n_steps=20, n_seeds=1, scales=["raw"])
    placed = lab.on_click(Click("valley", 0.503, -2.01), config)
    assert placed == {"start_x": 0.5, "start_y": -2.0}
    (first, *_) = LAB.train(with_changes(config, **placed))
    np.testing.assert_allclose(first.arrays["position"], np.full((2, 2, 2), [0.5, -2.0]))


def test_what_repairs_a_net_that_names_one_class() -> None:
    repaired("representation.scale", "one_class", rates="shared", n_seeds=4)
