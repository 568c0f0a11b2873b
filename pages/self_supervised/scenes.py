"""The page's lesson; its texts are in `explorer/lessons/<language>/self_supervised.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.self_supervised import labels_claims as spent
from core.concepts.self_supervised import pretrain_claims as lab
from core.concepts.self_supervised.pretrain import ALL, Config
from core.config import with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

VIEWS, LABELS = find("self_supervised.pretrain"), find("self_supervised.labels")
N_SEEDS = 2


def quickly(config: Config) -> Config:
    """With few seeds, so that nobody waits."""
    return with_changes(config, n_seeds=N_SEEDS)


def right(learner: str, n_labels: int) -> Ref:
    """The median over the seeds of the share of new images that are read right."""
    return Ref("accuracy", learner=learner, n_labels=n_labels, reduce="median")


def share(learner: str, n_labels: int) -> Value:
    return Value(right(learner, n_labels), "percent")


def read(reader: str, n_labels: int) -> Ref:
    """The same in the lab of labels."""
    return Ref("accuracy", reader=reader, n_labels=n_labels, reduce="median")


def reads(reader: str, n_labels: int) -> Value:
    return Value(read(reader, n_labels), "percent")


def of(array: str, method: str) -> Ref:
    """The median over the seeds of what is measured of a method."""
    return Ref(array, objective=method, reduce="median")


SCENES = (
    Scene(
        "one_label", VIEWS, (quickly(lab.FIRST),), ("sphere", "accuracy"),
        ("one_label_goes_far", "pixels_lose"), right=2,
        values={"simclr": share("simclr", 1), "alone": share("supervised", 1),
                "nearest": share("neighbour", 1)},
        stops=(Stop(30), Stop(150, "accuracy", x=1, y=right("simclr", 1))),
        words=("embedding", "label", "augmentation", "network"),
    ),
    Scene(
        "apart", VIEWS, (quickly(lab.FIRST),), ("path", "sphere"), ("first_apart",), right=1,
        values={"before": Value(of("alignment", "simclr"), "number", step=0),
                "early": Value(of("alignment", "simclr"), "number", step=30),
                "end": Value(of("alignment", "simclr"), "number")},
        stops=(Stop(30, "path", x=of("alignment", "simclr"), y=of("uniformity", "simclr")),),
        words=("embedding", "augmentation"),
    ),
    Scene(
        "shift", VIEWS, (quickly(lab.SHIFTLESS),), ("accuracy", "views"), ("shift_is_all",),
        right=2,
        values={"simclr": share("simclr", 1), "pixels": share("pixels", 1)},
        stops=(Stop(150, "accuracy", x=1, y=right("simclr", 1)),),
        words=("augmentation", "label"),
    ),
    Scene(
        "one_point", VIEWS, (quickly(lab.ONE_POINT),), ("spread", "sphere"),
        ("one_point", "perfect_and_useless"), right=1, look="attract",
        values={"spread": Value(of("spread", "attract")), "simclr": Value(of("spread", "simclr")),
                "right": share("attract", 10), "pixels": share("pixels", 10)},
        stops=(Stop(3), Stop(60, "spread", y=of("spread", "attract"))),
        words=("negatives", "augmentation", "collapse"),
    ),
    Scene(
        "rescue", VIEWS, (quickly(lab.UNNORMED),), ("spread", "sphere"), ("stop_is_not_enough",),
        right=2, look="simsiam",
        values={"simsiam": Value(of("spread", "simsiam")), "byol": Value(of("spread", "byol"))},
        stops=(Stop(10, "spread", y=of("spread", "simsiam")),),
        words=("batch_norm", "gradient", "collapse"),
    ),
    Scene(
        "spend", LABELS, (with_changes(spent.FIRST, n_seeds=N_SEEDS),), ("one_label", "said"),
        ("head_is_better", "tuning_gives_away", "neighbour_with_all"), right=1,
        values={"before": reads("features", 1), "head": reads("head", 1),
                "tuned": reads("tuned", 1), "alone": reads("supervised", 1),
                "tuned_all": reads("tuned", ALL), "nearest": reads("neighbour", ALL)},
        stops=(Stop(250, "one_label", y=read("head", 1)),
               Stop(400, "one_label", y=read("tuned", 1))),
        words=("label", "network", "neighbours"),
    ),
)
