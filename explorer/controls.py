"""A configuration's fields as widgets, kept in the URL.

The configuration is the one source: its types choose the widgets, its bounds their ends,
its descriptions their help. Values live in the session under the experiment's name, so
that they outlast a visit to another page; those that differ from the defaults are in the
URL, and opening that URL elsewhere gives the same picture.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from core.config import (
    Config,
    explain,
    in_words,
    names_of,
    parse_text,
    sentence_of,
    settings_of,
)
from core.data.own import OrOwn
from core.experiment import Experiment, Preset
from core.values import number_as_text, words_for
from explorer import own_data
from explorer.address import mended, settings_in
from explorer.internals import went_back

_MANTISSAS = (1, 1.5, 2, 3, 5, 7)
CUSTOM = "Changed by you"


def choose_lab(experiments: Sequence[Experiment], names: Mapping[str, str]) -> Experiment:
    """The lab of a concept: a switch, kept in the URL as `lab`, where there is more than one.

    Args:
        experiments: The concept's.
        names: What people read, by lab.
    """
    labs = {experiment.name.partition(".")[2]: experiment for experiment in experiments}
    key = f"{experiments[0].name} lab"
    kept = st.session_state.setdefault("labs", {})  # outlasts a visit to another page
    first = next(iter(labs))
    before = first if went_back() else kept.get(key, first)
    asked = mended(st.query_params.to_dict()).get("lab", before)
    if asked not in labs:
        st.warning(f"lab: {asked!r} is not allowed. Allowed: {', '.join(labs)}.")
        asked = first

    def switch() -> None:  # the other lab's settings have no business in this one
        st.query_params.from_dict({"lab": st.session_state[key]})

    kept[key] = st.session_state[key] = asked
    if len(labs) == 1:
        return labs[asked]
    st.sidebar.segmented_control(
        "Lab", list(labs), format_func=lambda lab: names[lab], key=key, required=True,
        width="stretch",
        on_change=switch,
    )
    return labs[asked]


def current(experiment: Experiment) -> tuple[Config, Preset | None]:
    """The configuration that this rerun is about, now in the address too; draws nothing.

    Returns:
        The configuration, and the preset that it comes from: the last one that it was equal to.
    """
    config = _current(experiment)
    _to_url(experiment, config)
    store = st.session_state[f"config {experiment.name}"]
    if found := preset_of(experiment, config):
        store["preset"] = found
    return config, store.get("preset")


def changes_from(meant: Config, config: Config) -> list[str]:
    """What people call the settings that are other than in a scene."""
    return [label_of(type(config), name) for name in type(config).model_fields
            if getattr(config, name) != getattr(meant, name)]


def offer_back(experiment: Experiment, config: Config, meant: Config, name: str) -> None:
    """A button that puts the settings back to those of a scene or preset, where they differ."""
    if type(config) is type(meant) and (changed := changes_from(meant, config)):
        st.sidebar.button(
            f"Put back: {', '.join(changed[:3])}{' ...' if len(changed) > 3 else ''}",
            icon=":material/undo:", width="stretch", help=f"As in \u201c{name}\u201d",
            on_click=lambda: set_values(experiment, **dict(meant)))


def preset_of(experiment: Experiment, config: Config) -> Preset | None:
    """The preset that a configuration equals, if any."""
    return next((p for p in experiment.presets if p.config == config), None)


def draw(
    experiment: Experiment,
    config: Config,
    preset: Preset | None,
    *,
    hidden: set[str],
    narrower: Mapping[str, tuple[float, float]],
    resets: Mapping[str, Sequence[str]],
) -> None:
    """Draws the controls in the sidebar; what they say is there in the next rerun.

    Args:
        experiment: Whose configuration.
        config: What they show (`current`).
        preset: The preset that they come from, if any.
        hidden: The fields that make no difference at this configuration.
        narrower: Bounds that a rule between fields sets at this configuration.
        resets: Fields that go back to their defaults when another one changes.
    """
    with st.sidebar:
        _preset_box(experiment, preset if preset and preset.config == config else None)
        if preset:
            offer_back(experiment, config, preset.config, preset.name)
        _widgets(experiment, config, hidden, narrower, resets)


def looked_at(options: Sequence[str], known: Sequence[str]) -> str:
    """What of a run is shown in detail: no setting of the run, but in the URL, as `look`.

    Args:
        options: What this run has; the first is shown unless the URL says otherwise.
        known: What another run may have; anything else deserves a word.
    """
    asked = st.query_params.get("look", options[0])
    if asked not in options:
        if asked not in known:
            st.warning(f"look: {asked!r} is not allowed. Allowed: {', '.join(options)}.")
        del st.query_params["look"]
        asked = options[0]
    return asked


def look_at(name: str) -> None:
    """Shows another part of the run, from a callback."""
    st.query_params["look"] = name


def set_values(experiment: Experiment, **values: Any) -> None:
    """Changes controls from a callback, for example after a click into a chart."""
    for name, value in values.items():
        st.session_state[_key(experiment, name)] = _for_widget(value)


def go_to(
    experiment: Experiment, config: Config, preset: Preset | None = None, **more: str
) -> None:
    """To a lab of this page with these settings, from a callback.

    Args:
        experiment: Whose lab.
        config: Its settings.
        preset: What they come from, to which the visitor can put them back.
        more: What else the address says: `look`, `scene`.
    """
    set_values(experiment, **dict(config))
    st.session_state[f"config {experiment.name}"] = {
        "config": config, "url": changed(experiment, config), "preset": preset}
    st.query_params.from_dict({**query_of(experiment, config), **more})


def _key(experiment: Experiment, name: str) -> str:
    return f"{experiment.name}:{name}"


def box_key(experiment: Experiment, group: str) -> str:
    """Where the session has whether the box of a group of controls is open."""
    return f"{experiment.name} box {group}"


def _for_widget(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# --- from the session or the URL to a configuration ------------------------------------


def _current(experiment: Experiment) -> Config:
    """The valid configuration that this rerun is about; says what it had to refuse."""
    store = st.session_state.setdefault(f"config {experiment.name}", {})
    url = settings_in(st.query_params.to_dict(), experiment.config.model_fields)
    if went_back() or (url and url != store.get("url") and not _is_late(experiment, store, url)):
        # or opened from a link
        values, problems = from_url(experiment, url)
        set_values(experiment, **values)
        store.pop("preset", None)  # of what was here before
    else:
        kept = store.get("config", experiment.config())
        values = {
            name: st.session_state.get(_key(experiment, name), getattr(kept, name))
            for name in experiment.config.model_fields
        }
        values, problems = _repaired(experiment, values)
    for sentence in problems:
        st.warning(sentence)
    config = experiment.config.model_validate(values)
    store["config"] = config
    # Streamlit forgets the widgets of a page that is not shown: give them their values
    set_values(experiment, **dict(config))
    return config


def _is_late(experiment: Experiment, store: Mapping[str, Any], url: Mapping[str, str]) -> bool:
    """Whether a query is one that this page wrote before, sent with a control that was moved again
    before the browser had the next one.
    """
    kept = store.get("config")
    return url in store.get("written", ()) and any(
        st.session_state.get(_key(experiment, name), _for_widget(value)) != _for_widget(value)
        for name, value in kept or ())


def from_url(experiment: Experiment, url: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """All values of a configuration out of a query, and what was wrong with it.

    A name or value that is not allowed leaves the field at its default and gives a
    sentence that names the field, the value and what is allowed.
    """
    values = {name: parse_text(experiment.config, name, text) for name, text in url.items()}
    return _repaired(experiment, values)


def _repaired(experiment: Experiment, values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    values, problems = own_data.only_mine(experiment.config, values)
    known = experiment.config.model_fields
    while True:  # each turn takes away at least one value
        try:
            config = experiment.config.model_validate(values)
        except ValidationError as error:
            wrong = explain(error, experiment.config)
            problems += [
                sentence_of(problem) + (" The default is used instead." if problem.field in known
                                        else " It is left out.")
                for problem in wrong
            ]
            names = {problem.field for problem in wrong}
            left = {k: v for k, v in values.items() if k not in names}
            values = left if len(left) < len(values) else {}
        else:
            return dict(config), problems


def query_of(experiment: Experiment, config: Config) -> dict[str, str]:
    """The address of a configuration on its page: the lab, and what is not at its default."""
    lab = experiment.name.partition(".")[2]
    return {**({"lab": lab} if lab else {}), **changed(experiment, config)}


def changed(experiment: Experiment, config: Config) -> dict[str, str]:
    """What of a configuration is not at its default, as an address has it."""
    default = experiment.config()
    return {
        name: _as_text(getattr(config, name))
        for name in type(config).model_fields
        if getattr(config, name) != getattr(default, name)
    }


def _to_url(experiment: Experiment, config: Config) -> None:
    now = st.query_params.to_dict()
    kept = {name: text for name, text in mended(now).items() if name in ("look", "scene", "pin")}
    wanted = {**query_of(experiment, config), **kept}
    if now != wanted:
        st.query_params.from_dict(wanted)
    store = st.session_state[f"config {experiment.name}"]
    url = changed(experiment, config)
    if url != store.get("url"):
        store["written"] = [*store.get("written", []), store.get("url", {})][-8:]
    store["url"] = url


def _as_text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return number_as_text(value)


# --- the widgets -----------------------------------------------------------------------


def _preset_box(experiment: Experiment, preset: Preset | None) -> None:
    names = [CUSTOM, *(p.name for p in experiment.presets)]
    key = f"{experiment.name} preset"
    st.session_state[key] = preset.name if preset else CUSTOM

    def apply() -> None:
        for p in experiment.presets:
            if p.name == st.session_state[key]:
                set_values(experiment, **dict(p.config))

    st.selectbox("Preset", names, key=key, on_change=apply,
                 help="A scene for the class: settings, and a question to ask before the run.")


def _widgets(
    experiment: Experiment,
    config: Config,
    hidden: set[str],
    narrower: Mapping[str, tuple[float, float]],
    resets: Mapping[str, Sequence[str]],
) -> None:
    groups: dict[str, list[str]] = {}
    for name, info in settings_of(experiment.config).items():
        if name not in hidden:
            groups.setdefault(group_of(info), []).append(name)
    out_of_sight = list(hidden)

    def draw(names: Sequence[str]) -> None:
        for name in names:
            _widget(experiment, name, config, narrower.get(name), resets.get(name, ()))

    draw(groups.pop("", []))
    for group, names in groups.items():
        # What is closed is not sent: a slider move pays only for the controls in sight
        box = st.expander(group, on_change="rerun", key=box_key(experiment, group))
        if box.open:
            with box:
                draw(names)
        else:
            out_of_sight += names
    # else these values would come back when later ones are forgotten
    for name in out_of_sight + [name for name in experiment.config.model_fields
                                if name not in settings_of(experiment.config)]:
        del st.session_state[_key(experiment, name)]


def group_of(info: FieldInfo) -> str:
    """The box that a field's control is in; empty for those that are always in sight."""
    return str(_hint(info, "group", ""))


