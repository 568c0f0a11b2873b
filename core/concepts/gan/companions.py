"""Others who make points: where does each cover, blur, or drop a part of the target?

A GAN, a variational autoencoder and a diffusion model learn the same cloud of points. Each makes a
point out of two random numbers: so each lays a sheet of them into the plane, and one sees where it
is torn, and where it is not.

Papers: Mescheder et al. 2018 (the GAN, with R1); Kingma & Welling 2014 (VAE), Higgins et al. 2017
(its weight beta); Ho et al. 2020 (diffusion), Nichol & Dhariwal 2021 (noise that grows as a
cosine), Song et al. 2021 (DDIM: sampling without new noise, in fewer steps), Tancik et al. 2020
(Fourier features).
Differs from the papers in: dense nets and points in the plane; the VAE's points are its decoder's
means, without noise added; 40 levels of noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.gan import measures, plane
from core.concepts.gan.makers import MAKERS, Maker, game_of
from core.concepts.gan.plane import N_LINES, N_PLACES, N_SHOWN
from core.concepts.gan.targets import TARGET_NAMES, TargetName
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note

MakerName = Literal["gan", "vae", "diffusion", "bare"]
MAKER_NAMES = {"gan": "GAN", "vae": "VAE", "diffusion": "Diffusion",
               "bare": "Diffusion without Fourier features"}
N_FRAMES = 20


class Config(BaseConfig):
    """What is to be imitated, by whom, and what each of them is told."""

    target: TargetName = setting(
        "grid", "The real points that all imitate", names=TARGET_NAMES)
    makers: tuple[MakerName, ...] = setting(
        ("gan", "vae", "diffusion"), "Who learns to make such points", names=MAKER_NAMES)
    n_steps: int = setting(
        1000, "Number of updates; of a GAN, of each player", ge=20, le=3000, unit="steps", step=20)
    beta: float = setting(
        10.0, "How much the VAE pays for random numbers that are not standard normal", ge=0.1,
        le=1000, log=True, label="Beta of the VAE",
    )
    sampling_steps: int = setting(
        20, "In how many steps diffusion removes the noise from a point", ge=1, le=40,
        unit="steps", label="Sampling steps",
    )
    r1_weight: float = setting(
        0.1, "The GAN's brake: half of it times the squared slope at real points", ge=0, le=3,
        step=0.1, label="R1 weight",
    )
    width: int = setting(
        48, "Units in each of the two hidden layers of every net", ge=8, le=128, unit="units",
        step=8, group="Training",
    )
    player_rate: float = setting(
        0.002, "Learning rate of both players of the GAN, Adam's", ge=0.0001, le=0.01, log=True,
        group="Training",
    )
    learning_rate: float = setting(
        0.008, "Learning rate of VAE and diffusion, Adam's; it falls to 0", ge=0.0001, le=0.02,
        log=True, group="Training",
    )
    batch_size: int = setting(64, "Real points in an update", ge=16, le=256, unit="points",
                              step=16, group="Training")
    n_seeds: int = setting(4, "Repetitions, each with its own weights and draws", ge=1, le=16,
                           unit="seeds", group="Seeds")
    seed: int = setting(0, "The first seed: initial weights and draws", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _each_maker_once(self) -> Config:
        each_once("makers", self.makers, get_args(MakerName))
        return self


class Gallery:
    """What made points are measured with: as in the lab in the plane."""

    def __init__(self, config: Config) -> None:
        self._plane = plane.Gallery(game_of(config))
        self.once = self._plane.once

    def measured(self, makers: Sequence[Maker]) -> dict[str, np.ndarray]:
        """What all have come to, (maker, seed, ...); pictures are of the first seed."""
        own = self._plane
        assert own.grid is not None  # of two random numbers there is one
        with torch.inference_mode():
            made = np.stack([maker.made(own.noise).numpy() for maker in makers])
            lines = np.stack([maker.made(own.grid)[0].numpy() for maker in makers])
        found = measures.measured(own.target, made, own.real)
        return {name: found[name] for name in ("good", "covered", "effective", "distance")} | {
            "made": made[:, 0, :N_SHOWN],
            "lines": lines.reshape(len(makers), 2 * N_LINES, N_PLACES, 2)}


def news(config: Config, t: int, makers: Sequence[Maker]) -> Iterator[Note]:
    """Whose random numbers say nothing of the points any more."""
    for name, maker in zip(config.makers, makers, strict=True):
        if t == config.n_steps and maker.idle():
            yield Note("idle", {"step": t, "n_seeds": config.n_seeds}, name)


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All makers side by side, each on draws of its own."""
    gallery, makers, t = Gallery(config), [MAKERS[name](config) for name in config.makers], 0

    def measure() -> Measured:
        arrays = plane.as_frame(gallery.measured(makers))
        once = plane.as_frame(gallery.once()) if t == 0 else {}
        return arrays | once, news(config, t, makers)

    yield t, measure
    for t in range(1, config.n_steps + 1):
        for maker in makers:
            maker.step(t)
        yield t, measure


NOTES = {
    "idle": "VAE: at step {step} all {n_seeds} decoders make the same point of whatever random "
            "numbers (posterior collapse): to use them costs more than it saves. A smaller beta "
            "mends it.",
}
DIMS = {
    **dict.fromkeys(("good", "covered", "effective", "distance"), ("step", "maker", "seed")),
    **dict.fromkeys(("real_good", "real_effective", "real_distance"), ("seed",)),
    "real": ("point", "xy"),
    "made": ("step", "maker", "point", "xy"),
    "lines": ("step", "maker", "line", "place", "xy"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "maker": list(config.makers), "seed": list(config.seeds), "xy": ["x", "y"],
        "point": range(N_SHOWN), "line": range(2 * N_LINES), "place": range(N_PLACES),
    }
