"""Configurations: immutable, validated, and the one description of every setting."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo

from core.words import ENGLISH, Note, phrase

MAX_CHANGES = 4
"""Each adds two frames to a run."""


class Config(BaseModel):
    """Base of every configuration: immutable, validated, without unknown fields.

    The one source of the widgets, the URL, the command line, the cache key and the
    error messages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    n_seeds: int = 1
    seed: int = 0

    @property
    def seeds(self) -> range:
        """The seeds of the run, from `seed` on."""
        return range(self.seed, self.seed + self.n_seeds)


def setting(
    default: Any,
    description: str,
    *,
    ge: float | None = None,
    le: float | None = None,
    unit: str = "",
    log: bool = False,
    group: str = "",
    label: str = "",
    step: float | None = None,
    names: Mapping[str, str] | None = None,
    changeable: bool = False,
) -> Any:
    """A configuration's field: default, one-line description, bounds and unit.

    Args:
        default: The value that tells the page's story.
        description: One line, shown as the widget's help and in `--help`.
        ge: Smallest allowed value.
        le: Largest allowed value.
        unit: What the number counts, for example "steps".
        log: Whether a slider for it should move in ratios.
        group: Heading under which the page shows the control; "" for the main ones.
        label: Short human name; derived from the field's name when empty.
        step: Distance between neighbouring slider positions.
        names: What people read for the values of a choice.
        changeable: Whether it may change while a run trains (`ChangingConfig`).
    """
    hints: dict[str, Any] = {"unit": unit, "log": log, "group": group, "label": label, "step": step}
    hints |= {"names": dict(names or {}), "changeable": changeable}
    return Field(default, ge=ge, le=le, description=description, json_schema_extra=hints)


@dataclass(frozen=True)
class Change:
    """A setting that changes while a run trains; as text "4000:learning_rate=0.001".

    Attributes:
        step: The number of updates after which it holds.
        setting: Its name.
        value: The new value.
    """

    step: int
    setting: str
    value: Any

    @classmethod
    def read(cls, text: str) -> Change:
        """The change that the text describes; raises `ValueError` where it is none."""
        step, _, rest = text.partition(":")
        name, sign, value = rest.partition("=")
        if not (sign and step.isdecimal() and len(step) < 10):
            raise ValueError(text)
        return cls(int(step), name, value)

    def __str__(self) -> str:
        value = f"{self.value:.6g}" if isinstance(self.value, float) else self.value
        return f"{self.step}:{self.setting}={value}"


