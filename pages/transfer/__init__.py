"""Transfer: a net that has learned one thing, and few labels to learn another from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.concepts.transfer import labels, sources, step
from core.concepts.transfer.common import CommonConfig
from core.concepts.transfer.stretches import LAYERS
from core.concepts.transfer.tasks import CLASS_NAMES, SIDES
from core.config import Config, label_of
from core.experiment import Experiment
from explorer import charts
from explorer.live import Panel
from explorer.maps import SIGNS, squares
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.transfer import pictures
from pages.transfer.scenes import SCENES
from pages.transfer.styles import CLASSES, METHODS, STARTS

__all__ = ["LABS", "SCENES"]

ORDER = ("scratch", "fine_tune", "frozen", "frozen_random")
"""In which methods are named."""


def label_charts(config: labels.Config, look: str) -> list[Panel]:
    lines, counts, n_seeds = chosen(METHODS, ORDER), labels.labels(config), config.n_seeds
    n, classes = int(look), CLASS_NAMES[config.data][1]
    errors = pictures.against_labels(
        "errors", "test_error", lines, counts, n_seeds=n_seeds, height=420,
        title="Error on new images", y_title="Share wrong",
        y_range=(0, 0.95), level=(pictures.GUESSING, "a guess"),
        alt="Test error on the new classes of each method, over the labelled images per class.",
    )
    gain = pictures.against_labels(
        "gain", "gain", lines[1:], counts, n_seeds=n_seeds, height=420,
        title="Error less that from scratch", y_title="Difference",
        y_range=(-0.4, 0.5), level=(0, "above: worse than from scratch"),
        note="lower is better",
        alt="Each method's test error less that of the net from scratch with the same images.",
    )
    curves = pictures.over_target_steps(charts.learning_curves(
        "curves", "test_error", lines, by="variant", where={"n_labels": n}, n_seeds=n_seeds,
        title=f"Error while they learn from {n} labels per class", y_title="Share wrong",
        y_range=[-0.02, 1.02], percent=True, height=300,
        alt=f"Test error over the updates with {n} labels per class.",
    ), config.n_steps)
    source = pictures.source_curves(
        [METHODS["source"]], "", config.n_pretraining, n_seeds, width="third", height=260,
        title=f"Before: {label_of(labels.Config, 'source', config.source).lower()}",
        y_title="Share wrong", alt="Error of the nets that are pre-trained, on new source images.",
    )
    examples = pictures.images(
        "examples", SIDES[config.data], len(classes), ("First", "Then"),
        title="An image of each class", x_title=f"Then: {', '.join(classes)}",
        alt=f"An image of each class of the source; below of the target: {', '.join(classes)}.",
    )
    moved = pictures.moved(
        "trained", lines[:2], {"n_labels": n}, LAYERS,
        title=f"How far the layers moved, {n} labels",
        alt="Change of each layer's weights since the start of the target, as a share.",
    )
    taken = [
        pictures.taken_for(
            f"taken_{m.key}", {"variant": m.key, "n_labels": n}, classes,
            title=f"{m.label}: what is taken for what, {n} labels",
            alt=f"{m.label}: the share of each class's images that is taken for each class.",
        ) for m in chosen(METHODS, ("frozen", "fine_tune"))
    ]
    shapes = list(CLASSES[config.data].values())
    planes = [
        pictures.plane(
            "before", {}, shapes, title="Features of new images, as pre-trained",
            alt="Test images of the new classes in the plane of the pre-trained net's features.",
        ),
        pictures.plane(
            "after", {"n_labels": n}, shapes, title=f"The same, fine-tuned with {n} labels",
            alt=f"The same images by the net that is fine-tuned with {n} labels, same axes.",
        ),
    ]
    return [errors, gain, examples, source, curves, moved, *planes, *taken]


def source_charts(config: sources.Config, look: str) -> list[Panel]:
    of = chosen(STARTS, sources.starts(config))
    n_seeds, classes = config.n_seeds, CLASS_NAMES[config.data][1]
    whole, frozen = (
        pictures.by_start(way, {"way": way}, of, n_seeds=n_seeds, title=title,
                          alt=f"Test error, {title.lower()}, by what was learned first.")
        for way, title in (("whole", "Fine-tuned: the whole net learns on"),
                           ("frozen", "Frozen: its last layer alone learns"))
    )
    rows = [*(m.label for m in of[1:]), "Then"]
    examples = pictures.images(
        "examples", SIDES[config.data], len(classes), rows, width="half", height=300,
        title="An image of each class: learned first, then",
        x_title=f"Then: {', '.join(classes)}",
        alt=f"An image of each class of every source; below of the target: {', '.join(classes)}.",
    )
    source = pictures.source_curves(
        of[1:], "source", config.n_pretraining, n_seeds, height=300,
        title="Before: error on what is learned first", y_title="Share wrong",
        alt="Error of the nets of each source on new images of it, over pre-training.",
    )
    curves = pictures.over_target_steps(charts.learning_curves(
        "curves", "test_error", of, by="start", where={"way": "whole"}, n_seeds=n_seeds,
        title=f"Fine-tuned: error while they learn from {config.n_labels} labels per class",
        y_title="Share wrong", y_range=[-0.02, 1.02], percent=True, height=300,
        alt="Test error of the whole nets from each start over the updates on the target.",
    ), config.n_steps)
    moved = pictures.moved("start", of, {}, LAYERS, title="How far the layers moved",
                           alt="Change of each layer's weights since the start of the target.")
    start = STARTS[look]
    taken = [
        pictures.taken_for(
            f"taken_{way}", {"way": way, "start": look}, classes,
            title=f"{start.label}, {name}: what is taken for what",
            alt=f"{start.label}, {name}: the share of each class's images taken for each class.",
        ) for way, name in (("frozen", "frozen"), ("whole", "fine-tuned"))
    ]
    return [whole, frozen, examples, source, curves, moved, *taken]


def step_charts(config: step.Config, look: str) -> list[Panel]:
    ways = [replace(METHODS[key], key=way) for way, key in zip(
        step.WAYS, ("fine_tune", "frozen"), strict=True)]
    small: dict[str, Any] = {"width": "third", "height": 270}
    kernels = [
        squares(f"kernel_{name}", 3, title, f"{title}: nine numbers.",
                {"colorscale": SIGNS, "zmin": -most, "zmax": most}, numbers=".3f", height=250)
        for name, title, most in (("gradient", "Gradient of a kernel in layer 1", 0.05),
                                  ("whole", "This kernel, fine-tuned", 1),
                                  ("frozen", "This kernel, frozen", 1))
    ]
    return [
        pictures.losses(ways, config.n_seeds),
        pictures.by_layer(
            "gradient", "way", ways, {}, step.LAYERS, title="Gradient, as far as it has come",
            y_title="Norm", alt="Norm of the gradient at each layer's weights, both ways.", **small,
        ),
        pictures.moved("way", ways, {}, step.LAYERS, title="How far each layer moves",
                       y_title="Share of its norm", **small,
                       alt="Change of each layer's weights in this update, as a share."),
        *kernels,
    ]


def slowly(config: labels.Config | sources.Config, at: int) -> tuple[Experiment, Config]:
    """One update of such a net: of several sources the first, of several numbers of labels the
    least; its steps are counted from the target on.
    """
    own = ({"n_labels": labels.labels(config)[0]} if isinstance(config, labels.Config)
           else {"source": config.sources[0]})
    return slow_motion("transfer.step", config, max(at - config.n_pretraining, 0), **own)


def without_effect(config: CommonConfig) -> set[str]:
    return set() if config.rates == "own" else {"fine_tuning_rate"}


LABS = {
    "labels": Lab("Labels", label_charts, hidden=without_effect, look="labels",
                  slowly=slowly),
    "sources": Lab("First lessons", source_charts, hidden=without_effect, look="sources",
                   slowly=slowly),
    "step": Lab("One update, slowly", step_charts, "sub-step", hidden=without_effect, seconds=15,
                says=True),
}
