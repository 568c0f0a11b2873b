"""Scripts that are taken away come to the page's numbers: one small run of each lab, and the scenes
that a text draws (a commit's hash, in CI).
"""

from __future__ import annotations

import subprocess
import sys
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
DRAWN = drawn(SCENES, 2)


def agrees(experiment: Experiment, config: Config, folder: Path) -> None:
    path = folder / "run.py"
    path.write_text(script_of(trained(experiment, config)), "utf-8")
    done = subprocess.run([sys.executable, "-I", path.name], cwd=folder, text=True,
                          capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "page" in done.stdout


@pytest.mark.parametrize("experiment", LABS, ids=lambda lab: lab.name)
def test_a_small_run(experiment: Experiment, tmp_path: Path) -> None:
    assert not missing(experiment, experiment.small)
    agrees(experiment, experiment.small, tmp_path)


@pytest.mark.parametrize(("experiment", "config"), [case[1:] for case in DRAWN],
                         ids=[case[0] for case in DRAWN])
def test_scenes_that_are_drawn(experiment: Experiment, config: Config, tmp_path: Path) -> None:
    agrees(experiment, config, tmp_path)


@pytest.mark.parametrize(("experiment", "config"), [case[1:] for case in SCENES],
                         ids=[case[0] for case in SCENES])
def test_every_scene_of_such_a_lab_has_one(experiment: Experiment, config: Config) -> None:
    """Its settings are all known."""
    assert not missing(experiment, config)
