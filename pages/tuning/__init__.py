"""Tuning: which knobs matter, and how does one find their place?"""

from __future__ import annotations

from explorer.page import Lab
from pages.tuning import batch, search, signal
from pages.tuning.scenes import SCENES

__all__ = ["LABS", "SCENES"]
LABS = {
    "signal": Lab("Signal", signal.charts, hidden=signal.without_effect,
                  repairs=lambda config: {"diverged": {"norm": "batch"},
                                          "guesses": {"norm": "batch"}}),
    "batch": Lab("Batch", batch.batch_charts, step="images", look="rules"),
    "window": Lab("Rates and norms", batch.window_charts),
    "search": Lab("Search", search.charts, step="trials", hidden=search.without_effect),
}
