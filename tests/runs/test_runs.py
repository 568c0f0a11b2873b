"""Runs in real child processes, with both engines.

The toy experiment below is found by the children because their engine is built with this
module's name; no job can name a module.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from core.clocked import clocked
from core.config import Config, setting
from core.experiment import Claim, Experiment, Frame
from core.frames import decode_frame, encode_end, encode_run, header_of
from core.lazy import torch
from core.runs import Handle, Runs, Viewer, choose_engine
from core.runs.engine import _ONE_THREAD, ROOT, Engine, settings_of
from core.runs.fork import ForkEngine
from core.runs.job import Job
from core.runs.limits import Limits
from core.runs.spawn import SpawnEngine
from core.words import RUN, phrase
from devtools.browser import LIVENESS

Kind = Literal["learn", "fail", "loop", "big", "memory", "tensor_memory", "torrent", "leave"]


class ToyConfig(Config):
    kind: Kind = setting("learn", "What the toy does after its first frame.")
    n_steps: int = setting(5, "Updates.", ge=1, le=10_000)
    pause: float = setting(0.0, "Between two frames.", ge=0, le=10, unit="s")
    trace: str = setting("", "File to which each computation appends its process id.")
    n_seeds: int = setting(2, "Models trained at once.", ge=1, le=64)
    seed: int = setting(0, "The first seed.", ge=0)


def train(config: ToyConfig) -> Iterator[Frame]:
    """Notes in the trace its process, and with a minus that it let go of it."""
    note(config, os.getpid())
    try:
        yield from frames(config)
    finally:
        note(config, -os.getpid())


def note(config: ToyConfig, number: int) -> None:
    if config.trace:
        with open(config.trace, "a") as file:
            file.write(f"{number}\n")


def frames(config: ToyConfig) -> Iterator[Frame]:
    yield Frame(0, {"weight": np.zeros((config.n_seeds, 3), dtype=np.float32)})
    if config.kind == "fail":
        raise ArithmeticError("the loss is not a number")
    if config.kind == "loop":
        while True:
            pass
    if config.kind == "leave":
        sys.exit(3)
    if config.kind == "big":
        _ = np.ones(2**27)  # 1 GB, which is allowed
    if config.kind == "memory":
        _ = [np.empty(2**24) for _ in range(200)]  # 27 GB
    if config.kind == "tensor_memory":
        _ = [torch.empty(2**24, dtype=torch.float64) for _ in range(200)]
    if config.kind == "torrent":
        for step in range(1, 100):
            yield Frame(step, {"weight": np.zeros((2**20, 3), dtype=np.float32)})
    yield from learn(config)


def learn(config: ToyConfig) -> Iterator[Frame]:
    generator = torch.Generator().manual_seed(config.seed)
    data = torch.randn(config.n_seeds, 8, 3, generator=generator)
    weight = torch.zeros(config.n_seeds, 3, 1, requires_grad=True)
    for step in range(1, config.n_steps + 1):
        print("a print in training must not harm the stream")
        weight.grad = None
        (torch.bmm(data, weight) - 1).square().mean().backward()
        with torch.no_grad():
            weight -= 0.1 * weight.grad
        yield Frame(step, {"weight": weight.detach().numpy()[..., 0].copy()})
        time.sleep(config.pause)


EVEN = Claim(
    "even_seeds",
    "The weights of even seeds move.",
    (ToyConfig(),),
    lambda history: (history["seed"] % 2 == 0) & (abs(history["weight"]).sum(["step", "x"]) > 0),
)
TOY = Experiment(
    name="toy",
    title="Toy",
    config=ToyConfig,
    dims={"weight": ("step", "seed", "x")},
    coords=lambda c: {"seed": range(c.seed, c.seed + c.n_seeds), "x": ["a", "b", "c"]},
    train=train,
    n_frames=lambda c: c.n_steps + 1,
    small=ToyConfig(n_seeds=2),
    claims=(EVEN,),
)
EXPERIMENTS = (TOY,)

ENGINES: dict[str, Callable[..., Any]] = {"fork": ForkEngine, "spawn": SpawnEngine}
LINUX = sys.platform == "linux"
KINDS = [
    pytest.param("fork", marks=pytest.mark.skipif(not LINUX, reason="forks safely on Linux only")),
    "spawn",
]
# For what the service does with any engine; spawned children cost seconds each.
one_engine = pytest.mark.parametrize("engine", ["fork" if LINUX else "spawn"], indirect=True)


class Shared:
    """A real engine that outlives the services of single tests."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.limits = engine, engine.limits
        self.n_previews = 0  # these tests count children; `test_previews` has its own

    def start(self, job: Job) -> Any:
        return self.engine.start(job)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = ENGINES[request.param](modules=[__name__])
    yield Shared(engine)
    engine.close()


