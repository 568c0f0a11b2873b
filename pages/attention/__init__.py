"""Attention: what a decoder looks at while it translates, and what becomes of it without."""

from __future__ import annotations

from core.concepts.attention import common
from core.concepts.attention import step as one_read
from core.config import Config
from core.experiment import Experiment
from explorer import charts
from explorer.charts import HEIGHT
from explorer.live import Panel
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import Method, chosen
from pages.attention import pictures, step
from pages.attention.scenes import SCENES
from pages.attention.styles import READS

__all__ = ["LABS", "SCENES"]


def translate_charts(config: common.CommonConfig, look: str) -> list[Panel]:
    reads, n_seeds, n = chosen(READS, config.reads), config.n_seeds, common.usual(config)
    looking = [read for read in reads if read.key != "none"]
    dates = config.task == "date"
    right = charts.learning_curves(
        "right", "exact", reads, by="read", where={"length": n}, n_seeds=n_seeds,
        title=f"Whole sequences of {n} symbols", y_title=pictures.RIGHT,
        y_range=pictures.SHARE["range"], percent=True,
        alt=f"The share of new sequences of {n} symbols without a mistake, over the steps.",
    )
    loss = charts.learning_curves(
        "loss", "loss", reads, by="read", n_seeds=n_seeds, log=True,
        title=f"Loss on new sequences of {n} symbols", y_title="Cross-entropy",
        y_range=[-3, 0.6], alt="The loss on new sequences, over the steps.",
    )
    main = pictures.against_length(
        reads, common.lengths(config), n_seeds=n_seeds, height=HEIGHT,
        longest=None if dates else config.longest,
        title="Whole sequences, by their length",
    )
    stage = pictures.translator(
        common.players(config), look, config.task, net=common.net_as_data(config),
        lengths=(common.SHORTEST, config.longest),
    )
    told = pictures.told(READS[look], n_seeds, n)
    return [main, stage, right, *where(config, looking, n), told, loss]


def where(config: common.CommonConfig, looking: list[Method], n: int) -> list[Panel]:
    """Where those look that look back."""
    if not looking:
        return []
    mass = charts.learning_curves(
        "mass", "mass", looking, by="read", n_seeds=config.n_seeds,
        title=f"Attention on the right place, {n} symbols", y_title="Share of the attention",
        y_range=pictures.SHARE["range"], percent=True,
        alt="The share of the attention that is on the right place, over the steps.",
    )
    if config.task not in ("reverse", "copy"):
        return [mass]
    mass = pictures.with_level(mass, 1 / n, "without a preference")
    return [mass, pictures.offsets(looking, range(-common.REACH, common.REACH + 1))]


def without_effect(config: common.CommonConfig | one_read.Config) -> set[str]:
    return {"longest"} if config.task == "date" else set()


def without_effect_on_step(config: one_read.Config) -> set[str]:
    return without_effect(config) | (
        {"symbol", "sequence"} if config.shows == "update" else set())


def slowly(config: common.CommonConfig, at: int) -> tuple[Experiment, Config]:
    """A read of the first decoder that reads anything; of the dot where there is none."""
    looking = [read for read in config.reads if read != "none"]
    return slow_motion("attention.step", config, at, n_seeds=1, attention=(looking or ["dot"])[0])


LABS = {
    "translate": Lab("Translate", translate_charts, look="reads", hidden=without_effect,
                     slowly=slowly),
    "hard": Lab("Look at one", translate_charts, look="reads", hidden=without_effect,
                slowly=slowly),
    "step": Lab(
        "One read, slowly", step.charts, "sub-step", hidden=without_effect_on_step, seconds=20,
        says=True,
        narrower=lambda config: {"symbol": (1, one_read.n_symbols(config))},
        resets={"task": ("symbol",), "longest": ("symbol",)},
    ),
}
