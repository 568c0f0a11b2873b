"""Which loss for classes: how hard does each pull at a mistake, and what do its numbers mean?

The same nets learn handwritten digits by cross-entropy, by the squared error of their
probabilities, and by the squared error of their outputs as they are. Of one seed all have the same
start, images and batches.

Papers: Hui & Belkin 2021 (squared error is as good), Guo et al. 2017 (calibration, temperature),
Brier 1950 (the squared error of probabilities).
Differs from the papers in: nets with one hidden layer on images of 8 x 8 pixels; outputs that are
trained by squared error are not rescaled; the temperature is the best of a grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.losses.objectives import SquaredOnOutputs, SquaredOnSoftmax
from core.concepts.losses.rivals import Rivals
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.data import flipped
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.losses import CROSS_ENTROPY, Loss
from core.stacked.nets import MLP
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

LossName = Literal["cross_entropy", "softmax", "outputs"]
LABELS = 3  # what random numbers are for; 0 to 2 are starts, splits and batches
MAX_FRAMES = 50
N_CLASSES, N_TEST, N_PULLED = 10, 797, 200
"""Classes; test images at most; training images of the first seed whose pull is shown."""
CALM = 6**-0.5
"""What He's start is multiplied by, to have the spread of torch's own."""
TEMPERATURES = tuple(float(t) for t in np.arange(0.5, 4.01, 0.25))
N_BINS, LEAST = 10, 10
"""Bins of confidence; with fewer images in it a bin is not shown."""
ECE_BINS = 15
LOSS_CEILING = 1e6
"""Losses are drawn up to here; more means diverged."""
STUCK = 0.8
"""From this test error on nets are said to have hardly learned anything; a guess has 0.9."""


@dataclass(frozen=True)
class Choice:
    """A loss that may be chosen.

    Attributes:
        label: For people.
        loss: The loss itself.
        rates: By update rule a learning rate at which it does well on digits.
        probabilities: Whether the softmax of its outputs is meant to be probabilities.
    """

    label: str
    loss: Loss
    rates: Mapping[str, float]
    probabilities: bool = True


CHOICES: dict[str, Choice] = {
    "cross_entropy": Choice("Cross-entropy", CROSS_ENTROPY, {"momentum": 0.1, "adam": 0.01}),
    "softmax": Choice(
        "Squared error of probabilities", SquaredOnSoftmax(), {"momentum": 0.1, "adam": 0.01}),
    "outputs": Choice(
        "Squared error of outputs", SquaredOnOutputs(), {"momentum": 0.03, "adam": 0.01},
        probabilities=False),
}
LOSS_NAMES = {name: choice.label for name, choice in CHOICES.items()}


class Config(BaseConfig):
    """Which losses, on how many images, from which start."""

    losses: tuple[LossName, ...] = setting(
        get_args(LossName), "What is made small: see The equations", names=LOSS_NAMES,
    )
    confidence: float = setting(
        1.0, "By how much the last layer's weights are multiplied before training: at 30 the nets "
        "begin sure of themselves, and wrong", ge=1, le=30, step=1, label="Confidence at the start",
    )
    rates: Literal["own", "shared"] = setting(
        "own", "Whether each loss has a learning rate at which it does well, or all have one",
        names={"own": "Own good rate", "shared": "One for all"},
    )
    learning_rate: float = setting(
        0.01, "The learning rate of all losses", ge=0.001, le=1, log=True,
    )
    temperature: float = setting(
        1.0, "By what outputs are divided before the softmax, once the nets are trained: above 1 "
        "they become less sure", ge=TEMPERATURES[0], le=TEMPERATURES[-1], step=0.25,
    )
    n_steps: int = setting(300, "Number of updates", ge=20, le=2000, unit="steps", step=20)
    n_train: int = setting(
        1000, "Images to learn from", ge=50, le=1000, unit="images", step=50, group="Data",
        label="Training images",
    )
    wrong_labels: float = setting(
        0.0, "Share of the training images with a wrong label", ge=0, le=0.5, step=0.05,
        group="Data",
    )
    optimizer: Literal["momentum", "adam"] = setting(
        "momentum", "The update rule of all nets", group="Training",
        names={"momentum": "Momentum", "adam": "Adam"},
    )
    batch_size: int = setting(
        64, "Images per update", ge=10, le=128, unit="images", step=2, group="Training"
    )
    width: int = setting(
        32, "Units of the hidden layer", ge=4, le=128, unit="units", step=4, group="Training"
    )
    n_seeds: int = setting(
        5, "Nets of each loss, each with its own images, start and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_losses(self) -> Config:
        each_once("losses", self.losses, get_args(LossName))
        return self


def rate_of(config: Config, name: str) -> float:
    """The learning rate of a loss."""
    if config.rates == "shared":
        return config.learning_rate
    return CHOICES[name].rates[config.optimizer]


def probabilistic(config: Config) -> list[str]:
    """The losses whose nets say probabilities."""
    return [name for name in config.losses if CHOICES[name].probabilities]


def shown_temperature(config: Config) -> float:
    """The nearest one that is measured."""
    return min(TEMPERATURES, key=lambda t: abs(t - config.temperature))


def data_of(config: Config) -> Split:
    """A split of the digits per seed, standardised, some training labels wrong."""
    split = digits(config.seeds, config.n_train)
    mean, spread = (split.train_x.mean((1, 2), keepdim=True),
                    split.train_x.std((1, 2), keepdim=True))
    y = split.train_y.argmax(1).numpy()
    wrong = np.stack([
        flipped(labels, config.wrong_labels, N_CLASSES, np.random.default_rng((seed, LABELS)))
        for labels, seed in zip(y, config.seeds, strict=True)])
    one_hot = torch.nn.functional.one_hot(torch.from_numpy(wrong), N_CLASSES)
    train_y = one_hot.to(torch.float32).transpose(1, 2).contiguous()
    return Split((split.train_x - mean) / spread, train_y,
                 (split.test_x[..., :N_TEST] - mean) / spread,
                 split.test_y[..., :N_TEST].contiguous())


def nets_of(config: Config) -> Rivals:
    """All nets at their start."""
    def begin(net: MLP, start: Tensor) -> None:
        start *= CALM
        last = net.parts(start)[-1]
        last *= config.confidence

    return Rivals(
        config.seeds, lambda loss: MLP((64, config.width, N_CLASSES), loss=loss),
        {name: CHOICES[name].loss for name in config.losses},
        {name: rate_of(config, name) for name in config.losses},
        config.optimizer, config.batch_size, begin,
    )


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All losses and seeds, update by update."""
    split, nets, t = data_of(config), nets_of(config), 0
    measuring = Measuring(config, split, nets)

    def measure() -> Measured:
        return measuring.at(t)

    yield 0, measure
    data = batches(split, config.seeds, config.batch_size, config.n_steps)
    for t, (x, y) in enumerate(data, 1):
        nets.step(x, y)
        yield t, measure