@pytest.fixture(scope="module", params=KINDS)
def strict(request: pytest.FixtureRequest) -> Iterator[Engine]:
    limits = Limits(memory_bytes=2**30, seconds=1.0)
    engine = ENGINES[request.param](limits, modules=[__name__])
    yield Shared(engine)
    engine.close()


@pytest.fixture
def make(engine: Engine) -> Iterator[Callable[..., Runs]]:
    made: list[Runs] = []

    def make(**options: Any) -> Runs:
        # nobody reads the tests' streams, and a busy machine may take longer than a lease
        made.append(Runs(engine, **{"lease_seconds": LIVENESS} | options))
        return made[-1]

    yield make
    for runs in made:
        runs.close()


@pytest.fixture
def runs(make: Callable[..., Runs]) -> Runs:
    return make()


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "pids"


def slow(trace: Path, **changes: Any) -> ToyConfig:
    """A run that outlasts its test unless somebody ends it."""
    return ToyConfig(**{"n_steps": 10_000, "pause": 0.02, "trace": str(trace)} | changes)


def until(condition: Callable[[], Any]) -> Any:
    """The condition's first true value; fails when that takes implausibly long."""
    deadline = time.monotonic() + LIVENESS
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return value


def noted(trace: Path) -> list[int]:
    return [int(line) for line in trace.read_text().split()] if trace.exists() else []


def pids(trace: Path) -> list[int]:
    """Per computation so far its process."""
    return [number for number in noted(trace) if number > 0]


def resting(trace: Path, pid: int) -> bool:
    """Whether a process has ended, or let go of all it was given."""
    numbers = noted(trace)
    return ended(pid) or numbers.count(pid) == numbers.count(-pid)


def alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    if not LINUX:
        return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode == 0
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ended(pid: int) -> bool:
    return not alive(pid)


def why(handle: Handle) -> str:
    """In words why a run failed."""
    return phrase(handle.error, RUN)


def types(handle: Handle) -> list[str]:
    return [header_of(message)["type"] for message in handle.frames()]


def expected(config: ToyConfig) -> list[bytes]:
    return [*encode_run(TOY, config), encode_end("finished")]


def goes_on(handle: Handle) -> None:
    """Waits for frames that are newer than now."""
    n_frames = len(handle.frames())
    until(lambda: len(handle.frames()) > n_frames)
    assert (handle.state, handle.error) == ("running", None)


def next_run_works(runs: Runs) -> None:
    config = ToyConfig(seed=9)
    handle = runs.start(TOY, config, Viewer("ada"))
    assert handle.wait(LIVENESS)
    assert handle.frames() == expected(config)


def test_messages_are_those_of_this_process_byte_for_byte(runs):
    config = ToyConfig(n_steps=20, n_seeds=3, seed=4)
    handle = runs.start(TOY, config, Viewer("ada"))
    assert handle.wait(LIVENESS)
    assert (handle.state, handle.error) == ("finished", None)
    assert handle.frames() == expected(config)
    assert handle.frames(since=20) == expected(config)[20:]


@one_engine
def test_subscriber_is_called_and_one_that_fails_harms_nobody(runs):
    handle = runs.start(TOY, ToyConfig(n_steps=30, pause=0.02), Viewer("ada"))
    seen: list[int] = []
    unwanted: list[int] = []
    handle.subscribe(lambda: 1 / 0)
    handle.subscribe(lambda: unwanted.append(1))()
    handle.subscribe(lambda: seen.append(len(handle.frames())))
    assert handle.wait(LIVENESS)
    until(lambda: seen and seen[-1] == 33)  # start, 31 frames, end
    assert len(set(seen)) > 10
    assert handle.state == "finished"
    assert not unwanted


