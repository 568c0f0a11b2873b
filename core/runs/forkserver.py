"""The fork server: one warm process that forks a child per run.

`python -m core.runs.forkserver <fd> <settings>` talks over the inherited stream socket
`fd`, one JSON object per line.

    in   {"run": n, "job": {...}}  with the write end of the run's pipe
         {"kill": n}
    out  {"exited": n, "status": code}  negative: the signal that killed the child

It has one thread, always: a fork copies only the thread that calls it, and a lock held by
another would stay locked in the child. When the socket closes the app is gone, and so
are the children.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator
from functools import partial
from typing import Any, NoReturn

from core.runs.limits import Limits, be_nice, die_with_parent
from core.runs.worker import leave, read_settings, run_job, warm, warm_rest

PAUSE_SECONDS = 10.0
"""Right after the start the page needs the processor more than the runs to come."""
GAP_SECONDS = 0.2
"""After that, who is not asked for so long has time to load a little more. A class that keeps
moving sliders leaves no longer pause, and each of its runs would load it all again."""


class ForkServer:
    """Forks, kills and reaps the children of one app.

    Attributes:
        children: Run number by process id.
    """

    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self.children: dict[int, int] = {}
        self._pid = os.getpid()
        self._control, self._limits = control, limits
        self._lines, self._fds = b"", list[int]()
        self._wake, self._wakeup = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._wakeup, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._receive)
        self._selector.register(self._wake, selectors.EVENT_READ, self._reap)

    def serve(self) -> None:
        """Works until the app closes its end; the rest is loaded between two requests."""
        rest: Iterator[None] | None = warm_rest()
        early = time.monotonic() + PAUSE_SECONDS
        while True:
            gap = max(early - time.monotonic(), GAP_SECONDS) if rest else None
            events = self._selector.select(gap)
            if rest and not events and next(rest, self) is self:
                _share_memory()
                rest = None
            for key, _ in events:
                if not key.data():
                    return

    def kill_all(self) -> None:
        """Ends every child."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)

    def _say(self, notice: dict[str, Any]) -> None:
        self._control.sendall(json.dumps(notice).encode() + b"\n")

    def _receive(self) -> bool:
        """Does what the app asks; False when it is gone."""
        # An end of a pipe arrives with its line's first byte, hence in the lines' order.
        data, fds, _, _ = socket.recv_fds(self._control, 65536, 16)
        self._fds += fds
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "run" in request:
                self._start(request["run"], request["job"], self._fds.pop(0))
            else:
                self._kill(request["kill"])
        return bool(data)

    def _start(self, number: int, job: Any, fd: int) -> None:
        try:
            pid = os.fork()
        except OSError:  # no more processes allowed: this run's misfortune, not the others'
            traceback.print_exc()
            self._say({"exited": number, "status": 1})
        else:
            if pid == 0:
                self._be_child(job, fd)
            self.children[pid] = number
        os.close(fd)

    def _be_child(self, job: Any, fd: int) -> NoReturn:
        """Runs the job in the new process and never returns."""
        status = 1
        try:
            die_with_parent(self._pid)
            self._let_go()
            limits = self._limits
            run_job(job, os.fdopen(fd, "wb"), limits,
                    shown=partial(be_nice, limits.nice - limits.nice_at_first))
            status = 0
        except BaseException:  # whatever it is, the child must not go on as a server
            traceback.print_exc()
        finally:
            leave(status)

    def _let_go(self) -> None:
        """Gives back, in a child, what belongs to the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        self._control.close()
        os.close(self._wake)
        os.close(self._wakeup)

    def _kill(self, number: int) -> None:
        for pid, run in self.children.items():
            if run == number:
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> bool:
        """Tells the app which children ended, and how."""
        os.read(self._wake, 4096)
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            number = self.children.pop(pid)
            self._say({"exited": number, "status": os.waitstatus_to_exitcode(status)})
        return True


def _share_memory() -> None:
    """Keeps the collector from writing to what is there now, so that children share it."""
    gc.collect()
    gc.freeze()


def main() -> None:
    """Warms up, then serves; ends with the app."""
    control = socket.socket(fileno=int(sys.argv[1]))
    limits, modules = read_settings(sys.argv[2])
    be_nice(limits.nice_at_first)  # and so are all children
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the app's
    warm(modules)
    _share_memory()
    server = ForkServer(control, limits)
    try:
        server.serve()
    except ConnectionError:  # the app went away while we told it something
        pass
    finally:
        server.kill_all()


if __name__ == "__main__":
    main()
