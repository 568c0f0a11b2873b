"""A run that stays while the controls move on: pinned, it is faint behind the one they ask for.

The pin is in the address, as a query of its own, so a link shows both; its settings have the bounds
that the controls have. Any page has this by being a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from core.config import Config
from core.experiment import Experiment
from explorer import controls
from explorer.live import Bind, Chart, Panel, Ref

PIN = "pin"
DEFAULTS = "defaults"
"""In the address: a pin that changes no setting."""
FAINT = 0.35
"""How opaque the lines of a ghost are."""


def pinned(experiment: Experiment) -> Config | None:
    """The configuration that the address has pinned; says what of it had to be refused."""
    text = st.query_params.get(PIN)
    if text is None:
        return None
    query = {} if text == DEFAULTS else dict(parse_qsl(text, keep_blank_values=True))
    values, problems = controls.from_url(experiment, query)
    for sentence in problems:
        st.warning(f"{PIN}: {sentence}")
    config: Config = experiment.config.model_validate(values)
    return config


def draw(experiment: Experiment, config: Config, pin: Config | None) -> None:
    """Draws in the sidebar what pins a run, or lets it go."""
    if pin is None:
        st.sidebar.button(
            "Pin this run", icon=":material/keep:", width="stretch", on_click=_pin,
            args=(experiment, config),
            help="It stays as faint lines behind the runs that come, with a table of what differs.")
        return
    back, away = st.sidebar.columns(2)
    back.button("Back to it", icon=":material/undo:", width="stretch", disabled=pin == config,
                help="The settings of the pinned run", on_click=controls.set_values,
                args=(experiment,), kwargs=dict(pin))
    away.button("Unpin", icon=":material/keep_off:", width="stretch", on_click=_unpin)


def _pin(experiment: Experiment, config: Config) -> None:
    st.query_params[PIN] = urlencode(controls.changed(experiment, config)) or DEFAULTS


def _unpin() -> None:
    del st.query_params[PIN]


# --- what is drawn of it ------------------------------------------------------------------


def beside(panels: Sequence[Panel], pinned: Sequence[Panel]) -> list[Panel]:
    """The charts with those of the pinned run of the same id behind them, lines and dots."""
    behind = {panel.id: panel for panel in pinned if isinstance(panel, Chart)}
    return [ghosted(panel, behind[panel.id], with_dots=True)
            if isinstance(panel, Chart) and panel.id in behind else panel for panel in panels]


def ghosted(panel: Panel, other: Panel, *, with_dots: bool = False) -> Panel:
    """A chart with the lines of a second run behind its own, faint.

    Args:
        panel: Of the first run.
        other: The same of the second run.
        with_dots: Whether also points of the current frame are drawn of it, where both charts have
            the same rows.
    """
    if not isinstance(panel, Chart) or not isinstance(other, Chart):
        raise ValueError(f"{panel.id!r} has no lines that could be ghosts")
    dots = with_dots and _rows(panel) == _rows(other)
    lines = [bind for bind in other.binds
             if bind.mode == "series" or (dots and _is_of_points(other, bind))]
    data = [{**other.figure["data"][bind.trace], "opacity": FAINT, "showlegend": False,
             "uid": f"ghost {bind.trace}"} for bind in lines]
    binds = [replace(bind, trace=i, run=1) for i, bind in enumerate(lines)]
    binds += [replace(bind, trace=bind.trace + len(data)) for bind in panel.binds]
    return replace(panel, figure={**panel.figure, "data": [*data, *panel.figure["data"]]},
                   binds=tuple(binds))


def _is_of_points(chart: Chart, bind: Bind) -> bool:
    kind = chart.figure["data"][bind.trace].get("type", "scatter")
    return bind.mode == "state" and kind == "scatter" and bool(bind.x or bind.y)


def _rows(chart: Chart) -> list[Any]:
    """What stands at the places of a chart's rows and columns, if they have names."""
    layout = chart.figure.get("layout", {})
    return [layout.get(axis, {}).get("ticktext") for axis in ("xaxis", "yaxis")]


# --- what differs -------------------------------------------------------------------------


def differences(
    experiment: Experiment, config: Config, pin: Config, panels: Sequence[Panel],
    pinned: Sequence[Panel], hidden: set[str],
) -> dict[str, Any]:
    """What the table of both runs is told.

    Args:
        experiment: Whose configurations.
        config: What the controls show.
        pin: What is pinned.
        panels: The charts of the one.
        pinned: The charts of the other.
        hidden: Settings that make no difference.

    Returns:
        `settings`: what people call each, pinned and now. `outcomes`: for each line over the steps
        the chart's title, its name, and where its seeds' numbers are in either run, None where
        there is no such line. `paired`: whether both have the same seeds.
    """
    kind = type(config)
    settings = [[controls.label_of(kind, name),
                 *(controls.value_in_words(of, name) for of in (pin, config))]
                for name in kind.model_fields
                if name not in hidden and getattr(config, name) != getattr(pin, name)]
    now, then = dict(_outcomes(experiment, panels)), dict(_outcomes(experiment, pinned))
    return {
        "settings": settings,
        "outcomes": [
            {"title": title, "name": name, "percent": (now | then)[title, name][1],
             "then": then.get((title, name), (None,))[0], "now": now.get((title, name), (None,))[0]}
            for title, name in now | then],
        "paired": all(getattr(config, name, 0) == getattr(pin, name, 0)
                      for name in ("seed", "n_seeds")),
    }


def _outcomes(
    experiment: Experiment, panels: Sequence[Panel]
) -> Iterator[tuple[tuple[str, str], tuple[dict[str, Any], bool]]]:
    """Of each line over the steps that stands for seeds: title and name, where its seeds' numbers
    are, and whether they are read as per cent.
    """
    for chart in (panel for panel in panels if isinstance(panel, Chart)):
        percent = "%" in str(chart.figure.get("layout", {}).get("yaxis", {}).get("tickformat", ""))
        for bind in chart.binds:
            name = chart.figure["data"][bind.trace].get("name", "")
            if bind.mode == "series" and bind.x is None and bind.y and _left(
                    experiment, bind.y) == ["seed"]:
                yield (chart.title, name), ({**vars(bind.y), "reduce": ""}, percent)


def _left(experiment: Experiment, ref: Ref) -> list[str]:
    """The dimensions that a reference keeps."""
    return [dim for dim in experiment.dims[ref.array] if dim not in ("step", *ref.labels)]
