"""What an operator may set: environment variables, checked before anything starts."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from core.config import allowed, setting
from core.runs.limits import Limits
from core.words import ENGLISH, phrase

PREFIX = "RUNS_"
KEPT = Path(__file__).parents[2] / ".cache" / "runs"
MB = 2**20


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseModel):
    """Limits of the runs. `at_once` is the variable `RUNS_AT_ONCE`, and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: int = setting(4 * cores(), "Computations at a time", ge=1, le=1000)
    per_visitor: int = setting(3, "Of them, for one visitor", ge=1, le=1000)
    memory_mb: int = setting(3072, "Memory of one computation", ge=512, le=2**20, unit="MB")
    seconds: float = setting(120, "Time of one computation", ge=1, le=86_400, unit="s")
    nice: int = setting(10, "How far computations let the app itself go first", ge=0, le=19)
    lease_seconds: float = setting(
        10, "How long a closed tab's run goes on", ge=1, le=3600, unit="s"
    )
    kept_mb: int = setting(256, "Finished runs in memory", ge=0, le=2**20, unit="MB")
    cache: str = setting(str(KEPT), 'Folder of finished runs, or "off"')
    cache_mb: int = setting(1024, "Finished runs in that folder", ge=1, le=2**24, unit="MB")

    @field_validator("cache")
    @classmethod
    def _is_folder(cls, value: str) -> str:
        if value != "off" and Path(value).exists() and not Path(value).is_dir():
            raise ValueError
        return value

    @property
    def folder(self) -> Path | None:
        """Where finished runs outlast the app."""
        return None if self.cache == "off" else Path(self.cache)

    @property
    def limits(self) -> Limits:
        """What one child may use."""
        return Limits(memory_bytes=self.memory_mb * MB, seconds=self.seconds, nice=self.nice)


def from_environment() -> Settings:
    """The settings that are given, and defaults for the others.

    Raises:
        ValueError: Names the variable, its value and what is allowed.
    """
    given = {
        name: text for name in Settings.model_fields if (text := os.environ.get(variable(name)))
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        wrong = [(str(item["loc"][0]), item["input"]) for item in error.errors()]
    raise ValueError("; ".join(_sentence(name, value) for name, value in wrong))


def _sentence(name: str, value: object) -> str:
    what = "a folder, or off" if name == "cache" else phrase(allowed(name, Settings), ENGLISH)
    return f"{variable(name)} is {value!r}; allowed: {what}"


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()
