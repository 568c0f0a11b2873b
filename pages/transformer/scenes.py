"""The page's lesson; its texts are in `explorer/lessons/<language>/transformer.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.transformer import inside_claims as inside
from core.concepts.transformer import parts_claims as parts
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

PARTS, INSIDE = find("transformer.parts"), find("transformer.inside")


def right(net: str = "whole") -> Ref:
    """The median over the seeds of the share of right answers."""
    return Ref("right", net=net, reduce="median")


def share(net: str = "whole", step: int | None = None) -> Value:
    return Value(right(net), "percent", step)


def alike(net: str, layer: int) -> Ref:
    """The median of the cosine between two places after a layer."""
    return Ref("likeness", net=net, layer=layer, reduce="median")


def lost(seed: int) -> Ref:
    """What the head costs that costs most, of one seed."""
    return Ref("lost", seed=seed, reduce="max")


SCENES = (
    Scene(
        "spare", PARTS, (parts.DEFAULT,), ("parts", "right"),
        ("three_are_not", "two_are_needed"), right=2,
        values={"positions": share("positions"), "residual": share("residual"),
                "norm": share("norm"), "mlp": share("mlp"), "scale": share("scale")},
        stops=(Stop(30, "parts", x=right("positions"), y=1),),
        words=("transformer", "positions", "skip_connection", "layer_norm"),
    ),
    Scene(
        "alike", PARTS, (parts.DEFAULT,), ("likeness", "right"),
        ("two_are_needed", "alike_without_residual"), right=2,
        hidden=("No positions", "No layer norm", "No MLP", "No scale 1/√d"),
        values={"bare": Value(alike("residual", 4), "number", 0),
                "whole": Value(alike("whole", 4), "number", 0), "right": share("residual")},
        stops=(Stop(10, "likeness", x=2, y=alike("residual", 2)),),
        words=("skip_connection", "attention", "state"),
    ),
    Scene(
        "hot", PARTS, (parts.HOT,), ("parts", "right"), ("norm_buys_rate",), right=2,
        values={"whole": share(), "post": share("post"), "norm": share("norm")},
        stops=(Stop(30, "parts", x=right(), y=0),),
        words=("layer_norm", "learning_rate"),
    ),
    Scene(
        "order", PARTS, (parts.PREVIOUS,), ("parts", "right"), ("mask_tells_order",), right=2,
        values={"mask": share("positions"), "neither": share("order"), "whole": share()},
        stops=(Stop(60, "parts", x=right("order"), y=3),),
        words=("positions", "causal_mask", "attention"),
    ),
    Scene(
        "jump", PARTS, (parts.REPEATS,), ("right", "parts"),
        ("jump", "each_its_own_step", "one_layer_cannot"), right=1,
        values={"early": share(step=80), "whole": share(), "one": share("layers")},
        stops=(Stop(80, "right", y=right()), Stop(250, "right", y=right())),
        words=("layer", "attention", "seed"),
    ),
    Scene(
        "heads", INSIDE, (inside.DEFAULT,), ("look", "lost"),
        ("one_is_needed", "two_share", "induction_head"), right=1,
        values={"most": Value(lost(0), "percent"),
                "right": Value(Ref("right", reduce="median"), "percent")},
        stops=(Stop(220, "lost", x=lost(0), y=0),),
        words=("head", "attention", "layer"),
    ),
)
