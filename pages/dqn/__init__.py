"""DQN on CartPole: the textbook agent with its ablations, and settings that solve the task."""

from __future__ import annotations

import math

from core.concepts.dqn import solve, understand
from core.concepts.dqn.record import MAP_THETA, MAP_THETA_DOT, THETA_BINS
from core.concepts.dqn.step import FIRST_UPDATE
from core.config import Config
from core.experiment import Experiment
from explorer.charts import dots
from explorer.live import Chart, Panel
from explorer.maps import shaded, two_sided
from explorer.page import Lab
from explorer.repairs import Repairs
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.dqn import pictures
from pages.dqn.scenes import SCENES
from pages.dqn.step import charts as step_charts
from pages.dqn.styles import AGENTS

COPIES = 0.53
"""So many, in 1 / (1 - gamma): after them Q has come to 41 % of what can be earned, and what it
overestimates still fits below the whole."""

RETURN = {"y_range": [0, 520], "y_title": "Steps (reward)"}

__all__ = ["LABS", "SCENES"]


WITH_TARGET = ("full", "no_replay", "double", "dueling")
"""Agents that the interval between two copies into the target network is set for."""


def slower_target(config: understand.Config) -> Repairs:
    """Against values beyond what can be earned: a target network, of whose copies each adds one
    reward at most, so that they are too few to come there.
    """
    kept = tuple(name for name in config.variants if name in WITH_TARGET) or WITH_TARGET[:1]
    enough = math.ceil(config.n_steps * (1 - config.gamma) / COPIES)
    interval = max(config.target_update_interval, enough)
    return {"overestimates": {"variants": kept, "target_update_interval": interval}}


def maps(look: str, bound: float) -> list[Chart]:
    """What the agent that is watched does and expects, over angle and angular velocity.

    Args:
        bound: The most that can be earned.
    """
    axes, name = (MAP_THETA.tolist(), MAP_THETA_DOT.tolist()), AGENTS[look].label
    return [
        pictures.state_map(
            "policy_map", "policy_map", look, *axes, visited="visited",
            title=f"{name}: what it does", note="dots: its memory",
            colours=two_sided("Prefers to push", {-1: "left", 0: "even", 1: "right"},
                              pictures.PUSHES, "#f4f4f4"),
            alt=f"Preferred action of {name} by angle and angular velocity.",
        ),
        pictures.with_contour(pictures.state_map(
            "value_map", "value_map", look, *axes,
            colours=shaded("max Q", {0: "0", bound: f"{bound:.4g}", 1.5 * bound: "more"},
                           ("nothing", "than there is"), light="high"),
            title=f"{name}: what it expects", note="inside the line: more than can be earned",
            alt=f"Value of {name} by angle and angular velocity.",
        ), bound),
    ]


def memory(look: str) -> Chart:
    return pictures.shares(
        "replay", "replay_theta", AGENTS[look], THETA_BINS.tolist(),
        title=f"Replay memory of {AGENTS[look].label}, by angle",
        x_title="θ, the pole's angle (rad)",
        y_title="Share of transitions", alt="Share of the stored transitions per angle.",
    )


def understand_charts(config: understand.Config, look: str) -> list[Panel]:
    agents, n_seeds = chosen(AGENTS, config.variants), config.n_seeds
    bound, wide = understand.value_bound(config, look), understand.may_run_away(config)
    returns = pictures.with_epsilon(pictures.curves(
        "returns", "episodic_return", agents, n_seeds=n_seeds, **RETURN,
        title="Episodic return, mean of the last 20",
        alt="Mean return of the last 20 training episodes of each agent, over steps.",
    ), "epsilon", look)
    q_start = pictures.with_level(pictures.with_earned(pictures.curves(
        "q_start", "q_start", agents, n_seeds=n_seeds, log=wide,
        y_range=None if wide else [0, 2.2 * bound], y_title="Discounted return",
        title=f"What it believes it will earn (dotted: {AGENTS[look].label}, earned)",
        alt="Value that each agent expects at the start, over steps.",
    ), "discounted_return", AGENTS[look]), bound, f"most to be earned: {bound:.4g}")
    if wide:  # how far up it goes is the run's to say
        q_start = pictures.with_reach(q_start, 1, 10 * bound)
    greedy = pictures.with_level(pictures.curves(
        "greedy", "greedy_return", agents, n_seeds=n_seeds, **RETURN,
        title="How long the pole stands without random pushes (greedy)",
        alt="Mean return of five episodes without random actions, every 1000 steps.",
    ), 475, "475 counts as solved")
    td_error = pictures.curves(
        "td_error", "td_error", agents, n_seeds=n_seeds, log=True, y_title="|δ|",
        title="Size of the TD error",
        alt="Mean absolute TD error of each agent since the frame before, over steps.",
    )
    stage = pictures.pole(
        understand.players(config), look, worlds=understand.worlds(config),
        alt="A cart that balances a pole.",
    )
    return [stage, returns, q_start, greedy, *maps(look, bound), td_error, memory(look)]


def solve_charts(config: solve.Config, look: str) -> list[Panel]:
    agents, n_seeds, bound = [AGENTS["solver"]], config.n_seeds, 1 / (1 - config.gamma)
    greedy = pictures.with_level(pictures.curves(
        "greedy", "greedy_return", agents, n_seeds=n_seeds, **RETURN,
        title="Greedy return, 100 episodes in gymnasium",
        alt="Mean return of 100 episodes without random actions, every 10,000 steps.",
    ), 475, "475, three times in a row: solved")
    returns = pictures.with_epsilon(pictures.curves(
        "returns", "episodic_return", agents, n_seeds=n_seeds, **RETURN,
        title="Episodic return, mean of the last 20",
        alt="Mean return of the last 20 training episodes, over steps.",
    ), "epsilon", "solver")
    q_start = pictures.with_level(pictures.curves(
        "q_start", "q_start", agents, n_seeds=n_seeds, y_range=[0, 2.2 * bound],
        title="What it believes it will earn", y_title="Discounted return",
        alt="Value that the agents expect at the start, over steps.",
    ), bound, f"most to be earned: {bound:.4g}")
    solved = dots(
        "solved", "solved_at", agents, by="variant", n_seeds=n_seeds, x_range=[0, config.max_steps],
        title="Solved at", x_title="Step in the environment", missing="not solved",
        alt="The step at which each seed had solved the task.",
    )
    solved.figure["layout"]["xaxis"]["tickformat"] = ",d"
    stage = pictures.pole(solve.PLAYERS, "solver", alt="A cart that balances a pole.")
    return [stage, greedy, returns, solved, q_start, memory("solver"), *maps("solver", bound)]


def hidden(config: understand.Config) -> set[str]:
    return set() if "table" in config.variants else {"table_step_size"}


def slowly(config: understand.Config, at: int) -> tuple[Experiment, Config]:
    """The next update of the first agent that has a network."""
    agent = (*understand.networks(config), "full")[0]
    return slow_motion("dqn.step", config, at, agent=agent)


def one_cart(config: solve.Config, at: int) -> tuple[Experiment, Config]:
    """An agent with these settings that has one cart, after as many updates: here one follows a
    step of all carts, there one of the single cart.
    """
    return slow_motion("dqn.step", config, FIRST_UPDATE + at // config.n_envs,
                       target_update_interval=1)


LABS = {
    "understand": Lab(
        "Understand it", understand_charts, look="variants", hidden=hidden, slowly=slowly,
        repairs=slower_target,
    ),
    "solve": Lab("Solve it", solve_charts, slowly=one_cart),
    "step": Lab("One step, slowly", step_charts, "sub-step", seconds=15, says=True),
}