def test_claim_is_checked_per_seed(runs):
    handle = runs.check(TOY, EVEN, n_seeds=3, first_seed=5, viewer=Viewer("ada"))
    assert handle.wait(LIVENESS)
    start, frame, end = handle.frames()
    assert header_of(start)["coords"] == {"seed": [5, 6, 7]}
    assert header_of(start)["dims"] == {"held": ["seed"]}
    held = decode_frame(frame).arrays["held"]
    assert held.dtype == np.uint8
    assert held.tolist() == [0, 1, 0]
    assert header_of(end)["state"] == "finished"


@one_engine
def test_claim_does_not_end_the_viewers_run(runs, trace):
    run = runs.start(TOY, slow(trace), Viewer("ada"))
    check = runs.check(TOY, EVEN, n_seeds=2, first_seed=0, viewer=Viewer("ada"))
    assert check.wait(LIVENESS)
    assert run.state == "running"


def test_viewers_of_one_configuration_share_one_computation(runs, trace):
    config = slow(trace)
    handles = [runs.start(TOY, config, Viewer(f"viewer {i}")) for i in range(10)]
    assert len({handle.token for handle in handles}) == 10
    (pid,) = until(lambda: pids(trace))
    until(lambda: len(handles[-1].frames()) > 3)
    assert handles[0].frames()[:3] == handles[-1].frames()[:3]
    for handle in handles[:-1]:
        handle.close()
    n_frames = len(handles[-1].frames())
    until(lambda: len(handles[-1].frames()) > n_frames)
    assert alive(pid)
    assert runs.handle(handles[0].token) is None
    handles[-1].close()
    until(lambda: resting(trace, pid))
    assert pids(trace) == [pid]


@one_engine
def test_finished_run_comes_from_the_cache(runs, trace):
    config = ToyConfig(trace=str(trace))
    first = runs.start(TOY, config, Viewer("ada"))
    assert first.wait(LIVENESS)
    first.close()
    second = runs.start(TOY, config, Viewer("bob"))
    assert second.state == "finished"
    assert second.frames() == first.frames()
    assert len(pids(trace)) == 1


@one_engine
@pytest.mark.parametrize("shared", [False, True])
def test_what_a_clock_measured_is_shared_where_the_lab_says_so(runs, trace, shared):
    """Otherwise everybody's run measures anew."""
    config, timed = ToyConfig(trace=str(trace)), clocked(TOY, "weight", shared=shared)
    for visitor in ("ada", "bob"):
        handle = runs.start(timed, config, Viewer(visitor))
        assert handle.wait(LIVENESS)
        handle.close()
    assert len(pids(trace)) == 2 - shared


def test_same_start_gives_the_same_handle_and_another_ends_the_first(runs, trace):
    first = runs.start(TOY, slow(trace), Viewer("ada"))
    assert runs.start(TOY, slow(trace), Viewer("ada")) is first
    assert runs.handle(first.token) is first
    (pid,) = until(lambda: pids(trace))
    second = runs.start(TOY, slow(trace, seed=1), Viewer("ada"))
    assert second is not first
    assert runs.handle(first.token) is None
    assert (first.state, types(first)[-1]) == ("stopped", "end")
    until(lambda: resting(trace, pid))
    until(lambda: len(pids(trace)) == 2)
    assert second.state == "running"


@one_engine
def test_stop_ends_a_shared_run_for_one_viewer_only(runs, trace):
    ada, bob = (runs.start(TOY, slow(trace), Viewer(name)) for name in ("ada", "bob"))
    (pid,) = until(lambda: pids(trace))
    until(lambda: len(ada.frames()) > 3)
    ada.stop()
    stopped = ada.frames()
    assert ada.state == "stopped"
    assert stopped[-1] == encode_end("stopped")
    until(lambda: len(bob.frames()) > len(stopped) + 3)
    assert bob.frames()[: len(stopped) - 1] == stopped[:-1]
    assert ada.frames() == stopped
    assert alive(pid)
    bob.stop()
    until(lambda: resting(trace, pid))


