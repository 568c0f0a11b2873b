"""The next update, slowly: of some weights the gradient, what Adam makes of it, and their step.

A lab trains a race as far as it was asked to. Then `next_update` makes one update more, the one
that the race makes next, and keeps what went into it; `slowly` makes a frame of each of its parts.

    places = positions(net.shapes, "query")[0, :N_WEIGHTS]
    yield from slowly(next_update(race, *batch, places, rate_factor))

Whose weights these are, a lab says with a sentence of its own for the note `WHICH`.

Papers: Kingma & Ba 2015, algorithm 1 (Adam); Pascanu et al. 2013, algorithm 1 (clipping).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.config import Config
from core.experiment import Claim
from core.lazy import torch
from core.stacked.race import Block, Race
from core.stacked.rules import RULES, Updater
from core.stacked.traced import Shapes, views
from core.training import Measured
from core.words import Note

if TYPE_CHECKING:
    import xarray
    from torch import Tensor

N_WEIGHTS = 6
"""So many are followed, at most."""
N_SOME = 150
"""Of all weights so many are shown beside them, evenly over the net."""
QUANTITIES = ("weight", "gradient", "clipped", "decayed", "mean", "squares", "ratio", "move",
              "after")
"""What an update makes, one after the other, each in a sub-step of its own; "clipped" and "decayed"
only where the rule clips, or has a penalty."""
WHICH = "update_weight"
"""The key of the note that says which weights these are, with `{at}` for the updates before."""


def positions(shapes: Shapes, name: str) -> np.ndarray:
    """Where the numbers of a parameter lie in a model's row, in its shape."""
    n = sum(int(np.prod(shape)) for shape in shapes.values())
    return views(shapes, torch.arange(n)[None])[name][0].numpy()


@dataclass(frozen=True)
class Taken:
    """What an update of Adam did in K models.

    Attributes:
        t: Which of the updates it was, from 1 on.
        n: How many weights a model has.
        found: By name of `QUANTITIES`, of the weights that are followed, (K, n) each; "weight" and
            "after" are the models' own, and the others lead from one to the other.
        before: What it remembered, alike: "mean" and "squares".
        some: "gradient" and "move" of some weights of the whole net, (K, N_SOME).
        c: By name Adam's coefficients, and the learning rate of this update; of each model, (K,).
        norm: Of the whole gradient, (K,).
    """

    t: int
    n: int
    found: Mapping[str, np.ndarray]
    before: Mapping[str, np.ndarray]
    some: Mapping[str, np.ndarray]
    c: Mapping[str, np.ndarray]
    norm: np.ndarray

    def of(self, rows: slice) -> Taken:
        """Some of the models."""
        found, before, some, c = ({name: a[rows] for name, a in part.items()}
                                  for part in (self.found, self.before, self.some, self.c))
        return Taken(self.t, self.n, found, before, some, c, self.norm[rows])

    @property
    def quantities(self) -> list[str]:
        """Those that it has."""
        return quantities(clips=bool(np.isfinite(self.c["clip"]).any()),
                          decays=bool(self.c["l2"].any()))


def quantities(*, clips: bool, decays: bool = False) -> list[str]:
    """What an update makes, one after the other."""
    left_out = {name for name, there in (("clipped", clips), ("decayed", decays)) if not there}
    return [name for name in QUANTITIES if name not in left_out]


def next_update(
    race: Race | Block, x: Tensor, y: Tensor, places: np.ndarray, rate_factor: float = 1.0
) -> Taken:
    """Makes a race's next update, as `Race.step` does, and says what it did.

    Args:
        race: With Adam.
        x, y: As for `Race.step`.
        places: Which weights are followed, (n,), or (K, n) where each model has others.
        rate_factor: Scales the learning rate.
    """
    # The race keeps its blocks and rules to itself. They are looked at here and nowhere else.
    blocks = race._blocks if isinstance(race, Race) else [race]
    taken: list[Taken] = []
    for block in blocks:
        block.stack.gradients(block.take(x), block.take(y))
        for (p, g), (updater, _) in zip(block.stack.parts, block._updates, strict=True):
            done = sum(len(of_others.norm) for of_others in taken)
            own = places if places.ndim == 1 else places[done : done + len(p)]
            taken.append(taken_by(updater, p, g, own, rate_factor))
    return _joined(taken)


