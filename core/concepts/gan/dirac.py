"""The smallest game there is: why do two players circle, and what makes them arrive?

The real point is 0. The generator has one number and makes the point there, theta; the
discriminator has one number, its slope psi, and scores D(x) = psi x. All ways to move start at the
same place, and everything is exact: so are the laws that their radius obeys.

Papers: Mescheder et al. 2018 (the game, and R1); Daskalakis et al. 2018 (optimistic); Korpelevich
1976 (extragradient); Arjovsky et al. 2017 (clipping), Gulrajani et al. 2017 (the penalty).
Differs from the papers in: plain gradient steps of one size for both players.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

MoveName = Literal["simultaneous", "alternating", "averaged", "optimistic", "extragradient", "r1",
                   "penalty", "clip"]
MOVE_NAMES = {
    "simultaneous": "Simultaneous", "alternating": "Alternating",
    "averaged": "Alternating, mean so far", "optimistic": "Optimistic",
    "extragradient": "Extragradient", "r1": "R1", "penalty": "Gradient penalty",
    "clip": "Clipped slope",
}
LOSS_NAMES = {"wasserstein": "Wasserstein", "saturating": "Saturating (minimax)",
              "non_saturating": "Non-saturating"}
REACH = 2.2
"""What is drawn goes from -REACH to REACH."""
N_FIELD = 12
"""Arrows of the field, each way."""
LOST = 50.0
"""A radius that is not left any more."""


class Config(BaseConfig):
    """How the two players move, and for what."""

    moves: tuple[MoveName, ...] = setting(
        ("simultaneous", "alternating", "r1"), "The ways to move, from the same start",
        names=MOVE_NAMES,
    )
    loss: Literal["wasserstein", "saturating", "non_saturating"] = setting(
        "saturating", "What the two players make small", names=LOSS_NAMES)
    step_size: float = setting(0.1, "Learning rate of both players", ge=0.01, le=0.5, log=True)
    n_steps: int = setting(500, "Number of updates of each player", ge=20, le=2000, unit="steps",
                           step=20)
    radius: float = setting(1.0, "How far from the solution they start", ge=0.1, le=2, step=0.1,
                            label="Start radius")
    r1_weight: float = setting(1.0, "Of R1", ge=0, le=3, step=0.1, group="Remedies",
                               label="R1 weight")
    penalty_weight: float = setting(1.0, "Of the gradient penalty, which wants the slope to be 1",
                                    ge=0, le=3, step=0.1, group="Remedies")
    clip: float = setting(0.5, "Where the slope is cut", ge=0.05, le=2, step=0.05,
                          group="Remedies")
    n_seeds: int = setting(
        1, "Number of starts on the circle; that of seed 0 is at the right, the others anywhere",
        ge=1, le=16, group="Starts", unit="starts",
    )
    seed: int = setting(0, "The first seed: where on the circle it starts", ge=0, le=9999,
                        group="Starts")

    @model_validator(mode="after")
    def _each_move_once(self) -> Config:
        each_once("moves", self.moves, get_args(MoveName))
        return self


# --- the game -----------------------------------------------------------------------------


def sigmoid(t: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-t)), without overflow."""
    return 0.5 * (1 + np.tanh(t / 2))


PULLS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "wasserstein": (np.ones_like, np.ones_like),
    "saturating": (sigmoid, sigmoid),
    "non_saturating": (sigmoid, lambda score: sigmoid(-score)),
}
"""By loss how strongly the score of the made point pulls discriminator and generator: the absolute
slopes of what they pay for it (`rules.LOSSES`)."""


@dataclass(frozen=True)
class Rules:
    """A game and its penalties: each player's velocity at positions (theta, psi), (2, S).

    Attributes:
        loss: Key of `PULLS`.
        r1: Weight of R1: the discriminator pays r1 / 2 psi^2, its squared slope.
        penalty: Weight of what it pays for a slope that is not 1: penalty (|psi| - 1)^2.
    """

    loss: str
    r1: float = 0.0
    penalty: float = 0.0

    def generator(self, at: np.ndarray) -> np.ndarray:
        theta, psi = at
        return psi * PULLS[self.loss][1](theta * psi)

    def discriminator(self, at: np.ndarray) -> np.ndarray:
        theta, psi = at
        pays = self.r1 * psi + 2 * self.penalty * (np.abs(psi) - 1) * np.sign(psi)
        return -theta * PULLS[self.loss][0](theta * psi) - pays

    def field(self, at: np.ndarray) -> np.ndarray:
        """Both velocities, (2, S): downhill for each player, the other one as it is."""
        return np.stack([self.generator(at), self.discriminator(at)])


