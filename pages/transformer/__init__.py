"""Transformer: which part does what, and what its heads look at."""

from __future__ import annotations

from core.concepts.transformer import common, inside, parts
from core.concepts.transformer import step as one_pass
from core.config import Config
from core.experiment import Experiment
from explorer import charts
from explorer.live import Panel
from explorer.page import Lab
from explorer.repairs import slower
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.transformer import cost, pictures, step
from pages.transformer.inside import inside_charts
from pages.transformer.scenes import SCENES
from pages.transformer.styles import PARTS

__all__ = ["LABS", "SCENES"]


def part_charts(config: parts.Config, look: str) -> list[Panel]:
    nets, seeds = chosen(PARTS, parts.nets(config)), list(config.seeds)
    task = common.task_of(config)
    right = charts.dots(
        "parts", "right", nets, by="net", n_seeds=len(seeds), spread=0.5, percent=True,
        title="One part taken out at a time", x_title=pictures.RIGHT, x_range=[-0.02, 1.02],
        alt="Share of right answers on new sequences: a row per net, a dot per seed.",
    )
    time = pictures.seed_lines(
        "right", "right", nets, seeds, by="net", title="Right answers while it learns",
        y_title=pictures.RIGHT, **pictures.SHARE,
        alt="Share of right answers on new sequences over the steps, a line per seed.",
    )
    loss = charts.learning_curves(
        "loss", "loss", nets, by="net", n_seeds=len(seeds), log=True,
        title="Loss on new sequences", y_title="Cross-entropy",
        alt="The loss on new sequences over the steps.",
    )
    return [
        pictures.with_guess(right, task.guess, "x"), pictures.with_guess(time, task.guess, "y"),
        pictures.by_layer(nets, config.n_layers, len(seeds)),
        pictures.entropies(nets, len(seeds)), loss,
    ]


def slowly(config: parts.Config | inside.Config, at: int) -> tuple[Experiment, Config]:
    """The last place of the whole net, where most can be seen, in its first layer."""
    return slow_motion("transformer.step", config, at, n_seeds=1,
                       place=common.task_of(config).length)


def without_effect(config: one_pass.Config) -> set[str]:
    """Nothing can be chosen where there is one layer, or one head; an update reads no place."""
    alone = {name for name, n in (("layer", config.n_layers), ("head", int(config.n_heads)))
             if n == 1}
    return alone | ({"place", "sequence"} if config.shows == "update" else set())


LABS = {
    "parts": Lab("Parts", part_charts, repairs=slower("broken", start="torch"), slowly=slowly),
    "inside": Lab("Inside", inside_charts, slowly=slowly,
                  repairs=slower("broken", start="torch")),
    "cost": Lab("Cost", cost.charts, "round"),
    "step": Lab(
        "A forward pass, slowly", step.charts, "sub-step", hidden=without_effect, seconds=35,
        says=True, narrower=lambda config: {"place": (1, one_pass.length(config))},
        resets={"task": ("place",)},
    ),
}
