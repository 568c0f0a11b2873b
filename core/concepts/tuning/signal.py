"""How large are the weights to be at the start, and does what one sees there predict the end?

Deep nets start from zeros, from tiny weights, from Xavier's, from He's and from large ones. Before
the first update and while they train, each layer's activations are measured, and what comes back to
it of the gradient. Of one seed all have the same draws, images and batches. Beside them one net for
every depth and every scale of the weights. And each start's first net can be looked into: what all
of its units make of a digit, at any step.

Papers: Glorot & Bengio 2010 (Xavier), He et al. 2015 (ReLU needs twice the variance), Ioffe &
Szegedy 2015 (batch norm), Ba et al. 2016 (layer norm).
Differs from the papers in: nets of equally wide layers on images of 8 x 8 pixels, weights drawn
from normal distributions, some hundred updates by momentum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.tuning.net import (
    ACTIVATION_NAMES,
    INIT_NAMES,
    INITS,
    N_CLASSES,
    NORM_NAMES,
    Deep,
    gained,
    starts,
)
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.race import Race, Runner
from core.stacked.traced import views
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

Init = Literal["zeros", "small", "xavier", "he", "large"]
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
BATCH_SIZE, N_TRAIN, N_TEST, N_PROBED = 32, 1000, 400, 128
"""Images per update, to learn from, to be tested on, and training images whose signal is looked at.
"""
MAX_FRAMES, SIDE = 26, 8
DEPTHS = (1, 2, 4, 8, 16)
GAINS = tuple(float(g) for g in np.round(2.0 ** np.arange(-2, 2.1, 0.5), 3))
"""Of the map: hidden layers, and standard deviations of the weights times sqrt(inputs)."""
GUESS = 0.15
"""A net with less than this share right on new images guesses."""
RATES = {
    ("none", "relu"): {"xavier": 0.03}, ("none", "tanh"): {"he": 0.03, "xavier": 0.03},
    ("batch", "relu"): {"large": 0.1, "small": 0.03, "xavier": 0.03, "he": 0.03},
    ("batch", "tanh"): {"large": 0.1, "xavier": 0.03, "he": 0.03},
    ("layer", "relu"): {"large": 0.03},
    ("layer", "tanh"): {"large": 0.03},
}
"""By norm and activation, of each start the best of 0.01, 0.03 and 0.1 where it is not `USUAL`."""
USUAL = 0.01


class Config(BaseConfig):
    """Which starts, in nets of which kind."""

    inits: tuple[Init, ...] = setting(
        get_args(Init), "What weights are before the first update; Xavier: variance 2 / (inputs + "
        "outputs), He: 2 / inputs", names=INIT_NAMES, label="Initial weights",
    )
    activation: Literal["relu", "tanh"] = setting(
        "relu", "Of the hidden layers", names=ACTIVATION_NAMES,
    )
    norm: Literal["none", "batch", "layer"] = setting(
        "none", "What is normalised before every activation", names=NORM_NAMES,
        label="Normalisation",
    )
    depth: int = setting(8, "Hidden layers", ge=2, le=16, unit="layers", label="Depth")
    rates: Literal["own", "shared"] = setting(
        "own", "Whether each start has a learning rate at which it does well, or all have one",
        names={"own": "Own good rate", "shared": "One for all"},
    )
    learning_rate: float = setting(0.01, "Momentum's, of all starts", ge=0.001, le=1, log=True)
    n_steps: int = setting(200, "Number of updates", ge=20, le=1000, unit="steps", step=20)
    map: Literal["on", "off"] = setting(
        "on", "A net for every depth and every scale of the weights", names={
            "on": "Trained", "off": "Not trained"}, label="Map",
    )
    width: int = setting(
        32, "Units of every hidden layer", ge=8, le=64, unit="units", step=8, group="Training",
    )
    opened: Init = setting(
        "he", "Whose first net is looked into", names=INIT_NAMES, group="Inside", label="Net",
    )
    digit: Digit = setting(
        "3", "Which new image goes through it; a click on one chooses it",
        names={digit: f"A {digit}" for digit in get_args(Digit)}, group="Inside",
    )
    n_seeds: int = setting(
        5, "Nets of each start, each with its own draws, images and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_inits(self) -> Config:
        each_once("inits", self.inits, get_args(Init))
        return self


def rate_of(config: Config, init: str) -> float:
    """The learning rate of a start."""
    if config.rates == "shared":
        return config.learning_rate
    return RATES[config.norm, config.activation].get(init, USUAL)


def net_of(config: Config, depth: int) -> Deep:
    return Deep(depth, config.width, config.activation, config.norm)


def data_of(config: Config) -> Split:
    """A split of the digits per seed, by mean and spread of the training pixels."""
    split = digits(config.seeds, N_TRAIN)
    mean, spread = (split.train_x.mean((1, 2), keepdim=True),
                    split.train_x.std((1, 2), keepdim=True))
    return Split((split.train_x - mean) / spread, split.train_y,
                 (split.test_x[..., :N_TEST] - mean) / spread,
                 split.test_y[..., :N_TEST].contiguous())


def nets_of(config: Config) -> Race:
    """A net per start and seed, start by start."""
    net = net_of(config, config.depth)
    runners = [_runner(rate_of(config, init), row)
               for init in config.inits for row in range(config.n_seeds)]
    return _race(net, runners, starts(net, [INITS[i] for i in config.inits], config.seeds))


def _runner(rate: float, row: int) -> Runner:
    return Runner("momentum", {"learning_rate": rate}, row)


def _race(net: Deep, runners: list[Runner], start: Tensor) -> Race:
    """Args: start, of each runner (K, P)."""
    n_seeds = 1 + max(runner.seed for runner in runners)
    race = Race(net, runners, torch.zeros(n_seeds, net.n_parameters), BATCH_SIZE)
    race.p.copy_(start)  # those of one seed share its batches, not its start
    return race


class Map:
    """A net of the first seed for every depth and gain, all at He's learning rate."""

    def __init__(self, config: Config) -> None:
        spreads = [gained(gain) for gain in GAINS]
        runners = [_runner(rate_of(config, "he"), 0) for _ in GAINS]
        nets = [net_of(config, depth) for depth in DEPTHS if config.map == "on"]
        self._races = [_race(net, runners, starts(net, spreads, config.seeds[:1])) for net in nets]

    def step(self, x: Tensor, y: Tensor) -> None:
        for race in self._races:
            race.step(x[:1], y[:1])

    def accuracy(self, split: Split) -> np.ndarray:
        """Shares of the first seed's test images that are right, (depth, gain)."""
        found = [race.losses(split.test_x[:1], split.test_y[:1]) for race in self._races]
        return np.stack([torch.where(loss.isfinite(), right, 0).numpy() for loss, right in found])


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All starts and seeds, and the nets of the map, update by update."""
    split, nets, more, t = data_of(config), nets_of(config), Map(config), 0
    measuring = Measuring(config, split, nets, more)

    def measure() -> Measured:
        return measuring.at(t)

    yield 0, measure
    for t, (x, y) in enumerate(batches(split, config.seeds, BATCH_SIZE, config.n_steps), 1):
        nets.step(x, y)
        more.step(x, y)
        yield t, measure


def signals(
    net: Deep, p: Tensor, x: Tensor, y: Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """The root mean square of activations, and of the gradients at them, layer by layer.

    Norms use the mean and variance of these very images, as in training.

    Args:
        p: Parameters, (K, P).
        x: Images, (K, 64, n), with their classes y.

    Returns:
        Each (depth, K); the gradient is that of an image's own loss, not over their number.
    """
    with torch.inference_mode(False), torch.enable_grad():
        leaves = {name: part.detach().requires_grad_()
                  for name, part in views(net.shapes, p.clone()).items()}
        *hidden, z = net.layers(leaves | _fresh(net, p), x.clone(), train=True)
        loss = net.loss.value(z, y.clone()).sum() * x.shape[2]
        gradients = torch.autograd.grad(loss, hidden)
    sizes = [[_rms(h.detach()).numpy() for h in each] for each in (hidden, gradients)]
    return np.stack(sizes[0]), np.stack(sizes[1])


def _fresh(net: Deep, p: Tensor) -> dict[str, Tensor]:
    """What norms keep of batches, as if there had been none, for nets (K, P)."""
    return {name: torch.from_numpy(a).to(p.dtype).repeat(len(p), *[1] * a.ndim)
            for name, a in net.state.items()}


class Inside:
    """What a net makes of a new image of each digit, unit by unit.

    Norms use the mean and variance of these images and of `N_PROBED` training images.

    Attributes:
        strip: The images beside each other, a pixel apart, (rows, columns).
    """

    def __init__(self, split: Split) -> None:
        first = split.test_y[0].argmax(1)  # of each class, in the first seed's test images
        images = split.test_x[:1, :, first]
        self._x = torch.cat([images, split.train_x[:1, :, :N_PROBED]], 2)
        each = images[0].T.reshape(N_CLASSES, SIDE, SIDE).numpy()
        apart = np.pad(each, ((0, 0), (0, 0), (0, 1)), constant_values=np.nan)
        self.strip = np.hstack(list(apart))[:, :-1]

    def at(self, net: Deep, p: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Of nets (K, P) every unit over the root mean square of its layer, (K, digit, layer,
        unit), and which digit they take each for, (K, digit).
        """
        with torch.inference_mode():
            *hidden, z = net.layers(views(net.shapes, p) | _fresh(net, p),
                                    self._x.expand(len(p), -1, -1), train=True)
        size = torch.stack([_rms(h) for h in hidden], 1)[:, None, :, None]
        units = torch.stack([h[:, :N_CLASSES] for h in hidden], 2).double() / size
        said = z[:, :, :N_CLASSES].argmax(1).double()
        said[~z.isfinite().all(2).all(1)] = torch.nan  # its numbers have overflowed
        return units.numpy(), said.numpy()


