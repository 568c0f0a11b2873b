"""Vision tasks: one picture, and what may be asked about it."""

from __future__ import annotations

from functools import partial

from core.concepts.vision_tasks import captions, find, pixels, pose, questions, regions, shared
from core.concepts.vision_tasks import step as one_step
from core.concepts.vision_tasks.asking import KINDS
from core.config import Config
from core.experiment import Experiment
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import Method, chosen
from pages.vision_tasks import pictures, step
from pages.vision_tasks.scenes import SCENES
from pages.vision_tasks.styles import (
    ANSWERERS,
    CLASSES,
    FINDERS,
    NETS,
    POSERS,
    SEGMENTERS,
    SHARERS,
    TELLERS,
)

__all__ = ["LABS", "SCENES"]


def shares(
    nets: list[Method], n_seeds: int, y_title: str, name: str, title: str, alt: str
) -> Panel:
    """Curves of a share that each net reaches in new scenes."""
    return charts.learning_curves(name, name, nets, by="net", n_seeds=n_seeds, title=title,
                                  y_title=y_title, alt=alt, percent=True, y_range=[-0.02, 1.02])


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
    return [*panels, pictures.composed_to_find(config, nets)]


def pixels_charts(config: pixels.Config, look: str) -> list[Panel]:
    learners, n = chosen(SEGMENTERS, pixels.learners(config)), config.n_seeds
    nets = chosen(SEGMENTERS, config.nets)

    def curves(name: str, title: str, y_title: str, alt: str, **more: object) -> Panel:
        return charts.learning_curves(
            name, name, learners, by="learner", n_seeds=n, title=title, y_title=y_title,
            alt=alt, **more)  # type: ignore[arg-type]

    return [
        pictures.segmented(nets, CLASSES),
        curves("right", "All pixels", "Share right", "Share of all pixels of new scenes that are "
               "right, over the updates.", percent=True, y_range=[0.5, 1]),
        curves("mean_iou", "Kinds of pixels, each counted once", "Mean IoU",
               "Mean IoU over the background and five shapes, over the updates.", y_range=[0, 1]),
        curves("edges", "Pixels at edges", "Share right", "Share of the pixels at edges of shapes "
               "that are right, over the updates.", percent=True, y_range=[0, 1]),
        pictures.composed_of_pixels(config, nets),
    ]


def captions_charts(config: captions.Config, look: str) -> list[Panel]:
    nets = chosen(TELLERS, config.nets)
    curves = partial(shares, nets, config.n_seeds, "Share right")
    looking = [(net, i) for i, net in enumerate(nets) if captions.net_of(net.key).kind.looks]
    panels = [
        pictures.captioned(nets),
        curves("true", "True sentences", "Share of new scenes about which a true sentence is said, "
               "over the updates."),
        curves("words", "Words, one by one", "Share of words that are those of the true sentence, "
               "over the updates."),
        curves("well_formed", "Well-formed sentences, true or not", "Share of sentences each word "
               "of which is of the kind that its place asks for, over the updates."),
    ]
    if config.either:
        panels.append(curves("same", "True sentences that name the left one first, or the upper "
                             "one", "Share of sentences that are the one that is counted, over "
                             "the updates."))
    if looking:
        panels.append(pictures.looked(*zip(*looking, strict=True)))
    return [*panels, pictures.composed_to_say(config, nets)]


def shared_charts(config: shared.Config, look: str) -> list[Panel]:
    nets, n = chosen(SHARERS, config.nets), config.n_seeds
    panels: list[Panel] = [pictures.answered(nets), pictures.alone_and_shared(nets, n)]
    for question, (asked, how) in pictures.QUESTIONS.items():
        own = [net for net in nets if question in shared.ASKED[net.key].questions]
        if own:
            panels.append(charts.learning_curves(
                question, "score", own, by="net", where={"question": question}, n_seeds=n,
                title=asked, y_title=how.capitalize().replace("iou", "IoU"), y_range=[0, 1],
                alt=f"{asked}: {how} in new scenes, over the updates, alone and on one trunk."))
    return [*panels, pictures.composed_for_all(config, nets)]


