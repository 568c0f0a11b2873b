"""What happened since the app started, for whoever operates it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

BOUNDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Upper ends, in seconds, of the buckets of first-frame latencies; a last one is open."""


class Counts:
    """Counters of a service of runs; guarded by the service's lock.

    Attributes:
        answers: How requests were answered: "computed", "shared" (somebody else's
            computation was followed), "memory" or "disk" (a finished run was there).
        ends: How computations ended: "finished", "failed" or "stopped".
        first_frames: Per bucket of `BOUNDS`, and beyond, how many computations had their
            first frame within that many seconds of being asked for.
        first_frame_seconds: Their sum.
    """

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter(computed=0, shared=0, memory=0, disk=0)
        self.ends: Counter[str] = Counter(finished=0, failed=0, stopped=0)
        self.first_frames = [0] * (len(BOUNDS) + 1)
        self.first_frame_seconds = 0.0

    def first_frame(self, seconds: float) -> None:
        """A computation had its first frame `seconds` after it was asked for."""
        self.first_frames[bisect_left(BOUNDS, seconds)] += 1
        self.first_frame_seconds += seconds
