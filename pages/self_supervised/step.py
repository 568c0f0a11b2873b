"""Charts of a unit's next update, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from core.concepts.self_supervised import step
from explorer.live import Chart
from explorer.update import update_charts


def charts(config: step.Config, look: str) -> list[Chart]:
    return update_charts(step.QUANTITIES, config.seed, "Weights of the first unit",
                         f"Pixel of row {step.ROW}, from column {step.COLUMN} on")
