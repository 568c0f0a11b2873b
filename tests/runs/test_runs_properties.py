"""The service of runs under any interleaving of what visitors, children and time may do.

The service is the real one, with its threads; its children are scripted, so that the order of
events is Hypothesis's choice. After each event the threads come to rest, then the invariants
are looked at. The examples are the same in every run of the tests; for a longer search:

    python -c "from tests.runs.test_runs_properties import search; search(5000)"
"""

from __future__ import annotations

import gc
import logging
import time
import weakref
from collections import Counter
from threading import Lock
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.frames import header_of
from core.runs import Handle, Runs, Viewer
from core.runs.handle import FIRST_LEASES
from core.runs.job import ClaimJob, Job
from core.words import Note
from tests.support.scripted import Child, Script, Tiny, message, seed_of, settle

TOY: Any = SimpleNamespace(name="toy")
CLAIM: Any = SimpleNamespace(name="claim")
LEASE = 1e6  # seconds: no machine is so slow that real time makes a difference
CACHE_BYTES = 2000  # a few runs

visitors = st.sampled_from(["ada", "bob", "cleo"])
views = st.integers(1, 3)
seeds = st.integers(0, 5)
some = st.integers(0, 11)  # one of those that there are


class Follower:
    """Reads a handle whenever it is told to, as a page's stream does."""

    def __init__(self, handle: Handle) -> None:
        self.seen: list[bytes] = []
        self._handle, self._lock = handle, Lock()
        self._unsubscribe: Any = handle.subscribe(self.read)
        self.read()

    def leave(self) -> None:
        self._unsubscribe()
        self._unsubscribe = None  # it knows this object: a circle would outlive the view

    def read(self) -> None:
        with self._lock:
            self.seen += self._handle.frames(len(self.seen))


class View:
    """An open handle, who follows it, and whether a stream keeps it alive."""

    def __init__(self, handle: Handle) -> None:
        self.handle, self.follower = handle, Follower(handle)
        self.stream: Any = None
        self.was_read = False

    @property
    def visitor(self) -> str:
        return self.handle.viewer.visitor

    def read(self) -> None:
        self.stream, self.was_read = self.handle.attach(), True
        self.stream.__enter__()

    def unread(self) -> None:
        if self.stream:
            self.stream.__exit__(None, None, None)
        self.stream = None


class Unwatched(Runs):
    """A service that looks after its runs only when it is told to, and not by the clock."""

    def _watch(self) -> None:
        pass


