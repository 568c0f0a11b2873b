"""What the lab of captions teaches: scenarios, and the checks of its sentences.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.captions import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
FIRST = Config(nets=("nic",))
AT_ONCE = Config(nets=("nic", "at_once"))
EITHER = Config(nets=("attend_after", "at_once_after"), either=True)


def end(h: xarray.Dataset, array: str, net: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(net=net).isel(step=-1).values


PRESETS = (
    Preset(
        "Classes first, then words", DEFAULT,
        "Two nets look at the picture again for each word. One of them has learned before to name "
        "single shapes. What is that worth for whole sentences?",
        ("classes_help", "looking_helps", "looks_at_what_it_names"),
    ),
    Preset(
        "Fluent, and wrong", FIRST,
        "A net that has the picture as its first state soon speaks without a mistake of grammar. "
        "How many of its sentences are true?",
        ("fluent_and_wrong", "words_mislead"),
    ),
    Preset(
        "All words at once", AT_ONCE,
        "One net says a word after the other, and each depends on those before. The other one says "
        "all five at once, from the same maps. Whose sentences are true more often?",
        ("one_by_one_loses",),
    ),
    Preset(
        "Either shape first", EITHER,
        "Two sentences are true of every picture. Nets learn from either one, as it comes. What "
        "does it do to a count that takes only one of them?",
        ("strict_count",),
    ),
)


def _fluent(h: xarray.Dataset) -> np.ndarray:
    return np.asarray((end(h, "well_formed", "nic") > 0.95) & (end(h, "true", "nic") < 0.1))


def _words(h: xarray.Dataset) -> np.ndarray:
    return np.greater(end(h, "words", "nic"), end(h, "true", "nic") + 0.25)


def _look(h: xarray.Dataset) -> np.ndarray:
    return np.greater(end(h, "true", "attend"), end(h, "true", "nic"))


def _help(h: xarray.Dataset) -> np.ndarray:
    return np.greater(end(h, "true", "attend_after"), end(h, "true", "attend") + 0.08)


def _on_named(h: xarray.Dataset) -> np.ndarray:
    chance = h["near_share"].isel(step=-1).values
    return np.greater(end(h, "on_named", "attend_after"), chance + 0.1)


def _at_once(h: xarray.Dataset) -> np.ndarray:
    return np.greater(end(h, "true", "at_once"), end(h, "true", "nic") + 0.03)


def _strict(h: xarray.Dataset) -> np.ndarray:
    return np.less(end(h, "same", "attend_after"), 0.8 * end(h, "true", "attend_after"))


CLAIMS = (
    Claim(
        "fluent_and_wrong",
        "A net that has the picture as its first state says well-formed sentences in more than "
        "95 % of new pictures, and true ones in fewer than 10 %: a caption can be fluent and "
        "wrong.",
        (FIRST,), _fluent,
    ),
    Claim(
        "words_mislead",
        "Of the same net's words at least 25 points more are right than of its sentences are true.",
        (FIRST,), _words,
    ),
    Claim(
        "looking_helps",
        "A net that looks at the picture again for each word says more true sentences.",
        (DEFAULT,), _look,
    ),
    Claim(
        "classes_help",
        "If its trunk has learned to name single shapes before, a net that looks says at least "
        "eight points more true sentences after as many steps.",
        (DEFAULT,), _help, share=0.85,
    ),
    Claim(
        "looks_at_what_it_names",
        "For size and shape of either one, a net that looks, and knows classes, has at least ten "
        "points more of its look on the shape in question than there are places.",
        (DEFAULT,), _on_named, share=0.85, source="Xu et al. 2015, from another measurement",
    ),
    Claim(
        "one_by_one_loses",
        "Where the order of the shapes is fixed, a net that says all words at once, from the same "
        "maps, says at least three points more true sentences than one that says them one by one.",
        (AT_ONCE,), _at_once, share=0.85,
    ),
    Claim(
        "strict_count",
        "Where either shape may come first, a count that takes only one of the two true sentences "
        "has at most four fifths of those that are true.",
        (EITHER,), _strict, share=0.85,
    ),
)
