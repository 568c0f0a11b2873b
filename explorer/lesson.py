"""Around a page's picture: the heading above it, and what it teaches below.

Prose lives in `lessons/<language>/<slug>.md`, apart from code, in sections with fixed
headings. What the page asserts are the experiment's claims: each can be checked with a
click, on this machine, now.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import streamlit as st

from core.experiment import Experiment, Preset
from core.runs import Handle
from explorer.catalog import Concept
from explorer.glossary import Entry, glossary
from explorer.live import claims_view
from explorer.scene import texts

LESSONS = Path(__file__).parent / "lessons"
SECTIONS = ("What is trained here", "Try this", "The equations", "Code and papers")
OPEN = SECTIONS[:2]
OF_OWN_DATA = (
    "What this page claims was studied on its own data sets. About yours it claims nothing: what "
    "you see is what was measured just now, on as many seeds as you chose."
)


def header(concept: Concept, preset: Preset | None) -> None:
    """The page's title and question, or the preset's question to ask before the run."""
    asked = concept.question if preset is None else f"**Predict:** {preset.question}"
    st.markdown(f"### {concept.title}\n{asked}")


def lesson(
    concept: Concept, experiment: Experiment, preset: Preset | None, run: Handle, *,
    own: bool = False,
) -> None:
    """What to notice, the preset's claims first, with their checks; then the page's prose. Of a
    visitor's own data nothing is claimed.
    """
    st.header("What to notice", anchor=False)
    ordered = sorted(experiment.claims, key=lambda c: not (preset and c.name in preset.claims))
    if own:
        st.info(OF_OWN_DATA)
    else:
        claims_view(f"{experiment.name} claims", run.token, experiment, ordered)
    st.caption(f"To read: {concept.paper}")
    prose(concept.slug)


@st.fragment
def prose(slug: str) -> None:
    """The page's sections in boxes that open."""
    # What is closed is not sent: formulas would cost every slider move its milliseconds
    for title, text in sections(slug).items():
        box = st.expander(f"**{title}**", expanded=title in OPEN, on_change="rerun",
                          key=f"{slug} {title}")
        if box.open:
            box.markdown(text)
    if explained := words_of(slug):
        box = st.expander("**Words**", on_change="rerun", key=f"{slug} words")
        if box.open:
            box.markdown("\n".join(f"- **{entry.word}**: {entry.line}" for entry in explained))


@cache
def words_of(slug: str, language: str = "en") -> list[Entry]:
    """The field's words that stand in what is trained here, and in the scenes."""
    told = [sections(slug, language)[OPEN[0]]]
    for text in texts(slug, language).values():
        told += [text.question, text.reveal, text.because, *text.answers, *text.stops]
    return [entry for entry in glossary(language).values() if _stands(entry.word, " ".join(told))]


def _stands(word: str, text: str) -> bool:
    """Whether a word stands in a text, or its plural does; one letter, as Q, in its own case."""
    case = re.IGNORECASE if len(word) > 1 else re.NOFLAG
    return bool(re.search(rf"(?<!\w){re.escape(word)}(s|es)?(?!\w)", text, case))


@cache
def sections(slug: str, language: str = "en") -> dict[str, str]:
    """The lesson's sections by heading; raises `ValueError` where one is missing."""
    text = (LESSONS / language / f"{slug}.md").read_text("utf-8")
    parts = [part.partition("\n") for part in ("\n" + text).split("\n## ")[1:]]
    found = {title.strip(): body.strip() for title, _, body in parts}
    if tuple(found) != SECTIONS:
        raise ValueError(f"the lesson {slug!r} has the sections {tuple(found)}, not {SECTIONS}")
    return found
