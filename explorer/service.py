"""The one runs service of this process, shared by all visitors."""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from core.runs import DiskCache, Runs

KEPT = Path(__file__).parents[1] / ".cache" / "runs"
"""Where finished runs outlast the app; `RUNS_CACHE` names another folder, or "off"."""


@cache
def runs() -> Runs:
    """The service, with its warm children; made by the app's start, before any page."""
    folder = os.environ.get("RUNS_CACHE") or str(KEPT)
    return Runs(disk=None if folder == "off" else DiskCache(Path(folder)))


def viewer(purpose: str) -> str:
    """Who is asking: "visitor/session purpose". A session has one run at a time per purpose.

    A visitor is a browser, however many tabs it opens: all of them send the cookie that guards
    Streamlit's own forms. Without one, every session is a visitor.
    """
    session = st.session_state.setdefault("viewer", secrets.token_hex(8))
    secret, _ = decode_xsrf_token_string(st.context.cookies.get(XSRF_COOKIE_NAME, ""))
    visitor = hashlib.sha256(secret).hexdigest()[:16] if secret else session
    return f"{visitor}/{session} {purpose}"
