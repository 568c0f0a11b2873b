"""What an experiment is: the contract between computing and showing.

An experiment module (`core/<slug>.py`, or a package where a concept has several labs)
holds, in this order: its docstring, its registries, its `Config`, helpers, `train`,
its presets and claims, and one `Experiment` that ties them together, listed in the
module's `EXPERIMENTS`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    import xarray

MAX_FRAMES = 120
CLAIM_SEEDS = 8
"""On how many seeds a claim is checked unless told otherwise."""
MAX_CLAIM_SEEDS = 16
FRESH_SEED = 100
"""From here on no seed took part in choosing settings."""
MAX_FIRST_SEED = 9984
"""Where a check may begin: `MAX_CLAIM_SEEDS` from here on are still seeds that a page can show."""


class Config(BaseModel):
    """Base of every configuration: immutable, validated, without unknown fields.

    The one source of the widgets, the URL, the command line, the cache key and the
    error messages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    n_seeds: int = 1
    seed: int = 0


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
    """
    hints: dict[str, Any] = {"unit": unit, "log": log, "group": group, "label": label, "step": step}
    return Field(default, ge=ge, le=le, description=description, json_schema_extra=hints)


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


@dataclass(frozen=True)
class Frame:
    """The state of a run at one step.

    An array that does not change may be left out after the first frame: readers keep
    the last one they saw.

    Attributes:
        step: Number of updates made so far; 0 is the state before training.
        arrays: Named arrays, float32 or smaller; their dims are the experiment's.
        notes: Sentences about what just happened (a divergence, an arrival), each said
            once, in the frame in which it became true.
    """

    step: int
    arrays: Mapping[str, np.ndarray]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preset:
    """A named classroom scenario.

    Attributes:
        name: For the list of presets.
        config: What it opens.
        question: To ask the class before the run.
        claims: Names of the claims that say what it shows.
    """

    name: str
    config: Config
    question: str
    claims: tuple[str, ...]


Check = Callable[..., "np.ndarray | Sequence[bool]"]


@dataclass(frozen=True)
class Claim:
    """A sentence that the page teaches, and the check that makes it true or false.

    Attributes:
        name: Short identifier, unique in the experiment (`A1.8`, `same_test_accuracy`).
        sentence: What the page says.
        configs: The configurations that the sentence compares, in the order of the
            check's arguments.
        check: Takes one history (an `xarray.Dataset`) per configuration and returns,
            per seed, whether the sentence held; one answer where nothing is random.
        share: The share of seeds that must hold.
        source: Paper or reference, where the sentence is not ours alone.
    """

    name: str
    sentence: str
    configs: tuple[Config, ...]
    check: Check
    share: float = 1.0
    source: str = ""


@dataclass(frozen=True)
class Verdict:
    """What checking a claim gave: per seed whether it held."""

    claim: Claim
    held: tuple[bool, ...]

    @property
    def ok(self) -> bool:
        return sum(self.held) >= self.claim.share * len(self.held) - 1e-9

    def __str__(self) -> str:
        if len(self.held) == 1:
            return "held" if self.ok else "did not hold"
        return f"held in {sum(self.held)} of {len(self.held)} seeds"


@dataclass(frozen=True)
class Experiment:
    """One lab: everything that the runs, the pages and the command line need to know.

    Attributes:
        name: `<slug>` or `<slug>.<lab>`, unique.
        title: For lists.
        config: Its configuration's type.
        dims: Per array its dimensions, "step" first where it changes with time.
        coords: Per dimension its labels, for a configuration. "step" is not among them.
        train: Yields the state before the first update, then the recorded steps.
        n_frames: How many frames `train` yields when nothing stops it early.
    """

    name: str
    title: str
    config: type[Config]
    dims: Mapping[str, tuple[str, ...]]
    coords: Callable[[Any], Mapping[str, Sequence[Any]]]
    train: Callable[[Any], Iterator[Frame]]
    n_frames: Callable[[Any], int]
    presets: tuple[Preset, ...] = ()
    claims: tuple[Claim, ...] = field(default=(), repr=False)

    def claim(self, name: str) -> Claim:
        """The claim of that name; raises `KeyError` that lists the known ones."""
        for claim in self.claims:
            if claim.name == name:
                return claim
        known = ", ".join(claim.name for claim in self.claims)
        raise KeyError(f"{self.name} has no claim {name!r}; it has: {known}")


def recorded_steps(n_steps: int, max_frames: int = MAX_FRAMES) -> list[int]:
    """The steps at which a run of `n_steps` updates is recorded, 0 and the last included.

    Denser at the start, where curves move most. A function of the number of steps only,
    never of the clock, so that a repeated run gives the same frames.
    """
    if n_steps < max_frames:
        return list(range(n_steps + 1))
    share = np.linspace(0, 1, max_frames) ** 1.5
    return sorted({round(float(s) * n_steps) for s in share})


def history(experiment: Experiment, config: Config, frames: Sequence[Frame]) -> xarray.Dataset:
    """The frames of a run as one labelled data set.

    Arrays with a "step" dimension are stacked along it (an array left out of a frame
    keeps its last value); the others are taken from the first frame that has them.
    Notes are kept in `attrs["notes"]` as "step: sentence".
    """
    from core.lazy import xarray

    variables = {}
    for name, dims in experiment.dims.items():
        seen: list[np.ndarray] = []
        for frame in frames:
            if name in frame.arrays:
                seen.append(frame.arrays[name])
            elif seen:
                seen.append(seen[-1])
        if not seen:
            continue
        if dims[0] == "step":
            variables[name] = (dims, np.stack(seen))
        else:
            variables[name] = (dims, seen[0])
    used = {dim for dims, _ in variables.values() for dim in dims}
    coords = {k: list(v) for k, v in experiment.coords(config).items() if k in used}
    return xarray.Dataset(
        variables,
        coords={"step": [frame.step for frame in frames], **coords},
        attrs={
            "experiment": experiment.name,
            "config": config.model_dump_json(),
            "notes": [f"{frame.step}: {note}" for frame in frames for note in frame.notes],
        },
    )


def trained(experiment: Experiment, config: Config) -> xarray.Dataset:
    """The history of a run, from its first frame to its last."""
    return history(experiment, config, list(experiment.train(config)))


def check(
    experiment: Experiment, claim: Claim, n_seeds: int = CLAIM_SEEDS, first_seed: int = 0,
    run: Callable[[Experiment, Config], xarray.Dataset] = trained,
) -> Verdict:
    """Runs the claim's configurations on the given seeds and applies its check.

    Args:
        run: How to come by a history, where claims that share one need not train it twice.
    """
    histories = [
        run(experiment, with_changes(template, n_seeds=n_seeds, seed=first_seed))
        for template in claim.configs
    ]
    held = np.asarray(claim.check(*histories), dtype=bool)
    if held.shape not in {(n_seeds,), (1,)}:
        raise ValueError(
            f"claim {claim.name!r} must say for each of {n_seeds} seeds whether it held, "
            f"but its check returned shape {held.shape}"
        )
    return Verdict(claim, tuple(bool(h) for h in held))


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


def concepts() -> dict[str, tuple[Experiment, ...]]:
    """All experiments of this package by concept slug: modules that list `EXPERIMENTS`."""
    return {slug: experiments for slug in _modules() if (experiments := labs_of(slug))}


@cache
def labs_of(slug: str) -> tuple[Experiment, ...]:
    """The experiments of one concept, without loading the others; none where it is unknown."""
    if slug not in _modules():
        return ()
    return tuple(getattr(importlib.import_module(f"core.{slug}"), "EXPERIMENTS", ()))


@cache
def _modules() -> tuple[str, ...]:
    found = pkgutil.iter_modules(importlib.import_module("core").__path__)
    others = {"__main__", "experiment", "frames", "lazy", "runs", "stacked"}
    return tuple(module.name for module in found if module.name not in others)


def find(name: str) -> Experiment:
    """The experiment of that name; a concept's slug alone gives its first lab.

    Raises:
        KeyError: With the list of known names.
    """
    slug = name.partition(".")[0]
    for experiment in labs_of(slug):
        if name in (experiment.name, slug):
            return experiment
    known = ", ".join(e.name for experiments in concepts().values() for e in experiments)
    raise KeyError(f"there is no experiment {name!r}; known: {known}")


