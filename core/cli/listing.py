"""`list`: what there is to run, and all that is known of a lab."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from core.cli.chosen import experiments_of
from core.cli.claims import studied
from core.concepts import concepts
from core.config import allowed, changeable
from core.experiment import Experiment
from core.words import ENGLISH, phrase


def listing(parsed: argparse.Namespace) -> int:
    """A line per lab; of the labs that were asked for, settings, presets and claims."""
    lines = _short() if parsed.experiment is None else (
        line for experiment in experiments_of(parsed.experiment) for line in _long(experiment))
    print(*lines, sep="\n")
    return 0


def _short() -> Iterator[str]:
    for labs in concepts().values():
        yield from map(_title, labs)
    yield "`list NAME` says more of a lab, or of all labs of a concept."


def _title(experiment: Experiment) -> str:
    return f"{experiment.name}: {experiment.title}"


def _long(experiment: Experiment) -> Iterator[str]:
    yield _title(experiment)
    yield "  settings"
    for name in experiment.config.model_fields:
        yield f"    {_setting(experiment, name)}"
    yield "  presets"
    for preset in experiment.presets:
        yield f"    {preset.name}: {preset.question}"
    yield "  claims"
    for claim in experiment.claims:
        yield f"    {claim.name}: {claim.sentence} ({studied(experiment, claim)})"


def _setting(experiment: Experiment, name: str) -> str:
    info = experiment.config.model_fields[name]
    default = "none" if info.default is None else json.dumps(info.default, default=list)
    may_change = "; may change in a run" if name in changeable(experiment.config) else ""
    return (f"{name} = {default}  {info.description} "
            f"({phrase(allowed(name, experiment.config), ENGLISH)}{may_change})")