class ChangingConfig(Config):
    """A configuration some of whose settings may change while a run trains.

    Attributes:
        changes: In the order of their steps; the settings themselves are what holds before
            the first one. Those beyond a run's last step never come.
    """

    changes: tuple[Change, ...] = setting((), "Settings that change while it trains")

    @field_validator("changes", mode="before")
    @classmethod
    def _read_changes(cls, given: Any) -> Any:
        return [_read_change(cls, item) for item in given] if _is_list(given) else given

    @field_validator("changes")
    @classmethod
    def _check_changes(cls, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """Checked, each with the value of its setting's type; of two for one, the last."""
        known = {(c.step, c.setting): _checked(cls, c) for c in changes}
        if len(known) > MAX_CHANGES:
            raise RefusedError("changes", [str(c) for c in changes], allowed("changes", cls))
        return tuple(sorted(known.values(), key=lambda change: change.step))


def settings_of(config_type: type[BaseModel]) -> dict[str, FieldInfo]:
    """The settings of a configuration by name: all its fields but what changes them later."""
    fields = config_type.model_fields
    return {name: info for name, info in fields.items() if name != "changes"}


def changeable(config_type: type[BaseModel]) -> tuple[str, ...]:
    """The settings that may change while a run trains."""
    if not issubclass(config_type, ChangingConfig):
        return ()
    return tuple(name for name, info in settings_of(config_type).items()
                 if isinstance(info.json_schema_extra, dict)
                 and info.json_schema_extra.get("changeable"))


def changes_of(config: Config) -> tuple[Change, ...]:
    """What changes while a run of the configuration trains."""
    return config.changes if isinstance(config, ChangingConfig) else ()


def _is_list(given: Any) -> bool:
    return isinstance(given, list | tuple)


def _read_change(config_type: type[ChangingConfig], item: Any) -> Any:
    if not isinstance(item, str):
        return item
    try:
        return Change.read(item)
    except ValueError:
        raise RefusedError("changes", item, allowed("changes", config_type)) from None


def _checked(config_type: type[ChangingConfig], change: Change) -> Change:
    """The change with its value as the setting has it; raises `RefusedError`."""
    name, last = change.setting, last_step_of(config_type)
    if name not in changeable(config_type) or not 0 <= change.step <= last:
        raise RefusedError("changes", str(change), allowed("changes", config_type))
    info = config_type.model_fields[name]
    kind: Any = Annotated[info.annotation, *info.metadata]
    try:
        value = TypeAdapter(kind).validate_python(change.value)
    except ValidationError:
        raise RefusedError("changes", str(change), allowed(name, config_type)) from None
    return dataclasses.replace(change, value=value)


def last_step_of(config_type: type[Config]) -> int:
    """The largest number of steps that a run of such a configuration can have."""
    return max(m.le for m in config_type.model_fields["n_steps"].metadata if hasattr(m, "le"))


def names_of(config_type: type[BaseModel], field: str) -> dict[str, str]:
    """What people read for each value of a choice, by the value."""
    extra = config_type.model_fields[field].json_schema_extra
    return dict(extra["names"]) if isinstance(extra, dict) and "names" in extra else {}  # type: ignore[arg-type]


def in_words(config_type: type[BaseModel], field: str) -> str:
    """What people read for a setting: its label, or its name in words."""
    extra = config_type.model_fields[field].json_schema_extra
    words = field.removeprefix("n_").replace("_", " ")
    label = extra.get("label") if isinstance(extra, dict) else ""
    return str(label) if label else words[:1].upper() + words[1:]


def label_of(config_type: type[BaseModel], field: str, value: str) -> str:
    """What people read for a value of a choice; the value itself where it has no other name."""
    return names_of(config_type, field).get(value, value)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a value, as data: `sentence_of` puts it into words.

    Attributes:
        field: The setting at fault; "" where the configuration as a whole is.
        value: What was given.
        allowed: What may be given; a note of `core.words`.
        given: Of a rule between settings, the others and their values.
    """

    field: str
    value: Any
    allowed: Note
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class RefusedError(ValueError):
    """What a rule between settings raises: a problem, not a sentence."""

    def __init__(self, field: str, value: Any, allowed: Note, **given: Any) -> None:
        self.problem = Problem(field, value, allowed, given)
        super().__init__(sentence_of(self.problem))


def each_once(
    field: str, chosen: Sequence[str], allowed: Sequence[str], *, some: bool = True
) -> None:
    """A rule for a list of names: none twice and, unless it may be empty, at least one.

    Raises:
        RefusedError: The list is empty, or has a name twice.
    """
    if some and not chosen:
        raise RefusedError(field, (), Note("allowed.some", {"options": ", ".join(allowed)}))
    if len(set(chosen)) < len(chosen):
        raise RefusedError(field, tuple(chosen), Note("allowed.once"))


def validated(config_type: type[Config], values: Mapping[str, Any]) -> Any:
    """A configuration from the settings that differ from their defaults.

    Raises:
        ValueError: Some are not allowed; a line of its text per problem.
    """
    try:
        return config_type.model_validate(values)
    except ValidationError as error:
        raise ValueError("\n".join(map(sentence_of, explain(error, config_type)))) from error


def with_changes(config: Config, **changes: Any) -> Any:
    """A validated copy of a configuration with some fields changed."""
    return type(config).model_validate(config.model_dump() | changes)


def parse_text(config_type: type[Config], name: str, text: str) -> Any:
    """A field's value from text, as pydantic wants it: lists are separated by commas.

    Anything that is not understood is handed on as it is, for pydantic to refuse.
    """
    info = config_type.model_fields.get(name)
    if info is not None and get_origin(info.annotation) is tuple:
        return [part for part in text.split(",") if part]
    if info is not None and type(None) in get_args(info.annotation) and text in {"", "none"}:
        return None
    return text


def explain(error: ValidationError, config_type: type[Config]) -> list[Problem]:
    """What a validation found, per problem the field, the value and what is allowed."""
    return [_problem(item, config_type) for item in error.errors()]


def _problem(item: Any, config_type: type[Config]) -> Problem:
    raised = item.get("ctx", {}).get("error")
    if isinstance(raised, RefusedError):
        return raised.problem
    name = str(item["loc"][0]) if item["loc"] else ""
    if item["type"] == "extra_forbidden":
        return Problem(name, item["input"], _unknown(name, list(config_type.model_fields)))
    return Problem(name, item["input"], allowed(name, config_type))


def _unknown(name: str, known: list[str]) -> Note:
    """With the nearest of the known names, or with all where none is near."""
    if nearest := get_close_matches(name.lower(), known, n=1):
        return Note("refused.misspelt", {"nearest": nearest[0]})
    return Note("refused.unknown", {"known": ", ".join(known)})


def sentence_of(problem: Problem, words: Mapping[str, str] = ENGLISH) -> str:
    """A problem in words: it names the field, the value and what is allowed."""
    if problem.allowed.key in {"refused.unknown", "refused.misspelt"}:
        about = {"field": problem.field, **problem.allowed.values}
        return phrase(Note(problem.allowed.key, about), words)
    given = ", ".join(f"{name} = {value!r}" for name, value in problem.given.items())
    return phrase(Note("refused.with" if given else "refused.value", {
        "field": problem.field, "value": repr(problem.value), "given": given,
        "allowed": phrase(problem.allowed, words)}), words)


def between(low: float, high: float) -> Note:
    """What is allowed: everything from one number to another."""
    return Note("allowed.between", {"low": f"{low:g}", "high": f"{high:g}"})


def allowed(name: str, config_type: type[BaseModel]) -> Note:
    """The allowed values of a field, for example "a whole number from 1 to 1000"."""
    if name == "changes" and issubclass(config_type, ChangingConfig):
        return Note("allowed.changes", {
            "most": MAX_CHANGES, "high": last_step_of(config_type),
            "settings": ", ".join(changeable(config_type))})
    schema = config_type.model_json_schema()
    spec = schema["properties"][name]
    spec = next((s for s in spec.get("anyOf", ()) if s.get("type") != "null"), spec)
    items = spec.get("items", spec)
    if "enum" in items:
        kind = "allowed.list" if "items" in spec else "allowed.options"
        return Note(kind, {"options": ", ".join(map(str, items["enum"]))})
    if spec.get("type") == "boolean":
        return Note("allowed.boolean")
    return Note(f"allowed.{spec.get('type', 'number')}",
                {"low": spec.get("minimum"), "high": spec.get("maximum")})
