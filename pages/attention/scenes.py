"""The page's lesson; its texts are in `explorer/lessons/<language>/attention.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.attention import hard_claims as hard
from core.concepts.attention import translate_claims as claims
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

TRANSLATE, HARD = find("attention.translate"), find("attention.hard")


def exact(read: str, length: int = 8) -> Ref:
    """The median over the seeds of the share of sequences without a mistake."""
    return Ref("exact", read=read, length=length, reduce="median")


def mass(read: str = "dot") -> Ref:
    """The median of the share of the attention that is on the right place."""
    return Ref("mass", read=read, reduce="median")


def beside(offset: int) -> Ref:
    """The same so many places later."""
    return Ref("offsets", read="dot", offset=offset, reduce="median")


def symbols(told: str) -> Ref:
    """The median of the share of symbols that the fixed vector says right."""
    return Ref("symbols", read="none", told=told, reduce="median")


def share(ref: Ref, step: int | None = None) -> Value:
    return Value(ref, "percent", step)


SCENES = (
    Scene(
        "vector", TRANSLATE, (claims.DEFAULT,), ("exact",), ("bottleneck", "longest"), right=2,
        values={"fixed": share(exact("none")), "dot": share(exact("dot"))},
        stops=(
            Stop(100, "exact", x=4, y=exact("none", 4)),
            Stop(200, "exact", x=8, y=exact("dot")),
        ),
        words=("encoder", "decoder", "attention"),
    ),
    Scene(
        "map", TRANSLATE, (claims.DEFAULT,), ("mass", "right"),
        ("symbols_map_sequences", "right_place"), right=1, hidden=("Fixed vector",),
        values={"early": share(mass(), 50), "early_right": share(exact("dot"), 50),
                "last": share(mass()), "last_right": share(exact("dot"))},
        stops=(Stop(50, "mass", y=mass()), Stop(140, "right", y=exact("dot"))),
        words=("attention", "decoder"),
    ),
    Scene(
        "late", TRANSLATE, (claims.LEFT_TO_RIGHT,), ("look", "offsets"), ("off_by_one",), right=1,
        values={"on": share(beside(0)), "later": share(beside(1)), "right": share(exact("dot"))},
        stops=(Stop(100, "offsets", x=1, y=beside(1)),),
        words=("encoder", "attention"),
    ),
    Scene(
        "told", TRANSLATE, (claims.DEFAULT,), ("told", "look"), ("told_hides",), right=2,
        look="none",
        values={"told": share(symbols("right")), "own": share(symbols("own")),
                "whole": share(exact("none"))},
        stops=(Stop(150, "told", y=symbols("own")),),
        words=("decoder",),
    ),
    Scene(
        "longer", TRANSLATE, (claims.SELF,), ("exact",), ("self_stops", "no_longer"),
        right=2,
        values={"eight": share(exact("dot")), "sixteen": share(exact("dot", 16))},
        stops=(Stop(140, "exact", x=8, y=exact("dot")),),
        words=("attention", "encoder", "positions"),
    ),
    Scene(
        "one", HARD, (hard.DEFAULT,), ("exact", "look"), ("as_good", "pure", "drawing_costs"),
        right=1, look="marginal", hidden=("Hard, REINFORCE",),
        values={"hard": share(exact("marginal")), "soft": share(exact("dot")),
                "map": share(mass("marginal")), "soft_map": share(mass()),
                "paid": share(exact("reinforce"))},
        stops=(Stop(100, "exact", x=5, y=exact("marginal", 5)),),
        words=("attention",),
    ),
)
