"""Around a page's picture: the heading above it, and what it teaches below.

Prose lives in `lessons/<language>/<slug>.md`, apart from code, in sections with fixed
headings. What the page asserts are the experiment's claims: each can be checked with a
click, on this machine, now.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from core.experiment import Claim, Experiment, Preset
from core.frames import decode_frame, header_of
from core.runs import Handle
from explorer import service
from explorer.catalog import Concept

LESSONS = Path(__file__).parent / "lessons"
SECTIONS = ("Try this", "The equations", "Code and papers")
CLAIM_SEEDS = 8


def header(concept: Concept, preset: Preset | None) -> None:
    """The page's title and question, or the preset's question to ask before the run."""
    asked = concept.question if preset is None else f"**Predict:** {preset.question}"
    st.markdown(f"### {concept.title}\n{asked}")


def lesson(concept: Concept, experiment: Experiment, preset: Preset | None) -> None:
    """What to notice, with its checks; then the prose of the page."""
    st.header("What to notice", anchor=False)
    ordered = sorted(experiment.claims, key=lambda c: not (preset and c.name in preset.claims))
    for claim in ordered:
        checked(experiment, claim)
    for title, text in sections(concept.slug).items():
        st.header(title, anchor=False)
        st.markdown(text)


@cache
def sections(slug: str, language: str = "en") -> dict[str, str]:
    """The lesson's sections by heading; raises `ValueError` where one is missing."""
    text = (LESSONS / language / f"{slug}.md").read_text("utf-8")
    parts = [part.partition("\n") for part in ("\n" + text).split("\n## ")[1:]]
    found = {title.strip(): body.strip() for title, _, body in parts}
    if tuple(found) != SECTIONS:
        raise ValueError(f"the lesson {slug!r} has the sections {tuple(found)}, not {SECTIONS}")
    return found


@st.fragment
def checked(experiment: Experiment, claim: Claim) -> None:
    """A claim, and a button that checks it on fresh runs."""
    seeds = st.session_state.setdefault("claim seeds", {})
    name = f"{experiment.name} {claim.name}"
    left, right = st.columns([5, 1], vertical_alignment="center")
    source = f" *({claim.source})*" if claim.source else ""
    left.markdown(f"- {claim.sentence}{source}")
    if right.button("Check now", key=f"check {name}", width="stretch",
                    help=f"Trains it on {CLAIM_SEEDS} other seeds and counts."):
        # other seeds at each click: 100, 108, 116, ... none of them chose the settings
        first = seeds[name] = seeds.get(name, 100 - CLAIM_SEEDS) + CLAIM_SEEDS
        with left, st.spinner("Training ...", show_time=True):
            handle = service.runs().check(
                experiment, claim, CLAIM_SEEDS, first, service.viewer(f"claim {name}")
            )
            handle.wait()
        left.markdown(verdict(handle, claim, first))


def verdict(handle: Handle, claim: Claim, first_seed: int) -> str:
    """The outcome of a check in words."""
    if handle.error is not None:
        return f":red[{handle.error}]"
    messages = [m for m in handle.frames() if header_of(m)["type"] == "frame"]
    held = decode_frame(messages[-1]).arrays["held"]
    if len(held) == 1:
        return ":green[**held, now** (nothing in it is random)]" if held[0] else (
            ":red[**did not hold, now**]")
    right = int(held.sum())
    color = "green" if right >= claim.share * len(held) - 1e-9 else "red"
    last = first_seed + len(held) - 1
    return f":{color}[**held in {right} of {len(held)} seeds, now** (seeds {first_seed} to {last})]"
