"""What is special to the regularization page; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from core.concepts import labs_of
from explorer.page import view_of


def test_frames_count_what_the_lab_goes_through() -> None:
    """Updates, or features, folds, trials and parts of one update."""
    counted = {"double_descent": "features", "cross_validation": "folds", "search": "trials",
               "step": "sub-step"}
    for experiment in labs_of("regularization"):
        lab = experiment.name.partition(".")[2]
        assert view_of(experiment, experiment.config())["step"] == counted.get(lab, "step")