class Machine(RuleBasedStateMachine):
    """What may happen to a service."""

    @initialize(max_runs=st.integers(1, 4), per_visitor=st.integers(1, 2))
    def begin(self, max_runs: int, per_visitor: int) -> None:
        logging.disable()  # pytest keeps records, and with their tracebacks the runs
        self.max_runs, self.per_visitor = max_runs, per_visitor
        self.script = Script()
        self.runs = Unwatched(self.script, CACHE_BYTES, max_runs, per_visitor, LEASE)
        self.views: dict[str, View] = {}
        self.made: list[weakref.ref[Any]] = []  # handles and runs
        self.n_started = self.n_refusals = 0
        self.patient: dict[str, Counter[str]] = {}  # visitors who wait, and who went before

    # --- visitors ------------------------------------------------------------------------

    @rule(visitor=visitors, view=views, seed=seeds)
    def start(self, visitor: str, view: int, seed: int) -> None:
        viewer = Viewer(visitor, str(view))
        handle = self.runs.start(TOY, Tiny(seed=seed), viewer)
        assert key_of(handle.run.job) == (False, seed)
        self._opened(f"run {visitor} {view}", handle)

    @rule(visitor=visitors, seed=seeds)
    def open_all_views(self, visitor: str, seed: int) -> None:
        for view in range(1, 4):
            self.start(visitor, view, seed + view)
            self.holds()

    @precondition(lambda self: self.views)
    @rule(visitor=visitors, view=views, i=some)
    def follow(self, visitor: str, view: int, i: int) -> None:
        """Opens what another view shows."""
        self.start(visitor, view, seed_of(self._view(i)[1].handle.run.job))

    @rule(visitor=visitors, seed=seeds)
    def check(self, visitor: str, seed: int) -> None:
        self._opened(f"check {visitor}", self.runs.check(TOY, CLAIM, 1, seed, Viewer(visitor)))

    @precondition(lambda self: self.views)
    @rule(i=some)
    def leave(self, i: int) -> None:
        slot, view = self._view(i)
        view.unread()
        view.handle.close()
        self._gone(slot)

    @precondition(lambda self: self.views)
    @rule(i=some)
    def stop(self, i: int) -> None:
        self._view(i)[1].handle.stop()

    @precondition(lambda self: self.views)
    @rule(i=some)
    def restart(self, i: int) -> None:
        view = self._view(i)[1]
        ended = view.handle.state in ("failed", "stopped")
        view.handle.restart()
        if ended:
            assert view.handle.state not in ("failed", "stopped") or self.n_refusals
            view.follower.leave()
            view.follower = Follower(view.handle)
            self.made.append(weakref.ref(view.handle.run))

    @precondition(lambda self: self.views)
    @rule(i=some)
    def open_or_close_stream(self, i: int) -> None:
        view = self._view(i)[1]
        if view.stream:
            view.unread()
        else:
            view.read()

    @rule(n_leases=st.sampled_from([0.5, 1.5, FIRST_LEASES + 0.5]))
    def let_time_pass(self, n_leases: float) -> None:
        self.runs._look_after(time.monotonic() + n_leases * LEASE)
        for slot, view in list(self.views.items()):
            needed = 1 if view.was_read else FIRST_LEASES
            expired = not view.stream and n_leases > needed
            assert (self.runs.handle(view.handle.token) is None) == expired
            if expired:
                self._gone(slot)

    # --- children ------------------------------------------------------------------------

    @precondition(lambda self: self._talking())
    @rule(i=some, n=st.integers(1, 3))
    def say(self, i: int, n: int) -> None:
        for _ in range(n):
            pick(self._talking(), i).say()

    @precondition(lambda self: self._talking())
    @rule(i=some, state=st.sampled_from(["finished", "failed"]))
    def end(self, i: int, state: str) -> None:
        pick(self._talking(), i).end(state, None if state == "finished" else Note("run.ended"))

    @precondition(lambda self: self._talking() and self.views)
    @rule(i=some, j=some, act=st.sampled_from(["stop", "restart"]))
    def end_while_a_visitor_acts(self, i: int, j: int, act: str) -> None:
        pick(self._talking(), i).end()
        getattr(self, act)(j)

    @precondition(lambda self: self._alive())
    @rule(i=some)
    def die(self, i: int) -> None:
        """Killed by the service or from outside, or at its natural end."""
        pick(self._alive(), i).die()

    @precondition(lambda self: self._alive())
    @rule(i=some)
    def finish(self, i: int) -> None:
        child = pick(self._alive(), i)
        if not child.ended:
            child.end()
        child.die()

    @rule()
    def run_out_of_processes(self) -> None:
        self.script.n_refusals = 1

    # --- what always holds ---------------------------------------------------------------

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "runs"):
            return
        self.sound = False
        settle(self.runs, self.script)
        self._limits_hold()
        self._nobody_computes_in_vain_or_twice()
        self._nobody_waits_in_vain()
        self._turns_are_fair()
        self._places_agree()
        for view in self.views.values():
            self._is_told_everything(view)
        self.sound = True

    def _limits_hold(self) -> None:
        assert len(self._alive()) <= self.max_runs
        assert all(n <= self.per_visitor for n in self._charges().values())
        for run, visitor in self.runs._queue._running.items():
            followed = not run.over and run.watchers and visitor
            assert not followed or visitor in {handle.visitor for handle in run.watchers}
        assert self.runs._over.n_bytes <= CACHE_BYTES
        assert self.runs._handles.keys() == {v.handle.token for v in self.views.values()}

    def _nobody_computes_in_vain_or_twice(self) -> None:
        wanted = Counter(key_of(child.job) for child in self._alive() if is_wanted(child))
        assert all(n == 1 for n in wanted.values())
        live = [v.handle for v in self.views.values() if v.handle.state in ("waiting", "running")]
        runs = {key_of(handle.run.job): handle.run for handle in live}
        assert all(handle.run is runs[key_of(handle.run.job)] for handle in live)
        running = {key for key, run in runs.items() if run.state == "running"}
        assert wanted.keys() == running

    def _nobody_waits_in_vain(self) -> None:
        if len(self._alive()) < self.max_runs:
            charges = self._charges()
            assert all(charges[visitor] == self.per_visitor for visitor in self._waiting())

    def _turns_are_fair(self) -> None:
        """Nobody starts twice while another, who may run one more, has not had a turn."""
        charged = {run.process: v for run, v in self.runs._queue._running.items()}
        started = Counter(charged[c] for c in self.script.children[self.n_started :])
        self.n_started = len(self.script.children)
        full = {v for v, n in self._charges().items() if n >= self.per_visitor}
        before, self.patient = self.patient, {}
        if self.script.n_refusals != self.n_refusals:  # somebody used their turn in vain
            before, self.n_refusals = {}, self.script.n_refusals
        for visitor in self._waiting() - full - started.keys():
            went = self.patient[visitor] = before.get(visitor, Counter())
            if visitor in before:
                went.update(started)
                assert all(n <= 1 for n in went.values()), (visitor, went)

    def _places_agree(self) -> None:
        places = {
            v.handle.run: v.handle.place
            for v in self.views.values()
            if v.handle.state == "waiting"
        }
        assert sorted(places.values()) == list(range(1, len(places) + 1))
        assert places.keys() == set(self.runs._queue.waiting)
        assert all(v.handle.place == 0 for v in self.views.values() if v.handle.state != "waiting")

    def _is_told_everything(self, view: View) -> None:
        """What he saw is a prefix of the one history, then how it ended, once."""
        handle, seen = view.handle, view.follower.seen
        assert seen == handle.frames()
        over = handle.state not in ("waiting", "running")
        shown = seen[:-1] if over else seen
        assert shown == [message(handle.run.job, i) for i in range(len(shown))]
        if over:
            end = header_of(seen[-1])
            error = handle.error and handle.error.plain()
            assert (end["type"], end["state"], end["error"]) == ("end", handle.state, error)

    def teardown(self) -> None:
        """When everybody has left and every process has died nothing remains, but the cache."""
        logging.disable(logging.NOTSET)
        if not getattr(self, "sound", False):  # it failed before, and shall say only that
            return
        while self.views:
            self.leave(0)
        settle(self.runs, self.script)
        assert all(child.killed for child in self._alive())
        self.script.close()
        settle(self.runs, self.script)
        self.runs.close()
        queue = self.runs._queue
        assert not any([queue._ring, queue._waiting, queue._running, queue._counts])
        assert not self.runs._handles
        assert not self.runs._slots
        kept = {run for run, _ in self.runs._over._entries.values()}
        if {ref() for ref in self.made} - kept - {None}:
            gc.collect()  # what is only a circle may wait for the collector
        assert {ref() for ref in self.made} - kept <= {None}
        assert set(self.runs._by_key.values()) <= kept

    # --- helpers -------------------------------------------------------------------------

    def _opened(self, slot: str, handle: Handle) -> None:
        known = self.views.get(slot)
        if known and known.handle is handle:
            return
        assert handle.state not in ("failed", "stopped") or self.n_refusals
        if known:
            known.unread()
            self._gone(slot)
        self.views[slot] = View(handle)
        self.made += [weakref.ref(handle), weakref.ref(handle.run)]

    def _gone(self, slot: str) -> None:
        """A handle was closed: its follower saw how it ended, and the service forgot it."""
        view = self.views.pop(slot)
        assert view.handle.state not in ("waiting", "running")
        self._is_told_everything(view)
        view.follower.leave()
        assert self.runs.handle(view.handle.token) is None

    def _view(self, i: int) -> tuple[str, View]:
        return pick(list(self.views.items()), i)

    def _alive(self) -> list[Child]:
        return [child for child in self.script.children if not child.dead]

    def _talking(self) -> list[Child]:
        return [child for child in self._alive() if not child.ended]

    def _waiting(self) -> set[str]:
        return {v.visitor for v in self.views.values() if v.handle.state == "waiting"}

    def _charges(self) -> Counter[str | None]:
        """How many children count for each visitor."""
        charges = Counter(self.runs._queue._running.values())
        del charges[None]
        return charges


def pick(items: list[Any], i: int) -> Any:
    return items[i % len(items)]


def is_wanted(child: Child) -> bool:
    return not child.killed and not child.ended


def key_of(job: Job) -> tuple[bool, int]:
    """What a job computes, in short."""
    return isinstance(job, ClaimJob), seed_of(job)


def search(n_examples: int) -> None:
    """Looks for an interleaving that breaks the service, among others than the tests' own."""
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=n_examples, stateful_step_count=60, deadline=None)
    )


TestAnyInterleaving = Machine.TestCase
TestAnyInterleaving.settings = settings(
    max_examples=250, stateful_step_count=40, deadline=None, derandomize=True, database=None
)
