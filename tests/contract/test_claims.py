"""What the pages teach is what the study saw, of today's sources.

Where the sources of an experiment are those that it was studied on, there is nothing to train:
`core/study.json` has the verdicts. Where they changed, its claims are trained here on the first
eight seeds of the study, and the study is to be renewed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from core import study
from core.checking import Verdict, check, least_held
from core.concepts import concepts, find
from core.config import with_changes
from core.experiment import Claim, Experiment, Preset

EXPERIMENTS = [experiment for labs in concepts().values() for experiment in labs]
SURFACE = find("optimizers.surface")


def pairs(what: str) -> Any:
    """A test per claim (or preset) of every experiment, named after both."""
    found = [(e, item) for e in EXPERIMENTS for item in getattr(e, what)]
    return pytest.mark.parametrize(
        ("experiment", "item"), found, ids=[f"{e.name}: {item.name}" for e, item in found]
    )


every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)


@every_experiment
def test_the_study_is_of_these_sources(experiment: Experiment) -> None:
    if study.is_current(experiment):
        return
    differing = study.differences(experiment)
    assert not differing, "\n".join([*differing, "Other sources, other verdicts: "
                                     f"python -m core claims {experiment.name} --study"])
    pytest.fail("Other sources, the same verdicts on eight seeds: "
                f"python -m core claims {experiment.name} --renew")


@every_experiment
def test_the_study_knows_every_claim_and_no_other(experiment: Experiment) -> None:
    kept = study.study()[experiment.name].claims
    assert list(kept) == [claim.name for claim in experiment.claims]


def test_the_study_knows_no_other_experiment() -> None:
    assert set(study.study()) == {e.name for e in EXPERIMENTS}


@pairs("claims")
def test_a_claim_asks_for_no_more_than_the_study_supports(
    experiment: Experiment, item: Claim
) -> None:
    """The lower end of a 95 % interval on at least 64 seeds, or at least 8 groups of them, and
    never less than three quarters.
    """
    count = study.count_of(experiment, item)
    assert count is not None
    assert study.LEAST_SHARE <= item.share <= count.supported
    assert count.of == {"seeds": 64, "group": 12, "nothing": 1}[item.over]
    assert count.first_seed >= 1000, "settings are chosen on seeds below"


@pairs("claims")
def test_claims_are_complete(experiment: Experiment, item: Claim) -> None:
    """A sentence for people and at least one configuration of this experiment; certainty only
    where nothing is random.
    """
    assert item.sentence[0].isupper()
    assert item.sentence.endswith(".")
    assert item.configs
    assert all(isinstance(config, experiment.config) for config in item.configs)
    assert (item.share == 1) == (item.over == "nothing")
    assert vars(experiment.claim(item.name)) == {**vars(item), "experiment": experiment}


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


@every_experiment
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


def claim(answer: Any, **about: Any) -> Claim:
    return Claim("x", "Something.", (SHORT,), answer, **about)


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
    ("share", "of", "least"),
    [(0.9, 8, 5), (0.75, 8, 3), (0.85, 8, 4), (0.9, 16, 11), (0.75, 1, 0), (1.0, 8, 8),
     (1.0, 1, 1)],
)
def test_a_claim_is_contradicted_by_an_improbable_count(share: float, of: int, least: int) -> None:
    """By scipy's binomial distribution: below 1 % for one less, at least 1 % from there on."""
    assert least_held(share, of) == least
    assert binom.cdf(least, of, share) >= 0.01
    assert least == 0 or binom.cdf(least - 1, of, share) < 0.01
    for n_held in range(of + 1):
        held = tuple(i < n_held for i in range(of))
        assert Verdict(claim(None, share=share), held).ok is (n_held >= least)


@pytest.mark.parametrize("over", ["group", "nothing"])
@pytest.mark.parametrize("held", [True, False])
def test_one_answer_for_all_seeds(over: str, held: bool) -> None:
    """One group that fails may be the exception; where nothing is random there is none."""
    share = {"group": 0.75, "nothing": 1.0}[over]
    verdict = check(SURFACE, claim(lambda h: [held], over=over, share=share), n_seeds=4)
    assert verdict.ok is (held or over == "group")
    assert str(verdict) == ("held" if held else "did not hold")


@pytest.mark.parametrize("answer", [[True] * 3, [True], [[True] * 4], [], True,
                                    np.ones((2, 4), bool)])
def test_an_answer_of_the_wrong_shape_raises(answer: Any) -> None:
    """A check that forgets the seeds, or answers per optimizer, must not pass by accident."""
    with pytest.raises(ValueError, match="must give 4 answers on 4 seeds"):
        check(SURFACE, claim(lambda h: answer), n_seeds=4)


@pytest.mark.parametrize("over", ["group", "nothing"])
def test_an_answer_per_seed_is_none_for_all(over: str) -> None:
    with pytest.raises(ValueError, match="must give 1 answers on 4 seeds"):
        check(SURFACE, claim(lambda h: [True] * 4, over=over), n_seeds=4)


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
