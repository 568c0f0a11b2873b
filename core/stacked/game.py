"""Players that learn against each other, many games at once: GANs.

Each player has parameters, an update rule, and a loss that may depend on what the others are. The
loss is written forward only. A penalty on a gradient (R1, WGAN-GP) is a loss like any other: take
the inner gradient with `create_graph=True`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.lazy import torch
from core.stacked.rules import Updater
from core.stacked.traced import Leaves, Parameters, Shapes

if TYPE_CHECKING:
    from torch import Tensor

Everyone = Mapping[str, Parameters]  # by player


@dataclass(frozen=True)
class Player:
    """One side of K games.

    Attributes:
        shapes: Of one model's parameters, by name.
        start: Initial parameters, (K, P); copied.
        loss: From the parameters of all players and whatever `turn` is given to (K,): a loss per
            game, that depends on that game alone.
        rules: Per game the key of its rule in `RULES`.
        coefficients: Per game those of its rule.
    """

    shapes: Shapes
    start: Tensor
    loss: Callable[..., Tensor]
    rules: Sequence[str]
    coefficients: Sequence[Mapping[str, float]]


class Game:
    """K games between the same players.

    `turn` by turn they alternate; for a simultaneous step call `gradient` of all, then `update` of
    all.

    Args:
        players: By name.

    Attributes:
        p: Per player its parameters in all games, (K, P).
        g: Per player the gradients of its last turn, (K, P).
    """

    def __init__(self, players: Mapping[str, Player]) -> None:
        self.players = players
        self.p = {name: player.start.clone() for name, player in players.items()}
        self.g = {name: torch.zeros_like(p) for name, p in self.p.items()}
        self._leaves = {name: Leaves(player.shapes, self.p[name], self.g[name])
                        for name, player in players.items()}
        self._updaters = {name: Updater(self.p[name], player.rules, player.coefficients)
                          for name, player in players.items()}

    @property
    def parameters(self) -> Everyone:
        """Of all players, for measuring: not traced."""
        return {name: leaves.fixed for name, leaves in self._leaves.items()}

    def turn(self, name: str, *data: Tensor, rate_factor: float = 1.0) -> Tensor:
        """One update of a player; returns its loss before, (K,)."""
        losses = self.gradient(name, *data)
        self.update(name, rate_factor)
        return losses

    def gradient(self, name: str, *data: Tensor) -> Tensor:
        """Takes the gradient of a player's loss in its own parameters; returns the loss, (K,)."""
        leaves = self._leaves[name]
        losses = self.players[name].loss({**self.parameters, name: leaves.learned}, *data)
        leaves.differentiate(losses)
        return losses.detach()

    def update(self, name: str, rate_factor: float = 1.0) -> None:
        """Moves a player along its last gradient; its learning rate is scaled by the factor."""
        with torch.no_grad():
            self._updaters[name].step(self.g[name], rate_factor)
