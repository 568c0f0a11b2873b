"""Scripts that are taken away come to the page's numbers: those of what has changed since they did
(`devtools.scripts`), and two labs and two scenes that a text draws (a commit's hash, in CI).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import Config
from core.experiment import Experiment
from core.scripts import has_script, missing
from devtools.scripts import changed, labs, recorded, run_beside
from explorer.catalog import CATALOG
from explorer.page import scenes_of
from tests.support.drawing import drawn

LABS = labs()
DRAWN_LABS = drawn(LABS, 2, "labs")
SCENES = [(f"{concept.slug}-{scene.key}", scene.experiment, config)
          for concept in CATALOG for scene in scenes_of(concept.slug)
          if has_script(scene.experiment) for config in scene.configs]
DRAWN = drawn(SCENES, 2, "script")
"""Where no text draws, these are two quick ones: neither is an agent's."""


def agrees(experiment: Experiment, config: Config, folder: Path) -> None:
    status, said = run_beside(experiment, config, folder)
    assert status == 0, said
    assert "page" in said


@pytest.mark.parametrize("experiment", LABS, ids=lambda lab: lab.name)
def test_a_small_run(experiment: Experiment, tmp_path: Path) -> None:
    """Of a lab that is as it was when its script agreed, only where it is drawn."""
    assert not missing(experiment, experiment.small)
    if experiment in DRAWN_LABS or changed(experiment):
        agrees(experiment, experiment.small, tmp_path)


def test_no_lab_is_kept_that_has_none() -> None:
    assert recorded().keys() <= {lab.name for lab in LABS}


@pytest.mark.parametrize(("experiment", "config"), [case[1:] for case in DRAWN],
                         ids=[case[0] for case in DRAWN])
def test_scenes_that_are_drawn(experiment: Experiment, config: Config, tmp_path: Path) -> None:
    agrees(experiment, config, tmp_path)


@pytest.mark.parametrize(("experiment", "config"), [case[1:] for case in SCENES],
                         ids=[case[0] for case in SCENES])
def test_every_scene_of_such_a_lab_has_one(experiment: Experiment, config: Config) -> None:
    """Its settings are all known."""
    assert not missing(experiment, config)
