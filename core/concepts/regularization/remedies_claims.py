"""What the lab on remedies teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims regularization --first-seed 100`
checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.regularization.remedies import Config
from core.concepts.regularization.treatment import RemedyName
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

PLAIN = Config(remedies=("none",))
CLEAN = Config(label_noise=0, n_train=100)
SMALL_BATCHES = Config(remedies=("none", "batch_norm"), batch_size=32)

PRESETS = (
    Preset(
        "Memorising the typos", PLAIN,
        "A fifth of the labels is wrong. Can a net learn even these by heart? And is it then "
        "better or worse on new images?",
        ("memorises", "past_its_best"),
    ),
    Preset(
        "Four ways to forget", Config(),
        "All see the same wrong labels. Who will learn them by heart, who will not?",
        ("dropout", "input_noise", "weight_decay", "early_stopping", "who_memorises"),
    ),
    Preset(
        "Stop in time", Config(remedies=("none", "early_stopping", "weight_decay")),
        "The plain net was better once. Is stopping there all that weight decay does?",
        ("past_its_best", "early_stopping", "like_stopping"),
    ),
    Preset(
        "No noise, no problem", with_changes(CLEAN, remedies=(
            "none", "l2", "weight_decay", "dropout", "early_stopping", "shift", "mixup")),
        "All labels are right now, and the gap is still ten points. What will the remedies gain?",
        ("clean_gap", "nothing_to_gain"),
    ),
    Preset(
        "Batch norm is no regularizer", SMALL_BATCHES,
        "Batches of 32, the same number of steps. Which net learns more of the wrong labels?",
        ("batch_norm",),
    ),
    Preset(
        "Accurate but timid", Config(remedies=("none", "label_smoothing", "dropout")),
        "A net says: 70 % sure. Is it then right in 70 % of the cases? Whose confidence can you "
        "trust?",
        ("label_smoothing", "timid"),
    ),
    Preset(
        "A committee of nets", Config(remedies=("none", "ensemble", "dropout"),
                                      combined=("dropout", "ensemble"), n_seeds=4),
        "Five nets, each of which learned the typos. Does their mean know better?",
        ("ensemble", "together"),
    ),
    Preset(
        "Everything at once", Config(
            remedies=("none", "l2", "weight_decay", "dropout", "early_stopping", "input_noise",
                      "shift", "mixup", "label_smoothing", "batch_norm", "ensemble"),
            n_seeds=4),
        "Eleven nets and one data set: which will end first, which last?",
        ("dropout", "input_noise", "l2", "shift", "mixup"),
    ),
)


# --- checks ------------------------------------------------------------------------------


def _end(h: xarray.Dataset, name: str, remedy: str) -> np.ndarray:
    """Per seed the last value, (seed,)."""
    return h[name].sel(remedy=remedy).isel(step=-1).values


def _gain(h: xarray.Dataset, remedy: str, name: str = "test_accuracy") -> np.ndarray:
    """What the remedy changes, seed by seed."""
    return _end(h, name, remedy) - _end(h, name, "none")


def _peak(h: xarray.Dataset) -> np.ndarray:
    """The plain net's best test accuracy at any recorded step, (seed,)."""
    return h["test_accuracy"].sel(remedy="none").max("step").values


def _memorises(h: xarray.Dataset) -> np.ndarray:
    fitted = _end(h, "train_accuracy", "none") >= 0.99
    return fitted & (_end(h, "gap", "none") >= 0.15) & (_end(h, "memorised", "none") >= 0.95)


def _past_its_best(h: xarray.Dataset) -> np.ndarray:
    return _peak(h) - _end(h, "test_accuracy", "none") >= 0.04


def _who_memorises(h: xarray.Dataset) -> np.ndarray:
    others = [_end(h, "memorised", r) for r in ("dropout", "input_noise", "weight_decay")]
    return (_end(h, "memorised", "none") >= 0.9) & np.all(np.array(others) <= 0.5, axis=0)


def _like_stopping(h: xarray.Dataset) -> np.ndarray:
    late = [_end(h, "test_accuracy", r) for r in ("weight_decay", "early_stopping")]
    return np.max(late, axis=0) <= _peak(h) + 0.025


def _clean_gap(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "train_accuracy", "none") == 1) & (_end(h, "gap", "none") >= 0.05)


def _nothing_to_gain(h: xarray.Dataset) -> list[bool]:
    # of the means: one seed's test images are a draw of their own
    names = [r for r in h["remedy"].values if r != "none"]
    return [bool(max(_gain(h, r).mean() for r in names) <= 0.015)]


def _batch_norm(h: xarray.Dataset) -> np.ndarray:
    learned = _end(h, "memorised", "batch_norm") >= _end(h, "memorised", "none") + 0.25
    return learned & (_gain(h, "batch_norm") <= 0.01)


