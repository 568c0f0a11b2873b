"""Which of the two a page is, lesson or laboratory, and the ways between them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import Experiment
from core.runs import Viewer
from core.words import Note
from devtools.browser import LIVENESS
from explorer import player, rehearsal
from explorer.catalog import CATALOG, concept
from explorer.compare import FAINT, ghosted
from explorer.controls import changes_from
from explorer.page import lab_of, scenes_of
from explorer.player import of_other, panels_of
from explorer.scene import texts
from tests.support.visits import Orders, address, warnings_of

SLUG = "optimizers"
SCENES = scenes_of(SLUG)
TEXTS = texts(SLUG)


def visited(**query: str) -> AppTest:
    """The page of a concept, as the navigation opens it."""
    at = AppTest.from_string(f"from explorer.visit import visit\nvisit({SLUG!r})",
                             default_timeout=LIVENESS)
    for name, text in query.items():
        at.query_params[name] = text
    at.run()
    assert not at.exception
    return at


def told(at: AppTest) -> dict[str, Any]:
    (data,) = json.loads(at.get("bidi_component")[0].proto.json)
    return data


def trained(i: int) -> list[Any]:
    lab = lab_of(SCENES[i].experiment)
    return [lab.trained(config) for config in SCENES[i].configs]


def test_a_bare_address_is_the_first_scene(orders: Orders) -> None:
    at = visited()
    assert told(at)["lesson"]["key"] == SCENES[0].key
    assert orders.configs == trained(0)
    assert address(at) == {"scene": "1"}
    assert warnings_of(at) == []
    assert not at.sidebar.selectbox


def test_the_address_names_a_scene(orders: Orders) -> None:
    at = visited(scene="4")
    view = told(at)
    assert (view["lesson"]["at"], view["about"]["scene"]) == (3, SCENES[3].key)
    assert orders.configs == trained(3)
    assert len(orders.configs) == 2
    assert view["others"] == ["none"]
    assert len(view["lesson"]["main"]) == 2 * len(SCENES[3].charts)


@pytest.mark.parametrize("text", ["0", "7", "-1", "two", "1.0", "", "9" * 5000])
def test_a_scene_that_there_is_not(orders: Orders, text: str) -> None:
    at = visited(scene=text)
    assert warnings_of(at) == [
        f"scene: {text!r} is not allowed. Allowed: a whole number from 1 to {len(SCENES)}."]
    assert told(at)["lesson"]["at"] == 0
    assert address(at) == {"scene": "1"}


def test_settings_are_about_the_laboratory(orders: Orders) -> None:
    """With a lab or without: an address of settings is what it was before there were lessons."""
    for query in ({"lab": "surface"}, {"n_steps": "50"}, {"rotation": "45", "lab": "surface"}):
        at = visited(**query)
        assert "lesson" not in told(at)
        assert at.sidebar.button[0].label == "Lesson"
    assert warnings_of(visited(nonsense="1"))


def test_a_link_that_a_mailer_has_changed_is_the_lesson(orders: Orders) -> None:
    at = visited(utm_source="letter", **{"amp;scene": "2"})
    assert told(at)["lesson"]["at"] == 1


def test_from_a_scene_into_the_laboratory_and_back(orders: Orders) -> None:
    """It has the scene's settings and asks its question; what was changed can be put back."""
    at = visited(scene="2")
    scene, text = SCENES[1], TEXTS[SCENES[1].key]
    explored(at, 1)
    config = orders.configs[-1]
    assert config == trained(1)[0]
    assert address(at) | {"scene": "2", "lab": "surface"} == address(at)
    assert any(text.question in item.value for item in at.markdown)
    label = at.sidebar.button[0].label
    assert label == f"Back to scene 2: {text.name}"
    at.session_state[f"{scene.experiment.name}:n_steps"] = 50
    at.run()
    assert orders.configs[-1] == config.model_copy(update={"n_steps": 50})
    (back,) = [b for b in at.sidebar.button if b.label.startswith("Put back: ")]
    assert back.label == f"Put back: {', '.join(changes_from(config, orders.configs[-1]))}"
    back.click().run()
    assert orders.configs[-1] == config
    at.sidebar.button[0].click().run()
    assert told(at)["lesson"]["at"] == 1
    assert address(at) == {"scene": "2"}


