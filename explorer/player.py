"""A page as a lesson: one scene after the other, each a question before its run.

The browser plays a scene (`live/browser/lesson.js`); here is what it is told, and what follows
when the visitor goes to another scene or into the laboratory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import streamlit as st

from core.experiment import Preset
from core.runs import run_name
from core.scripts import has_script
from explorer import controls
from explorer.address import mended
from explorer.catalog import CATALOG, Concept
from explorer.compare import ghosted
from explorer.glossary import entries
from explorer.grid import filled
from explorer.internals import went_back
from explorer.lesson import prose
from explorer.live import About, Chart, Panel, Stage, live_view, view_data
from explorer.live.view import claims_data
from explorer.page import lab_of, scenes_of
from explorer.rehearsal import rehearse
from explorer.scene import Scene, Text, texts
from explorer.server import service

_REHEARSE = "rehearse"


def play(concept: Concept) -> None:
    """Draws the lesson of a concept at the scene that the address asks for."""
    slug, scenes = concept.slug, scenes_of(concept.slug)
    at = asked_scene(slug, len(scenes))
    if st.query_params.to_dict() != {"scene": f"{at + 1}"}:
        st.query_params.from_dict({"scene": f"{at + 1}"})
    scene = scenes[at]
    purpose, runs, viewer = f"{slug} scene", service.runs(), service.viewer
    trained = lab_of(scene.experiment).trained
    handles = [runs.start(scene.experiment, trained(config), viewer(f"{purpose} {i}"))
               for i, config in enumerate(scene.configs)]
    live_view(f"{slug} lesson", scene_data(concept, at, [handle.token for handle in handles]), {
        "scene": lambda asked: go(slug, len(scenes), int(asked["at"])),
        "explore": lambda asked: _explore(scene, texts(slug)[scene.key], at),
        "rehearse": lambda asked: _ask_to_rehearse(),
        "slowly": lambda asked: _slowly(scene, at, int(asked["step"])),
    })
    prose(slug)
    if st.session_state.pop(_REHEARSE, False):
        rehearse(concept)


def scene_data(concept: Concept, at: int, tokens: Sequence[str] = ()) -> dict[str, Any]:
    """What the live view is told of a scene: nothing runs for it.

    Args:
        concept: Whose lesson.
        at: Which of its scenes, from 0.
        tokens: The run of each configuration; their names where left out.
    """
    scenes, said = scenes_of(concept.slug), texts(concept.slug)
    scene = scenes[at]
    experiment, lab = scene.experiment, lab_of(scene.experiment)
    tokens = tokens or [run_name(experiment, lab.trained(config)) for config in scene.configs]
    text = said[scene.key]
    about = About(experiment.name, f"{concept.title}, {text.name}", scene.key,
                  has_script=has_script(experiment))
    return view_data(
        tokens[0], panels_of(scene, text), lab.step, None, experiment.words, about,
        others=tokens[1:], slowly=lab.slowly is not None,
        lesson={
            "slug": concept.slug, "title": concept.title, "at": at, "key": scene.key,
            "keys": [s.key for s in scenes], "names": [said[s.key].name for s in scenes],
            **{name: vars(text)[name] for name in ("name", "question", "answers", "reveal",
                                                   "because")},
            "words": entries(scene.words),
            "following": _following(concept.slug), "right": scene.right,
            "main": main_of(scene), "hidden": scene.hidden,
            "until": scene.until, "seconds": scene.seconds,
            "values": {name: vars(value) | {"ref": vars(value.ref)}
                       for name, value in scene.values.items()},
            "stops": [_plain(stop) | {"text": words}
                      for stop, words in zip(scene.stops, text.stops, strict=True)],
            "claims": claims_data(tokens[0], experiment,
                                  [experiment.claim(name) for name in scene.claims]),
        },
    )


def _following(slug: str) -> dict[str, str] | None:
    """The lesson after this one in the order of the course; None after the last."""
    slugs = [c.slug for c in CATALOG]
    later = (c for c in CATALOG[slugs.index(slug) + 1:] if scenes_of(c.slug))
    return next(({"slug": c.slug, "title": c.title} for c in later), None)


def _plain(stop: Any) -> dict[str, Any]:
    return {name: vars(value) if hasattr(value, "array") else value
            for name, value in vars(stop).items()}


# --- its panels ----------------------------------------------------------------------------


def panels_of(scene: Scene, text: Text) -> list[Panel]:
    """The scene's panels, the main ones first; then what else the lab shows of its first run."""
    shown = [_panels(scene, i) for i in range(len(scene.configs))]
    if len(shown) == 2:
        shown = _with_same_ends(*shown)
    first, rest = shown[0], [p for name, p in shown[0].items() if name not in scene.charts]
    if len(shown) == 1:
        main = [first[name] for name in scene.charts]
    elif scene.ghost:
        main = [ghosted(first[name], shown[1][name]) for name in scene.charts]
    else:
        main = []
        for name in scene.charts:
            main.append(_titled(first[name], text.sides[0]))
            if name in shown[1]:
                main.append(_titled(of_other(shown[1][name]), text.sides[1]))
    return [*main, *filled(rest)]


