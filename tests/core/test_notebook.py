"""The lines for a notebook in the README, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import xarray

from core.checking import check, trained
from core.concepts import find

ROOT = Path(__file__).parents[2]


def test_the_readmes_lines_give_a_table() -> None:
    """In a fresh interpreter: steps down, optimizers across, all losses finite; and torch has as
    many threads as before.
    """
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    *before, last = lines.strip().splitlines()
    code = "\n".join(["import torch; torch.set_num_threads(2)", *before, f"table = {last}",
                      "assert table.shape == (60, 8), table.shape",
                      "assert table.index.name == 'step'",
                      "assert list(table)[:2] == ['sgd', 'momentum']",
                      "assert table.notna().all(axis=None)",
                      "assert verdict.held == (True, True)",
                      "assert torch.get_num_threads() == 2"])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr


SURFACE = find("optimizers.surface")
SHORT = {"n_steps": 12, "optimizers": ["sgd", "adam"], "n_seeds": 2, "map": "off"}


def test_settings_are_given_by_name() -> None:
    """The rest is as the page opens; the labels are those of the settings."""
    data = SURFACE.run(**SHORT)
    xarray.testing.assert_identical(data, trained(SURFACE, SURFACE.config(**SHORT)))
    assert list(data["optimizer"].values) == ["sgd", "adam"]
    assert data.sizes["seed"] == 2


@pytest.mark.parametrize(("settings", "lines"), [
    ({"learning_rate": 99}, ["learning_rate: 99 is not allowed. Allowed: a number from 0.0001"]),
    ({"colour": "red"}, ["colour: there is no such setting. Known settings: n_seeds, seed"]),
    ({"n_steps": 5, "momentum": 2}, ["n_steps: 5 is not allowed. Allowed: a whole number from 10",
                                     "momentum: 2 is not allowed. Allowed: a number from 0"]),
    ({"surface": "beale", "start_x": -3}, ["start_x: -3.0 is not allowed with surface = 'beale'"]),
])
def test_what_is_not_allowed_is_refused_in_words(settings: dict[str, object],
                                                 lines: list[str]) -> None:
    """A line per problem."""
    with pytest.raises(ValueError, match=lines[0].split(":")[0]) as refused:
        SURFACE.run(**settings)
    for said, begins in zip(str(refused.value).splitlines(), lines, strict=True):
        assert said.startswith(begins)


def test_a_claim_is_checked_by_its_name() -> None:
    claim = SURFACE.claim("momentum_halves")
    verdict = claim.check(n_seeds=2, first_seed=40)
    assert verdict.held == check(SURFACE, claim, 2, 40).held
    assert len(verdict.held) == 2
    assert verdict.claim.sentence == claim.sentence


def test_a_check_of_seeds_that_are_not_allowed_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"n_seeds: 500 is not allowed. Allowed: a whole"):
        SURFACE.claim("momentum_halves").check(n_seeds=500)
