"""What the bias and variance page draws: names, colours, lines and markers."""

from __future__ import annotations

from explorer.theme import palette

SQUARED_ERRORS = palette({
    "truth": "Truth", "fits": "Single fits", "main": "Mean fit", "latest": "Newest data set",
    "bias_squared": "Bias²", "variance": "Variance", "noise": "Noise",
    "test_error": "Test error", "train_error": "Training error",
}, {
    "truth": ("black", "dash", "x"),
    "fits": ("sky", "solid", "cross"),
    "main": ("violet", "solid", "square"),
    "latest": ("pink", "solid", "hexagon"),
    "bias_squared": ("blue", "solid", "triangle-up"),
    "variance": ("red", "solid", "triangle-down"),
    "noise": ("grey", "solid", "diamond"),
    "test_error": ("green", "solid", "circle"),
    "train_error": ("gold", "dashdot", "star"),
})
"""Parts of an expected squared error, and the fits it belongs to."""
ZERO_ONE_ERRORS = palette({
    "noise_left": "Noise", "bias": "Bias", "variance_unbiased": "Variance that hurts",
    "variance_biased": "Variance that helps", "fresh_labels": "Test error",
    "optimal": "Optimal border",
}, {
    "noise_left": ("grey", "solid", "diamond"),
    "bias": ("blue", "solid", "triangle-up"),
    "variance_unbiased": ("red", "solid", "triangle-down"),
    "variance_biased": ("sky", "dash", "square"),
    "fresh_labels": ("green", "solid", "circle"),
    "optimal": ("black", "dash", "x"),
})
"""Parts of an expected 0-1 error."""
