"""What the pages teach, checked on seeds that chose nothing.

Settings and thresholds were chosen on seeds 0 to 9. Here every claim of every experiment is
trained on seeds 100 to 107; a claim that only ever held on its own seeds fails.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from core.checking import CLAIM_SEEDS, FRESH_SEED, Verdict, check, trained
from core.concepts import concepts, find
from core.config import Config, with_changes
from core.experiment import Claim, Experiment, Preset

EXPERIMENTS = [experiment for labs in concepts().values() for experiment in labs]
SURFACE = find("optimizers.surface")


def pairs(what: str) -> Any:
    """A test per claim (or preset) of every experiment, named after both."""
    found = [(e, item) for e in EXPERIMENTS for item in getattr(e, what)]
    return pytest.mark.parametrize(
        ("experiment", "item"), found, ids=[f"{e.name}: {item.name}" for e, item in found]
    )


@cache
def remembered(experiment: str, config: Config) -> Any:
    """The history of a configuration, trained once for all claims about it."""
    return trained(find(experiment), config)


@pairs("claims")
def test_claims_hold_on_fresh_seeds(experiment: Experiment, item: Claim) -> None:
    verdict = check(experiment, item, n_seeds=CLAIM_SEEDS, first_seed=FRESH_SEED,
                    run=lambda lab, config: remembered(lab.name, config))
    assert verdict.ok, f"{item.sentence} It {verdict}, and must in {item.share:.0%}."


@pairs("claims")
def test_claims_are_complete(experiment: Experiment, item: Claim) -> None:
    """A sentence for people, at least one configuration of this experiment, and a share that
    a single lucky seed cannot reach.
    """
    assert item.sentence[0].isupper()
    assert item.sentence.endswith(".")
    assert item.configs
    assert all(isinstance(config, experiment.config) for config in item.configs)
    assert 0.5 < item.share <= 1
    assert experiment.claim(item.name) is item


@pairs("presets")
def test_presets_are_complete(experiment: Experiment, item: Preset) -> None:
    """A valid configuration of this experiment, a question to ask before, and at least one
    claim that says what it shows.
    """
    assert isinstance(item.config, experiment.config)
    assert with_changes(item.config) == item.config
    assert "?" in item.question
    assert item.claims
    assert set(item.claims) <= {claim.name for claim in experiment.claims}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)
def test_names_are_unique(experiment: Experiment) -> None:
    """Of claims and presets; and no two presets open the same, since the page tells which one
    is open by its configuration.
    """
    for items in (experiment.claims, experiment.presets):
        assert items
        assert max(Counter(item.name for item in items).values()) == 1
    configs = [preset.config for preset in experiment.presets]
    assert len(set(configs)) == len(configs)


def test_experiments_have_unique_names() -> None:
    assert max(Counter(e.name for e in EXPERIMENTS).values()) == 1
    for slug, labs in concepts().items():
        assert all(e.name.partition(".")[0] == slug for e in labs)


def test_an_unknown_claim_is_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no claim 'perpetual_motion'; it has: momentum_halves"):
        SURFACE.claim("perpetual_motion")


# --- the checking itself ---------------------------------------------------------------

SHORT = SURFACE.config(optimizers=("sgd", "adam"), n_steps=10, map="off")


def claim(answer: Any, *, share: float = 1.0, configs: int = 1) -> Claim:
    return Claim("x", "Something.", (SHORT,) * configs, answer, share=share)


def test_a_false_claim_fails() -> None:
    """Adam at 3.0 does not stand still: said of the same runs, the opposite holds."""

    def moved(h: Any) -> np.ndarray:
        path = h["position"].sel(optimizer="adam", xy="x").transpose("seed", "step").values
        return np.ptp(path, axis=1) > 0.5

    true = check(SURFACE, claim(moved), n_seeds=4)
    false = check(SURFACE, claim(lambda h: ~moved(h)), n_seeds=4)
    assert true.ok
    assert true.held == (True,) * 4
    assert str(true) == "held in 4 of 4 seeds"
    assert not false.ok
    assert false.held == (False,) * 4
    assert str(false) == "held in 0 of 4 seeds"


@pytest.mark.parametrize(
    ("n_held", "share", "ok"),
    [(8, 1.0, True), (7, 1.0, False), (7, 0.85, True), (6, 0.85, False), (6, 0.75, True),
     (5, 0.75, False), (0, 0.5, False)],
)
def test_the_share_decides(n_held: int, share: float, ok: bool) -> None:
    """At least so many of eight; exactly the share is enough."""
    answer = np.arange(8) < n_held
    verdict = check(SURFACE, claim(lambda h: answer, share=share), n_seeds=8)
    assert verdict.ok is ok
    assert str(verdict) == f"held in {n_held} of 8 seeds"


def test_thirds_are_not_lost_to_rounding() -> None:
    assert Verdict(claim(None, share=2 / 3), (True, True, False)).ok
    assert not Verdict(claim(None, share=2 / 3), (True, False, False)).ok


@pytest.mark.parametrize("held", [True, False])
def test_one_answer_where_nothing_is_random(held: bool) -> None:
    verdict = check(SURFACE, claim(lambda h: [held]), n_seeds=4)
    assert verdict.ok is held
    assert str(verdict) == ("held" if held else "did not hold")


@pytest.mark.parametrize("answer", [[True] * 3, [[True] * 4], [], True, np.ones((2, 4), bool)])
def test_an_answer_of_the_wrong_shape_raises(answer: Any) -> None:
    """A check that forgets the seeds, or answers per optimizer, must not pass by accident."""
    with pytest.raises(ValueError, match="must say for each of 4 seeds"):
        check(SURFACE, claim(lambda h: answer), n_seeds=4)


def test_the_check_gets_a_history_per_configuration_on_the_asked_seeds() -> None:
    """In the order of the configurations, with the labels of the seeds that were asked for,
    whatever the configuration itself said.
    """
    seen: list[Any] = []

    def look(*histories: Any) -> list[bool]:
        seen.extend(histories)
        return [True] * 3

    configs = (SHORT, with_changes(SHORT, n_steps=12, n_seeds=7, seed=3))
    check(SURFACE, Claim("x", "Something.", configs, look), n_seeds=3, first_seed=50)
    assert [h.sizes["step"] for h in seen] == [11, 13]
    assert all(h["seed"].values.tolist() == [50, 51, 52] for h in seen)


def test_a_claim_is_checked_alike_twice() -> None:
    item = SURFACE.claim("momentum_halves")
    assert check(SURFACE, item, 4, 200).held == check(SURFACE, item, 4, 200).held
