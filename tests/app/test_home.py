"""The front door: a course of stations, each with a picture that was recorded from a real run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from core.concepts import labs_of
from devtools.browser import Gate, app, visit, wait
from devtools.miniatures import RECORDINGS, recorded, sources_of
from explorer import home
from explorer.catalog import CATALOG, by_section
from explorer.scene import texts

SLUGS = [c.slug for c in CATALOG]
MOST_BYTES = 60_000
COURSE = ["optimizers", "losses", "representation", "tuning", "faster", "regularization",
          "bias_variance", "ensembles", "dqn", "skip_connections", "convolution", "transfer",
          "self_supervised", "vision_tasks", "recurrence", "attention", "transformer",
          "language_models", "dilated_convolution", "gan", "meta_learning"]
"""In the order of the notes."""


def front_door() -> None:
    """What `AppTest` runs: the page without the navigation around it."""
    from types import SimpleNamespace

    from explorer.catalog import CATALOG
    from explorer.home import home

    home({c.slug: SimpleNamespace(slug=c.slug) for c in CATALOG})


# ------------------------------------------------------------------------- what it says


def test_it_is_shown() -> None:
    at = AppTest.from_function(front_door).run()
    assert not at.exception
    assert len(at.get("bidi_component")) == 1


@pytest.mark.parametrize(("chosen", "leads"), [
    ("optimizers?scene=2", [("optimizers", {"scene": "2"})]),
    ("dqn?lab=understand", [("dqn", {"lab": "understand"})]),
    ("ensembles", [("ensembles", {})]),
    ("", []),
    ("elsewhere?scene=1", []),
])
def test_a_choice_leads_to_its_page(
    chosen: str, leads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[Any] = []
    monkeypatch.setattr(home.Door, "show", lambda self, key: chosen)
    monkeypatch.setattr(home.st, "switch_page", lambda page, query_params: went.append(
        (page, query_params)))
    home.home({slug: slug for slug in SLUGS})  # type: ignore[misc]
    assert went == leads


def test_stations_are_in_the_order_of_the_course() -> None:
    assert [slug for slug in SLUGS if slug in COURSE] == COURSE
    headings = re.findall(r'<h3><a href="\./(\w+)(?:\?scene=1)?">(\d+)\. ', home.html())
    assert headings == [(slug, str(i + 1)) for i, slug in enumerate(SLUGS)]
    inside = [c for concepts in by_section().values() for c in concepts]
    assert inside == list(CATALOG), "a section's concepts stand together"
    assert re.findall(r"<h2>([^<]+)</h2><article>", home.html()) == list(by_section())


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r'href="\./(\w+)\??([^"]*)"', home.html())
    assert len(links) > 2 * len(COURSE)
    assert links[0] == (SLUGS[0], "scene=1" if texts(SLUGS[0]) else "")
    for slug, query in links:
        assert slug in SLUGS
        name, _, value = query.partition("=")
        if name == "scene":
            assert 1 <= int(value) <= len(texts(slug))
        elif name:
            assert name == "lab"
            assert f"{slug}.{value}" in [e.name for e in labs_of(slug)]


def test_a_scene_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="optimizers has no scene 'none'"):
        home.to_lesson("optimizers", "none")


@pytest.mark.parametrize("slug", home.words()["stations"])
def test_a_station_has_all_words(slug: str) -> None:
    told = home.words()["stations"][slug]
    assert told.keys() == {"question", "needs", "caption", "alt", "labels"}
    assert told["question"].endswith("?")
    assert len(told["question"]) <= 110
    assert told["alt"].endswith(".")


def test_it_loads_nothing_heavy() -> None:
    """Neither a page's description nor a concept, and nothing that Streamlit alone does not."""
    code = ("import sys, streamlit.components.v2\nbefore = set(sys.modules)\n"
            "from explorer import home\nhome.html()\nprint(*(set(sys.modules) - before))")
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    heavy = {"torch", "sklearn", "scipy", "xarray", "pandas", "plotly"}
    ours = ("pages.", "core.concepts.")
    assert [name for name in done.stdout.split()
            if name.partition(".")[0] in heavy or name.startswith(ours)] == []


