"""What a run depends on: found in a copy of the sources in which one thing was changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from core import sources
from core.concepts import concepts
from core.sources import digest_of

NAMES = [lab.name for labs in concepts().values() for lab in labs]


@pytest.fixture(autouse=True, scope="module")
def parsed_once() -> Iterator[None]:
    """What a file says follows from its bytes: those of a copy that are the same are not parsed
    again.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "parsed", cache(sources.parsed))
        yield


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package, which is what is read instead."""
    shutil.copytree(sources.ROOT / "core", tmp_path / "core",
                    ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    digest_of.cache_clear()
    yield tmp_path / "core"
    digest_of.cache_clear()


@cache
def unchanged(name: str, claims: bool) -> str:
    """The same for every copy."""
    return digest_of(name, claims)


def affected(change: Callable[[], object], claims: bool = False) -> set[str]:
    """The experiments whose digest a change changes."""
    before = {name: unchanged(name, claims) for name in NAMES}
    change()
    digest_of.cache_clear()
    sources._read.cache_clear()
    return {name for name in NAMES if digest_of(name, claims) != before[name]}


def replacing(path: Path, old: str, new: str) -> Callable[[], object]:
    text = path.read_text()
    assert old in text
    return lambda: path.write_text(text.replace(old, new, 1))


def appending(path: Path, text: str) -> Callable[[], object]:
    return lambda: path.write_text(path.read_text() + text)


def test_what_serves_runs_is_no_part_of_them(copy: Path) -> None:
    assert affected(appending(copy / "runs" / "cluster.py", "X = 1\n")) == set()
    assert affected(appending(copy / "concepts" / "dqn" / "__init__.py", "X = 1\n")) == set()
    assert affected(appending(copy / "checking.py", "X = 1\n")) == set()


def test_a_rule_is_part_of_the_runs_that_import_it(copy: Path) -> None:
    found = affected(appending(copy / "stacked" / "rules.py", "X = 1\n"))
    assert {"optimizers.surface", "optimizers.network", "skip_connections.depth"} <= found
    assert not {name for name in found if name.startswith(("dqn.", "ensembles."))}


def test_the_bytes_of_messages_are_part_of_all(copy: Path) -> None:
    assert affected(appending(copy / "frames.py", "X = 1\n")) == set(NAMES)


def test_nobody_computes_with_prose(copy: Path) -> None:
    rules = copy / "stacked" / "rules.py"
    assert affected(appending(rules, "\n\n# a comment\n\n")) == set()
    assert affected(replacing(rules, '"""', '"""Rather: ')) == set()


LAB = "optimizers.network"
CLAIMS = Path("concepts", "optimizers", "network_claims.py")


@pytest.mark.parametrize("change", [
    ('PRESETS = (', 'PRESETS = (1,'), ("Adam forgives", "Adam, here, forgives"),
    ("share=0.", "share=0.5"),
])
def test_the_words_of_a_claim_are_no_part_of_its_study(
    copy: Path, change: tuple[str, str]
) -> None:
    assert affected(replacing(copy / CLAIMS, *change), claims=True) == set()


@pytest.mark.parametrize(("change", "counts"), [
    (("Updates on the target", "Steps on the target"), False),
    (('label="Pre-training steps"', 'label="Steps before"'), False),
    (('ge=20, le=300', 'ge=20, le=301'), True),
])
def test_what_a_setting_is_called_is_no_part_of_a_run(
    copy: Path, change: tuple[str, str], counts: bool
) -> None:
    made = replacing(copy / "concepts" / "transfer" / "common.py", *change)
    labs = {name for name in NAMES if name.startswith("transfer.")}
    assert affected(made, claims=True) == (labs if counts else set())


def test_the_sentence_of_a_note_is_no_part_of_a_run(copy: Path) -> None:
    made = replacing(copy / "concepts" / "transfer" / "labels.py", "there was little to learn",
                     "little could be learned")
    assert affected(made, claims=True) == set()


@pytest.mark.parametrize("change", [("<= 0.025", "<= 0.03"), ("n_steps=500", "n_steps=400")])
def test_what_a_claim_measures_is_part_of_its_study_only(
    copy: Path, change: tuple[str, str]
) -> None:
    made = replacing(copy / CLAIMS, *change)
    before = digest_of(LAB)
    assert affected(made, claims=True) == {LAB}
    assert digest_of(LAB) == before


@pytest.mark.parametrize(("library", "concept"), [("gymnasium", "dqn")])
def test_another_version_of_a_library_is_another_run_where_it_is_used(
    monkeypatch: pytest.MonkeyPatch, library: str, concept: str
) -> None:
    versions = versions_changed(monkeypatch, library)
    assert versions == {name for name in NAMES if name.startswith(f"{concept}.")}


def test_scipy_counts_where_scikit_learn_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert versions_changed(monkeypatch, "scipy") == versions_changed(monkeypatch, "scikit-learn")
    assert "regularization.search" in versions_changed(monkeypatch, "scipy")
    assert versions_changed(monkeypatch, "numpy") == set(NAMES)


def versions_changed(monkeypatch: pytest.MonkeyPatch, library: str) -> set[str]:
    """The experiments that another version of a library changes."""
    real = sources.version_of
    digest_of.cache_clear()

    def change() -> None:
        monkeypatch.setattr(sources, "version_of", lambda name: (
            "0.0" if name == library else real(name)))

    found = affected(change)
    monkeypatch.undo()
    digest_of.cache_clear()
    return found


def test_an_experiment_from_outside_is_known_by_what_serves_all(copy: Path) -> None:
    before = digest_of("toy")
    appending(copy / "frames.py", "X = 1\n")()
    digest_of.cache_clear()
    sources._read.cache_clear()
    assert digest_of("toy") != before


def test_digests_are_the_same_in_every_process_and_load_no_library() -> None:
    code = (
        "import json, sys; from core.sources import digests; print(json.dumps(digests()));"
        "sys.exit(bool({'torch', 'sklearn', 'gymnasium'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=sources.ROOT, text=True,
                          capture_output=True, check=True)
    assert done.stdout.strip() == json.dumps({n: digest_of(n) for n in NAMES})
