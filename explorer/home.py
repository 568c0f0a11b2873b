"""The front door: the course as a path of stations, each with a picture that moves.

What it says is in `lessons/<language>/home.toml`. The pictures were recorded from real runs
(`devtools/miniatures.py`): nothing is computed for them here, and no page's description is loaded.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from explorer.catalog import CATALOG, Concept, by_section, concept
from explorer.live.door import Door
from explorer.live.words import words as view_words
from explorer.scene import LESSONS, texts

MINIATURES = Path(__file__).parent / "miniatures.json"
MINUTES = 3
"""Of a lesson."""


def home(pages: Mapping[str, StreamlitPage]) -> None:
    """Draws the front door, and goes where a visitor wants to.

    Args:
        pages: By the concepts' slugs.
    """
    slug, _, query = front_door().show("door").partition("?")
    if slug in pages:
        st.switch_page(pages[slug], query_params=dict(parse_qsl(query)))


@cache
def front_door() -> Door:
    """What stands there, for everybody the same."""
    said = words()
    return Door(html(), json.loads(MINIATURES.read_text("utf-8")), {
        "labels": {slug: told["labels"] for slug, told in said["stations"].items()},
        **{name: said[name] for name in ("seen", "all_seen", "stop", "move")},
    })


@cache
def words(language: str = "en") -> dict[str, Any]:
    """What the front door says."""
    return tomllib.loads((LESSONS / language / "home.toml").read_text("utf-8"))


@cache
def html() -> str:
    """The front door without its pictures and what was seen, which the browser adds."""
    said = words()
    first = CATALOG[0]
    start = escape(said["start"].format(minutes=MINUTES))
    stations = "".join(_section(name, concepts) for name, concepts in by_section().items())
    sides = _side("teach", _teach(said["teach"])) + _side("play", _play(said["play"]))
    return (
        f'<div class="door"><h1>{escape(said["title"])}</h1>'
        f'<p class="door-about">{escape(said["about"])}</p>'
        f'<div class="door-ways"><a class="door-start" href="{to_lesson(first.slug)}">{start}</a>'
        f'{sides}</div><div class="door-stations">{stations}</div></div>'
    )


def _side(name: str, inside: str) -> str:
    """A side door: a button, and what it opens; that is the browser's own, with Esc and all."""
    title, close = escape(words()[name]["title"]), escape(words()["close"])
    return (
        f'<button type="button" popovertarget="door-{name}">{title}</button>'
        f'<div popover id="door-{name}" class="door-side" role="dialog" aria-label="{title}">'
        f'<h2>{title}</h2>{inside}<button type="button" popovertarget="door-{name}" '
        f'popovertargetaction="hide">{close}</button></div>'
    )


def to_lesson(slug: str, key: str = "") -> str:
    """The address of a scene, of the first one without a key; of the page that has none yet.

    Raises:
        ValueError: When the lesson has no such scene.
    """
    scenes = list(texts(slug))
    if key and key not in scenes:
        raise ValueError(f"{slug} has no scene {key!r}; it has {', '.join(scenes) or 'none'}")
    return f"./{slug}?scene={scenes.index(key) + 1 if key else 1}" if scenes else f"./{slug}"


def _section(name: str, concepts: Sequence[Concept]) -> str:
    heads = [f"<h2>{escape(name)}</h2>", *[""] * (len(concepts) - 1)]
    return "".join(_station(head, c) for head, c in zip(heads, concepts, strict=True))


def _station(head: str, c: Concept) -> str:
    told = words()["stations"].get(c.slug, {})
    keys = " ".join(texts(c.slug))
    picture = (
        f'<figure><canvas role="img" data-miniature="{c.slug}" aria-label="{escape(told["alt"])}">'
        f'</canvas><figcaption>{escape(told["caption"])}</figcaption></figure>' if told else ""
    )
    number = 1 + CATALOG.index(c)
    return (
        f'<div class="door-station">{head}<article>{picture}'
        f'<h3><a href="{to_lesson(c.slug)}">{number}. {escape(c.title)}</a></h3>'
        f'<p>{escape(told.get("question", c.question))}</p>'
        f'<p class="door-length">{escape(" · ".join(_length(c, told)))}'
        f'<b data-seen="{c.slug}" data-scenes="{keys}"></b></p></article></div>'
    )


def _length(c: Concept, told: Mapping[str, Any]) -> Iterator[str]:
    said, n = words(), len(texts(c.slug))
    yield said["length" if n else "length_unknown"].format(minutes=MINUTES, scenes=n)
    if told:
        yield said["needs"].format(needs=told["needs"])


def _teach(said: Mapping[str, Any]) -> str:
    orders = "".join(
        f"<h4>{escape(name)}</h4><ol>{''.join(map(_lesson, order, order.values()))}</ol>"
        for name, order in said["orders"].items()
    )
    keys = "".join(_key(name) for name in said["keys"])
    more = "".join(f"<p><b>{escape(name)}</b> {escape(does)}</p>" for name, does in said["more"])
    return (
        f'<div class="door-columns"><div><h3>{escape(said["orders_title"])}</h3>{orders}</div>'
        f'<div><h3>{escape(said["keys_title"])}</h3><dl>{keys}</dl>{more}</div></div>'
    )


def _key(name: str) -> str:
    """A key of the hall, as the card of all keys has it."""
    said = view_words()
    return f"<dt>{escape(said[f'keys.{name}_key'])}</dt><dd>{escape(said[f'keys.{name}'])}</dd>"


def _lesson(slug: str, keys: Sequence[str]) -> str:
    scenes = [(to_lesson(slug, key), texts(slug)[key].name) for key in keys]
    title = escape(concept(slug).title)
    if not scenes:
        return f'<li><a href="{to_lesson(slug)}">{title}</a></li>'
    links = [f'<a href="{to}">{escape(name)}</a>' for to, name in scenes]
    return f"<li>{title}: {' · '.join(links)}</li>"


def _play(said: Mapping[str, Any]) -> str:
    return "".join(
        f'<p><a href="./{escape(to)}"><b>{escape(name)}</b></a> {escape(what)}</p>'
        for to, name, what in said["links"]
    )
