"""Experiments as they are named on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from core.concepts import concepts, find
from core.experiment import Experiment


class UsageError(Exception):
    """Something in the arguments; its text is for the person who typed them."""


def experiments_of(name: str | None) -> Sequence[Experiment]:
    """Those of a concept, or the one of that name, or all; raises `UsageError`."""
    if name is None:
        return [experiment for labs in concepts().values() for experiment in labs]
    return concepts()[name] if name in concepts() else [experiment_of(name)]


def experiment_of(name: str) -> Experiment:
    """The experiment of that name; raises `UsageError` that lists the known ones."""
    try:
        return find(name)
    except KeyError as error:
        raise UsageError(error.args[0]) from error
