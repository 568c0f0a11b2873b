"""How well made points imitate a target: three questions that have to be asked together.

How many of the points are good, on how many pieces of the target they lie, and how far the whole
cloud is from real points. The number of pieces alone calls a blurred cloud collapsed, and the share
of good points alone calls a collapsed one perfect.
"""

from __future__ import annotations

import numpy as np

from core.concepts.gan.targets import COVERED, NEAR, Target

N_POINTS = 400
"""Made points, and real ones, that are measured; per seed."""
N_DIRECTIONS = 32


def measured(target: Target, points: np.ndarray, real: np.ndarray) -> dict[str, np.ndarray]:
    """All that is measured of clouds of points.

    Args:
        target: What is imitated.
        points: (..., n, 2), as many as of `real`; a cloud with a number that is not finite has
            no measure but 0.
        real: Points of the target, (..., n, 2).

    Returns:
        `good`, the share of points near a centre, (...); `covered`, the number of pieces that good
        points cover; `effective`, how many pieces the points lie on, if nearness is all that
        counts: the exponential of the entropy of their shares; `shares`, of the good points on
        each piece as a share of all points, (..., pieces); `distance`, NaN where there is none.
    """
    whole = np.isfinite(points).all((-1, -2))
    shown = np.where(whole[..., None, None], points, 1e3)
    nearest, apart = nearest_centre(target, shown)
    pieces = target.piece[nearest][..., None] == np.arange(target.n_pieces)  # (..., n, pieces)
    good = apart < NEAR
    shares = (pieces & good[..., None]).mean(-2)
    everywhere = pieces.mean(-2)
    logs = np.log(np.where(everywhere > 0, everywhere, 1))
    effective = np.exp(-(everywhere * logs).sum(-1))
    return {
        "good": good.mean(-1), "covered": (shares >= COVERED / target.n_pieces).sum(-1),
        "effective": np.where(whole, effective, 0), "shares": shares,
        "distance": np.where(whole, sliced_distance(shown, real), np.nan),
    }


def nearest_centre(target: Target, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of points (..., n, 2) the nearest centre's position and its distance, each (..., n)."""
    c = target.centres.astype(np.float32)
    squared = (points**2).sum(-1)[..., None] - 2 * points @ c.T + (c**2).sum(-1)
    nearest = squared.argmin(-1)
    apart = np.take_along_axis(squared, nearest[..., None], -1)[..., 0]
    return nearest, np.sqrt(apart.clip(0))


def sliced_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sliced Wasserstein distance of order 2 between clouds (..., n, 2) of as many points.

    Seen from each of 32 directions, evenly around the half circle, a cloud is numbers on a line;
    sorted, the k-th of one belongs to the k-th of the other. The root of the mean squared distance
    of all pairs. Rabin et al. 2011.
    """
    angle = np.pi * np.arange(N_DIRECTIONS) / N_DIRECTIONS
    directions = np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)  # (2, directions)
    sorted_a, sorted_b = (np.sort(np.moveaxis(x @ directions, -2, -1), -1) for x in (a, b))
    return np.sqrt(((sorted_a - sorted_b) ** 2).mean((-1, -2)))
