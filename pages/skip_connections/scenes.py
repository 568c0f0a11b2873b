"""The page's lesson; its texts are in `explorer/lessons/<language>/skip_connections.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.skip_connections import depth_claims as depth
from core.concepts.skip_connections import inside_claims as inside
from explorer.live import Ref
from explorer.live.view import Label, Reduce
from explorer.scene import Scene, Stop, Value

DEPTH, INSIDE = find("skip_connections.depth"), find("skip_connections.inside")
MIDDLE: Reduce = "median"


def error(kind: str, layers: int, part: str = "train") -> Ref:
    """The median over the seeds of a net's error, on its training or on test images."""
    return Ref(f"{part}_error", variant=kind, depth=layers, reduce=MIDDLE)


def share(ref: Ref, step: int | None = None, run: int = 0) -> Value:
    return Value(ref, "percent", step, run)


def without(kind: str, layer: int) -> Ref:
    """The median test error of a net of 8 layers that lost one; of the whole net at 0."""
    return Ref("deleted_error", variant=kind, deleted=layer, reduce=MIDDLE)


def now(array: str, **labels: Label) -> Ref:
    return Ref(array, variant="plain", reduce=MIDDLE, **labels)


SCENES = (
    Scene(
        "deeper", DEPTH, (depth.ENDS,), ("train_error",), ("deeper_is_worse", "degradation"),
        right=2, hidden=("Residual",),
        values={"shallow": share(error("plain", 4)), "deep": share(error("plain", 32))},
        stops=(
            Stop(40, "train_error", x=4, y=error("plain", 4)),
            Stop(120, "train_error", x=32, y=error("plain", 32)),
        ),
        words=("layer", "training_error", "seed"),
    ),
    Scene(
        "overfitting", DEPTH, (depth.ENDS,), ("train_error", "test_error"),
        ("not_overfitting", "gap_stays_small"), right=2, hidden=("Residual",),
        values={
            "train": share(error("plain", 32)), "test": share(error("plain", 32, "test")),
            "train_of_shallow": share(error("plain", 4)),
            "test_of_shallow": share(error("plain", 4, "test")),
        },
        stops=(Stop(120, "test_error", x=32, y=error("plain", 32, "test")),),
        words=("overfitting", "training_error", "test_error"),
    ),
    Scene(
        "gradient", INSIDE, (inside.SMALL, inside.PLAIN), ("error", "gradient"),
        ("start_decides", "he_does_not_vanish", "stuck_with_large_gradients"), right=1, ghost=True,
        values={"small": share(now("test_error")), "he": share(now("test_error"), run=1)},
        stops=(Stop(30, "error", y=now("test_error")),),
        words=("gradient", "layer", "gain"),
    ),
    Scene(
        "add", DEPTH, (depth.ENDS,), ("train_error", "loss_32"),
        ("deeper_is_worse", "residual_learns"), right=2,
        values={
            "plain": share(error("plain", 32)),
            "residual": Value(error("residual", 32), "percent1"),
        },
        stops=(Stop(40, "train_error", x=32, y=error("residual", 32)),),
        words=("residual_block", "skip_connection", "layer"),
    ),
    Scene(
        "scale", DEPTH, (depth.NAIVE,), ("train_error", "loss_16"),
        ("identity_alone", "batch_norm_and_identity", "rezero_learns"), right=2,
        values={"naive": share(error("naive", 16)), "plain": share(error("plain", 16))},
        stops=(Stop(10, "train_error", x=16, y=error("naive", 16)),),
        words=("residual_block", "layer"),
    ),
    Scene(
        "delete", INSIDE, (inside.DELETED,), ("deleted", "error"), ("deletion",), right=1,
        values={
            "plain": share(without("plain", 0)), "plain_cut": share(without("plain", 4)),
            "residual": share(without("residual", 0)),
            "residual_cut": share(without("residual", 4)),
        },
        stops=(Stop(109, "deleted", x=0, y=without("plain", 0)),),
        words=("residual_block", "layer"),
    ),
)
