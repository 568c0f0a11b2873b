"""What the lab of signals teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.tuning.signal import GUESS, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config(map="off")
BATCH = Config(map="off", norm="batch")
LAYER = Config(map="off", norm="layer")
TANH = Config(map="off", activation="tanh")
SHALLOW = Config(map="off", depth=3)
ZEROS = Config(map="off", inits=("zeros", "he"), norm="batch")
FUNNEL = Config(inits=("he",))
LEARNED = 0.6
"""Share right from which on a net has learned to read digits."""

PRESETS = (
    Preset(
        "Explode, vanish, just right", Config(),
        "Five starts of the same eight layers. Look at the signal before the first update: which "
        "nets will learn?",
        ("he_keeps", "xavier_fades", "start_predicts", "xavier_learns"),
    ),
    Preset(
        "Every depth, every scale", FUNNEL,
        "A net of 1, 2, 4, 8 and 16 hidden layers for each scale of the weights. How exact must "
        "the scale be?",
        ("funnel",),
    ),
    Preset(
        "Batch norm rescues", BATCH,
        "The same starts, with batch norm before every activation. Whom does it rescue?",
        ("batch_norm_rescues", "large_stays_behind"),
    ),
    Preset(
        "Layer norm does not", LAYER,
        "Now with layer norm. It normalises, too: does it rescue the same starts?",
        ("layer_norm_does_not",),
    ),
    Preset(
        "Nothing breaks the tie", ZEROS,
        "All weights are zero, and batch norm is on. What comes back to the first layer?",
        ("nothing_rescues_zeros",),
    ),
    Preset(
        "He for tanh", TANH,
        "The rule says: Xavier for tanh, He for ReLU. How much worse is He for tanh?",
        ("he_is_fine_for_tanh",),
    ),
    Preset(
        "Three layers forgive", SHALLOW,
        "Only three hidden layers. Does it still matter whether one takes Xavier's scale or He's?",
        ("shallow_forgives",),
    ),
)


def _end(h: xarray.Dataset, init: str) -> np.ndarray:
    """The share of new images that is right at the last step, (seed,)."""
    return h["accuracy"].sel(init=init).isel(step=-1).values


def _kept(h: xarray.Dataset, init: str) -> np.ndarray:
    """Activations of the last hidden layer over those of the first, before training, (seed,)."""
    first = h["first_activation"].sel(init=init)
    return (first.isel(layer=-1) / first.isel(layer=0)).values


def _he_keeps(h: xarray.Dataset) -> np.ndarray:
    return (_kept(h, "he") > 1 / 4) & (_kept(h, "he") < 4)


def _xavier_fades(h: xarray.Dataset) -> np.ndarray:
    return _kept(h, "xavier") < 1 / 4


def _start_predicts(h: xarray.Dataset) -> np.ndarray:
    balance = h["balance"]
    good = np.abs(balance) < 3  # (init, seed); zeros have none
    learned = h["accuracy"].isel(step=-1) >= LEARNED
    return (good == learned).all("init").values


def _xavier_learns(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "xavier") >= LEARNED) & (_end(h, "xavier") < _end(h, "he"))


def _batch_rescues(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "small") >= 0.7) & (_end(h, "large") >= 0.7)


def _large_behind(h: xarray.Dataset) -> list[bool]:
    return [bool(_end(h, "he").mean() - _end(h, "large").mean() > 0.02)]


def _layer_does_not(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "small") < 0.35


def _zeros(h: xarray.Dataset) -> np.ndarray:
    nothing = h["gradient"].sel(init="zeros").isnull().all(("step", "layer")).values
    return nothing & (_end(h, "zeros") < GUESS)


def _tanh(h: xarray.Dataset) -> list[bool]:
    return [bool(abs(_end(h, "he").mean() - _end(h, "xavier").mean()) < 0.02)]


def _shallow(h: xarray.Dataset) -> list[bool]:
    return [bool(abs(_end(h, "he").mean() - _end(h, "xavier").mean()) < 0.02)]


def _funnel(h: xarray.Dataset) -> list[bool]:
    learned = (h["mapped"].isel(step=-1) >= LEARNED).sum("gain")
    return [bool(learned.sel(n_layers=2) >= 8 and learned.sel(n_layers=16) <= 2
                 and learned.sel(n_layers=8) <= 4)]


CLAIMS = (
    Claim(
        "start_predicts",
        "Before training it is to be seen who will learn. Nets whose first hidden layer gets "
        "between a thousandth of the last one's gradient and a thousand times as much end with "
        "more than 60 % right, all others with less.",
        (START,), _start_predicts, share=0.85, source="Glorot & Bengio 2010",
    ),
    Claim(
        "he_keeps",
        "He's start keeps the signal through eight ReLU layers: in the last one activations are "
        "within a factor of four of those in the first.",
        (START,), _he_keeps, share=0.85, source="He et al. 2015",
    ),
    Claim(
        "xavier_fades",
        "With ReLU, Xavier's start lets the signal fade: in the eighth layer less than a quarter "
        "of the first one's is left.",
        (START,), _xavier_fades, share=0.9, source="He et al. 2015",
    ),
    Claim(
        "xavier_learns",
        "A faded signal is no end: Xavier's start learns, too, over 60 % right; and less than "
        "He's, each at its own good rate.",
        (START,), _xavier_learns, share=0.75,
    ),
    Claim(
        "funnel",
        "The deeper the net, the more exact its scale must be: with two hidden layers at least "
        "eight of nine scales learn, with eight at most four, with sixteen at most two.",
        (FUNNEL,), _funnel, over="group", share=0.75,
    ),
    Claim(
        "batch_norm_rescues",
        "With batch norm tiny and large weights learn as well: over 70 % right.",
        (BATCH,), _batch_rescues, share=0.85, source="Ioffe & Szegedy 2015",
    ),
    Claim(
        "large_stays_behind",
        "Batch norm does not make the start irrelevant: large weights end more than two points "
        "behind He's, on average over seeds, each at its own good rate.",
        (BATCH,), _large_behind, over="group", share=0.75,
    ),
    Claim(
        "layer_norm_does_not",
        "Layer norm does not rescue tiny weights: these nets stay below 35 %.",
        (LAYER,), _layer_does_not, share=0.9,
    ),
    Claim(
        "nothing_rescues_zeros",
        "Nothing rescues zeros, batch norm included: no gradient ever reaches a hidden layer, and "
        "the nets guess.",
        (ZEROS,), _zeros, share=0.9,
    ),
    Claim(
        "he_is_fine_for_tanh",
        "For tanh He's start is as good as Xavier's: within two points, on average over seeds.",
        (TANH,), _tanh, over="group", share=0.75,
    ),
    Claim(
        "shallow_forgives",
        "With three hidden layers Xavier's start and He's end within two points of each other, on "
        "average over seeds.",
        (SHALLOW,), _shallow, over="group", share=0.75,
    ),
)
