"""The page's lesson; its texts are in `explorer/lessons/<language>/representation.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.representation import (
    categories_claims,
    leaks_claims,
    scale_claims,
    shape_claims,
    targets_claims,
)
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

SCALE, CATEGORIES = find("representation.scale"), find("representation.categories")
TARGETS, LEAKS = find("representation.targets"), find("representation.leaks")
SHAPE = find("representation.shape")


def height(rule: str, unit: str) -> Ref:
    """How far above the lowest loss a rule is."""
    return Ref("above", rule=rule, unit=unit)


def place(rule: str, unit: str) -> tuple[Ref, Ref]:
    """Where a rule is."""
    x, y = (Ref("position", rule=rule, unit=unit, xy=way) for way in ("x", "y"))
    return x, y


def wrong(model: str, scale: str) -> Ref:
    """The median over the seeds of a model's error on new rows."""
    return Ref("test_error", model=model, scale=scale, reduce="median")


def known(model: str, code: str) -> Ref:
    """The median share of the effects that a model explains."""
    return Ref("explained", model=model, code=code, reduce="median")


def named(array: str, target: str) -> Ref:
    """The median over the seeds of what nets with a kind of target do on new rows."""
    return Ref(array, target=target, reduce="median")


def lost(net: str, telling: str) -> Ref:
    """The median share of new images that a net gets wrong in a representation."""
    return Ref("test_error", net=net, telling=telling, reduce="median")


def right(way: str) -> Ref:
    return Ref("accuracy", way=way, reduce="median")


def share(ref: Ref) -> Value:
    return Value(ref, "percent")


SCENES = (
    Scene(
        "valley", SCALE, (scale_claims.START,), ("valley", "round"),
        ("sgd_crawls", "adam_walks"), right=2,
        values={
            "soon": Value(height("sgd", "same"), step=10),
            "crawl": Value(height("sgd", "unit"), step=100),
            "adam": Value(height("adam", "unit"), step=100),
        },
        stops=(Stop(10, "round", *place("sgd", "same")), Stop(60, "valley", *place("sgd", "unit"))),
        words=("gradient", "learning_rate", "standardised", "adam"),
    ),
    Scene(
        "who", SCALE, (scale_claims.START,), ("models",),
        ("trees_do_not_mind", "neighbours_mind", "raw_costs", "adam_minds_less"), right=1,
        hidden=("Logarithm", "Five bins"),
        values={
            "tree": share(wrong("tree", "raw")), "tree_told": share(wrong("tree", "standardised")),
            "near": share(wrong("neighbours", "raw")),
            "near_told": share(wrong("neighbours", "standardised")),
            "momentum": share(wrong("net_momentum", "raw")),
            "adam": share(wrong("net_adam", "raw")),
            "told": share(wrong("net_adam", "standardised")),
        },
        stops=(Stop(60, "models", x=0.77, y=wrong("net_adam", "raw")),),
        words=("standardised", "tree", "neighbours", "test_error"),
    ),
    Scene(
        "kinds", CATEGORIES, (categories_claims.START,), ("says_linear", "places"),
        ("line_cannot", "net_half_way", "one_hot_can", "embedding_is_as_good"), right=2,
        values={
            "line": share(known("linear", "integer")), "net": share(known("net", "integer")),
            "one_hot": share(known("linear", "one_hot")),
            "embedding": share(known("net", "embedding")),
        },
        stops=(Stop(60, "says_linear", x=12, y=Ref("said", model="linear", code="integer",
                                                  level=12)),),
        words=("one_hot", "embedding"),
    ),
    Scene(
        "seven", TARGETS, (targets_claims.START,), ("test_error", "taken_integer"),
        ("integers_fail", "squared_error_is_not_it", "not_just_slow"), right=2,
        values={"integer": share(named("test_error", "integer")),
                "one_hot": share(named("test_error", "one_hot")),
                "squared": share(named("test_error", "one_hot_squared"))},
        stops=(Stop(100, "test_error", y=named("test_error", "one_hot")),),
        words=("one_hot", "label", "squared_error"),
    ),
    Scene(
        "scrambled", SHAPE, (shape_claims.START,), ("curves_dense", "curves_conv"),
        ("scrambled_conv", "scrambled_dense"), right=2,
        hidden=("0 to 255", "Channels swapped"),
        values={"conv": share(lost("conv", "standardised")),
                "conv_scrambled": share(lost("conv", "scrambled")),
                "dense": share(lost("dense", "standardised")),
                "dense_scrambled": share(lost("dense", "scrambled"))},
        stops=(Stop(60, "curves_dense", y=lost("dense", "scrambled")),),
        words=("network", "convolution", "standardised"),
    ),
    Scene(
        "leak", LEAKS, (leaks_claims.START,), ("accuracy", "column"),
        ("selection_leaks", "nothing_was_learned", "inside_is_honest", "scaler_is_harmless"),
        right=2, hidden=("All inside the folds", "Scaled before, on all rows"),
        values={"promised": share(right("selection")), "came": share(right("truth")),
                "inside": share(right("inside")), "scaler": share(right("scaler"))},
        stops=(Stop(200, "accuracy", y=right("selection")),
               Stop(1000, "accuracy", y=right("truth"))),
        words=("cross_validation", "fold", "leak", "noise"),
    ),
)
