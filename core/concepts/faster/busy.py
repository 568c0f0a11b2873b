"""What is to be said of the machine that something was measured on, and how busy it is."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from core.concepts.faster.devices import gpu_name, n_cores
from core.words import Note

BUSY = 0.7
"""Load per core from which others are said to be at work."""


def load() -> float:
    """Programs that want a core, a mean of the last minute; NaN where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def about(now: float) -> Iterator[Note]:
    """Which it is, and whether others are at work on it."""
    yield Note("machine", {"name": processor(), "n": n_cores()})
    if name := gpu_name():
        yield Note("gpu", {"name": name})
    if now > BUSY * n_cores():
        yield Note("busy", {"load": f"{now:.1f}", "n": n_cores()})


@cache
def processor() -> str:
    """What the system says of it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


NOTES = {
    "machine": "Measured now, on {name}, {n} cores for this process.",
    "gpu": "This machine has a GPU, {name}: it can be chosen among the ways.",
    "no_gpu": "This machine has no GPU: there is nothing to be measured on one.",
    "busy": "This machine is busy: its load is {load} on {n} cores. With others at work everything "
            "takes longer, and threads that wait for each other most of all.",
}
