"""Self-supervised learning: nets that nobody tells what is on an image."""

from __future__ import annotations

from core.concepts.self_supervised import labels, made, pretrain
from core.concepts.self_supervised import step as one_step
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.self_supervised import pictures, step
from pages.self_supervised.scenes import SCENES
from pages.self_supervised.styles import LEARNERS, READERS, TEACHERS

__all__ = ["LABS", "SCENES"]


def pretrain_charts(config: pretrain.Config, look: str) -> list[Panel]:
    methods, n = chosen(LEARNERS, config.methods), config.n_seeds
    learners = chosen(LEARNERS, pretrain.learners(config))
    shown, position = LEARNERS[look], config.methods.index(look)
    few = pretrain.numbers(config.labels)
    title = pictures.labelled(few[0])
    fewest = charts.learning_curves(
        "one_label", "accuracy", learners, by="learner", where={"n_labels": few[0]}, n_seeds=n,
        title=title, y_title="Share right", percent=True, y_range=[0, 1],
        alt=f"Share of new images read right, {title.lower()}, over the steps.",
    )
    spread = charts.learning_curves(
        "spread", "spread", methods, by="objective", n_seeds=n, y_range=[-0.03, 1.1],
        title="How far images are spread", y_title="Spread (0: one point, 1: all sides)",
        alt="The spread of the embeddings of new images over the steps.",
    )
    return [
        pictures.sphere("sphere", shown, position, config.size, height=400),
        pictures.against_labels("accuracy", learners, few, n),
        pictures.path("path", methods), spread,
        pictures.two_views("views", shown), fewest,
        pictures.similarities("similarity", shown),
        pictures.singular_values("singular", methods, config.size, config.seed),
    ]


def label_charts(config: labels.Config, look: str) -> list[Panel]:
    readers, n = list(READERS.values()), config.n_seeds
    over = charts.axis("Step (updates)",
                       range=[0, config.unlabelled_steps + config.labelled_steps])
    few = pretrain.numbers(config.labels)
    over_steps = [
        pictures.with_labels_from(charts.learning_curves(
            name, "accuracy", readers, by="reader", where={"n_labels": count}, n_seeds=n,
            title=pictures.labelled(count), y_title="Share right", percent=True, y_range=[0, 1],
            x_axis=over, alt=f"Share of new images read right, {pictures.labelled(count).lower()}, "
            "over the steps.",
        ), config.unlabelled_steps)
        for name, count in {"one_label": few[0], "ten_labels": few[-1]}.items()
        if name == "one_label" or len(few) > 1]
    return [pictures.against_labels("accuracy", readers, few, n, by="reader"),
            pictures.said("said", readers, few[0]), *over_steps]


def made_charts(config: made.Config, look: str) -> list[Panel]:
    teachers, n = list(TEACHERS.values()), config.n_seeds
    over_steps = charts.learning_curves(
        "steps", "accuracy", teachers, by="teacher", where={"variety": 1.0}, n_seeds=n,
        title="Made digits that vary as real ones do", y_title="Share right", percent=True,
        y_range=[0, 1], alt="Share of new real images read right over the steps, where made digits "
        "vary as much as real ones.")
    return [pictures.over_variety("accuracy", teachers, n), pictures.drawn("drawn"), over_steps,
            pictures.by_digit("digits")]


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
    "pretrain": Lab(
        "Views", pretrain_charts, hidden=without_effect, look="methods", says=False,
        slowly=lambda config, at: slow_motion("self_supervised.step", config, at, n_seeds=1,
                                              method=config.methods[0])),
    "labels": Lab("Labels", label_charts),
    "made": Lab("Made data", made_charts),
    "step": Lab("An update, slowly", step.charts, "sub-step", seconds=15, says=True,
                hidden=lambda config: without_effect(one_step.lab_config(config))),
}
