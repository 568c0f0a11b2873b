"""A visit to a page: its lesson, or the laboratory behind it, and the ways between them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.concepts import labs_of
from explorer.address import mended, settings_in
from explorer.catalog import Concept, concept
from explorer.page import scenes_of, show
from explorer.player import asked_scene, go, play
from explorer.scene import texts


def visit(slug: str) -> None:
    """Draws what the address of a concept's page asks for."""
    if not scenes_of(slug):
        show(slug)
    elif _names_settings(slug):
        show(slug, partial(_way_back, concept(slug)))
    else:
        play(concept(slug))


def _names_settings(slug: str) -> bool:
    """Whether an address is about settings: it names a lab, or something that is in none."""
    query = mended(st.query_params.to_dict())
    known = labs_of(slug)[0].config.model_fields
    return "lab" in query or bool(settings_in(query, known))


def _way_back(of: Concept) -> None:
    """Above the controls: to the lesson, at the scene that led here."""
    scenes = scenes_of(of.slug)
    at = asked_scene(of.slug, len(scenes))
    name = texts(of.slug)[scenes[at].key].name
    back = partial(go, of.slug, len(scenes), at)
    if "scene" not in st.query_params:
        st.sidebar.button("Lesson", icon=":material/school:", width="stretch", on_click=back,
                          help=f"{len(scenes)} scenes, a question each")
        return
    st.sidebar.button(f"Back to scene {at + 1}: {name}", icon=":material/arrow_back:",
                      width="stretch", on_click=back)
