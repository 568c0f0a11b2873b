"""The child's side: one job in, the messages of one run out.

`python -m core.runs.worker <settings>` is a standby of the spawn engine: it warms up, then
does one job after the other. It reads one JSON object per line from its standard input and
writes messages to its standard output.

    in   {"run": n, "job": {...}}
         {"stop": n}  ends that run between two frames
    out  the run's messages, then {"type": "ready"} when it may be given another job

The fork server calls `run_job` in a child of its own.

A job names an experiment and never a module. Experiments outside `core` exist only where
the engine was built with them, which is code and not a visitor's choice.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from queue import SimpleQueue
from typing import Any, BinaryIO, NoReturn

import numpy as np

from core.checking import check
from core.concepts import concepts, find
from core.data.theirs import Own, at_hand, read
from core.experiment import Experiment, Frame
from core.frames import encode_end, encode_frame, encode_message, encode_run
from core.runs.job import ClaimJob, Job, PreviewJob, TrainJob, from_json
from core.runs.limits import (
    Limits,
    OutOfTimeError,
    be_nice,
    limit_memory,
    peak_bytes,
    within,
)
from core.words import Note

PREVIEW_MESSAGES = 2
"""The start message, and the frame of the state before training."""
REUSE_BYTES = 2**29
"""A job that needed so much more than an idle process keeps is its last: not all comes back."""

_extra: dict[str, Experiment] = {}


def run_job(
    job: Any,
    out: BinaryIO,
    limits: Limits | None = None,
    stopped: Callable[[], bool] = lambda: False,
    shown: Callable[[], object] = lambda: None,
) -> bool:
    """Does a job and writes its messages, each flushed, the end marker last.

    Never raises for what the training does: its errors are the end marker's. A reader
    that went away ends the run quietly.

    Args:
        job: What `Job.to_json` gave: a message of the run says so when it is none.
        out: Where the messages go, blocking.
        limits: What the run may use; the defaults of `Limits` when omitted.
        stopped: Asked between two frames whether the run is still wanted.
        shown: Called once there is something to see, or nothing to be waited for.

    Returns:
        Whether it ended well, so that this process may do another.
    """
    limits, private = limits or Limits(), False
    try:
        limit_memory(limits.memory_bytes)
        order = from_json(job)
        private = order.private
        if isinstance(order, ClaimJob):  # nobody waits for its only frame as for a picture
            shown()
        with at_hand(_own(order)):
            for i, message in enumerate(within(limits.seconds, _messages(order)), 1):
                if stopped():
                    _write(out, encode_end("stopped"))
                    return True
                _write(out, message)
                if i == PREVIEW_MESSAGES and isinstance(order, TrainJob):
                    shown()
        _write(out, encode_end("finished"))
    except BrokenPipeError:
        return False
    except Exception as error:
        limit_memory(None)  # saying so itself needs memory
        _report(error, out, limits, private)
        return False
    return True


def _own(job: Job) -> Own | None:
    own = job.own if isinstance(job, TrainJob) else None
    return None if own is None else read(own)


def _report(error: Exception, out: BinaryIO, limits: Limits, private: bool) -> None:
    """Tells the viewers in a note, then the log in full; of what is private only where it was."""
    try:
        _write(out, encode_end("failed", _why(error, limits)))
    except BrokenPipeError:
        return
    if private:
        traceback.print_tb(error.__traceback__)
        print(f"{type(error).__name__} in a private run", file=sys.stderr)
    else:
        traceback.print_exception(error)


def _write(out: BinaryIO, message: bytes) -> None:
    out.write(message)
    out.flush()


def _messages(job: Job) -> Iterator[bytes]:
    experiment = find_experiment(job.experiment)
    if isinstance(job, ClaimJob):
        return _claim_messages(experiment, job)
    messages = encode_run(experiment, experiment.config.model_validate(job.config))
    return islice(messages, PREVIEW_MESSAGES) if isinstance(job, PreviewJob) else messages


def _claim_messages(experiment: Experiment, job: ClaimJob) -> Iterator[bytes]:
    """A run of a single frame: per seed whether the claim held."""
    claim, n_seeds, first_seed = experiment.claim(job.claim), job.n_seeds, job.first_seed
    yield encode_message({
        "type": "start",
        "experiment": experiment.name,
        "claim": claim.name,
        "dims": {"held": ["seed"]},
        "coords": {"seed": list(range(first_seed, first_seed + n_seeds))},
        "n_frames": 1,
    })
    verdict = check(experiment, claim, n_seeds, first_seed)
    yield encode_frame(Frame(0, {"held": np.array(verdict.held, dtype=np.uint8)}))


def _why(error: Exception, limits: Limits) -> Note:
    if isinstance(error, OutOfTimeError):
        return limits.out_of_time
    if _is_out_of_memory(error):
        return limits.out_of_memory
    return Note("run.raised", {"error": f"{type(error).__name__}: {error}"})


def _is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out; torch says so in a plain `RuntimeError`."""
    signs = ("can't allocate memory", "not enough memory", "bad_alloc")
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)
    )


