"""Must a decoder look everywhere at once? Hard attention reads one state for each symbol.

Which one is a choice, and a choice has no gradient. Three ways to train it all the same: paying
for looks that served (REINFORCE), passing the soft gradient through (straight-through), or summing
the likelihood over all that could have been read (exact), beside the soft mean.

Papers: Xu et al. 2015 (hard attention by REINFORCE), Williams 1992 (REINFORCE), Jang et al. 2017
(straight-through with Gumbel noise), Shankar et al. 2018 (the exact sum).
Differs from the papers in: digits rather than pictures; one draw per symbol; the reward is a
symbol's own log-probability; measured with the place that is looked at most.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import model_validator

from core.concepts.attention.common import DIMS, NOTES, CommonConfig, coords, train
from core.concepts.attention.reads import READ_NAMES
from core.config import each_once, setting

__all__ = ["DIMS", "NOTES", "Config", "coords", "train"]

ReadName = Literal["dot", "marginal", "straight_through", "reinforce"]


class Config(CommonConfig):
    """Which translators, of what, and how they are trained."""

    reads: tuple[ReadName, ...] = setting(
        ("dot", "marginal", "reinforce"), "How the decoder reads, and how that is trained",
        label="Decoders", names={name: READ_NAMES[name] for name in get_args(ReadName)},
    )

    longest: int = setting(
        8, "Symbols of the longest sequence to learn from; the shortest has 3", ge=6, le=14,
        unit="symbols", label="Longest trained",
    )
    n_steps: int = setting(200, "Number of updates", ge=20, le=1000, unit="steps", step=20)

    @model_validator(mode="after")
    def _some_reads(self) -> Config:
        each_once("reads", self.reads, get_args(ReadName))
        return self
