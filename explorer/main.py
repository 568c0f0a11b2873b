"""The script that Streamlit runs for every visitor: navigation, then the chosen page."""

from __future__ import annotations

import streamlit as st

from explorer.catalog import CATALOG
from explorer.home import PAGES, home

st.set_page_config(page_title="Training, live", page_icon=":material/insights:", layout="wide")
st.navigation(
    [
        st.Page(home, title="Overview", icon=":material/home:", default=True),
        *(
            st.Page(PAGES / f"{c.slug}.py", title=c.title, icon=c.icon, url_path=c.slug)
            for c in CATALOG
        ),
    ],
    position="top",
).run()
