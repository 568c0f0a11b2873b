"""The concepts: a folder each, with the experiments that its page shows. None imports another."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from core.experiment import Experiment


def concepts() -> dict[str, tuple[Experiment, ...]]:
    """All experiments by concept slug: each package here lists its `EXPERIMENTS`."""
    return {slug: experiments for slug in _slugs() if (experiments := labs_of(slug))}


@cache
def labs_of(slug: str) -> tuple[Experiment, ...]:
    """The experiments of one concept, without loading the others; none where it is unknown."""
    if slug not in _slugs():
        return ()
    return tuple(getattr(importlib.import_module(f"{__name__}.{slug}"), "EXPERIMENTS", ()))


@cache
def _slugs() -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


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
