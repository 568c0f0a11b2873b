"""What an update without labels shows: presets to open, and claims that are checked.

Settings were chosen on seeds below 1000.
"""

from __future__ import annotations

from core.concepts.self_supervised.step import Config
from core.experiment import Claim, Preset
from core.stacked import update

SIMCLR = Config()

PRESETS = (
    Preset(
        "The next update of a unit", SIMCLR,
        "Nobody has said what is on these images. Where does a gradient come from, and does the "
        "weight with the largest one go farthest?",
        ("update_adds_up",),
    ),
)

CLAIMS: tuple[Claim, ...] = (update.claim_of(SIMCLR),)
