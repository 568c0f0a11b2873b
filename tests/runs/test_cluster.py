"""Runs on a real Dask cluster: a scheduler and workers as processes, with mutual TLS.

It is started with the README's commands, certificates and settings. The tests
that end one of its processes come last.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask.config
import pytest

from core.frames import header_of, read_message
from core.runs import Handle, Runs, Viewer, choose_engine
from core.runs.cluster import ClusterEngine
from core.runs.engine import _ONE_THREAD, ROOT, Engine
from core.sources import digest_of
from core.words import RUN, Note, phrase
from tests.runs import test_runs
from tests.runs.cluster_worker import DICE
from tests.runs.test_runs import (
    LIVENESS,
    TOY,
    ToyConfig,
    alive,
    ended,
    expected,
    pids,
    slow,
    until,
    why,
)

DEPLOY = ROOT / "deploy"


def command(role: str) -> list[str]:
    """The README's command line that starts a scheduler or a worker, with any free port."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    (line,) = (line for line in lines if f"python -m dask {role} " in line)
    words = re.sub(r"878\d", "0", line).removesuffix(" &").split()
    return [sys.executable, *words[1:]]


class Cluster:
    """A scheduler and its workers on this machine."""

    def __init__(self, folder: Path, scheme: str) -> None:
        self._file, self._log = folder / f"{scheme}.json", folder / f"{scheme}.log"
        self._scheme = scheme
        self.workers: list[subprocess.Popen[bytes]] = []
        self.start_scheduler(port=0)

    def start_scheduler(self, port: int) -> None:
        self._file.unlink(missing_ok=True)
        words = [word.replace("tls:", f"{self._scheme}:") for word in command("scheduler")]
        words[words.index("--port") + 1] = str(port)
        self.scheduler = self._launch(*words, "--scheduler-file", str(self._file))
        self.address: str = until(self._told)

    def _told(self) -> str:
        try:
            return json.loads(self._file.read_text())["address"]
        except (FileNotFoundError, ValueError):  # not yet, or not all of it
            return ""

    def start_worker(self, preload: str = "tests.runs.cluster_worker") -> None:
        words = [word.replace("$RUNS_ENGINE", self.address) for word in command("worker")]
        self.workers.append(self._launch(*words[:-1], preload))

    def _launch(self, *words: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(words, cwd=ROOT, stderr=log, stdout=log,
                                    env=os.environ | _ONE_THREAD)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            self.kill(process)


def certificates(folder: Path) -> dict[str, str]:
    """Makes certificates; the settings of `deploy/cluster.env` that have Dask use them."""
    subprocess.run(["sh", DEPLOY / "certificates.sh", folder], check=True, capture_output=True)
    lines = (DEPLOY / "cluster.env").read_text().splitlines()
    settings = dict(line.split("=") for line in lines if "DASK_DISTRIBUTED__COMM__TLS" in line)
    return {name: value.replace("certificates", str(folder)) for name, value in settings.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def environment(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in certificates(folder / "tls").items():
            patch.setenv(name, value)
        dask.config.refresh()
        yield
    dask.config.refresh()


@pytest.fixture(scope="module")
def cluster(folder: Path, environment: None) -> Iterator[Cluster]:
    with closing(Cluster(folder, "tls")) as cluster:
        for _ in range(2):
            cluster.start_worker()
        yield cluster


@pytest.fixture(scope="module")
def engine(cluster: Cluster) -> Iterator[Engine]:
    """What the fixtures of `test_runs` take when its tests are called from here."""
    with closing(ClusterEngine(cluster.address)) as engine:
        yield test_runs.Shared(engine)


make, runs, trace = test_runs.make, test_runs.runs, test_runs.trace


@pytest.fixture
def other(cluster: Cluster) -> Iterator[Runs]:
    """The service of another app server."""
    with closing(Runs(ClusterEngine(cluster.address), lease_seconds=LIVENESS)) as other:
        yield other


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def worker_of(pid: int) -> int:
    """The Dask worker whose fork server started a run's process."""
    return parent(parent(pid))


@pytest.mark.parametrize("promise", [
    test_runs.test_messages_are_those_of_this_process_byte_for_byte,
    test_runs.test_claim_is_checked_per_seed,
    test_runs.test_viewers_of_one_configuration_share_one_computation,
    test_runs.test_stopped_run_starts_again_only_when_asked_to,
    test_runs.test_error_in_training_is_the_viewers_sentence,
    test_runs.test_killed_child_fails_its_run_only,
    test_runs.test_endless_loop_is_killable,
    test_runs.test_history_is_bounded,
], ids=lambda promise: promise.__name__)
def test_what_holds_for_a_run_on_this_machine_holds(
    promise: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    names = inspect.signature(promise).parameters
    promise(**{name: request.getfixturevalue(name) for name in names})


def test_two_servers_share_one_computation(runs: Runs, other: Runs, trace: Path) -> None:
    ada = runs.start(TOY, slow(trace), Viewer("ada"))
    until(lambda: len(ada.frames()) > 20)
    bob = other.start(TOY, slow(trace), Viewer("bob"))
    until(lambda: len(bob.frames()) > 20)
    assert bob.frames()[:20] == ada.frames()[:20]
    (pid,) = pids(trace)
    ada.close()
    n_frames = len(bob.frames())
    until(lambda: len(bob.frames()) > n_frames + 5)
    assert alive(pid)
    bob.close()
    until(lambda: ended(pid))
    assert pids(trace) == [pid]


def test_nothing_outlives_a_server_that_is_killed(cluster: Cluster, trace: Path) -> None:
    code = (
        "from tests.runs.test_cluster import *\n"
        f"runs = Runs(ClusterEngine({cluster.address!r}))\n"
        f"runs.start(TOY, ToyConfig(kind='loop', trace={str(trace)!r}), Viewer('ada')).wait()\n"
    )
    app = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    (pid,) = until(lambda: pids(trace))
    app.kill()
    app.wait()
    until(lambda: ended(pid))


def test_worker_with_another_source_refuses(cluster: Cluster, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "core", tmp_path / "core")
    with (tmp_path / "core" / "experiment.py").open("a") as file:
        file.write("changed = True\n")
    code = (
        "from core.concepts import find\n"
        "from core.runs import Handle, Runs, Viewer, choose_engine\n"
        "experiment = find('optimizers.surface')\n"
        "handle = Runs().start(experiment, experiment.config(), Viewer('ada'))\n"
        "handle.wait()\n"
        "from core.words import RUN, phrase\n"
        "print(phrase(handle.error, RUN), len(handle.frames()))\n"
    )
    answer = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True,
                                     env=os.environ | {"RUNS_ENGINE": cluster.address})
    assert "has another version of the program than this server" in answer
    assert answer.endswith(" 1\n")


@pytest.mark.parametrize(("job", "words"), [
    ({"experiment": "toy", "config": {"n_steps": 10**9}}, "n_steps"),
    ({"experiment": "toy", "config": {"module": "os"}}, "module"),
    ({"experiment": "os", "config": {}}, "there is no experiment 'os'"),
    ({"experiment": "toy", "claim": "even_seeds", "n_seeds": 10**9, "first_seed": 0}, "n_seeds"),
    ({"experiment": "toy", "claim": "even_seeds", "n_seeds": 1, "first_seed": -1}, "first_seed"),
    ({"experiment": "toy", "config": {"kind": "memory"}}, "more memory than a run may use"),
    ({"experiment": "toy", "config": {}, "module": "os"}, "module"),
    ({"experiment": "toy"}, "config"),
    ("toy", "job: 'toy' is not allowed"),
])
def test_worker_checks_what_it_is_asked_for(engine: Engine, job: Any, words: str) -> None:
    foreign: Any = SimpleNamespace(
        key=words, to_json=lambda: job, sources=digest_of("toy"))
    process = engine.start(foreign)
    messages = list(iter(lambda: read_message(process.stdout), None))
    process.kill()
    if messages:  # the child refused it
        assert header_of(messages[-1])["state"] == "failed"
        assert words in phrase(Note.read(header_of(messages[-1])["error"]), RUN)
    else:  # its supervisor
        reason = process.wait_reason()
        assert reason is not None
        assert words in phrase(reason, RUN)


def hear(address: str, context: ssl.SSLContext) -> bytes:
    """What a Dask process says first, if it accepts the connection."""
    host, port = address.removeprefix("tls://").split(":")
    with socket.create_connection((host, int(port))) as plain, \
            context.wrap_socket(plain) as secure:
        return secure.recv(1)


def test_only_who_has_a_certificate_is_heard(
    cluster: Cluster, engine: Any, folder: Path, runs: Runs, trace: Path
) -> None:
    own = certificates(folder / "tls")
    stranger = certificates(folder / "stranger")

    def context(names: dict[str, str] | None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=own["DASK_DISTRIBUTED__COMM__TLS__CA_FILE"])
        made.check_hostname = False
        if names:
            made.load_cert_chain(*(names[f"DASK_DISTRIBUTED__COMM__TLS__CLIENT__{part}"]
                                   for part in ("CERT", "KEY")))
        return made

    runs.start(TOY, slow(trace), Viewer("ada"))
    until(lambda: pids(trace))
    client = engine.engine._client
    workers = list(client.scheduler_info()["workers"])
    assert len(workers) == 2
    for address in (cluster.address, *workers):
        assert len(hear(address, context(own))) == 1
        for names in (None, stranger):
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                hear(address, context(names))


@pytest.mark.parametrize("address", [
    "http://127.0.0.1:8786", "tls://", "tls://:8786", "tcp://127.0.0.1", "tcp://host:port",
    "tcp://127.0.0.1:8786/path",
])
def test_bad_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("RUNS_ENGINE", address)
    with pytest.raises(ValueError, match=r"RUNS_ENGINE is '.*'; allowed.*tls://host:port"):
        choose_engine()


@pytest.mark.parametrize("file", [None, "/no/such/file"])
def test_missing_certificate_is_told(
    monkeypatch: pytest.MonkeyPatch, environment: None, file: str | None
) -> None:
    monkeypatch.setenv("RUNS_ENGINE", "tls://127.0.0.1:8786")
    with dask.config.set({"distributed.comm.tls.client.cert": file}), \
            pytest.raises(ValueError, match="needs certificates: set DASK_DISTRIBUTED__COMM"):
        choose_engine()


def test_cluster_library_is_loaded_for_a_cluster_only() -> None:
    code = (
        "import sys; from core.runs import choose_engine\n"
        "choose_engine().close(); sys.exit('distributed' in sys.modules)"
    )
    environment = os.environ | {"RUNS_ENGINE": "spawn"}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_run_of_a_lost_worker_continues_elsewhere(
    cluster: Cluster, runs: Runs, other: Runs, trace: Path, number: int
) -> None:
    if number == signal.SIGKILL:
        cluster.start_worker()  # in place of the other one
    config = slow(trace, n_steps=250)  # still at work when six others have begun
    ada = runs.start(TOY, config, Viewer("ada"))
    dice = [runs.start(DICE, DICE.config(seed=i), Viewer(f"player {i}")) for i in range(6)]
    until(lambda: all(len(handle.frames()) > 20 for handle in (ada, *dice)))
    (pid,) = pids(trace)
    os.kill(worker_of(pid), number)
    bob = other.start(TOY, config, Viewer("bob"))
    for handle in (ada, bob):
        assert handle.wait(LIVENESS)
        assert handle.error is None
    first, second = pids(trace)
    assert first == pid
    assert ended(first)
    until(lambda: ended(second))
    # those that a lost worker computed too: a repetition with other numbers is not spliced
    until(lambda: any(handle.state == "failed" for handle in dice))
    for handle in dice:
        assert handle.state == "running" or "got other numbers" in why(handle)
    assert ada.frames() == bob.frames() == expected(config)


def works_again(handle: Handle) -> bool:
    handle.restart()
    return handle.wait(LIVENESS) and handle.state == "finished"


def test_scheduler_may_come_late_and_be_lost(
    folder: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a trusted network, without certificates."""
    for name in ("CONNECT_SECONDS", "LOST_SECONDS"):
        monkeypatch.setattr(f"core.runs.cluster.{name}", 1.0)
    with (
        closing(Cluster(folder, "tcp")) as cluster,
        closing(Runs(ClusterEngine(cluster.address), lease_seconds=LIVENESS)) as runs,
    ):
        early = runs.start(TOY, ToyConfig(), Viewer("ada"))
        assert early.wait(LIVENESS)
        assert "has no worker at the moment" in why(early)
        cluster.start_worker()
        until(lambda: works_again(early))

        lost = runs.start(TOY, slow(trace), Viewer("bob"))
        (pid,) = until(lambda: pids(trace))
        cluster.kill(cluster.scheduler)
        assert lost.wait(LIVENESS)
        assert "the connection to the cluster that computes runs was lost" in why(lost)
        until(lambda: ended(pid))
        late = runs.start(TOY, ToyConfig(seed=1), Viewer("eve"))
        assert late.wait(LIVENESS)
        assert "could not be started (the cluster that computes runs does not answer)" in why(late)
        assert runs.start(TOY, ToyConfig(), Viewer("dan")).frames() == early.frames()

        cluster.start_scheduler(port=int(cluster.address.rpartition(":")[2]))
        cluster.start_worker()
        until(lambda: works_again(late))
        assert late.frames() == expected(ToyConfig(seed=1))


def test_worker_without_its_preload_is_told(folder: Path) -> None:
    with (
        closing(Cluster(folder, "tcp")) as cluster,
        closing(Runs(ClusterEngine(cluster.address), lease_seconds=LIVENESS)) as runs,
    ):
        cluster.start_worker(preload="os")
        handle = runs.start(TOY, ToyConfig(), Viewer("ada"))
        assert handle.wait(LIVENESS)
        assert "was not started with --preload core.runs.supervisor" in why(handle)
