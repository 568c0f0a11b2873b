"""Scripts that are taken away come to the page's numbers: one small run of each lab, and the scenes
that a text draws (a commit's hash, in CI).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.checking import trained
from core.concepts import concepts
from core.config import Config
from core.experiment import Experiment
from core.scripts import has_script, missing, script_of
from explorer.catalog import CATALOG
from explorer.page import scenes_of
from tests.support.drawing import drawn

LABS = [lab for labs in concepts().values() for lab in labs if has_script(lab)]
SCENES = [(f"{concept.slug}-{scene.key}", scene.experiment, config)
          for concept in CATALOG for scene in scenes_of(concept.slug)
          if has_script(scene.experiment) for config in scene.configs]
DRAWN = drawn(SCENES, 2, "script")
"""Where no text draws, these are two quick ones: neither is an agent's."""


RUNS = """
import os, runpy, sys
import numpy, sklearn.ensemble, torch

for line in sys.stdin:
    path = line.strip()
    if pid := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        continue
    with open(path + ".txt", "w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    os.chdir(os.path.dirname(path))
    runpy.run_path(path, run_name="__main__")
    break
"""
"""Each script in a process of its own, which forks from one that has what all need, and does not
find the package (`-I`).
"""

Run = Callable[[Path], int]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs a script: its status. What it says is in the file beside it."""
    with subprocess.Popen([sys.executable, "-I", "-c", RUNS], text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        asked, answers = process.stdin, process.stdout
        assert asked
        assert answers

        def run(path: Path) -> int:
            print(path, file=asked, flush=True)
            return int(answers.readline())

        yield run
        asked.close()


def agrees(experiment: Experiment, config: Config, folder: Path, run: Run) -> None:
    path = folder / "run.py"
    path.write_text(script_of(trained(experiment, config)), "utf-8")
    status, said = run(path), Path(f"{path}.txt").read_text("utf-8")
    assert status == 0, said
    assert "page" in said


@pytest.mark.parametrize("experiment", LABS, ids=lambda lab: lab.name)
def test_a_small_run(experiment: Experiment, tmp_path: Path, run: Run) -> None:
    assert not missing(experiment, experiment.small)
    agrees(experiment, experiment.small, tmp_path, run)


def test_a_script_that_fails_is_noticed(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "run.py"
    for text, status, says in (("import core", 1, "No module named 'core'"),
                               ("raise SystemExit(3)", 3, ""), ("print('page')", 0, "page")):
        path.write_text(text)
        assert run(path) == status
        assert says in Path(f"{path}.txt").read_text("utf-8")


@pytest.mark.parametrize(("experiment", "config"), [case[1:] for case in DRAWN],
                         ids=[case[0] for case in DRAWN])
def test_scenes_that_are_drawn(
    experiment: Experiment, config: Config, tmp_path: Path, run: Run
) -> None:
    agrees(experiment, config, tmp_path, run)


@pytest.mark.parametrize(("experiment", "config"), [case[1:] for case in SCENES],
                         ids=[case[0] for case in SCENES])
def test_every_scene_of_such_a_lab_has_one(experiment: Experiment, config: Config) -> None:
    """Its settings are all known."""
    assert not missing(experiment, config)
