"""Records the moving miniatures of the front door from real runs: `python -m devtools.miniatures`.

Nothing is computed for them when the page is opened: `explorer/miniatures.json` has the numbers
and, for each, the experiment and the settings that they come from, and of which sources. A test
trains them again where the sources are others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xarray

from core.concepts import find
from core.concepts.dqn.cartpole import START, advance, fell
from core.sources import ROOT, digest_of
from explorer.home import MINIATURES
from explorer.theme import Method
from pages.attention.styles import READS
from pages.bias_variance.styles import SQUARED_ERRORS
from pages.convolution.styles import NETS
from pages.dilated_convolution.styles import NETS as FIELDS
from pages.ensembles.styles import TREES
from pages.faster.styles import WAYS
from pages.gan.styles import GAMES
from pages.language_models.styles import USES
from pages.losses.styles import LOSSES
from pages.meta_learning.styles import NETS as LEARNERS_OF_CURVES
from pages.optimizers.styles import METHODS
from pages.recurrence.styles import CELLS
from pages.regularization.styles import FITS
from pages.representation.styles import SCALES as TOLD
from pages.self_supervised.styles import LEARNERS
from pages.skip_connections.styles import BLOCKS
from pages.transfer.styles import METHODS as STARTS
from pages.transformer.styles import PARTS
from pages.tuning.styles import INITS
from pages.vision_tasks.styles import NETS as TAUGHT

Numbers = dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """Where a miniature comes from.

    Attributes:
        experiment: Its name.
        settings: For each run those that are not the defaults.
        numbers: What of the runs is drawn, as `live/browser/miniatures.js` reads it.
    """

    experiment: str
    settings: tuple[Mapping[str, Any], ...]
    numbers: Callable[..., Numbers]


def _short(values: Any, digits: int) -> Any:
    """Numbers as a picture of 400 pixels needs them."""
    return (np.round(np.asarray(values, np.float64), digits) + 0.0).tolist()  # no -0.0


def _colors(*methods: Method) -> list[str]:
    return [method.color for method in methods]


RULES = ("sgd", "momentum", "rmsprop", "adam")
VALLEY = {"optimizers": RULES, "map": "off", "n_steps": 110}
TURN, CONDITION = 20, 100  # of the valley, by default


def _paths(run: xarray.Dataset) -> Numbers:
    """The ways of four rules down a valley whose heights are ellipses."""
    paths = run["position"].isel(seed=0).transpose("optimizer", "step", "xy")
    return {"kind": "paths", "x": [-10, 4.6], "y": [-5.6, 2.6], "colors":
            _colors(*(METHODS[rule] for rule in RULES)),
            "valley": {"turn": TURN, "ratio": CONDITION ** 0.5}, "paths": _short(paths, 2)}


def _errors(run: xarray.Dataset) -> Numbers:
    """Errors on the training images and on new ones, step by step."""
    share = [1 - run[name].sel(remedy="none").median("seed") for name in
             ("train_accuracy", "test_accuracy")]
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 0.95], "steps":
            run["step"].values.tolist(), "lines": _short(share, 3),
            "colors": _colors(FITS["training_error"], FITS["no_ridge"])}


def _fits(stiff: xarray.Dataset, wiggly: xarray.Dataset) -> Numbers:
    """What twenty data sets make of a line and of degree 12."""
    every = slice(None, None, 5)
    shown = [_short(np.clip(run["latest"].values[1:, every], -3, 3), 2) for run in (stiff, wiggly)]
    return {"kind": "fits", "y": [-1.9, 1.9], "fits": shown,
            "truth": _short(stiff["truth"].values[every], 2),
            "colors": _colors(SQUARED_ERRORS["fits"], SQUARED_ERRORS["truth"])}


MEMBERS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 40, 50)


def _border(run: xarray.Dataset) -> Numbers:
    """Which class a vote of more and more trees gives where, row by row as bits in hex."""
    said = run["surface"].sel(ensemble="bagging")
    maps = [np.packbits(said.sel(step=n).values > 0).tobytes().hex() for n in MEMBERS]
    points = run["points"].sel(label=[0, 1]).values
    shown = [_short(of[np.isfinite(of).all(-1)][:60], 2) for of in points]
    x, y = said["x"].values, said["y"].values
    return {"kind": "border", "size": [len(x), len(y)], "x": _short(x[[0, -1]], 2),
            "y": _short(y[[0, -1]], 2), "members": list(MEMBERS), "maps": maps, "points": shown,
            "colors": _colors(TREES["bagging"], TREES["adaboost"])}


PRACTICE = (0, 1000, 8000)
SIZES = (4, 64, 64, 2)  # of the agent's layers
LONGEST = 150  # steps, of which 50 are a second


def _pole(run: xarray.Dataset) -> Numbers:
    """An episode before practice, one soon after, and one at the end, all from one start."""
    start = np.random.default_rng(0).uniform(-START, START, 4)
    played = [_episode(run["weights"].sel(step=n).values[0], start) for n in PRACTICE]
    return {"kind": "pole", "after": list(PRACTICE), "episodes": [_short(e, 3) for e in played]}


def _episode(weights: np.ndarray, state: np.ndarray) -> list[np.ndarray]:
    """Place and angle of an agent that does what it thinks best, (steps, 2)."""
    seen = [state[[0, 2]]]
    while len(seen) <= LONGEST and not fell(state):
        left, right = _values(weights.astype(np.float64), state)
        state = advance(state, np.array(right > left))
        seen.append(state[[0, 2]])
    return seen


def _values(weights: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Q of both actions, from a net's weights one after the other."""
    at = 0
    for n, m in pairwise(SIZES):
        w, b = weights[at : at + n * m].reshape(m, n), weights[at + n * m : at + n * m + m]
        state, at = w @ state + b, at + n * m + m
        if m != SIZES[-1]:
            state = np.maximum(state, 0)
    return state


