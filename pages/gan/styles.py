"""What the GAN page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.gan.asked import GAME_NAMES as TOLD_NAMES
from core.concepts.gan.companions import MAKER_NAMES as COMPANION_NAMES
from core.concepts.gan.digits import MAKER_NAMES
from core.concepts.gan.dirac import MOVE_NAMES
from core.concepts.gan.rules import GAME_NAMES
from core.concepts.gan.worlds import MAP_NAMES, N_ISLANDS
from explorer.theme import palette

GAMES = palette(GAME_NAMES, {
    "non_saturating": ("red", "solid", "circle"),
    "r1": ("blue", "solid", "square"),
    "spectral": ("green", "dashdot", "diamond"),
    "noise": ("olive", "longdash", "triangle-up"),
    "saturating": ("brown", "dash", "triangle-down"),
    "least_squares": ("gold", "dash", "star"),
    "wasserstein_clip": ("pink", "longdash", "x"),
    "wasserstein_penalty": ("violet", "longdashdot", "hexagon"),
})
"""The rules that are played."""

SIDES = palette({"real": "Real", "made": "Made"}, {
    "real": ("teal", "solid", "circle"), "made": ("magenta", "solid", "diamond"),
})
"""The points: real ones, and those of the generator."""

PLAYERS = palette({"discriminator": "Discriminator", "generator": "Generator"}, {
    "discriminator": ("black", "dash", "square"), "generator": ("sky", "solid", "circle"),
})
"""Who plays."""

MOVES = palette(MOVE_NAMES, {
    "simultaneous": ("red", "solid", "circle"),
    "alternating": ("gold", "dash", "triangle-up"),
    "averaged": ("gold", "longdash", "triangle-up-open"),
    "optimistic": ("green", "dashdot", "diamond"),
    "extragradient": ("olive", "longdashdot", "star"),
    "r1": ("blue", "solid", "square"),
    "penalty": ("violet", "longdashdot", "hexagon"),
    "clip": ("pink", "longdash", "x"),
}, {"averaged": "alternating"})
"""Ways to move in the smallest game."""

MAKERS = palette(MAKER_NAMES, {
    "dense": ("blue", "dash", "circle"),
    "dense_mean": ("blue", "solid", "circle-open"),
    "conv": ("red", "dash", "square"),
    "conv_mean": ("red", "solid", "square-open"),
    "copies": ("gold", "longdash", "x"),
    "normal": ("grey", "dashdot", "diamond"),
    "real": ("black", "longdashdot", "cross"),
}, {"dense_mean": "dense", "conv_mean": "conv"})
"""Who makes digits."""

TOLD = palette(TOLD_NAMES, {
    "both": ("green", "solid", "circle"),
    "generator": ("red", "dash", "square"),
    "discriminator": ("violet", "longdash", "diamond"),
})
"""Who is told which digit is asked for."""

COMPANIONS = palette(COMPANION_NAMES, {
    "gan": ("blue", "solid", "square"),
    "vae": ("brown", "dash", "triangle-up"),
    "diffusion": ("green", "longdashdot", "circle"),
    "bare": ("green", "longdash", "circle-open"),
}, {"bare": "diffusion"})
"""Who makes points beside a GAN, whose colour is that of its game, R1."""

MAPS = palette(MAP_NAMES, {
    "free": ("grey", "dash", "square"),
    "cycle": ("red", "solid", "diamond"),
    "near": ("blue", "dashdot", "circle"),
})
"""Ways to learn maps between two worlds."""
ISLANDS = palette({str(i): f"From island {i + 1}" for i in range(N_ISLANDS)}, {
    str(i): (colour, "solid", symbol) for i, (colour, symbol) in enumerate((
        ("gold", "star"), ("green", "triangle-up"), ("sky", "hexagon"), ("violet", "x"),
        ("pink", "cross"), ("brown", "triangle-down")))})
"""Where a point began: its number says it, too."""
