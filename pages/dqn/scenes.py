"""The page's lesson; its texts are in `explorer/lessons/<language>/dqn.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.dqn import understand_claims as claims
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

UNDERSTAND = find("dqn.understand")
LATE = 8000
"""A step of practice at which to look once more: how long a pole stands goes up and down."""


def middle(array: str, agent: str = "full") -> Ref:
    """The median over an agent's seeds."""
    return Ref(array, variant=agent, reduce="median")


def stands(agent: str = "full", step: int | None = None, run: int = 0) -> Value:
    """For how many steps the pole stands when the agent does its best."""
    return Value(middle("greedy_return", agent), "whole", step, run)


def believes(agent: str, run: int = 0) -> Value:
    """What the agent expects to earn from the start."""
    return Value(middle("q_start", agent), "whole", None, run)


def at(step: int, chart: str, array: str, agent: str = "full") -> Stop:
    """Points at an agent's line."""
    return Stop(step, chart, y=middle(array, agent))


SCENES = (
    Scene(
        "nobody", UNDERSTAND, (claims.FULL,), ("pole", "greedy"),
        ("full_learns", "full_score"), right=2,
        values={"first": stands(step=0), "thousand": stands(step=1000),
                "later": stands(step=4000), "late": stands(step=LATE), "last": stands()},
        stops=(at(1000, "greedy", "greedy_return"), at(4000, "greedy", "greedy_return")),
        words=("agent", "reward", "greedy", "epsilon", "q"),
    ),
    Scene(
        "memory", UNDERSTAND, (claims.NO_REPLAY, claims.FULL), ("greedy", "policy_map"),
        ("replay_decides",), right=1, ghost=True,
        values={"with": stands("full", run=1), "without": stands("no_replay"),
                "late": stands("full", LATE, run=1), "late_without": stands("no_replay", LATE)},
        stops=(at(3000, "greedy", "greedy_return", "no_replay"),),
        words=("replay_memory", "greedy"),
    ),
    Scene(
        "tail", UNDERSTAND, (claims.NO_TARGET, claims.FULL), ("q_start", "greedy"),
        ("values_run_away", "target_does_not_score", "overestimates"), right=2, ghost=True,
        values={
            "with": stands("full", run=1), "without": stands("no_target"),
            "late": stands("full", LATE, run=1), "late_without": stands("no_target", LATE),
            "belief": believes("full", run=1), "wrong_belief": believes("no_target"),
        },
        stops=(at(3000, "q_start", "q_start", "no_target"),),
        words=("q", "target_network", "return"),
    ),
    Scene(
        "both", UNDERSTAND, (claims.alone("neither", 6000),), ("q_start", "pole"),
        ("neither",), right=2,
        values={"belief": believes("neither"), "stands": stands("neither")},
        stops=(at(2000, "q_start", "q_start", "neither"),),
        words=("q", "replay_memory", "target_network"),
    ),
    Scene(
        "world", UNDERSTAND, (claims.LONGER_POLE,), ("pole", "greedy"), ("world_changes",), right=1,
        values={"before": stands(step=5000), "at_once": stands(step=5001), "later": stands()},
        stops=(at(5000, "greedy", "greedy_return"), at(5001, "greedy", "greedy_return")),
        words=("agent", "greedy"),
    ),
)
