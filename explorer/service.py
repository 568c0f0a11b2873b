"""The one runs service of this process, shared by all visitors."""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path

import streamlit as st

from core.runs import DiskCache, Runs

KEPT = Path(__file__).parents[1] / ".cache" / "runs"
"""Where finished runs outlast the app; `RUNS_CACHE` names another folder, or "off"."""


@cache
def runs() -> Runs:
    """The service, with its warm children; made by the app's start, before any page."""
    folder = os.environ.get("RUNS_CACHE") or str(KEPT)
    return Runs(disk=None if folder == "off" else DiskCache(Path(folder)))


def viewer(purpose: str) -> str:
    """Who is asking: this browser session, once per purpose. A viewer has one run at a time."""
    session = st.session_state.setdefault("viewer", secrets.token_hex(8))
    return f"{session} {purpose}"
