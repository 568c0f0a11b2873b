"""The page's lesson; its texts are in `explorer/lessons/<language>/faster.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.faster import bits_claims, workers_claims
from core.concepts.faster.ways import WAY_NAMES
from core.config import with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

WORKERS, BITS = find("faster.workers"), find("faster.bits")
START = with_changes(workers_claims.START, n_seeds=3)
SORTED = with_changes(workers_claims.SORTED, n_seeds=3)
BATCH_NORM = with_changes(workers_claims.BATCH_NORM, n_seeds=3)
FADED = with_changes(bits_claims.FADED, n_seeds=2)
ONCE = with_changes(bits_claims.ONCE, n_seeds=3)


def error(way: str) -> Ref:
    return Ref("test_error", way=way, reduce="median")


def wrong(way: str) -> Value:
    """The median share of new images that a way's nets get wrong."""
    return Value(error(way), "percent1")


def gap(way: str) -> Ref:
    return Ref("gap", way=way, reduce="median")


def read_wrongly(key: str) -> Value:
    return Value(Ref("test_error", format=key, reduce="median"), "percent1")


def all_but(*ways: str) -> tuple[str, ...]:
    """Entries of the legend that are not of these ways."""
    return tuple(label for key, label in WAY_NAMES.items() if key not in ways)


SCENES = (
    Scene(
        "together", WORKERS, (START,), ("errors", "gap"), ("averaging_is_exact",), right=2,
        values={"gap": Value(gap("gradients")), "mean": wrong("gradients"),
                "whole": wrong("whole")},
        stops=(Stop(80, "errors", y=error("gradients")),),
        hidden=all_but("whole", "gradients"), words=("gradient", "batch", "step"),
    ),
    Scene(
        "two_bits", WORKERS, (START,), ("errors", "gap"),
        ("farther_and_better", "two_bits_lose", "memory_mends"), right=1,
        values={"bits": wrong("few_bits"), "memory": wrong("memory"), "whole": wrong("whole"),
                "near": Value(gap("few_bits"), "percent"), "far": Value(gap("memory"), "percent")},
        stops=(Stop(60, "errors", y=error("memory")),),
        hidden=all_but("whole", "few_bits", "memory"), words=("gradient", "step"),
    ),
    Scene(
        "sorted", WORKERS, (SORTED,), ("known", "errors"),
        ("sorted_once_fails", "sorted_gradients_do_not_mind"), right=2,
        values={"once": wrong("weights"), "every": wrong("gradients")},
        stops=(Stop(64),), hidden=all_but("gradients", "weights"),
        words=("weight", "gradient", "map"),
    ),
    Scene(
        "batch_norm", WORKERS, (BATCH_NORM,), ("errors", "gap"),
        ("batch_norm_costs", "batch_norm_differs"), right=2,
        values={"gap": Value(gap("gradients"), "percent"), "mean": wrong("gradients"),
                "whole": wrong("whole")},
        stops=(Stop(80, "gap", y=gap("gradients")),),
        hidden=all_but("whole", "gradients"), words=("batch_norm", "batch", "gradient"),
    ),
    Scene(
        "faded", BITS, (FADED,), ("errors", "sizes"),
        ("float16_needs_a_scale", "bfloat16_does_not"), right=1,
        values={"half": read_wrongly("float16"), "scaled": read_wrongly("float16_scaled"),
                "brain": read_wrongly("bfloat16"), "full": read_wrongly("float32")},
        stops=(Stop(60),), hidden=("BFloat16, weights too",), words=("loss", "gradient"),
    ),
    Scene(
        "cast_once", BITS, (ONCE,), ("errors",), ("cast_once_learns_nothing",), right=2,
        values={"full": read_wrongly("float32"), "brain": read_wrongly("bfloat16"),
                "once": read_wrongly("bfloat16_once")},
        stops=(Stop(80, "errors", y=Ref("test_error", format="bfloat16_once", reduce="median")),),
        words=("gradient", "weight"),
    ),
)
