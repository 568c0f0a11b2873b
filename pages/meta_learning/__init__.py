"""Meta-learning: how a net learns from five examples."""

from __future__ import annotations

from core.concepts.meta_learning import shots, sinusoids
from core.config import Config
from core.experiment import Experiment
from explorer import charts
from explorer.live import Panel, Stage
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.meta_learning import pictures
from pages.meta_learning.scenes import SCENES
from pages.meta_learning.step import charts as step_charts
from pages.meta_learning.styles import CLASSES, NETS, READERS

__all__ = ["LABS", "SCENES"]


def sinusoid_charts(config: sinusoids.Config, look: str) -> list[Panel]:
    nets = chosen(NETS, config.nets)
    curves = [
        charts.learning_curves(
            f"after_{taken}", "error", nets, by="net", where={"taken": taken}, width="half",
            n_seeds=config.n_seeds, y_range=[0, pictures.MOST], title=title,
            y_title="Mean squared error",
            alt=f"The error of each net on new curves, {title.lower()}, over the updates.",
        )
        for taken, title in ((0, "Before any step on a new curve"),
                             (1, "After one step on a new curve"))
    ]
    maps = [pictures.by_task(NETS[look], taken, *sinusoids.grid()) for taken in sinusoids.SHOWN]
    return [stage(config), *curves,
            pictures.by_steps(nets, sinusoids.MOST_STEPS, config.n_seeds), *maps]


def stage(config: sinusoids.Config) -> Stage:
    """All nets on points of a visitor's: the browser takes their steps."""
    options = {
        "nets": [{"label": net.label, "color": net.color} for net in chosen(NETS, config.nets)],
        "shapes": sinusoids.shapes(config), "ends": list(sinusoids.ENDS),
        "rate": config.test_rate, "tasks": sinusoids.examples(config),
    }
    return Stage(
        "curves", "adapt", ("weights",), options, "Steps on a few points",
        "Each net as a curve, before its steps and after them, and the points.", width="full",
        height=270, note="first seed; pale: before the steps; thin: the curve that the points are "
        "of; click to put points in")


def shot_charts(config: shots.Config, look: str) -> list[Panel]:
    readers, n = chosen(READERS, config.nets), config.n_seeds
    guess = 1 / config.n_ways
    over = [
        charts.learning_curves(
            f"right_{rounds}", "right", readers, by="net", where={"shot": rounds}, n_seeds=n,
            y_range=[guess - 0.08, 1.02], percent=True, y_title="Share right",
            title=f"With {rounds} example{'s' * (rounds > 1)} of each class",
            alt=f"The share of new examples that is named rightly with {rounds} of each class, "
                "over the updates.",
        )
        for rounds in (1, config.n_shots)
    ]
    return [pictures.by_shots(readers, shots.REFERENCES, config.n_shots, n, guess),
            episode(config), *over]


def episode(config: shots.Config) -> Stage:
    """All nets on examples of a visitor's: the browser reads them."""
    nets = []
    for reader in chosen(READERS, config.nets):
        blocks = list(shots.KINDS[reader.key].blocks)
        kind = "chain" if blocks else {"prototypes": "means", "gru": "recurrent"}[reader.key]
        nets.append({"label": reader.label, "color": reader.color, "kind": kind, "blocks": blocks,
                     "shapes": shots.shapes(config, reader.key)})
    options = {
        "nets": nets, "end": shots.PLANE, "side": shots.N_SIDE, "spread": config.spread,
        "classes": [{"label": c.label, "color": c.color}
                    for c in list(CLASSES.values())[: config.n_ways]],
        "most": shots.like(config).n_given, "renamed": config.renamed,
        "episodes": shots.examples(config),
    }
    return Stage(
        "episode", "episode", ("weights", "turn", "others"), options, "Your own examples",
        "Examples of new classes in a plane, and which name each net would give a new example at "
        "every place of it.", width="full", height=250,
        note="first seed; the plane: two numbers that tell a class; those that tell nothing are "
        "drawn at every place anew; click to put examples in")


def slowly(config: sinusoids.Config, at: int) -> tuple[Experiment, Config]:
    """One task of the first net that is trained for its steps; of MAML where none is."""
    ready = [name for name in config.nets if sinusoids.LEARNERS[name].ready]
    return slow_motion("meta_learning.step", config, at, learner=(ready or ["maml"])[0])


LABS = {
    "sinusoids": Lab("Curves", sinusoid_charts, look="nets", slowly=slowly),
    "shots": Lab("Classes", shot_charts),
    "step": Lab("One step, slowly", step_charts, "sub-step", seconds=15, says=True),
}
