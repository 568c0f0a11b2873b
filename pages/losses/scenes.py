"""The page's lesson; its texts are in `explorer/lessons/<language>/losses.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.losses import classes_claims as classes
from core.concepts.losses import likelihood_claims as likelihood
from core.concepts.losses import numbers_claims as numbers
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

CLASSES, NUMBERS = find("losses.classes"), find("losses.numbers")
LIKELIHOOD = find("losses.likelihood")
OUTPUTS = "Squared error of outputs"


def wrong(loss: str) -> Ref:
    """The median over the seeds of the share of new images wrong."""
    return Ref("test_error", loss=loss, reduce="median")


def loss(name: str = "cross_entropy") -> Ref:
    """The median of the loss on new images."""
    return Ref("test_loss", loss=name, reduce="median")


def far(name: str) -> Ref:
    """The median of the distance between fit and curve."""
    return Ref("to_curve", loss=name, reduce="median")


def high(name: str) -> Ref:
    """The median of how high the fit lies above the curve."""
    return Ref("offset", loss=name, reduce="median")


def inside(head: str, part: float) -> Ref:
    """The median of the share of fresh points in the band, in a fifth of x."""
    return Ref("coverage_at", head=head, bin=part, reduce="median")


def share(ref: Ref, step: int | None = None) -> Value:
    return Value(ref, "percent", step)


def exact(ref: Ref) -> Value:
    return Value(ref, "percent1")


SCENES = (
    Scene(
        "confident", CLASSES, (classes.CONFIDENT,), ("error", "pull"),
        ("confident_start", "no_pull"), right=0, hidden=(OUTPUTS,),
        values={"entropy": share(wrong("cross_entropy"), 50),
                "squared": share(wrong("softmax"), 50),
                "late": share(wrong("softmax"))},
        stops=(Stop(20, "error", y=wrong("softmax")),),
        words=("loss", "cross_entropy", "squared_error", "gradient"),
    ),
    Scene(
        "fair", CLASSES, (classes.OWN,), ("error",), ("tie",), right=3,
        values={"entropy": exact(wrong("cross_entropy")), "squared": exact(wrong("softmax")),
                "outputs": exact(wrong("outputs"))},
        stops=(Stop(30, "error", y=wrong("cross_entropy")),),
        words=("learning_rate", "cross_entropy", "squared_error"),
    ),
    Scene(
        "rises", CLASSES, (classes.LONG,), ("loss", "error"),
        ("mistakes_do_not", "loss_rises", "too_sure", "temperature_repairs"), right=1,
        hidden=("Squared error of probabilities",),
        values={"least": Value(loss(), step=100), "last": Value(loss()),
                "before": Value(wrong("cross_entropy"), "percent1", step=100),
                "after": exact(wrong("cross_entropy")),
                "temperature": Value(Ref("fitted", sayer="cross_entropy", reduce="median"))},
        stops=(Stop(100, "loss", y=loss()), Stop(700, "loss", y=loss())),
        words=("cross_entropy", "calibration", "temperature"),
    ),
    Scene(
        "sensor", NUMBERS, (numbers.ONE_SIDE,), ("fits", "pull"),
        ("outliers_ruin", "mean_and_median"), right=2,
        values={"squared": Value(far("squared")), "absolute": Value(far("absolute")),
                "huber": Value(far("huber"))},
        stops=(Stop(300, "pull", x=4.0, y=4.0),),
        words=("squared_error", "outlier", "residual"),
    ),
    Scene(
        "skewed", NUMBERS, (numbers.SKEWED,), ("estimates", "fits"),
        ("skew_moves_absolute", "each_its_own"), right=0,
        values={"squared": Value(high("squared")), "absolute": Value(high("absolute")),
                "huber": Value(high("huber"))},
        stops=(Stop(400, "estimates", x=high("absolute"), y=1.0),),
        words=("median", "noise"),
    ),
    Scene(
        "unsure", LIKELIHOOD, (likelihood.DEFAULT,), ("coverage", "band"),
        ("constant_covers_wrongly", "overall_hides", "learned_covers"), right=1, look="learned",
        hidden=("Learned spread, β-NLL",),
        values={"quiet": share(inside("constant", 0.1)), "noisy": share(inside("constant", 0.9)),
                "overall": share(Ref("coverage", head="constant", reduce="median")),
                "learned": share(inside("learned", 0.9))},
        stops=(Stop(200, "coverage", x=0.9, y=inside("constant", 0.9)),),
        words=("standard_deviation", "likelihood"),
    ),
)
