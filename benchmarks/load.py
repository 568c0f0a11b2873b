"""A lecture hall: `python -m benchmarks.load [SCENARIO ...]`; 1 when something was lost.

    same       visitors open the same page and move the same slider together
    different  each has a configuration of their own
    lecturer   all follow a run that somebody else began, while it goes on
    soak       all move sliders without end and come back now and then, for some minutes, in an
               app that keeps few finished runs: else its cache would still fill up

Visitors are sessions of Streamlit's own protocol (`visitors.py`), a few of them per second.
Beside them two pages in a real Chromium say what a person sees. A visitor is lost when their
page fails, a frame is missing, or their frames are not those of the others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles

from websockets.exceptions import WebSocketException

from benchmarks.eyes import Eyes, eyes
from benchmarks.usage import Sample, cpu_share, slope, wait_share, watched
from benchmarks.visitors import Followed, LostError, Visitor
from devtools.browser import app as serving

SLIDER = "Rotation (degrees)"
ROUNDS = 3
"""How often the slider is moved by those who stay."""
ALONE = 12
SURFACE = "lab=surface"
LIVE = "lab=network&n_steps=1000&n_seeds=6"
"""A run of a dozen seconds, so that all arrive while it goes on."""
KEPT_MB = {"soak": "32"}
"""Of finished runs; full after the first of ten minutes."""
FACTOR = 2.0
"""So many times a single visitor's may the first frame take for those who follow, each at 95 %:
measured beside the same browsers, which take processors from the app on a small machine.
"""


@dataclass
class Hall:
    """Where a scenario plays, and what its visitors report.

    Attributes:
        port: Of the app.
        rate: Visitors who arrive per second.
        minutes: How long a soak lasts.
        opened: What came of opening a page.
        moved: What came of moving a slider.
        failures: Who was lost, in sentences.
    """

    port: int
    rate: float = 10.0
    minutes: float = 10.0
    opened: list[Followed] = field(default_factory=list)
    moved: list[Followed] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def fill(self, n: int, stay: Callable[[Visitor, int], Awaitable[None]]) -> None:
        """Lets n visitors in, one after the other, and waits until the last has left."""

        async def one(i: int) -> None:
            await asyncio.sleep(i / self.rate)
            try:
                async with Visitor(self.port) as visitor:
                    await stay(visitor, i)
            except (LostError, OSError, EOFError, WebSocketException) as error:
                self.failures.append(f"visitor {i}: {type(error).__name__}: {error}")

        await asyncio.gather(*map(one, range(n)))


async def same(hall: Hall, n: int) -> None:
    """The same page, and the slider to the same place at the same time."""
    began = time.monotonic()

    async def stay(visitor: Visitor, i: int) -> None:
        await visitor.open("optimizers", f"{SURFACE}&seed=77")
        hall.opened.append(await visitor.end())
        for turn in range(1, ROUNDS + 1):  # together: within a second or two of each other
            start = began + n / hall.rate + turn * 4 + random.Random(i).random() * 2
            await asyncio.sleep(start - time.monotonic())
            await visitor.move(SLIDER, turn / (ROUNDS + 1))
            hall.moved.append(await visitor.end())

    await hall.fill(n, stay)
    _compare(hall, hall.opened)
    for turn in range(ROUNDS):
        _compare(hall, sorted(hall.moved, key=lambda run: run.asked)[turn * n : (turn + 1) * n])


async def different(hall: Hall, n: int) -> None:
    """A configuration of its own for each visitor, and for each position of the slider."""

    async def stay(visitor: Visitor, i: int) -> None:
        await visitor.open("optimizers", f"{SURFACE}&seed={1000 + i}")
        hall.opened.append(await visitor.end())
        for turn in range(1, ROUNDS + 1):
            await asyncio.sleep(1)
            await visitor.move(SLIDER, turn / (ROUNDS + 1))
            hall.moved.append(await visitor.end())

    await hall.fill(n, stay)


async def lecturer(hall: Hall, n: int) -> None:
    """One begins, all others come while it goes on; every one has it from its first frame."""
    query = f"{LIVE}&seed=500"
    async with Visitor(hall.port) as first:
        await first.open("optimizers", query)
        await first.frame()

        async def stay(visitor: Visitor, i: int) -> None:
            await visitor.open("optimizers", query)
            hall.opened.append(await visitor.end())

        await hall.fill(n, stay)
        _compare(hall, hall.opened)


async def soak(hall: Hall, n: int) -> None:
    """Sliders are moved without end; every now and then somebody leaves and comes back."""
    until = time.monotonic() + hall.minutes * 60

    async def abuse(visitor: Visitor, i: int) -> None:
        chance = random.Random(i)
        await visitor.open("optimizers", f"{SURFACE}&seed={2000 + i}")
        hall.opened.append(await visitor.frame())
        place = 0
        for _ in range(chance.randrange(10, 40)):
            place = (place + chance.randrange(1, 10)) % 10  # never where it is
            await visitor.move(SLIDER, place / 10)
            if chance.random() < 0.5:
                hall.moved.append(await visitor.frame())
            await asyncio.sleep(chance.uniform(0.1, 1))
            if time.monotonic() > until:
                return

    async def stay(visitor: Visitor, i: int) -> None:
        await abuse(visitor, i)
        turn = 1
        while time.monotonic() < until:
            async with Visitor(hall.port) as again:
                await abuse(again, i + turn * n)
            turn += 1

    await hall.fill(n, stay)


SCENARIOS: dict[str, tuple[Callable[[Hall, int], Awaitable[None]], int]] = {
    "same": (same, 30), "different": (different, 30), "lecturer": (lecturer, 100),
    "soak": (soak, 30),
}


def _compare(hall: Hall, runs: Sequence[Followed]) -> None:
    """Notes when not all have received the very same bytes."""
    if (kinds := len({run.digest.digest() for run in runs})) > 1:
        hall.failures.append(f"{len(runs)} visitors of one run received {kinds} different ones")


@dataclass(frozen=True)
class Report:
    """What a scenario gave. Times to the first frame in seconds, [median, 95 %].

    Attributes:
        alone: Of a single visitor's page with a configuration that nobody has computed.
        opened: Of a page that is opened.
        moved: Of a slider that is moved; of all moves of the two people at the browsers,
            `seen` is until the frame is drawn, and `seen_alone` with nobody else there.
        frames_per_second: Delivered to all.
        ui_cpu: Part of one core that the app's own process took.
        ui_waited: Part of the time for which it wanted one and others had them all.
        app_mb: The most memory that it had, and at the end.
        tree_mb: The most that the app with all its children had.
        slope: MB per minute by which it still grew, apart from its cache of runs.
        files: The most files that it had open.
    """

    scenario: str
    visitors: int
    seconds: float
    alone: list[float]
    opened: list[float]
    moved: list[float]
    seen_alone: list[float]
    seen: list[float]
    frames_per_second: float
    ui_cpu: float
    ui_waited: float
    app_mb: list[float]
    tree_mb: float
    slope: float
    files: int
    failures: list[str]

    def __str__(self) -> str:
        def ms(pair: list[float]) -> str:
            return f"{1000 * pair[0]:.0f} / {1000 * pair[1]:.0f} ms" if pair else "-"

        lines = [
            f"{self.scenario}: {self.visitors} visitors, {self.seconds:.0f} s, "
            f"{len(self.failures)} failures",
            f"    first frame p50 / p95: page {ms(self.opened)}, slider {ms(self.moved)}; "
            f"a single visitor's page {ms(self.alone)}",
            f"    drawn in Chromium p50 / p95: {ms(self.seen)}; with nobody else "
            f"{ms(self.seen_alone)}",
            f"    {self.frames_per_second:.0f} frames/s; UI {self.ui_cpu:.0%} of a core, "
            f"kept waiting by others {self.ui_waited:.0%} of the time; "
            f"{self.app_mb[0]:.0f} MB at most, {self.app_mb[1]:.0f} MB at the end, "
            f"all {self.tree_mb:.0f} MB; {self.files} files",
        ]
        if self.scenario == "soak":
            lines.append(f"    memory: {self.slope:+.2f} MB/min, without its cache of runs")
        return "\n".join([*lines, *(f"    LOST {sentence}" for sentence in self.failures[:20])])


async def measure(name: str, n: int, rate: float, minutes: float, browse: bool) -> Report:
    """Plays a scenario in an app of its own."""
    play, _ = SCENARIOS[name]
    kept = KEPT_MB.get(name, "")  # the usual
    with serving(METRICS_FROM="127.0.0.1", RUNS_KEPT_MB=kept) as (url, process):
        port = int(url.rpartition(":")[2])
        single, hall = Hall(port, rate), Hall(port, rate, minutes)
        async with _people(url, browse) as people:
            await _alone(single)
            async with watched(process.pid, url, min(5.0, minutes * 6)) as samples:
                try:
                    await play(hall, n)
                except LostError as error:
                    hall.failures.append(f"the lecturer: {error}")
        return _report(name, n, hall, single, people, samples)


async def _alone(hall: Hall) -> None:
    """A single visitor, again and again; the first time is the app's warmth, not his."""
    for i in range(ALONE + 1):
        async with Visitor(hall.port) as visitor:
            await visitor.open("optimizers", f"{SURFACE}&seed={3000 + i}")
            hall.opened.append(await visitor.end())
    del hall.opened[0]