def _depths(run: xarray.Dataset) -> Numbers:
    """Error on the training images by depth, while all nets train."""
    errors = run["train_error"].median("seed").transpose("step", "variant", "depth")
    return {"kind": "depths", "depths": run["depth"].values.tolist(), "frames": _short(errors, 3),
            "colors": _colors(*(BLOCKS[key] for key in run["variant"].values))}


def _seeing(run: xarray.Dataset) -> Numbers:
    """Error on new images of a dense and a convolutional net, step by step."""
    nets = ("mlp_nine", "cnn")
    share = [run["test_error"].sel(net=net).median("seed") for net in nets]
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 1], "steps":
            run["step"].values.tolist(), "lines": _short(share, 3),
            "colors": _colors(*(NETS[net] for net in nets))}
def _starts(run: xarray.Dataset) -> Numbers:
    """Errors on new images from two starts, update by update on the few labels."""
    taught = run.isel(step=(run["target_step"].values >= 0))
    errors = taught["test_error"].isel(n_labels=0).median("seed")
    return {"kind": "curves", "x": [0, int(taught["target_step"][-1])], "y": [0, 0.95],
            "steps": taught["target_step"].values.astype(int).tolist(),
            "lines": [_short(errors.sel(variant=key), 3) for key in ("scratch", "fine_tune")],
            "colors": _colors(STARTS["scratch"], STARTS["fine_tune"])}


def _forgotten(run: xarray.Dataset) -> Numbers:
    """Share of wrong answers by the length of what is read, while all nets train."""
    errors = 1 - run["accuracy"].median("seed").transpose("step", "cell", "length")
    return {"kind": "depths", "depths": run["length"].values.tolist(), "frames": _short(errors, 3),
            "colors": _colors(*(CELLS[key] for key in run["cell"].values))}


READERS = {"cells": ("lstm_zero", "lstm"), "lags": ("5", "10", "20", "30"), "n_seeds": 1}

LONGEST_TRAINED = 9  # symbols


def _lengths(run: xarray.Dataset) -> Numbers:
    """Share of whole sequences right by length, while the nets train; to the longest trained."""
    trained = run["exact"].isel(seed=0).sel(length=slice(None, LONGEST_TRAINED))
    return {"kind": "depths", "depths": trained["length"].values.tolist(),
            "frames": _short(trained.transpose("step", "read", "length"), 3),
            "colors": _colors(*(READS[key] for key in run["read"].values))}


TWO_LOSSES = {"losses": ("cross_entropy", "softmax"), "rates": "shared", "n_seeds": 3}


