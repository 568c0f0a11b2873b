"""What the DQN page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.dqn import understand
from core.config import names_of
from explorer.theme import palette

AGENTS = palette(
    names_of(understand.Config, "variants") | {"solver": "Tuned DQN"}, {
    "full": ("blue", "solid", "circle"),
    "no_target": ("red", "dash", "square"),
    "no_replay": ("gold", "dashdot", "diamond"),
    "neither": ("grey", "longdashdot", "x"),
    "slow_target": ("violet", "longdash", "triangle-up"),
    "soft_target": ("green", "dash", "triangle-down"),
    "double": ("sky", "dash", "star"),
    "dueling": ("pink", "longdash", "hexagon"),
    "multi_step": ("brown", "dashdot", "cross"),
    "one_random_action": ("olive", "longdashdot", "pentagon"),
    "short_sighted": ("teal", "dashdot", "bowtie"),
    "huber_slow": ("crimson", "longdash", "hourglass"),
    "table": (("#1f1f1f", "#ffffff"), "solid", "star-square"),
    "solver": ("magenta", "solid", "octagon"),
})
