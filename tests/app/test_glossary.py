"""The field's words: what is said of each, and how it opens where the word stands."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.browser import Served, box_of, visit, wait
from explorer import glossary as module
from explorer.catalog import CATALOG
from explorer.glossary import DRAWINGS, LESSONS, entries, glossary
from explorer.live.assets import module_path
from explorer.page import scenes_of

STYLE = LESSONS.parent / "live" / "view.css"
SHAPES = {"svg", "g", "path", "circle", "ellipse", "rect"}
each_word = pytest.mark.parametrize("key", glossary())

# --------------------------------------------------------------------------- what is said


@each_word
def test_a_word_has_one_line(key: str) -> None:
    line = glossary()[key].line
    assert line.endswith(".")
    assert "\n" not in line
    assert len(line) <= 170, "more than a line or two"
    assert line[0].isupper()


@each_word
def test_a_word_is_used(key: str) -> None:
    """In a scene, or in the prose of a page."""
    named = {word for c in CATALOG for scene in scenes_of(c.slug) for word in scene.words}
    prose = "".join((LESSONS / "en" / f"{c.slug}.{kind}").read_text("utf-8")
                    for c in CATALOG for kind in ("md", "toml"))
    begins = rf"\b{re.escape(glossary()[key].word)}"
    assert key in named or re.search(begins, prose, re.IGNORECASE)


def test_the_words_of_scenes_are_in_it() -> None:
    for c in CATALOG:
        for scene in scenes_of(c.slug):
            assert len(entries(scene.words)) == len(set(scene.words)), f"{c.slug}, {scene.key}"


@pytest.mark.parametrize("path", sorted(DRAWINGS.glob("*.svg")), ids=lambda p: p.stem)
def test_a_drawing_has_shapes_only_in_the_pages_colour(path: Path) -> None:
    """No words, which would have to be translated; nothing that runs or loads."""
    text = path.read_text("utf-8")
    drawing = list(ET.fromstring(text).iter())
    assert {e.tag.removeprefix("{http://www.w3.org/2000/svg}") for e in drawing} <= SHAPES
    colours = {e.get(name) for e in drawing for name in ("fill", "stroke")} - {None}
    assert colours <= {"none", "currentColor"}
    assert {e.get("class") for e in drawing} <= {None, "lv-accent"}
    assert not re.search(r"\son\w+=|href|style=", text)
    assert len(text) < 2000


def test_what_the_browser_is_told() -> None:
    (seed,) = entries(["seed"])
    assert set(seed) == {"key", "word", "line", "drawing"}
    assert seed["drawing"] == (DRAWINGS / "seed.svg").read_text("utf-8")
    assert entries([]) == []


def test_a_word_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="not in the glossary: sead, ssed"):
        entries(["seed", "sead", "ssed"])


@pytest.mark.parametrize(("text", "fault"), [
    ("seed = 3", r"\[seed\]: is no table"),
    ('[seed]\nword = "seed"', r"\[seed\]: lacks line"),
    ('[seed]\nword = ""\nline = "x"', r"\[seed\]: lacks word"),
    ('[seed]\nword = "seed"\nline = "x"\nlines = "y"', r"\[seed\]: lines is not known"),
    ('[other]\nword = "other"\nline = "x"', "drawings of no word: seed"),
])
def test_what_is_wrong_is_named(
    text: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "glossary.toml").write_text(text, "utf-8")
    (tmp_path / "seed.svg").write_text("<svg/>", "utf-8")
    monkeypatch.setattr(module, "LESSONS", tmp_path)
    monkeypatch.setattr(module, "DRAWINGS", tmp_path)
    with pytest.raises(ValueError, match=fault):
        glossary("xx")


# ---------------------------------------------------------------------------- in a browser

SENTENCE = "How many seeds, how large a batch, and does batch norm or a seed of <b>Q</b> matter?"


@pytest.fixture(scope="module")
def server(harness: Served) -> str:
    return harness.url


@pytest.fixture
def page(server: str, chrome: Browser) -> Iterator[Page]:
    with visit(chrome, has_touch=True, viewport={"width": 390, "height": 400}) as page:
        page.goto(server)
        page.add_style_tag(path=STYLE)
        yield page


def explain(page: Page, sentence: str, keys: list[str], at: str = "50px 20px auto") -> list[str]:
    """Puts a sentence with its words into the page; the keys of those without a place in it."""
    return page.evaluate("""async ({ path, sentence, words, at }) => {
      const { explainedIn } = await import(path);
      const place = document.createElement("p");
      place.id = "here";
      place.style = `position: fixed; inset: ${at}; margin: 0; z-index: 9999999`;
      document.body.append(place);
      const made = explainedIn(sentence, words);
      place.append(made.sentence);
      return made.left.map((entry) => entry.key);
    }""", {"path": f"/{module_path('glossary.js')}", "sentence": sentence,
           "words": entries(keys), "at": at})


def test_words_are_found_where_they_stand_first(page: Page) -> None:
    """With their endings, the longest first, never inside another word; text stays text."""
    left = explain(page, SENTENCE, ["batch", "seed", "batch_norm", "q", "fold"])
    assert left == ["fold"]
    assert page.locator("#here button").all_text_contents() == [
        "seeds", "batch", "batch norm", "Q"]
    said = page.locator("#here").evaluate(
        "p => [...p.childNodes].map(n => n.querySelector?.('button').textContent ?? n.data)")
    assert "".join(said) == SENTENCE


WITHIN = """(({ left, right, top, bottom }) =>
  left >= 0 && right <= 390 && top >= 0 && bottom <= 400
)(document.querySelector('#here [popover]').getBoundingClientRect())"""
"""The explanation is inside the window, once the browser has placed it."""


@pytest.mark.parametrize("at", ["2px 20px auto", "auto 20px 2px", "50px 2px auto auto"],
                         ids=["top", "bottom", "right"])
def test_it_opens_within_the_window_and_closes(page: Page, at: str) -> None:
    """By mouse, finger and key; Esc and a press elsewhere close it."""
    explain(page, "loss", ["loss"], at)
    button, popover = page.locator("#here button"), page.locator("#here [popover]")
    expect(popover).to_be_hidden()
    for open_it in (button.click, button.tap, lambda: button.press("Enter")):
        open_it()
        expect(popover).to_be_visible()
        expect(popover).to_contain_text(glossary()["loss"].line)
        expect(popover.locator("svg")).to_be_visible()
        wait(page, WITHIN)
        box, word = box_of(page, "#here [popover]"), box_of(page, "#here button")
        assert box["y"] >= word["y"] + word["height"] or box["y"] + box["height"] <= word["y"]
        page.keyboard.press("Escape")
        expect(popover).to_be_hidden()
    button.click()
    expect(popover).to_be_visible()
    page.mouse.click(195, 395 if at.endswith("auto") else 5)
    expect(popover).to_be_hidden()
