"""The page's lesson; its texts are in `explorer/lessons/<language>/skip_connections.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.skip_connections import depth_claims as depth
from core.concepts.skip_connections import inside_claims as inside
from core.concepts.skip_connections import step_claims as step
from explorer.live import Ref
from explorer.live.view import Label, Reduce
from explorer.scene import Scene, Stop, Value

DEPTH, INSIDE, STEP = (find(f"skip_connections.{lab}") for lab in ("depth", "inside", "step"))
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


def alike(kind: str) -> Ref:
    """The cosine of a net's gradients at two nearly equal images, median over the seeds."""
    return Ref("correlation", variant=kind, distance=1 / 8, reduce=MIDDLE)


def of_32(kind: str) -> Ref:
    return Ref("test_error", variant=kind, reduce=MIDDLE)


def passed(kind: str, part: str) -> Value:
    """What a block lets through, as a number of its first net."""
    return Value(Ref("norm", variant=kind, measured=part, seed=0))


SCENES = (
    Scene(
        "deeper", DEPTH, (depth.ENDS,), ("train_error", "test_error"),
        ("deeper_is_worse", "not_overfitting", "degradation", "gap_stays_small"),
        right=2, hidden=("Residual",),
        values={
            "shallow": share(error("plain", 4)), "deep": share(error("plain", 32)),
            "test_of_shallow": share(error("plain", 4, "test")),
            "test_of_deep": share(error("plain", 32, "test")),
        },
        stops=(
            Stop(40, "train_error", x=0, y=error("plain", 4)),
            Stop(120, "train_error", x=1, y=error("plain", 32)),
        ),
        words=("layer", "training_error", "test_error", "overfitting", "seed"),
    ),
    Scene(
        "gradient", INSIDE, (inside.SMALL, inside.PLAIN), ("gradients_plain", "error"),
        ("start_decides", "he_does_not_vanish", "vanished_learns_nothing"), right=1,
        values={"small": share(now("test_error")), "he": share(now("test_error"), run=1)},
        stops=(Stop(30, "error", y=now("test_error")),),
        words=("gradient", "layer", "gain"),
    ),
    Scene(
        "past", STEP, (step.HALF,), ("block",), ("small_weights", "parts_add_up"), right=2,
        values={"arrives": passed("residual", "arrives"), "leaves": passed("residual", "leaves"),
                "plain": passed("plain", "arrives"), "plain_left": passed("plain", "leaves")},
        stops=(Stop(2), Stop(4), Stop(5)),
        words=("residual_block", "skip_connection", "gradient", "layer"),
    ),
    Scene(
        "neighbours", INSIDE, (inside.BESIDE,), ("correlation", "error"),
        ("alike_learns", "gradients_shatter", "rough_surroundings", "stuck_with_large_gradients"),
        right=1,
        values={
            "plain": Value(alike("plain"), step=0), "residual": Value(alike("residual"), step=0),
            "plain_wrong": share(of_32("plain")), "residual_wrong": share(of_32("residual")),
        },
        stops=(Stop(1, "correlation", x=2, y=alike("plain")),
               Stop(60, "error", y=of_32("residual"))),
        words=("gradient", "cosine", "shattering", "residual_block"),
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
