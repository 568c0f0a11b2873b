"""Made digits: can they be read, are they of all kinds, and are they new?

A generator turns random numbers into images of 8 x 8 pixels, a discriminator learns to tell them
from real ones. What is made of the same random numbers is watched while they learn, each image
beside the training image that is nearest to it. Beside the generators stand what needs no learning
at all: a normal distribution with the digits' mean and covariance, and copies of training digits
with a little noise.

Papers: Goodfellow et al. 2014; Radford et al. 2016 (DCGAN), Mescheder et al. 2018 (R1, and the mean
of weights), Heusel et al. 2017 (the Frechet distance).
Differs from the papers in: no batch norm; the discriminator is dense for both generators; the
features of the Frechet distance are those of a net that reads digits, not of one for photographs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.gan import judge
from core.concepts.gan.drawing import GENERATOR_NAMES, Contest, draws
from core.concepts.gan.judge import SIDE, digits
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.functions import normal
from core.training import Algorithm, Measured, recorded

GeneratorName = Literal["dense", "conv"]
N_FRAMES = 24
N_MEASURED = 300
"""Images that are measured, per seed."""
BASELINE_NAMES = {"copies": "Copies with noise", "normal": "Normal distribution",
                  "real": "Other real digits"}
MEAN = "_mean"
"""Of the mean of a generator's weights, behind the generator's key."""
MAKER_NAMES = {
    **{key: label for name, words in GENERATOR_NAMES.items()
       for key, label in ((name, words), (name + MEAN, f"{words}, mean of weights"))},
    **BASELINE_NAMES,
}
ROWS, COLUMNS = 2, 8
"""Of the images that are shown."""
PLACES = 11
"""Of the sheet of latents, to each side."""


class Config(BaseConfig):
    """Which generators learn, and how the two players move."""

    generators: tuple[GeneratorName, ...] = setting(
        ("dense",), "Kinds of generators: the same draws, and discriminators of the same start",
        names=GENERATOR_NAMES,
    )
    n_steps: int = setting(500, "Number of updates of each player", ge=20, le=2000, unit="steps",
                           step=20)
    r1_weight: float = setting(
        1.0, "Half of it times the squared slope of the discriminator at real digits is what it "
        "pays", ge=0, le=10, step=0.1, label="R1 weight",
    )
    latent: int = setting(16, "How many random numbers an image is made of", ge=3, le=64,
                          unit="numbers", label="Latent size")
    memory: float = setting(
        0.98, "How much of itself the mean of the weights keeps at an update", ge=0.5, le=0.999,
        step=0.001, label="Mean's memory",
    )
    generator_rate: float = setting(
        0.002, "Learning rate of the generator, Adam's", ge=0.0001, le=0.01, log=True,
        group="Training",
    )
    discriminator_rate: float = setting(
        0.002, "Learning rate of the discriminator, Adam's", ge=0.0001, le=0.01, log=True,
        group="Training",
    )
    batch_size: int = setting(64, "Real digits, and made ones, in an update", ge=16, le=128,
                              unit="images", step=16, group="Training")
    n_seeds: int = setting(
        4, "Pairs of nets of each kind, each with its own weights and draws", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and draws", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _each_generator_once(self) -> Config:
        each_once("generators", self.generators, get_args(GeneratorName))
        return self


def makers(config: Config) -> list[str]:
    """All whose images are measured, in the order of the arrays."""
    learned = [key for name in config.generators for key in (name, name + MEAN)]
    return [*learned, *BASELINE_NAMES]


class Gallery:
    """What made digits are looked at and measured with, the same at every frame."""

    def __init__(self, config: Config) -> None:
        self.config = config
        rngs = [np.random.default_rng((seed, 3)) for seed in config.seeds]
        self.noise = normal(rngs, N_MEASURED, config.latent)
        self.sheet = sheet(np.random.default_rng((config.seed, 4)), config.latent)
        fixed = [judge.baselines(np.random.default_rng((seed, 5)), N_MEASURED)
                 for seed in config.seeds]
        self._fixed = [judge.measured(torch.stack([images[name] for images in fixed]))
                       for name in BASELINE_NAMES]

    def measured(self, contests: Sequence[Contest]) -> dict[str, np.ndarray]:
        """The arrays of a frame; pictures are of the first seed."""
        found, pictures = [], []
        with torch.inference_mode():
            for contest in contests:
                both = [contest.drawn(self.noise, mean=mean) for mean in (False, True)]
                found += [judge.measured(images) for images in both]
                pictures.append(self._pictures(contest, *(images[:1] for images in both)))
        found += self._fixed
        arrays = {name: np.stack([f[name] for f in found]).astype(np.float32)
                  for name in found[0]}
        return arrays | {name: np.stack([p[name] for p in pictures]) for name in pictures[0]}

    def _pictures(
        self, contest: Contest, raw: torch.Tensor, mean: torch.Tensor
    ) -> dict[str, np.ndarray]:
        n = ROWS * COLUMNS
        _, which = judge.nearest(mean[:, :n])
        rows = [images.unflatten(0, (ROWS, COLUMNS))
                for images in (raw[0, :n], mean[0, :n], digits().train[which[0]])]
        everywhere = contest.drawn(self.sheet.expand(self.config.n_seeds, -1, -1), mean=True)[:1]
        apart, near = judge.nearest(everywhere)
        return {
            "gallery": gallery(torch.stack(rows, 1).flatten(0, 1).numpy()),
            "sheet": ink(everywhere[0].numpy()), "near": ink(digits().train[near[0]].numpy()),
            "apart": apart[0].numpy().astype(np.float16),
        }


def sheet(rng: np.random.Generator, latent: int) -> torch.Tensor:
    """Latents between three corners, all at the length that is usual, (1, places, latent).

    Row by row: across from the first corner to the second one, up to the third one, along circles.
    """
    corners, _ = np.linalg.qr(rng.standard_normal((latent, 3)))  # at right angles
    a, b = np.meshgrid(*[np.linspace(0, np.pi / 2, PLACES)] * 2)  # across, up
    weights = np.stack([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)], -1)
    places = latent**0.5 * weights.reshape(-1, 3) @ corners.T
    return torch.from_numpy(places.astype(np.float32))[None]


def ink(images: np.ndarray) -> np.ndarray:
    """As bytes, 0 where nothing is."""
    return np.rint(255 * images).astype(np.uint8)


def gallery(rows: np.ndarray) -> np.ndarray:
    """Rows of images (r, n, pixels), a pixel apart: (y, x)."""
    framed = np.pad(ink(rows).reshape(*rows.shape[:2], SIDE, SIDE),
                    ((0, 0), (0, 0), (0, 1), (0, 1)))
    return framed.transpose(0, 2, 1, 3).reshape(rows.shape[0] * (SIDE + 1), -1)[:-1, :-1]


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All kinds of generators, turn by turn, with the same draws."""
    shown, drawn = Gallery(config), draws(config)
    contests = [Contest(name, config) for name in config.generators]

    def measure() -> Measured:
        return shown.measured(contests), ()

    yield 0, measure
    for t in range(1, config.n_steps + 1):
        for player in ("discriminate", "generate"):
            given = next(drawn)
            for contest in contests:
                getattr(contest, player)(given)
        yield t, measure


DIMS = {
    **dict.fromkeys(("confident", "classes", "frechet", "nearest"), ("step", "maker", "seed")),
    "gallery": ("step", "generator", "y", "x"),
    "sheet": ("step", "generator", "place", "pixel"),
    "near": ("step", "generator", "place", "pixel"),
    "apart": ("step", "generator", "place"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "maker": makers(config), "generator": list(config.generators),
        "seed": list(config.seeds), "place": range(PLACES**2), "pixel": range(SIDE**2),
        "y": range(3 * ROWS * (SIDE + 1) - 1), "x": range(COLUMNS * (SIDE + 1) - 1),
    }
