"""Runs on a visitor's own data: one visit's only, kept while it lasts, and then gone."""

from __future__ import annotations

import io
import json
import pickle
import time
from collections.abc import Iterator

import numpy as np
import pytest

from core.concepts import find
from core.data.own import OwnPoints
from core.data.text import OwnText
from core.frames import header_of, read_message
from core.runs import Private, Runs, Viewer
from core.runs import worker as worker_of
from core.runs.handle import Handle
from core.runs.job import PreviewJob, TrainJob
from core.runs.supervisor import Order
from core.words import Note
from tests.support.scripted import Script, settle

TARGETS = find("representation.targets")
RNG = np.random.default_rng(8)
POINTS = OwnPoints(RNG.normal(size=(100, 2)).astype(np.float32), np.arange(100, dtype=np.uint8) % 2)
CONFIG = TARGETS.config.model_validate({**TARGETS.small.model_dump(), "data": POINTS.name})
TEXT = OwnText.written("Zaphod went to the restaurant at the end of the lane.\n" * 12)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def runs(script: Script) -> Iterator[Runs]:
    service = Runs(script, lease_seconds=1000)  # type: ignore[arg-type]
    yield service
    service.close()


def finished(runs: Runs, script: Script, owner: str) -> Handle:
    """A visit's run that is over."""
    handle = runs.start(TARGETS, CONFIG, Viewer(owner), Private(owner, POINTS))
    settle(runs, script)
    child = script.children[-1]
    for _ in range(2):
        child.say()
    child.end()
    child.die()
    assert handle.wait(20)
    return handle


def test_two_visits_with_the_same_points_share_nothing(runs: Runs, script: Script) -> None:
    ada, bob = finished(runs, script, "ada"), finished(runs, script, "bob")
    assert ada.run is not bob.run
    assert ada.run.key != bob.run.key
    assert len(script.children) == 2
    assert runs.snapshot()["cache_bytes"] == 0


def test_it_is_kept_while_the_visit_lasts_and_no_longer(runs: Runs, script: Script) -> None:
    ada, bob = finished(runs, script, "ada"), finished(runs, script, "bob")
    runs._look_after(time.monotonic() + 2000)  # nobody reads it, and it may be saved as a file yet
    assert runs.handle(ada.token) is ada
    runs.forget("ada")
    assert runs.handle(ada.token) is None
    assert runs.handle(bob.token) is bob
    runs.forget("nobody")
    runs.forget("")
    assert runs.handle(bob.token) is bob


def test_one_that_goes_on_ends_with_the_visit(runs: Runs, script: Script) -> None:
    runs.start(TARGETS, CONFIG, Viewer("ada"), Private("ada", POINTS))
    settle(runs, script)
    runs.forget("ada")
    assert script.children[-1].killed
    script.children[-1].die()


def test_the_log_has_neither_its_error_nor_its_points(
    runs: Runs, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    handle = runs.start(TARGETS, CONFIG, Viewer("ada"), Private("ada", POINTS))
    settle(runs, script)
    script.children[-1].end("failed", Note("run.raised", {"error": "Zaphod is 42"}))
    script.children[-1].die()
    assert handle.wait(20)
    assert handle.error == Note("run.raised", {"error": "Zaphod is 42"}), "the visitor reads it"
    told = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "run.raised" in told
    assert "Zaphod" not in told
    assert POINTS.plain()["x"] not in told


def test_a_cluster_shows_nothing_of_an_order() -> None:
    """Dask's logs and its dashboard have the arguments of a task that fails."""
    job = TrainJob.of(TARGETS, CONFIG, Private("ada", POINTS))
    order = Order(json.dumps(job.to_json()))
    same = pickle.loads(pickle.dumps(order))
    assert same == order
    assert "ada" not in f"{same!r} {[same]}"


# --- the child's side ------------------------------------------------------------------------


def done(job: TrainJob, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    monkeypatch.setattr(worker_of, "limit_memory", lambda limit: None)  # it would be this process's
    out = io.BytesIO()
    worker_of.run_job(job.to_json(), out)
    out.seek(0)
    return list(iter(lambda: read_message(out), None))  # type: ignore[arg-type]


def test_the_points_come_with_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    job = TrainJob.of(TARGETS, CONFIG, Private("ada", POINTS))
    messages = done(job, monkeypatch)
    assert header_of(messages[-1])["state"] == "finished"
    assert done(PreviewJob.of_job(job), monkeypatch)[:2] == messages[:2]
    assert not any(b"ada" in message for message in messages)


def test_a_text_comes_with_the_order_and_is_in_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = find("language_models.own_text")
    config = lab.config.model_validate({**lab.small.model_dump(), "text": TEXT.name})
    job = TrainJob.of(lab, config, Private("ada", TEXT))
    assert "Zaphod" not in json.dumps(job.to_json())
    assert job.key != TrainJob.of(lab, config, Private("bob", TEXT)).key
    start, first = done(PreviewJob.of_job(job), monkeypatch)[:2]
    assert header_of(start)["config"]["text"] == TEXT.name
    assert header_of(first)["type"] == "frame"
    without = TrainJob(lab.name, config.model_dump(mode="json"), "ada")
    end = header_of(done(without, monkeypatch)[-1])
    assert end["error"][1]["error"].startswith("LookupError: this text was private")


@pytest.mark.parametrize("points", [None, OwnPoints(POINTS.x + 1, POINTS.y).plain(), {"x": "no"}])
def test_without_them_or_with_others_it_fails_and_logs_where(
    points: dict[str, object] | None, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    job = TrainJob(TARGETS.name, CONFIG.model_dump(mode="json"), "ada", points)
    end = header_of(done(job, monkeypatch)[-1])
    kind, said, _ = end["error"][1]["error"].partition(": ")
    logged = "".join(capfd.readouterr())
    assert f"{kind} in a private run" in logged
    assert f"{kind}{said}" not in logged, "what it says may have something of the data"
