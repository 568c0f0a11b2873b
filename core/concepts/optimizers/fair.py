"""What both labs need for a fair race: which coefficients each rule starts with."""

from __future__ import annotations

from typing import Any

from core.stacked.rules import RULES

ADAM_FAMILY = {"adam", "adamw", "amsgrad"}


def coefficients(config: Any, optimizer: str) -> dict[str, float]:
    """The coefficients that a lab's configuration sets for a rule; the rest are its defaults.

    `beta2` and `weight_decay` are those of Adam's family: RMSProp and Lion keep their own.
    """
    names = ["momentum", "beta1", "bias_correction"]
    if optimizer in ADAM_FAMILY:
        names += ["beta2", "weight_decay"]
    known = [n for n in names if n in RULES[optimizer].defaults and hasattr(config, n)]
    return {name: float(getattr(config, name)) for name in known}
