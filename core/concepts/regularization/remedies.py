"""Remedies against overfitting: a net that memorises wrong labels, and what helps.

Two hundred of scikit-learn's digits, a fifth of their labels wrong. A multilayer perceptron
learns them all by heart; every remedy starts from the same images, the same wrong labels and
the same weights, seed by seed, and trains the same number of steps.

Papers: Zhang et al. 2017 (nets fit random labels), and one per remedy, named at
`Treatment`.
Differs from the papers in: one small net for all remedies; strengths were chosen for this
net on seeds 0 to 9; early stopping holds out a fifth of the images, as noisy as the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.regularization.noisy_labels import flipped
from core.concepts.regularization.treatment import (
    REMEDY_NAMES,
    Combinable,
    Group,
    RemedyName,
    Schedule,
    variants,
)
from core.config import ChangingConfig, each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split, digits
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

MAX_FRAMES = 40
N_TEST = 800
"""Test images that are asked: the others would double the price of a frame."""
N_SHOWN = 10
"""Wrongly labelled images of the first seed that are shown."""
N_BINS = 10
"""Of the reliability diagram, between a confidence of 0 and 1."""


class Config(ChangingConfig):
    """What is learned, by which net, and how strong each remedy is."""

    remedies: tuple[RemedyName, ...] = setting(
        ("none", "weight_decay", "dropout", "early_stopping", "input_noise"),
        "Each of them alone, on the same images, labels and initial weights",
        names=REMEDY_NAMES,
    )
    combined: tuple[Combinable, ...] = setting(
        (), "These together in one more net", label="Together",
        names=REMEDY_NAMES,
    )
    n_train: int = setting(
        200, "Of the digits; 800 of the others are the test", ge=50, le=800, step=50,
        label="Training images",
    )
    label_noise: float = setting(
        0.2, "Share of the training labels that is wrong", ge=0, le=0.4, step=0.05
    )
    n_steps: int = setting(300, "Number of updates", ge=50, le=600, unit="steps", step=50)
    l2: float = setting(
        0.02, "Factor of the penalty on squared weights, halved", ge=0, le=0.1, step=0.005,
        group="Strengths", label="L2",
    )
    weight_decay: float = setting(
        5.0, "Decoupled decay of AdamW", ge=0, le=30, step=1, group="Strengths"
    )
    dropout: float = setting(
        0.5, "Share of the hidden units that is dropped", ge=0, le=0.8, step=0.05,
        group="Strengths",
    )
    input_noise: float = setting(
        0.3, "Standard deviation of the noise; pixels lie between 0 and 1", ge=0, le=1,
        step=0.05, group="Strengths",
    )
    shift: int = setting(
        1, "Largest move of an image in each direction", ge=0, le=2, unit="pixels",
        group="Strengths",
    )
    mixup: float = setting(
        0.2, "Alpha: 0 leaves images alone, 1 mixes in any ratio", ge=0, le=2, step=0.1,
        group="Strengths",
    )
    label_smoothing: float = setting(
        0.2, "Share of each label spread over all classes", ge=0, le=0.5, step=0.05,
        group="Strengths",
    )
    width: int = setting(
        64, "Units of each of the two hidden layers", ge=8, le=128, unit="units", step=8,
        group="Network",
    )
    learning_rate: float = setting(
        0.001, "Of Adam", ge=1e-4, le=0.01, log=True, group="Network", changeable=True,
    )
    batch_size: int = setting(
        800, "Images per update; all of them where there are fewer", ge=16, le=800,
        unit="images", step=16, group="Network",
    )
    n_seeds: int = setting(
        8, "Nets per remedy, each with its own images, wrong labels and weights", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, wrong labels, weights and everything drawn", ge=0, le=9999,
        group="Seeds",
    )

    @model_validator(mode="after")
    def _some_remedies(self) -> Config:
        each_once("remedies", self.remedies, get_args(RemedyName))
        each_once("combined", self.combined, get_args(Combinable), some=False)
        return self


@dataclass(frozen=True)
class Task:
    """What the nets are asked: the training images first, then the test images.

    Attributes:
        data: Splits with noisy training labels.
        points: (S, 64, n_train + N_TEST)
        given: Their labels, one-hot, as given; the noise included.
        true: Their labels, one-hot, as they are.
        n_train: How many are training images.
    """

    data: Split
    points: Tensor
    given: Tensor
    true: Tensor
    n_train: int

    @cached_property
    def wrong(self) -> Tensor:
        """Which of the training images have a wrong label, (S, n_train)."""
        n = self.n_train
        return (self.given[:, :, :n] != self.true[:, :, :n]).any(1)


def task_of(config: Config) -> Task:
    """The images, their labels, and the wrong ones among these."""
    split = digits(config.seeds, config.n_train)
    noisy = flipped(split.train_y, config.label_noise, config.seeds)
    test_x, test_y = split.test_x[:, :, :N_TEST], split.test_y[:, :, :N_TEST]
    return Task(
        Split(split.train_x, noisy, test_x, test_y), torch.cat([split.train_x, test_x], 2),
        torch.cat([noisy, test_y], 2), torch.cat([split.train_y, test_y], 2), config.n_train,
    )


# --- what is measured --------------------------------------------------------------------


def measures(p: Tensor, task: Task) -> dict[str, Tensor]:
    """Of one group's probabilities (S, classes, N): per seed, (S,), all that is drawn over time.

    Accuracies and negative log-likelihoods on the training labels as given and on the test
    labels; and of the wrongly labelled images the share whose wrong label is said
    (memorised) and whose true one is (seen through).
    """
    n, wrong = task.n_train, task.wrong.float()
    # argmax along a strided dimension is slow: a class is said where its probability is the
    # largest
    largest, of_given, of_true = p.amax(1), (p * task.given).sum(1), (p * task.true).sum(1)
    as_given, as_true = ((a >= largest).float() for a in (of_given, of_true))
    nll = -of_given.clamp_min(1e-12).log()
    n_wrong = wrong.sum(1)
    train, test = as_given[:, :n].mean(1), as_given[:, n:].mean(1)
    return {
        "train_accuracy": train, "test_accuracy": test, "gap": train - test,
        "train_nll": nll[:, :n].mean(1), "test_nll": nll[:, n:].mean(1),
        "memorised": (as_given[:, :n] * wrong).sum(1) / n_wrong,
        "seen_through": (as_true[:, :n] * wrong).sum(1) / n_wrong,
        "clean_accuracy": (as_given[:, :n] * (1 - wrong)).sum(1) / (n - n_wrong),
    }


def reliability(p: Tensor, task: Task) -> tuple[Tensor, Tensor, Tensor]:
    """Of the test images of all seeds: confidence and accuracy per bin, and the error per seed.

    Guo et al. 2017, eqs. 1-3: bins of equal width by the largest probability. The expected
    calibration error is the mean distance of accuracy and confidence, weighted by the images
    in a bin.

    Returns:
        Confidence and accuracy, each (N_BINS,), NaN where nothing falls; the error, (S,).
    """
    test = p[:, :, task.n_train:]
    confidence = test.amax(1)
    right = ((test * task.true[:, :, task.n_train:]).sum(1) >= confidence).float()
    bins = (confidence * N_BINS).long().clamp_max(N_BINS - 1)
    zero = torch.zeros(len(p), N_BINS)
    count, sure, hits = (
        zero.scatter_add(1, bins, a) for a in (torch.ones_like(right), confidence, right)
    )
    error = (sure - hits).abs().sum(1) / count.sum(1)
    return sure.sum(0) / count.sum(0), hits.sum(0) / count.sum(0), error


def shown_images(task: Task) -> Tensor:
    """Positions of the first seed's wrongly labelled images that are shown."""
    return task.wrong[0].nonzero()[:N_SHOWN, 0]