def explored(at: AppTest, i: int) -> None:
    """What the button of scene `i` does: AppTest cannot press what the browser draws."""
    script = (f"from explorer.player import _explore\nfrom explorer.page import scenes_of\n"
              f"from explorer.scene import texts\nfrom explorer.visit import visit\n"
              f"import streamlit as st\n"
              f"scene = scenes_of({SLUG!r})[{i}]\n"
              f"if st.session_state.pop('press', False):\n"
              f"    _explore(scene, texts({SLUG!r})[scene.key], {i})\n"
              f"visit({SLUG!r})")
    at._script_path = AppTest.from_string(script)._script_path
    at.session_state["press"] = True
    at.run()
    assert not at.exception


def test_lessons_follow_each_other() -> None:
    slugs = [c.slug for c in CATALOG if scenes_of(c.slug)]
    following = [player.scene_data(concept(slug), 0)["lesson"]["following"] for slug in slugs]
    assert [f and f["slug"] for f in following] == [*slugs[1:], None]


# --- rehearsal -------------------------------------------------------------------------


class Rehearsed:
    """Runs that are there at once, but for those that fail or never end."""

    def __init__(self, fails: int = -1, waits: int = -1) -> None:
        self.fails, self.waits = fails, waits
        self.configs: list[Any] = []

    def start(self, experiment: Experiment, config: Any, viewer: Viewer) -> Any:
        n = len(self.configs)
        self.configs.append(config)
        error = Note("run.ended", {"reason": "out of luck"}) if n == self.fails else None
        return SimpleNamespace(token="none", error=error, wait=lambda seconds: n != self.waits)


def rehearsed(runs: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(rehearsal.service, "runs", lambda: runs)
    at = AppTest.from_string(
        "from explorer.catalog import concept\nfrom explorer.rehearsal import rehearse\n"
        f"rehearse(concept({SLUG!r}))", default_timeout=LIVENESS).run()
    assert not at.exception
    return [item.value for item in at.markdown]


def test_a_rehearsal_trains_every_scene_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Rehearsed()
    lines = rehearsed(runs, monkeypatch)
    assert runs.configs == [config for i in range(len(SCENES)) for config in trained(i)]
    assert len(lines) == len(SCENES)
    for i, (scene, line) in enumerate(zip(SCENES, lines, strict=True), 1):
        assert line.startswith(f":material/check_circle: {i}. {TEXTS[scene.key].name} (")


def test_a_rehearsal_names_what_did_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = rehearsed(Rehearsed(fails=0), monkeypatch)
    assert failed[0].startswith(":material/error: 1. ")
    assert "out of luck" in failed[0]
    waited = rehearsed(Rehearsed(waits=0), monkeypatch)
    assert waited[0].endswith("not ready after 180 s")
    assert all("check_circle" in line for line in failed[1:] + waited[1:])


# --- panels ----------------------------------------------------------------------------


def test_a_ghost_is_faint_and_of_the_second_run() -> None:
    lab = lab_of(SCENES[3].experiment)
    shown = [{p.id: p for p in lab.charts(config, "")} for config in SCENES[3].configs]
    first, second = (panels[SCENES[3].charts[-1]] for panels in shown)
    chart = ghosted(first, second)
    data, n = chart.figure["data"], len(first.figure["data"])
    ghosts = [bind for bind in chart.binds if bind.run == 1]
    assert ghosts
    assert len(data) == n + len(ghosts)
    for bind in ghosts:
        assert data[bind.trace]["opacity"] == FAINT[1][0]
        assert data[bind.trace]["showlegend"] is False
    own = [bind for bind in chart.binds if bind.run == 0]
    assert [data[b.trace] for b in own] == [first.figure["data"][b.trace] for b in first.binds]


def test_beside_each_other_each_side_is_named() -> None:
    scene = SCENES[3]
    text = TEXTS[scene.key]
    left, right = panels_of(scene, text)[:2]
    assert left.title.startswith(f"{text.sides[0]}: ")
    assert right.title.startswith(f"{text.sides[1]}: ")
    assert right.id == of_other(left).id
    assert {bind.run for bind in left.binds} == {0}
    assert {bind.run for bind in right.binds} == {1}


def test_a_scene_invites_to_no_click() -> None:
    for c in CATALOG:
        for scene in scenes_of(c.slug):
            panels = panels_of(scene, texts(c.slug)[scene.key])
            assert not any(panel.invitation or "(click" in panel.title for panel in panels)
