"""Overfitting and regularization: a model that could memorise, and what keeps it from it."""

from __future__ import annotations

from explorer.page import Lab
from pages.regularization import fits, remedies
from pages.regularization.scenes import SCENES

__all__ = ["LABS", "SCENES"]
LABS = {
    "remedies": Lab("Remedies", remedies.remedies_charts),
    "strength": Lab(
        "Strength", remedies.strength_charts,
        hidden=lambda config: {"n_train"} if config.along == "n_train" else set(),
    ),
    "plane": Lab("Plane", remedies.plane_charts),
    "double_descent": Lab("Double descent", fits.double_descent_charts, step="features"),
    "cross_validation": Lab("Cross-validation", fits.cross_validation_charts, step="folds"),
    "search": Lab("Search", fits.search_charts, step="trials"),
}
