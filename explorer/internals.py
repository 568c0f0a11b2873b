"""What the product relies on in Streamlit beyond its documented interface, in one place.

An update of Streamlit starts here: `tests/app/test_internals.py` asks the installed one for each
entry by its name. What the modules in the browser and the style sheets rely on is listed, since
they cannot import it; the test finds what they use and is not listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

DOCUMENT = Path(streamlit.__file__).parent / "static" / "index.html"
"""The document of every page: `Preload` writes into its head and body, and the content policy
names its scripts by their digests."""
SCRIPTS = DOCUMENT.parent / "static" / "js"
"""What the document loads, from addresses relative to its own."""
METRICS = "/_stcore/metrics"
"""Streamlit's own, which it shows to everybody."""
IN_THE_BROWSER = {
    "stApp": "the class and test id of Streamlit's page: once it is there, the opening makes room",
    "stException": "the test id of an error: no view will come",
    "data-test-connection-state": "of stApp, CONNECTED once the websocket is open",
    "data-test-script-state": "of stApp, notRunning once the page's script has ended",
    "CONNECTED": "a connection state",
    "notRunning": "a script state",
    "stSidebar": "the class of the drawer: none beside a lesson, nor on paper",
    "stSidebarCollapseButton":
        "the test id of what holds the button that closes the drawer, with aria-expanded while it "
        "is open: a scene closes it on a phone",
    "stMainBlockContainer": "the class of what holds a page: its margins",
    "stSidebarUserContent": "the test id of what holds the controls: its margins",
    "stVerticalBlock": "the test id of a column of elements: its gaps",
    "stAppHeader": "the class of the bar with the navigation: not on paper",
    "stTopNav": "the class of the navigation: not on paper",
    "stAppViewContainer": "the class of what scrolls: whole on paper",
    "stMain": "the class of what holds the page's part: whole on paper",
    "stExpander": "the class of a box that opens: on paper where it is open",
    "stSlider": "the class of a slider: its track, in forced colours",
    "stSliderThumbValue": "the test id of a slider's number: its thumb, in forced colours",
    "stCheckbox": "the class of a switch: its track, in forced colours",
    "history.pushState": "how the script's change of the address becomes an entry (history.js)",
}
"""By name what the browser's half and the style sheets look for, and why."""


def went_back() -> bool:
    """Whether this rerun is about an entry of the history: what the address does not say is at
    its default then, whatever the session remembers.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def visitors_secret(cookies: Mapping[str, str]) -> bytes | None:
    """What a browser's tabs share: the cookie that guards Streamlit's own forms, if it has one."""
    secret, _ = decode_xsrf_token_string(cookies.get(XSRF_COOKIE_NAME, ""))
    return secret
