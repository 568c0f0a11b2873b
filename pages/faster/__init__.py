"""Faster training: what makes it faster, and what does each way cost?"""

from __future__ import annotations

from explorer.page import Lab
from pages.faster import bits, machine, step, training, workers
from pages.faster.scenes import SCENES

__all__ = ["LABS", "SCENES"]
LABS = {
    "workers": Lab("Workers", workers.charts, hidden=workers.without_effect,
                   slowly=step.slowly),
    "bits": Lab("Fewer bits", bits.charts, hidden=bits.without_effect),
    "training": Lab("Training, timed", training.charts, step="passes"),
    "machine": Lab("On this machine", machine.charts, step="rounds",
                   hidden=machine.without_effect),
    "step": Lab("One update, slowly", step.charts, "sub-step", hidden=step.without_effect,
                seconds=20, says=True),
}
