"""The dialog in which a visitor gives a page their own data: read, shown, and chosen.

A page has it by having a setting that may be own data (`core.data.own.OrOwn`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st
from pydantic import ValidationError

from core.config import Config, explain
from core.data.own import (
    LEAST_POINTS,
    MOST_CLASSES,
    MOST_FEATURES,
    MOST_POINTS,
    OrOwn,
    Shape,
)
from core.data.reading import (
    MOST_BYTES,
    WORDS,
    Chosen,
    Sheet,
    Unreadable,
    chosen,
    painted,
    read,
    suggested,
)
from core.data.text import (
    LEAST_CHARACTERS,
    LEAST_DIFFERENT,
    MOST_CHARACTERS,
    MOST_DIFFERENT,
    OrOwnText,
    OwnText,
    RefusedTextError,
)
from core.experiment import Experiment
from core.words import phrase
from explorer import controls, own_data
from explorer.live.assets import module_path
from explorer.live.view import component
from explorer.own_data import OwnSet, plain, visit

N_SHOWN, N_SHOWN_COLUMNS = 3, 8
"""Rows and columns of the preview."""
_PRIVATE = (
    "They stay in this visit: nobody else can open them, nothing of them is kept, and they are "
    "gone when you leave."
)
_WANTED = (
    f"{LEAST_POINTS} to {MOST_POINTS:,} rows; a first line with the names of the columns; up to "
    f"{MOST_FEATURES} columns of numbers, and one with 2 to {MOST_CLASSES} classes. Separated by "
    "commas, semicolons or tabs, in UTF-8. Formulas are never computed."
)
FILE, PAINTED = "A CSV file", "Painted points"
_WANTED_TEXT = (
    f"{LEAST_CHARACTERS} to {MOST_CHARACTERS:,} characters, of {LEAST_DIFFERENT} to "
    f"{MOST_DIFFERENT} different kinds: a poem, a letter, a page of a book, in any script."
)
_REFUSED_TEXT = {
    "empty": "Your text: it is empty. Allowed: {length}.",
    "short": "Your text: {n} characters are too few. Allowed: {length}.",
    "long": "Your text: {n} characters are too many. Allowed: {length}.",
    "same": "Your text: {n} different characters are too few. Allowed: {different}.",
    "mixed": "Your text: {n} different characters are too many. Allowed: {different}.",
    "character": "Your text: the character {code} at place {place} is not allowed. Allowed: "
                 "letters, digits, signs, spaces, tabs and ends of lines; no characters that "
                 "control what is shown.",
}
"""Why a text is not taken, in English."""
_ALLOWED = {
    "length": f"from {LEAST_CHARACTERS} to {MOST_CHARACTERS}",
    "different": f"from {LEAST_DIFFERENT} to {MOST_DIFFERENT}",
}
CLASSES = (
    {"name": "Class 0 ●", "color": "light-dark(#15508a, #9fd0ff)"},
    {"name": "Class 1 ■", "color": "light-dark(#9a3d00, #ffc08a)"},
)
_PAINTING = {
    "canvas": "A plane to paint points in: draw with the pointer.",
    "undo": "Undo", "clear": "Clear",
}


def draw(experiment: Experiment, config: Config) -> None:
    """The dialog, once it was asked for."""
    found = own_data.place(experiment.config)
    if own_data.asked() and found:
        _dialog(experiment, config, *found)


@st.dialog("Your own data", width="medium")
def _dialog(experiment: Experiment, config: Config, field: str, mark: OrOwn) -> None:
    st.caption(_PRIVATE)
    if isinstance(mark, OrOwnText):
        if own := _from_field():
            _confirm(experiment, config, field, mark, own)
        return
    ways: dict[str, Callable[[], OwnSet | None]] = {FILE: _from_file}
    if mark.fits(Shape(LEAST_POINTS, 2, 2)):
        ways[PAINTED] = partial(_from_canvas, mark.one_cloud)
    way = st.segmented_control("From", list(ways), default=FILE, required=True, width="stretch",
                               label_visibility="collapsed", key="own data from")
    try:
        own = ways[way]()
    except Unreadable as error:
        st.error(plain(phrase(error.note, WORDS)), icon=":material/error:")
        return
    if own is None:
        st.caption(f"How features are scaled: {mark.scaling}")
    elif mark.takes(own.data.name):
        _confirm(experiment, config, field, mark, own)
    else:
        st.error(mark.needs, icon=":material/error:")


def _from_field() -> OwnSet | None:
    """What is written; None where that is nothing yet, or cannot be taken, and then it says why."""
    written = st.text_area("Your text", key="own text", height=260, label_visibility="collapsed",
                           placeholder="Write or paste a text")
    if not written:
        st.caption(_WANTED_TEXT)
        st.button("Read it", width="stretch", help="A click anywhere beside the field reads it too")
        return None
    try:
        found = OwnText.written(written)
    except RefusedTextError as error:
        why = _REFUSED_TEXT[error.key].format(**error.values, **_ALLOWED)
        st.error(plain(why), icon=":material/error:")
        return None
    st.caption(f"{len(found.text):,} characters, {len(set(found.text))} different ones.")
    return OwnSet("Own text", found)


def _from_file() -> OwnSet | None:
    """What is uploaded; None where nothing is yet."""
    file = st.file_uploader(f"At most {MOST_BYTES // 2**20} MB", key="own data file",
                            max_upload_size=MOST_BYTES // 2**20)
    if file is None:
        st.caption(_WANTED)
        return None
    return _chosen(read(file.getvalue()), str(file.file_id), file.name)


def _from_canvas(one_cloud: bool) -> OwnSet | None:
    """What is painted; None where nothing is yet."""
    classes = [{**CLASSES[0], "name": "Points ●"}] if one_cloud else CLASSES
    told = component("paint", "paint.css")(
        key="own data painted", on_points_change=lambda: None,
        data=[{"script": module_path("paint.js"), "classes": classes, "words": _PAINTING,
               "most": MOST_POINTS}])
    points = told.get("points")
    if not points:
        choose = "Draw" if one_cloud else "Choose a class and draw"
        st.caption(f"{choose}: the pointer sprays its points. At least {LEAST_POINTS} in all.")
        return None
    found = painted(points, one_cloud=one_cloud)
    st.caption(f"{len(found.y)} points.")
    return OwnSet("Painted points", found, ("x", "y"), ("Class 0", "Class 1"))


def _chosen(sheet: Sheet, key: str, title: str) -> OwnSet:
    """The target and the columns, as the visitor has them; raises `Unreadable`."""
    suggestion, numbers = suggested(sheet)
    left, right = st.columns([1, 2])
    target = left.selectbox("Target: the column of classes", sheet.names, key=f"target {key}",
                            index=sheet.names.index(suggestion))
    columns = right.multiselect(
        "Columns to learn from", [name for name in sheet.names if name != target],
        [name for name in numbers if name != target], key=f"columns {key} {target}",
        max_selections=MOST_FEATURES)
    _preview(sheet, target, columns)
    found = chosen(sheet, target, columns)
    st.caption(plain(_counted(found)))
    return OwnSet(re.sub(r"[^\w .-]", "", title)[:40].strip(" .-") or FILE, found.points,
                  found.features, found.classes)


def _counted(found: Chosen) -> str:
    counts = Counter(found.points.y.tolist())
    classes = ", ".join(f"{name} ({counts[i]} rows)" for i, name in enumerate(found.classes))
    return f"{len(found.points.y)} rows, {len(found.features)} columns. Classes: {classes}."


def _confirm(
    experiment: Experiment, config: Config, field: str, mark: OrOwn, own: OwnSet
) -> None:
    values, lowered = fitting(experiment, config, field, own.data.name)
    st.caption(mark.scaling if isinstance(mark, OrOwnText)
               else f"How features are scaled: {mark.scaling}")
    for name in lowered:
        st.caption(f"{controls.label_of(experiment.config, name)}: {values[name]}, as many as "
                   "these data allow.")
    if st.button("Learn from it", type="primary", width="stretch",
                 on_click=partial(_take, experiment, own, values)):
        st.rerun()


def _take(experiment: Experiment, own: OwnSet, values: dict[str, Any]) -> None:
    visit().keep(own)
    controls.set_values(experiment, **values)


def fitting(
    experiment: Experiment, config: Config, field: str, name: str
) -> tuple[dict[str, Any], list[str]]:
    """The settings that go with own data, and those that are lowered to what these allow."""
    values = dict(config) | {field: name}
    try:
        experiment.config.model_validate(values)
    except ValidationError as error:
        problems = [p for p in explain(error, experiment.config)
                    if p.allowed.key == "allowed.between"]
        for problem in problems:
            values[problem.field] = type(values[problem.field])(problem.allowed.values["high"])
        return values, [problem.field for problem in problems]
    return values, []


def _preview(sheet: Sheet, target: str, columns: Sequence[str]) -> None:
    """The first rows as they were read, the target first."""
    shown = [target, *columns][:N_SHOWN_COLUMNS]
    places = [sheet.names.index(name) for name in shown]
    more = len(columns) + 1 - len(shown)
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in shown)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(row[i][:40])}</td>" for i in places) + "</tr>"
        for row in sheet.rows[:N_SHOWN])
    rest = f", and {more} columns more" if more > 0 else ""
    st.html(f"<table class='own-data'><caption>The first {min(N_SHOWN, len(sheet.rows))} of "
            f"{len(sheet.rows)} rows, the target first{rest}</caption><thead><tr>{head}</tr>"
            f"</thead><tbody>{rows}</tbody></table>")
