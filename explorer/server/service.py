"""The one runs service of this process, shared by all visitors."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

import streamlit as st

from core.runs import DiskCache, Runs, Viewer, choose_engine
from core.runs.settings import MB, from_environment
from explorer.internals import visitors_secret


@cache
def runs() -> Runs:
    """The service, with its warm children; made by the app's start, before any page.

    Raises:
        ValueError: When a variable of the environment is set to what is not allowed.
    """
    settings = from_environment()
    folder = settings.folder
    return Runs(
        choose_engine(settings.limits),
        max_cache_bytes=settings.kept_mb * MB,
        max_runs=settings.at_once,
        max_per_visitor=settings.per_visitor,
        lease_seconds=settings.lease_seconds,
        disk=DiskCache(folder, settings.cache_mb * MB) if folder else None,
    )


def viewer(purpose: str) -> Viewer:
    """Who is asking; a session has one run at a time per purpose.

    A visitor is a browser, however many tabs it opens: all of them send the cookie that guards
    Streamlit's own forms. Without one, every session is a visitor.
    """
    session = st.session_state.setdefault("viewer", secrets.token_hex(8))
    secret = visitors_secret(st.context.cookies)
    visitor = hashlib.sha256(secret).hexdigest()[:16] if secret else session
    return Viewer(visitor, f"{session} {purpose}")
