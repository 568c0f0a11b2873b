"""Which engine computes the runs of an app: this machine's, or a cluster's."""

from __future__ import annotations

import os

from core.runs.engine import VARIABLE, Engine
from core.runs.limits import Limits
from core.runs.local import local_engine


def choose_engine(limits: Limits | None = None) -> Engine:
    """The engine that `RUNS_ENGINE` names: "fork", "spawn" or a cluster; else the platform's.

    Args:
        limits: What each child may use.

    Raises:
        ValueError: Another value, "fork" where the platform has no safe fork, or a cluster
            without what it needs.
    """
    name = os.environ.get(VARIABLE, "")
    return _cluster_engine(name, limits) if "://" in name else local_engine(name, limits)


def _cluster_engine(address: str, limits: Limits | None) -> Engine:
    try:
        from core.runs.cluster import ClusterEngine  # loads a library that nothing else needs
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{VARIABLE} is {address!r}, which needs the packages in requirements-cluster.txt"
        ) from error
    return ClusterEngine(address, limits)
