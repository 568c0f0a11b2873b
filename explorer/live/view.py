"""What a page says to the live view: figures, and which array feeds which trace.

    live_view("race", view_data(handle.token, [
        Chart(
            id="loss", title="Training loss", alt="Training loss per optimizer over steps.",
            figure={"data": [{"type": "scatter", "name": "Adam"}],
                    "layout": {"xaxis": {"title": {"text": "step"}},
                               "yaxis": {"title": {"text": "loss"}, "type": "log"}}},
            binds=(Bind(0, "series", y=Ref("loss", optimizer="adam", reduce="median")),),
        ),
    ]))

The page calls it once per change of a control. Everything that moves is drawn in the
browser from the run's frames (`browser/`), without another word from the script.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from core.checking import CLAIM_SEEDS, FRESH_SEED, MAX_FIRST_SEED, least_held
from core.experiment import Claim, Experiment
from core.study import count_of
from explorer.live.assets import plotly_name, view_path, words_path
from explorer.live.routes import SERVER
from explorer.live.words import shared, words

# Streamlit sends a component's script and its data again with every rerun. So they get a few lines
# and what is new, and the browser's cache the rest. What they ask for is where Streamlit's own
# scripts came from: below the path of a proxy, if there is one.
_LOADER = """export default async (component) => {
  const [data] = component.data;
  const [root] = document.querySelector('script[src*="static/js/"]').src.split("static/js/");
  const [shows, shared] = await Promise.all(
    [data.script, data.shared].map((path) => path && import(root + path)));
  const words = { ...shared?.default, ...data.words };
  return shows.NAME({ ...component, data: { ...data, words } });
};"""
Reduce = Literal["", "mean", "median", "min", "max"]
Label = str | int | float | bool


@dataclass(frozen=True, init=False)
class Ref:
    """Where numbers come from: an array of the frames, or a part of it.

        Ref("loss", optimizer="adam", reduce="mean")

    The browser looks the labels up in the run's start message, among the `coords` of the
    dimension; one that has none is counted from 0.

    Attributes:
        array: Its name.
        reduce: What becomes of the last kept dimension. A value that is not finite counts
            as infinitely large for the median, is left out of min and max, and leaves no
            mean.
        labels: By dimension the label at which it is taken; the others are kept.
    """

    array: str
    reduce: Reduce
    labels: Mapping[str, Label]

    def __init__(self, array: str, reduce: Reduce = "", **labels: Label) -> None:
        vars(self).update(array=array, reduce=reduce, labels=labels)


@dataclass(frozen=True)
class Bind:
    """What feeds one trace of a figure.

    Attributes:
        trace: Position in `figure["data"]`.
        mode: "series": one point per frame, drawn up to the current one. "band": the
            range of the one kept dimension of `y` over the frames, as an area. "state":
            the current frame only.
        y: Series: one number per frame. State: an array; one of two dimensions is drawn
            as one line per row.
        x: Like `y`. A series or a band without it runs over the steps.
        z: State: the values of a heatmap or contour, rows first.
        size: State: the markers' sizes, in pixels (or in what `marker.sizeref` says).
        color: State: numbers for the markers' colour scale.
        text: State: numbers written or hovered at the points.
        run: Which of the view's runs it draws: of a scene's two, or of those that are pinned.
    """

    trace: int
    mode: Literal["series", "band", "state"]
    y: Ref | None = None
    x: Ref | None = None
    z: Ref | None = None
    size: Ref | None = None
    color: Ref | None = None
    text: Ref | None = None
    run: int = 0


@dataclass(frozen=True)
class Chart:
    """A figure in Plotly's JSON form, and what moves in it.

    Any colour may be `light-dark(#111, #eee)`: one for each theme. Fonts, grid and
    background are the theme's unless the figure sets them. An axis without a `range`
    grows with the data, up to 100 times the first value, beyond which a curve leaves the
    picture, and an arrow says how far; `layout.meta.fullRange` lifts that limit. With
    `layout.meta.pinned` markers beyond the x-axis's `range` stand at its edge as arrows, and with
    `layout.meta.missing` also those without a value. An axis' `minallowed`, `maxallowed` and
    `rangemode` "tozero" mean what they mean in Plotly.

    Attributes:
        id: Unique in the view; the same id keeps its place and zoom from run to run.
        title: What is to be seen, in a few words.
        alt: What the chart shows, in a sentence; the current values are added to it.
        note: What stands behind the title in small letters: what is good, who is counted.
        invitation: What a click does, "click to choose"; a scene takes none and does not invite.
        clickable: Whether a click reports its position.
    """

    id: str
    figure: dict[str, Any]
    binds: tuple[Bind, ...]
    title: str
    alt: str
    width: Literal["full", "half", "third"] = "half"
    height: int = 340
    clickable: bool = False
    note: str = ""
    invitation: str = ""

    def __post_init__(self) -> None:
        traces = self.figure.get("data", [])
        for bind in self.binds:
            if not 0 <= bind.trace < len(traces):
                raise ValueError(
                    f"chart {self.id!r} binds trace {bind.trace}, which does not exist: "
                    f"its figure has {len(traces)} traces"
                )
            where = f"chart {self.id!r}, trace {bind.trace}"
            if bind.mode in ("series", "band") and (bind.y is None or bind.z is not None):
                raise ValueError(f"{where}: a {bind.mode} needs y, and has no z")
            extras = (bind.size, bind.color, bind.text)
            if bind.mode != "state" and any(extras):
                raise ValueError(f"{where}: only a state has size, color or text")
            if not any((bind.x, bind.y, bind.z, *extras)):
                raise ValueError(f"{where}: nothing feeds it: give x, y, z, size, color or text")


@dataclass(frozen=True)
class Stage:
    """A scene that a class of the browser's draws from the frames, without Plotly.

    Attributes:
        id: Unique in the view, as a chart's.
        kind: The class, by its name in `browser/stages/index.js`.
        arrays: The arrays of the frames that it reads.
        note: As a chart's.
        invitation: The same.
        options: Whatever else the class asks for, as JSON: who is watched, in which words.
        alt: What it shows, in a sentence; what is to be seen now is added to it.
        run: Which of a scene's two runs it plays.
    """

    id: str
    kind: str
    arrays: tuple[str, ...]
    options: Mapping[str, Any]
    title: str
    alt: str
    width: Literal["full", "half", "third"] = "half"
    height: int = 340
    run: Literal[0, 1] = 0
    note: str = ""
    invitation: str = ""


Panel = Chart | Stage
"""What a view shows beside others."""


@dataclass(frozen=True)
class Fork:
    """Says where a run comes from: a view that shows another one of that origin goes on from
    where the two part.

    Attributes:
        run: The name of the run without changes (`core.runs.run_name`).
        changes: Step and name of each change, in their order.
    """

    run: str
    changes: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class About:
    """Whose run a view shows, in words: for what leaves it as a picture or on paper.

    Attributes:
        name: Of the experiment.
        page: The page and its lab.
        scene: The preset, "" where the settings are the visitor's own. Another scene begins
            with whole axes and all lines, whatever was zoomed or hidden before.
        settings: Those that are not the defaults: "Steps: 500".
        has_script: Whether the lab has a script that can be taken away.
        own: The name of a visitor's own data, "" where the run is on others.
    """

    name: str
    page: str
    scene: str = ""
    settings: Sequence[str] = ()
    has_script: bool = False
    own: str = ""


@dataclass(frozen=True)
class Click:
    """A click into a clickable chart, in the units of its axes; or what a stage reports.

    Attributes:
        chart: The id of the chart or stage.
        x: Where; a stage's answer.
        y: Where; what a stage was asked, in a word.
    """

    chart: str
    x: Any
    y: Any


def claims_view(
    key: str, token: str, experiment: Experiment, claims: Sequence[Claim],
    notes: Mapping[str, str] | None = None,
) -> None:
    """Shows claims with their study, each with a button that checks it beside the page's run.

    Nothing of it passes through the page's script: a check disturbs neither the run that is
    watched nor the controls.

    Args:
        key: The list's identity from rerun to rerun; unique on the page.
        token: Any run of the same experiment (`handle.token`).
        experiment: Whose claims they are.
        claims: In the order in which they are shown.
        notes: By key the sentences of what may end a check (`live_view`).
    """
    data = claims_data(token, experiment, claims)
    component("claims")(key=key, data=[sent({**data, "words": words(notes)})])


def claims_data(token: str, experiment: Experiment, claims: Sequence[Claim]) -> dict[str, Any]:
    """What a list of claims in the browser is told, but for its words; see `claims_view`."""
    seeds = {"n": CLAIM_SEEDS, "first": FRESH_SEED, "last": MAX_FIRST_SEED}
    return _data(token, claims=[_claim(experiment, c) for c in claims], seeds=seeds)


def _claim(experiment: Experiment, claim: Claim) -> dict[str, Any]:
    count = count_of(experiment, claim)
    answers = CLAIM_SEEDS if claim.over == "seeds" else 1
    return {
        "name": claim.name, "sentence": claim.sentence, "source": claim.source,
        "share": claim.share, "least": least_held(claim.share, answers), "over": claim.over,
        "studied": count and {"held": count.held, "of": count.of, "n": CLAIM_SEEDS},
    }


Asked = Callable[[Mapping[str, Any]], None]


def live_view(key: str, data: Mapping[str, Any], on: Mapping[str, Asked] | None = None) -> None:
    """Shows runs as they are trained, in the browser.

    Args:
        key: The view's identity from rerun to rerun; unique on the page.
        data: What it is told (`view_data`). Another token replaces the run: the old picture stays,
            dimmed, until the first new frame.
        on: By what a visitor may ask of the page ("click", "change_here", "scene"), what is called
            with the details, before the script reruns, as Streamlit's callbacks are.
    """
    def answer(name: str, asked: Asked) -> None:
        if told := st.session_state[key].get(name):
            asked(told)

    calls = {f"on_{name}_change": partial(answer, name, asked)
             for name, asked in (on or {}).items()}
    # "again": the rerun itself is what it asks for
    component("live_view")(key=key, data=[sent(data)], on_again_change=lambda: None, **calls)


def _check(charts: Sequence[Panel]) -> None:
    ids = [chart.id for chart in charts]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise ValueError(f"more than one chart has the id {sorted(twice)[0]!r}")
    for chart in charts:
        told = chart.figure if isinstance(chart, Chart) else chart.options
        what = "the figure of chart" if isinstance(chart, Chart) else "what is told to stage"
        try:
            json.dumps(told, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{what} {chart.id!r} is not JSON: {error}") from error


def _plain(chart: Panel) -> dict[str, Any]:
    if isinstance(chart, Stage):
        told = {k: v for k, v in vars(chart).items() if k not in ("kind", "options")}
        return {**told, "stage": {"kind": chart.kind, **chart.options}}
    # `asdict` would copy the figures too: a seventh of what a visitor's arrival costs the app
    binds = [
        {name: vars(value) if isinstance(value, Ref) else value for name, value in vars(b).items()}
        for b in chart.binds
    ]
    return {**vars(chart), "binds": binds}


def view_data(
    token: str, charts: Sequence[Panel], step: str = "step", fork: Fork | None = None,
    notes: Mapping[str, str] | None = None, about: About | None = None, **more: Any,
) -> dict[str, Any]:
    """What the live view in the browser is told.

    Args:
        token: The run to show (`handle.token`).
        charts: In the order in which they are shown.
        step: What the number of a frame counts, where that is not updates: "features".
        fork: Where the run comes from, if it may be the end of another.
        notes: By key the sentences, with `{name}` for each value, of the run's notes and errors.
        about: What is shown, in words.
        more: Whatever else it is to know.

    Raises:
        ValueError: When two charts have one id, or a figure holds NaN or an object.
    """
    _check(charts)
    return _data(token, words=words(notes), plotly=plotly_name(),
                 charts=[_plain(c) for c in charts], step=step, fork=fork and vars(fork),
                 about=about and vars(about), **more)


def _data(token: str, **more: Any) -> dict[str, Any]:
    return {"token": token, "server": SERVER, "script": view_path(), **more}


def sent(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of it goes with a rerun: the words that all views share are in the browser's cache."""
    known = shared()
    own = {key: said for key, said in data["words"].items() if known.get(key) != said}
    return {**data, "shared": words_path(), "words": own}


@cache
def component(name: str, style: str = "") -> Callable[..., Any]:
    """What Streamlit shows by a function of that name in the module that its data names, as
    `script`. It gets its data in a list: among the values of a dict Streamlit looks for data
    frames, and loads pandas. A style sheet would be sent with every rerun, too: that of the view is
    in the document (`Preload`).
    """
    return st.components.v2.component(
        name,
        css=(Path(__file__).parent / style).read_text("utf-8") if style else None,
        js=_LOADER.replace("NAME", name),
        isolate_styles=False,  # Plotly puts its styles into the document
    )
