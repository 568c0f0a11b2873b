"""Nets under treatment: what is done against overfitting, and a group of nets that gets it.

A `Treatment` says how strongly each remedy acts on a net; zero is not at all, so that any
of them combine. A `Group` is all seeds of one treatment as one stack. Every group starts, seed
by seed, from the same weights and the same data, so that nothing but the treatment differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.lazy import torch
from core.stacked.data import Split, batches
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

CHECK_EVERY = 10
"""Steps between two looks at the data that early stopping holds out."""
HELD_OUT = 0.2
"""Their share of the training data. Their labels are as noisy as the others."""


@dataclass(frozen=True)
class Treatment:
    """How strongly each remedy acts.

    Attributes:
        l2: Factor of the penalty l2 / 2 * |w|^2 in the loss (Krogh & Hertz 1992).
        weight_decay: Decoupled decay, per step times the learning rate (Loshchilov & Hutter
            2019).
        dropout: Share of hidden units dropped (Srivastava et al. 2014).
        early_stopping: Whether the answers at the lowest loss on held-out data are kept
            (Prechelt 1998).
        input_noise: Standard deviation of noise added to the inputs (Bishop 1995).
        shift: Digits move by up to so many pixels each way.
        mixup: The alpha of Zhang et al. 2018: inputs and labels are mixed in pairs.
        label_smoothing: Share of the label spread over all classes (Szegedy et al. 2016).
        batch_norm: Whether hidden layers normalise (Ioffe & Szegedy 2015).
        members: Nets whose probabilities are averaged (Lakshminarayanan et al. 2017).
    """

    l2: float = 0.0
    weight_decay: float = 0.0
    dropout: float = 0.0
    early_stopping: bool = False
    input_noise: float = 0.0
    shift: int = 0
    mixup: float = 0.0
    label_smoothing: float = 0.0
    batch_norm: bool = False
    members: int = 1


# --- which remedies ------------------------------------------------------------------------

RemedyName = Literal[
    "none", "l2", "weight_decay", "dropout", "early_stopping", "input_noise", "shift", "mixup",
    "label_smoothing", "batch_norm", "ensemble",
]
Combinable = Literal[
    "l2", "weight_decay", "dropout", "early_stopping", "input_noise", "shift", "mixup",
    "label_smoothing", "batch_norm", "ensemble",
]
REMEDY_NAMES = {
    "none": "Plain net", "l2": "L2", "weight_decay": "Weight decay", "dropout": "Dropout",
    "early_stopping": "Early stopping", "input_noise": "Input noise", "shift": "Shifted images",
    "mixup": "Mixup", "label_smoothing": "Label smoothing", "batch_norm": "Batch norm",
    "ensemble": "Ensemble",
}
ENSEMBLE = 5


def alone(name: str, strengths: Any) -> Treatment:
    """The treatment with one remedy; `strengths` has a field for each that has a strength."""
    on: dict[str, dict[str, Any]] = {
        "none": {}, "early_stopping": {"early_stopping": True},
        "batch_norm": {"batch_norm": True}, "ensemble": {"members": ENSEMBLE},
    }
    return Treatment(**(on[name] if name in on else {name: getattr(strengths, name)}))


def together(names: Sequence[str], strengths: Any) -> Treatment:
    """The treatment with several remedies at once."""
    treatment = Treatment()
    for one in (alone(name, strengths) for name in names):
        changed = {f.name: getattr(one, f.name) for f in fields(one)
                   if getattr(one, f.name) != f.default}
        treatment = replace(treatment, **changed)
    return treatment


def variants(
    strengths: Any, remedies: Sequence[str], combined: Sequence[str]
) -> dict[str, Treatment]:
    """What is compared, by name; several remedies at once are called "combined"."""
    found = {name: alone(name, strengths) for name in remedies}
    if combined:
        found["combined"] = together(combined, strengths)
    return found


# --- what happens to a batch -------------------------------------------------------------

Batch = tuple["Tensor", "Tensor"]
"""Inputs (S, features, batch) and soft labels (S, classes, batch)."""
Change = Callable[[Any, Sequence[np.random.Generator]], Callable[["Tensor", "Tensor"], Batch]]


def _stacked(drawn: Iterator[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(list(drawn)))


def shift(
    pixels: int, rngs: Sequence[np.random.Generator], side: int = 8
) -> Callable[[Tensor, Tensor], Batch]:
    """Moves every image by its own whole number of pixels in each direction; zeros come in."""
    padded_side = side + 2 * pixels
    corner = torch.arange(side)[:, None] * padded_side + torch.arange(side)

    def change(x: Tensor, y: Tensor) -> Batch:
        n = x.shape[2]
        moves = _stacked(rng.integers(0, 2 * pixels + 1, (2, n)) for rng in rngs)
        images = x.view(len(x), side, side, n)
        padded = torch.nn.functional.pad(images, (0, 0, pixels, pixels, pixels, pixels))
        at = corner.view(1, -1, 1) + (moves[:, :1] * padded_side + moves[:, 1:])
        return padded.view(len(x), -1, n).gather(1, at), y

    return change


def input_noise(
    deviation: float, rngs: Sequence[np.random.Generator]
) -> Callable[[Tensor, Tensor], Batch]:
    """Adds independent normal noise to every input."""

    def change(x: Tensor, y: Tensor) -> Batch:
        noise = _stacked(rng.standard_normal(x.shape[1:], np.float32) for rng in rngs)
        return noise.mul_(deviation).add_(x), y

    return change


def mixup(
    alpha: float, rngs: Sequence[np.random.Generator]
) -> Callable[[Tensor, Tensor], Batch]:
    """Mixes a batch with itself in another order, in a ratio drawn from Beta(alpha, alpha).

    Zhang et al. 2018, one ratio per batch as in the authors' code.
    """

    def change(x: Tensor, y: Tensor) -> Batch:
        drawn = [(rng.beta(alpha, alpha), rng.permutation(x.shape[2])) for rng in rngs]
        ratio = torch.tensor([r for r, _ in drawn], dtype=x.dtype).view(-1, 1, 1)
        order = _stacked(o for _, o in drawn)[:, None]
        x2, y2 = (a.gather(2, order.expand_as(a)) for a in (x, y))
        return torch.lerp(x2, x, ratio), torch.lerp(y2, y, ratio)

    return change


def label_smoothing(
    share: float, rngs: Sequence[np.random.Generator]
) -> Callable[[Tensor, Tensor], Batch]:
    """Takes a share of every label and spreads it evenly over all classes."""
    return lambda x, y: (x, y * (1 - share) + share / y.shape[1])


CHANGES: dict[str, Change] = {
    "shift": shift, "input_noise": input_noise, "mixup": mixup,
    "label_smoothing": label_smoothing,
}
"""By the treatment's field, in the order in which they act."""


