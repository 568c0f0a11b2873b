"""Charts of an embedding's next update, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from core.concepts.language_models import step
from explorer.live import Chart
from explorer.update import update_charts


def charts(config: step.Config, look: str) -> list[Chart]:
    return update_charts(step.QUANTITIES, config.seed, "A word's embedding",
                         "Number of the embedding")