def _panels(scene: Scene, i: int) -> dict[str, Panel]:
    """By their ids; a scene takes no clicks into charts, and does not invite to them."""
    lab, config = lab_of(scene.experiment), scene.configs[i]
    panels = {p.id: replace(p, invitation="")
              for p in lab.charts(config, scene.look or lab.looks(config)[0])}
    return panels if scene.marks else {name: _unmarked(p) for name, p in panels.items()}


def _unmarked(panel: Panel) -> Panel:
    """A chart without what marks a place in it."""
    if isinstance(panel, Stage):
        return panel
    layout = {**panel.figure["layout"], "shapes": [], "annotations": []}
    return replace(panel, figure={**panel.figure, "layout": layout})


def _with_same_ends(
    panels: Mapping[str, Panel], others: Mapping[str, Panel]
) -> list[dict[str, Panel]]:
    """Both runs' panels; charts of one name that say how far up they reach, reach equally far."""
    both = [dict(panels), dict(others)]
    for name in panels.keys() & others.keys():
        ends = [_ends(own[name]) for own in both]
        if not all(ends):
            continue
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        for own in both:
            own[name] = _reaching(cast(Chart, own[name]), low, high)
    return both


def _ends(panel: Panel) -> Sequence[float]:
    """Of the vertical axis, where the chart says them; else nothing."""
    axis = panel.figure["layout"].get("yaxis", {}) if isinstance(panel, Chart) else {}
    if "range" in axis:
        return cast(Sequence[float], axis["range"])
    from_zero = axis.get("rangemode") == "tozero" and "maxallowed" in axis
    return (0, axis["maxallowed"]) if from_zero else ()


def _reaching(chart: Chart, low: float, high: float) -> Chart:
    layout = chart.figure["layout"]
    axis = {**layout["yaxis"], "range": [low, high]}
    axis.pop("maxallowed", None)
    return replace(chart, figure={**chart.figure, "layout": {**layout, "yaxis": axis}})


def main_of(scene: Scene) -> list[str]:
    """The ids of the panels that the scene shows at once."""
    if len(scene.configs) == 1 or scene.ghost:
        return list(scene.charts)
    other = _panels(scene, 1)
    return [name for main in scene.charts
            for name in (main, *([f"{main}-other"] if main in other else []))]


def _titled(panel: Panel, side: str) -> Panel:
    return replace(panel, title=f"{side}: {panel.title}")


def of_other(panel: Panel) -> Panel:
    """A panel that shows the scene's second run."""
    if isinstance(panel, Stage):
        return replace(panel, id=f"{panel.id}-other", run=1)
    binds = tuple(replace(bind, run=1) for bind in panel.binds)
    return replace(panel, id=f"{panel.id}-other", binds=binds)


# --- where the visitor is, and where they go -------------------------------------------------


def asked_scene(slug: str, n: int) -> int:
    """Which scene, from 0; from 1 in the address. Without one the last that was seen."""
    kept = st.session_state.setdefault("scenes", {})
    before = 1 if went_back() else kept.get(slug, 1)
    text = mended(st.query_params.to_dict()).get("scene", str(before))
    if text not in map(str, range(1, n + 1)):
        st.warning(f"scene: {text!r} is not allowed. Allowed: a whole number from 1 to {n}.")
        text = str(before)
    kept[slug] = int(text)
    return int(text) - 1


def go(slug: str, n: int, at: int) -> None:
    """From a callback: to another scene of this lesson."""
    at = min(max(at, 0), n - 1)
    st.session_state.setdefault("scenes", {})[slug] = at + 1
    st.query_params.from_dict({"scene": str(at + 1)})


def _ask_to_rehearse() -> None:
    """From a callback: a dialog opens in the script's own course."""
    st.session_state[_REHEARSE] = True


def _explore(scene: Scene, text: Text, at: int) -> None:
    """From a callback: into the laboratory, with the scene's settings."""
    look = {"look": scene.look} if scene.look else {}
    config = scene.configs[0]
    meant = Preset(text.name, config, text.question, scene.claims)
    controls.go_to(scene.experiment, config, meant, **look, scene=str(at + 1))


def _slowly(scene: Scene, at: int, step: int) -> None:
    """From a callback: to what one step of the scene's run does."""
    if slowly := lab_of(scene.experiment).slowly:
        controls.go_to(*slowly(scene.configs[0], step), scene=str(at + 1))
