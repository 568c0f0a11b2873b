"""What the ensembles page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.ensembles import growing, voting
from core.config import names_of
from explorer.theme import palette

TREES = palette(names_of(growing.Config, "methods"), {
    "tree": ("grey", "solid", "circle"),
    "bagging": ("blue", "longdash", "square"),
    "forest": ("green", "solid", "triangle-up"),
    "extra_trees": ("sky", "dash", "diamond"),
    "adaboost": ("red", "solid", "star"),
    "gradient_boosting": ("pink", "dashdot", "triangle-down"),
})
"""Where ensembles grow."""
VOTERS = palette(names_of(voting.Config, "members") | {
    "hard": "Hard vote", "soft": "Soft vote", "stacking": "Stacking",
    "mean_member": "Mean member", "best_member": "Best member",
}, {
    "logistic": ("gold", "dash", "square"),
    "knn": ("sky", "dash", "diamond"),
    "naive_bayes": ("brown", "dash", "triangle-up"),
    "shallow_tree": ("grey", "solid", "circle"),
    "hard": ("green", "solid", "hexagon"),
    "soft": ("red", "solid", "star"),
    "stacking": ("violet", "longdash", "x"),
    "mean_member": ("black", "longdashdot", "triangle-left"),
    "best_member": ("blue", "dashdot", "triangle-right"),
})
"""Where classifiers vote."""