# --- ways to move: from (theta, psi) to the next one --------------------------------------

Move = Iterator[np.ndarray]


def simultaneous(rules: Rules, h: float, at: np.ndarray) -> Move:
    """Both look, then both move."""
    while True:
        at = at + h * rules.field(at)
        yield at


def alternating(rules: Rules, h: float, at: np.ndarray) -> Move:
    """First the discriminator; the generator answers to what it is then."""
    while True:
        theta, psi = at
        psi = psi + h * rules.discriminator(at)
        at = np.stack([theta + h * rules.generator(np.stack([theta, psi])), psi])
        yield at


def averaged(rules: Rules, h: float, at: np.ndarray) -> Move:
    """The mean of all places of alternating players, their start included."""
    total = at
    for t, place in enumerate(alternating(rules, h, at), start=2):
        total = total + place
        yield total / t


def optimistic(rules: Rules, h: float, at: np.ndarray) -> Move:
    """w <- w + h (2 v_t - v_{t-1}): each expects the other to go on. Daskalakis et al. 2018."""
    before = rules.field(at)
    while True:
        now = rules.field(at)
        at, before = at + h * (2 * now - before), now
        yield at


def extragradient(rules: Rules, h: float, at: np.ndarray) -> Move:
    """A step to try, and the real one with the velocity found there. Korpelevich 1976."""
    while True:
        at = at + h * rules.field(at + h * rules.field(at))
        yield at


def clipped(rules: Rules, h: float, at: np.ndarray, limit: float) -> Move:
    """Alternating, the slope cut at plus or minus the limit."""
    theta, psi = at
    while True:
        at = np.stack([theta, psi])
        psi = np.clip(psi + h * rules.discriminator(at), -limit, limit)
        theta = theta + h * rules.generator(np.stack([theta, psi]))
        yield np.stack([theta, psi])


MOVES: dict[str, Callable[[Config, np.ndarray], Move]] = {
    "simultaneous": lambda c, at: simultaneous(Rules(c.loss), c.step_size, at),
    "alternating": lambda c, at: alternating(Rules(c.loss), c.step_size, at),
    "averaged": lambda c, at: averaged(Rules(c.loss), c.step_size, at),
    "optimistic": lambda c, at: optimistic(Rules(c.loss), c.step_size, at),
    "extragradient": lambda c, at: extragradient(Rules(c.loss), c.step_size, at),
    "r1": lambda c, at: simultaneous(Rules(c.loss, r1=c.r1_weight), c.step_size, at),
    "penalty": lambda c, at: simultaneous(
        Rules(c.loss, penalty=c.penalty_weight), c.step_size, at),
    "clip": lambda c, at: clipped(Rules(c.loss), c.step_size, at, c.clip),
}


# --- theory -------------------------------------------------------------------------------


def eigenvalues(config: Config) -> dict[str, np.ndarray]:
    """Of one update near the solution, by move, complex: inside the unit circle it is drawn in.

    With f the pull at the solution: 1 for Wasserstein, 1/2 for the others. None of moves that have
    no smooth update there.
    """
    h, f = config.step_size, 1.0 if config.loss == "wasserstein" else 0.5
    a = np.array([[0, f], [-f, 0]])  # velocities of (theta, psi)
    one = np.eye(2)
    damped = a - config.r1_weight * np.diag([0, 1])
    after = np.array([[1, 0], [-h * f, 1]])  # the discriminator's move, then the generator's
    matrices = {
        "simultaneous": one + h * a, "r1": one + h * damped,
        "alternating": np.array([[1, h * f], [0, 1]]) @ after,
        "extragradient": one + h * a @ (one + h * a),
        "optimistic": np.block([[one + 2 * h * a, -h * a], [one, 0 * one]]),
    }
    return {name: np.linalg.eigvals(matrices[name]) for name in config.moves if name in matrices}


