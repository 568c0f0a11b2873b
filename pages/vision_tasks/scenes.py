"""The page's lesson; its texts are in `explorer/lessons/<language>/vision_tasks.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.vision_tasks import captions_claims as speaking
from core.concepts.vision_tasks import find_claims as lab
from core.concepts.vision_tasks import pixels_claims as segmenting
from core.concepts.vision_tasks import shared_claims as sharing
from core.concepts.vision_tasks.pixels import NOTHING
from core.config import Config, with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

FIND, PIXELS = find("vision_tasks.find"), find("vision_tasks.pixels")
CAPTIONS, SHARED = find("vision_tasks.captions"), find("vision_tasks.shared")
N_SEEDS = 2


def quickly(*configs: Config) -> tuple[Config, ...]:
    """With few seeds, so that nobody waits."""
    return tuple(with_changes(config, n_seeds=N_SEEDS) for config in configs)


def of(array: str, net: str) -> Ref:
    """The median over the seeds of what is measured of a net."""
    return Ref(array, net=net, reduce="median")


def score(question: str, net: str = "") -> Ref:
    """The same of an answer, of whoever is asked alone unless a net is named."""
    return Ref("score", net=net or question, question=question, reduce="median")


def learner(array: str, name: str) -> Ref:
    """The same of who says something of every pixel."""
    return Ref(array, learner=name, reduce="median")


SCENES = (
    Scene(
        "four", SHARED, quickly(sharing.DEFAULT), ("scenes", "scores"),
        ("classes_gain", "boxes_and_pixels_pay"), right=2,
        values={"class": Value(score("class"), "percent"),
                "class_all": Value(score("class", "all"), "percent"),
                "box": Value(score("box")), "box_all": Value(score("box", "all")),
                "pixels": Value(score("pixels")), "pixels_all": Value(score("pixels", "all"))},
        stops=(Stop(80),),
        words=("trunk", "iou", "segmentation", "network"),
    ),
    Scene(
        "border", FIND, quickly(lab.ZEROS, lab.CIRCULAR), ("iou",), ("border_tells",),
        right=2,
        values={"zeros": Value(of("iou", "box")), "circular": Value(of("iou", "box"), run=1),
                "usual": Value(Ref("usual_iou", reduce="median"), run=1)},
        stops=(Stop(40),),
        words=("padding", "iou", "convolution"),
    ),
    Scene(
        "few", FIND, quickly(lab.FEW), ("iou", "scenes"), ("classes_hurt_boxes",), right=2,
        values={"scratch": Value(of("iou", "box")), "after": Value(of("iou", "after"))},
        stops=(Stop(60, "iou", y=of("iou", "after")),),
        words=("trunk", "iou", "pre_training"),
    ),
    Scene(
        "nothing", PIXELS, quickly(segmenting.DEFAULT), ("right", "mean_iou"), ("nothing_wins",),
        right=1,
        values={"nothing": Value(learner("right", NOTHING), "percent1"),
                "one": Value(learner("right", "one"), "percent1"),
                "iou": Value(learner("mean_iou", NOTHING)),
                "one_iou": Value(learner("mean_iou", "one"))},
        stops=(Stop(40, "right", y=learner("right", NOTHING)),),
        hidden=("U-Net", "U-Net without skips"),
        words=("segmentation", "iou"),
    ),
    Scene(
        "fluent", CAPTIONS, quickly(speaking.FIRST), ("scenes", "well_formed", "true"),
        ("fluent_and_wrong", "words_mislead"), right=2,
        values={"form": Value(of("well_formed", "nic"), "percent"),
                "true": Value(of("true", "nic"), "percent"),
                "words": Value(of("words", "nic"), "percent")},
        stops=(Stop(80, "well_formed", y=of("well_formed", "nic")),),
        words=("caption", "decoder"),
    ),
    Scene(
        "words", CAPTIONS, quickly(speaking.DEFAULT), ("true", "scenes"),
        ("classes_help", "looking_helps"), right=0, hidden=("Picture first",),
        values={"scratch": Value(of("true", "attend"), "percent"),
                "after": Value(of("true", "attend_after"), "percent")},
        stops=(Stop(110, "true", y=of("true", "attend_after")),),
        words=("caption", "trunk", "pre_training", "attention"),
    ),
)
