"""What a scene is: one question of a lesson, and the run that answers it.

A lesson is four to six scenes in a row. What is trained and shown is in `pages/<slug>/scenes.py`;
what is said, apart from code so that a teacher can edit or translate it, in
`lessons/<language>/<slug>.toml`, under the scene's key:

    [valley]
    name = "Down the valley"
    question = "One ball, one rule: always step downhill. Which way will it go?"
    answers = ["Straight to the bottom", "Zig-zag across the valley", "Past it and away"]
    stops = ["Downhill is across the valley, not along it."]
    reveal = "After {steps} steps it is still on its way."
    because = "The gradient points across the valley, where it is steepest."

`{steps}` is one of the scene's `values`; in the text of a stop also `{step}`, where it stops.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.config import Config
from core.experiment import Experiment
from explorer.live import Ref

LESSONS = Path(__file__).parent / "lessons"
SECONDS = 12
MOST_CHARTS = 4


@dataclass(frozen=True)
class Value:
    """A number of the run, for a sentence.

    Attributes:
        ref: What gives one number at a frame.
        form: How it is written: 0.123 as "12 %" or "12.3 %" (percent1), "0.123" (three digits),
            "0" (whole); of a logarithm, -6.9 as "10⁻⁷" (power).
        step: At which frame, the first at or after this step; the last one where left out.
        run: Of which of the scene's configurations.
    """

    ref: Ref
    form: Literal["percent", "percent1", "number", "whole", "power"] = "number"
    step: int | None = None
    run: int = 0


@dataclass(frozen=True)
class Stop:
    """Where the run pauses by itself, to show something.

    Attributes:
        step: The first frame at or after this step.
        chart: The chart in which an arrow points at it; "" for none.
        x: Where it points, in the chart's units: a number, or what the frame says; the step
            itself where left out.
        y: The same; needed where there is a chart.
    """

    step: int
    chart: str = ""
    x: Ref | float | None = None
    y: Ref | float | None = None


@dataclass(frozen=True)
class Scene:
    """A question, the run that answers it, and what of it is shown.

    Attributes:
        key: Of its texts.
        experiment: What is trained.
        configs: One configuration, or two on one playhead.
        charts: The ids of one to four of the lab's charts or stages, the main one first. The second
            configuration's charts are beside them, those that it has, unless it is a ghost.
        claims: Names of the experiment's claims. The first decides which answer is right: it is
            about these very configurations, but for seeds.
        right: The position of the right answer, from 0.
        values: What `{name}` stands for in the texts.
        stops: In the order of their steps.
        look: What is looked at in detail, as on the page.
        hidden: Entries of the legend that are not shown.
        marks: Whether the lines and words in the charts that mark a place are drawn: not where one
            of them would give the answer away.
        ghost: Whether the second configuration is drawn as faint lines in the first one's charts.
        until: The last step that is shown, where the run goes on further.
        seconds: How long it plays, without its stops.
        words: Keys of the glossary that the scene needs.
    """

    key: str
    experiment: Experiment
    configs: tuple[Config, ...]
    charts: tuple[str, ...]
    claims: tuple[str, ...]
    right: int
    values: Mapping[str, Value] = field(default_factory=dict)
    stops: tuple[Stop, ...] = ()
    look: str = ""
    hidden: tuple[str, ...] = ()
    marks: bool = True
    ghost: bool = False
    until: int | None = None
    seconds: float = SECONDS
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text:
    """What is said in a scene.

    Attributes:
        name: On its dot.
        question: Asked before the run, with nothing in it that gives the answer away.
        answers: Two to four to choose from.
        reveal: What happened, with this run's numbers.
        because: Why, in one sentence.
        stops: A sentence for each stop.
        sides: For two configurations the name of each.
    """

    name: str
    question: str
    answers: tuple[str, ...]
    reveal: str
    because: str
    stops: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()


@cache
def texts(slug: str, language: str = "en") -> dict[str, Text]:
    """What is said in a concept's scenes, by their keys, in the order of the lesson.

    Raises:
        ValueError: A scene lacks a text, has one that is not known, or is no table.
    """
    path = LESSONS / language / f"{slug}.toml"
    if not path.exists():
        return {}
    return {key: _text(f"{path.name}, [{key}]", found)
            for key, found in tomllib.loads(path.read_text("utf-8")).items()}


def _text(where: str, found: Any) -> Text:
    if not isinstance(found, dict):
        raise ValueError(f"{where}: is no table")
    needed, known = ("name", "question", "answers", "reveal", "because"), Text.__annotations__
    if missing := [name for name in needed if not found.get(name)]:
        raise ValueError(f"{where}: lacks {', '.join(missing)}")
    if unknown := found.keys() - known.keys():
        raise ValueError(f"{where}: {', '.join(sorted(unknown))} is not known")
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}
    return Text(**fields)


def placeholders(text: str) -> set[str]:
    """The names of the values in a text."""
    return set(re.findall(r"\{(\w+)\}", text))
