"""The one runs service of this process, shared by all visitors."""

from __future__ import annotations

import secrets
from functools import cache

import streamlit as st

from core.runs import Runs


@cache
def runs() -> Runs:
    """The service, with its warm children; made by the app's start, before any page."""
    return Runs()


def viewer(purpose: str) -> str:
    """Who is asking: this browser session, once per purpose. A viewer has one run at a time."""
    session = st.session_state.setdefault("viewer", secrets.token_hex(8))
    return f"{session} {purpose}"
