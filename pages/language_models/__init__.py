"""Language models: BERT fills gaps, GPT goes on writing."""

from __future__ import annotations

from core.concepts.language_models import labels, objectives, shown
from core.concepts.language_models.language import KINDS, WORDS
from explorer import charts
from explorer.live import Panel, Stage
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.language_models import own_text, pictures, scale, step
from pages.language_models.scenes import SCENES
from pages.language_models.styles import STARTS, USES

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
    visible = charts.learning_curves(
        "visible", "visible", chosen(USES, ("masked",)), by="", n_seeds=config.n_seeds,
        y_range=[-0.02, 1.02], percent=True, title="Words that BERT can read",
        y_title="Share right",
        alt="How many words of whole sentences BERT says as it reads them, over the steps.",
    )
    nouns = list(objectives.NOUNS_IN_ORDER)
    likeness = [pictures.likeness(name, nouns, USES[name].label.split()[0])
                for name in ("causal", "masked")]
    return [stage(config), loss, agrees, masks(), kinds, visible, *likeness]


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


def masks() -> Stage:
    """What each net was asked in the last update."""
    options = {"words": list(WORDS),
               "colors": {name: USES[name].color for name in ("causal", "masked")}}
    return Stage("masks", "masks", ("sentences", "put"), options, "What each is asked",
                 "Sentences of an update: what each net reads, and which words it has to say.",
                 width="full", height=330,
                 note="first seed's last update; point at a word: what is seen to say it")


def label_charts(config: labels.Config, look: str) -> list[Panel]:
    starts, n = chosen(STARTS, STARTS), int(look)
    against = pictures.against_labels(starts, labels.labels(config), config.n_seeds)
    curves = pictures.over_labelled_steps(charts.learning_curves(
        "curves", "right", starts, by="variant", where={"n_labels": n}, n_seeds=config.n_seeds,
        y_range=[-0.02, 1.02], percent=True, title=f"While they learn from {n} labels",
        y_title="Share right", alt=f"The share right over the updates with {n} labels.",
    ), config.n_steps)
    gain = pictures.over_labelled_steps(charts.learning_curves(
        "gain", "gain", chosen(STARTS, ("gpt", "bert")), by="model", where={"n_labels": n},
        n_seeds=config.n_seeds, y_range=[-0.5, 1.02], percent=True, width="full", height=300,
        title=f"What pre-training is worth with {n} labels", y_title="Gain over scratch",
        alt="Share right less that of the same net from scratch, over the updates with labels.",
    ), config.n_steps)
    return [against, curves, gain]


LABS = {
    "objectives": Lab(
        "Two objectives", objective_charts,
        slowly=lambda config, at: slow_motion("language_models.step", config, at, n_seeds=1)),
    "labels": Lab("Few labels", label_charts, look="labels"),
    "scale": Lab("Scale", scale.charts, look="sentences"),
    "own_text": Lab("Own text", own_text.charts),
    "step": Lab("An update, slowly", step.charts, "sub-step", seconds=15, says=True),
}
