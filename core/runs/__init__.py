"""Runs: start, follow, share, stop and cache trainings, each in a child process."""

from core.runs.choose import choose_engine
from core.runs.disk import DiskCache
from core.runs.handle import Handle
from core.runs.job import Private
from core.runs.run import run_name
from core.runs.service import Runs
from core.runs.viewer import Viewer

__all__ = ["DiskCache", "Handle", "Private", "Runs", "Viewer", "choose_engine", "run_name"]