# --- the group --------------------------------------------------------------------------


@dataclass(frozen=True)
class Schedule:
    """How every group is trained: Adam, or AdamW where weights decay."""

    n_steps: int
    batch_size: int
    learning_rate: float


class Group:
    """All seeds of one treatment as one stack: S * members nets, a seed's members in a row.

    Args:
        treatment: What they get.
        sizes: Units per layer, input first.
        data: Per seed its training data; `batches` are drawn from them.
        points: Per seed the inputs at which the group is asked, (S, features, N).
        seeds: Of weights, batches and everything drawn.
        schedule: How they are trained.
    """

    def __init__(
        self, treatment: Treatment, sizes: tuple[int, ...], data: Split, points: Tensor,
        seeds: range, schedule: Schedule,
    ) -> None:
        self.treatment, self._seeds = treatment, seeds
        n = data.train_x.shape[2]
        kept = n - round(HELD_OUT * n) if treatment.early_stopping else n
        train, held_out = _cut(data, kept)
        size = min(schedule.batch_size, kept)
        self._batches = batches(train, seeds, size, schedule.n_steps)
        self._changes = [
            make(getattr(treatment, name), self._rngs(purpose))
            for purpose, (name, make) in enumerate(CHANGES.items(), start=5)
            if getattr(treatment, name)
        ]
        self.race = self._make_race(sizes, schedule, size)
        self._points = self._each_member(points)
        self._t = 0
        if treatment.early_stopping:
            self._held_out = tuple(map(self._each_member, held_out))
            self._lowest = torch.full((len(self.race.p),), torch.inf)
            self.stopped_at = torch.zeros(len(self.race.p), dtype=torch.int64)
            self._kept = self._answers()
            self._look()

    def _make_race(self, sizes: tuple[int, ...], schedule: Schedule, batch_size: int) -> Race:
        treatment = self.treatment
        net = MLP(sizes, dropout=treatment.dropout, batch_norm=treatment.batch_norm)
        start = torch.from_numpy(np.stack([net.init(rng) for rng in self._member_rngs(0)]))
        coefficients = {"learning_rate": schedule.learning_rate, "l2": treatment.l2}
        if treatment.weight_decay:
            coefficients["weight_decay"] = treatment.weight_decay
        rule = "adamw" if treatment.weight_decay else "adam"
        runners = [Runner(rule, coefficients, i) for i in range(len(start))]
        rngs = self._member_rngs(3) if treatment.dropout else ()
        return Race(net, runners, start, batch_size, rngs)

    def _rngs(self, purpose: int) -> list[np.random.Generator]:
        return [np.random.default_rng((seed, purpose)) for seed in self._seeds]

    def _member_rngs(self, purpose: int) -> list[np.random.Generator]:
        # the first member is the net that a group of one would have
        return [
            np.random.default_rng((seed, purpose, member) if member else (seed, purpose))
            for seed in self._seeds for member in range(self.treatment.members)
        ]

    def _each_member(self, a: Tensor) -> Tensor:
        return a.repeat_interleave(self.treatment.members, 0) if self.treatment.members > 1 else a

    def step(self, rate_factor: float = 1.0) -> None:
        """One update of all nets; the factor scales their learning rate."""
        x, y = next(self._batches)
        for change in self._changes:
            x, y = change(x, y)
        self.race.step(self._each_member(x), self._each_member(y), rate_factor)
        self._t += 1
        if self.treatment.early_stopping and self._t % CHECK_EVERY == 0:
            self._look()

    def _look(self) -> None:
        """Keeps the answers of the nets that were never better on the held-out data."""
        loss, _ = self.race.losses(*self._held_out)
        better = loss < self._lowest
        if better.any():
            self._lowest = torch.where(better, loss, self._lowest)
            self.stopped_at[better] = self._t
            self._kept[better] = self._answers()[better]

    def _answers(self) -> Tensor:
        return torch.softmax(self.race.outputs(self._points), 1)

    def probabilities(self) -> Tensor:
        """What the group says at its points, (S, classes, N): the mean of a seed's members."""
        p = self._kept if self.treatment.early_stopping else self._answers()
        return p.view(len(self._seeds), self.treatment.members, *p.shape[1:]).mean(1)

    def squared_weights(self) -> Tensor:
        """The sum of the squares of all parameters, (S,), the mean of a seed's members."""
        return self.race.p.square().sum(1).view(-1, self.treatment.members).mean(1)


def _cut(data: Split, kept: int) -> tuple[Split, tuple[Tensor, Tensor]]:
    """The first training points, and the rest. Splits are stratified: so are both parts."""
    x, y = data.train_x, data.train_y
    first = Split(x[:, :, :kept].contiguous(), y[:, :, :kept].contiguous(),
                  data.test_x, data.test_y)
    return first, (x[:, :, kept:].contiguous(), y[:, :, kept:].contiguous())
