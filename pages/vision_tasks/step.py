"""Charts of a kernel's next update, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from core.concepts.vision_tasks import step
from explorer.live import Chart
from explorer.update import update_charts


def charts(config: step.Config, look: str) -> list[Chart]:
    return update_charts(step.QUANTITIES, config.seed,
                         f"Middle row of kernel {config.kernel}, first layer",
                         "Column of the kernel", step.N_WEIGHTS)
