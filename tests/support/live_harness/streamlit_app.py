"""An app with nothing but a live view, to look at it and to test it in a browser.

    PYTHONPATH=. python -m streamlit run tests/support/live_harness/streamlit_app.py
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from explorer.live import routes
from explorer.live.preload import Preload
from tests.support.live_harness.fake_runs import RUNS


def inspect(request):
    """What the server knows about a run, for the tests."""
    handle = RUNS.handle(request.path_params["token"])
    handle.to_be_cut = handle.to_be_cut or "cut" in request.query_params
    return JSONResponse({"watching": handle.watching, "state": handle.state,
                         "cut": handle.was_cut})


app = st.App(
    Path(__file__).parent / "page.py",
    routes=[*routes(RUNS), Route("/inspect/{token}", inspect)],
    middleware=[Middleware(Preload)],
)
