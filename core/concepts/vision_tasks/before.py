"""Trunks that have learned classes before they are asked anything else."""

from __future__ import annotations

from core.concepts.vision_tasks.common import CommonConfig, scenes_of
from core.concepts.vision_tasks.nets import Finder, Nets, WhatAndWhere, answers, stacked, taught

N_CLASSIFIED = 1000
"""Scenes with one shape, whose class is known, to learn from before."""
CLASSES_RATE = 0.02
"""Adam's learning rate while trunks learn classes."""
BEFORE = 4  # what random numbers are for, beside those in `nets`


def with_classes(config: CommonConfig, n_steps: int) -> Nets:
    """Nets of every seed that have learned to name the shape in scenes with one."""
    drawn = scenes_of(config, BEFORE, N_CLASSIFIED, 1)
    x, y = stacked([s.images.T for s in drawn]), stacked([answers(s) for s in drawn])
    return taught(Finder(WhatAndWhere(1, 0)), x, y, config.seeds, CLASSES_RATE, n_steps)