@asynccontextmanager
async def _people(url: str, browse: bool) -> AsyncIterator[Eyes]:
    if not browse:
        yield Eyes()
        return
    async with eyes(url) as people:
        yield people


def _report(
    name: str, n: int, hall: Hall, single: Hall, people: Eyes, samples: Sequence[Sample]
) -> Report:
    seconds = samples[-1].seconds - samples[0].seconds
    frames = sum(run.n_frames for run in hall.opened + hall.moved)
    failures = hall.failures + people.failures
    report = Report(
        name, n, seconds, _latencies(single.opened), _latencies(hall.opened),
        _latencies(hall.moved), _middle_and_high(people.alone), _middle_and_high(people.moves),
        frames / seconds, cpu_share(samples), wait_share(samples),
        [max(s.app for s in samples), samples[-1].app],
        max(s.tree for s in samples), slope(samples), max(s.files for s in samples), failures,
    )
    if name == "lecturer" and report.opened[1] > FACTOR * report.alone[1]:
        failures.append(f"the first frame took over {FACTOR:g} times a single visitor's")
    return report


def _latencies(runs: Sequence[Followed]) -> list[float]:
    return _middle_and_high([run.latency for run in runs if run.first])


def _middle_and_high(times: Sequence[float]) -> list[float]:
    """Median and 95th percentile; nothing of nothing."""
    if not times:
        return []
    high = quantiles(times, n=20, method="inclusive")[-1] if times[1:] else times[0]
    return [median(times), high]


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.load", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="all when omitted")
    parser.add_argument("--visitors", type=int, help="how many; otherwise 30, or 100 followers")
    parser.add_argument("--rate", type=float, default=10.0, help="arrivals per second (10)")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the soak (10)")
    parser.add_argument("--no-browser", action="store_true", help="without the two Chromium pages")
    parser.add_argument("--json", action="store_true", help="a list of objects instead of text")
    options = parser.parse_args(argv)
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        print(f"there is no scenario {unknown[0]!r}; known: {', '.join(SCENARIOS)}",
              file=sys.stderr)
        return 2
    reports = []
    for name in options.scenarios or SCENARIOS:
        n = options.visitors or SCENARIOS[name][1]
        reports.append(asyncio.run(measure(
            name, n, options.rate, options.minutes, not options.no_browser)))
        if not options.json:
            print(reports[-1], flush=True)
    if options.json:
        print(json.dumps([asdict(report) for report in reports], indent=2))
    return int(any(report.failures for report in reports))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the app ends with the measurement
    sys.exit(main(sys.argv[1:]))
