"""What the regularization page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.regularization import remedies
from core.config import names_of
from explorer.theme import palette

FITS = palette({
    "no_ridge": "No ridge", "ridge": "With ridge", "cross_validated": "Lowest mean over folds",
    "one_standard_error": "One standard error", "oracle": "Oracle", "true_error": "True error",
    "training_error": "Training error", "random_search": "Random search",
    "bayesian_search": "Bayesian optimization",
}, {
    "no_ridge": ("red", "solid", "circle"),
    "ridge": ("blue", "solid", "square"),
    "cross_validated": ("sky", "solid", "diamond"),
    "one_standard_error": ("pink", "longdashdot", "triangle-down"),
    "oracle": ("green", "dash", "star"),
    "true_error": ("brown", "longdash", "x"),
    "training_error": ("gold", "dashdot", "triangle-up"),
    "random_search": ("grey", "dash", "cross"),
    "bayesian_search": ("violet", "solid", "hexagon"),
})
"""How a penalty or a setting is chosen, and what it gives."""
REMEDIES = palette(names_of(remedies.Config, "remedies") | {"combined": "Together"}, {
    "none": ("red", "solid", "circle"),
    "l2": ("gold", "solid", "square"),
    "weight_decay": ("brown", "longdash", "diamond"),
    "dropout": ("blue", "solid", "triangle-up"),
    "early_stopping": ("grey", "dash", "triangle-down"),
    "input_noise": ("green", "solid", "star"),
    "shift": ("sky", "dash", "hexagon"),
    "mixup": ("pink", "dashdot", "cross"),
    "label_smoothing": ("violet", "dash", "x"),
    "batch_norm": (("#5f7d00", "#b4d84b"), "longdashdot", "pentagon"),
    "ensemble": (("#8e1d1d", "#ff9e9e"), "longdash", "bowtie"),
    "combined": (("#1c1c1c", "#ffffff"), "solid", "hourglass"),
})
"""Against overfitting."""
