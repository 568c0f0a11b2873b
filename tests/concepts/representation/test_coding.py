"""Categories as inputs and as targets: the readers, held to torch.nn and to least squares."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix
from torch import nn

from core.concepts import find
from core.concepts.representation import categories, targets
from core.concepts.representation.categories import CODES, DIM, Reader, kinds_of
from core.config import with_changes
from core.stacked.layers import Workspace
from core.stacked.traced import views


def module_of(reader: Reader) -> nn.Module:
    """The same in torch.nn; one-hot and integers are encoded before."""
    n = {"integer": 1, "one_hot": reader.n_levels, "embedding": DIM}[reader.code]
    return nn.Sequential(nn.Linear(n, reader.hidden), nn.ReLU(), nn.Linear(reader.hidden, 1))


@pytest.mark.parametrize("code", CODES)
def test_a_reader_is_a_net_of_torch(code: str) -> None:
    """Values and gradients, in float64; an embedding is one-hot times its table."""
    reader = Reader(code, 5, 4)
    p = torch.from_numpy(np.stack([
        reader.init(np.random.default_rng(i)) for i in range(2)])).double()
    g = torch.zeros_like(p)
    stack = reader.bind(p, g, Workspace())
    level = torch.tensor([[[0, 1, 2, 3, 4, 2, 2]], [[4, 4, 0, 1, 3, 2, 1]]])
    y = torch.linspace(-1, 1, 14, dtype=torch.float64).view(2, 1, 7)
    said = stack.forward(level)
    stack.gradients(level, y)
    named, slopes = views(reader.shapes, p), views(reader.shapes, g)
    module = module_of(reader).double()
    with torch.no_grad():
        for name, parameter in zip(("w1", "b1", "w", "b"), module.parameters(), strict=True):
            parameter.copy_(named[name][1])
    one_hot = nn.functional.one_hot(level[1, 0], 5).double()
    table = named["table"][1].clone().requires_grad_() if code == "embedding" else None
    told = {"one_hot": one_hot, "integer": ((level[1, 0].double() - 2) / 2**0.5)[:, None]}.get(
        code, one_hot @ table if table is not None else one_hot)
    theirs = module(told)[:, 0]
    torch.testing.assert_close(said[1, 0], theirs, rtol=1e-9, atol=1e-9)
    (0.5 * (theirs - y[1, 0]).square().mean()).backward()
    for name, parameter in zip(("w1", "b1", "w", "b"), module.parameters(), strict=True):
        torch.testing.assert_close(slopes[name][1], parameter.grad, rtol=1e-9, atol=1e-9)
    if table is not None:
        torch.testing.assert_close(slopes["table"][1], table.grad, rtol=1e-9, atol=1e-9)


def test_the_linear_models_end_at_least_squares() -> None:
    """Integer: the line through all rows. One-hot and trees: the mean of every kind's rows."""
    config = categories.Config(n_levels=4, n_train=60, n_steps=250, n_seeds=1, learning_rate=0.1)
    run = find("representation.categories").run(**config.model_dump())
    one = kinds_of(config, 0)
    slope, intercept = np.polyfit(one.level, one.y, 1)
    means = np.array([one.y[one.level == i].mean() for i in range(4)])
    said = run["said"].isel(step=-1)
    np.testing.assert_allclose(said.sel(model="linear", code="integer"),
                               intercept + slope * np.arange(4), atol=0.08)
    np.testing.assert_allclose(said.sel(model="linear", code="one_hot"), means, atol=0.08)
    for code in ("integer", "one_hot"):
        np.testing.assert_allclose(said.sel(model="tree", code=code), means, rtol=1e-6)
    gone = ((means - one.effects) ** 2).mean() / (one.effects**2).mean()
    assert run["explained"].isel(step=-1, seed=0).sel(model="tree", code="integer").item() == (
        pytest.approx(1 - gone, abs=1e-6))


def test_ordered_effects_are_the_same_ones_sorted() -> None:
    config = categories.Config()
    plain, ordered = (kinds_of(with_changes(config, order=order), 3)
                      for order in ("none", "ordered"))
    np.testing.assert_array_equal(np.sort(plain.effects), ordered.effects)
    np.testing.assert_array_equal(plain.level, ordered.level)
    assert plain.effects.std() == pytest.approx(1)


# --- targets -----------------------------------------------------------------------------


def test_targets_are_encoded_and_answers_decoded() -> None:
    y = torch.tensor([[0, 2, 1]])
    integer, one_hot = targets.KINDS["integer"], targets.KINDS["one_hot"]
    assert integer.encode(y, 3).tolist() == [[[0, 2, 1]]]
    assert one_hot.encode(y, 3)[0].T.tolist() == np.eye(3)[[0, 2, 1]].tolist()
    assert integer.decode(torch.tensor([[[-3.0, 0.6, 7.0, 1.4]]]), 3).tolist() == [[0, 1, 2, 1]]
    assert torch.equal(one_hot.decode(one_hot.encode(y, 3), 3), y)


def test_what_is_taken_for_what_is_a_confusion_matrix() -> None:
    rng = np.random.default_rng(0)
    y, said = rng.integers(4, size=(2, 3, 50))
    theirs = confusion_matrix(y.ravel(), said.ravel(), normalize="true")
    ours = targets._taken_for(torch.from_numpy(y), torch.from_numpy(said), 4)
    np.testing.assert_allclose(ours, theirs)


def test_a_level_is_a_fifth_of_the_patients() -> None:
    _, y = targets._levels()
    assert abs(np.bincount(y) - 442 / 5).max() < 3


def test_numbers_drawn_by_lot_rename_the_classes() -> None:
    config = targets.Config(n_seeds=2)
    given, drawn = (targets.classes_of(with_changes(config, numbers=n))
                    for n in ("given", "drawn"))
    assert torch.equal(given.train_x, drawn.train_x)
    for s in range(2):
        pairs = set(zip(given.train_y[s].tolist(), drawn.train_y[s].tolist(), strict=True))
        assert len(pairs) == 10
    torch.testing.assert_close(given.train_x.mean(2), torch.zeros(2, 64), atol=1e-5, rtol=0)


def test_integers_that_were_not_learned_are_named() -> None:
    run = find("representation.targets").run(n_seeds=1, n_steps=100)
    assert any("Integer: after 100 steps" in note for note in run.attrs["notes"])
