"""What pages open with, before Streamlit is there in the browser.

For pages whose first picture is a stage of the live view: charts would need Plotly, which takes
a browser as long as Streamlit does.
"""

from __future__ import annotations

import logging

from core.concepts import labs_of
from core.frames import header_of
from core.runs import Runs, Viewer, run_name
from core.words import RUN, phrase
from explorer.catalog import CATALOG, Concept
from explorer.controls import preset_of
from explorer.live.opening import Opening
from explorer.live.view import Stage
from explorer.page import lab_of, scenes_of, view_of
from explorer.player import panels_of, scene_data
from explorer.scene import texts

WAIT_SECONDS = 120.0
"""For the first frame, at a start that has to wait for a cluster."""

_log = logging.getLogger(__name__)


def openings() -> dict[str, Opening]:
    """What pages show at their bare addresses, by slug; loads every page's description."""
    found = ((c.slug, opening_of(c)) for c in CATALOG)
    return {slug: opening for slug, opening in found if opening}


def opening_of(concept: Concept) -> Opening | None:
    """The first scene, where its first picture is a stage; of a concept without scenes the first
    lab, as the preset of its defaults has it.
    """
    scenes = scenes_of(concept.slug)
    if scenes and len(scenes[0].configs) == 1:
        scene = scenes[0]
        first = panels_of(scene, texts(concept.slug)[scene.key])[0]
        if not isinstance(first, Stage):
            return None
        trained = lab_of(scene.experiment).trained(scene.configs[0])
        return Opening(concept.title, "", scene.experiment, trained, scene_data(concept, 0))
    experiment = labs_of(concept.slug)[0]
    config = experiment.config()
    preset = preset_of(experiment, config)
    trained = lab_of(experiment).trained(config)
    view = view_of(experiment, config, token=run_name(experiment, trained))
    if preset is None or "stage" not in view["charts"][0]:
        return None
    return Opening(concept.title, preset.question, experiment, trained, view)


def document(opening: Opening, runs: Runs) -> bytes:
    """The part of a page's document that shows its opening; empty where its run did not begin.

    The run is begun for its first frame, which is everybody's, and goes no further.
    """
    handle = runs.start(opening.experiment, opening.config, Viewer("opening"))
    handle.wait(WAIT_SECONDS, n_messages=2)
    messages = handle.frames()[:2]
    handle.close()
    if len(messages) < 2 or header_of(messages[1])["type"] != "frame":
        _log.warning("the page %s opens without its first picture: %s", opening.title,
                     handle.error and phrase(handle.error, RUN))
        return b""
    return opening.html(messages)
