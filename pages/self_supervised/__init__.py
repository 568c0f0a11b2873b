"""Self-supervised learning: nets that nobody tells what is on an image."""

from __future__ import annotations

from core.concepts.self_supervised import labels, pretrain
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.theme import chosen
from pages.self_supervised import pictures
from pages.self_supervised.scenes import SCENES
from pages.self_supervised.styles import LEARNERS, READERS

__all__ = ["LABS", "SCENES"]


def pretrain_charts(config: pretrain.Config, look: str) -> list[Panel]:
    methods, n = chosen(LEARNERS, config.methods), config.n_seeds
    learners = chosen(LEARNERS, pretrain.learners(config))
    shown, position = LEARNERS[look], config.methods.index(look)
    one_label = charts.learning_curves(
        "one_label", "accuracy", learners, by="learner", where={"n_labels": 1}, n_seeds=n,
        title="One labelled image of each digit", y_title="Share right", percent=True,
        y_range=[0, 1], alt="Share of new images read right with one label per digit, over the "
        "steps.",
    )
    spread = charts.learning_curves(
        "spread", "spread", methods, by="objective", n_seeds=n, y_range=[-0.03, 1.1],
        title="How far images are spread", y_title="Spread (0: one point, 1: all sides)",
        alt="The spread of the embeddings of new images over the steps.",
    )
    return [
        pictures.sphere("sphere", shown, position, config.size, height=400),
        pictures.against_labels("accuracy", learners, n),
        pictures.path("path", methods), spread,
        pictures.two_views("views", shown), one_label,
        pictures.similarities("similarity", shown),
        pictures.singular_values("singular", methods, config.size, config.seed),
    ]


def label_charts(config: labels.Config, look: str) -> list[Panel]:
    readers, n = list(READERS.values()), config.n_seeds
    over = charts.axis("Step (updates)",
                       range=[0, config.unlabelled_steps + config.labelled_steps])
    over_steps = [
        pictures.with_labels_from(charts.learning_curves(
            name, "accuracy", readers, by="reader", where={"n_labels": count}, n_seeds=n,
            title=title, y_title="Share right", percent=True, y_range=[0, 1], x_axis=over,
            alt=f"Share of new images read right, {title.lower()}, over the steps.",
        ), config.unlabelled_steps)
        for name, count, title in (("one_label", 1, "One labelled image of each digit"),
                                   ("ten_labels", 10, "Ten labelled images of each digit"))]
    return [pictures.against_labels("accuracy", readers, n, by="reader"),
            pictures.said("said", readers), *over_steps]


def without_effect(config: pretrain.Config) -> set[str]:
    """The settings of methods that are not chosen."""
    chosen_, away = set(config.methods), set()
    if "simclr" not in chosen_:
        away.add("temperature")
    if "simsiam" not in chosen_:
        away.add("stop_gradient")
    if "byol" not in chosen_:
        away.add("slowness")
    if not {"simsiam", "byol"} & chosen_:
        away.add("norm")
    if not config.head:
        away.add("n_numbers")
    return away


LABS = {
    "pretrain": Lab("Views", pretrain_charts, hidden=without_effect, look="methods", says=False),
    "labels": Lab("Labels", label_charts),
}
