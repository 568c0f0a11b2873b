"""What `streamlit run` opens: the app, its routes, and what starts and ends with it."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from core.experiment import concepts
from explorer.live import routes
from explorer.service import runs


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Starts the warm children before any page runs; ends every run with the app."""
    service = runs()
    concepts()
    # Streamlit collects garbage after every script run: what is loaded now never is
    gc.collect()
    gc.freeze()
    yield
    service.close()


app = st.App("explorer/main.py", routes=routes(runs()), lifespan=lifespan)
