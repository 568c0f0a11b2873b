"""What an expected error is made of, from the predictions of many fits of one method.

Each fit has seen its own training set. Squared loss: Geman, Bienenstock & Doursat 1992.
0-1 loss: Domingos 2000, *A unified bias-variance decomposition*, where the main prediction
is the most frequent class and variance can lower the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Decomposition:
    """Squared loss per point; every array has the shape of one fit's predictions.

    `bias_squared + variance == error` exactly, up to rounding. Where `truth` was a noisy
    target, `bias_squared` and `error` contain the noise.

    Attributes:
        main: The mean prediction.
        bias_squared: (main - truth)^2. Too large by variance / R on average, since the mean
            of R fits is itself uncertain.
        variance: Mean over fits of (prediction - main)^2.
        error: Mean over fits of (prediction - truth)^2.
        n_fits: R.
    """

    main: np.ndarray
    bias_squared: np.ndarray
    variance: np.ndarray
    error: np.ndarray
    n_fits: int

    @property
    def corrected_bias_squared(self) -> np.ndarray:
        """Without what the uncertainty of the mean adds; right on average, maybe negative.

        Undefined (NaN) for a single fit.
        """
        return self.bias_squared - _over(self.variance, self.n_fits - 1)

    @property
    def corrected_variance(self) -> np.ndarray:
        """The variance with R - 1 in place of R: right on average; NaN for a single fit."""
        return _over(self.variance * self.n_fits, self.n_fits - 1)


@dataclass(frozen=True)
class ZeroOneDecomposition:
    """0-1 loss per point, (N,) each: `bias + net_variance == error`, up to rounding.

    Attributes:
        main: The most frequent prediction; of several, the lowest class.
        bias: Whether the main prediction is wrong: 0 or 1.
        variance: Share of fits that differ from the main prediction.
        net_variance: What the variance does to the error: where the main prediction is
            right, all of it adds; where it is wrong, a fit that differs from it and is
            right makes the error smaller.
        error: Share of fits that are wrong.
    """

    main: np.ndarray
    bias: np.ndarray
    variance: np.ndarray
    net_variance: np.ndarray
    error: np.ndarray


def squared_loss(predictions: np.ndarray, truth: np.ndarray) -> Decomposition:
    """Bias, variance and error of R fits.

    Args:
        predictions: (R, ...), one fit per row.
        truth: The noiseless target, broadcast against one row.
    """
    main = predictions.mean(0)
    return Decomposition(
        main,
        (main - truth) ** 2,
        ((predictions - main) ** 2).mean(0),
        ((predictions - truth) ** 2).mean(0),
        len(predictions),
    )


def zero_one_loss(
    predictions: np.ndarray, truth: np.ndarray, n_classes: int
) -> ZeroOneDecomposition:
    """Domingos' bias and variance of R classifiers (2000), without noise.

    Args:
        predictions: Classes 0 .. n_classes - 1, (R, N), one classifier per row.
        truth: The right classes, (N,).
        n_classes: How many there are.
    """
    return zero_one_loss_of_votes(
        (predictions[:, :, None] == np.arange(n_classes)).mean(0), truth
    )


def zero_one_loss_of_votes(votes: np.ndarray, truth: np.ndarray) -> ZeroOneDecomposition:
    """The same from what the classifiers said: a tied one shares its vote.

    Args:
        votes: Share of them that chose each class, (N, n_classes).
        truth: The right classes, (N,).
    """
    points = np.arange(len(truth))
    main = votes.argmax(1)
    bias = (main != truth).astype(float)
    right = votes[points, truth]
    variance = 1 - votes[points, main]
    return ZeroOneDecomposition(
        main, bias, variance, np.where(bias > 0, -right, variance), 1 - right
    )


class Moments:
    """The squared-loss decomposition of a stream of fits, without keeping them.

    Groups of fits are merged as in Chan, Golub & LeVeque 1983, which loses no
    digits where sums of squares would.

    Args:
        truth: Broadcast against one fit's predictions.
    """

    def __init__(self, truth: np.ndarray) -> None:
        self.truth = truth
        self.n_fits = 0
        self._main = self._spread = self._error = np.zeros(1)

    def add(self, predictions: np.ndarray) -> None:
        """Takes in more fits, (r, ...)."""
        r, n = len(predictions), self.n_fits
        new = squared_loss(predictions, self.truth)
        shift = new.main - self._main
        self._main = self._main + shift * (r / (n + r))
        self._spread = self._spread + r * new.variance + shift**2 * (n * r / (n + r))
        self._error = self._error + r * new.error
        self.n_fits = n + r

    def decomposition(self) -> Decomposition:
        """Of all fits so far; at least one is needed."""
        n = self.n_fits
        return Decomposition(
            self._main, (self._main - self.truth) ** 2, self._spread / n, self._error / n, n
        )


def _over(a: np.ndarray, n: int) -> np.ndarray:
    return a / n if n else np.full_like(a, np.nan)