def find_experiment(name: str) -> Experiment:
    """The experiment of that name; raises `KeyError` that lists the known ones."""
    return _extra[name] if name in _extra else find(name)


def warm(modules: Iterable[str] = ()) -> None:
    """Pays once what the first run would: torch, and one real step.

    The process keeps a single thread, so that it may fork.

    Args:
        modules: Modules outside `core` whose `EXPERIMENTS` may be run too.
    """
    import torch

    torch.set_num_threads(1)  # before any operation starts a pool
    weight = torch.zeros(2, 3, 1, requires_grad=True)
    torch.bmm(torch.ones(2, 4, 3), weight).sub(1).square().mean().backward()
    with torch.no_grad():  # not with torch.optim: no experiment pays its second and its 70 MB
        weight -= 0.1 * weight.grad
    for module in modules:
        _extra.update({e.name: e for e in importlib.import_module(module).EXPERIMENTS})


def warm_rest() -> Iterator[None]:
    """Loads what only some first runs need, for longer than they would take: all experiments, the
    data set that several share, and what the ensembles fit. Two seconds in all, a step at a time,
    none of them longer than about half a second.
    """
    for module in ("scipy.sparse", "scipy.linalg", "scipy.stats", "pandas", "sklearn.datasets",
                   "sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection",
                   "sklearn.naive_bayes", "sklearn.pipeline"):
        importlib.import_module(module)
        yield
    importlib.import_module("sklearn.datasets").load_digits()
    yield
    concepts()


def read_settings(text: str) -> tuple[Limits, list[str]]:
    """Limits and extra modules from the engine's command line (`engine.settings_of`)."""
    settings = json.loads(text)
    return Limits(**settings["limits"]), settings["modules"]


class _Orders:
    """What the app wants, read beside the training. Ends the process with the app."""

    def __init__(self) -> None:
        self.jobs: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.stopped = -1
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in _lines(0):
            order = json.loads(line)
            if "stop" in order:
                self.stopped = order["stop"]
            else:
                self.jobs.put(order)
        os._exit(1)  # the app never closes its end while it wants something


def _lines(source: int) -> Iterator[bytes]:
    """The lines of a file descriptor. Without Python's buffers, whose lock would be held when
    training leaves by `sys.exit`; in pieces, since an order may have a visitor's data.
    """
    rest = b""
    while piece := os.read(source, 2**16):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines


def main() -> None:
    """A standby: warms up, and does what it is given until a job ends badly."""
    limits, modules = read_settings(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the app's
    be_nice(limits.nice)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a `print` in training must not land between two messages
    warm(modules)
    concepts()
    orders, most = _Orders(), peak_bytes() + REUSE_BYTES
    with contextlib.suppress(BrokenPipeError):
        while _do(orders, out, limits) and peak_bytes() < most:
            gc.collect()
            _write(out, encode_message({"type": "ready"}))
    leave(0)


def _do(orders: _Orders, out: BinaryIO, limits: Limits) -> bool:
    """Waits for a job and does it; whether it ended well."""
    order = orders.jobs.get()
    return run_job(order["job"], out, limits, lambda: orders.stopped == order["run"])


def leave(status: int) -> NoReturn:
    """Ends the process at once: a closed pipe must not cause a traceback at exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
