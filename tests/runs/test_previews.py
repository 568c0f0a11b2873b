"""Who has to wait for their run sees at once what it begins with."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from core.frames import encode_end, encode_run, header_of, read_message
from core.runs import Handle, Runs, Viewer, worker
from core.runs.fork import ForkEngine
from core.runs.job import ClaimJob, PreviewJob, TrainJob, from_json
from core.runs.limits import Limits
from core.runs.worker import run_job
from core.words import Note
from devtools.browser import LIVENESS
from tests.runs.test_runs import EVEN, TOY, ToyConfig, pids, until
from tests.support.scripted import Child, Script, settle

TOYS = "tests.runs.test_runs"


@pytest.mark.skipif(sys.platform != "linux", reason="children start quickly on Linux only")
def test_the_first_frame_comes_while_the_run_waits() -> None:
    """With a real engine: the run itself is whole, and has nothing twice."""
    runs = Runs(ForkEngine(modules=[TOYS]), max_runs=1, lease_seconds=LIVENESS)
    long = runs.start(TOY, ToyConfig(n_steps=10_000, pause=0.02), Viewer("ada"))
    until(long.frames)
    config = ToyConfig(seed=2)
    whole = [*encode_run(TOY, config), encode_end("finished")]
    waiting = runs.start(TOY, config, Viewer("bob"))
    until(lambda: len(waiting.frames()) == 2)
    assert waiting.frames() == whole[:2]
    assert (waiting.state, waiting.place, long.state) == ("waiting", 1, "running")
    assert sum(runs.snapshot()["first_frames"]) == 2
    long.stop()
    assert waiting.wait(LIVENESS)
    assert waiting.frames() == whole
    runs.close()


@pytest.mark.skipif(sys.platform != "linux", reason="children start quickly on Linux only")
def test_who_has_been_seen_lets_the_others_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is nicer from its second frame on; a check of a claim always is."""
    limits = Limits(nice=7)
    engine = ForkEngine(limits, modules=[TOYS])
    runs = Runs(engine, lease_seconds=LIVENESS)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    trace = tmp_path / "pids"
    handle = runs.start(TOY, ToyConfig(n_steps=10_000, pause=0.02, trace=str(trace)), Viewer("ada"))
    until(lambda: len(handle.frames()) > 2)
    (pid,) = pids(trace)
    assert os.getpriority(os.PRIO_PROCESS, engine.pid) == ours + limits.nice_at_first == ours + 3
    assert os.getpriority(os.PRIO_PROCESS, pid) == ours + limits.nice == ours + 7
    runs.close()
    monkeypatch.setitem(worker._extra, "toy", TOY)
    monkeypatch.setattr(worker, "limit_memory", lambda most: None)  # this process is no child
    for job, n_seen in ((ClaimJob("toy", "even_seeds", 1, 0), 0), (TrainJob("toy", {}), 2)):
        out = io.BytesIO()
        seen: list[bytes] = []
        assert run_job(job.to_json(), out, shown=lambda: seen.append(out.getvalue()))  # noqa: B023
        assert [len(messages_in(text)) for text in seen] == [n_seen]


def messages_in(text: bytes) -> list[bytes]:
    stream = io.BytesIO(text)
    return list(iter(lambda: read_message(stream), None))


@pytest.fixture
def script() -> Script:
    script = Script()
    script.n_previews = 1
    return script


@pytest.fixture
def ask(script: Script) -> Iterator[Callable[[int], Handle]]:
    """Has a run started for a visitor of its own; one at a time is computed."""
    runs = Runs(script, max_runs=1, lease_seconds=LIVENESS)

    def ask(seed: int) -> Handle:
        handle = runs.start(TOY, ToyConfig(seed=seed), Viewer(f"visitor {seed}"))
        settle(runs, script)
        return handle

    yield ask
    script.close()
    runs.close()


def previews(script: Script) -> list[Child]:
    return [child for child in script.children if isinstance(child.job, PreviewJob)]


def test_so_many_at_a_time_as_the_engine_allows(
    script: Script, ask: Callable[[int], Handle]
) -> None:
    """One after the other, those who came first first; none for a run that began at once."""
    handles = [ask(seed) for seed in range(3)]
    (second,) = previews(script)
    assert second.job.config["seed"] == 1
    second.say()
    second.say()
    until(lambda: len(handles[1].frames()) == 2)
    second.end()
    until(lambda: second.killed)
    second.die()
    third = until(lambda: previews(script)[1:])[0]
    assert third.job.config["seed"] == 2
    third.die()  # without a word: its own child will tell
    until(lambda: handles[2].run.preview is None)
    assert (handles[2].state, handles[2].frames()) == ("waiting", [])
    assert len(previews(script)) == 2, "a run has one preview"


def test_a_run_that_begins_needs_its_preview_no_more(
    script: Script, ask: Callable[[int], Handle]
) -> None:
    """What the preview says later is not taken, nor what it said twice."""
    _, handle = ask(0), ask(1)
    first, preview = script.children
    preview.say()
    until(handle.frames)
    first.end()
    first.die()
    own = until(lambda: script.children[2:])[0]
    assert handle.state == "running"
    preview.say()
    until(lambda: preview.killed)
    preview.die()
    for _ in range(3):
        own.say()
    until(lambda: len(handle.frames()) == 3)
    assert [header_of(m)["index"] for m in handle.frames()] == [0, 1, 2]
    own.end("failed", Note("run.raised", {"error": "no"}))
    own.die()
    assert handle.wait(LIVENESS)
    assert len(handle.frames()) == 4


def test_a_run_that_nobody_wants_has_no_preview(
    script: Script, ask: Callable[[int], Handle]
) -> None:
    _, handle = ask(0), ask(1)
    (preview,) = previews(script)
    handle.close()
    until(lambda: preview.killed)
    preview.die()


def test_without_a_process_there_is_none(script: Script, ask: Callable[[int], Handle]) -> None:
    ask(0)
    script.n_refusals = 1
    handle = ask(1)
    assert not previews(script)
    script.children[0].end()
    script.children[0].die()
    until(lambda: handle.state == "running")
    assert script.children[1].job == handle.run.job


def test_a_claim_has_none(script: Script, ask: Callable[[int], Handle]) -> None:
    """Its only frame is its answer."""
    handle = ask(0)
    service = handle._service
    assert isinstance(service, Runs)
    service.check(TOY, EVEN, 2, 0, Viewer("bob"))
    settle(service, script)
    assert len(script.children) == 1


def test_a_preview_is_a_job_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two messages and the end; as JSON it is told from the training, and from nonsense."""
    monkeypatch.setattr(worker, "limit_memory", lambda most: None)  # this process is no child
    job = TrainJob("optimizers.surface", {"n_steps": 20, "map": "off"})
    preview = PreviewJob.of_job(job)
    assert from_json(preview.to_json()) == preview
    assert type(from_json(job.to_json())) is TrainJob
    with pytest.raises(ValueError, match="this is no job"):
        from_json(job.to_json() | {"preview": "yes"})
    assert isinstance(from_json(asdict(ClaimJob("toy", "even", 1, 0))), ClaimJob)
    out, whole, shown = io.BytesIO(), io.BytesIO(), []
    assert run_job(preview.to_json(), out, shown=lambda: shown.append(out.tell()))
    assert run_job(job.to_json(), whole)
    messages = messages_in(out.getvalue())
    assert [header_of(m)["type"] for m in messages] == ["start", "frame", "end"]
    assert shown == [len(messages[0]) + len(messages[1])]
    assert whole.getvalue().startswith(messages[0] + messages[1])