# ------------------------------------------------------------------------- its pictures


def test_pictures_are_small_and_one_for_each_station() -> None:
    assert home.MINIATURES.stat().st_size <= MOST_BYTES
    kept = json.loads(home.MINIATURES.read_text("utf-8"))
    assert list(kept) == list(RECORDINGS) == list(home.words()["stations"])


@pytest.mark.parametrize("slug", RECORDINGS)
def test_a_picture_is_of_a_real_run(slug: str) -> None:
    """Of these sources; of others it is the same when it is trained again; of an agent, whose
    learning every last bit changes, the episodes last about as long.
    """
    kept = json.loads(home.MINIATURES.read_text("utf-8"))[slug]
    if kept.pop("sources") != sources_of(slug):
        the_same_again(slug, kept)


def test_a_picture_is_trained_again() -> None:
    """The quickest, whatever its sources: the way there works."""
    kept = json.loads(home.MINIATURES.read_text("utf-8"))["bias_variance"]
    the_same_again("bias_variance", kept)
    kept["fits"][0][0][0] += 1
    with pytest.raises(AssertionError):
        the_same_again("bias_variance", kept)


def the_same_again(slug: str, kept: dict[str, Any]) -> None:
    found = json.loads(json.dumps(recorded(slug)))
    assert found.keys() | {"sources"} == kept.keys() | {"sources"}
    for name in kept.keys() - {"episodes", "maps", "sources"}:
        if isinstance(kept[name], list) and name not in ("colors", "settings"):
            for a, b in zip(kept[name], found[name], strict=True):
                np.testing.assert_allclose(b, a, atol=0.02)
        else:
            assert found[name] == kept[name], name
    for a, b in zip(kept.get("maps", []), found.get("maps", []), strict=True):
        assert (int(a, 16) ^ int(b, 16)).bit_count() < 0.02 * 4 * len(a)
    if slug == "dqn":
        for episodes in (kept["episodes"], found["episodes"]):
            first, soon, last = map(len, episodes)
            assert first < 20 < soon < 150 < last


# ---------------------------------------------------------------------------- in a browser


