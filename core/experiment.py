"""What an experiment is: the contract between computing and showing.

A lab (`core/concepts/<slug>/<lab>.py`) holds, in this order: its docstring, its registries,
its `Config`, helpers, `train`, its presets and claims, and one `Experiment` that ties them
together, listed in the concept's `EXPERIMENTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.checking import CLAIM_SEEDS, Verdict, check, trained
from core.config import Config, in_words, settings_of, validated
from core.words import RUN, Note, names

if TYPE_CHECKING:
    import xarray

MAX_FRAMES = 120


@dataclass(frozen=True)
class Frame:
    """The state of a run at one step.

    An array that does not change may be left out after the first frame: readers keep
    the last one they saw.

    Attributes:
        step: Number of updates made so far; 0 is the state before training.
        arrays: Named arrays, float32 or smaller; their dims are the experiment's.
        notes: What just happened (a divergence, an arrival), each said once, in the frame
            in which it became true; `Experiment.notes` has the words.
    """

    step: int
    arrays: Mapping[str, np.ndarray]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Preset:
    """A named classroom scenario.

    Attributes:
        name: For the list of presets.
        config: What it opens.
        question: To ask the class before the run.
        claims: Names of the claims that say what it shows.
    """

    name: str
    config: Config
    question: str
    claims: tuple[str, ...]


Holds = Callable[..., "np.ndarray | Sequence[bool]"]


@dataclass(frozen=True)
class Claim:
    """A sentence that the page teaches, and the function that finds it true or false.

    Attributes:
        name: Short identifier, unique in the experiment (`A1.8`, `same_test_accuracy`).
        sentence: What the page says.
        configs: The configurations that the sentence compares, in the order of the
            arguments of `holds`.
        holds: Takes one history (an `xarray.Dataset`) per configuration and returns
            whether the sentence held, as `over` says.
        share: In which share of seeds, or groups of seeds, it is said to hold; at most what
            the study supports (`core.study`).
        over: What `holds` answers for: each of the "seeds"; one "group" of seeds, as in
            "over the seeds, ..."; or "nothing" random, one answer for ever.
        source: Paper or reference, where the sentence is not ours alone.
    """

    name: str
    sentence: str
    configs: tuple[Config, ...]
    holds: Holds
    share: float = 0.9
    over: Literal["seeds", "group", "nothing"] = "seeds"
    source: str = ""


@dataclass(frozen=True)
class BoundClaim(Claim):
    """A claim that knows its experiment; made by `Experiment.claim`."""

    experiment: Experiment = field(kw_only=True, repr=False, compare=False)

    def check(self, n_seeds: int = CLAIM_SEEDS, first_seed: int = 0) -> Verdict:
        """Trains what the claim compares and says on which seeds it held.

        Args:
            n_seeds: How many seeds, from `first_seed` on.

        Raises:
            ValueError: The experiment does not allow so many seeds, or this first one.
        """
        return check(self.experiment, self, n_seeds, first_seed)


@dataclass(frozen=True)
class Experiment:
    """One lab: everything that the runs, the pages and the command line need to know.

    Attributes:
        name: `<slug>` or `<slug>.<lab>`, unique.
        title: For lists.
        config: Its configuration's type.
        dims: Per array its dimensions, "step" first where it changes with time.
        coords: Per dimension its labels, for a configuration. "step" is not among them.
        train: Yields the state before the first update, then the recorded steps.
        n_frames: How many frames `train` yields when nothing stops it early.
        small: A configuration that trains in a moment, of two seeds or more: for tests, and
            to try the command line.
        notes: By key the sentences of its frames' notes, with `{name}` for each value, and
            the names of values that are keys (`core.words`).
    """

    name: str
    title: str
    config: type[Config]
    dims: Mapping[str, tuple[str, ...]]
    coords: Callable[[Any], Mapping[str, Sequence[Any]]]
    train: Callable[[Any], Iterator[Frame]]
    n_frames: Callable[[Any], int]
    small: Config
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)
    presets: tuple[Preset, ...] = ()
    claims: tuple[Claim, ...] = field(default=(), repr=False)

    @property
    def words(self) -> dict[str, str]:
        """By key the sentences of everything that a run of it may say, in English."""
        settings = names("setting", {name: in_words(self.config, name)
                                     for name in settings_of(self.config)})
        return {**RUN, **settings, **self.notes}

    def run(self, **settings: Any) -> xarray.Dataset:
        """Trains from the first step to the last, for a notebook or a script.

        Args:
            settings: Those that differ from their defaults.

        Returns:
            The recorded steps as one labelled data set; see `core.checking.history`.

        Raises:
            ValueError: A setting is not allowed; its text names each, and what is allowed.
        """
        return trained(self, validated(self.config, settings))

    def claim(self, name: str) -> BoundClaim:
        """The claim of that name; raises `KeyError` that lists the known ones."""
        for claim in self.claims:
            if claim.name == name:
                return BoundClaim(**{**vars(claim), "experiment": self})
        known = ", ".join(claim.name for claim in self.claims)
        raise KeyError(f"{self.name} has no claim {name!r}; it has: {known}")


def recorded_steps(n_steps: int, max_frames: int = MAX_FRAMES) -> list[int]:
    """The steps at which a run of `n_steps` updates is recorded, 0 and the last included.

    Denser at the start, where curves move most. A function of the number of steps only,
    never of the clock, so that a repeated run gives the same frames.
    """
    if n_steps < max_frames:
        return list(range(n_steps + 1))
    share = np.linspace(0, 1, max_frames) ** 1.5
    return sorted({round(float(s) * n_steps) for s in share})