def _rms(a: Tensor) -> Tensor:
    """Of each model's numbers, (K,), in double precision: squares of tiny numbers vanish."""
    return a.flatten(1).double().square().mean(1).sqrt()


class Measuring:
    """Measures all nets."""

    def __init__(self, config: Config, split: Split, nets: Race, more: Map) -> None:
        self.config, self.split, self.nets, self.more = config, split, nets, more
        each = [s for _ in config.inits for s in range(config.n_seeds)]
        self._x = split.train_x[each][..., :N_PROBED]
        self._y = split.train_y[each][..., :N_PROBED]
        self._start: dict[str, np.ndarray] = {}
        self._inside = Inside(split)

    def at(self, t: int) -> Measured:
        """The arrays and notes of a step."""
        shape = len(self.config.inits), self.config.n_seeds
        net = net_of(self.config, self.config.depth)
        sizes = [a.reshape(-1, *shape).swapaxes(0, 1)
                 for a in signals(net, self.nets.p, self._x, self._y)]
        activation, gradient = (_shown(a) for a in sizes)  # (init, layer, seed)
        if not self._start:
            balance = np.log10(gradient[:, 0] / gradient[:, -1])
            self._start = {"first_activation": activation, "first_gradient": gradient,
                           "balance": balance, "images": self._inside.strip}
        loss, right = (a.numpy().reshape(shape)
                       for a in self.nets.losses(self.split.test_x, self.split.test_y))
        gone = ~np.isfinite(loss)
        right = np.where(gone, 0, right)
        arrays = {"activation": activation, "gradient": gradient, "accuracy": right,
                  "loss": np.where(gone, np.nan, loss), **self._start}
        if self.config.map == "on":
            arrays["mapped"] = self.more.accuracy(self.split)
        units, said = self._inside.at(net, self.nets.p[:: self.config.n_seeds])
        arrays |= {"said": said, "verdict": said == np.arange(N_CLASSES)}
        found = {name: a.astype(np.float32) for name, a in arrays.items()}
        return found | {"units": units.astype(np.float16)}, list(self._notes(t, gone, right))

    def _notes(self, t: int, gone: np.ndarray, right: np.ndarray) -> Iterator[Note]:
        for i, name in enumerate(self.config.inits):
            about = {"init": name, "step": t, "n_seeds": self.config.n_seeds}
            if name == "zeros" and t == 0:
                yield Note("zeros", about, name)
            if n := int(gone[i].sum()):
                yield Note("diverged", {**about, "n": n}, name)
            elif t == self.config.n_steps and np.median(right[i]) < GUESS:
                yield Note("guesses", {**about, "right": f"{np.median(right[i]):.0%}"}, name)


