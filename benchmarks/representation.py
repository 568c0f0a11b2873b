"""The nets that are told numbers, all seeds as one stack, beside a loop of scikit-learn's MLPs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.representation.learners import BATCH_SIZE
from core.concepts.representation.scale import as_told
from core.concepts.representation.tables import halves
from core.lazy import torch
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

N_SEEDS, SIZES, RATE = 16, (13, 16, 3), 0.01
TOLERANCE = 5e-4
"""Between parameters after `CHECKED_STEPS`: Adam's eps stands elsewhere, which the first step of a
weight with a tiny gradient shows; it does not grow."""
CHECKED_STEPS = 5


class Both:
    """The same nets from the same start, on one batch of standardised wines for every seed."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        net = MLP(SIZES)
        start = np.stack([net.init(np.random.default_rng((s, 41))) for s in range(N_SEEDS)])
        runners = [Runner("adam", {"learning_rate": RATE}, s) for s in range(N_SEEDS)]
        self.race = Race(net, runners, torch.from_numpy(start.copy()), BATCH_SIZE)
        told = [as_told(halves("wine", s), "standardised") for s in range(N_SEEDS)]
        self.rows = [one.train_x[:BATCH_SIZE].astype(np.float32) for one in told]
        self.labels = [one.train_y[:BATCH_SIZE] for one in told]
        self.x = torch.from_numpy(np.stack(self.rows)).transpose(1, 2).contiguous()
        one_hot = np.eye(SIZES[-1], dtype=np.float32)[np.stack(self.labels)]
        self.y: Tensor = torch.from_numpy(one_hot).transpose(1, 2).contiguous()
        self.models = [self._model(s, row) for s, row in enumerate(start)]

    def _model(self, s: int, row: np.ndarray) -> Any:
        """scikit-learn's net with our start; its first call is what makes its optimizer."""
        from sklearn.neural_network import MLPClassifier

        model = MLPClassifier(SIZES[1:-1], alpha=0, batch_size=BATCH_SIZE, shuffle=False,
                              learning_rate_init=RATE, random_state=s)
        model.partial_fit(self.rows[s], self.labels[s], classes=list(range(SIZES[-1])))
        n, at = len(SIZES) - 1, 0
        for i in range(n):  # weights, then biases, layer by layer
            n_in, n_out = SIZES[i : i + 2]
            model.coefs_[i][:] = row[at : at + n_in * n_out].reshape(n_out, n_in).T
            model.intercepts_[i][:] = row[at + n_in * n_out : at + (n_in + 1) * n_out]
            at += (n_in + 1) * n_out
        optimizer = model._optimizer
        optimizer.t = 0
        for moment in (*optimizer.ms, *optimizer.vs):
            moment[:] = 0
        return model

    def ours(self) -> None:
        self.race.step(self.x, self.y)

    def theirs(self) -> None:
        for model, rows, labels in zip(self.models, self.rows, self.labels, strict=True):
            model.partial_fit(rows, labels)

    def difference(self) -> float:
        """The largest between both sides' parameters."""
        theirs = [np.concatenate([np.concatenate([w.T.ravel(), b]) for w, b in zip(
            model.coefs_, model.intercepts_, strict=True)]) for model in self.models]
        return float(np.abs(np.stack(theirs) - self.race.p.numpy()).max())


def beside_scikit_learn() -> Measured:
    both = Both()
    for _ in range(CHECKED_STEPS):
        both.ours()
        both.theirs()
    found = both.difference()
    assert found < TOLERANCE, f"ours and scikit-learn's parameters differ by {found:.1e}"
    pairs = interleaved(partial(seconds, both.ours, 100), partial(seconds, both.theirs, 3), 9)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{N_SEEDS / ours / 1e3:.0f} k and {N_SEEDS / theirs / 1e3:.1f} k model-steps/s; "
        f"parameters equal to {found:.0e} after {CHECKED_STEPS} steps"
    ))


PROMISES = (
    Promise("representation", "16 nets 13-16-3, batch 32, Adam: how many times as fast as a loop "
            "of scikit-learn's MLPClassifier", 10, beside_scikit_learn),
)
