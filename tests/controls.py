"""A page's controls for tests with `AppTest`, which cannot click a box open."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from core.experiment import Experiment
from explorer.controls import box_key, group_of

KINDS = ("slider", "select_slider", "number_input", "selectbox", "multiselect", "toggle",
         "segmented_control")


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
