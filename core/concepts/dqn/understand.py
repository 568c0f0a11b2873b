"""Understand it: the textbook DQN agent on CartPole, and what each of its parts does.

One cart per agent, one update per step. Variants change one thing each and are trained
side by side, over several seeds, as few array programs.

Paper: Mnih et al. 2015, *Human-level control through deep reinforcement learning*.
Differs from the paper in: four numbers instead of pixels and a 4-64-64-2 net; Adam instead of
RMSProp; the squared error, with the gradient's norm cut at 10, instead of the clipped error
(a switch); an update every step instead of every fourth; no frame is repeated. A dueling
net (Wang et al. 2016) splits the last layer only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from core.concepts.dqn.cartpole import EARTH, TIME_LIMIT, World
from core.concepts.dqn.learner import Recipe
from core.concepts.dqn.record import N_VISITED, THETA_BINS, compact, look
from core.concepts.dqn.stacks import AgentStack, DeepAgents, TableAgents
from core.config import (
    ChangingConfig,
    RefusedError,
    changeable,
    each_once,
    setting,
    with_changes,
)
from core.experiment import recorded_steps
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

VariantName = Literal[
    "full", "no_target", "no_replay", "neither", "slow_target", "soft_target", "double",
    "dueling", "multi_step", "one_random_action", "short_sighted", "huber_slow", "table",
]


@dataclass(frozen=True)
class Variant:
    """An agent that differs from the settings of the page.

    Attributes:
        label: For people.
        changes: Fields of `Recipe` and their values.
        table: Whether it keeps a table instead of a network.
    """

    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    table: bool = False


VARIANTS: dict[str, Variant] = {
    "full": Variant("Full DQN"),
    "no_target": Variant("No target network", {"target_update_interval": 1, "tau": 1.0}),
    "no_replay": Variant("No replay", {"buffer_size": 1}),
    "neither": Variant("Neither", {"buffer_size": 1, "target_update_interval": 1, "tau": 1.0}),
    "slow_target": Variant("Slow target", {"target_update_interval": 500, "tau": 1.0}),
    "soft_target": Variant("Soft target", {"target_update_interval": 1, "tau": 0.01}),
    "double": Variant("Double DQN", {"double": True}),
    "dueling": Variant("Dueling", {"dueling": True}),
    "multi_step": Variant("3-step returns", {"n_step": 3}),
    "one_random_action": Variant("One random action", {
        "epsilon_start": 1.0, "epsilon_end": 0.0, "epsilon_decay_steps": 1}),
    "short_sighted": Variant("Short-sighted", {"gamma": 0.95}),
    "huber_slow": Variant("Huber, slow", {"loss": "huber", "learning_rate": 1.7e-4}),
    "table": Variant("Table", table=True),
}
MAX_VARIANTS = 8
"""A run's history is kept below 8 MB: each variant adds its weights and maps to every frame."""
EVALUATE_EVERY = 1000
N_EPISODES = 5


