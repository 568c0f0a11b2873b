"""The script that Streamlit runs for every visitor: navigation, then the chosen page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.catalog import CATALOG
from explorer.home import PAGES, home

HERE = Path(__file__).parent

st.set_page_config(page_title="Training, live", page_icon=HERE / "icon.svg", layout="wide")
st.html(HERE / "page.css")
st.navigation(
    [
        st.Page(home, title="Overview", icon=":material/home:", default=True),
        *(
            st.Page(PAGES / f"{c.slug}.py", title=c.title, icon=c.icon, url_path=c.slug)
            for c in CATALOG
        ),
    ],
    position="hidden" if st.context.is_embedded else "top",  # a frame shows one page
).run()
