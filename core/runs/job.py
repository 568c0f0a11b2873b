"""What a run computes: a training or the check of a claim, as names and values only.

A job may come from elsewhere (a cluster's worker does not know who sent it), so making one
checks its shape. What only the experiment knows, the values of its settings, is checked where
the job is done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.checking import MAX_CLAIM_SEEDS, MAX_FIRST_SEED
from core.config import Config
from core.data.theirs import Own
from core.experiment import Experiment
from core.sources import digest_of


@dataclass(frozen=True)
class Private:
    """What makes a run one visit's only.

    Attributes:
        owner: The visit, as a secret: nobody else can name its runs.
        own: The visitor's points or text, which the configuration names.
    """

    owner: str
    own: Own


@dataclass(frozen=True)
class TrainJob:
    """A training.

    Attributes:
        experiment: Its name.
        config: Its settings as JSON values.
        owner: The visit whose own data it is about, where they are nobody else's.
        own: These (`Own.plain`): they travel with the order, and are nowhere else.

    Raises:
        ValueError: Something has another type than that.
    """

    experiment: str
    config: Mapping[str, Any]
    owner: str = ""
    own: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        _must_be("experiment", self.experiment, str)
        _must_be("owner", self.owner, str)
        _must_be("config", self.config, Mapping)
        if self.own is not None:
            _must_be("own", self.own, Mapping)

    @classmethod
    def of(
        cls, experiment: Experiment, config: Config, private: Private | None = None
    ) -> TrainJob:
        """The training of that configuration, on a visitor's own data where it names them."""
        settings = config.model_dump(mode="json")
        if private is None:
            return cls(experiment.name, settings)
        return cls(experiment.name, settings, private.owner, private.own.plain())

    @property
    def sources(self) -> str:
        """The digest of the sources that its run depends on."""
        return digest_of(self.experiment)

    @property
    def key(self) -> str:
        """The name of its run, the same in every process with the same sources."""
        return _key(self)

    @property
    def private(self) -> bool:
        """Whether its run is one visitor's only (its key says whose) and never on disk."""
        return bool(self.owner)

    def to_json(self) -> dict[str, Any]:
        """The values that `from_json` reads."""
        return asdict(self)


@dataclass(frozen=True)
class ClaimJob:
    """The check of a claim on the seeds from `first_seed` on.

    Raises:
        ValueError: Something has another type than that, or is not within the bounds that
            hold for whoever asks.
    """

    experiment: str
    claim: str
    n_seeds: int
    first_seed: int

    def __post_init__(self) -> None:
        _must_be("experiment", self.experiment, str)
        _must_be("claim", self.claim, str)
        _must_be_whole("n_seeds", self.n_seeds, 1, MAX_CLAIM_SEEDS)
        _must_be_whole("first_seed", self.first_seed, 0, MAX_FIRST_SEED)

    @property
    def sources(self) -> str:
        """The digest of the sources that its answer depends on."""
        return digest_of(self.experiment, claims=True)

    @property
    def key(self) -> str:
        """The name of its run, the same in every process with the same sources."""
        return _key(self)

    @property
    def private(self) -> bool:
        """Never: claims are checked on our own data."""
        return False

    def to_json(self) -> dict[str, Any]:
        """The values that `from_json` reads."""
        return asdict(self)


@dataclass(frozen=True)
class PreviewJob(TrainJob):
    """What a training begins with, and no more: its start message and the state before it."""

    @classmethod
    def of_job(cls, job: TrainJob) -> PreviewJob:
        """Of that training."""
        return cls(**asdict(job))

    def to_json(self) -> dict[str, Any]:
        """The values that `from_json` reads."""
        return {**asdict(self), "preview": True}


Job = TrainJob | ClaimJob


def from_json(values: Any) -> Job:
    """The job that `to_json` described; raises `ValueError` for anything else."""
    _must_be("job", values, Mapping)
    try:
        if "claim" in values:
            return ClaimJob(**values)
        if values.get("preview") is True:
            return PreviewJob(**{k: v for k, v in values.items() if k != "preview"})
        return TrainJob(**values)
    except TypeError as error:  # a field too many or too few
        raise ValueError(f"this is no job: {error}") from error


def _key(job: Job) -> str:
    # own data are in the settings, by their digest
    named = {name: value for name, value in job.to_json().items() if name != "own"}
    text = json.dumps(named, sort_keys=True) + job.sources
    return hashlib.sha256(text.encode()).hexdigest()


def _must_be(name: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise ValueError(f"{name}: {value!r} is not allowed. Allowed: a {kind.__name__}")


def _must_be_whole(name: str, value: Any, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name}: {value!r} is not allowed. Allowed: from {low} to {high}")
