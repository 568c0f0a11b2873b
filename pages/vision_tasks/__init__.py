"""Vision tasks: one picture, and what may be asked about it."""

from __future__ import annotations

from core.concepts.vision_tasks import find, pixels
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.theme import chosen
from pages.vision_tasks import pictures
from pages.vision_tasks.scenes import SCENES
from pages.vision_tasks.styles import CLASSES, NETS, SEGMENTERS

__all__ = ["LABS", "SCENES"]


def find_charts(config: find.Config, look: str) -> list[Panel]:
    nets, n = chosen(NETS, config.nets), config.n_seeds
    of_box = [net for net in nets if find.ASKED[net.key].of_box]
    of_class = [net for net in nets if find.ASKED[net.key].of_class]
    panels: list[Panel] = [pictures.found(nets)]
    if of_box:
        panels += [pictures.covering(of_box, n), charts.dots(
            "iou_now", "iou", of_box, by="net", n_seeds=n, spread=0.5, title="Boxes, now",
            x_title="Mean IoU", x_range=[0, 1],
            alt="Mean IoU now: a row per net, a dot per seed.")]
    if of_class:
        panels.append(charts.learning_curves(
            "wrong", "wrong", of_class, by="net", n_seeds=n, y_range=[-0.02, 1.02], percent=True,
            title="Classes", y_title="Share wrong",
            alt="Share of new scenes whose class is wrong, over the updates."))
    if not of_box:
        panels.append(charts.dots(
            "wrong_now", "wrong", of_class, by="net", n_seeds=n, spread=0.5, percent=True,
            title="Classes, now", x_title="Share wrong", x_range=[0, 1],
            alt="Share of wrong classes now: a row per net, a dot per seed."))
    return panels


def pixels_charts(config: pixels.Config, look: str) -> list[Panel]:
    learners, n = chosen(SEGMENTERS, pixels.learners(config)), config.n_seeds

    def curves(name: str, title: str, y_title: str, alt: str, **more: object) -> Panel:
        return charts.learning_curves(
            name, name, learners, by="learner", n_seeds=n, title=title, y_title=y_title,
            alt=alt, **more)  # type: ignore[arg-type]

    return [
        pictures.segmented(chosen(SEGMENTERS, config.nets), CLASSES),
        curves("right", "All pixels", "Share right", "Share of all pixels of new scenes that are "
               "right, over the updates.", percent=True, y_range=[0.5, 1]),
        curves("mean_iou", "Kinds of pixels, each counted once", "Mean IoU",
               "Mean IoU over the background and five shapes, over the updates.", y_range=[0, 1]),
        curves("edges", "Pixels at edges", "Share right", "Share of the pixels at edges of shapes "
               "that are right, over the updates.", percent=True, y_range=[0, 1]),
    ]


def without_effect(config: find.Config) -> set[str]:
    """Settings of what nobody is taught."""
    away = set()
    if "both" not in config.nets:
        away.add("box_weight")
    if "after" not in config.nets:
        away.add("n_before")
    if not any(find.ASKED[name].of_box for name in config.nets):
        away |= {"box_loss", "everywhere"}
    return away


LABS = {
    "find": Lab("What and where", find_charts, hidden=without_effect),
    "pixels": Lab("Which pixels", pixels_charts),
}
