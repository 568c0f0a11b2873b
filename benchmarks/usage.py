"""What the app uses of the machine while it is measured, from /proc (Linux)."""

from __future__ import annotations

import asyncio
import os
import time
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

from devtools.browser import descendants

_TICKS = os.sysconf("SC_CLK_TCK")
_CACHE = "runs_cache_bytes "
MB = 2.0**20


@dataclass(frozen=True)
class Sample:
    """The app at one moment; memory in MB.

    Attributes:
        seconds: `time.monotonic`.
        cpu: Seconds that its own process has computed so far.
        waited: Seconds that its main thread wanted a processor and others had them all.
        app: Memory of its own process.
        tree: Of all its processes; what they share counts once.
        cache: Finished runs that it keeps, a part of `app`.
        files: Open files of its own process.
    """

    seconds: float
    cpu: float
    waited: float
    app: float
    tree: float
    cache: float
    files: int


def sample(pid: int, url: str) -> Sample:
    """The app with that process id, which answers `url`/metrics to this machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as answer:
        metrics = answer.read().decode().splitlines()
    cached = next(float(line.removeprefix(_CACHE)) for line in metrics if line.startswith(_CACHE))
    waited = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    app = _memory(pid)
    return Sample(
        time.monotonic(), (int(fields[11]) + int(fields[12])) / _TICKS, waited, app,
        app + sum(map(_memory, descendants(pid))), cached / MB,
        len(os.listdir(f"/proc/{pid}/fd")),
    )


def _memory(pid: int) -> float:
    with suppress(OSError):  # it has ended
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


@asynccontextmanager
async def watched(pid: int, url: str, every: float) -> AsyncIterator[list[Sample]]:
    """Samples from the beginning to the end of the block, and every so many seconds."""
    samples = [await asyncio.to_thread(sample, pid, url)]

    async def go_on() -> None:
        while True:
            await asyncio.sleep(every)
            samples.append(await asyncio.to_thread(sample, pid, url))

    watching = asyncio.create_task(go_on())
    try:
        yield samples
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        samples.append(await asyncio.to_thread(sample, pid, url))


def cpu_share(samples: Sequence[Sample]) -> float:
    """The part of one core that the app's own process took."""
    first, last = samples[0], samples[-1]
    return (last.cpu - first.cpu) / (last.seconds - first.seconds)


def wait_share(samples: Sequence[Sample]) -> float:
    """The part of the time for which the machine kept the app waiting: more than a few per cent
    say that the latencies are those of a busy machine.
    """
    first, last = samples[0], samples[-1]
    return (last.waited - first.waited) / (last.seconds - first.seconds)


def slope(samples: Sequence[Sample]) -> float:
    """MB per minute by which the app's own process grew in the second half, its cache apart.

    In the first half it takes what it then uses again: threads, pools, sessions that it keeps.
    """
    later = samples[len(samples) // 2 :]
    if len(later) < 3:
        return 0.0
    minutes = [s.seconds / 60 for s in later]
    return linear_regression(minutes, [s.app - s.cache for s in later]).slope
