"""Whose run starts next: no visitor, however busy, keeps the others waiting."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from core.runs import Handle, Runs, Viewer
from core.runs.handle import FIRST_LEASES, LEFT_SECONDS
from core.runs.queue import FairQueue
from tests.support.scripted import LIVENESS, Child, Script, Tiny, seed_of, settle

TOY: Any = SimpleNamespace(name="toy")
CLAIM: Any = SimpleNamespace(name="claim")


# --- the queue alone ---------------------------------------------------------------------


def queue(max_running: int, max_per_visitor: int, *waiting: str) -> FairQueue[str]:
    """A queue in which "a1", "a2" and "b1" wait for the visitors a and b, in that order."""
    made: FairQueue[str] = FairQueue(max_running, max_per_visitor)
    for run in waiting:
        made.wait(run, run[0])
    return made


def started(queue: FairQueue[str]) -> list[str]:
    return list(iter(queue.start, None))


def test_visitors_take_turns() -> None:
    turns = queue(9, 9, "a1", "a2", "a3", "a4", "b1", "b2", "c1")
    places = {run: turns.place(run) for run in turns.waiting}
    order = started(turns)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]
    assert [places[run] for run in order] == [1, 2, 3, 4, 5, 6, 7]
    assert {turns.place(run) for run in order} == {0}


def test_turns_go_on_from_one_free_slot_to_the_next() -> None:
    turns = queue(1, 1, "a1", "a2", "a3")
    assert started(turns) == ["a1"]
    for run in ("b1", "c1"):
        turns.wait(run, run[0])
    order = []
    for _ in range(4):
        turns.end(turns.running[0])
        order += started(turns)
    assert order == ["a2", "b1", "c1", "a3"]


def test_nobody_runs_more_than_his_share_and_that_is_seen_in_the_places() -> None:
    turns = queue(4, 2, "a1", "a2", "a3")
    assert started(turns) == ["a1", "a2"]
    turns.wait("b1", "b")
    assert [turns.place(run) for run in ("b1", "a3")] == [1, 2]
    assert started(turns) == ["b1"]
    turns.end("a1")
    assert started(turns) == ["a3"]


def test_a_shared_run_starts_with_the_best_claim_and_counts_for_that_visitor() -> None:
    turns = queue(9, 1, "a1", "a2", "b1", "b2", "c1")
    turns.wait("a2", "c")
    assert started(turns) == ["a1", "b1", "c1"]  # whose limits are reached
    turns.end("c1")
    assert turns.place("a2") == 1
    assert started(turns) == ["a2"]
    turns.wait("c2", "c")
    turns.end("a1")
    assert started(turns) == []  # for a nothing waits any more, and a2 is the run of c
    turns.leave("a2", "c")  # who leaves it to a
    assert started(turns) == ["c2"]


def test_who_leaves_gives_up_his_turn_and_nothing_remains_of_him() -> None:
    turns = queue(1, 1, "a1", "b1", "c1")
    assert started(turns) == ["a1"]
    turns.withdraw("b1")
    assert turns.place("c1") == 1
    turns.withdraw("a1")  # its process takes a moment to die, and counts meanwhile
    assert started(turns) == []
    turns.end("a1")
    assert started(turns) == ["c1"]
    turns.end("c1")
    assert not any([turns._ring, turns._waiting, turns._running, turns._counts])


# --- in the service ----------------------------------------------------------------------


class Service:
    """A service on a scripted engine; what it does is over when a call returns."""

    def __init__(self, **options: Any) -> None:
        self.script = Script()
        self.runs = Runs(self.script, **{"lease_seconds": LIVENESS} | options)

    def start(self, viewer: Viewer, seed: int) -> Handle:
        handle = self.runs.start(TOY, Tiny(seed=seed), viewer)
        self.settle()
        return handle

    def settle(self) -> None:
        settle(self.runs, self.script)

    def finish(self, child: Child) -> None:
        child.end()
        child.die()
        self.settle()

    def seeds(self) -> list[int]:
        """Of the computations that were started."""
        return [seed_of(child.job) for child in self.script.children]


@pytest.fixture
def make() -> Iterator[Any]:
    made: list[Service] = []

    def make(**options: Any) -> Service:
        made.append(Service(**options))
        return made[-1]

    yield make
    for service in made:
        service.runs.close()


def test_tabs_labs_and_checks_of_a_browser_count_together(make: Any) -> None:
    service = make(max_runs=4, max_per_visitor=2)
    service.start(Viewer("ada", "tab surface"), 0)
    service.start(Viewer("ada", "tab network"), 1)
    third = service.start(Viewer("ada", "other surface"), 2)
    check = service.runs.check(TOY, CLAIM, 8, 100, Viewer("ada", "tab surface"))
    service.settle()
    assert [third.state, check.state] == ["waiting", "waiting"]
    other = service.start(Viewer("bob", "tab surface"), 3)
    assert other.state == "running"
    assert [third.place, check.place] == [1, 2]
    service.finish(service.script.children[0])
    assert [third.state, check.state] == ["running", "waiting"]


def test_who_queued_first_does_not_keep_the_others_waiting(make: Any) -> None:
    """Twelve runs of one visitor, then one of each of three others."""
    service = make(max_runs=2, max_per_visitor=2)
    busy = [service.start(Viewer("ada", f"tab {i}"), i) for i in range(12)]
    quiet = [service.start(Viewer(name), 100 + i) for i, name in enumerate(("bob", "cleo", "dan"))]
    assert [handle.place for handle in quiet] == [2, 3, 4]
    assert [handle.place for handle in busy[2:5]] == [1, 5, 6]
    for i in range(6):
        service.finish(service.script.children[i])
    assert sorted(service.seeds()[:2]) == [0, 1]
    assert service.seeds()[2:8] == [2, 100, 101, 102, 3, 4]


def test_a_slider_that_never_rests_takes_nobodys_turn(make: Any) -> None:
    service = make(max_runs=2, max_per_visitor=1)
    for seed in range(50):
        service.start(Viewer("ada"), seed)
    assert len(service.script.children) == 1, "the first one has not died yet"
    assert service.start(Viewer("bob"), 100).state == "running"
    cleo = service.start(Viewer("cleo"), 101)
    for seed in range(50, 60):
        service.start(Viewer("ada"), seed)
    assert cleo.place == 2
    service.finish(service.script.children[1])
    assert cleo.state == "running", "the limit holds for who is before her"
    service.script.children[0].die()
    service.settle()
    assert service.seeds() == [0, 100, 101, 59]


def test_who_waits_keeps_his_turn_when_he_moves_a_slider(make: Any) -> None:
    service = make(max_runs=1)
    service.start(Viewer("ada"), 0)
    for name, seed in (("bob", 1), ("cleo", 2), ("bob", 3), ("bob", 4)):
        handle = service.start(Viewer(name), seed)
    assert handle.place == 1
    assert service.runs.snapshot()["waiting"] == 2


def test_a_turn_comes_free_when_a_shared_run_is_left_to_the_others(make: Any) -> None:
    service = make(max_runs=4, max_per_visitor=1)
    shared = service.start(Viewer("ada", "1"), 0)
    bob = service.start(Viewer("bob"), 0)
    own = service.start(Viewer("ada", "2"), 1)
    assert own.state == "waiting"
    shared.close()
    service.settle()
    assert [own.state, bob.state] == ["running", "running"]


# --- the lease ---------------------------------------------------------------------------


def after(service: Service, handle: Handle, n_leases: float) -> bool:
    """Whether a handle is still known so many leases after it was used last."""
    service.runs._look_after(handle.idle_since + n_leases * LIVENESS)
    service.settle()
    return service.runs.handle(handle.token) is handle


def test_a_browser_may_be_late_but_once_it_came_a_closed_tab_is_gone_soon(make: Any) -> None:
    service = make()
    handle = service.start(Viewer("ada"), 0)
    assert after(service, handle, FIRST_LEASES - 0.1)
    with handle.attach():
        assert after(service, handle, 100), "a stream is read"
    assert after(service, handle, 0.9)
    assert not after(service, handle, 1.1)
    assert service.script.children[0].killed


def test_who_leaves_is_waited_for_a_moment_only(make: Any) -> None:
    """As long as a page takes to be opened again: then their run goes on."""
    service = make()
    handle = service.start(Viewer("ada"), 0)
    a_moment = LEFT_SECONDS / LIVENESS
    handle.leave()
    assert after(service, handle, 0.9 * a_moment)
    with handle.attach():
        pass
    assert after(service, handle, 0.9), "they came back"
    handle.leave()
    assert service.start(Viewer("ada"), 0) is handle
    assert after(service, handle, 0.9), "and asked for the same again"
    handle.leave()
    assert not after(service, handle, 1.1 * a_moment)
    assert service.script.children[0].killed


def test_a_browser_that_never_comes_is_given_up(make: Any) -> None:
    service = make()
    handle = service.start(Viewer("ada"), 0)
    assert not after(service, handle, FIRST_LEASES + 0.1)
    assert service.script.children[0].killed
