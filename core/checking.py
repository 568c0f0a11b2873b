"""Histories of whole runs, and the checks of what the pages teach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.config import Config, with_changes
from core.experiment import Claim, Experiment, Frame

if TYPE_CHECKING:
    import xarray

CLAIM_SEEDS = 8
"""On how many seeds a claim is checked unless told otherwise."""
MAX_CLAIM_SEEDS = 16
FRESH_SEED = 100
"""From here on no seed took part in choosing settings."""
MAX_FIRST_SEED = 9984
"""Where a check may begin: `MAX_CLAIM_SEEDS` from here on are still seeds that a page can show."""


@dataclass(frozen=True)
class Verdict:
    """What checking a claim gave: per seed whether it held."""

    claim: Claim
    held: tuple[bool, ...]

    @property
    def ok(self) -> bool:
        return sum(self.held) >= self.claim.share * len(self.held) - 1e-9

    def __str__(self) -> str:
        if len(self.held) == 1:
            return "held" if self.ok else "did not hold"
        return f"held in {sum(self.held)} of {len(self.held)} seeds"


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
            "notes": [f"{frame.step}: {note}" for frame in frames for note in frame.notes],
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
    """
    histories = [
        run(experiment, with_changes(template, n_seeds=n_seeds, seed=first_seed))
        for template in claim.configs
    ]
    held = np.asarray(claim.check(*histories), dtype=bool)
    if held.shape not in {(n_seeds,), (1,)}:
        raise ValueError(
            f"claim {claim.name!r} must say for each of {n_seeds} seeds whether it held, "
            f"but its check returned shape {held.shape}"
        )
    return Verdict(claim, tuple(bool(h) for h in held))
