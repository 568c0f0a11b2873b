"""What an update of the trunk shows: presets to open, and claims that are checked.

Settings were chosen on seeds below 1000.
"""

from __future__ import annotations

from core.concepts.vision_tasks.step import Config
from core.experiment import Claim, Preset
from core.stacked import update

BOTH = Config()

PRESETS = (
    Preset(
        "Next update of the trunk", BOTH,
        "Two losses pull at these weights, that of the class and that of the box. Does the weight "
        "with the largest gradient go farthest?",
        ("update_adds_up",),
    ),
)

CLAIMS: tuple[Claim, ...] = (update.claim_of(BOTH),)
