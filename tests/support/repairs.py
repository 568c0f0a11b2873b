"""Whether what a page offers as a repair is one: the run fails, and repaired it does not."""

from __future__ import annotations

from typing import Any

from core.concepts import find
from core.config import Config, with_changes
from core.experiment import Experiment
from explorer import repairs
from explorer.page import lab_of


def repaired(name: str, note: str, **settings: Any) -> Config:
    """The configuration after a press on the repair of that note, which these settings of the lab
    bring about and the repaired run does not have.
    """
    experiment, lab = find(name), lab_of(find(name))
    config = experiment.config(**settings)
    step = _said(experiment, config).get(note)
    assert step is not None, f"nothing is said of {note}"
    set_to = repairs.settings_after(config, lab.repairs, lab.hidden, note, step)
    assert set_to, "the repair sets nothing"
    after = with_changes(config, **set_to)
    assert note not in _said(experiment, after)
    assert isinstance(after, Config)
    return after


def _said(experiment: Experiment, config: Config) -> dict[str, int]:
    """The keys of a run's notes, with the step of the last frame before the first of each."""
    found: dict[str, int] = {}
    before = 0
    for frame in experiment.train(config):
        for note in frame.notes:
            found.setdefault(note.key, before)
        before = frame.step
    return found