def regions_charts(config: regions.Config, look: str) -> list[Panel]:
    ways, n = chosen(FINDERS, config.nets), config.n_seeds
    return [
        pictures.several(ways),
        pictures.found_shapes(ways, n),
        charts.learning_curves(
            "boxed", "boxed", ways, by="net", n_seeds=n, y_range=[0, 1], percent=True,
            title="Boxes around a shape, whatever it is called", y_title="Share right",
            alt="Share of the shapes in new scenes with a box around them, over the updates."),
        charts.learning_curves(
            "false", "false", ways, by="net", n_seeds=n, y_range=[0, 2.8],
            title="Boxes that are said and wrong", y_title="Boxes per scene",
            alt="Boxes per new scene around no shape, or of another class, over the updates."),
    ]


def pose_charts(config: pose.Config, look: str) -> list[Panel]:
    learners, n = chosen(POSERS, pose.learners(config)), config.n_seeds
    return [
        pictures.posed(learners),
        pictures.by_point(learners, n),
        charts.learning_curves(
            "near", "near", learners, by="learner", n_seeds=n, y_range=[0, 1], percent=True,
            title="Key points within two pixels", y_title="Share right",
            alt="Share of key points of new figures within two pixels, over the updates."),
        charts.learning_curves(
            "apart", "apart", learners, by="learner", n_seeds=n, y_range=[0, 1.3], percent=True,
            title="How far apart the hands are said to be", y_title="Share of what is true",
            alt="Mean distance of the two hands that are said, as a share of the true one."),
    ]


def questions_charts(config: questions.Config, look: str) -> list[Panel]:
    nets = chosen(ANSWERERS, config.nets)
    curves = partial(shares, nets, config.n_seeds)
    return [
        pictures.asked(nets),
        curves("Share right", "right", "Answers",
               "Share of questions about new scenes that are answered rightly, over the updates."),
        curves("Share of questions", "same", "Same answer, left for right",
               "Share of questions whose answer stays the same when the relation becomes its "
               "opposite, over the updates."),
        curves("Share right", "nothing", "\"Nothing\", where nothing is",
               "Share of questions that ask for where nothing is and are answered by \"nothing\", "
               "over the updates."),
        pictures.composed_to_ask(config, nets),
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


def without_classes(config: captions.Config) -> set[str]:
    """The steps before, where nobody has learned anything before."""
    return set() if any(captions.TELLERS[name].before for name in config.nets) else {"n_before"}


def without_effect_on_one(config: shared.Config) -> set[str]:
    """The steps before, where nothing was learned; the weight of boxes, where none meet others."""
    boxed = any("box" in shared.ASKED[name].questions and len(shared.ASKED[name].questions) > 1
                for name in config.nets)
    away = set() if boxed else {"box_weight"}
    return away | {"n_before"} if config.before == "nothing" else away


def without_regions(config: regions.Config) -> set[str]:
    """From where on ink counts, where no regions are proposed."""
    return set() if "regions" in config.nets else {"level"}


def without_pictures(config: questions.Config) -> set[str]:
    """The steps before, where nobody sees."""
    return set() if any(KINDS[name].sees for name in config.nets) else {"n_before"}


def without_effect_on_step(config: one_step.Config) -> set[str]:
    return without_effect(one_step.lab_config(config)) - {"n_before"}


def slowly(config: find.Config, at: int) -> tuple[Experiment, Config]:
    """The net that both questions share, or the first one that there is."""
    net = next((name for name in ("both", *config.nets) if name in config.nets and name != "after"),
               "both")
    return slow_motion("vision_tasks.step", config, at, n_seeds=1, net=net)


LABS = {
    "find": Lab("What and where", find_charts, hidden=without_effect, slowly=slowly),
    "shared": Lab("One trunk", shared_charts, hidden=without_effect_on_one),
    "regions": Lab("Several things", regions_charts, hidden=without_regions),
    "pixels": Lab("Which pixels", pixels_charts),
    "pose": Lab("Key points", pose_charts),
    "captions": Lab("Say it", captions_charts, hidden=without_classes),
    "questions": Lab("Ask it", questions_charts, hidden=without_pictures),
    "step": Lab("An update, slowly", step.charts, "sub-step", seconds=15, says=True,
                hidden=without_effect_on_step),
}
