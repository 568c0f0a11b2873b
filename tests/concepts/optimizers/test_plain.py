"""The rules written for reading, held to those that the page trains with."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from core.concepts.optimizers import plain
from core.stacked.rules import RULES, Updater


@pytest.mark.parametrize("rule", RULES)
def test_rules_go_where_the_stack_goes(rule: str) -> None:
    """A hundred steps in float64 at default coefficients: equal to 1e-10."""
    start, gradient = torch.tensor([-1.5, 1.0]).double(), plain.gradient_of(plain.rosenbrock)
    p = start[None].clone()
    updater = Updater(p, [rule], [{"learning_rate": 2e-4}])
    for expected in islice(plain.RULES[rule](start, gradient, 2e-4), 100):
        updater.step(gradient(p[0])[None])
        assert (p[0] - expected).abs().max() <= 1e-10
    assert (p[0] - start).abs().max() > 1e-3


def test_the_same_rules_are_here() -> None:
    assert list(plain.RULES) == list(RULES)


def test_it_runs_as_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    """Every rule comes down from 162.5 into the valley, whose floor begins near 6, and what is
    printed is its best of all rates that are tried.
    """
    found = plain.main(40)
    assert list(found) == list(RULES)
    assert max(found.values()) < 6
    tried = [plain.reached(plain.adam, rate, 40)[0] for rate in plain.LEARNING_RATES]
    assert found["adam"] == min(tried) < max(tried)
    head, *rows = capsys.readouterr().out.splitlines()
    assert "40 steps" in head
    assert len(rows) == len(RULES)


def test_a_rule_that_diverges_has_no_loss() -> None:
    assert plain.reached(plain.sgd, 10.0, 30)[0] == float("inf")