class Measuring:
    """Measures all nets on training and test images."""

    def __init__(self, config: Config, split: Split, nets: Rivals) -> None:
        self.config, self.split, self.nets = config, split, nets

    def at(self, t: int) -> Measured:
        """The arrays and notes of a step."""
        split, nets = self.split, self.nets
        z_train, z_test = nets.outputs(split.train_x), nets.outputs(split.test_x)
        arrays = {
            "train_loss": nets.values(z_train, split.train_y),
            "test_loss": nets.values(z_test, split.test_y),
            "train_error": _errors(z_train, split.train_y),
            "test_error": _errors(z_test, split.test_y),
        }
        arrays |= self._pulls(z_train) | self._calibration(z_test)
        gone = {name: ~(arrays[name] < LOSS_CEILING) for name in ("train_loss", "test_loss")}
        for name, where in gone.items():
            arrays[name] = np.where(where, LOSS_CEILING, arrays[name])
        notes = list(self._notes(t, gone["train_loss"], arrays["test_error"]))
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes

    def _pulls(self, z: Tensor) -> dict[str, np.ndarray]:
        """Of images of the first seed: how right the net is, and how hard the loss pulls."""
        z, y = z[:, :1, :, :N_PULLED], self.split.train_y[:1, :, :N_PULLED]
        true = (z * y).sum(2)
        others = z.masked_fill(y.bool(), -torch.inf).amax(2)
        return {"margin": _finite((true - others)[:, 0]),
                "pull": _finite(self.nets.pulls(z, y).norm(dim=2)[:, 0])}

    def _calibration(self, z: Tensor) -> dict[str, np.ndarray]:
        """Of the nets that say probabilities, at every temperature."""
        config, y = self.config, self.split.test_y
        kept = [i for i, name in enumerate(config.losses) if CHOICES[name].probabilities]
        if not kept:
            return {}
        z = z[kept].nan_to_num()
        right = (z.argmax(2) == y.argmax(1)).numpy()  # (L, S, n)
        sure = [(z / t).softmax(2).amax(2).numpy() for t in TEMPERATURES]
        eces = np.stack([calibration_error(s, right) for s in sure], 1)  # (L, T, S)
        half = y.shape[2] // 2
        best = fitted(z[..., :half], y[..., :half])  # (L, S), positions
        judged = np.stack([calibration_error(s[..., half:], right[..., half:]) for s in sure], 1)
        bins = [reliability(s, right) for s in sure]
        said, found = (np.stack([b[i] for b in bins], 1) for i in (0, 1))
        return {
            "said": said, "found": found, "calibration_error": eces,
            "fitted": np.asarray(TEMPERATURES)[best],
            "repaired": np.take_along_axis(judged, best[:, None], 1)[:, 0],
            "unrepaired": judged[:, TEMPERATURES.index(1.0)],
        }

    def _notes(self, t: int, gone: np.ndarray, error: np.ndarray) -> Iterator[Note]:
        for i, name in enumerate(self.config.losses):
            about = {"loss": name, "step": t, "n_seeds": self.config.n_seeds}
            if n := int(gone[i].sum()):
                yield Note("diverged", {**about, "n": n}, name)
            elif t == self.config.n_steps and np.median(error[i]) >= STUCK:
                yield Note("stuck", {**about, "error": f"{np.median(error[i]):.0%}"}, name)


