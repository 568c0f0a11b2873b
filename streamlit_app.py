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
    concepts()
    # Streamlit collects garbage after every script run: what is loaded by now stays out of it
    gc.freeze()
    # The first visitor's browser asks for it at once
    threading.Thread(target=plotly_script, args=(True,), daemon=True).start()
    yield
    service.close()


app = st.App(
    "explorer/main.py",
    routes=[*routes(runs()), metrics_route(runs())],
    middleware=[Middleware(Preload)],
    lifespan=lifespan,
)
