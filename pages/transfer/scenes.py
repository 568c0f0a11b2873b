"""The page's lesson; its texts are in `explorer/lessons/<language>/transfer.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.transfer import labels_claims as labels
from core.concepts.transfer import sources_claims as sources
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

LABELS, SOURCES = find("transfer.labels"), find("transfer.sources")
LEARNED = 100
"""The step at which pre-training is over."""


def error(variant: str, n_labels: int) -> Ref:
    """The median over the seeds of the error on new images of the target."""
    return Ref("test_error", variant=variant, n_labels=n_labels, reduce="median")


def share(variant: str, n_labels: int) -> Value:
    return Value(error(variant, n_labels), "percent")


def taught(way: str, start: str) -> Value:
    """The same in the lab of first lessons, of whole nets or of last layers alone."""
    return Value(Ref("test_error", way=way, start=start, reduce="median"), "percent")


def at(step: int, variant: str, n_labels: int) -> Stop:
    """Points at what a method says with so many labels."""
    return Stop(step, "errors", x=n_labels, y=error(variant, n_labels))


SCENES = (
    Scene(
        "few", LABELS, (labels.FIRST,), ("errors", "examples", "source"),
        ("helps_when_few", "helps_less_and_less", "by_heart"), right=1,
        hidden=("Frozen", "Frozen, untrained"),
        values={"scratch": share("scratch", 5), "tuned": share("fine_tune", 5)},
        stops=(Stop(LEARNED), at(125, "fine_tune", 5)),
        words=("pre_training", "fine_tuning", "label", "network", "seed"),
    ),
    Scene(
        "many", LABELS, (labels.MANY,), ("gain", "errors"), ("little_at_hundred",), right=2,
        hidden=("Frozen", "Frozen, untrained"),
        values={"scratch": Value(error("scratch", 100), "percent1"),
                "tuned": Value(error("fine_tune", 100), "percent1")},
        stops=(at(190, "fine_tune", 100),),
        words=("pre_training", "fine_tuning", "label"),
    ),
    Scene(
        "freeze", LABELS, (labels.FIRST,), ("errors",),
        ("frozen_loses", "frozen_gains_little", "features_carry"), right=2,
        hidden=("Frozen, untrained",),
        values={"scratch": share("scratch", 20), "frozen": share("frozen", 20),
                "tuned": share("fine_tune", 20)},
        stops=(at(125, "frozen", 20),),
        words=("frozen", "layer", "label"),
    ),
    Scene(
        "careful", LABELS, (labels.OWN,), ("curves", "moved"), ("small_rate_is_worse",), right=2,
        look="100", hidden=("Frozen", "Frozen, untrained"),
        values={"scratch": share("scratch", 100), "tuned": share("fine_tune", 100)},
        stops=(Stop(145, "curves", x=Ref("target_step"), y=error("fine_tune", 100)),),
        words=("learning_rate", "fine_tuning"),
    ),
    Scene(
        "digits", LABELS, (labels.DIGITS,), ("errors", "examples"),
        ("worse_than_untrained", "digits_frozen_lose", "digits_tie"), right=1,
        values={"frozen": share("frozen", 5), "untrained": share("frozen_random", 5),
                "scratch": share("scratch", 5), "tuned": share("fine_tune", 5)},
        stops=(Stop(LEARNED), at(125, "frozen", 5)),
        words=("frozen", "layer", "fine_tuning"),
    ),
    Scene(
        "nothing", SOURCES, (sources.FIRST,), ("whole", "frozen", "source", "examples"),
        ("small_when_fine_tuned", "large_when_frozen", "learned_well_and_useless"), right=2,
        values={"frozen": taught("frozen", "shuffled"), "tuned": taught("whole", "shuffled"),
                "ink_frozen": taught("frozen", "position"), "ink": taught("whole", "position"),
                "scratch": taught("whole", "nothing")},
        stops=(Stop(LEARNED), Stop(125, "whole", x=taught("whole", "shuffled").ref, y=3)),
        words=("label", "pre_training", "frozen"),
    ),
)
