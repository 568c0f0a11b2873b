"""`pip install .` in a copy of the repository, used from a folder that is not it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from core.concepts import find
from core.study import sources_of

ROOT = Path(__file__).parents[1]
FOLDERS = ("core", "explorer", "pages")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def done(*command: str | Path, cwd: Path, **variables: str) -> str:
    """What a command says; fails with its errors."""
    ended = subprocess.run(command, cwd=cwd, text=True, capture_output=True, timeout=300,
                           env=os.environ | variables)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed, by itself: what it needs is there already."""
    folder = tmp_path_factory.mktemp("package")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / "source" / name,
                        ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt", "README.md"):
        shutil.copy(ROOT / name, folder / "source")
    alone = ("--no-deps", "--no-index")
    done(*PIP, "wheel", *alone, "--no-build-isolation", "--wheel-dir", folder, "./source",
         cwd=folder)
    (wheel,) = folder.glob("*.whl")
    done(*PIP, "install", *alone, "--target", folder / "installed", wheel, cwd=folder)
    return folder / "installed"


def test_every_file_is_in_it(installed: Path) -> None:
    """Sources, and what is opened by its path: lessons, styles, the browser's modules, the
    study.
    """
    files = [name for name in done("git", "ls-files", *FOLDERS, cwd=ROOT).splitlines()
             if (ROOT / name).is_file()]
    assert {"core/study.json", "explorer/live/browser/main.js"} <= set(files)
    assert [name for name in files if not (installed / name).is_file()] == []


def test_it_trains_and_shows_from_anywhere(installed: Path, tmp_path: Path) -> None:
    """A run, the study's digest of its sources, a lesson and the browser's modules."""
    code = """
import core
from core.concepts import find
from core.study import sources_of
from explorer.lesson import sections
from explorer.live.assets import modules, view_path
lab = find("optimizers.network")
assert lab.run(**lab.small.model_dump())["train_loss"].notnull().all()
assert sections("optimizers")["The equations"]
assert view_path().endswith("/main.js") and len(modules()) > 10
print(core.__file__, sources_of(lab))
"""
    said = done(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(installed))
    assert said.split() == [str(installed / "core" / "__init__.py"),
                            sources_of(find("optimizers.network"))]


def test_it_has_a_command(installed: Path, tmp_path: Path) -> None:
    """With the claims' counts, which are in a file beside the sources."""
    command = installed / "bin" / "training-explorer"
    said = done(sys.executable, command, "list", "optimizers.surface", cwd=tmp_path,
                PYTHONPATH=str(installed))
    assert "(study: held in " in said


def test_it_asks_for_what_the_app_needs(installed: Path) -> None:
    (about,) = installed.glob("*.dist-info")
    wanted = (ROOT / "requirements.txt").read_text("utf-8").split()
    assert Distribution.at(about).requires == wanted
