"""The page's lesson; its texts are in `explorer/lessons/<language>/faster.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.faster import bits_claims, machine_claims, training_claims, workers_claims
from core.concepts.faster.ways import WAY_NAMES
from core.config import with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

WORKERS, BITS = find("faster.workers"), find("faster.bits")
TRAINING, MACHINE = find("faster.training"), find("faster.machine")
START = with_changes(workers_claims.START, n_seeds=3)
SORTED = with_changes(workers_claims.SORTED, n_seeds=3)
BATCH_NORM = with_changes(workers_claims.BATCH_NORM, n_seeds=3)
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


def seconds(way: str) -> Value:
    """The median over the nets of what training took, now."""
    return Value(Ref("seconds", way=way, reduce="median"))


def times(way: str, width: int) -> Value:
    """How many times as fast as float32 with one thread, now."""
    return Value(Ref("speedup", way=way, size=width))


SCENES = (
    Scene(
        "together", WORKERS, (START, BATCH_NORM), ("gap",),
        ("exact_but_with_batch_norm", "averaging_is_exact", "batch_norm_costs"), right=1,
        values={"gap": Value(gap("gradients"), "percent1"),
                "apart": Value(gap("gradients"), "percent1", run=1),
                "mean": Value(error("gradients"), "percent1", run=1),
                "whole": Value(error("whole"), "percent1", run=1)},
        stops=(Stop(80),),
        hidden=all_but("gradients", "whole"), words=("gradient", "batch", "batch_norm"),
    ),
    Scene(
        "sorted", WORKERS, (SORTED,), ("known", "errors"),
        ("sorted_once_fails", "sorted_gradients_do_not_mind"), right=2,
        values={"once": wrong("weights"), "every": wrong("gradients")},
        stops=(Stop(64),), hidden=all_but("gradients", "weights"),
        words=("weight", "gradient", "map"),
    ),
    Scene(
        "two_bits", WORKERS, (START,), ("errors", "gap"),
        ("farther_and_better", "two_bits_lose", "memory_mends"), right=2,
        values={"forgotten": wrong("few_bits"), "remembered": wrong("memory"),
                "whole": wrong("whole"), "sent": Value(Ref("sent", way="memory")),
                "all_bits": Value(Ref("sent", way="gradients"))},
        stops=(Stop(48, "gap", y=gap("memory")), Stop(160, "errors", y=error("few_bits"))),
        hidden=all_but("few_bits", "memory", "whole"), words=("gradient", "weight"),
    ),
    Scene(
        "cast_once", BITS, (ONCE,), ("errors",), ("cast_once_learns_nothing",), right=2,
        values={"full": read_wrongly("float32"), "brain": read_wrongly("bfloat16"),
                "once": read_wrongly("bfloat16_once")},
        stops=(Stop(80, "errors", y=Ref("test_error", format="bfloat16_once", reduce="median")),),
        words=("gradient", "weight"),
    ),
    Scene(
        "seconds", TRAINING, (training_claims.BATCHES,), ("seconds", "errors"),
        ("larger_batch_lags", "rate_makes_up"), right=1,
        values={"one": wrong("one"), "larger": wrong("larger"), "scaled": wrong("scaled"),
                "one_s": seconds("one"), "larger_s": seconds("larger"),
                "scaled_s": seconds("scaled")},
        stops=(Stop(2),), words=("batch", "step", "learning_rate"),
    ),
    Scene(
        "measured", MACHINE, (machine_claims.TINY,), ("speedup", "differences"),
        ("only_results_are_certain", "threads_compute_the_same", "few_digits_are_lost"), right=2,
        values={"cores_32": times("threads", 32), "cores_1024": times("threads", 1024),
                "int8_32": times("int8", 32), "int8_1024": times("int8", 1024)},
        words=("layer", "weight"),
    ),
)