def pictures(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.door canvas')].map(c => c.toDataURL())")


def opened(page: Page, url: str) -> None:
    page.goto(url)
    wait(page, f"document.querySelectorAll('.door canvas').length === {len(COURSE)}")


ANSWERS = """document.querySelector(".stMain .door canvas")
  && document.querySelector(".stApp[data-test-script-state=notRunning]")"""
"""Whether Streamlit is there to show another page: before, a link is the browser's."""


def test_the_first_button_opens_the_first_lesson(server: str, chrome: Browser) -> None:
    """Without a reload, and the way back leads here again; no chart library before."""
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        opened(page, server)
        expect(page.locator(".door article")).to_have_count(len(CATALOG))
        expect(page.get_by_role("link", name="Start: ")).to_be_in_viewport()
        expect(page.locator(".door article").first).to_be_in_viewport()
        assert page.evaluate("typeof Plotly") == "undefined"
        wait(page, ANSWERS)
        page.evaluate("window.same = true")
        page.get_by_role("link", name="Start: ").click()
        wait(page, "document.querySelector('.lv')?.__live?.current >= 0")
        assert page.url.startswith(f"{server}/optimizers")
        page.go_back()
        wait(page, ANSWERS)
        page.get_by_role("button", name="I want to play").click()
        page.get_by_role("link", name="The moons").click()
        wait(page, "document.querySelector('.lv')?.__live?.current >= 0")
        assert page.url.startswith(f"{server}/ensembles?lab=growing")
        assert page.evaluate("window.same")


def test_it_is_there_before_streamlit_and_stays(server: str, chrome: Browser) -> None:
    """It moves into Streamlit's page without a jump, with what was opened by its own element."""
    where = """(() => { const r = document.querySelector(".door").getBoundingClientRect();
        return [r.x, r.y, r.width]; })()"""
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        gate = Gate(page, "**/static/js/**")
        page.goto(server, wait_until="commit")
        wait(page, f"document.querySelectorAll('.door canvas').length === {len(COURSE)}")
        wait(page, "document.getElementById('door-opening')?.door")
        assert not page.evaluate("document.querySelector('.stApp')")
        early = page.evaluate(where)
        page.evaluate("document.querySelector('.door').same = true")
        page.get_by_role("button", name="I teach").click()
        gate.open()
        wait(page, "!document.getElementById('door-opening') && document.querySelector('.stApp')")
        assert page.evaluate("document.querySelector('.door').same")
        assert page.evaluate("document.querySelector(':popover-open').id") == "door-teach"
        expect(page.get_by_role("button", name="I teach")).to_be_focused()
        wait(page, f"JSON.stringify({where}) === '{json.dumps(early, separators=(',', ':'))}'")


def test_pictures_move_until_they_are_stopped(server: str, chrome: Browser) -> None:
    with visit(chrome, viewport={"width": 1440, "height": 4000}) as page:  # what is seen moves
        opened(page, server)
        before = pictures(page)
        wait(page, f"""(before => [...document.querySelectorAll('.door canvas')]
            .every((c, i) => c.toDataURL() !== before[i]))({json.dumps(before)})""")
        page.get_by_role("button", name="Stop the pictures").click()
        still = pictures(page)
        assert len(set(still)) == len(COURSE)
        page.wait_for_timeout(300)
        assert pictures(page) == still
        page.get_by_role("button", name="Let the pictures move").click()
        wait(page, f"document.querySelector('.door canvas').toDataURL() !== {json.dumps(still[0])}")


def test_pictures_stand_where_motion_is_not_wanted(server: str, chrome: Browser) -> None:
    """Each at its end, which says the most; and no picture is blank, in either theme."""
    for scheme in ("light", "dark"):
        with visit(chrome, reduced_motion="reduce", color_scheme=scheme) as page:
            opened(page, server)
            blank = "document.createElement('canvas')"
            wait(page, f"""[...document.querySelectorAll('.door canvas')].every(c => c.toDataURL()
                !== Object.assign({blank}, {{ width: c.width, height: c.height }}).toDataURL())""")
            before = pictures(page)
            page.wait_for_timeout(400)
            assert pictures(page) == before
            for alt in page.locator(".door canvas").all():
                assert alt.get_attribute("role") == "img"
                assert alt.get_attribute("aria-label")


def test_what_was_seen_is_told(server: str, chrome: Browser) -> None:
    """Nothing where nothing was seen, or where something else was kept under that name."""
    with visit(chrome) as page:
        opened(page, server)
        told = page.locator("[data-seen=optimizers]")
        expect(told).to_be_empty()
        page.evaluate("""() => {
          const place = document.querySelector("[data-seen=optimizers]");
          const [first] = place.dataset.scenes.split(" ");
          localStorage.setItem("seen:optimizers", JSON.stringify([first, "not a scene"]));
        }""")
        page.reload()
        n = len(texts("optimizers"))
        expect(told).to_have_text(f"1 of {n} seen" if n else "")


@pytest.fixture(scope="module")
def many_pages() -> Iterator[str]:
    with app(script="tests/support/many_pages/streamlit_app.py") as (url, _process):
        yield url


@pytest.mark.parametrize("width", [1280, 1024, 390])
def test_navigation_and_stations_hold_21_pages(
    many_pages: str, chrome: Browser, width: int
) -> None:
    """Every section is there, none under "more"."""
    with visit(chrome, viewport={"width": width, "height": 800}) as page:
        opened(page, many_pages)
        expect(page.locator(".door article")).to_have_count(21)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width < 768:
            page.get_by_test_id("stExpandSidebarButton").click()
            expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(22)
            return
        for name in ("Training", "Generalization", "Reinforcement learning", "Deep networks",
                     "Sequences", "Generation"):
            expect(page.locator(".stAppHeader").get_by_text(name, exact=True)).to_be_visible()
        expect(page.locator(".stAppHeader").get_by_text("more")).to_have_count(0)
