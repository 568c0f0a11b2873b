"""The routes of the app that feed the live view.

    GET  /live/<token>?since=N    the run's messages from number N on, as they come
    POST /live/<token>/stop       ends the run
    POST /live/<token>/restart    starts it anew under the same token
    POST /live/<token>/check/<claim>?first_seed=N
                                  checks a claim of the run's experiment on the seeds from N
                                  on; answers with the token of that run

A token is unguessable and answers for one run only, which is what guards the POSTs:
no cookie takes part, so no other site can make a browser send one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.checking import CLAIM_SEEDS, MAX_FIRST_SEED
from core.concepts import find
from core.experiment import Claim, Experiment
from explorer.live.assets import asset_routes, base_path
from explorer.live.stream import Followed, Messages


class RunsByToken(Protocol):
    """What the routes need of the runs' service."""

    def handle(self, token: str) -> Followed | None: ...

    def check(
        self, experiment: Experiment, claim: Claim, n_seeds: int, first_seed: int, viewer: str
    ) -> Followed: ...


def routes(runs: RunsByToken) -> list[Route]:
    """The live view's routes, for `st.App(..., routes=routes(runs))`."""

    def act(action: Callable[[Followed], object]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:  # sync: Starlette runs it in a thread
            handle = runs.handle(request.path_params["token"])
            if handle is None:
                return _unknown()
            action(handle)
            return JSONResponse({"ok": True})

        return endpoint

    async def follow(request: Request) -> Response:
        handle = runs.handle(request.path_params["token"])
        since = request.query_params.get("since", "0")
        if handle is None:
            return _unknown()
        if (number := _whole(since)) is None:
            return JSONResponse({"error": "since must be a whole number"}, status_code=400)
        return Messages(handle, number)

    def check(request: Request) -> Response:
        token, name = request.path_params["token"], request.path_params["claim"]
        first = request.query_params.get("first_seed", "0")
        handle = runs.handle(token)
        if handle is None:
            return _unknown()
        if (seed := _whole(first)) is None or seed > MAX_FIRST_SEED:
            text = f"first_seed: {first!r} is not allowed. Allowed: from 0 to {MAX_FIRST_SEED}"
            return JSONResponse({"error": text}, status_code=400)
        experiment = find(handle.experiment)
        try:
            claim = experiment.claim(name)
        except KeyError as error:
            return JSONResponse({"error": error.args[0]}, status_code=404)
        checked = runs.check(experiment, claim, CLAIM_SEEDS, seed, handle.viewer)
        return JSONResponse({"token": checked.token})

    live = f"{base_path()}/live/{{token}}"
    return [
        *asset_routes(),
        Route(live, follow),
        Route(f"{live}/stop", act(lambda handle: handle.stop()), methods=["POST"]),
        Route(f"{live}/check/{{claim}}", check, methods=["POST"]),
        Route(f"{live}/restart", act(lambda handle: handle.restart()), methods=["POST"]),
    ]


def _whole(text: str) -> int | None:
    """A number of at most nine digits: Python refuses to read some thousands of them."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _unknown() -> Response:
    return JSONResponse({"error": "there is no such run"}, status_code=404)
