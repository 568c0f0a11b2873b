"""Ties: where several classes have the most votes, nobody has decided.

Whoever takes the first of them turns the order of the classes into an opinion, and an even number
of votes looks worse or better than it is. Here a tied vote is shared by the tied classes: between
two, it is half right.
"""

from __future__ import annotations

import numpy as np

ROUNDING = 1e-9
"""Votes that differ by less, as a share of the most, are equal: sums of fractions are inexact."""


def shared(votes: np.ndarray) -> np.ndarray:
    """Each vote for the class with the most, split evenly where that is several, (..., K)."""
    most = votes.max(-1, keepdims=True)
    tied = votes >= most - ROUNDING * np.abs(most)
    return tied / tied.sum(-1, keepdims=True)


def wrong(votes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How wrong the class with the most votes is: 0, 1, or a share where it is tied.

    Args:
        votes: (..., P, K).
        labels: (..., P), broadcast against the votes' points.
    """
    return 1 - (shared(votes) * (labels[..., None] == np.arange(votes.shape[-1]))).sum(-1)
