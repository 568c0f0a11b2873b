"""The landing page: what there is to see."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from explorer.catalog import by_section


def home(pages: Mapping[str, StreamlitPage]) -> None:
    """A card per concept, which leads to its page.

    Args:
        pages: By the concepts' slugs.
    """
    st.title("Training, live", anchor=False)
    st.markdown(
        "You will watch small networks learn, now, on this machine. Change something, and they "
        "learn again. Each runs several times from different random starts, so that you see what "
        "is luck. Every sentence under a picture is a check that you can run."
    )
    for section, concepts in by_section().items():
        st.header(section, anchor=False)
        columns = cycle(st.columns(3))
        for concept, column in zip(concepts, columns, strict=False):
            with column.container(border=True):
                st.page_link(pages[concept.slug], label=f"**{concept.title}**", icon=concept.icon)
                st.markdown(concept.question)
