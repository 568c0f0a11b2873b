"""Configurations: immutable, validated, and the one description of every setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError


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
    """
    hints: dict[str, Any] = {"unit": unit, "log": log, "group": group, "label": label, "step": step}
    hints["names"] = dict(names or {})
    return Field(default, ge=ge, le=le, description=description, json_schema_extra=hints)


def names_of(config_type: type[BaseModel], field: str) -> dict[str, str]:
    """What people read for each value of a choice, by the value."""
    extra = config_type.model_fields[field].json_schema_extra
    return dict(extra["names"]) if isinstance(extra, dict) and "names" in extra else {}  # type: ignore[arg-type]


def label_of(config_type: type[BaseModel], field: str, value: str) -> str:
    """What people read for a value of a choice; the value itself where it has no other name."""
    return names_of(config_type, field).get(value, value)


def each_once(
    field: str, chosen: Sequence[str], allowed: Sequence[str], *, some: bool = True
) -> None:
    """A rule for a list of names: none twice and, unless it may be empty, at least one.

    Raises:
        ValueError: With a sentence that begins with the field's name, as validators' must.
    """
    if some and not chosen:
        raise ValueError(
            f"{field}: () is not allowed. Allowed: at least one of {', '.join(allowed)}"
        )
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"{field}: {tuple(chosen)} is not allowed. Allowed: each at most once")


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


def explain(error: ValidationError, config_type: type[Config]) -> list[tuple[str, str]]:
    """A validation error in words: per problem the field and a full sentence.

    Each sentence names the field, the value that was given and the allowed range.
    """
    return [
        (name, _sentence(name, item, config_type))
        for item in error.errors()
        for name in [str(item["loc"][0]) if item["loc"] else ""]
    ]


def _sentence(name: str, item: Any, config_type: type[Config]) -> str:
    if item["type"] == "extra_forbidden":
        known = ", ".join(config_type.model_fields)
        return f"{name}: there is no such setting. Known settings: {known}."
    if not name:  # a rule between fields says it all in its own message
        return item["msg"].removeprefix("Value error, ") + "."
    return f"{name}: {item['input']!r} is not allowed. Allowed: {allowed(name, config_type)}."


def allowed(name: str, config_type: type[BaseModel]) -> str:
    """The allowed values of a field in words, for example "from 1 to 1000"."""
    schema = config_type.model_json_schema()
    spec = schema["properties"][name]
    spec = next((s for s in spec.get("anyOf", ()) if s.get("type") != "null"), spec)
    items = spec.get("items", spec)
    prefix = "a list of " if "items" in spec else ""
    if "enum" in items:
        return prefix + ", ".join(map(str, items["enum"]))
    if spec.get("type") == "boolean":
        return "true or false"
    kind = {"integer": "a whole number", "number": "a number"}.get(spec.get("type", ""), "")
    return f"{kind} from {spec.get('minimum')} to {spec.get('maximum')}"
