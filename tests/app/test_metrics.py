"""What the operator reads: who may, and whether the numbers are those of the service."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request
from starlette.responses import Response

from core.config import with_changes
from core.runs import Runs, Viewer
from explorer.server.metrics import metrics_route
from tests.runs.test_disk import SURFACE, Scripted, a_run


@pytest.fixture
def runs() -> Runs:
    service = Runs(Scripted(a_run()))
    yield service
    service.close()


def ask(runs: Runs, asker: str, **headers: str) -> Response:
    named = [(k.replace("_", "-").lower().encode(), v.encode()) for k, v in headers.items()]
    return metrics_route(runs).endpoint(Request({
        "type": "http", "method": "GET", "path": "/metrics", "query_string": b"",
        "headers": named, "client": (asker, 50_000),
    }))


@pytest.mark.parametrize(
    ("networks", "asker", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 403),
        ("127.0.0.1", "127.0.0.1", {}, 200),
        ("127.0.0.1", "127.0.0.2", {}, 403),
        ("127.0.0.1, 10.0.0.0/8", "10.1.2.3", {}, 200),
        ("::1", "::1", {}, 200),
        ("127.0.0.1", "127.0.0.1", {"X_Forwarded_For": "203.0.113.9"}, 403),
    ],
)
def test_only_the_configured_networks_may_read(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, networks: str, asker: str,
    headers: dict[str, str], status: int,
) -> None:
    monkeypatch.setenv("METRICS_FROM", networks)
    assert ask(runs, asker, **headers).status_code == status


def test_a_wrong_network_is_refused_at_the_start(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_FROM", "localhost")
    with pytest.raises(ValueError, match=r"METRICS_FROM: .localhost. .*allowed: "):
        metrics_route(runs)


def test_the_numbers_are_those_of_the_service(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_FROM", "127.0.0.1")
    config = SURFACE.config()
    for viewer in ("ada", "bob"):
        assert runs.start(SURFACE, config, Viewer(viewer)).wait(20)
    assert runs.start(SURFACE, with_changes(config, seed=1), Viewer("ada")).wait(20)
    text = bytes(ask(runs, "127.0.0.1").body).decode()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text) for sample in family.samples
    }
    assert found["runs_answers_total", "computed"] == 2
    assert found["runs_answers_total", "memory"] == 1
    assert found["runs_ends_total", "finished"] == 2
    assert found["runs_ends_total", "failed"] == 0
    assert found["runs_viewers",] == 2
    assert found["runs_waiting",] == 0
    assert found["runs_first_frame_seconds_count",] == 2
    assert found["runs_first_frame_seconds_bucket", "+Inf"] == 2
    assert found["runs_cache_bytes",] == 2 * len(b"".join(a_run()))