def predicted(config: Config, name: str, t: int) -> float:
    """The radius after t updates by the formula, NaN for moves without one.

    Simultaneous Wasserstein players: (1 + h^2)^(t / 2) times the start's, exactly. R1: the larger
    eigenvalue's absolute value to the t-th power, which holds near the solution.
    """
    h = config.step_size
    if name == "simultaneous" and config.loss == "wasserstein":
        return float(config.radius * (1 + h * h) ** (t / 2))
    if name == "r1":
        return float(config.radius * np.abs(eigenvalues(config)["r1"]).max() ** t)
    return math.nan


# --- the run ------------------------------------------------------------------------------


def starts(config: Config) -> np.ndarray:
    """(theta, psi) of each seed, (2, S)."""
    turns = [np.random.default_rng((seed, 0)).uniform(0, 2 * np.pi) if seed else 0.0
             for seed in config.seeds]
    return config.radius * np.stack([np.cos(turns), np.sin(turns)])


def field(config: Config) -> np.ndarray:
    """Arrows of the velocities at places of a lattice, (arrow, start and end, xy)."""
    ends = (np.arange(N_FIELD) + 0.5) / N_FIELD * 2 * REACH - REACH
    at = np.stack(np.meshgrid(ends, ends)).reshape(2, -1)
    way = 0.11 * Rules(config.loss).field(at)
    return np.stack([(at - way / 2).T, (at + way / 2).T], 1)


def measured(config: Config, at: Mapping[str, np.ndarray], t: int) -> dict[str, np.ndarray]:
    """The arrays of a frame; what has left for good is a gap in the pictures."""
    places = np.stack([at[name] for name in config.moves])  # (move, xy, S)
    radius = np.hypot(places[:, 0], places[:, 1])
    shown = np.where(radius[:, None] <= LOST, places, np.nan)
    theta, psi = shown[:, 0, 0], shown[:, 1, 0]
    line = np.stack([np.full_like(psi, -REACH), -REACH * psi, np.full_like(psi, REACH),
                     REACH * psi], 1).reshape(-1, 2, 2)
    found = {
        "position": shown, "radius": np.minimum(radius, 1e30), "line": line,
        "made": np.stack([theta, theta * psi], 1),
        "formula": np.array([min(predicted(config, name, t), 1e30) for name in config.moves]),
    }
    return {name: a.astype(np.float32) for name, a in found.items()}


def fixed(config: Config) -> dict[str, np.ndarray]:
    """What does not change: the field, and eigenvalues (move, 4, real and imaginary)."""
    known = eigenvalues(config)
    rows = np.full((len(config.moves), 4), np.nan + 0j)
    for i, name in enumerate(config.moves):
        rows[i, : len(known.get(name, ()))] = known.get(name, ())
    values = np.stack([rows.real, rows.imag], -1)
    return {"field": field(config).astype(np.float32), "eigenvalues": values.astype(np.float32)}


def news(config: Config, t: int, at: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Who has arrived, and who has left for good."""
    for name in config.moves:
        radius = np.hypot(*at[name]).max()
        for key, true in (("arrived", radius < 1e-3), ("left", not radius <= LOST)):
            if true:
                yield Note(key, {"move": name, "step": t}, name)


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All ways to move, side by side."""
    at: dict[str, np.ndarray] = {name: starts(config) for name in config.moves}
    moves: dict[str, Move] = {name: MOVES[name](config, starts(config))
                              for name in config.moves}
    t = 0

    def measure() -> Measured:
        return measured(config, at, t) | (fixed(config) if t == 0 else {}), news(config, t, at)

    yield t, measure
    for t in range(1, config.n_steps + 1):
        at = {name: next(move) for name, move in moves.items()}
        yield t, measure


NOTES = {
    "arrived": "{move}: at step {step} within 0.001 of the solution.",
    "left": "{move}: by step {step} it is farther than 50 away and does not come back. A smaller "
            "step size, or R1, mends it.",
    **names_of("move", MOVE_NAMES),
}
DIMS = {
    "position": ("step", "move", "xy", "seed"), "radius": ("step", "move", "seed"),
    "formula": ("step", "move"), "line": ("step", "move", "end", "xy"),
    "made": ("step", "move", "xy"), "field": ("arrow", "end", "xy"),
    "eigenvalues": ("move", "eigenvalue", "part"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "move": list(config.moves), "xy": ["x", "y"], "seed": list(config.seeds),
        "end": ["start", "end"], "arrow": range(N_FIELD**2), "eigenvalue": range(4),
        "part": ["real", "imaginary"],
    }