def taken_by(
    updater: Updater, p: Tensor, g: Tensor, places: np.ndarray, rate_factor: float = 1.0
) -> Taken:
    """An update of parameters (K, P), along gradients that are known already.

    Args:
        updater: Whose rule is Adam for all of them.
        p: Its parameters, moved in place.
        g: Their gradients.
        places: Which weights are followed, (n,) or (K, n).
    """
    shown = np.broadcast_to(places, (len(p), places.shape[-1]))
    some = np.linspace(0, p.shape[1] - 1, N_SOME).astype(int)
    at = torch.from_numpy(np.concatenate([shown, np.tile(some, (len(p), 1))], 1))

    def watched(a: Tensor) -> np.ndarray:
        return a.gather(1, at).double().numpy()

    def remembered(i: int) -> np.ndarray:
        return watched(torch.cat([group.slots[i] for group in updater._groups]))

    assert all(group.rule is RULES["adam"] for group in updater._groups)
    with torch.inference_mode():
        norm = g.norm(dim=1).double().numpy()
        weight, gradient = watched(p), watched(g)
        before = {"mean": remembered(0), "squares": remembered(1)}
        updater.step(g, rate_factor)
        c = {name: np.concatenate([group.c[name][:, 0].double().numpy()
                                   for group in updater._groups])
             for name in ("learning_rate", "clip", "l2", "beta1", "beta2", "eps")}
        found = {"weight": weight, "gradient": gradient, "decayed": watched(g),
                 "mean": remembered(0), "squares": remembered(1), "after": watched(p)}
    c["learning_rate"] = c["learning_rate"] * rate_factor
    found["clipped"] = found["decayed"] - c["l2"][:, None] * weight
    part1, part2 = (1 - c[beta][:, None] ** updater.t for beta in ("beta1", "beta2"))
    found["ratio"] = found["mean"] / part1 / (
        np.sqrt(found["squares"] / part2) + c["eps"][:, None])
    found["move"] = -c["learning_rate"][:, None] * found["ratio"]
    n = shown.shape[1]
    return Taken(
        updater.t, p.shape[1], {name: a[:, :n] for name, a in found.items()},
        {name: a[:, :n] for name, a in before.items()},
        {name: found[name][:, n:] for name in ("gradient", "move")}, c, norm,
    )


class Watching(Updater):
    """An updater whose last update can be looked at, to be put in the place of another one.

    Args:
        updater: The one that makes the updates.
        p: Its parameters.
        places: As in `taken_by`.

    Attributes:
        taken: What the last update did.
    """

    taken: Taken

    def __init__(self, updater: Updater, p: Tensor, places: np.ndarray) -> None:
        self._updater, self._p, self._places = updater, p, places

    def step(self, g: Tensor, rate_factor: float = 1.0) -> None:
        self.taken = taken_by(self._updater, self._p, g, self._places, rate_factor)


class HasUpdater(Protocol):
    """Nets that are no race: with parameters, and an updater that they keep to themselves."""

    p: Tensor
    _updater: Updater


def watch(nets: HasUpdater, places: np.ndarray) -> Watching:
    """Looks at the updates of such nets from now on; it changes none."""
    nets._updater = watching = Watching(nets._updater, nets.p, places)
    return watching


def _joined(parts: Sequence[Taken]) -> Taken:
    """Models after models."""
    def together(name: str) -> dict[str, np.ndarray]:
        return {key: np.concatenate([getattr(part, name)[key] for part in parts])
                for key in getattr(parts[0], name)}

    return Taken(parts[0].t, parts[0].n, together("found"), together("before"), together("some"),
                 together("c"), np.concatenate([part.norm for part in parts]))


# --- sub-step by sub-step ----------------------------------------------------------------


def slowly(taken: Taken, **values: Any) -> Generator[tuple[int, Callable[[], Measured]], Any, None]:
    """An update, a part of it in each frame: for `train` to yield from.

    Args:
        values: What the lab's own sentence about the weights needs.
    """
    for i in range(len(taken.quantities)):
        def measure(i: int = i) -> Measured:
            return _frame(taken, i), [_note(taken, i, values)]

        yield i, measure


def _frame(taken: Taken, i: int) -> dict[str, np.ndarray]:
    """What there is after the i-th sub-step: `DIMS`."""
    names = taken.quantities
    found = np.stack([taken.found[name] for name in names])  # (quantity, K, weight)
    largest = np.abs(found[:, 0]).max(1, keepdims=True)
    shade = found[:, 0] / np.where(largest > 0, largest, 1)
    place = np.broadcast_to(np.arange(1.0 * shade.shape[1]), shade.shape).copy()
    for a in (found, shade, place):
        a[i + 1 :] = np.nan
    share = taken.some["move"][0] / taken.c["learning_rate"][0]
    if "move" not in names[: i + 1]:
        share = np.full_like(share, np.nan)
    arrays = {"update": found.transpose(0, 2, 1), "update_shade": shade, "update_place": place,
              "some_gradient": taken.some["gradient"][0], "some_move": share}
    return {name: a.astype(np.float32) for name, a in arrays.items()}


