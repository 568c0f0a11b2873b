"""A visitor's own data: they belong to the visit, and nobody else can name them or their runs.

They are in the visit's session, and travel with the order of a run (`core.runs.Private`); no file
and no log has them. A configuration, and so an address, only has their name, which in another visit
is refused with a sentence. When the browser leaves, the runs are dropped; with the session, all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.config import Config
from core.data.own import OrOwn, shape_of
from core.data.text import OrOwnText, size_of
from core.data.theirs import Own, is_own
from core.runs import Private
from explorer.server import service

MOST_SETS = 4
"""What a visit keeps; the oldest goes."""
_KEY, _ASKED = "own data", "own data asked for"
MOST_NAMED = 6
"""Columns whose names are said below the choice."""
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")
_ELSEWHERE = ("{field}: {what} private to the visit that {came} from; only there {known}. The "
              "default is used instead.")
_POINTS = ("these points were", "they came", "they are known")
_TEXT = ("this text was", "it came", "it is known")


@dataclass(frozen=True)
class OwnSet:
    """Points or a text, and what the visitor calls them, their features and their classes."""

    title: str
    data: Own
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visit:
    """What belongs to one session.

    Attributes:
        owner: The secret that its runs are named with.
        sets: By the name of their data.
    """

    owner: str = field(default_factory=lambda: secrets.token_hex(16))
    sets: dict[str, OwnSet] = field(default_factory=dict)

    def keep(self, own: OwnSet) -> None:
        """Has them known in this visit."""
        self.sets.pop(own.data.name, None)
        self.sets[own.data.name] = own
        while len(self.sets) > MOST_SETS:
            del self.sets[next(iter(self.sets))]


def visit() -> Visit:
    """This session's."""
    found: Visit = st.session_state.setdefault(_KEY, Visit())
    return found


def place(kind: type[Config]) -> tuple[str, OrOwn] | None:
    """The setting of a configuration that may be a visitor's own data, and which ones."""
    return next(((name, mark) for name, info in kind.model_fields.items()
                 for mark in info.metadata if isinstance(mark, OrOwn)), None)


def named_in(config: Config) -> str:
    """The name of own data in a configuration; "" where they are ours."""
    found = place(type(config))
    name = getattr(config, found[0]) if found else ""
    return name if is_own(name) else ""


def only_mine(
    kind: type[Config], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Settings without own data of another visit, and a sentence where there were any."""
    found = place(kind)
    name = values.get(found[0]) if found else None
    if found is None or not is_own(name) or name in visit().sets:
        return dict(values), []
    left = {key: value for key, value in values.items() if key != found[0]}
    what, came, known = _TEXT if size_of(name) else _POINTS
    return left, [_ELSEWHERE.format(field=found[0], what=what, came=came, known=known)]


def options(mark: OrOwn) -> list[str]:
    """The names of this visit's data that a setting may be."""
    return [name for name in visit().sets if mark.takes(name)]


def in_words(name: Any) -> str | None:
    """What people read for own data; None for anything else."""
    own = visit().sets.get(name) if is_own(name) else None
    if shape := shape_of(name):
        title = own.title if own else "Own data"
        return f"{title}: {shape.n} × {shape.n_features}, {shape.n_classes} classes"
    if size := size_of(name):
        return f"{own.title if own else 'Own text'}: {size.n:,} characters"
    return None


def offer(mark: OrOwn, value: str) -> None:
    """Below the choice of a data set: of own data what is behind the numbers in the charts, and how
    they are scaled; and the button that asks for the dialog (`explorer.own_dialog`).
    """
    own = visit().sets.get(value)
    if isinstance(mark, OrOwnText):
        if own:
            st.caption(plain(mark.scaling))
        st.button("Your own text …", icon=":material/edit_note:", width="stretch", on_click=_ask,
                  help="Any text of a page, written or pasted.")
        return
    if own:
        classes = ", ".join(f"{i} is {name}" for i, name in enumerate(own.classes))
        of_classes = "" if mark.one_cloud else f"Class {classes}. "
        named = own.features[:MOST_NAMED]
        features = ", ".join(f"{i} is {name}" for i, name in enumerate(named, 1))
        more = " …" if len(own.features) > MOST_NAMED else "."
        st.caption(plain(f"{of_classes}Column {features}{more} {mark.scaling}"))
    st.button("Your own data …", icon=":material/upload_file:", width="stretch", on_click=_ask,
              help=f"A CSV file: columns of numbers, and a column of classes. {mark.needs}")


def plain(text: str) -> str:
    """Text in which nothing is Markdown."""
    return _MARKS.sub(r"\\\1", text)


def _ask() -> None:
    st.session_state[_ASKED] = True


def asked() -> bool:
    """Whether the dialog was asked for since this was asked last."""
    return bool(st.session_state.pop(_ASKED, False))


def private(config: Config) -> Private | None:
    """What makes the run of a configuration this visit's only, if it is about own data."""
    if not (name := named_in(config)):
        return None
    mine = visit()
    _while_connected(mine.owner)
    return Private(mine.owner, mine.sets[name].data)


@st.cache_resource(scope="session", show_spinner=False,
                   on_release=lambda owner: service.runs().forget(owner))
def _while_connected(owner: str) -> str:
    """Streamlit releases it when the browser leaves; who comes back has it trained again."""
    return owner