def _shown(a: np.ndarray) -> np.ndarray:
    """What is exactly 0, or has overflowed, has no place on a logarithmic axis."""
    return np.where(np.isfinite(a) & (a > 1e-30) & (a < 1e30), a, np.nan)


DIMS = {
    "activation": ("step", "init", "layer", "seed"), "gradient": ("step", "init", "layer", "seed"),
    "first_activation": ("init", "layer", "seed"), "first_gradient": ("init", "layer", "seed"),
    "balance": ("init", "seed"), "accuracy": ("step", "init", "seed"),
    "loss": ("step", "init", "seed"), "mapped": ("step", "n_layers", "gain"),
    "images": ("row", "column"), "said": ("step", "init", "digit"),
    "verdict": ("step", "init", "digit"),
    "units": ("step", "init", "digit", "layer", "unit"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"init": list(config.inits), "layer": list(range(1, config.depth + 1)),
            "seed": list(config.seeds), "n_layers": list(DEPTHS), "gain": list(GAINS),
            "digit": list(get_args(Digit)), "unit": list(range(1, config.width + 1)),
            "row": list(range(SIDE)), "column": list(range(N_CLASSES * (SIDE + 1) - 1))}


NOTES = {
    "zeros": "{init}: every hidden unit and every gradient but that of the last bias is exactly 0, "
             "and stays so. Draw the weights at random.",
    "diverged": "{init} diverged by step {step} ({n} of {n_seeds} seeds): its numbers overflowed. "
                "Smaller initial weights mend that.",
    "guesses": "{init}: after {step} steps the nets still guess ({right} right). Another scale of "
               "the initial weights or batch norm mends that.",
    **names_of("init", INIT_NAMES),
}
