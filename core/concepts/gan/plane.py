"""Two nets, one game, in the plane: why does it work, circle, or collapse?

A generator turns random numbers into points; a discriminator learns to tell them from real ones;
the generator learns to be taken for real. Several sets of rules play from the same starts with the
same draws, on many seeds. How good the points are, and on how much of the target they lie.

Papers: Goodfellow et al. 2014; Arjovsky et al. 2017, Gulrajani et al. 2017, Mao et al. 2017 (other
losses); Mescheder et al. 2018 (R1), Miyato et al. 2018 (spectral norm), Sønderby et al. 2017
(instance noise).
Differs from the papers in: the discriminator has one turn per turn of the generator unless more
are asked for, also with the Wasserstein losses; the optimizer is Adam everywhere; each spectrally
normed layer is steepened by 2; the penalty's default weight is 0.1 and not 10.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.gan import measures
from core.concepts.gan.match import Matches, draws
from core.concepts.gan.nets import UNIT_NAMES, net, slope
from core.concepts.gan.rules import GAME_NAMES, LOSSES, Loss
from core.concepts.gan.targets import TARGET_NAMES, TargetName, n_pieces, target_of
from core.config import ChangingConfig, each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.functions import normal
from core.stacked.traced import Parameters
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

GameName = Literal["non_saturating", "r1", "spectral", "noise", "saturating", "least_squares",
                   "wasserstein_clip", "wasserstein_penalty"]
N_FRAMES = 48
EDGE, CELLS = 1.5, 33
"""What is drawn reaches from -EDGE to EDGE; the discriminator's map has CELLS x CELLS points."""
N_SHOWN, N_ARROWS = 300, 48
ARROW = 0.3
"""Length of the longest arrow."""
N_LINES, N_PLACES, FARTHEST = 11, 31, 2.0
"""Of the grid in the generator's input: lines each way, points of a line, and where it ends."""