def test_stopped_run_starts_again_only_when_asked_to(runs, trace):
    handle = runs.start(TOY, slow(trace), Viewer("ada"))
    (pid,) = until(lambda: pids(trace))
    handle.stop()
    until(lambda: resting(trace, pid))
    assert runs.start(TOY, slow(trace), Viewer("ada")) is handle
    assert handle.state == "stopped"
    token = handle.token
    handle.restart()
    until(lambda: len(pids(trace)) == 2)
    assert handle.token == token
    until(lambda: types(handle)[:2] == ["start", "frame"])
    assert handle.state == "running"
    handle.restart()  # it runs already
    handle.close()
    with pytest.raises(RuntimeError, match="closed"):
        handle.restart()
    assert len(pids(trace)) == 2


def test_lease_ends_what_nobody_reads(make, trace):
    runs = make(lease_seconds=0.5)
    handle = runs.start(TOY, slow(trace), Viewer("ada"))
    with handle.attach():
        (pid,) = until(lambda: pids(trace))
        time.sleep(1.5)  # three leases
        assert handle.state == "running"
    until(lambda: resting(trace, pid))
    assert handle.state == "stopped"
    assert runs.handle(handle.token) is None


@one_engine
def test_lease_leaves_finished_runs_alone(make):
    runs = make(lease_seconds=0.2)
    handle = runs.start(TOY, ToyConfig(), Viewer("ada"))
    assert handle.wait(LIVENESS)
    time.sleep(1.0)
    assert runs.handle(handle.token) is handle


@one_engine
def test_further_runs_wait_in_order(make, trace):
    runs = make(max_runs=1)
    first, second, third = (
        runs.start(TOY, slow(trace, seed=i), Viewer(f"viewer {i}")) for i in range(3)
    )
    (pid,) = until(lambda: pids(trace))
    assert [h.state for h in (first, second, third)] == ["running", "waiting", "waiting"]
    assert [h.place for h in (first, second, third)] == [0, 1, 2]
    told = threading.Event()
    third.subscribe(told.set)
    second.stop()
    assert told.wait(LIVENESS)
    assert third.place == 1
    first.stop()
    until(lambda: len(pids(trace)) == 2)
    assert resting(trace, pid)
    until(third.frames)
    assert header_of(third.frames()[0])["config"]["seed"] == 2


def test_error_in_training_is_the_viewers_sentence(runs, trace):
    config = ToyConfig(kind="fail", trace=str(trace))
    handle = runs.start(TOY, config, Viewer("ada"))
    assert handle.wait(LIVENESS)
    assert handle.state == "failed"
    assert why(handle) == "ArithmeticError: the loss is not a number"
    assert types(handle) == ["start", "frame", "end"]
    assert handle.frames()[-1] == encode_end("failed", handle.error)
    assert runs.start(TOY, config, Viewer("ada")) is handle
    assert len(pids(trace)) == 1
    assert runs.start(TOY, config, Viewer("bob")).wait(LIVENESS)
    assert len(pids(trace)) == 2  # failures are not cached


@one_engine
def test_unknown_experiment_and_forged_module_fail(runs):
    for name in ("os", "tests.runs.test_runs", "no_such"):
        stranger = Experiment(name, "", ToyConfig, {}, TOY.coords, train, TOY.n_frames,
                              ToyConfig())
        handle = runs.start(stranger, ToyConfig(), Viewer("ada"))
        assert handle.wait(LIVENESS)
        assert f"there is no experiment '{name}'" in why(handle)


def test_killed_child_fails_its_run_only(runs, trace, tmp_path):
    other = runs.start(TOY, slow(tmp_path / "other"), Viewer("bob"))
    handle = runs.start(TOY, slow(trace), Viewer("ada"))
    (pid,) = until(lambda: pids(trace))
    until(lambda: len(handle.frames()) > 2)
    os.kill(pid, signal.SIGKILL)
    assert handle.wait(LIVENESS)
    assert handle.state == "failed"
    assert "ended unexpectedly (killed by signal 9" in why(handle)
    assert handle.frames()[-1] == encode_end("failed", handle.error)
    goes_on(other)
    next_run_works(runs)


@one_engine
def test_child_that_leaves_without_a_word_fails(runs):
    handle = runs.start(TOY, ToyConfig(kind="leave"), Viewer("ada"))
    assert handle.wait(LIVENESS)
    assert handle.state == "failed"
    assert "exit status" in why(handle)


