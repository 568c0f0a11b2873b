"""A visitor's own points, as a run sees them: numbers and classes, and a name that says the shape.

`own-150-4-3-0123456789abcdef` are 150 points of 4 features in 3 classes, and their digest. So all
that depends on the shape (which charts there are, how long an axis is) is known from a
configuration alone; the points themselves are only where their run is computed (`at_hand`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from core.data.sets import DATA, DataSet, Labelled

LEAST_POINTS, MOST_POINTS = 100, 2000
MOST_FEATURES = 64
LEAST_CLASSES, MOST_CLASSES = 2, 10
LARGEST = 1e9
"""No number may be larger: its square has to fit into a float32 too."""
_NAME = re.compile(r"own-(?P<n>\d{1,4})-(?P<features>\d{1,2})-(?P<classes>\d{1,2})-[0-9a-f]{16}")


@dataclass(frozen=True)
class Shape:
    """What the name of own points says of them."""

    n: int
    n_features: int
    n_classes: int

    @property
    def plane(self) -> bool:
        """Whether all that is learned of them can be drawn: two features, two classes."""
        return self.n_features == self.n_classes == 2


def shape_of(name: Any) -> Shape | None:
    """The shape of own points from their name; None where it is the name of something else."""
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if not found:
        return None
    shape = Shape(int(found["n"]), int(found["features"]), int(found["classes"]))
    return shape if _allowed(shape) else None


def _allowed(shape: Shape) -> bool:
    return (LEAST_POINTS <= shape.n <= MOST_POINTS and 1 <= shape.n_features <= MOST_FEATURES
            and LEAST_CLASSES <= shape.n_classes <= MOST_CLASSES)


@dataclass(frozen=True, eq=False)
class OwnPoints:
    """Points with classes.

    Attributes:
        x: (n, features), float32.
        y: Numbers of the classes, 0, 1, ..., each of them there: (n,), uint8.

    Raises:
        ValueError: There are too few or too many of something, or a number is not finite.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        classes, (n, n_features) = np.unique(self.y), self.x.shape
        shape = Shape(n, n_features, len(classes))
        if len(self.y) != n or not _allowed(shape):
            raise ValueError(f"{shape} is no shape of own points")
        if classes[-1] != len(classes) - 1 or not (np.abs(self.x) <= LARGEST).all():
            raise ValueError("own points are finite, and their classes are 0, 1, ...")

    @cached_property
    def name(self) -> str:
        """What a setting calls them: the same for the same points."""
        told = repr(self.x.shape).encode() + self.x.tobytes() + self.y.tobytes()
        digest = hashlib.sha256(told).hexdigest()[:16]
        n, n_features = self.x.shape
        return f"own-{n}-{n_features}-{self.y.max() + 1}-{digest}"

    def plain(self) -> dict[str, Any]:
        """They as they travel in JSON."""
        return {"n_features": self.x.shape[1],
                "x": base64.b64encode(self.x.astype("<f4").tobytes()).decode(),
                "y": base64.b64encode(self.y.astype("|u1").tobytes()).decode()}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> OwnPoints:
        """What `plain` described; raises `ValueError` for anything else."""
        try:
            x, y = (base64.b64decode(plain[name], validate=True) for name in "xy")
            n_features = int(plain["n_features"])
            return cls(np.frombuffer(x, "<f4").reshape(-1, n_features), np.frombuffer(y, "|u1"))
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError("these are no own points") from error


# --- where they are --------------------------------------------------------------------

_at_hand: ContextVar[OwnPoints | None] = ContextVar("own points", default=None)


@contextmanager
def at_hand(points: OwnPoints | None) -> Iterator[None]:
    """While it is held, a run of a configuration that names these points finds them."""
    before = _at_hand.set(points)
    try:
        yield
    finally:
        _at_hand.reset(before)


def data_set(name: str) -> DataSet:
    """The data set of that name, ours or a visitor's own.

    Raises:
        KeyError: There is none, and it cannot be the name of own points.
    """
    if (shape := shape_of(name)) is None:
        return DATA[name]
    return _Own(name, "Own data", shape.n_features, shape.n_classes, load=partial(_points, name),
                n_most=shape.n)


class _Own(DataSet):
    @property
    def plane(self) -> bool:
        return self.n_features == self.n_classes == 2


def _points(name: str) -> Labelled:
    points = _at_hand.get()
    if points is None or points.name != name:
        raise LookupError("these points were private to the visit that they came from")
    return points.x.astype(float), points.y.astype(int)


def filling(ends: tuple[tuple[float, float], ...], x: np.ndarray) -> np.ndarray:
    """Points (n, 2) moved and stretched along each axis until they fill most of a picture.

    No tree and nothing that standardises its inputs minds.
    """
    low, high = x.min(0), x.max(0)
    edges = np.array(ends)  # (axis, end)
    share = 0.06 + 0.88 * (x - low) / np.where(high > low, high - low, 1)
    return edges[:, 0] + share * (edges[:, 1] - edges[:, 0])


# --- as a setting ------------------------------------------------------------------------


@dataclass(frozen=True)
class OrOwn:
    """Lets a choice among data sets be own points too: `Annotated[Literal[...], OrOwn(...)]`.

    Attributes:
        scaling: How the experiment scales the features of a visitor's points, in a sentence.
        fits: Which of them it can take; all unless it says otherwise.
        needs: That in words.
        one_cloud: Whether their classes play no part.
    """

    scaling: str
    fits: Callable[[Shape], bool] = lambda shape: True
    needs: str = ""
    one_cloud: bool = False

    def takes(self, name: Any) -> bool:
        """Whether these are own points that the experiment can take."""
        shape = shape_of(name)
        return shape is not None and self.fits(shape)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        def validate(value: Any, known: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return value if self.takes(value) else known(value)

        return core_schema.no_info_wrap_validator_function(
            validate, handler(source), serialization=core_schema.to_string_ser_schema())
