"""Decision stumps for AdaBoost: all seeds at once, on features that are sorted only once."""

from __future__ import annotations

import numpy as np

SAME_VALUE = 1e-7
"""scikit-learn's trees do not split between values that are closer than this."""


class Stumps:
    """The best weighted stump of every seed, as scikit-learn's tree of depth 1 finds it.

    Best is the largest decrease of the Gini impurity. Sorting is done once; a new stump then
    costs two running sums over the sorted weights.

    Args:
        x: Training points of each seed, (S, n, d), float32.
        y: Labels, 0 or 1, (S, n).
    """

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        n_seeds, n, d = x.shape
        columns = np.ascontiguousarray(x.transpose(0, 2, 1))  # (S, d, n)
        order = columns.argsort(axis=2, kind="stable")
        self._values = np.take_along_axis(columns, order, axis=2)
        self._order = (order + n * np.arange(n_seeds)[:, None, None]).ravel()
        # a split behind position i is only possible where the next value is another one
        self._closed = np.diff(self._values, axis=2) <= SAME_VALUE
        self._sign = 2.0 * y - 1
        self._shape = (n_seeds, d, n)
        self._seeds = np.arange(n_seeds)

    def fit(self, weights: np.ndarray) -> tuple[np.ndarray, ...]:
        """One stump per seed for these weights of the training points, (S, n).

        With w the weight of a side and s its weight of class 1 less that of class 0, the Gini
        impurity is lowest where the sum of s^2 / w over both sides is highest. Of features
        that split equally well the first is taken; scikit-learn takes one by chance.

        Returns:
            Feature, threshold, and the class at most at and above the threshold; each (S,).
        """
        signed = weights * self._sign
        left_w, left_s = (
            w.ravel()[self._order].reshape(self._shape).cumsum(axis=2)[..., :-1]
            for w in (weights, signed)
        )
        right_w = weights.sum(1)[:, None, None] - left_w
        right_s = signed.sum(1)[:, None, None] - left_s
        with np.errstate(divide="ignore", invalid="ignore"):  # a side whose weights vanish
            purity = left_s**2
            purity /= left_w
            other = right_s**2
            other /= right_w
            purity += other
        purity[self._closed | ~np.isfinite(purity)] = -np.inf
        flat = purity.reshape(len(self._seeds), -1).argmax(axis=1)
        feature, position = np.divmod(flat, self._shape[2] - 1)
        at = (self._seeds, feature, position)
        below, above = self._values[at], self._values[self._seeds, feature, position + 1]
        threshold = below / 2 + above.astype(float) / 2
        threshold = np.where(threshold == above, below, threshold)
        return feature, threshold, left_s[at] > 0, right_s[at] > 0


def predict(stumps: tuple[np.ndarray, ...], x: np.ndarray) -> np.ndarray:
    """The class of each point, (S, P), of x (S, P, d)."""
    feature, threshold, low, high = stumps
    value = x[np.arange(len(x)), :, feature]
    return np.where(value <= threshold[:, None], low[:, None], high[:, None]).astype(int)
