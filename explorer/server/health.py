"""Whether the app can do what it is for, in a word, for whoever starts it again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.runs import Runs
from explorer.live.assets import base_path


def health_route(runs: Runs) -> Route:
    """`/healthz`: 200 and "ok" while runs are computed; 503 when some wait and none is at work
    ("stuck"), or when the service has ended ("closed").
    """

    def endpoint(request: Request) -> Response:
        now = runs.snapshot()
        stuck = now["waiting"] and not now["active"]
        status = "closed" if not runs.alive else "stuck" if stuck else "ok"
        health = {"status": status, "engine": runs.engine,
                  "active": now["active"], "waiting": now["waiting"]}
        return JSONResponse(health, 200 if status == "ok" else 503, {"Cache-Control": "no-store"})

    return Route(f"{base_path()}/healthz", endpoint)
