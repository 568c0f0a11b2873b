"""Least squares with a ridge, for many data sets and all ridges at once.

|y - Phi a|^2 + ridge |a|^2 is smallest at a = sum over i of s_i / (s_i^2 + ridge) (u_i . y) v_i,
with Phi = sum over i of s_i u_i v_i^T (Hoerl & Kennard 1970): one decomposition, any ridge.
"""

from __future__ import annotations

import numpy as np

RANK_TOLERANCE = 1e-10
"""Singular values below this share of the largest count as zero, as in `numpy.linalg.lstsq`."""


def thin_svd(phi: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """U (S, n, r), singular values (S, r) from large to small, and V^T (S, r, p).

    Of a matrix at least twice as wide as high the eigenvectors of the Gram matrix are as good
    and several times as fast; nearer to square, where the smallest singular value decides, they
    are not.
    """
    n, p = phi.shape[1:]
    if p < 2 * n:
        return np.linalg.svd(phi, full_matrices=False)
    squares, u = np.linalg.eigh(phi @ phi.transpose(0, 2, 1))
    u, s = u[:, :, ::-1], np.sqrt(squares[:, ::-1].clip(min=0))
    vt = u.transpose(0, 2, 1) @ phi / s.clip(min=1e-300)[:, :, None]
    return u, s, vt


def filters(s: np.ndarray, ridges: np.ndarray) -> np.ndarray:
    """s / (s^2 + ridge) for each ridge, (S, R, r): what the fit makes of a singular value s.

    For ridge 0 that is the pseudo-inverse, hence the fit of least norm.
    """
    inverse = s[:, None] / (s[:, None] ** 2 + ridges[:, None]).clip(min=1e-300)
    return np.where(s[:, None] > RANK_TOLERANCE * s[:, None, :1], inverse, 0)
