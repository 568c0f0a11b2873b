"""Faster training: what makes it faster, and what does each way cost?"""

from __future__ import annotations

from explorer.page import Lab
from pages.faster import bits, machine, training, workers
from pages.faster.scenes import SCENES

__all__ = ["LABS", "SCENES"]
LABS = {
    "workers": Lab("Workers", workers.charts, hidden=workers.without_effect),
    "bits": Lab("Fewer bits", bits.charts, hidden=bits.without_effect),
    "training": Lab("Training, timed", training.charts, step="passes"),
    "machine": Lab("On this machine", machine.charts, step="rounds",
                   hidden=machine.without_effect),
}
