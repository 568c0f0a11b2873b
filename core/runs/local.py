"""The engines of this machine, and which of them its platform has."""

from __future__ import annotations

import sys

from core.runs.engine import VARIABLE, Engine
from core.runs.fork import ForkEngine
from core.runs.limits import Limits
from core.runs.spawn import SpawnEngine


def local_engine(name: str = "", limits: Limits | None = None) -> Engine:
    """An engine of this machine: "fork", "spawn", or the platform's when omitted."""
    forks = sys.platform == "linux"
    engines = {"fork": ForkEngine, "spawn": SpawnEngine} if forks else {"spawn": SpawnEngine}
    name = name or ("fork" if forks else "spawn")
    if name not in engines:
        allowed = ", ".join(engines)
        raise ValueError(
            f"{VARIABLE} is {name!r}; allowed on this platform: {allowed}, "
            "or a cluster's scheduler: tls://host:port, tcp://host:port"
        )
    return engines[name](limits)
