"""The page's lesson; its texts are in `explorer/lessons/<language>/tuning.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.tuning import batch_claims, search_claims, signal_claims, window_claims
from core.config import with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

SIGNAL, BATCH = find("tuning.signal"), find("tuning.batch")
WINDOW, SEARCH = find("tuning.window"), find("tuning.search")


def right(init: str) -> Value:
    """The median share of new images that nets of a start get right."""
    return share(Ref("accuracy", init=init, reduce="median"))


def share(ref: Ref) -> Value:
    return Value(ref, "percent")


def wrong(rule: str, size: str) -> Ref:
    return Ref("test_error", rule=rule, size=size, reduce="median")


def at_rate(norm: str, rate: float) -> Ref:
    return Ref("test_error", norm=norm, rate=rate, reduce="median")


def found(array: str, search: str) -> Ref:
    return Ref(array, search=search, reduce="median")


def decides(knob: str) -> Value:
    return share(Ref("importance", knob=knob, reduce="median"))


SCENES = (
    Scene(
        "start", SIGNAL, (with_changes(signal_claims.START, n_seeds=3),),
        ("activation", "accuracy"), ("start_predicts", "he_keeps", "xavier_fades"),
        right=1,
        values={
            "he": right("he"), "xavier": right("xavier"), "small": right("small"),
            "tiny": Value(Ref("balance", init="small", reduce="median"), "power"),
            "huge": Value(Ref("balance", init="large", reduce="median"), "power"),
        },
        stops=(Stop(60, "accuracy", y=Ref("accuracy", init="he", reduce="median")),),
        words=("layer", "gradient", "weight"),
    ),
    Scene(
        "batch_norm", SIGNAL, (with_changes(signal_claims.BATCH, n_seeds=3),),
        ("activation", "accuracy"),
        ("batch_norm_rescues", "large_stays_behind", "nothing_rescues_zeros"), right=2,
        values={"small": right("small"), "large": right("large"), "he": right("he"),
                "zeros": right("zeros")},
        stops=(Stop(60, "accuracy", y=Ref("accuracy", init="large", reduce="median")),),
        words=("batch_norm", "layer"),
    ),
    Scene(
        "funnel", SIGNAL, (with_changes(signal_claims.FUNNEL, n_seeds=1),), ("map",),
        ("funnel",), right=2,
        values={
            "shallow": share(Ref("mapped", n_layers=1, gain=4.0)),
            "deep": share(Ref("mapped", n_layers=16, gain=4.0)),
            "he": share(Ref("mapped", n_layers=16, gain=1.414)),
        },
        stops=(Stop(60),), words=("layer", "weight", "map"),
    ),
    Scene(
        "batches", BATCH, (with_changes(batch_claims.START, n_seeds=3),), ("images", "sizes"),
        ("small_batches_win", "per_update", "scaling_helps", "scaling_is_no_cure"), right=0,
        look="same",
        values={
            "few": share(wrong("same", "500")), "many": share(wrong("same", "8")),
            "scaled": share(wrong("linear", "500")),
        },
        stops=(Stop(2000, "images", y=wrong("same", "500")),),
        words=("batch", "learning_rate", "step"),
    ),
    Scene(
        "window", WINDOW, (with_changes(window_claims.START, n_seeds=2),), ("window", "best"),
        ("wider_window",), right=1,
        values={
            "none": share(at_rate("none", 1.0)), "batch": share(at_rate("batch", 1.0)),
            "best_none": share(Ref("best_error", norm="none", reduce="median")),
            "best_batch": share(Ref("best_error", norm="batch", reduce="median")),
        },
        stops=(Stop(50, "window", x=1.0, y=at_rate("none", 1.0)),),
        words=("learning_rate", "batch_norm", "layer_norm"),
    ),
    Scene(
        "search", SEARCH, (search_claims.NET,), ("best", "importance", "tried"),
        ("bayes_beats_grid", "rate_matters_most"), right=2,
        values={
            "grid": share(found("best", "grid_search")),
            "random": share(found("best", "random_search")),
            "bayes": share(found("best", "bayesian_search")),
            "judged": share(found("judged", "bayesian_search")),
            "rate": decides("rate"), "batch": decides("batch"),
        },
        stops=(Stop(16, "best", y=found("best", "bayesian_search")),),
        words=("learning_rate", "batch", "update_rule"),
    ),
)
