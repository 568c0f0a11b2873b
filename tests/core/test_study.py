"""The study's file, its counts, and what a change of sources asks for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from core import study
from core.checking import check
from core.concepts import find
from core.experiment import Experiment
from core.study import Count, Record

SURFACE = find("optimizers.surface")


@pytest.fixture
def lab() -> Experiment:
    """Two claims of the surface lab, one over the seeds and one over a group of them."""
    claims = [replace(SURFACE.claim("zigzag"), name="each"),
              replace(SURFACE.claim("start_decides"), name="all")]
    return replace(SURFACE, claims=tuple(claims))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, lab: Experiment) -> dict[str, Record]:
    """A study of that lab: the second of its seeds failed, and its second group."""
    record = Record("old sources", {"each": Count(64, (1001,)), "all": Count(12, (3008,), 3000)})
    known = {lab.name: record}
    monkeypatch.setattr(study, "study", lambda: known)
    monkeypatch.setattr(study, "sources_of", lambda experiment: "new sources")
    return known


def trained(each: Sequence[int] = (1,), all_: bool = True) -> Any:
    """Verdicts on a stack of eight: `each` lists which seeds fail."""
    def on(name: str, claims: Sequence[str], first_seed: int) -> Mapping[str, Sequence[bool]]:
        answers = {"each": [i not in each for i in range(8)], "all": [all_]}
        assert first_seed == {"each": 1000, "all": 3000}[claims[0]]
        return {name: answers[name] for name in claims}
    return on


@pytest.mark.parametrize(("held", "of"), [(64, 64), (61, 64), (55, 64), (12, 12), (0, 8), (4, 8)])
def test_the_lower_end_of_the_interval(held: int, of: int) -> None:
    low = binomtest(held, of).proportion_ci(0.95, method="wilson").low
    assert study.wilson(held, of) == pytest.approx(low, abs=1e-6)


def test_what_is_not_random_is_certain() -> None:
    assert Count(1).supported == 1
    assert Count(1, (1000,)).supported < 0.5


def test_counts_in_words() -> None:
    claim = SURFACE.claim("zigzag")
    assert study.in_words(claim, Count(64, (1003, 1005, 1006))) == "held in 61 of 64 seeds"
    over = replace(claim, over="group")
    assert study.in_words(over, Count(12)) == "held in 12 of 12 groups of 8 seeds"
    fixed = replace(claim, over="nothing")
    assert study.in_words(fixed, Count(1)) == "held, and nothing in it is random"
    assert study.in_words(fixed, Count(1, (1000,))) == "did not hold"


def test_the_file_reads_back(tmp_path: Path) -> None:
    """A line per claim, experiments in order, those on record kept beside new ones."""
    path = tmp_path / "study.json"
    a = Record("a", {"x": Count(64, (1001, 1063)), "y": Count(12)}, "renewed then")
    b = Record("b", {"z": Count(1, (), 3000)})
    study.keep({"b.lab": b}, path)
    study.keep({"a.lab": a}, path)
    assert study.study(path) == {"a.lab": a, "b.lab": b}
    assert list(json.loads(path.read_text())) == ["a.lab", "b.lab"]
    assert ('"x": {"held": 62, "of": 64, "failed": [1001, 1063], "first_seed": 1000}'
            in path.read_text())


def test_the_same_verdicts_renew(kept: dict[str, Record], lab: Experiment) -> None:
    """Each claim on the first seeds of its own study; other counts stay as they are."""
    assert not study.is_current(lab)
    assert study.differences(lab, trained()) == []
    record = study.renewed(lab, "2030-01-02")
    assert record.sources == "new sources"
    assert record.claims == kept[lab.name].claims
    assert record.renewed == (
        "2030-01-02: the first 8 seeds of each claim gave the verdicts on record"
    )


@pytest.mark.parametrize("each", [(), (2,), (1, 2)])
def test_another_seed_is_a_difference(
    kept: dict[str, Record], lab: Experiment, each: tuple[int, ...]
) -> None:
    """Also where as many held."""
    (line,) = study.differences(lab, trained(each))
    assert line.startswith(f"each: fails on the seeds {[1000 + i for i in each]} of 1000 to 1007")
    assert line.endswith("on record are [1001]")


def test_a_group_that_fails_is_a_difference(kept: dict[str, Record], lab: Experiment) -> None:
    (line,) = study.differences(lab, trained(all_=False))
    assert line.startswith("all: fails on the seeds [3000] of 3000 to 3007")


def test_a_claim_that_was_never_studied_is_a_difference(
    kept: dict[str, Record], lab: Experiment
) -> None:
    del kept[lab.name].claims["all"]
    assert study.differences(lab, trained()) == ["all: was never studied"]


def test_a_study_in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real claims, on fewer seeds: in their order, each seed under its own number; the
    claims that were not asked for keep what is on record.
    """
    monkeypatch.setattr(study, "N_STACKS", {"seeds": 2, "group": 1, "nothing": 1})
    lab = find("regularization.cross_validation")
    record = study.measured(lab, 2000, ["right_model", "high_degree"])
    for name in ("right_model", "high_degree"):
        held = [h for first in (2000, 2008) for h in check(lab, lab.claim(name), 8, first).held]
        failed = tuple(2000 + i for i, h in enumerate(held) if not h)
        assert record.claims[name] == Count(16, failed, 2000)
    assert record.claims["near_oracle"] == study.study()[lab.name].claims["near_oracle"]