def test_endless_loop_is_killable(runs, trace, tmp_path):
    other = runs.start(TOY, slow(tmp_path / "other"), Viewer("bob"))
    handle = runs.start(TOY, ToyConfig(kind="loop", trace=str(trace)), Viewer("ada"))
    (pid,) = until(lambda: pids(trace))
    until(lambda: len(handle.frames()) == 2)
    handle.stop()
    until(lambda: ended(pid))
    assert types(handle) == ["start", "frame", "end"]
    goes_on(other)
    next_run_works(runs)


@one_engine
def test_history_is_bounded(runs):
    handle = runs.start(TOY, ToyConfig(kind="torrent"), Viewer("ada"))
    assert handle.wait(LIVENESS)
    assert handle.state == "failed"
    assert "more than 32 MB" in why(handle)
    assert sum(map(len, handle.frames())) < 33 * 2**20


@one_engine
def test_cache_forgets_the_run_not_asked_for_longest(make, trace):
    size = sum(map(len, expected(ToyConfig(trace=str(trace)))))
    trace.unlink()  # that was this process
    runs = make(max_cache_bytes=int(2.5 * size))

    def run(seed: int) -> None:
        handle = runs.start(TOY, ToyConfig(seed=seed, trace=str(trace)), Viewer("ada"))
        assert handle.wait(LIVENESS)
        handle.close()

    for seed in (0, 1, 0, 2):  # two fit, and 0 was asked for after 1
        run(seed)
    assert runs._over.n_bytes <= 2.5 * size
    assert len(pids(trace)) == 3
    run(0)
    assert len(pids(trace)) == 3
    until(lambda: len(runs._by_key) == 2)  # a reader thread may hold its run a little longer
    run(1)
    assert len(pids(trace)) == 4


@pytest.mark.parametrize("kind", ["memory", "tensor_memory"])
def test_memory_limit(strict, kind):
    if sys.platform == "win32":
        pytest.skip("Windows has no such limit")
    runs = Runs(strict, lease_seconds=LIVENESS)
    handle = runs.start(TOY, ToyConfig(kind=kind), Viewer("ada"))
    other = runs.start(TOY, ToyConfig(), Viewer("bob"))
    assert handle.wait(LIVENESS)
    assert handle.state == "failed"
    assert "more memory than a run may use (1 GiB)" in why(handle)
    assert other.wait(LIVENESS)
    assert other.frames() == expected(ToyConfig())
    next_run_works(runs)
    runs.close()


def test_wall_time_limit(strict, trace):
    runs = Runs(strict, lease_seconds=LIVENESS)
    handle = runs.start(TOY, ToyConfig(kind="loop", trace=str(trace)), Viewer("ada"))
    other = runs.start(TOY, ToyConfig(), Viewer("bob"))
    assert handle.wait(LIVENESS)
    assert handle.state == "failed"
    assert "longer than a run may take (1 s)" in why(handle)
    (pid,) = pids(trace)
    until(lambda: ended(pid))
    assert other.wait(LIVENESS)
    assert other.frames() == expected(ToyConfig())
    next_run_works(runs)
    runs.close()


@one_engine
def test_overdue_child_is_killed_by_the_service(runs, trace):
    """What the child's own alarm cannot end."""
    handle = runs.start(TOY, slow(trace), Viewer("ada"))
    (pid,) = until(lambda: pids(trace))
    until(handle.frames)
    handle.run.deadline = time.monotonic()
    assert handle.wait(LIVENESS)
    assert "longer than a run may take" in why(handle)
    until(lambda: ended(pid))


@pytest.mark.skipif(not LINUX, reason="forks safely on Linux only")
def test_death_of_the_fork_server_harms_only_current_runs(trace):
    engine = ForkEngine(modules=[__name__])
    runs = Runs(engine, max_runs=1, lease_seconds=LIVENESS)
    finished = runs.start(TOY, ToyConfig(), Viewer("bob"))
    assert finished.wait(LIVENESS)
    until(lambda: not runs.snapshot()["active"])  # else the next waits, and its preview is met
    handle = runs.start(TOY, slow(trace), Viewer("ada"))
    waiting = runs.start(TOY, ToyConfig(seed=2), Viewer("cleo"))
    (pid,) = until(lambda: pids(trace))
    server = engine.pid
    os.kill(server, signal.SIGKILL)
    assert handle.wait(LIVENESS)
    assert handle.state == "failed"
    assert finished.frames() == expected(ToyConfig())
    assert waiting.wait(LIVENESS)
    assert waiting.frames() == expected(ToyConfig(seed=2))
    assert "the process that starts runs ended: killed by signal 9" in why(handle)
    until(lambda: ended(pid))
    next_run_works(runs)
    assert engine.pid != server
    runs.close()
    until(lambda: ended(engine.pid))


