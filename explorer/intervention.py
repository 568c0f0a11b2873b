"""The box for what changes while a run trains: which setting, from which step on, to what.

A change is part of the configuration (`core.config.ChangingConfig`), so it is in the address
and in presets as every control is. The button beside the playhead fills in its step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.config import MAX_CHANGES, Change, ChangingConfig, Config, changeable, last_step_of
from core.experiment import Experiment
from explorer.controls import bounds_of, box_key, label_of, set_values

BOX = "Intervention"


def possible(experiment: Experiment, hidden: set[str]) -> list[str]:
    """The settings that may change, of those that make a difference."""
    return [name for name in changeable(experiment.config) if name not in hidden]


def ask(experiment: Experiment, step: int | None = None) -> None:
    """From a callback: asks in the next rerun what shall change, from that step on."""
    if step is not None:
        last = last_step_of(experiment.config)
        st.session_state[_key(experiment, "step")] = min(max(step, 0), last)
    st.session_state[_key(experiment, "asked")] = True


def draw(experiment: Experiment, config: Config, hidden: set[str]) -> None:
    """Draws the box in the sidebar, where something may change or does; and the dialog, once it
    was asked for.

    Args:
        experiment: Whose configuration.
        config: What the controls show.
        hidden: The settings that make no difference at this configuration.
    """
    may = possible(experiment, hidden)
    if not isinstance(config, ChangingConfig) or not (may or config.changes):
        return
    box = st.sidebar.expander(BOX, on_change="rerun", key=box_key(experiment, BOX))
    if box.open:
        with box:
            _list(experiment, config, may)
    if st.session_state.pop(_key(experiment, "asked"), False) and may:
        _dialog(experiment, config, may)


def _list(experiment: Experiment, config: ChangingConfig, may: Sequence[str]) -> None:
    for change in config.changes:
        _row(experiment, config, change, idle=change.setting not in may)
    if len(config.changes) >= MAX_CHANGES:
        st.caption(f"No more than {MAX_CHANGES} changes.")
    elif may:
        st.button("Change a setting …", key=_key(experiment, "ask"), width="stretch",
                  on_click=partial(ask, experiment),
                  help="While it trains, from a step on.")


def _row(experiment: Experiment, config: ChangingConfig, change: Change, *, idle: bool) -> None:
    n_steps = vars(config)["n_steps"]
    label, value = label_of(experiment.config, change.setting), f"{change.value:g}"
    remark = " (after the end)" if change.step >= n_steps else " (makes no difference)" * idle
    text, button = st.columns([4, 1], vertical_alignment="center")
    text.markdown(f"From step {change.step:,} on: {label} **{value}**{remark}")
    left = [c for c in config.changes if c != change]
    button.button("✕", key=_key(experiment, f"without {change}"), help="Take this change away",
                  type="tertiary", on_click=partial(set_values, experiment, changes=left))


@st.dialog("Change a setting while it trains")
def _dialog(experiment: Experiment, config: ChangingConfig, may: Sequence[str]) -> None:
    kind, last = experiment.config, vars(config)["n_steps"] - 1  # for one update at least
    st.caption("It trains again: the same up to this step, and from there on with the new value.")
    name = st.selectbox("Setting", may, format_func=partial(label_of, kind),
                        key=_key(experiment, "setting"))
    step = _key(experiment, "step")
    st.session_state[step] = min(_given(step, last // 2), last)
    st.number_input("From step", min_value=0, max_value=last, key=step)
    low, high = bounds_of(kind.model_fields[name])
    value = _key(experiment, f"value of {name}")
    st.session_state[value] = _given(value, float(getattr(config, name)))
    st.number_input(f"New value, from {low:g} to {high:g}", min_value=float(low),
                    max_value=float(high), format="%g", step=(high - low) / 100, key=value,
                    help=kind.model_fields[name].description)
    if st.button("Change it", type="primary", width="stretch",
                 on_click=partial(_add, experiment, config, name)):
        st.rerun()


def _given(key: str, otherwise: Any) -> Any:
    """What a field holds; another value where it is not there yet, or was emptied."""
    held = st.session_state.get(key)
    return otherwise if held is None else held


def _add(experiment: Experiment, config: ChangingConfig, name: str) -> None:
    step, value = (st.session_state[_key(experiment, what)]
                   for what in ("step", f"value of {name}"))
    if step is not None and value is not None:  # an emptied field says nothing
        set_values(experiment, changes=[*config.changes, Change(step, name, value)])


def _key(experiment: Experiment, what: str) -> str:
    return f"{experiment.name} change {what}"
