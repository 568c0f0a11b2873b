"""One member slowly: a bootstrap sample and the tree fitted to it, or a round of reweighting.

An ensemble grows as in the lab *Growing*; its next member is then made a part at a time.

Papers: Breiman 1996, section 1 (bagging); Zhu et al. 2009, algorithm 2 (SAMME, which for two
classes is Freund & Schapire's AdaBoost).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.concepts.ensembles import growing
from core.concepts.ensembles.data import PLANE, Sample, sample
from core.concepts.ensembles.growing import CELLS, FULL_VOTE, Growth
from core.concepts.ensembles.methods import METHOD_NAMES, AdaBoost
from core.config import Config as BaseConfig
from core.config import setting
from core.training import Algorithm, Measured, recorded
from core.words import Note

BOOTSTRAP = ("before", "drawn", "fitted", "joined")
BOOSTING = ("weights", "stump", "error", "say", "reweighted", "next")
NUMBERS = ("left_out", "changed", "error", "say", "wrong_after")
"""Share of the points that were not drawn; of the plane where the ensemble changed its mind; the
member's weighted error, its say, and the weight of what it got wrong after the round."""


class Config(BaseConfig):
    """Whose next member, and on what it is fitted."""

    method: Literal["bagging", "forest", "adaboost"] = setting(
        "bagging", "The ensemble that gets one more member",
        names={name: METHOD_NAMES[name] for name in ("bagging", "forest", "adaboost")},
    )
    at: int = setting(3, "Members before it", ge=0, le=100, unit="members", label="After")
    data: Literal["moons", "circles"] = setting(
        "moons", "The set to classify", names={"moons": "Moons", "circles": "Circles"},
    )
    n_samples: int = setting(60, "Training points", ge=50, le=500, step=10, unit="points")
    noise: float = setting(
        0.3, "Standard deviation of the points around their moon or circle", ge=0, le=0.5, step=0.05
    )
    flip: float = setting(
        0.0, "Share of the training labels that are wrong", ge=0, le=0.4, step=0.05,
        label="Label noise",
    )
    max_depth: int | None = setting(
        None, "Of the trees that vote; empty: until every leaf is pure", ge=1, le=12, step=1,
        group="Members",
    )
    boosting_depth: int = setting(1, "Of AdaBoost's trees", ge=1, le=6, group="Members")
    learning_rate: float = setting(
        1.0, "Share of each new member that AdaBoost adds", ge=0.05, le=1, log=True,
        group="Members",
    )
    subsample: float = setting(
        1.0, "Points drawn for a member, as a share of the training set", ge=0.1, le=1, step=0.05,
        group="Members",
    )
    n_seeds: int = setting(
        1, "Training sets; the first one is drawn", ge=1, le=16, unit="seeds", group="Seeds"
    )
    seed: int = setting(0, "The first seed: data and members", ge=0, le=9999, group="Seeds")


def lab_config(config: Config) -> growing.Config:
    """The lab in which this ensemble grows alone."""
    same = {name: getattr(config, name) for name in growing.Config.model_fields
            if name in Config.model_fields}
    return growing.Config(**same, watch=config.method, methods=())


def sub_steps(config: Config) -> tuple[str, ...]:
    """What happens, one after the other; each is the key of its note."""
    return BOOSTING if config.method == "adaboost" else BOOTSTRAP


@dataclass(frozen=True)
class Member:
    """What the next member of S ensembles is made of.

    Attributes:
        used: How often each point was drawn, or its weight with mean 1, (S, n).
        used_after: After the round, where weights change; else the same.
        wrong: Which points the member gets wrong, (S, n).
        before, after: The ensemble's share of votes for class 1 over the plane, (S, cells).
        vote, vote_next: The member's own, and that of the one after it, from -1 to 1, alike.
        say: Its weight in the vote, (S,).
    """

    used: np.ndarray
    used_after: np.ndarray
    wrong: np.ndarray
    before: np.ndarray
    after: np.ndarray
    vote: np.ndarray
    vote_next: np.ndarray
    say: np.ndarray


def next_member(config: Config, samples: list[Sample]) -> Member:
    """Grows the ensembles as the lab does, and then by one more member."""
    growth = Growth(lab_config(config), config.method, samples)
    for t in range(1, config.at + 1):
        growth.step(t)
    ensemble, n, plane = growth.ensemble, config.n_samples, slice(growth.test.stop, None)
    before = ensemble.share()[:, plane, 1] if config.at else np.full((len(samples), CELLS**2), 0.5)
    ensemble.grow()
    used, votes, after = ensemble.used.copy(), ensemble.votes, ensemble.share()[:, plane, 1]
    used_after = ensemble.weights * n if isinstance(ensemble, AdaBoost) else used
    if config.method != "adaboost":
        used = np.rint(used * round(n * config.subsample) / n)  # times drawn
    wrong = votes[:, :n].argmax(2) != growth.labels  # as AdaBoost counts it
    say, vote = votes[:, 0].sum(1), _signed(votes[:, plane])
    ensemble.grow()
    return Member(used, used_after, wrong, before, after, vote, _signed(ensemble.votes[:, plane]),
                  say)


def _signed(votes: np.ndarray) -> np.ndarray:
    """Between -1 (class 0) and 1 (class 1), as a share of the strongest."""
    signed = votes[..., 1] - votes[..., 0]
    return signed / np.maximum(np.abs(signed).max(1, keepdims=True), 1e-12)


