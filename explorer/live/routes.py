"""The routes of the app that feed the live view.

    GET  /live/<token>?since=N    the run's messages from number N on, as they come; with
                                  "&now" only those that are there
    POST /live/<token>/stop       ends the run
    POST /live/<token>/restart    starts it anew under the same token
    POST /live/<token>/leave      says that its viewer's page is gone
    POST /live/<token>/check/<claim>?first_seed=N
                                  checks a claim of the run's experiment on the seeds from N
                                  on; answers with the token of that run
    GET  /live/<token>/file.nc    the frames so far as a file; also file.json
    GET  /live/qr.svg?to=ADDRESS  an address of the app as a QR code

A token is unguessable and answers for one run only, which is what guards the POSTs:
no cookie takes part, so no other site can make a browser send one.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from typing import Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.checking import CLAIM_SEEDS, MAX_FIRST_SEED
from core.concepts import find
from core.experiment import Claim, Experiment
from core.runs import Viewer
from core.runs.save import saved
from explorer.live import saved as saved_view
from explorer.live.assets import asset, asset_routes, base_path, module_path
from explorer.live.qr import qr_code
from explorer.live.stream import Followed, Messages

_log = logging.getLogger(__name__)

SERVER = secrets.token_hex(4)
"""This process among those that may stand behind one address: a view's run is in the one that its
page talks to, and a request that reached another one has to be sent again."""


class RunsByToken(Protocol):
    """What the routes need of the runs' service."""

    def handle(self, token: str) -> Followed | None: ...

    def check(
        self, experiment: Experiment, claim: Claim, n_seeds: int, first_seed: int, viewer: Viewer
    ) -> Followed: ...


def routes(runs: RunsByToken) -> list[Route]:
    """The live view's routes, for `st.App(..., routes=routes(runs))`."""
    live, answers = f"{base_path()}/live/{{token}}", Answers(runs)
    return [
        *asset_routes(),
        Route(f"{base_path()}/{module_path(saved_view.NAME)}",
              asset(saved_view.page, "text/plain; charset=utf-8")),
        Route(f"{base_path()}/live/qr.svg", show_qr_code),
        Route(live, answers.follow),
        *(Route(f"{live}/{action}", partial(answers.act, methodcaller(action)), methods=["POST"])
          for action in ("stop", "restart", "leave")),
        Route(f"{live}/check/{{claim}}", answers.check, methods=["POST"]),
        Route(f"{live}/file{{kind}}", answers.save),
    ]


class Answers:
    """What is answered about runs. What is not `async`, Starlette calls in a thread."""

    def __init__(self, runs: RunsByToken) -> None:
        self._runs = runs

    async def follow(self, request: Request) -> Response:
        """The messages of a run."""
        handle = self._handle(request)
        if handle is None:
            return _unknown()
        if (since := _whole(request.query_params.get("since", "0"))) is None:
            return _refused("since must be a whole number")
        return Messages(handle, since, now="now" in request.query_params)

    def act(self, action: Callable[[Followed], object], request: Request) -> Response:
        """Has something done with a run."""
        handle = self._handle(request)
        if handle is None:
            return _unknown()
        action(handle)
        return JSONResponse({"ok": True})

    def check(self, request: Request) -> Response:
        """Has a claim checked, as a run of its own."""
        handle = self._handle(request)
        if handle is None:
            return _unknown()
        first = request.query_params.get("first_seed", "0")
        if (seed := _whole(first)) is None or seed > MAX_FIRST_SEED:
            return _refused(
                f"first_seed: {first!r} is not allowed. Allowed: from 0 to {MAX_FIRST_SEED}")
        experiment = find(handle.experiment)
        try:
            claim = experiment.claim(request.path_params["claim"])
        except KeyError as error:
            return _refused(error.args[0], 404)
        checked = self._runs.check(experiment, claim, CLAIM_SEEDS, seed, handle.viewer)
        return JSONResponse({"token": checked.token})

    def save(self, request: Request) -> Response:
        """The frames of a run as a file to take away."""
        handle = self._handle(request)
        if handle is None:
            return _unknown()
        try:
            content = saved(handle.frames(0), kind := request.path_params["kind"])
        except ValueError as error:
            return _refused(str(error), 404)
        except OSError as error:
            _log.warning("a file could not be made: %s", error)
            return _refused(str(error), 503)
        name = f"{handle.experiment.replace('.', '-')}{kind}"
        return Response(content, media_type="application/octet-stream", headers={
            "Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'})

    def _handle(self, request: Request) -> Followed | None:
        return self._runs.handle(request.path_params["token"])


def show_qr_code(request: Request) -> Response:
    """A picture of an address of the app; nothing of it is kept."""
    try:
        picture = qr_code(request.query_params.get("to", ""), _hosts(request))
    except ValueError as error:
        return _refused(str(error))
    return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _hosts(request: Request) -> frozenset[str]:
    """The app's, as a browser names them: a proxy may ask for another one, and leave in the
    referrer which page it is that asks.
    """
    page = urlsplit(request.headers.get("referer", "")).netloc
    return frozenset({request.headers.get("host", ""), page}) - {""}


def _whole(text: str) -> int | None:
    """A number of at most nine digits: Python refuses to read some thousands of them."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _unknown() -> Response:
    return JSONResponse({"error": "there is no such run", "server": SERVER}, status_code=404)


def _refused(why: str, status: int = 400) -> Response:
    return JSONResponse({"error": why}, status_code=status)
