"""The script that Streamlit runs for every visitor: navigation, then the chosen page."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st

from explorer.catalog import CATALOG, by_section
from explorer.home import home
from explorer.visit import visit

HERE = Path(__file__).parent

st.set_page_config(page_title="Training, live", page_icon=HERE / "icon.svg", layout="wide")
pages = {
    c.slug: st.Page(partial(visit, c.slug), title=c.title, icon=c.icon, url_path=c.slug)
    for c in CATALOG
}
overview = st.Page(partial(home, pages), title="Overview", icon=":material/home:", default=True)
sections = {name: [pages[c.slug] for c in concepts] for name, concepts in by_section().items()}
where: Literal["hidden", "top"] = "hidden" if st.context.is_embedded else "top"
st.navigation({"": [overview], **sections}, position=where).run()  # a frame shows one page