@pytest.mark.skipif(not LINUX, reason="forks safely on Linux only")
def test_warm_process_has_one_thread():
    """Else a lock held by another thread at the fork stays locked in the child."""
    code = (
        "import os; from core.runs.worker import warm, warm_rest\n"
        "warm(); list(warm_rest()); print(os.listdir('/proc/self/task') == [str(os.getpid())])"
    )
    environment = os.environ | _ONE_THREAD
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, cwd=ROOT, env=environment, text=True) == "True\n"


@pytest.mark.skipif(not LINUX, reason="forks safely on Linux only")
def test_the_rest_is_loaded_between_orders():
    """A class that keeps moving sliders leaves no long pause."""
    code = """if True:
        import sys
        from core.runs import forkserver
        forkserver.PAUSE_SECONDS, forkserver.GAP_SECONDS = 0, 0.05
        steps = iter("abc")
        forkserver.warm = lambda modules: None
        forkserver.warm_rest = lambda: (print(s, flush=True) for s in steps)
        forkserver._share_memory = lambda: print("shared", flush=True)
        forkserver.main()
    """
    ours, theirs = socket.socketpair()
    settings = settings_of(Limits(), [])
    with subprocess.Popen(
        [sys.executable, "-c", code, str(theirs.fileno()), settings], cwd=ROOT,
        pass_fds=[theirs.fileno()], stdout=subprocess.PIPE, text=True,
    ) as server:
        theirs.close()
        loaded = []
        while len(loaded) < 5:
            for _ in range(3):  # less than a gap apart
                ours.sendall(b'{"kill": 1}\n')
                time.sleep(0.01)
            loaded.append(server.stdout.readline().strip())
        ours.close()
    assert loaded == ["shared", "a", "b", "c", "shared"]


@pytest.fixture(scope="module")
def spawning() -> Iterator[SpawnEngine]:
    engine = SpawnEngine(modules=[__name__], n_standbys=1)
    engine.IDLE_SECONDS = 0.1
    yield engine
    engine.close()


def compute(engine: SpawnEngine, config: ToyConfig) -> Handle:
    """A run that nothing remembers, to its end."""
    runs = Runs(Shared(engine), lease_seconds=LIVENESS)
    handle = runs.start(TOY, config, Viewer("ada"))
    assert handle.wait(LIVENESS)
    runs.close()
    return handle


def idle(engine: SpawnEngine) -> list[int]:
    """The processes that wait for a job, the one that is given the next one last."""
    return [standby.popen.pid for standby in list(engine._idle)]


def test_spawned_process_is_used_again_and_computes_the_same(spawning, trace):
    histories = []
    for seed in (3, 4, 3):
        handle = compute(spawning, ToyConfig(trace=str(trace), seed=seed))
        histories.append(handle.frames())
        until(lambda: pids(trace)[-1] in idle(spawning)[-1:])
    assert len(set(pids(trace))) == 1
    assert histories[0] == histories[2] == expected(ToyConfig(trace=str(trace), seed=3))


def test_stopped_run_leaves_its_spawned_process_alive(spawning, trace):
    runs = Runs(Shared(spawning), lease_seconds=LIVENESS)
    handle = runs.start(TOY, slow(trace), Viewer("ada"))
    until(lambda: len(handle.frames()) > 3)
    handle.stop()
    (pid,) = pids(trace)
    until(lambda: pid in idle(spawning)[-1:])
    runs.close()
    config = ToyConfig(trace=str(trace))
    assert compute(spawning, config).frames() == expected(config)
    assert pids(trace)[1] == pid


