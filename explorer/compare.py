"""Runs that stay while the controls move on: pinned, they are faint behind the one that is asked
for.

The pins are in the address, each as a query of its own, so a link shows all; their settings have
the bounds that the controls have. Any page has this by being a page.
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
BETWEEN = ";"
"""In the address: between pins."""
DEFAULTS = "defaults"
"""In the address: a pin that changes no setting."""
FAINT = {1: (0.35,), 2: (0.25, 0.45), 3: (0.15, 0.3, 0.5)}
"""By the number of pinned runs, how opaque the lines of each are: the last one pinned the most."""
MOST = len(FAINT)
"""So many runs may be pinned: of more, paleness would not tell which is which."""


def pinned(experiment: Experiment) -> list[Config]:
    """The configurations that the address has pinned; says what of it had to be refused."""
    text = st.query_params.get(PIN)
    if text is None:
        return []
    pins = text.split(BETWEEN)
    if len(pins) > MOST:
        st.warning(f"{PIN}: {len(pins)} runs are not allowed. Allowed: at most {MOST}.")
    return [_pinned(experiment, pin) for pin in pins[:MOST]]


def _pinned(experiment: Experiment, text: str) -> Config:
    query = {} if text == DEFAULTS else dict(parse_qsl(text, keep_blank_values=True))
    values, problems = controls.from_url(experiment, query)
    for sentence in problems:
        st.warning(f"{PIN}: {sentence}")
    config: Config = experiment.config.model_validate(values)
    return config


def draw(experiment: Experiment, config: Config, pins: Sequence[Config]) -> None:
    """Draws in the sidebar what pins a run, or lets one go."""
    for i, pin in enumerate(pins):
        of = f" {i + 1}" if len(pins) > 1 else ""
        back, away = st.sidebar.columns(2)
        back.button(f"Back to{of or ' it'}", icon=":material/undo:", width="stretch",
                    disabled=pin == config, key=_key(experiment, f"back {i}"),
                    help="The settings of the pinned run", on_click=controls.set_values,
                    args=(experiment,), kwargs=dict(pin))
        away.button(f"Unpin{of}", icon=":material/keep_off:", width="stretch",
                    key=_key(experiment, f"away {i}"),
                    on_click=_keep, args=(experiment, [p for p in pins if p != pin]))
    if len(pins) < MOST:
        st.sidebar.button(
            "Pin this run too" if pins else "Pin this run", icon=":material/keep:",
            width="stretch", disabled=config in pins, key=_key(experiment, "pin"),
            on_click=_keep, args=(experiment, [*pins, config]),
            help="It stays as faint lines behind the runs that come, with a table of what differs.")


def _key(experiment: Experiment, what: str) -> str:
    return f"{experiment.name} {PIN} {what}"


def _keep(experiment: Experiment, pins: Sequence[Config]) -> None:
    """Has the address pin these and no others."""
    if not pins:
        del st.query_params[PIN]
        return
    st.query_params[PIN] = BETWEEN.join(
        urlencode(controls.changed(experiment, pin)) or DEFAULTS for pin in pins)


# --- what is drawn of it ------------------------------------------------------------------


def beside(panels: Sequence[Panel], pinned: Sequence[Sequence[Panel]]) -> list[Panel]:
    """The charts with those of each pinned run of the same id behind them, lines and dots."""
    for run, (others, opacity) in enumerate(zip(pinned, FAINT[len(pinned)], strict=True), 1):
        behind = {panel.id: panel for panel in others if isinstance(panel, Chart)}
        panels = [_with_ghosts(panel, behind[panel.id], run, opacity, with_dots=True)
                  if isinstance(panel, Chart) and panel.id in behind else panel
                  for panel in panels]
    return list(panels)


def ghosted(panel: Panel, other: Panel) -> Panel:
    """A chart with the lines of a second run behind its own, faint."""
    if not isinstance(panel, Chart) or not isinstance(other, Chart):
        raise ValueError(f"{panel.id!r} has no lines that could be ghosts")
    return _with_ghosts(panel, other, 1, FAINT[1][0])


def _with_ghosts(
    panel: Chart, other: Chart, run: int, opacity: float, *, with_dots: bool = False
) -> Chart:
    """A chart with the lines of another run behind its own.

    Args:
        panel: Of the first run.
        other: The same of the other run.
        run: Which of the view's runs that is.
        opacity: Of its lines.
        with_dots: Whether also points of the current frame are drawn of it, where both charts have
            the same rows.
    """
    dots = with_dots and _rows(panel) == _rows(other)
    lines = [bind for bind in other.binds
             if bind.mode == "series" or (dots and _is_of_points(other, bind))]
    data = [{**other.figure["data"][bind.trace], "opacity": opacity, "showlegend": False,
             "uid": f"ghost {run} {bind.trace}"} for bind in lines]
    binds = [replace(bind, trace=i, run=run) for i, bind in enumerate(lines)]
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
    experiment: Experiment, runs: Sequence[tuple[Config, Sequence[Panel]]], hidden: set[str]
) -> dict[str, Any]:
    """What the table of all runs is told.

    Args:
        experiment: Whose configurations.
        runs: What is pinned, in its order, and at the end what the controls show: configuration
            and charts of each.
        hidden: Settings that make no difference in any of them.

    Returns:
        `settings`: what people call each that is not the same in all, and its values. `outcomes`:
        for each line over the steps the chart's title, its name, and where its seeds' numbers are
        in each run, None where there is no such line. `paired`: of each pinned run, whether it has
        the seeds of the last one.
    """
    configs = [config for config, _ in runs]
    kind = type(configs[-1])
    settings = [[controls.label_of(kind, name),
                 *(controls.value_in_words(config, name) for config in configs)]
                for name in kind.model_fields
                if name not in hidden
                and any(getattr(c, name) != getattr(configs[-1], name) for c in configs)]
    lines = [dict(_outcomes(experiment, panels)) for _, panels in runs]
    every: dict[tuple[str, str], tuple[dict[str, Any], bool]] = {}
    for found in lines:
        every |= found
    return {
        "settings": settings,
        "outcomes": [
            {"title": title, "name": name, "percent": percent,
             "runs": [found.get((title, name), (None,))[0] for found in lines]}
            for (title, name), (_, percent) in every.items()],
        "paired": [all(getattr(config, name, 0) == getattr(configs[-1], name, 0)
                       for name in ("seed", "n_seeds")) for config in configs[:-1]],
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
