"""One look for all pages: colours, lines and markers, from which each concept takes its own.

The colours are told apart by colour-blind eyes (after Okabe & Ito 2008), one for each
theme; line and marker say the same again for a beamer or a grey print.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle

INK = "light-dark(#31333f, #e6eaf1)"
"""Of what belongs to no method: words, levels, marks."""
PAPER = "light-dark(#ffffff, #0e1117)"
"""Of rims around markers."""
AWAY = "light-dark(#666666, #aaaaaa)"
"""Of what belongs to no method and is not to be looked at first."""
ON_MAP = ("#ffffff", "#111111")
"""Of lines and points on a map, whose colours are the same in both themes."""
NEUTRAL = (INK, PAPER, AWAY, *ON_MAP)
"""All that is drawn in no method's colour."""
VERDICTS = [[0, "#d1380d"], [1, "#00866a"]]
"""Of an answer: wrong, right."""
SHADES = "Cividis"
"""Of an amount, from dark to light in both themes; grey prints keep it, and colour-blind eyes."""

COLOURS = {  # in light and in dark, in the order in which methods take them
    "blue": ("#00588f", "#4f7df0"), "red": ("#d1380d", "#ff7043"),
    "green": ("#00866a", "#2cc79f"), "gold": ("#a67c00", "#f2c029"),
    "pink": ("#c0568f", "#ee9cc7"), "sky": ("#2f93cc", "#6cc3f2"),
    "violet": ("#6a3d9a", "#b99ae0"), "brown": ("#7a4a3a", "#cfa08c"),
    "grey": ("#5a5a5a", "#c4c4c4"), "black": ("#101010", "#ffffff"),
    "olive": ("#5f7a00", "#a8cf3a"), "teal": ("#007c91", "#3fd0e0"),
    "crimson": ("#a3003f", "#ff4f7b"), "magenta": ("#b100b1", "#e36bff"),
}
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")
"""Of methods: dotted is what is no method, or another quantity of one."""
SYMBOLS = (
    "circle", "square", "triangle-up", "diamond", "star", "triangle-down", "hexagon", "x",
    "cross", "pentagon", "bowtie", "hourglass", "octagon", "star-square",
)
Style = tuple[str | tuple[str, str], str, str]
"""A colour (its name, or one for light and one for dark), a line and a marker."""


@dataclass(frozen=True)
class Method:
    """How a method is called and drawn.

    Attributes:
        key: In the code, and among the labels of a run's arrays.
        label: For people.
        light: Its colour on a light page.
        dark: Its colour on a dark page.
        dash: Of its line.
        symbol: Of its markers.
        of: The method of which this one is a variant, "" for none: it has that one's colour, and
            another line and marker.
    """

    key: str
    label: str
    light: str
    dark: str
    dash: str
    symbol: str
    of: str = ""

    @property
    def color(self) -> str:
        """For figures of the live view, which choose by theme."""
        return f"light-dark({self.light}, {self.dark})"

    @property
    def fill_strong(self) -> str:
        """The same, for areas that are to be told apart."""
        return f"light-dark({self.light}66, {self.dark}66)"

    @property
    def fill_faint(self) -> str:
        """The same, for areas: nearly transparent."""
        return f"light-dark({self.light}2e, {self.dark}38)"


Palette = dict[str, Method]


def palette(
    labels: Mapping[str, str], styles: Mapping[str, Style] | None = None,
    variants: Mapping[str, str] | None = None,
) -> Palette:
    """What a concept draws, by key: methods that meet in one picture, told apart.

    Args:
        labels: By key, in the order of the legend (`core.config.names_of`).
        styles: For those that are to look as they do elsewhere; the others take the next
            colour, line and marker that is left.
        variants: For those that are another method with something added, which one.

    Raises:
        ValueError: When a style is for none of the labels, or there is none left.
    """
    given = dict(styles or {})
    if left := given.keys() - labels.keys():
        raise ValueError(f"styles without a label: {', '.join(sorted(left))}")
    colours = [c for c in COLOURS if c not in {style[0] for style in given.values()}]
    symbols = [s for s in SYMBOLS if s not in {style[2] for style in given.values()}]
    others = [key for key in labels if key not in given]
    if len(others) > min(len(colours), len(symbols)):
        raise ValueError(f"too many methods for one picture: {', '.join(labels)}")
    given |= dict(zip(others, zip(colours, cycle(DASHES), symbols, strict=False), strict=False))
    of = variants or {}
    return {key: _method(key, label, given[key], of.get(key, "")) for key, label in labels.items()}


def _method(key: str, label: str, style: Style, of: str) -> Method:
    colour, dash, symbol = style
    light, dark = COLOURS[colour] if isinstance(colour, str) else colour
    return Method(key, label, light, dark, dash, symbol, of)


def chosen(methods: Palette, keys: Iterable[str]) -> list[Method]:
    """Some methods of a palette, in that order."""
    return [methods[key] for key in keys]
