"""A lecturer's rehearsal: all scenes of a lesson are computed before the class is there."""

from __future__ import annotations

import time

import streamlit as st

from core.words import phrase
from explorer.catalog import Concept
from explorer.page import lab_of, scenes_of
from explorer.scene import Scene, texts
from explorer.server import service

PATIENCE_SECONDS = 180.0
"""For one run, on a machine that others use too."""


@st.dialog("Rehearse this lesson")
def rehearse(concept: Concept) -> None:
    """Computes one scene after the other and says which are ready; the server keeps their runs."""
    st.caption("What is ready here comes at once in front of the class. You may close this at any "
               "time.")
    said = texts(concept.slug)
    lines = [(scene, st.empty()) for scene in scenes_of(concept.slug)]
    for i, (scene, line) in enumerate(lines, 1):
        name = f"{i}. {said[scene.key].name}"
        line.markdown(f":material/hourglass_empty: {name}")
        began = time.monotonic()
        fault = _computed(scene)
        took = f"{time.monotonic() - began:.1f} s"
        line.markdown(f":material/error: {name}: {fault}" if fault
                      else f":material/check_circle: {name} ({took})")


def _computed(scene: Scene) -> str:
    """Trains what the scene shows; why it could not, or ""."""
    lab = lab_of(scene.experiment)
    for i, config in enumerate(scene.configs):
        handle = service.runs().start(
            scene.experiment, lab.trained(config), service.viewer(f"rehearsal {i}"))
        if not handle.wait(PATIENCE_SECONDS):
            return f"not ready after {PATIENCE_SECONDS:.0f} s"
        if handle.error:
            return phrase(handle.error, scene.experiment.words)
    return ""
