"""Runs: start, follow, share, stop and cache trainings, each in a child process."""

from core.runs.choose import choose_engine
from core.runs.disk import DiskCache
from core.runs.service import Handle, Runs, run_name

__all__ = ["DiskCache", "Handle", "Runs", "choose_engine", "run_name"]