def _note(taken: Taken, i: int, values: Mapping[str, Any]) -> Note:
    """What a sub-step does in the first model, with the numbers of the weight that goes farthest.
    """
    name, t = taken.quantities[i], taken.t
    k = int(np.abs(taken.found["move"][0]).argmax())
    numbers = {key: a[0, k] for key, a in taken.found.items()}
    numbers |= {f"{key}_before": a[0, k] for key, a in taken.before.items()}
    numbers["used"] = numbers["decayed"]
    c, norm = {key: a[0] for key, a in taken.c.items()}, taken.norm[0]
    said = {key: short(number) for key, number in numbers.items()}
    said |= {f"in_{key}": bracketed(number) for key, number in numbers.items()}
    said |= {
        **{key: short(numbers[key], 4) for key in ("weight", "after")},
        "at": str(t - 1), "t": str(t), "n": str(taken.n), "k": str(k + 1),
        "rate": short(c["learning_rate"]), "norm": short(norm), "clip": short(c["clip"]),
        "l2": short(c["l2"]), "beta1": short(c["beta1"]), "beta2": short(c["beta2"]),
        "rest1": short(1 - c["beta1"]), "rest2": short(1 - c["beta2"]),
        "part1": short(1 - c["beta1"] ** t), "part2": short(1 - c["beta2"] ** t),
    }
    keys = {"clipped": "clipped" if norm > c["clip"] else "unclipped",
            "ratio": "ratio" if t > 1 else "first_ratio"}
    return Note(f"update_{keys.get(name, name)}", {**said, **values})


def short(value: float, digits: int = 3) -> str:
    """So many digits that count."""
    return f"{value + 0.0:.{digits}g}".replace("-", "−")  # no minus before a zero


def bracketed(value: float) -> str:
    """As it stands within a sum or a product."""
    return f"({short(value)})" if value < 0 else short(value)


NOTES = {
    "update_gradient": "The next batch goes through the net, and its loss back. The gradient says "
                       "by how much the loss grows per unit of each weight; that of weight {k} is "
                       "{gradient}.",
    "update_clipped": "The gradient of all {n} weights together is {norm} long, longer than "
                      "{clip}: all of it is made shorter. Of weight {k} is left: {gradient} × "
                      "{clip} / {norm} = {clipped}.",
    "update_unclipped": "The gradient of all {n} weights together is {norm} long, no longer than "
                        "{clip}: it stays as it is.",
    "update_decayed": "Weight decay adds {l2} of each weight to its gradient: {clipped} + {l2} × "
                      "{in_weight} = {decayed}.",
    "update_mean": "Adam does not follow this gradient alone but a mean: it keeps {beta1} of what "
                   "it had and takes {rest1} of the new one. {beta1} × {in_mean_before} + {rest1} "
                   "× {in_used} = {mean}.",
    "update_squares": "Beside it a mean of the squares, which says how large gradients usually are "
                      "here: {beta2} × {squares_before} + {rest2} × ({used})² = {squares}.",
    "update_ratio": "Both began at 0. By update {t} the mean holds {part1} of what it should, the "
                    "squares {part2}: divided by that, the mean over the root of the squares is "
                    "({mean} / {part1}) / √({squares} / {part2}) = {ratio}.",
    "update_first_ratio": "Both began at 0 and hold {part1} and {part2} of what they should: "
                          "divided by that, the mean over the root of the squares is gradient over "
                          "gradient, {ratio}.",
    "update_move": "The step of weight {k} is that, times the learning rate {rate}, downhill: "
                   "−{rate} × {in_ratio} = {move}. Had all gradients been twice as large, it would "
                   "be the same.",
    "update_after": "So after the next step weight {k} is {weight} + {in_move} = {after}.",
}
"""All but `WHICH`."""

DIMS = {
    "update": ("step", "quantity", "weight", "seed"),
    "update_shade": ("step", "quantity", "weight"),
    "update_place": ("step", "quantity", "weight"),
    "some_gradient": ("step", "some"),
    "some_move": ("step", "some"),
}
"""Of the weights that are followed the values, these as shares of the largest of a quantity, and
where they stand in a row; and of some weights of the whole net how far each goes, as a share of the
learning rate."""


def coords(names: Sequence[str], n_weights: int) -> dict[str, list[Any]]:
    """Labels of `DIMS`, for `quantities` and so many weights."""
    return {"quantity": list(names), "weight": list(range(1, n_weights + 1)),
            "some": list(range(N_SOME))}


# --- what it teaches ---------------------------------------------------------------------


def claim_of(config: Config) -> Claim:
    """What every lab can say of such an update.

    Args:
        config: Of the lab, that shows it.
    """
    return Claim(
        "update_adds_up",
        "The next step of a weight is the learning rate times the mean of its gradients over the "
        "root of the mean of their squares, both corrected for their start at 0: computed in that "
        "way, it leads from the weight as it is to the weight as it is next.",
        (config,), _adds_up, share=0.9, source="Kingma & Ba 2015",
    )


def _adds_up(h: xarray.Dataset) -> np.ndarray:
    """Per seed; the weights are the nets' own, before and after."""
    last = h["update"].isel(step=-1)
    weight, move, after = (last.sel(quantity=name).transpose("seed", "weight").values
                           for name in ("weight", "move", "after"))
    return np.isclose(weight + move, after, rtol=1e-5, atol=1e-7).all(1)
