"""Runs without training: the interface of `core.runs`, frames from formulas in a thread."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from core.experiment import Frame
from core.frames import encode_end, encode_frame, encode_message
from core.runs import Viewer
from core.words import Note

METHODS = ("SGD", "Momentum", "Nesterov", "Adagrad", "RMSProp", "Adam", "AMSGrad", "AdamW")
N_FRAMES, N_STEPS, N_SEEDS = 120, 357, 8
DIMS = {"loss": ("step", "optimizer", "seed"), "position": ("step", "optimizer", "xy"),
        "arrow": ("step", "optimizer", "end", "xy")}
COORDS = {"optimizer": METHODS, "seed": list(range(N_SEEDS)), "xy": ["x", "y"]}
GRID = np.linspace(-3, 3, 60, dtype="f4")


def surface(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A bent valley with its lowest point at (1, 1)."""
    return np.log1p((1 - x) ** 2 + 5 * (y - x**2 / 3 - 2 / 3) ** 2)


class FakeHandle:
    """One run; `kind` says what goes wrong with it.

    Kinds: "normal"; "fails" (an error in the middle); "breaks" (slow enough for its first stream
    to be cut while it is watched); "diverges" (one method's loss explodes into NaN); "waits" (no
    frame before `stop`); "queues" (the same, third in the queue). Another name is a normal run.
    """

    def __init__(self, speed: float, kind: str = "normal", interval: float = 1 / 40) -> None:
        self.token, self.viewer = secrets.token_urlsafe(16), Viewer("ada")
        self.speed, self.kind, self.interval = speed, kind, interval
        self.watching, self.to_be_cut, self.was_cut = 0, False, False  # for the tests
        self.place = 3 if kind == "queues" else 0
        self._callbacks: dict[object, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self.state = "running"
        self._messages: list[bytes] = []
        self._stop = threading.Event()
        threading.Thread(target=self._work, args=(self._messages, self._stop),
                         daemon=True).start()

    def _work(self, messages: list[bytes], stop: threading.Event) -> None:
        def say(message: bytes) -> None:
            messages.append(message)
            with self._lock:
                callbacks = list(self._callbacks.values())
            for callback in callbacks:
                callback()

        say(encode_message({
            "type": "start", "experiment": "fake", "config": {}, "dims": DIMS, "coords": COORDS,
            "n_frames": N_FRAMES, "last_step": N_STEPS,
        }))
        state, error = "finished", None
        for frame in self._frames():
            if self.kind in ("waits", "queues"):
                stop.wait()
            if stop.is_set():
                state = "stopped"
                break
            if self.kind == "fails" and len(messages) > 30:
                state, error = "failed", Note("the loss of Adam is not a number any more")
                break
            say(encode_frame(frame))
            time.sleep(self.interval)
        self.state = state
        say(encode_end(state, error))

    def _frames(self) -> Iterator[Frame]:
        random = np.random.default_rng(0)
        n = len(METHODS)
        rate = self.speed * np.linspace(0.3, 2.2, n)[:, None]
        spread = random.normal(0, 0.35, (n, N_SEEDS))
        angle = np.linspace(0.4, 2.4, n)
        position = np.stack([2.6 * np.cos(angle), 2.6 * np.sin(angle)], 1)
        for i in range(N_FRAMES):
            step, t = 3 * i, i / N_FRAMES
            noise = random.normal(0, 0.04, (n, N_SEEDS))
            loss = 2.3 * np.exp(-4 * rate * t + spread * t + noise) + 1e-3
            if self.kind == "diverges":
                loss[0] = 2.3 * np.exp(30 * t) if i < 80 else np.nan
            velocity = (np.array([1.0, 1.0]) - position) * rate * 0.05
            velocity = velocity @ np.array([[1, 0.6], [-0.6, 1]])
            arrays = {
                "loss": loss.astype("f4"),
                "position": position.astype("f4"),
                "arrow": np.stack([position, position + 6 * velocity], 1).astype("f4"),
                "sweep": (1.5 - np.exp(-(np.linspace(-3, 3, 25) - 2 * t) ** 2)).astype("f4"),
                "share": (np.abs(np.sin(np.arange(6) + 3 * t)) * 20).astype("f2"),
                "map": (np.sin(GRID[:40, None] * (1 + t)) * np.cos(GRID[:40] * 2 + 6 * t)
                        ).astype("f4"),
            }
            if i == 0:
                arrays |= {
                    "landscape": surface(GRID[None, :], GRID[:, None]).astype("f4"),
                    "grid": GRID,
                    "rates": np.logspace(-4, 0, 25).astype("f4"),
                }
            notes = {10: (Note("left_plateau", {"optimizer": "rmsprop"}),),
                     60: (Note("Adam is below 0.1"),)}
            yield Frame(step, arrays, notes.get(i, ()))
            position = position + velocity

    def frames(self, since: int) -> list[bytes]:
        if self.to_be_cut and not self.was_cut:
            self.was_cut = True
            raise ConnectionResetError("cut on purpose")
        return self._messages[since:]

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        key = object()
        with self._lock:
            self._callbacks[key] = callback

        def undo() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        return undo

    @contextmanager
    def attach(self) -> Iterator[None]:
        self.watching += 1
        try:
            yield
        finally:
            self.watching -= 1

    def stop(self) -> None:
        self._stop.set()

    def leave(self) -> None:
        """A made-up run goes on for the next visitor."""

    def restart(self) -> None:
        self._stop.set()
        self._begin()


class FakeRuns:
    """All runs of the harness by token."""

    def __init__(self) -> None:
        self._handles: dict[str, FakeHandle] = {}

    def start(self, speed: float, kind: str = "normal", interval: float = 1 / 40) -> FakeHandle:
        handle = FakeHandle(speed, kind, interval)
        self._handles[handle.token] = handle
        return handle

    def handle(self, token: str) -> FakeHandle | None:
        return self._handles.get(token)


RUNS = FakeRuns()