def _hint(info: FieldInfo, name: str, otherwise: Any) -> Any:
    extra = info.json_schema_extra
    return (extra.get(name) or otherwise) if isinstance(extra, dict) else otherwise


def label_of(config_type: type[Config], name: str) -> str:
    """What people read above a control: the setting in words, and its unit."""
    shown, unit = in_words(config_type, name), _hint(config_type.model_fields[name], "unit", "")
    return f"{shown} ({unit})" if unit and unit != shown.lower() else shown


def value_in_words(config: Config, name: str) -> str:
    """What people read for a setting's value."""
    return words_for(type(config), name, getattr(config, name), own_data.in_words)


def _widget(
    experiment: Experiment,
    name: str,
    config: Config,
    bounds: tuple[float, float] | None,
    resets: Sequence[str],
) -> None:
    info = experiment.config.model_fields[name]

    def reset() -> None:
        defaults = experiment.config()
        set_values(experiment, **{field: getattr(defaults, field) for field in resets})

    common: dict[str, Any] = {
        "label": label_of(experiment.config, name), "key": _key(experiment, name),
        "help": info.description, "on_change": reset if resets else None,
    }
    kind, named = info.annotation, names_of(experiment.config, name)
    shown: dict[str, Any] = {
        "format_func": lambda value: named.get(value) or own_data.in_words(value) or value}
    low, high = bounds or bounds_of(info)
    if kind is bool:
        st.toggle(**common)
    elif get_origin(kind) is Literal:
        mark = next((m for m in info.metadata if isinstance(m, OrOwn)), None)
        _choice([*get_args(kind), *(own_data.options(mark) if mark else ())], common | shown)
        if mark:
            own_data.offer(mark, getattr(config, name))
    elif get_origin(kind) is tuple:
        st.multiselect(options=list(get_args(get_args(kind)[0])), **common, **shown)
    elif get_origin(kind) in (Union, types.UnionType):
        cast, form = (int, "%d") if int in get_args(kind) else (float, "%g")
        step = _hint(info, "step", None)
        st.number_input(min_value=cast(low), max_value=cast(high), value=None, format=form,
                        step=step and cast(step), placeholder="automatic", **common)
    elif _hint(info, "log", False):
        st.select_slider(options=grid(low, high, getattr(config, name), kind is int),
                         format_func=lambda value: f"{value:g}", **common)
    elif name == "seed":
        st.number_input(min_value=int(low), max_value=int(high), step=1, **common)
    else:
        step = _hint(info, "step", 1)
        cast = int if kind is int else float
        st.slider(min_value=cast(low), max_value=cast(high), step=cast(step),
                  format="%d" if float(step).is_integer() else "%g", **common)


def _choice(options: list[str], common: dict[str, Any]) -> None:
    if len(options) <= 3:
        st.segmented_control(options=options, required=True, width="stretch", **common)
    else:
        st.selectbox(options=options, **common)


def bounds_of(info: FieldInfo) -> tuple[Any, Any]:
    """The smallest and the largest value that a number may have."""
    low = next((m.ge for m in info.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in info.metadata if hasattr(m, "le")), None)
    return low, high


def grid(low: float, high: float, value: float, whole: bool) -> list[Any]:
    """Slider positions in even ratios from low to high, and the value where it is between.

    1, 1.5, 2, 3, 5, 7 times powers of ten: a value from a URL is kept as it is.
    """
    cast = int if whole else float
    steps = {cast(f"{m * 10**k:.6g}") for k in range(-6, 6) for m in _MANTISSAS
             if low <= m * 10**k <= high and (not whole or float(m * 10**k).is_integer())}
    return sorted(steps | {cast(low), cast(high), cast(value)})
