"""The landing page: what there is to see."""

from __future__ import annotations

from itertools import cycle, groupby
from pathlib import Path

import streamlit as st

from explorer.catalog import CATALOG

PAGES = Path(__file__).parent.parent / "pages"


def home() -> None:
    """A card per concept."""
    st.title("Training, live", anchor=False)
    st.markdown(
        "Every picture here is computed on this machine: small models train while you look, "
        "many at a time, with their spread over seeds. Move a control and they train again. "
        "Every sentence under a picture is a check that you can run."
    )
    for section, concepts in groupby(CATALOG, key=lambda c: c.section):
        st.header(section, anchor=False)
        columns = cycle(st.columns(3))
        for concept, column in zip(concepts, columns, strict=False):
            with column.container(border=True):
                st.page_link(PAGES / f"{concept.slug}.py", label=f"**{concept.title}**",
                             icon=concept.icon)
                st.markdown(concept.question)