class Config(ChangingConfig):
    """What is to be imitated, by which rules, and how strong the two players are."""

    target: TargetName = setting(
        "ring", "The real points that the generator is to imitate", names=TARGET_NAMES)
    games: tuple[GameName, ...] = setting(
        ("non_saturating", "r1"), "The rules that are played, from the same starts",
        names=GAME_NAMES, label="Games",
    )
    latent: int = setting(
        16, "How many random numbers the generator makes a point of", ge=1, le=32,
        unit="numbers", label="Latent size",
    )
    n_steps: int = setting(1200, "Number of updates of each player", ge=20, le=4000, unit="steps",
                           step=20)
    generator_rate: float = setting(
        0.002, "Learning rate of the generator, Adam's", ge=0.0001, le=0.01, log=True,
        changeable=True,
    )
    discriminator_rate: float = setting(
        0.008, "Learning rate of the discriminator, Adam's", ge=0.0001, le=0.02, log=True,
        changeable=True,
    )
    units: Literal["relu", "tanh"] = setting(
        "relu", "The units of both nets", names=UNIT_NAMES, group="Networks")
    width: int = setting(
        32, "Units in each of the generator's two hidden layers", ge=8, le=128, unit="units",
        step=8, group="Networks", label="Generator width",
    )
    discriminator_width: int = setting(
        32, "Units in each of the discriminator's two hidden layers", ge=8, le=128, unit="units",
        step=8, group="Networks",
    )
    extra_r1: float = setting(
        0.0, "R1 in all games, beside what they have; can be switched on while they play", ge=0,
        le=10, step=0.1, group="Remedies", label="R1 for all", changeable=True,
    )
    extra_noise: float = setting(
        0.0, "Instance noise in all games, its standard deviation; can be switched on while they "
        "play", ge=0, le=1, step=0.05, group="Remedies", label="Noise for all", changeable=True,
    )
    r1_weight: float = setting(
        0.1, "In the game R1: half of it times the squared slope at real points", ge=0.01, le=10,
        log=True, group="Remedies", label="R1 weight",
    )
    noise: float = setting(
        0.5, "In the game with instance noise: its standard deviation at the start; it falls to 0 "
        "at the end", ge=0.05, le=1, step=0.05, group="Remedies", label="Instance noise",
    )
    penalty_weight: float = setting(
        0.1, "Of the Wasserstein penalty", ge=0.01, le=10, log=True, group="Remedies",
    )
    clip: float = setting(
        0.1, "Where the weights of the clipped Wasserstein critic are cut", ge=0.01, le=0.5,
        log=True, group="Remedies",
    )
    turns: int = setting(
        1, "Updates of the discriminator for each of the generator", ge=1, le=5, unit="updates",
        group="Training", label="Discriminator's turns",
    )
    beta1: float = setting(0.5, "Adam's memory of the mean gradient", ge=0, le=0.95, step=0.05,
                           group="Training")
    beta2: float = setting(0.9, "Adam's memory of the squared gradient", ge=0.5, le=0.999,
                           step=0.001, group="Training")
    batch_size: int = setting(64, "Real points, and made ones, in an update", ge=16, le=256,
                              unit="points", step=16, group="Training")
    n_seeds: int = setting(
        4, "Pairs of nets of each kind, each with its own weights and draws", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and draws", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _each_game_once(self) -> Config:
        each_once("games", self.games, get_args(GameName))
        return self


class Gallery:
    """What made points are measured with: the same noise, and real points, at every frame.

    Args:
        config: Whose.
    """

    def __init__(self, config: Config) -> None:
        self.config, self.target = config, target_of(config.target)
        rngs = [np.random.default_rng((seed, 3)) for seed in config.seeds]
        self.noise = normal(rngs, measures.N_POINTS, config.latent)
        self.real, self.others = (
            np.stack([self.target.draw(rng, measures.N_POINTS) for rng in rngs])
            for _ in range(2))
        ends = torch.linspace(-EDGE, EDGE, CELLS)
        y, x = torch.meshgrid(ends, ends, indexing="ij")
        self.map = torch.stack([x, y], -1).flatten(0, 1)[None]  # (1, cells, 2)
        self.grid = _grid_lines()[None] if config.latent == 2 else None

    def once(self) -> dict[str, np.ndarray]:
        """What does not change: real points, and what two clouds of them measure."""
        found = measures.measured(self.target, self.others, self.real)
        once = {f"real_{name}": found[name] for name in ("good", "effective", "distance")}
        return {**once, "real": self.real[0, :N_SHOWN]}

    def measured(self, matches: Matches) -> dict[str, np.ndarray]:
        """What the games have come to, (game, seed, ...); pictures are of the first seed."""
        everyone, n_games = matches.game.parameters, len(matches.rules)
        with torch.inference_mode():
            made = net(everyone["generator"], self.noise.repeat(n_games, 1, 1), matches.units)
            d = matches.judge(everyone["discriminator"])
            real = torch.from_numpy(self.real).repeat(n_games, 1, 1)
            scores = [net(d, points, matches.units) for points in (real, made)]
        made, of_real, of_made = (a.unflatten(0, (n_games, -1)) for a in (made, *scores))
        found = measures.measured(self.target, made.numpy(), self.real)
        first = {"made": made[:, 0, :N_SHOWN].numpy()}
        if self.grid is not None:
            g = {name: a[:: self.config.n_seeds] for name, a in everyone["generator"].items()}
            lines = net(g, self.grid.expand(n_games, -1, -1), matches.units)
            first["lines"] = lines.view(n_games, 2 * N_LINES, N_PLACES, 2).numpy()
        each = [self._of_game(LOSSES[rule.loss], of_real[i], of_made[i])
                | self._pictures(matches, i, made[i, :1], of_real[i, :1], of_made[i, :1])
                for i, rule in enumerate(matches.rules)]
        return found | first | {name: np.stack([f[name] for f in each]) for name in each[0]}

    def _of_game(self, loss: Loss, of_real: Tensor, of_made: Tensor) -> dict[str, np.ndarray]:
        paid = (loss.real(of_real) + loss.made(of_made)).mean((1, 2))
        return {"discriminator_loss": paid.numpy(),
                "generator_loss": loss.generator(of_made).mean((1, 2)).numpy()}

    def _pictures(
        self, matches: Matches, i: int, made: Tensor, of_real: Tensor, of_made: Tensor
    ) -> dict[str, np.ndarray]:
        """The discriminator's map, and how it pulls, of the i-th game's first seed."""
        loss, row = LOSSES[matches.rules[i].loss], i * self.config.n_seeds
        d = {name: a[row: row + 1] for name, a in
             matches.judge(matches.game.parameters["discriminator"]).items()}
        with torch.no_grad():
            score = net(d, self.map, matches.units)
        seen = verdict(loss, score, of_real, of_made).view(CELLS, CELLS)
        pulled = arrows(loss, d, made[:, :N_ARROWS].clone(), matches.units)
        return {"map": seen.numpy(), "arrows": pulled.numpy()}


def verdict(loss: Loss, score: Tensor, of_real: Tensor, of_made: Tensor) -> Tensor:
    """What a discriminator takes points for: 0 made, 1 real.

    Wasserstein critics know no zero: theirs is halfway between the mean scores of real and made
    points, and these two means are at 0.12 and 0.88.
    """
    if loss.verdict is not None:
        return loss.verdict(score)
    low, high = of_made.mean(), of_real.mean()
    half = ((high - low) / 2).abs().clamp_min(1e-6)
    return (2 * (score - (low + high) / 2) / half).sigmoid()


def arrows(loss: Loss, d: Parameters, points: Tensor, units: str) -> Tensor:
    """Whither a discriminator's gradient pulls points (1, n, 2): (n, start and end, xy).

    The longer the stronger: an arrow of a gradient g is |g| / (1 + |g|) of the longest one.
    """
    score = net(d, points, units).detach().requires_grad_()
    (paid,) = torch.autograd.grad(loss.generator(score).sum(), score)
    with torch.no_grad():
        pull = -(paid * slope(d, points, units))[0]
        way = ARROW * pull / (1 + pull.norm(dim=1, keepdim=True))
        return torch.stack([points[0], points[0] + way], 1)


def _grid_lines() -> Tensor:
    """A grid in two latent numbers, (lines x places, 2): first the lines of constant first one."""
    lines, places = (torch.linspace(-FARTHEST, FARTHEST, n) for n in (N_LINES, N_PLACES))
    a, b = torch.meshgrid(lines, places, indexing="ij")
    return torch.cat([torch.stack([a, b], -1), torch.stack([b, a], -1)]).flatten(0, 1)


SMALL = ("made", "real", "map", "lines", "arrows", "shares")
"""Arrays that are sent in half precision."""
FARTHEST_SENT = 6e4


def as_frame(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays as they are sent; what is no number any more is a gap."""
    frame = {}
    for name, a in found.items():
        kept = np.where(np.isfinite(a), np.clip(a, -FARTHEST_SENT, FARTHEST_SENT), np.nan)
        frame[name] = kept.astype(np.float16 if name in SMALL else np.float32)
    return frame


COLLAPSED_GOOD, COLLAPSED_EFFECTIVE = 0.6, 2.5
"""A collapsed generator: at least this share of good points, on at most so many pieces."""


def collapsed(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Which games have collapsed, (game, seed)."""
    return (arrays["good"] >= COLLAPSED_GOOD) & (arrays["effective"] <= COLLAPSED_EFFECTIVE)


def news(config: Config, t: int, arrays: dict[str, np.ndarray]) -> Iterator[Note]:
    """Which games have collapsed, which cover all, and which have broken."""
    pieces = n_pieces(config.target)
    counts = {
        "collapsed": collapsed(arrays).sum(1),
        "covers": (arrays["covered"] >= pieces).sum(1),
        "broken": np.isnan(arrays["distance"]).sum(1),
    }
    for key, by_game in counts.items():
        for game, n in zip(config.games, by_game, strict=True):
            enough = n > 0 if key == "broken" else n == config.n_seeds
            if enough and (t > 0 or key == "broken"):
                yield Note(key, {"game": game, "step": t, "n": int(n),
                                 "n_seeds": config.n_seeds, "pieces": pieces}, game)


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All games, turn by turn, with the same draws."""
    gallery, drawn, matches = Gallery(config), draws(config), Matches(config)
    t = 0

    def measure() -> Measured:
        arrays = as_frame(gallery.measured(matches))
        once = as_frame(gallery.once()) if t == 0 else {}
        return arrays | once, news(config, t, arrays)

    now = yield t, measure
    for t in range(1, config.n_steps + 1):
        matches.at(now, config.noise * (1 - (t - 1) / config.n_steps))
        for _ in range(config.turns):
            matches.discriminate(next(drawn))
        matches.generate(next(drawn))
        now = yield t, measure


NOTES = {
    "collapsed": "{game}: at step {step} all {n_seeds} generators have collapsed: most of their "
                 "points are good, on one or two of {pieces} pieces. A remedy mends it: R1, or "
                 "spectral norm.",
    "covers": "{game}: at step {step} all {n_seeds} generators cover all {pieces} pieces.",
    "broken": "{game}: by step {step} the points of {n} of {n_seeds} generators are no numbers any "
              "more. A smaller learning rate mends it.",
    **names_of("game", GAME_NAMES),
}
DIMS = {
    **dict.fromkeys(("good", "covered", "effective", "distance", "generator_loss",
                     "discriminator_loss"), ("step", "game", "seed")),
    "shares": ("step", "game", "seed", "piece"),
    **dict.fromkeys(("real_good", "real_effective", "real_distance"), ("seed",)),
    "real": ("point", "xy"),
    "made": ("step", "game", "point", "xy"),
    "map": ("step", "game", "y", "x"),
    "lines": ("step", "game", "line", "place", "xy"),
    "arrows": ("step", "game", "arrow", "end", "xy"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    cells = [round(x, 4) for x in np.linspace(-EDGE, EDGE, CELLS).tolist()]
    return {
        "game": list(config.games), "seed": list(config.seeds), "y": cells, "x": cells,
        "piece": range(n_pieces(config.target)), "xy": ["x", "y"],
        "point": range(N_SHOWN), "line": range(2 * N_LINES), "place": range(N_PLACES),
        "arrow": range(N_ARROWS), "end": ["start", "end"],
    }
