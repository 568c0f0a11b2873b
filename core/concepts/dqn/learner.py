"""Q-learning with a network (DQN), many agents as one array program.

The names follow Mnih et al. 2015, algorithm 1. Arrays are feature-major, as everywhere in
the stacked engine: states (K, 4, batch), values (K, 2, batch).

In numpy, not in torch: a batch of 64 through a 4-64-64-2 net takes microseconds, so what
an operation costs before it computes anything decides (one agent's update takes a third of
the time, twelve agents' three quarters). The backward pass and Adam are written out;
`tests/concepts/dqn/test_dqn.py` holds both to torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

WIDTH = 64
SHAPES = ((WIDTH, 4), (WIDTH, WIDTH), (3, WIDTH))
"""(out, in) per layer. Three outputs: the values of both actions; or, dueling, the advantages
of both and V."""
PLAYED_SIZES = (4, WIDTH, WIDTH, 2)
"""Of the net that is recorded, with the head in its last layer."""
PLAIN = ((1, 0, 0), (0, 1, 0))
DUELING = ((0.5, -0.5, 1), (-0.5, 0.5, 1))
"""Q(s, a) = V(s) + A(s, a) - mean A(s, .), Wang et al. 2016, eq. 9, on the last layer."""
MAX_GRADIENT_NORM = 10.0

Layers = Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Recipe:
    """One agent's switches.

    Attributes:
        buffer_size: The newest transitions that a batch is drawn from; 1: the last one only.
        target_update_interval: Steps between two updates of the target network.
        tau: How far the target network moves then: 1 is a copy (hard), less is soft.
        double: Whether the online net chooses the action that the target net values.
        n_step: Rewards that are added up before a value is asked for.
        loss: Of the TD error: squared, or Huber's, which is linear beyond 1.
        epsilon_decay_steps: Over which the share of random actions falls linearly.
        dueling: Whether the net's last layer is split into V and advantages.
        reward: What each step pays; the environment's is 1.
    """

    buffer_size: int = 10_000
    target_update_interval: int = 50
    tau: float = 1.0
    double: bool = False
    n_step: int = 1
    loss: Literal["mse", "huber"] = "mse"
    gamma: float = 0.99
    learning_rate: float = 1e-3
    epsilon_start: float = 1.0
    epsilon_end: float = 0.05
    epsilon_decay_steps: int = 4000
    dueling: bool = False
    reward: float = 1.0


def initial(rng: np.random.Generator) -> np.ndarray:
    """One net's parameters, (P,): uniform in +-1/sqrt(fan_in), torch.nn.Linear's default."""
    parts = [
        rng.uniform(-1, 1, n_out * (n_in + 1)) / np.sqrt(n_in) for n_out, n_in in SHAPES
    ]
    return np.concatenate(parts).astype(np.float32)


def layers_of(flat: np.ndarray) -> Layers:
    """Per layer the weights (K, out, in) and biases (K, out, 1) inside `flat` (K, P)."""
    layers, at = [], 0
    for n_out, n_in in SHAPES:
        weight = flat[:, at : at + n_out * n_in].reshape(-1, n_out, n_in)
        at += n_out * n_in
        layers.append((weight, flat[:, at : at + n_out, None]))
        at += n_out
    return layers


def forward(layers: Layers, x: np.ndarray) -> list[np.ndarray]:
    """The input and every layer's output, each (K, features, batch)."""
    outputs = [x]
    for i, (weight, bias) in enumerate(layers):
        z = np.matmul(weight, outputs[-1])
        z += bias
        if i < len(layers) - 1:
            np.maximum(z, 0, out=z)
        outputs.append(z)
    return outputs