def _pulled(run: xarray.Dataset) -> Numbers:
    """Error on new images by two losses at one rate, step by step."""
    share = run["test_error"].median("seed")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 1],
            "steps": run["step"].values.tolist(),
            "lines": [_short(share.sel(loss=key), 3) for key in run["loss"].values],
            "colors": _colors(*(LOSSES[key] for key in run["loss"].values))}


def _told(run: xarray.Dataset) -> Numbers:
    """Error on new rows of a net that is told raw numbers, and standardised ones."""
    errors = run["test_error"].sel(model="net_momentum").median("seed")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 0.85], "steps":
            run["step"].values.tolist(),
            "lines": [_short(errors.sel(scale=key), 3) for key in ("raw", "standardised")],
            "colors": _colors(TOLD["raw"], TOLD["standardised"])}


FROM_THE_START = {"inits": ("small", "xavier", "he"), "map": "off", "n_seeds": 3}


def _started(run: xarray.Dataset) -> Numbers:
    """Right answers on new images of nets with three starts, step by step."""
    right = run["accuracy"].median("seed")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 1], "steps":
            run["step"].values.tolist(),
            "lines": [_short(right.sel(init=key), 3) for key in run["init"].values],
            "colors": _colors(*(INITS[key] for key in run["init"].values))}


REPEATS = {"task": "repeats", "n_layers": 2, "n_steps": 300, "learning_rate": 0.006, "mlp": False,
           "n_heads": "1", "without": ("layers",), "n_seeds": 1, "seed": 1}


def _goes_on(run: xarray.Dataset) -> Numbers:
    """Right answers of one net with two layers and one with one, while they train."""
    right = run["right"].isel(seed=0)
    nets = ("layers", "whole")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 1], "steps":
            run["step"].values.tolist(),
            "lines": [_short(right.sel(net=key), 3) for key in nets],
            "colors": _colors(*(PARTS[key] for key in nets))}


def _filled(run: xarray.Dataset) -> Numbers:
    """How surprised GPT and BERT are by a word, while both train."""
    loss = run["loss"].median("seed")
    readers = ("causal", "masked")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 4.4], "steps":
            run["step"].values.tolist(),
            "lines": [_short(loss.sel(reader=key), 3) for key in readers],
            "colors": _colors(*(USES[key] for key in readers))}


FIFTEEN = {"lags": ("15",), "n_seeds": 1}


def _reaching(run: xarray.Dataset) -> Numbers:
    """Right answers about the symbol 15 places before of a plain and a dilated net."""
    right = run["right"].isel(seed=0, lag=0)
    nets = ("plain", "dilated")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 1], "steps":
            run["step"].values.tolist(),
            "lines": [_short(right.sel(net=key), 3) for key in nets],
            "colors": _colors(*(FIELDS[key] for key in nets))}


ISLANDS = {"n_steps": 1000}


def _collapsing(run: xarray.Dataset) -> Numbers:
    """How many islands two games' generators make, step by step."""
    kinds = [run["effective"].sel(game=game).median("seed") for game in ("non_saturating", "r1")]
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 8.4], "steps":
            run["step"].values.tolist(), "lines": _short(kinds, 2),
            "colors": _colors(GAMES["non_saturating"], GAMES["r1"])}


READIED = ("maml", "joint")
READY = {"nets": READIED, "n_seeds": 1}


def _ready(run: xarray.Dataset) -> Numbers:
    """Error on new curves after one step of two nets, update by update."""
    error = run["error"].sel(taken=1).isel(seed=0)
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 4.4], "steps":
            run["step"].values.tolist(),
            "lines": [_short(error.sel(net=key), 3) for key in READIED],
            "colors": _colors(*(LEARNERS_OF_CURVES[key] for key in READIED))}


ONE_BOX = {"nets": ("box",), "n_seeds": 1}


def _covering(zeros: xarray.Dataset, circular: xarray.Dataset) -> Numbers:
    """How well boxes cover shapes, with zeros around the maps and without a border."""
    found = [run["iou"].isel(seed=0, net=0) for run in (zeros, circular)]
    return {"kind": "curves", "x": [0, int(zeros["step"][-1])], "y": [0, 0.8],
            "steps": zeros["step"].values.tolist(), "lines": _short(found, 3),
            "colors": _colors(TAUGHT["box"], TAUGHT["both"])}


