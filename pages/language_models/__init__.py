"""Language models: BERT fills gaps, GPT goes on writing."""

from __future__ import annotations

from core.concepts.language_models import objectives, shown
from core.concepts.language_models.language import KINDS
from explorer import charts
from explorer.live import Panel, Stage
from explorer.page import Lab
from explorer.theme import chosen
from pages.language_models import pictures
from pages.language_models.scenes import SCENES
from pages.language_models.styles import USES

__all__ = ["LABS", "SCENES"]
MOST = 4.4
"""Nats: a little more than a guess among all words."""


def objective_charts(config: objectives.Config, look: str) -> list[Panel]:
    uses, floors = chosen(USES, USES), objectives.floors()
    loss = pictures.with_floors(charts.learning_curves(
        "loss", "loss", uses, by="reader", n_seeds=config.n_seeds, y_range=[0, MOST],
        title="How surprised each is by a word", y_title="Cross-entropy",
        alt="Cross-entropy on new sentences over the steps, in nats per word.",
    ), {"least possible, words before": floors["causal"],
        "least possible, both sides": floors["masked"]})
    kinds = pictures.by_kind(
        uses, {name: a.tolist() for name, a in objectives.floors_by_kind().items()},
        list(KINDS), config.n_seeds, (-0.1, MOST + 1))
    agrees = charts.learning_curves(
        "agrees", "agrees", uses, by="reader", n_seeds=config.n_seeds, y_range=[-0.02, 1.02],
        percent=True, title="The number of a verb behind a clause", y_title="Share right",
        alt="How often the right number of a verb is more probable, over the steps.",
    )
    nouns = list(objectives.NOUNS_IN_ORDER)
    likeness = [pictures.likeness(name, nouns, USES[name].label.split()[0])
                for name in ("causal", "masked")]
    return [stage(config), loss, agrees, kinds, *likeness]


def stage(config: objectives.Config) -> Stage:
    """Both nets at work on what a visitor writes: the browser runs those of the frame."""
    options = {
        "net": shown.net_as_data(config), "language": shown.language_as_data(),
        "examples": list(shown.EXAMPLES),
        "colors": {name: USES[name].color for name in ("causal", "masked")},
    }
    return Stage("sentence", "gaps", ("weights",), options, "One sentence, both nets",
                 "Bars: which words BERT expects in the gap, and GPT after the words before it.",
                 width="full", height=290, note="first seed; upright lines: the language itself")


LABS = {"objectives": Lab("Two objectives", objective_charts)}
