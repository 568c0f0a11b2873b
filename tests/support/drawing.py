"""What is tested in turns: a text draws it (`DRAWN_BY`, a commit's hash in CI)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
DRAWN_BY = os.environ.get("DRAWN_BY", "")


def drawn(among: Sequence[T], n: int, of: str = "") -> list[T]:
    """So many of them, in their order; the same for the same text, and others of something else."""
    chance = np.random.default_rng(list((DRAWN_BY + of).encode()))
    chosen = chance.choice(len(among), n, replace=False)
    return [among[i] for i in sorted(chosen)]