@pytest.mark.parametrize("kind", ["loop", "fail", "big"])
def test_spawned_process_is_not_used_again(spawning, trace, kind):
    """When it does not answer, when its run failed, and when it may be out of memory soon."""
    runs = Runs(Shared(spawning), lease_seconds=LIVENESS)
    handle = runs.start(TOY, ToyConfig(kind=kind, trace=str(trace)), Viewer("ada"))
    (pid,) = until(lambda: pids(trace))
    if kind == "loop":
        handle.stop()
    until(lambda: ended(pid))
    assert handle.wait(LIVENESS), "its last messages are read after its end"
    assert handle.state == {"loop": "stopped", "fail": "failed", "big": "finished"}[kind]
    runs.close()
    assert compute(spawning, ToyConfig()).frames() == expected(ToyConfig())


def test_a_process_is_not_as_large_as_its_parent():
    """What the app holds is no memory of its children."""
    held = np.ones(2**27)
    code = "from core.runs.limits import peak_bytes; print(peak_bytes())"
    peak = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert 2**20 < int(peak.stdout) < held.nbytes / 2


def test_spawned_processes_that_are_not_needed_end(spawning, trace):
    runs = Runs(Shared(spawning), lease_seconds=LIVENESS)
    handles = [runs.start(TOY, slow(trace, seed=i), Viewer(f"viewer {i}")) for i in range(2)]
    until(lambda: len(set(pids(trace))) == 2)
    for handle in handles:
        handle.close()
    until(lambda: len(spawning._all) == 1)
    runs.close()


def test_dead_standbys_are_passed_over():
    engine = SpawnEngine(modules=[__name__])
    runs = Runs(engine)
    for standby in until(lambda: len(engine._idle) == 2 and list(engine._idle)):
        standby.popen.kill()
        standby.popen.wait()
    handle = runs.start(TOY, ToyConfig(), Viewer("ada"))
    assert handle.wait(LIVENESS)
    assert handle.state == "finished"
    runs.close()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_outlives_an_app_that_is_killed(kind, trace, tmp_path):
    if not LINUX:
        pytest.skip("reads /proc")
    script = tmp_path / "app.py"
    script.write_text(
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "print('executed', flush=True)\n"
        "from core.runs import Runs, Viewer\n"
        "from tests.runs.test_runs import ENGINES, TOY, ToyConfig\n"
        f"runs = Runs(ENGINES[{kind!r}](modules=['tests.runs.test_runs']))\n"
        f"config = ToyConfig(kind='loop', trace={str(trace)!r})\n"
        "handle = runs.start(TOY, config, Viewer('ada'))\n"
        "handle.wait()\n"
    )
    app = subprocess.Popen(
        [sys.executable, script], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    (pid,) = until(lambda: pids(trace))
    family = descendants(app.pid)
    assert pid in family
    assert len(family) >= 2  # the run, and the fork server or a standby
    app.kill()
    for member in family:
        until(lambda member=member: ended(member))
    assert app.communicate()[0] == "executed\n"  # no child executed the app's script


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    children = [child for child, parent in parents.items() if parent == pid]
    return children + [d for child in children for d in descendants(child)]


def test_engine_is_chosen_by_the_environment(monkeypatch):
    monkeypatch.setenv("RUNS_ENGINE", "threads")
    with pytest.raises(ValueError, match=r"RUNS_ENGINE is 'threads'; allowed.*spawn"):
        choose_engine()
    monkeypatch.setenv("RUNS_ENGINE", "spawn")
    engine = choose_engine()
    engine.close()
    assert isinstance(engine, SpawnEngine)
    monkeypatch.delenv("RUNS_ENGINE")
    engine = choose_engine()
    engine.close()
    assert isinstance(engine, ForkEngine if LINUX else SpawnEngine)


def test_app_side_does_not_import_torch():
    code = "import sys, core.runs, core.experiment; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_children_are_found_from_any_working_directory(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.runs.test_runs import *\n"
        "runs = Runs(type(choose_engine())(modules=['tests.runs.test_runs']))\n"
        "handle = runs.start(TOY, ToyConfig(), Viewer('ada'))\n"
        "assert handle.wait(LIVENESS) and handle.state == 'finished', handle.error\n"
    )
    (tmp_path / "core").mkdir()  # must not be taken for ours
    (tmp_path / "core" / "__init__.py").touch()
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path).returncode == 0
