"""Who looks at a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Viewer:
    """One view of one visitor; it shows one run at a time.

    Attributes:
        visitor: Whose views take turns, as one, with those of other visitors.
        view: Which of their views it is; visitors that have one only need no name for it.
    """

    visitor: str
    view: str = ""
