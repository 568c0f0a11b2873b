"""The page's lesson; its texts are in `explorer/lessons/<language>/ensembles.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.ensembles import growing_claims as growing
from core.concepts.ensembles import voting
from explorer.live import Ref
from explorer.live.view import Reduce
from explorer.scene import Scene, Stop, Value

GROWING, VOTING = find("ensembles.growing"), find("ensembles.voting")
MIDDLE: Reduce = "median"


def error(method: str, step: int | None = None, run: int = 0) -> Value:
    """The median over the seeds of a method's test error."""
    return Value(Ref("test_error", ensemble=method, reduce=MIDDLE), "percent1", step, run)


def judged(array: str, step: int | None = None) -> Value:
    """The same of bagging's error on one of three kinds of points."""
    return Value(Ref(array, ensemble="bagging", reduce=MIDDLE), "percent1", step)


def vote(rule: str, step: int | None = None) -> Value:
    """The same of a way of voting, or of its members."""
    return Value(Ref("error", rule=rule, reduce=MIDDLE), "percent1", step)


def at(step: int, method: str) -> Stop:
    """Points at a method's line in the chart of test errors."""
    return Stop(step, "test_error", y=Ref("test_error", ensemble=method, reduce=MIDDLE))


SCENES = (
    Scene(
        "fifty", GROWING, (growing.CALM,), ("surface", "member", "test_error"),
        ("fewer_but_some", "bagging_calms", "variance_falls"), right=1,
        hidden=("Query",),
        values={"one": error("tree"), "ten": error("bagging", 10), "fifty": error("bagging")},
        stops=(Stop(1), Stop(2), at(10, "bagging")),
        words=("tree", "bootstrap", "bagging", "feature", "test_error", "seed"),
    ),
    Scene(
        "spare", GROWING, (growing.CALM,), ("watched", "member"),
        ("oob_meets_test", "oob_pessimistic", "oob_right"), right=1, hidden=("Query",),
        values={"few": judged("oob_error", 5), "few_test": judged("test_error", 5),
                "oob": judged("oob_error"), "test": judged("test_error"),
                "train": judged("train_error")},
        stops=(Stop(5, "watched", y=Ref("oob_error", ensemble="bagging", reduce=MIDDLE)),),
        words=("out_of_bag", "bootstrap", "bagging", "training_error", "test_error"),
    ),
    Scene(
        "stumps", GROWING, (growing.BAGGED_STUMPS,), ("surface", "test_error", "thumbnails"),
        ("bagged_stumps_as_one", "stumps_stay"), right=1, hidden=("Query",),
        values={"one": error("tree"), "fifty": error("bagging")},
        stops=(Stop(12),),
        words=("stump", "bagging", "bias"),
    ),
    Scene(
        "listen", GROWING, (growing.BOOSTED_STUMPS,), ("member", "test_error", "surface"),
        ("boosting_stumps", "bias_falls", "margins_grow"), right=1, hidden=("Query",),
        values={"one": error("tree"), "ten": error("adaboost", 10), "hundred": error("adaboost")},
        stops=(Stop(2), at(10, "adaboost"), Stop(60)),
        words=("stump", "boosting", "bias"),
    ),
    Scene(
        "poison", GROWING, (growing.POISONED_TUMOURS, growing.TUMOURS), ("test_error",),
        ("boosting_loses_more", "noise_hurts_boosting", "rounds_hurt", "bagging_loses_more"),
        right=0, ghost=True,
        values={
            "boosting": error("adaboost"), "clean_boosting": error("adaboost", run=1),
            "bagging": error("bagging"), "clean_bagging": error("bagging", run=1),
        },
        stops=(at(10, "adaboost"), at(30, "bagging")),
        words=("boosting", "bagging", "label"),
    ),
    Scene(
        "voters", VOTING, (voting.Config(),), ("rules", "alike"),
        ("soft_beats_best", "hard_beats_mean", "twins_gain_nothing", "expert_wins"), right=2,
        hidden=("Hard vote", "Stacking"),
        values={
            "vote": vote("soft"), "best": vote("best_member"), "mean": vote("mean_member"),
            "two": vote("soft", 2), "mean_of_two": vote("mean_member", 2),
        },
        stops=(Stop(2, "rules", y=Ref("error", rule="soft", reduce=MIDDLE)),),
        words=("vote", "soft_vote", "correlation"),
    ),
)
