"""`python -m core new`: in a copy of the repository, a concept that keeps to the contract."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import __main__ as cli
from core.cli import new

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
OF_ALL = ("toy", "agree", "unique", "circle", "points_up", "no_other")
"""What concerns the new concept: tests of its own, and those that look at all concepts."""


def python_m(copy: Path, *arguments: str) -> str:
    """What a module says, run in the copy; fails with all that it said."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=copy, env=ENVIRONMENT, text=True,
                          capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def texts(folder: Path) -> dict[str, str]:
    """Every source in a folder, by its path."""
    kinds = (".py", ".md", ".json", ".toml")
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8")
            for path in sorted(folder.rglob("*")) if path.suffix in kinds}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the repository has, without its history."""
    copy = tmp_path_factory.mktemp("repository")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True,
        capture_output=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


def test_a_new_concept_keeps_to_the_contract(repository: Path) -> None:
    """The six places and no other are touched (prose is two files); the next step that is named
    measures the claim; the batteries of experiments, claims, scenes and pages pass, and the page
    opens with a run of its own.
    """
    before = texts(repository)
    said = python_m(repository, "core", "new", "toy", "Lines, & toys")
    after = texts(repository)
    touched = [name for name in after if after[name] != before.get(name)]
    places = (r"core/concepts/toy/\w+\.py", r"pages/toy/\w+\.py", r"explorer/lessons/en/toy\.md",
              r"explorer/lessons/en/toy\.toml", r"explorer/catalog\.py",
              r"tests/concepts/toy/\w+\.py", r"README\.md")
    assert sorted(said.splitlines()[:-1]) == touched
    assert all(any(re.fullmatch(place, name) for place in places) for name in touched)
    assert all(any(re.fullmatch(place, name) for name in touched) for place in places)
    assert not [name for name in touched if re.search("SLUG|TITLE", after[name])]

    assert "Next: python -m core claims toy --study" in said
    assert "held in 64 of 64 seeds" in python_m(repository, "core", "claims", "toy", "--study")
    python_m(repository, "ruff", "check", "--no-cache", ".")
    tests = python_m(repository, "pytest", "-v", "-p", "no:cacheprovider", "tests/contract",
                     "tests/concepts/toy", "-k", " or ".join(OF_ALL))
    for name in ("test_a_seed_in_a_stack_is_the_seed_alone[toy.line]",
                 "test_a_concept_is_complete[toy]",
                 "test_a_run_has_what_its_charts_show[toy.line]",
                 "test_the_claim_that_decides_is_about_these_settings[toy-slow]",
                 "test_the_study_is_of_these_sources[toy.line]", "test_it_runs_as_a_script"):
        assert f"{name} PASSED" in tests


REFUSED = {
    "there already": ("dqn", "Deep Q", "SLUG: 'dqn' is not allowed. There is such a concept"),
    "a file of it": ("lost", "Lost", "SLUG: 'lost' is not allowed. There is such a concept"),
    "a keyword": ("lambda", "Lambda", "SLUG: 'lambda' is not allowed. Allowed: a name of Python"),
    "a dash": ("k-means", "k-means", "SLUG: 'k-means' is not allowed. Allowed: a name of Python"),
    "capitals": ("SVM", "SVM", "SLUG: 'SVM' is not allowed. Allowed: a name of Python"),
    "a path": ("../toy", "Toy", "SLUG: '../toy' is not allowed. Allowed: a name of Python"),
    "too long": ("a" * 31, "Toy", "is not allowed. Allowed: a name of Python"),
    "no title": ("toy", " ", "TITLE: ' ' is not allowed. Allowed: a line of at most 50 letters"),
    "a quote": ("toy", 'A "toy"', "TITLE: 'A \"toy\"' is not allowed"),
    "two lines": ("toy", "A\ntoy", "TITLE: 'A\\ntoy' is not allowed"),
    "a long title": ("toy", "t" * 51, "is not allowed. Allowed: a line of at most 50 letters"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_writes_nothing(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (*new.ADDED_AFTER, "explorer/lessons/en/lost.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    before = texts(tmp_path)
    monkeypatch.setattr(new, "ROOT", tmp_path)
    slug, title, words = REFUSED[case]
    assert cli.main(["new", slug, title]) == 2
    assert words in capsys.readouterr().err
    assert texts(tmp_path) == before


def test_an_installed_package_is_no_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(new, "ROOT", tmp_path)
    assert cli.main(["new", "toy", "A toy"]) == 2
    assert "there is no README.md beside the package" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