class Learner:
    """K networks, their targets and Adam (Kingma & Ba 2015, algorithm 1).

    Args:
        recipes: One per agent.
        start: Initial parameters, (K, P).

    Attributes:
        p, target_p: Parameters of the online and the target nets, (K, P).
        learning_rate: (K, 1); may be changed between updates.
    """

    def __init__(self, recipes: Sequence[Recipe], start: np.ndarray) -> None:
        self.p, self.target_p = start.copy(), start.copy()
        self._g, self._m, self._v = (np.zeros_like(start) for _ in range(3))
        self._online, self._target = layers_of(self.p), layers_of(self.target_p)
        self._grads = layers_of(self._g)
        self.heads = np.array([DUELING if r.dueling else PLAIN for r in recipes], np.float32)
        self._double = np.array([r.double for r in recipes])[:, None]
        # the squared error's derivative is twice the TD error, Huber's the error cut at 1
        huber = np.array([r.loss == "huber" for r in recipes])[:, None]
        self._limit = np.where(huber, 1, np.inf).astype(np.float32)
        self._slope = np.where(huber, 1, 2).astype(np.float32)
        self._intervals = np.array([r.target_update_interval for r in recipes])
        self._tau = np.array([[r.tau] for r in recipes], np.float32)
        self.learning_rate = np.array([[r.learning_rate] for r in recipes], np.float32)
        self._t = 0

    def values(self, x: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """Q of both actions, (K, 2, batch), of all agents or of some."""
        layers = [(weight[rows], bias[rows]) for weight, bias in self._online]
        return np.matmul(self.heads[rows], forward(layers, x)[-1])

    def learn(
        self, x: np.ndarray, right: np.ndarray, gain: np.ndarray, discount: np.ndarray,
        x2: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """One update of all nets.

        Args:
            x: States, (K, 4, batch).
            right: Whether the action was to push right, (K, batch), 0 or 1.
            gain: The discounted rewards up to the next state, (K, batch).
            discount: Of the next state's value; 0 where the episode terminated.
            x2: The next states, (K, 4, batch).

        Returns:
            The values of the actions and their TD errors before the update, (K, batch).
        """
        goal = self.next_value(x2)
        goal *= discount
        goal += gain
        outputs = forward(self._online, x)
        q = np.matmul(self.heads, outputs[-1])
        taken = np.where(right > 0, q[:, 1], q[:, 0])
        error = taken - goal
        push = np.clip(error, -self._limit, self._limit)
        push *= self._slope / x.shape[2]
        np.multiply(push, right, out=q[:, 1])
        np.subtract(push, q[:, 1], out=q[:, 0])  # q is dL/dQ from here on
        self._backward(outputs, np.matmul(self.heads.transpose(0, 2, 1), q))
        self._clip()
        self._adam()
        return taken, error

    def next_value(self, x2: np.ndarray) -> np.ndarray:
        """The value of the next states, (K, batch): van Hasselt et al. 2016, eqs. 2 and 4."""
        valued = np.matmul(self.heads, forward(self._target, x2)[-1])
        if not self._double.any():
            return valued.max(1)
        chosen = self.values(x2)
        right = np.where(
            self._double, chosen[:, 1] > chosen[:, 0], valued[:, 1] > valued[:, 0]
        )
        return np.where(right, valued[:, 1], valued[:, 0])

    def _backward(self, outputs: list[np.ndarray], delta: np.ndarray) -> None:
        for i in range(len(self._online) - 1, -1, -1):
            d_weight, d_bias = self._grads[i]
            d_weight[...] = np.matmul(delta, outputs[i].transpose(0, 2, 1))
            np.add.reduce(delta, axis=2, keepdims=True, out=d_bias)
            if i > 0:
                delta = np.matmul(self._online[i][0].transpose(0, 2, 1), delta)
                delta *= outputs[i] > 0

    def _clip(self) -> None:
        norm = np.sqrt(np.einsum("kp,kp->k", self._g, self._g))
        if (norm > MAX_GRADIENT_NORM).any():
            self._g *= np.minimum(MAX_GRADIENT_NORM / (norm + 1e-6), 1)[:, None]

    def _adam(self, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        self._t += 1
        g, m, v = self._g, self._m, self._v
        scratch = np.subtract(g, m)
        scratch *= np.float32(1 - beta1)
        m += scratch
        np.multiply(g, g, out=scratch)
        scratch -= v
        scratch *= np.float32(1 - beta2)
        v += scratch
        np.sqrt(v, out=scratch)
        scratch *= np.float32((1 - beta2**self._t) ** -0.5)
        scratch += np.float32(eps)
        np.divide(m, scratch, out=scratch)
        scratch *= self.learning_rate / np.float32(1 - beta1**self._t)
        self.p -= scratch

    def sync(self, step: int) -> None:
        """Moves the target networks that are due after this environment step."""
        due = step % self._intervals == 0
        if due.all():
            self.target_p += self._tau * (self.p - self.target_p)
        elif due.any():
            self.target_p[due] += self._tau[due] * (self.p[due] - self.target_p[due])
