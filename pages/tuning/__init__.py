"""Tuning: which knobs matter, and how does one find their place?"""

from __future__ import annotations

from core.concepts.tuning.signal import Config as Signal
from core.config import Config
from core.experiment import Experiment
from explorer.page import Lab
from explorer.repairs import slower
from explorer.slow_motion import slow_motion
from pages.tuning import batch, one_step, search, signal
from pages.tuning.scenes import SCENES

__all__ = ["LABS", "SCENES"]


def slowly(config: Signal, at: int) -> tuple[Experiment, Config]:
    """One update of the start that is looked into."""
    return slow_motion("tuning.step", config, at, init=signal.opened(config))


LABS = {
    "signal": Lab("Signal", signal.charts, hidden=signal.without_effect,
                  trained=signal.whoever_is_opened, on_click=signal.pick,
                  repairs=lambda config: {"diverged": {"norm": "batch"},
                                          "guesses": {"norm": "batch"}}, slowly=slowly),
    "batch": Lab("Batch", batch.batch_charts, step="images", look="rules",
                 repairs=slower("diverged")),
    "window": Lab("Rates and norms", batch.window_charts),
    "search": Lab("Search", search.charts, step="trials", hidden=search.without_effect),
    "step": Lab("One update, slowly", one_step.charts, "sub-step", seconds=25, says=True,
                hidden=signal.without_effect),
}