class Config(ChangingConfig):
    """Who learns, and how."""

    variants: tuple[VariantName, ...] = setting(
        ("full", "no_target", "no_replay", "neither"),
        "The agents; all but Full DQN change one or two of the settings below", label="Agents",
        names={name: variant.label for name, variant in VARIANTS.items()},
    )
    n_steps: int = setting(
        8000, "Steps in the environment, and updates", ge=1000, le=16000, unit="steps", step=1000
    )
    target_update_interval: int = setting(
        50, "Steps between two copies of the network into its target network", ge=1, le=1000,
        unit="steps", log=True,
    )
    buffer_size: int = setting(
        10_000, "Transitions that the replay memory keeps", ge=1, le=10_000, log=True,
        unit="transitions",
    )
    learning_rate: float = setting(
        0.001, "Of Adam", ge=1e-5, le=0.1, log=True, changeable=True
    )
    gamma: float = setting(
        0.99, "Discount: what a reward one step later is worth", ge=0.9, le=0.999, step=0.001
    )
    epsilon_start: float = setting(
        1.0, "Share of random actions at the start", ge=0, le=1, step=0.05, group="Exploration",
        changeable=True,
    )
    epsilon_end: float = setting(
        0.05, "Share of random actions in the end", ge=0, le=1, step=0.01, group="Exploration",
        changeable=True,
    )
    epsilon_decay_steps: int = setting(
        4000, "Steps from the first share to the last", ge=0, le=8000, unit="steps", step=250,
        group="Exploration",
    )
    loss: Literal["mse", "huber"] = setting(
        "mse", "Of the TD error: squared, or Huber's, linear beyond 1", group="Agent",
        names={"mse": "Squared", "huber": "Huber"},
    )
    double: bool = setting(
        False, "Let the online network choose the action that the target network values",
        label="Double DQN", group="Agent",
    )
    dueling: bool = setting(
        False, "Split the last layer into a state's value and its actions' advantages",
        group="Agent",
    )
    n_step: int = setting(
        1, "Rewards that are added up before a value is asked for", ge=1, le=10, step=1,
        label="Steps per return", group="Agent",
    )
    batch_size: int = setting(
        64, "Transitions per update", ge=16, le=128, step=16, unit="transitions", group="Agent"
    )
    tau: float = setting(
        1.0, "How far the target network moves at its interval; 1 copies", ge=0.01, le=1,
        log=True, group="Agent",
    )
    table_step_size: float = setting(
        0.2, "Share of the TD error by which the table's entries move", ge=0.01, le=1, log=True,
        group="Agent",
    )
    gravity: float = setting(
        EARTH.gravity, "Of the cart's world; 9.8 is the earth's", ge=0.5, le=50, log=True,
        unit="m/s²", group="World", changeable=True,
    )
    pole_length: float = setting(
        EARTH.pole_length, "From the cart to the pole's middle", ge=0.1, le=5, log=True,
        unit="m", label="Half pole length", group="World", changeable=True,
    )
    n_seeds: int = setting(
        4, "Agents per variant, each with its own weights and luck", ge=1, le=10, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _possible(self) -> Config:
        each_once("variants", self.variants, list(VARIANTS))
        if len(self.variants) > MAX_VARIANTS:
            raise RefusedError("variants", self.variants, Note(
                "allowed.at_most", {"most": MAX_VARIANTS, "options": ", ".join(VARIANTS)}))
        return self


def recipe_of(config: Config, name: str) -> Recipe:
    """The page's settings with the variant's own changes."""
    known = {f.name for f in fields(Recipe)} & set(Config.model_fields)
    base = Recipe(**{name: getattr(config, name) for name in known})
    return replace(base, **VARIANTS[name].changes)


def world_of(config: Config) -> World:
    """The cart's, before anything changes."""
    return World(config.gravity, config.pole_length)


def worlds(config: Config) -> list[tuple[int, World]]:
    """The cart's world at the start, step 0, and after each change: the step, and what holds
    from the one after it on.
    """
    found, now = [(0, world_of(config))], config
    for change in config.changes:
        now = with_changes(now, **{change.setting: change.value})
        found.append((change.step, world_of(now)))
    return found


def value_bound(config: Config, name: str) -> float:
    """1 / (1 - gamma): what a pole that never falls pays, discounted."""
    return 1 / (1 - recipe_of(config, name).gamma)


def horizon(gamma: float) -> int:
    """Steps after which less than 1 % of what Q may look forward to is left; an episode at least.

    Q knows of no time limit, so what it is compared with may not be cut off at 500 steps either.
    """
    return max(TIME_LIMIT, math.ceil(math.log(0.01) / math.log(gamma)))


def may_run_away(config: Config) -> bool:
    """Whether some agent's values may leave their bound by orders of magnitude."""
    recipes = [recipe_of(config, name) for name in config.variants]
    return any(
        (r.target_update_interval < 20 * r.tau and not VARIANTS[name].table)
        or r.buffer_size < 1000 or (r.loss == "huber" and r.learning_rate < 5e-4)
        for name, r in zip(config.variants, recipes, strict=True)
    )


def players(config: Config) -> list[dict[str, Any]]:
    """Per agent where its frames keep what it knows: array, row in it, index of the variant."""
    order: list[str] = list(config.variants)
    rows = {"weights": networks(config), "table": [n for n in order if VARIANTS[n].table]}
    return [
        {"name": name, "source": source, "row": names.index(name),
         "index": order.index(name)}
        for source, names in rows.items() for name in names
    ]


def groups(config: Config) -> dict[int, list[str]]:
    """The variants by the size of their batches, 0 for tables: one stack each.

    An agent whose memory holds less than a batch learns from that much: drawing 64 times
    the same transition is the same update as drawing it once.
    """
    members: dict[int, list[str]] = {}
    for name in config.variants:
        size = min(config.batch_size, recipe_of(config, name).buffer_size)
        members.setdefault(0 if VARIANTS[name].table else size, []).append(name)
    return members


class Agents:
    """All agents of a run, in stacks that share one array program each."""

    def __init__(self, config: Config) -> None:
        self.config, members = config, groups(config)
        self.stacks = [self._stack(size, names) for size, names in members.items()]
        for stack in self.stacks:
            stack.carts.world = world_of(config)
        order = [name for names in members.values() for name in names]
        self._order = [order.index(name) for name in config.variants]

    def _stack(self, batch_size: int, names: list[str]) -> AgentStack:
        recipes = [recipe_of(self.config, name) for name in names]
        if batch_size == 0:
            return TableAgents(recipes, self.config.seeds, self.config.table_step_size)
        return DeepAgents(recipes, self.config.seeds, batch_size=batch_size)

    def step(self) -> None:
        for stack in self.stacks:
            stack.step()

    def follow(self, now: Config) -> None:
        """Takes over what has changed, for all agents the same: even where a variant had a
        value of its own.
        """
        if now is self.config:
            return
        changed = {name: getattr(now, name) for name in changeable(Config)
                   if getattr(now, name) != getattr(self.config, name)}
        for stack in self.stacks:
            stack.change(changed, world_of(now))
        self.config = now

    def gather(self, parts: list[np.ndarray]) -> np.ndarray:
        """One array per stack, (K, ...), as one, (variant, seed, ...)."""
        shaped = [p.reshape(-1, self.config.n_seeds, *p.shape[1:]) for p in parts]
        return np.concatenate(shaped)[self._order]


def evaluation_steps(config: Config) -> list[int]:
    """At even intervals, and right after each change, before anything new is learned."""
    after = {min(change.step + 1, config.n_steps) for change in config.changes}
    return sorted({*range(0, config.n_steps + 1, EVALUATE_EVERY), *after})


def record_steps(config: Config) -> list[int]:
    """About 60: those of every run, and the evaluations."""
    return sorted({*recorded_steps(config.n_steps, 48), *evaluation_steps(config)})


@recorded(record_steps)
def train(config: Config) -> Algorithm[Config]:
    """All agents together, a step in the environment and an update at a time."""
    agents, evaluations = Agents(config), set(evaluation_steps(config))
    measuring, t = Measuring(config), 0

    def measure() -> Measured:
        return measuring.at(agents, t, evaluate=t in evaluations)

    for t in range(config.n_steps + 1):
        if t:
            agents.step()
        agents.follow((yield t, measure))


class Measuring:
    """Measures the agents, and keeps the last evaluation until the next."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._evaluated: dict[str, np.ndarray] = {}

    def at(self, agents: Agents, t: int, evaluate: bool) -> Measured:
        """The arrays and notes of a recorded step."""
        stacks, gather = agents.stacks, agents.gather
        if evaluate:
            self._evaluated = self._evaluate(agents)
        arrays = {
            "episodic_return": gather([c.recent_return() for c in stacks]),
            "last_return": gather([c.last_return for c in stacks]),
            "n_episodes": gather([c.n_episodes for c in stacks]),
            "epsilon": gather([c.epsilon() for c in stacks])[:, 0],
            "q_start": gather([c.start_value() for c in stacks]),
            "q_max": gather([c.taken.max(1) for c in stacks]),
            "td_error": gather([c.td_error() for c in stacks]),
            **self._evaluated,
            **look(stacks, gather, self.config.n_seeds),
        }
        return compact(arrays), self._notes(t, arrays)

    def _evaluate(self, agents: Agents) -> dict[str, np.ndarray]:
        """Greedy episodes: their mean return, and their discounted return as far as Q looks,
        (variant, seed).
        """
        gamma = np.array([recipe_of(self.config, name).gamma for name in self.config.variants])
        lengths = agents.gather([
            c.greedy_returns(N_EPISODES, c.carts.world, horizon(gamma.max()))
            for c in agents.stacks])
        discounted = (1 - gamma[:, None, None] ** lengths) / (1 - gamma[:, None, None])
        return {"greedy_return": np.minimum(lengths, TIME_LIMIT).mean(2),
                "discounted_return": discounted.mean(2)}

    def _notes(self, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        for v, name in enumerate(self.config.variants):
            bound = value_bound(self.config, name)
            above = arrays["q_start"][v] > bound
            if above.all():
                values = {"variant": name, "step": t, "bound": f"{bound:.4g}"}
                yield Note("overestimates", values, about=name)


NOTES = {
    "overestimates": "{variant}: by step {step}, Q at the start is above {bound} in every seed. "
                     "No policy can earn that much: it is overestimation.",
    **names("variant", {name: variant.label for name, variant in VARIANTS.items()}),
}


DIMS = {
    "episodic_return": ("step", "variant", "seed"),
    "last_return": ("step", "variant", "seed"),
    "n_episodes": ("step", "variant", "seed"),
    "epsilon": ("step", "variant"),
    "greedy_return": ("step", "variant", "seed"),
    "discounted_return": ("step", "variant", "seed"),
    "q_start": ("step", "variant", "seed"),
    "q_max": ("step", "variant", "seed"),
    "td_error": ("step", "variant", "seed"),
    "value_map": ("step", "variant", "theta_dot", "theta"),
    "policy_map": ("step", "variant", "theta_dot", "theta"),
    "visited": ("step", "variant", "angle", "transition"),
    "replay_theta": ("step", "variant", "theta_bin"),
    "weights": ("step", "network", "parameter"),
    "table": ("step", "tabular", "cell", "action"),
}


def networks(config: Config) -> list[str]:
    """The variants that have weights, in the order of the frames."""
    return [name for size, names in groups(config).items() if size for name in names]


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of the dimensions that have any, but "step"."""
    return {
        "variant": list(config.variants),
        "network": networks(config),
        "seed": list(config.seeds),
        "angle": ["theta", "theta_dot"],
        "theta_bin": THETA_BINS.tolist(),
        "transition": list(range(N_VISITED)),
        "action": ["left", "right"],
    }
