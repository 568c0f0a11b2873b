"""What a concept says of a lab that can be had without the package: see `core.scripts`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature


@dataclass(frozen=True)
class Script:
    """How a lab's outcome is had without the package.

    Attributes:
        main: Trains all variants of one seed. Its parameters are settings of the lab, by name, and
            `seed`; returns the outcome by label. Where it can follow settings that change on the
            way, `changes` are triples of step, setting and value, in the order of the steps.
        array: What the page has for it: of the run's last step, along the labels and the seeds.
        says: What that is, for people: "loss after the last step".
        ignored: Settings that it does not need, since they do not change the outcome.
    """

    main: Callable[..., dict[str, float]]
    array: str
    says: str
    ignored: frozenset[str] = frozenset()

    @property
    def settings(self) -> tuple[str, ...]:
        """Those that it takes."""
        return tuple(name for name in signature(self.main).parameters if name != "seed")