def steps(config: Config) -> range:
    """Those of the frames."""
    return range(len(sub_steps(config)))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The ensemble as the lab grows it, then its next member, a part at a time."""
    samples = [sample(lab_config(config), seed) for seed in config.seeds]
    member = next_member(config, samples)
    numbers = numbers_of(config, member)

    def measure() -> Measured:
        return _frame(config, samples[0], member, numbers, t), [_note(config, member, numbers, t)]

    for t in steps(config):
        yield t, measure


def numbers_of(config: Config, member: Member) -> dict[str, np.ndarray]:
    """By name of `NUMBERS`, (S,); NaN where the method has none."""
    none = np.full(config.n_seeds, np.nan)
    found = dict.fromkeys(NUMBERS, none) | {
        "changed": ((member.before > 0.5) != (member.after > 0.5)).mean(1)}
    if config.method != "adaboost":
        return found | {"left_out": (member.used == 0).mean(1)}
    error, after = (np.average(member.wrong, axis=1, weights=used)
                    for used in (member.used, member.used_after))
    return found | {"error": error, "say": member.say, "wrong_after": after}


def _frame(
    config: Config, first: Sample, member: Member, numbers: Mapping[str, np.ndarray], t: int
) -> dict[str, np.ndarray]:
    """What there is at the t-th sub-step: of the first seed, but for the numbers."""
    step, boosting = sub_steps(config)[t], config.method == "adaboost"
    joined = step in ("joined", "say", "reweighted", "next")
    used = member.used_after if step in ("reweighted", "next") else member.used
    if step == "before":
        used = np.ones_like(used)
    fitted = t >= (1 if boosting else 2)
    vote = member.vote_next if step == "next" else member.vote * fitted
    wrong = member.wrong[0] & (fitted and step != "next")
    by_label = np.where(first.y[None, :, None] == np.arange(2)[:, None, None], first.x, np.nan)
    arrays = {
        "points": by_label, "used": used[0], "wrong_used": np.where(wrong, used[0], np.nan),
        "missed": np.where(wrong[:, None], first.x, np.nan),
        "numbers": np.stack([numbers[name] for name in NUMBERS]),
    }
    maps = {"surface": 2 * (member.after if joined else member.before)[0] - 1,
            "member_surface": vote[0]}
    return ({name: a.astype(np.float32) for name, a in arrays.items()}
            | {name: (m * FULL_VOTE).round().astype(np.int8).reshape(CELLS, CELLS)
               for name, m in maps.items()})


def _note(config: Config, member: Member, numbers: Mapping[str, np.ndarray], t: int) -> Note:
    """What this sub-step does to the ensemble of the first seed, with its numbers."""
    used, n = member.used[0], config.n_samples
    key = sub_steps(config)[t]
    if config.method == "adaboost" and not 0 < numbers["error"][0] < 0.5:
        key = "ended"  # by a perfect member, or one that is no better than chance
    return Note(key, {
        "at": config.at, "n": n, "drawn": round(n * config.subsample),
        "once": int((used == 1).sum()), "more": int((used > 1).sum()),
        "never": int((used == 0).sum()), "wrong": int(member.wrong[0].sum()),
        "wrong_left_out": int((member.wrong[0] & (used == 0)).sum()),
        "changed": f"{numbers['changed'][0]:.1%}", "heaviest": f"{used.max():.3g}",
        "error": f"{numbers['error'][0]:.3g}", "say": f"{numbers['say'][0]:.3g}",
        "times": f"{np.exp(numbers['say'][0]):.3g}", "rate": f"{config.learning_rate:.3g}",
        "wrong_after": f"{numbers['wrong_after'][0]:.3g}",
    })


NOTES = {
    "before": "{at} trees have voted so far, on {n} training points. Each tree gets a sample of "
              "its own.",
    "drawn": "{drawn} draws with replacement: {once} points came once, {more} more than once, and "
             "{never} not at all.",
    "fitted": "A tree is fitted to what was drawn. It gets {wrong} of the {n} points wrong, "
              "{wrong_left_out} of them among those that it never saw.",
    "joined": "Its votes join those of the {at} before it. The ensemble now decides otherwise on "
              "{changed} of the plane.",
    "weights": "After {at} rounds each point has a weight. The heaviest counts {heaviest} times "
               "the mean.",
    "stump": "A tree is fitted to the weighted points. It gets {wrong} of {n} wrong.",
    "error": "Its weighted error is the weight of those: {error}.",
    "say": "Its say in the vote is {rate} × log((1 - {error}) / {error}) = {say}. Its votes join "
           "the others.",
    "reweighted": "What it got wrong counts e^{say} = {times} times as much, then all weights sum "
                  "to 1 again: its own error would now be {wrong_after}.",
    "next": "The next tree is fitted to the new weights.",
    "ended": "AdaBoost ended here: its last member got nothing wrong, or was no better than "
             "chance. Choose fewer members before, or more noise.",
}

DIMS = {
    "points": ("label", "point", "xy"), "used": ("step", "point"),
    "wrong_used": ("step", "point"), "missed": ("step", "point", "xy"),
    "numbers": ("step", "number", "seed"),
    "surface": ("step", "y", "x"), "member_surface": ("step", "y", "x"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    x, y = (np.linspace(*ends, CELLS).tolist() for ends in PLANE)
    return {"label": [0, 1], "point": list(range(config.n_samples)), "xy": ["x", "y"],
            "number": list(NUMBERS), "seed": list(config.seeds), "x": x, "y": y}