def pictures(task: Task) -> dict[str, np.ndarray]:
    """The shown images side by side, (8, 9 * n), a column of NaN after each, and their labels,
    given and true.
    """
    at = shown_images(task)
    images = task.points[0][:, at].view(8, 8, -1).permute(0, 2, 1)
    images = torch.nn.functional.pad(images, (0, 1), value=torch.nan).reshape(8, -1)
    labels = (a[0][:, at].argmax(0) for a in (task.given, task.true))
    given, true = (a.numpy().astype(np.int8) for a in labels)
    return {"images": images.numpy(), "given_label": given, "true_label": true}


def answers(p: Tensor, task: Task) -> tuple[Tensor, Tensor]:
    """What the first seed's net says of the shown images, and whether that is the wrong label
    it was given (-1), the true one (1), or another (0); each (n,).
    """
    at = shown_images(task)
    said, given, true = (a[0][:, at].argmax(0) for a in (p, task.given, task.true))
    return said, (said == true).int() - (said == given).int()


# --- training ----------------------------------------------------------------------------


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All groups, step by step together; the learning rate may change on the way."""
    task = task_of(config)
    schedule = Schedule(config.n_steps, config.batch_size, config.learning_rate)
    sizes = (64, config.width, config.width, 10)
    groups = {
        name: Group(treatment, sizes, task.data, task.points, config.seeds, schedule)
        for name, treatment in variants(config, config.remedies, config.combined).items()
    }
    best = Best(len(groups))
    t = 0

    def measure() -> Measured:
        return _measured(t, groups, task, best) | (pictures(task) if t == 0 else {}), ()

    now = yield t, measure
    for t in range(1, config.n_steps + 1):
        for group in groups.values():
            group.step(now.learning_rate / config.learning_rate)
        now = yield t, measure


class Best:
    """Per group the highest test accuracy so far, median over seeds, and where it was."""

    def __init__(self, n: int) -> None:
        self.step, self.accuracy = np.zeros(n, np.float32), np.full(n, -1, np.float32)

    def see(self, step: int, accuracy: np.ndarray) -> None:
        """Takes the accuracies at a step, (groups, seeds)."""
        median = np.median(accuracy, axis=1)
        better = median > self.accuracy
        self.step[better], self.accuracy[better] = step, median[better]


def _measured(
    t: int, groups: Mapping[str, Group], task: Task, best: Best
) -> dict[str, np.ndarray]:
    said = [group.probabilities() for group in groups.values()]
    found = [measures(p, task) for p in said]
    arrays = {name: torch.stack([one[name] for one in found]) for name in found[0]}
    calibrated = [reliability(p, task) for p in said]
    for i, name in enumerate(("bin_confidence", "bin_accuracy", "calibration_error")):
        arrays[name] = torch.stack([one[i] for one in calibrated])
    said_of = [answers(p, task) for p in said]
    arrays["said"], arrays["verdict"] = (torch.stack(list(a)) for a in zip(*said_of, strict=True))
    squares = torch.stack([group.squared_weights() for group in groups.values()])
    factors = torch.tensor([[group.treatment.l2] for group in groups.values()])
    arrays |= {"squared_weights": squares, "penalty": factors / 2 * squares}
    ready = {name: a.numpy().astype(np.float32) for name, a in arrays.items()}
    best.see(t, ready["test_accuracy"])
    return ready | {"best_step": best.step.copy(), "best_accuracy": best.accuracy.copy()}


_PER_SEED = ("step", "remedy", "seed")
DIMS = {
    **dict.fromkeys(
        ("train_accuracy", "test_accuracy", "gap", "train_nll", "test_nll", "memorised",
         "seen_through", "clean_accuracy", "calibration_error", "squared_weights",
         "penalty"), _PER_SEED,
    ),
    "bin_confidence": ("step", "remedy", "bin"), "bin_accuracy": ("step", "remedy", "bin"),
    "said": ("step", "remedy", "image"), "verdict": ("step", "remedy", "image"),
    "best_step": ("step", "remedy"), "best_accuracy": ("step", "remedy"),
    "images": ("pixel_row", "pixel_column"), "given_label": ("image",), "true_label": ("image",),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    n_shown = min(N_SHOWN, round(config.label_noise * config.n_train))
    return {
        "remedy": list(variants(config, config.remedies, config.combined)),
        "seed": list(config.seeds),
        "bin": [round((i + 0.5) / N_BINS, 3) for i in range(N_BINS)],
        "image": list(range(n_shown)), "pixel_row": list(range(8)),
        "pixel_column": list(range(9 * n_shown)),
    }
