"""The page's lesson; its texts are in `explorer/lessons/<language>/meta_learning.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.meta_learning import shots_claims as shots
from core.concepts.meta_learning import sinusoids_claims as sinusoids
from core.config import Config, with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

CURVES, CLASSES = find("meta_learning.sinusoids"), find("meta_learning.shots")


def two(config: Config) -> Config:
    """With two seeds: enough for what these scenes show, and half the time."""
    changed: Config = with_changes(config, n_seeds=2)
    return changed


def error(net: str, taken: int) -> Ref:
    """The median over the seeds of the error on new curves after so many steps on them."""
    return Ref("error", net=net, taken=taken, reduce="median")


def right(net: str, shot: int) -> Ref:
    """The median over the seeds of the share right after so many rounds of examples."""
    return Ref("right", net=net, shot=shot, reduce="median")


def share(net: str, shot: int) -> Value:
    return Value(right(net, shot), "percent")


def known(reference: str, shot: int) -> Value:
    return Value(Ref("known", reference=reference, shot=shot, reduce="median"), "percent")


SCENES = (
    Scene(
        "step", CURVES, (two(sinusoids.DEFAULT),), ("curves",),
        ("one_step", "joint_stays_behind", "scratch_does_not"), right=1,
        values={"maml": Value(error("maml", 1)), "joint": Value(error("joint", 1)),
                "scratch": Value(error("scratch", 1))},
        stops=(Stop(160),),
        words=("meta_learning", "gradient", "squared_error"),
    ),
    Scene(
        "before", CURVES, (two(sinusoids.DEFAULT),), ("after_0", "task_0"), ("alike_before",),
        right=2, look="maml",
        values={"maml": Value(error("maml", 0)), "joint": Value(error("joint", 0)),
                "first": Value(error("first_order", 0))},
        stops=(Stop(160, "after_0", y=error("maml", 0)),),
        words=("meta_learning", "squared_error"),
    ),
    Scene(
        "longer", CURVES, (two(sinusoids.DEFAULT), two(sinusoids.LONGER)), ("taken",),
        ("only_for_this_step",), right=2,
        values={"right": Value(error("maml", 5)), "longer": Value(error("maml", 5), run=1),
                "joint": Value(error("joint", 5), run=1)},
        words=("meta_learning", "learning_rate"),
    ),
    Scene(
        "parts", CLASSES, (two(shots.DEFAULT),), ("shots",),
        ("both_or_attention", "convolution_alone"), right=1, hidden=("Nearest learned mean",),
        values={"snail": share("snail", 5), "attention": share("attention", 5),
                "convolution": share("convolution", 5)},
        stops=(Stop(55, "shots", x=5, y=right("attention", 5)),),
        words=("attention", "dilation", "meta_learning"),
    ),
    Scene(
        "smallest", CLASSES, (two(shots.DEFAULT),), ("shots", "episode"),
        ("prototypes_first", "above_raw", "near_the_best"), right=2,
        values={"means": share("prototypes", 5), "snail": share("snail", 5),
                "raw": known("raw", 5), "best": known("best", 5)},
        stops=(Stop(25, "shots", x=5, y=right("prototypes", 5)),),
        words=("embedding", "attention"),
    ),
    Scene(
        "names", CLASSES, (two(shots.RENAMED),), ("shots", "episode"),
        ("misled", "state_follows"), right=1,
        values={"first": share("prototypes", 1), "last": share("prototypes", 5),
                "gru": share("gru", 5)},
        stops=(Stop(100, "shots", x=5, y=right("prototypes", 5)),),
        words=("recurrent_net", "attention"),
    ),
)