def _errors(z: Tensor, y: Tensor) -> np.ndarray:
    """Shares wrong, (L, S), of outputs (L, S, C, n)."""
    return np.stack([1 - CROSS_ENTROPY.right(of_loss, y).numpy() for of_loss in z])


def _finite(a: Tensor) -> np.ndarray:
    """What has overflowed is not there."""
    return torch.where(a.isfinite(), a, torch.nan).numpy()


def fitted(z: Tensor, y: Tensor) -> np.ndarray:
    """Positions in `TEMPERATURES` of the least cross-entropy, (L, S). Guo et al. 2017, eq. 9."""
    found = [[CROSS_ENTROPY.value(of_loss / t, y) for t in TEMPERATURES] for of_loss in z]
    return np.stack([torch.stack(each).argmin(0).numpy() for each in found])


def binned(sure: np.ndarray, right: np.ndarray, n_bins: int) -> tuple[np.ndarray, ...]:
    """Of each model's predictions, by confidence: how many, their confidence, how many right.

    Args:
        sure: Probability of the class that is named, (..., n).
        right: Whether it is the true one, alike.

    Returns:
        Sums, each (..., bin).
    """
    k = np.minimum((sure * n_bins).astype(int), n_bins - 1).reshape(-1, sure.shape[-1])
    where = (k + n_bins * np.arange(len(k))[:, None]).ravel()
    sums = [np.bincount(where, weights, n_bins * len(k)).reshape(*sure.shape[:-1], n_bins)
            for weights in (None, sure.ravel(), right.ravel().astype(float))]
    return sums[0], sums[1], sums[2]


def calibration_error(sure: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Mean distance between confidence and share right over the bins. Guo et al. 2017, eq. 3."""
    _, said, hits = binned(sure, right, ECE_BINS)
    return np.abs(said - hits).sum(-1) / sure.shape[-1]


def reliability(sure: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean confidence and share right in each bin, of all seeds together: (L, bin)."""
    n, said, hits = (a.sum(1) for a in binned(sure, right, N_BINS))
    shown = np.where(n >= LEAST, n, np.nan)
    return said / shown, hits / shown


DIMS = {
    "train_loss": ("step", "loss", "seed"),
    "test_loss": ("step", "loss", "seed"),
    "train_error": ("step", "loss", "seed"),
    "test_error": ("step", "loss", "seed"),
    "margin": ("step", "loss", "point"),
    "pull": ("step", "loss", "point"),
    "said": ("step", "sayer", "temperature", "bin"),
    "found": ("step", "sayer", "temperature", "bin"),
    "calibration_error": ("step", "sayer", "temperature", "seed"),
    "fitted": ("step", "sayer", "seed"),
    "repaired": ("step", "sayer", "seed"),
    "unrepaired": ("step", "sayer", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"; a sayer is a loss whose nets say probabilities."""
    return {
        "loss": list(config.losses), "sayer": probabilistic(config), "seed": list(config.seeds),
        "point": list(range(min(N_PULLED, config.n_train))),
        "temperature": list(TEMPERATURES), "bin": list(range(N_BINS)),
    }


NOTES = {
    "diverged": "{loss} diverged by step {step} ({n} of {n_seeds} seeds): its loss is beyond all "
                "bounds. A smaller learning rate mends that.",
    "stuck": "{loss} has hardly learned anything after {step} steps: {error} of new images are "
             "still wrong. Its own learning rate or a calmer start mends that.",
    **names_of("loss", LOSS_NAMES),
}