UNLABELLED = {"n_seeds": 3}


def _named(run: xarray.Dataset) -> Numbers:
    """New digits read right with one label each: by what views have taught, by labels alone."""
    right = run["accuracy"].sel(n_labels=1).median("seed")
    learners = ("simclr", "supervised")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 0.7], "steps":
            run["step"].values.tolist(),
            "lines": [_short(right.sel(learner=key), 3) for key in learners],
            "colors": _colors(*(LEARNERS[key] for key in learners))}


SENT = {"ways": ("few_bits", "memory"), "n_seeds": 3}


def _remembered(run: xarray.Dataset) -> Numbers:
    """Mistakes on new images where workers send two bits, and where they remember the rest."""
    errors = run["test_error"].median("seed").transpose("way", "step")
    return {"kind": "curves", "x": [0, int(run["step"][-1])], "y": [0, 0.95], "steps":
            run["step"].values.tolist(), "lines": _short(errors, 3),
            "colors": _colors(*(WAYS[key] for key in run["way"].values))}


RECORDINGS = {
    "optimizers": Recording("optimizers.surface", (VALLEY,), _paths),
    "regularization": Recording("regularization.remedies", ({"remedies": ("none",)},), _errors),
    "bias_variance": Recording("bias_variance.regression", tuple(
        {"degree": degree, "n_resamples": 20, "n_seeds": 1} for degree in (1, 12)), _fits),
    "ensembles": Recording("ensembles.growing", ({"methods": ("tree",), "n_seeds": 1},), _border),
    "dqn": Recording("dqn.understand", ({"variants": ("full",), "n_seeds": 1},), _pole),
    "skip_connections": Recording("skip_connections.depth", ({},), _depths),
    "convolution": Recording("convolution.pictures", (
        {"nets": ("cnn", "mlp_nine"), "n_seeds": 1, "n_steps": 150},), _seeing),
    "transfer": Recording("transfer.labels", ({"labels": ("5",)},), _starts),
    "self_supervised": Recording("self_supervised.pretrain", (UNLABELLED,), _named),
    "vision_tasks": Recording("vision_tasks.find", (
        ONE_BOX, {**ONE_BOX, "padding": "circular"}), _covering),
    "recurrence": Recording("recurrence.memory", (READERS,), _forgotten),
    "attention": Recording("attention.translate", (
        {"n_seeds": 1, "longest": LONGEST_TRAINED, "n_steps": 200},), _lengths),
    "transformer": Recording("transformer.parts", (REPEATS,), _goes_on),
    "language_models": Recording("language_models.objectives", ({"n_seeds": 1},), _filled),
    "dilated_convolution": Recording("dilated_convolution.reach", (FIFTEEN,), _reaching),
    "gan": Recording("gan.plane", (ISLANDS,), _collapsing),
    "meta_learning": Recording("meta_learning.sinusoids", (READY,), _ready),
    "losses": Recording("losses.classes", (TWO_LOSSES,), _pulled),
    "representation": Recording("representation.scale", (
        {"scales": ("raw", "standardised")},), _told),
    "tuning": Recording("tuning.signal", (FROM_THE_START,), _started),
    "faster": Recording("faster.workers", (SENT,), _remembered),
}


def sources_of(slug: str) -> str:
    """The digest of what a concept's miniature depends on: its experiment, colours, this file."""
    found = hashlib.sha256(digest_of(RECORDINGS[slug].experiment).encode())
    for path in (Path(__file__), ROOT / "explorer/theme.py", ROOT / f"pages/{slug}/styles.py"):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def recorded(slug: str) -> dict[str, Any]:
    """A concept's miniature, trained now."""
    how = RECORDINGS[slug]
    experiment = find(how.experiment)
    runs = [experiment.run(**settings) for settings in how.settings]
    origin = {"experiment": how.experiment, "settings": [dict(s) for s in how.settings],
              "sources": sources_of(slug)}
    return {**origin, **how.numbers(*runs)}


def main() -> None:
    lines = [f"{json.dumps(slug)}: {json.dumps(recorded(slug), separators=(',', ':'))}"
             for slug in RECORDINGS]
    MINIATURES.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{MINIATURES.name}: {MINIATURES.stat().st_size} bytes")


if __name__ == "__main__":
    main()
