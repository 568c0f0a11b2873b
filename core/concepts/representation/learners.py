"""Who is told the numbers: nets and linear models, trained here; neighbours and trees, fitted.

Those that are trained are stacked: all seeds and both rules of one kind in one program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.representation.tables import Halves
from core.lazy import neighbors, torch, trees
from core.stacked.data import Split, batches
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

BATCH_SIZE = 32
RULES = ("momentum", "adam")


@dataclass(frozen=True)
class Trained:
    """A kind that gradient descent trains.

    Attributes:
        label: For people.
        hidden: Whether it has a hidden layer.
        rule: Key in `core.stacked.rules.RULES`.
    """

    label: str
    hidden: bool
    rule: str


@dataclass(frozen=True)
class Fitted:
    """A kind of scikit-learn's.

    Attributes:
        label: For people.
        make: A new one, for a number of neighbours and a random state.
    """

    label: str
    make: Callable[[int, int], Any]


TRAINED = {
    "net_momentum": Trained("Net, momentum", True, "momentum"),
    "net_adam": Trained("Net, Adam", True, "adam"),
    "linear_momentum": Trained("Linear, momentum", False, "momentum"),
    "linear_adam": Trained("Linear, Adam", False, "adam"),
}
FITTED = {
    "neighbours": Fitted("Neighbours", lambda k, _: neighbors.KNeighborsClassifier(k)),
    "tree": Fitted("Tree", lambda _, seed: trees.DecisionTreeClassifier(random_state=seed)),
}
MODELS: Mapping[str, Trained | Fitted] = {**TRAINED, **FITTED}
MODEL_NAMES = {name: model.label for name, model in MODELS.items()}


class Pair:
    """Nets of one shape on one representation: those of both rules, for every seed.

    Args:
        told: Each seed's rows as this representation has them.
        n_classes: Outputs.
        hidden: Units of the hidden layer; 0 for a linear model.
        rates: A learning rate per rule of `RULES`.
        seeds: Theirs.
        n_steps: Updates to come.
    """

    def __init__(
        self, told: Sequence[Halves], n_classes: int, hidden: int, rates: Sequence[float],
        seeds: range, n_steps: int,
    ) -> None:
        self.split = _split(told, n_classes)
        n_inputs = self.split.train_x.shape[1]
        net = MLP((n_inputs, *([hidden] if hidden else []), n_classes))
        start = torch.from_numpy(np.stack([net.init(np.random.default_rng((s, 41)))
                                           for s in seeds]))
        runners = [Runner(rule, {"learning_rate": rate}, i)
                   for rule, rate in zip(RULES, rates, strict=True) for i in range(len(seeds))]
        self._race = Race(net, runners, start, BATCH_SIZE)
        self._batches: Iterator[tuple[Tensor, Tensor]] = batches(
            self.split, seeds, BATCH_SIZE, n_steps)

    def step(self) -> None:
        """One update of all."""
        self._race.step(*next(self._batches))

    def said(self) -> Tensor:
        """The class that each names for the test rows, (rule, seed, n); -1 where it overflowed."""
        z = self._race.outputs(self.split.test_x)  # (K, classes, n)
        best = torch.where(z.isfinite().all(1), z.argmax(1), -1)
        return best.view(len(RULES), -1, best.shape[1])


def _split(told: Sequence[Halves], n_classes: int) -> Split:
    """All seeds' rows as nets take them."""
    one_hot = np.eye(n_classes)
    parts = [(h.train_x, one_hot[h.train_y], h.test_x, one_hot[h.test_y]) for h in told]
    return Split(*(
        torch.from_numpy(np.stack(part).astype(np.float32)).transpose(1, 2).contiguous()
        for part in zip(*parts, strict=True)
    ))
