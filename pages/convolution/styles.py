"""What the convolution page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.convolution import build, explain, pictures
from core.config import names_of
from explorer.theme import palette

NETS = palette(names_of(pictures.Config, "nets"), {
    "cnn": ("blue", "solid", "circle"),
    "cnn_flat": ("blue", "dash", "circle-open"),
    "mlp_equal": ("gold", "dashdot", "triangle-up"),
    "mlp_nine": ("red", "solid", "diamond"),
}, {"cnn_flat": "cnn"})
"""The nets of the main lab."""
LAYERS = palette({
    "pixels": "The pixels", "layer1": "Layer 1", "layer2": "Layer 2", "layer3": "Layer 3",
}, {
    "pixels": ("grey", "longdash", "x"),
    "layer1": ("gold", "dashdot", "triangle-up"),
    "layer2": ("sky", "dash", "square"),
    "layer3": ("blue", "solid", "circle"),
})
"""Where a probe reads, and whose kernels are compared."""
BUILT = palette(names_of(build.Config, "nets"), {
    "one_3x3": ("grey", "longdash", "circle"), "one_5x5": ("red", "dashdot", "triangle-up"),
    "two_3x3": ("blue", "solid", "square"), "linear_3x3": ("sky", "dash", "diamond"),
    "blocks_1": ("blue", "dash", "square-open"), "blocks_3": ("teal", "longdash", "star-square"),
    "overlap": ("grey", "dash", "circle-open"), "relu": ("magenta", "solid", "hexagon"),
    "tanh": ("olive", "dash", "cross"), "sigmoid": ("crimson", "dashdot", "bowtie"),
}, {"blocks_1": "two_3x3", "overlap": "one_3x3"})
"""What a net is built of."""
WAYS = palette({**explain.WAY_NAMES, "net": "The net"}, {
    "gradient": ("red", "dash", "triangle-up"),
    "gradient_input": ("gold", "dashdot", "diamond"),
    "covering": ("green", "solid", "square"),
    "net": ("blue", "solid", "circle"),
})
"""How it is asked where an answer comes from; and the net that is asked."""
PLACE = palette({"window": "Where the kernel is"}, {"window": ("red", "solid", "square")})
"""What is looked at in an image and a map."""
