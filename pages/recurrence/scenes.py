"""The page's lesson; its texts are in `explorer/lessons/<language>/recurrence.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.recurrence import inside_claims as inside
from core.concepts.recurrence import memory_claims as memory
from core.concepts.recurrence import shapes_claims as shapes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

MEMORY, INSIDE, SHAPES = (find(f"recurrence.{lab}") for lab in ("memory", "inside", "shapes"))
ORTHOGONAL, LSTM = "RNN, orthogonal", "LSTM, forget bias 3"


def right(cell: str, length: int = 30) -> Ref:
    """The median over the seeds of the share of right answers."""
    return Ref("accuracy", cell=cell, length=length, reduce="median")


def share(cell: str, length: int = 30) -> Value:
    return Value(right(cell, length), "percent")


def arrives(cell: str) -> Value:
    """What part of the gradient reaches the first of 30 symbols before training."""
    return Value(Ref("gradient_first", cell=cell, length=30, back=29))


def error(cell: str, length: int, run: int = 0) -> Value:
    return Value(Ref("loss", cell=cell, length=length, reduce="median"), run=run)


def cost(frozen: str) -> Value:
    """The squared error with a gate frozen."""
    return Value(Ref("frozen_loss", frozen=frozen, reduce="median"))


def off(cell: str, told: str) -> Value:
    """How far from the figures it draws."""
    return Value(Ref("off", variant=cell, told=told, reduce="median"))


SCENES = (
    Scene(
        "open", MEMORY, (memory.HOLD,), ("accuracy", "gradient"),
        ("forget_bias_decides", "easy_at_5", "lstm_vanishes_too", "bias_carries"), right=1,
        hidden=("RNN", ORTHOGONAL),
        values={"five": share("lstm_zero", 5), "zero": share("lstm_zero"), "open": share("lstm"),
                "faint": Value(
                    Ref("reach", cell="lstm_zero", length=30, reduce="median"), "power", 0),
                "strong": arrives("lstm")},
        stops=(Stop(60, "accuracy", x=5, y=right("lstm_zero", 5)),),
        words=("recurrent_net", "lstm", "state", "gate", "gradient"),
    ),
    Scene(
        "turn", MEMORY, (memory.HOLD,), ("accuracy", "gradient"),
        ("orthogonal_holds", "lstm_vanishes_too"), right=2, hidden=("LSTM, forget bias 0",),
        values={"turned": share("orthogonal"), "open": share("lstm"),
                "strong": arrives("orthogonal")},
        stops=(Stop(100, "accuracy", x=30, y=right("orthogonal")),),
        words=("recurrent_net", "orthogonal", "gradient"),
    ),
    Scene(
        "choose", MEMORY, (memory.ADDING,), ("accuracy", "loss_30"), ("gru_wins_adding",),
        right=1,
        values={"gru": error("gru", 30), "turned": error("orthogonal", 30),
                "lstm": error("lstm", 30)},
        stops=(Stop(150, "accuracy", x=10, y=right("gru", 10)),),
        words=("gru", "gate", "squared_error"),
    ),
    Scene(
        "freeze", INSIDE, (inside.GATES,), ("frozen", "shown_update"),
        ("update_gate_works", "update_gate_moves", "reads_events"), right=0,
        values={"trained": cost("none"), "reset": cost("reset"), "update": cost("update")},
        stops=(Stop(320, "frozen", x=cost("update").ref, y=2),),
        words=("gru", "gate", "squared_error"),
    ),
    Scene(
        "clip", MEMORY, (memory.UNCLIPPED, memory.CLIPPED), ("loss_20",),
        ("clipping_prevents", "clipping_and_adam"), right=1,
        values={"tame": error("orthogonal", 20, run=1)},
        stops=(Stop(12),),
        words=("clipping", "gradient", "squared_error"),
    ),
    Scene(
        "drift", SHAPES, (shapes.DRAW,), ("off", "figures_gru"),
        ("told_hides_drift", "lstm_stays"), right=2, hidden=("RNN",),
        values={"told": off("gru", "right"), "own": off("gru", "own"),
                "lstm": off("lstm", "own")},
        stops=(Stop(100, "off", y=off("gru", "own").ref),),
        words=("recurrent_net", "gru", "lstm"),
    ),
)
