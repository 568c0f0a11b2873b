"""The smallest game, one start after the other, for scripts that are taken away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from core.concepts.gan.dirac import MOVES, starts
from core.script import Script


def smallest_game(
    moves: tuple[str, ...], loss: str, step_size: float, n_steps: int, radius: float,
    r1_weight: float, penalty_weight: float, clip: float, seed: int,
) -> dict[str, float]:
    """By way to move how far from the solution the two players are after their last update."""
    config: Any = SimpleNamespace(
        loss=loss, step_size=step_size, radius=radius, r1_weight=r1_weight,
        penalty_weight=penalty_weight, clip=clip, seeds=range(seed, seed + 1))
    found = {}
    for name in moves:
        at, way = starts(config), MOVES[name](config, starts(config))
        for _ in range(n_steps):
            at = next(way)
        found[name] = float(min(np.hypot(*at)[0], 1e30))
    return found


SCRIPTS = {"dirac": Script(smallest_game, "radius", "distance from the solution at the end")}