def _label_smoothing(h: xarray.Dataset) -> list[bool]:
    return [bool(_gain(h, "label_smoothing", "test_nll").mean() > 0)]


def _timid(h: xarray.Dataset) -> np.ndarray:
    worse = _end(h, "calibration_error", "dropout") > _end(h, "calibration_error", "none")
    return worse & (_gain(h, "dropout") > 0)


def _ensemble(h: xarray.Dataset) -> np.ndarray:
    kept = _end(h, "memorised", "ensemble") >= 0.95
    return kept & (_gain(h, "ensemble", "test_nll") <= -0.05)


def _together(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "test_accuracy", "combined") > _peak(h)


def _gain_claim(remedy: RemedyName, points: int, said: str, source: str) -> Claim:
    return Claim(
        remedy,
        f"{said} ends with {f'at least {points} points ' if points else ''}more test accuracy than "
        "the plain net of the same seed.",
        (Config(remedies=("none", remedy)),),
        lambda h: _gain(h, remedy) > points / 100, share=0.8, source=source,
    )


CLAIMS = (
    Claim(
        "memorises",
        "The plain net learns at least 95 % of the wrong labels by heart, and ends with 15 "
        "points less test than training accuracy.",
        (PLAIN,), _memorises, share=0.85, source="Zhang et al. 2017",
    ),
    Claim(
        "past_its_best",
        "At some step the plain net was at least 4 points better on the test images than it "
        "is at the end.",
        (PLAIN,), _past_its_best, share=0.85,
    ),
    _gain_claim("dropout", 5, "Dropout of half the units", "Srivastava et al. 2014"),
    _gain_claim("input_noise", 6, "Noise on the pixels", "Bishop 1995"),
    _gain_claim("weight_decay", 5, "Decoupled weight decay", "Loshchilov & Hutter 2019"),
    _gain_claim("l2", 5, "A penalty on squared weights", "Krogh & Hertz 1992"),
    _gain_claim("early_stopping", 0, "Early stopping", "Prechelt 1998"),
    _gain_claim("shift", 2, "Moving the images by a pixel", "Simard et al. 2003"),
    _gain_claim("mixup", 0, "Mixup", "Zhang et al. 2018"),
    Claim(
        "who_memorises",
        "At the end the plain net repeats at least 90 % of the wrong labels that it was given; "
        "with dropout, noise on the pixels or weight decay a net repeats at most half of them.",
        (Config(remedies=("none", "dropout", "input_noise", "weight_decay")),), _who_memorises,
    ),
    Claim(
        "like_stopping",
        "Weight decay and early stopping do no wonders: they end at most 2.5 points above the "
        "best moment of the plain net, which one sees only afterwards.",
        (Config(remedies=("none", "weight_decay", "early_stopping")),), _like_stopping,
        share=0.85,
    ),
    Claim(
        "clean_gap",
        "With 100 images and no wrong label the plain net has learned them all and is still at "
        "least 5 points worse on the test images.",
        (with_changes(CLEAN, remedies=("none",)),), _clean_gap,
    ),
    Claim(
        "nothing_to_gain",
        "There, none of L2, weight decay, dropout, early stopping, moved images and mixup gains "
        "more than 1.5 points of test accuracy, mean over seeds.",
        (with_changes(CLEAN, remedies=("none", "l2", "weight_decay", "dropout",
                                       "early_stopping", "shift", "mixup")),),
        _nothing_to_gain, share=0.75, over="group",
    ),
    Claim(
        "batch_norm",
        "With batches of 32 and the same number of steps, batch norm learns at least 25 points "
        "more of the wrong labels than the plain net, and is at most one point better on the "
        "test images.",
        (SMALL_BATCHES,), _batch_norm,
    ),
    Claim(
        "label_smoothing",
        "Over the seeds, label smoothing leaves the mean test loss higher than the plain net's.",
        (Config(remedies=("none", "label_smoothing")),), _label_smoothing, share=0.75,
        over="group", source="Szegedy et al. 2016",
    ),
    Claim(
        "timid",
        "Dropout is right more often than the plain net, and its confidence is further from how "
        "often it is right.",
        (Config(remedies=("none", "dropout")),), _timid, share=0.85, source="Guo et al. 2017",
    ),
    Claim(
        "ensemble",
        "The mean of five plain nets still says 95 % of the wrong labels, but its test loss is "
        "at least 0.05 lower than a single net's.",
        (Config(remedies=("none", "ensemble")),), _ensemble, share=0.85,
        source="Lakshminarayanan et al. 2017",
    ),
    Claim(
        "together",
        "Five nets with dropout together end above the best moment of the plain net.",
        (Config(remedies=("none",), combined=("dropout", "ensemble")),), _together, share=0.85,
    ),
)
