"""Histories of whole runs, and the checks of what the pages teach."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from core.config import validated
from core.words import phrase

if TYPE_CHECKING:
    import xarray

    from core.config import Config
    from core.experiment import Claim, Experiment, Frame

CLAIM_SEEDS = 8
"""On how many seeds a claim is checked unless told otherwise."""
MAX_CLAIM_SEEDS = 16
FRESH_SEED = 100
"""From here on no seed took part in choosing settings."""
MAX_FIRST_SEED = 9984
"""Where a check may begin: `MAX_CLAIM_SEEDS` from here on are still seeds that a page can show."""


IMPROBABLE = 0.01
"""Below this probability a count of seeds speaks against a claim; see `Verdict.ok`."""


@dataclass(frozen=True)
class Verdict:
    """What checking a claim gave: per seed, or for their group, whether it held."""

    claim: Claim
    held: tuple[bool, ...]

    @property
    def ok(self) -> bool:
        """Whether so few could have held by chance, if the claim's share is right.

        A claim that holds in 90 % of all seeds holds in 7 of 8 or more only four times of
        five: a share is no threshold for a handful of seeds. So a check contradicts a claim
        only where a count as low as this has a probability below `IMPROBABLE`: 4 of 8 for a
        share of 90 %, 2 of 8 for 75 %. One group alone can contradict nothing. Whether the
        share itself is right is the affair of the study, on many more seeds.
        """
        return sum(self.held) >= least_held(self.claim.share, len(self.held))

    def __str__(self) -> str:
        if self.claim.over != "seeds":
            return "held" if all(self.held) else "did not hold"
        return f"held in {sum(self.held)} of {len(self.held)} seeds"


def least_held(share: float, of: int) -> int:
    """The smallest count that does not contradict a share: all smaller ones are improbable."""
    chances = (math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(of + 1))
    return next(k for k, sum_ in enumerate(accumulate(chances)) if sum_ >= IMPROBABLE)


def history(experiment: Experiment, config: Config, frames: Sequence[Frame]) -> xarray.Dataset:
    """The frames of a run as one labelled data set.

    Arrays with a "step" dimension are stacked along it (an array left out of a frame
    keeps its last value); the others are taken from the first frame that has them.
    Notes are kept in `attrs["notes"]` as "step: sentence".
    """
    from core.lazy import xarray

    variables = {}
    for name, dims in experiment.dims.items():
        seen: list[np.ndarray] = []
        for frame in frames:
            if name in frame.arrays:
                seen.append(frame.arrays[name])
            elif seen:
                seen.append(seen[-1])
        if not seen:
            continue
        if dims[0] == "step":
            variables[name] = (dims, np.stack(seen))
        else:
            variables[name] = (dims, seen[0])
    used = {dim for dims, _ in variables.values() for dim in dims}
    coords = {k: list(v) for k, v in experiment.coords(config).items() if k in used}
    return xarray.Dataset(
        variables,
        coords={"step": [frame.step for frame in frames], **coords},
        attrs={
            "experiment": experiment.name,
            "config": config.model_dump_json(),
            "notes": [
                f"{frame.step}: {phrase(note, experiment.words)}"
                for frame in frames for note in frame.notes
            ],
        },
    )


def trained(experiment: Experiment, config: Config) -> xarray.Dataset:
    """The history of a run, from its first frame to its last."""
    return history(experiment, config, list(experiment.train(config)))


def check(
    experiment: Experiment, claim: Claim, n_seeds: int = CLAIM_SEEDS, first_seed: int = 0,
    run: Callable[[Experiment, Config], xarray.Dataset] = trained,
) -> Verdict:
    """Runs the claim's configurations on the given seeds and applies its check.

    Args:
        run: How to come by a history, where claims that share one need not train it twice.

    Raises:
        ValueError: So many seeds, or this first one, are not allowed.
    """
    histories = [
        run(experiment, validated(type(template), {
            **template.model_dump(), "n_seeds": n_seeds, "seed": first_seed}))
        for template in claim.configs
    ]
    held = np.asarray(claim.holds(*histories), dtype=bool)
    answers = n_seeds if claim.over == "seeds" else 1
    if held.shape != (answers,):
        raise ValueError(
            f"claim {claim.name!r} must give {answers} answers on {n_seeds} seeds (it is over "
            f"{claim.over!r}), but its check returned shape {held.shape}"
        )
    return Verdict(claim, tuple(bool(h) for h in held))


def each_once() -> Callable[[Experiment, Config], xarray.Dataset]:
    """Trains what several claims are about once: a `run` for `check`."""
    known: dict[tuple[str, Config], xarray.Dataset] = {}

    def run(experiment: Experiment, config: Config) -> xarray.Dataset:
        key = experiment.name, config
        if key not in known:
            known[key] = trained(experiment, config)
        return known[key]

    return run
