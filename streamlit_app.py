"""What `streamlit run` opens: the app, its routes, and what starts and ends with it."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from core.experiment import concepts
from explorer.live.routes import Preload, plotly_script, routes
from explorer.metrics import metrics_route
from explorer.service import runs


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Starts the warm children before any page runs; ends every run with the app."""
    service = runs()
    gc.freeze()
    threading.Thread(target=_get_ready, daemon=True).start()
    yield
    service.close()


def _get_ready() -> None:
    """Does beside the start what the first visitors would wait for."""
    plotly_script(compressed=True)
    concepts()
    # Streamlit collects garbage after every script run: what is loaded by now stays out of it
    gc.freeze()


app = st.App(
    "explorer/main.py",
    routes=[*routes(runs()), metrics_route(runs())],
    middleware=[Middleware(Preload)],
    lifespan=lifespan,
)
