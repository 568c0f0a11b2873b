"""Wilson's construction, held to the paper."""

from __future__ import annotations

import pytest
import torch

from core.concepts.optimizers.wilson import wilson


@pytest.mark.parametrize("n", [7, 60])
def test_wilson_is_the_papers_construction(n: int) -> None:
    """Wilson et al. 2017, section 3.3, feature by feature (j counted from 1):
    x_ij = y_i for j = 1; 1 for j = 2, 3; 1 for j = 4 + 5(i-1), ..., 4 + 5(i-1) + 2(1 - y_i);
    0 else. d = 3 + 5 n leaves room for every point's own features.
    """
    split = wilson(range(2, 4), n=n, n_test=20)
    assert split.train_x.shape == (2, 3 + 5 * n, n)
    for s in range(2):
        x, y = split.train_x[s], split.train_y[s, 0]
        for i in range(1, n + 1):
            label = int(y[i - 1])
            expected = torch.zeros(3 + 5 * n)
            expected[0], expected[1:3] = label, 1
            first = 4 + 5 * (i - 1)
            expected[first - 1 : first + 2 * (1 - label)] = 1
            assert torch.equal(x[:, i - 1], expected)


def test_wilson_test_points_have_the_common_features_only() -> None:
    """A new point's own features were never seen, so the three common ones are all."""
    split = wilson(range(2), n_test=300)
    x, y = split.test_x, split.test_y
    assert torch.equal(x[:, :1], y)
    assert (x[:, 1:3] == 1).all()
    assert (x[:, 3:] == 0).all()
    assert set(y.unique().tolist()) == {-1.0, 1.0}


def test_wilson_labels_are_drawn_with_probability_p() -> None:
    """Share p of +1 in all points (five standard errors), another draw per seed, and a seed's
    draw does not depend on the others.
    """
    split = wilson(range(40), p=0.7)
    share = torch.cat([split.train_y, split.test_y], 2).gt(0).double().mean().item()
    assert share == pytest.approx(0.7, abs=5 * (0.21 / (40 * 560)) ** 0.5)
    alone = wilson(range(9, 10), p=0.7)
    assert torch.equal(alone.train_x[0], split.train_x[9])
    assert torch.equal(alone.test_y[0], split.test_y[9])
    assert not torch.equal(split.train_y[8], split.train_y[9])