def test_the_study_of_one_claim_does_not_vouch_for_the_others(
    kept: dict[str, Record], lab: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were measured on other sources, and that stays on record."""
    monkeypatch.setattr(study, "_in_processes", lambda *asked: iter([{"each": [True] * 8}]))
    record = study.measured(lab, 1000, ["each"])
    assert record.sources == "old sources"
    assert record.claims == {"each": Count(8), "all": kept[lab.name].claims["all"]}


def test_a_lab_without_claims_has_an_empty_record(
    kept: dict[str, Record], lab: Experiment
) -> None:
    """A page that is being written: it can be studied and renewed, and is current then."""
    bare = replace(lab, claims=())
    del kept[lab.name]
    assert study.measured(bare).claims == {}
    assert study.differences(bare, trained()) == []
    assert study.renewed(bare, "2030-01-02").sources == study.sources_of(bare)


def test_one_claim_of_a_lab_that_was_never_studied(
    kept: dict[str, Record], lab: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    del kept[lab.name]
    monkeypatch.setattr(study, "_in_processes", lambda *asked: iter([{"each": [True] * 8}]))
    record = study.measured(lab, 1000, ["each"])
    assert (record.sources, record.claims) == ("", {"each": Count(8)})


def test_differences_in_processes() -> None:
    """Of a real lab, on the seeds of its study: none, as long as it computes the same."""
    assert list(study.differences_of(["regularization.cross_validation"])) == [[]]


@pytest.mark.parametrize(("over", "held", "failed"), [
    ("seeds", [True] * 7 + [False] * 2, (3007, 3008)),
    ("group", [True, False, False], (3008, 3016)),
])
def test_what_failed_is_named_by_its_first_seed(
    over: Any, held: list[bool], failed: tuple[int, ...]
) -> None:
    claim = replace(SURFACE.claim("zigzag"), over=over)
    assert study.count(claim, held, 3000) == Count(len(held), failed, 3000)


def test_its_processes_end_with_it_however_it_ends() -> None:
    """What a killed study printed comes to an end: nobody is left who could go on."""
    code = ("import time; from core.study import processes; pool = processes(); "
            "print(pool.submit(abs, -1).result(), flush=True); time.sleep(600)")
    study_ = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert study_.stdout is not None
    assert study_.stdout.readline() == "1\n"
    os.kill(study_.pid, signal.SIGKILL)
    study_.communicate(timeout=60)
