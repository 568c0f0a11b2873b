"""A plane in which classes lie apart: Fisher's linear discriminants of a net's features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 1e-3
"""Added to the spread within classes, as a share of its mean over features: some do not vary."""


@dataclass(frozen=True)
class Plane:
    """Two directions in the space of features, from a middle.

    Attributes:
        middle: (features,)
        axes: (features, 2)
    """

    middle: np.ndarray
    axes: np.ndarray

    def of(self, features: np.ndarray) -> np.ndarray:
        """Where features (n, features) lie, (n, 2)."""
        return (features - self.middle) @ self.axes


def fisher_plane(features: np.ndarray, labels: np.ndarray) -> Plane:
    """The plane in which the classes' means are farthest apart, measured by the spread within
    classes, which has deviation 1 along both axes. Fisher 1936; Rao 1948.

    Args:
        features: (n, features).
        labels: (n,).
    """
    features = features.astype(np.float64)
    classes = np.unique(labels)
    means = np.array([features[labels == c].mean(0) for c in classes])
    apart = features - means[np.searchsorted(classes, labels)]
    within = apart.T @ apart / len(labels)
    within += np.eye(len(within)) * (RIDGE * np.trace(within) / len(within) + 1e-12)
    middle = features.mean(0)
    counts = np.array([(labels == c).mean() for c in classes])
    between = (means - middle).T * counts @ (means - middle)
    whiten = np.linalg.inv(np.linalg.cholesky(within))  # L^-1: within becomes the identity
    _, directions = np.linalg.eigh(whiten @ between @ whiten.T)
    axes = whiten.T @ directions[:, :-3:-1]  # the two largest, the largest first
    return Plane(middle, axes * np.sign(axes[np.abs(axes).argmax(0), [0, 1]]))


def points_of(labels: np.ndarray, n_classes: int, n_points: int) -> np.ndarray:
    """Positions of the first so many of each class, (class, point); -1 where there are fewer."""
    found = np.full((n_classes, n_points), -1)
    for c in range(n_classes):
        mine = np.flatnonzero(labels == c)[:n_points]
        found[c, : len(mine)] = mine
    return found
