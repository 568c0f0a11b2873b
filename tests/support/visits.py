"""Visits to a concept's page with `AppTest`, with real runs in real children.

`AppTest` runs the page without a browser. The live view is opaque to it (its drawing is
tested in a browser), so what a test looks at are controls, address, warnings, and the run
that the page started: the token of the view leads to it.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin

from streamlit.testing.v1 import AppTest

from core.concepts import labs_of
from core.config import Config
from core.experiment import Experiment
from core.runs import Handle, Viewer
from devtools.browser import LIVENESS
from explorer.controls import box_key, group_of
from explorer.server import service

KINDS = ("slider", "select_slider", "number_input", "selectbox", "multiselect", "toggle",
         "segmented_control")


class Visits:
    """To the page of one concept.

    Attributes:
        slug: Its slug.
        labs: Its experiments by the names that the address knows.
    """

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.labs = {e.name.partition(".")[2]: e for e in labs_of(slug)}

    def opened(self, lab: str = "", **query: str) -> AppTest:
        """The page after its first run, at an address with these settings; at the first lab
        unless another is named.
        """
        at = page_of(self.slug)
        for name, text in {"lab": lab or next(iter(self.labs)), **query}.items():
            at.query_params[name] = text
        return healthy(at.run())


class Orders:
    """Stands in for the runs' service: keeps what was ordered, and trains nothing."""

    def __init__(self) -> None:
        self.configs: list[Config] = []

    def start(self, experiment: Experiment, config: Config, viewer: Viewer, *more: Any) -> Any:
        assert isinstance(config, experiment.config)
        self.configs.append(config)
        return SimpleNamespace(token="none")


def page_of(slug: str) -> AppTest:
    """The page of a concept, not yet run."""
    return AppTest.from_string(f"from explorer.page import show\nshow({slug!r})",
                               default_timeout=LIVENESS)


def healthy(at: AppTest) -> AppTest:
    """No exception, and everything that makes a page is there: views, claims and lesson."""
    assert not at.exception
    assert len(at.get("bidi_component")) == 2
    assert [item.value for item in at.header] == ["What to notice"]
    boxes = [item.label.strip("*") for item in at.main.expander]
    assert boxes[:4] == ["What is trained here", "Try this", "The equations", "Code and papers"]
    assert boxes[4:] in ([], ["Words"])
    return at


def view_of(at: AppTest) -> dict[str, Any]:
    """What the live view was told."""
    view, _claims = at.get("bidi_component")
    return _told(view)


def claims_of(at: AppTest) -> list[str]:
    """The names of the claims, in the order in which the page lists them."""
    _view, claims = at.get("bidi_component")
    return [claim["name"] for claim in _told(claims)["claims"]]


def _told(component: Any) -> dict[str, Any]:
    (data,) = json.loads(component.proto.json)
    return data


def handle_of(at: AppTest) -> Handle:
    """The run that the view on the page was given."""
    handle = service.runs().handle(view_of(at)["token"])
    assert handle is not None
    return handle


def warnings_of(at: AppTest) -> list[str]:
    return [warning.value for warning in at.warning]


def address(at: AppTest) -> dict[str, str]:
    """What the address says: for `Visits.opened` elsewhere."""
    return {k: v[0] if isinstance(v, list) else v for k, v in at.query_params.items()}


def ends(kind: type[Config], field: str) -> list[Any]:
    """Both ends of a field, or all of its options; of a list its first and all."""
    info = kind.model_fields[field]
    if info.annotation is bool:
        return [not info.default, info.default]
    if get_origin(info.annotation) is Literal:
        return [*get_args(info.annotation)[::-1]]
    if get_origin(info.annotation) is tuple:
        names = get_args(get_args(info.annotation)[0])
        return [[names[0]], list(names)]
    low = next(m.ge for m in info.metadata if hasattr(m, "ge"))
    high = next(m.le for m in info.metadata if hasattr(m, "le"))
    return [low, high]


def widget(at: AppTest, experiment: Experiment, field: str) -> Any:
    """The one control of a field, its box opened first; None where it is hidden."""
    open_box(at, experiment, group_of(experiment.config.model_fields[field]))
    found = [item for kind in KINDS for item in getattr(at, kind)
             if item.key == f"{experiment.name}:{field}"]
    assert len(found) <= 1
    return found[0] if found else None


def open_box(at: AppTest, experiment: Experiment, group: str) -> None:
    """Opens the box of a group of controls as a click would, where it is shown and closed."""
    boxes = [box for box in at.sidebar.expander if box.label == group]
    if boxes and not boxes[0].proto.expanded:
        at.session_state[box_key(experiment, group)] = True
        at.run()
