"""What `streamlit run` opens: the app, its routes, and what starts and ends with it."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from core.concepts import labs_of
from core.sources import digests
from explorer.catalog import CATALOG
from explorer.home import front_door
from explorer.live.assets import base_path, plotly_script
from explorer.live.preload import Preload
from explorer.live.routes import routes
from explorer.openings import document, opening_of
from explorer.server.headers import SecurityHeaders
from explorer.server.health import health_route
from explorer.server.logs import set_up as set_up_logs
from explorer.server.metrics import StreamlitMetrics, metrics_route
from explorer.server.process import allow_many_files, share_one_heap
from explorer.server.service import runs

MAIN = Path(__file__).resolve().parent / "explorer" / "main.py"
STYLE = MAIN.with_name("page.css").read_text("utf-8")
# Streamlit adds this folder to the list for each script run and removes it afterwards, unless
# it is there: an import in another thread, walking the list meanwhile, would miss a folder.
sys.path.append(str(MAIN.parent))


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Starts the warm children before any page runs; ends every run with the app."""
    service, end_logs = runs(), set_up_logs()
    allow_many_files()
    gc.freeze()
    threading.Thread(target=_get_ready, daemon=True).start()
    yield
    service.close()
    end_logs()


QUIET_SECONDS, REST_SECONDS = 10.0, 0.3
"""How long getting ready waits, and rests between pages: who comes with the start needs the
processor more."""


def _get_ready() -> None:
    """Does what later visitors would wait for."""
    plotly_script(compressed=True)
    time.sleep(QUIET_SECONDS)
    for concept in CATALOG:
        if opening := opening_of(concept):
            opened[f"{base_path()}/{concept.slug}"] = document(opening, runs())
        digests(lab.name for lab in labs_of(concept.slug))
        time.sleep(REST_SECONDS)
    # a search for garbage, now and then, stops everything: what is loaded by now stays out of it
    gc.freeze()


front = f"{base_path()}/"
opened = {front: front_door().opening()}
share_one_heap()  # before there are threads
app = st.App(
    MAIN,
    routes=[*routes(runs()), metrics_route(runs()), health_route(runs())],
    middleware=[
        Middleware(SecurityHeaders), Middleware(StreamlitMetrics),
        Middleware(Preload, openings=opened, without_view={front}, style=STYLE),
    ],
    lifespan=lifespan,
)
