"""What the app does, in the text format of Prometheus, for those who may read it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import accumulate
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from core.runs import Runs
from core.runs.counts import BOUNDS
from explorer.internals import METRICS
from explorer.live.assets import base_path

VARIABLE = "METRICS_FROM"


def metrics_route(runs: Runs) -> Route:
    """`/metrics`, for the networks that `METRICS_FROM` lists ("127.0.0.1,10.0.0.0/8").

    Without it nobody may read. Who comes through a proxy has the proxy's address: a request
    that says so is refused as well.

    Raises:
        ValueError: When `METRICS_FROM` lists something that is no network: it says what.
    """
    allowed = _networks()

    def endpoint(request: Request) -> Response:
        return _answer(runs) if _may_read(request, allowed) else _refusal()

    return Route(f"{base_path()}/metrics", endpoint)


class StreamlitMetrics:
    """Middleware that keeps Streamlit's own metrics, which it shows to all, to those readers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._allowed = app, _networks()
        self._path = base_path() + METRICS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["path"] == self._path
        refused = asked and not _may_read(Request(scope), self._allowed)
        await (_refusal() if refused else self._app)(scope, receive, send)


def _networks() -> list[IPv4Network | IPv6Network]:
    listed = os.environ.get(VARIABLE, "").replace(",", " ").split()
    try:
        return [ip_network(entry) for entry in listed]
    except ValueError as error:
        raise ValueError(
            f"{VARIABLE}: {error}; allowed: addresses and networks, such as 127.0.0.1,10.0.0.0/8"
        ) from None


def _may_read(request: Request, allowed: Sequence[IPv4Network | IPv6Network]) -> bool:
    proxied = {"x-forwarded-for", "forwarded"} & set(request.headers)
    asker = ip_address(request.client.host) if request.client else None
    return not proxied and asker is not None and any(asker in network for network in allowed)


def _refusal() -> Response:
    return PlainTextResponse("metrics are readable only from the networks in METRICS_FROM\n", 403)


def _answer(runs: Runs) -> Response:
    # imported when somebody asks: the app's start has no use for it
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(runs))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Collector:
    """Reads the service's counts when Prometheus asks."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        now = self._runs.snapshot()
        for name, text in (("active", "computations at the moment"),
                           ("waiting", "computations in the queue"),
                           ("viewers", "open holds on runs"),
                           ("cache_bytes", "finished runs in memory")):
            yield GaugeMetricFamily(f"runs_{name}", text, now[name])
        for name, label, text in (("answers", "from", "requests for runs, by what answered"),
                                  ("ends", "state", "computations, by how they ended")):
            family = CounterMetricFamily(f"runs_{name}", text, labels=[label])
            for value, count in now[name].items():
                family.add_metric([value], count)
            yield family
        ends = [*map(str, BOUNDS), "+Inf"]
        sums = accumulate(now["first_frames"])
        yield HistogramMetricFamily(
            "runs_first_frame_seconds", "from the request to the first frame of a computation",
            list(zip(ends, sums, strict=True)), now["first_frame_seconds"])
