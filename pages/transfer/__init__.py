"""Transfer: a net that has learned one thing, and few labels to learn another from."""

from __future__ import annotations

from core.concepts.transfer import labels
from core.concepts.transfer.tasks import CLASS_NAMES, SIDES
from core.config import label_of
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.theme import chosen
from pages.transfer import pictures
from pages.transfer.scenes import SCENES
from pages.transfer.styles import CLASSES, METHODS

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
    source = pictures.source_curve(
        METHODS["source"], config.n_pretraining, n_seeds, width="third", height=260,
        title=f"Before: {label_of(labels.Config, 'source', config.source).lower()}",
        y_title="Share wrong", alt="Error of the nets that are pre-trained, on new source images.",
    )
    examples = pictures.images(
        "examples", SIDES[config.data], len(classes), ("First", "Then"),
        title="An image of each class", x_title=f"Then: {', '.join(classes)}",
        alt=f"An image of each class of the source; below of the target: {', '.join(classes)}.",
    )
    moved = pictures.moved(
        "moved", lines[:2], n, [f"{i}" for i in labels.LAYERS],
        title=f"How far the layers moved, {n} labels",
        alt="Change of each layer's weights since the start of the target, as a share.",
    )
    taken = [
        pictures.taken_for(
            f"taken_{m.key}", m, n, classes, title=f"{m.label}: what is taken for what, {n} labels",
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


def without_effect(config: labels.Config) -> set[str]:
    return set() if config.rates == "own" else {"fine_tuning_rate"}


LABS = {
    "labels": Lab("Labels", label_charts, hidden=without_effect, look="labels"),
}
