"""Functions of two parameters: value, gradient, and the learning rate that suits each rule.

All take and return float64 tensors of any one shape. Adding a surface is one entry in
`SURFACES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

ARRIVAL = 1e-4
"""A descent has arrived when f is this close to its lowest value."""

Pair = tuple["Tensor", "Tensor"]
Function = Callable[["Tensor", "Tensor", Any], "Tensor"]
Gradient = Callable[["Tensor", "Tensor", Any, int], Pair]


def rosenbrock(x: Tensor, y: Tensor, config: Any) -> Tensor:
    """(1 - x)^2 + 100 (y - x^2)^2. Rosenbrock 1960."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def rosenbrock_gradient(x: Tensor, y: Tensor, config: Any, t: int) -> Pair:
    slope = 200 * (y - x**2)
    return 2 * (x - 1) - 2 * x * slope, slope


_BEALE = ((1.5, 1), (2.25, 2), (2.625, 3))


def beale(x: Tensor, y: Tensor, config: Any) -> Tensor:
    """Sum over (c, k) of (c - x + x y^k)^2. Beale 1958."""
    return sum(((c - x + x * y**k) ** 2 for c, k in _BEALE), torch.zeros_like(x))


def beale_gradient(x: Tensor, y: Tensor, config: Any, t: int) -> Pair:
    gx, gy = torch.zeros_like(x), torch.zeros_like(x)
    for c, k in _BEALE:
        residual = 2 * (c - x + x * y**k)
        gx += residual * (y**k - 1)
        gy += residual * (k * x * y ** (k - 1))
    return gx, gy


def himmelblau(x: Tensor, y: Tensor, config: Any) -> Tensor:
    """(x^2 + y - 11)^2 + (x + y^2 - 7)^2: four minima of equal depth. Himmelblau 1972."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def himmelblau_gradient(x: Tensor, y: Tensor, config: Any, t: int) -> Pair:
    a, b = x**2 + y - 11, x + y**2 - 7
    return 4 * x * a + 2 * b, 2 * a + 4 * y * b


def _rotated(x: Tensor, y: Tensor, config: Any) -> Pair:
    # from the picture's axes to the valley's
    angle = math.radians(config.rotation)
    c, s = math.cos(angle), math.sin(angle)
    return c * x + s * y, c * y - s * x


def quadratic(x: Tensor, y: Tensor, config: Any) -> Tensor:
    """(u^2 + condition_number * v^2) / 2 in axes (u, v) turned by `rotation` degrees."""
    u, v = _rotated(x, y, config)
    return 0.5 * (u**2 + config.condition_number * v**2)


def quadratic_gradient(x: Tensor, y: Tensor, config: Any, t: int) -> Pair:
    angle = math.radians(config.rotation)
    c, s = math.cos(angle), math.sin(angle)
    u, v = _rotated(x, y, config)
    v = v * config.condition_number
    return c * u - s * v, s * u + c * v


def saddle(x: Tensor, y: Tensor, config: Any) -> Tensor:
    """(x^2 - y^2) / 2: a minimum along x, a maximum along y."""
    return 0.5 * (x**2 - y**2)


def saddle_gradient(x: Tensor, y: Tensor, config: Any, t: int) -> Pair:
    return x.clone(), -y


def rastrigin(x: Tensor, y: Tensor, config: Any) -> Tensor:
    """20 + sum of z^2 - 10 cos(2 pi z): a local minimum near each pair of integers.
    Rastrigin 1974."""
    return sum((z**2 - 10 * torch.cos(2 * math.pi * z) for z in (x, y)), torch.full_like(x, 20))


def rastrigin_gradient(x: Tensor, y: Tensor, config: Any, t: int) -> Pair:
    gx, gy = (2 * z + 20 * math.pi * torch.sin(2 * math.pi * z) for z in (x, y))
    return gx, gy


def online(x: Tensor, y: Tensor, config: Any) -> Tensor:
    """The mean over three rounds of `online_gradient`'s linear losses: x / 3."""
    return x / 3


def online_gradient(x: Tensor, y: Tensor, config: Any, t: int) -> Pair:
    """Round t costs 3 x when t mod 3 is 1, else -x. Reddi et al. 2018, section 3, C = 3."""
    return torch.full_like(x, 3.0 if t % 3 == 1 else -1.0), torch.zeros_like(y)


@dataclass(frozen=True)
class Surface:
    """A landscape to descend.

    Attributes:
        label: For people.
        formula: For people, in TeX.
        value: f(x, y).
        gradient: Its derivative; the step number t >= 1 matters only to `online`.
        x_range: Drawn part, also where a start may be placed.
        y_range: The same for y.
        start: Where a descent begins unless the configuration says otherwise. That of the
            quadratic valley is given in the valley's axes and turns with it.
        rates: Per optimizer the learning rate that arrives soonest from `start` and stays for
            the last quarter of 2000 steps, on the grid {1, 1.5, 2, 3, 5, 7} x 10^k up to 3.
            Where none stays, the one that arrives soonest; where none arrives, the one that
            ends lowest. `tests/concepts/optimizers` repeats it.
        arrived: Whether a point counts as arrived; it may leave again, since a rule whose
            steps do not shrink first touches the minimum and then circles it.
        lowest: The value at the minimum; None where there is none.
        box: Positions are clipped to [-box, box] after each step, where given.
        minima: Where it is lowest, (x, y) each.
    """

    label: str
    formula: str
    value: Function
    gradient: Gradient
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    start: tuple[float, float]
    rates: Callable[[Any], Mapping[str, float]]
    arrived: Callable[[Tensor, Tensor, Tensor], Tensor]
    lowest: float | None = 0.0
    box: float | None = None
    minima: tuple[tuple[float, float], ...] = ()


def _low(x: Tensor, y: Tensor, f: Tensor) -> Tensor:
    return f < ARRIVAL  # every minimum that counts has f = 0


def _escaped(x: Tensor, y: Tensor, f: Tensor) -> Tensor:
    return y.abs() >= 1


def _at_the_best_end(x: Tensor, y: Tensor, f: Tensor) -> Tensor:
    return x < -0.9


def _fixed(**rates: float) -> Callable[[Any], Mapping[str, float]]:
    return lambda config: rates


def _quadratic_rates(config: Any) -> Mapping[str, float]:
    """Measured at condition number 100 and 20 degrees; the three rules that do not notice a
    rotation follow the condition number (SGD: 2 / (L + m), Polyak 1987, theorem 1.4.3)."""
    kappa = config.condition_number
    return {
        "sgd": 2 / (1 + kappa), "momentum": 2 / kappa, "nesterov": 0.5 / kappa,
        "adagrad": 3.0, "rmsprop": 0.3, "adam": 3.0, "amsgrad": 0.5, "lion": 0.005,
    }


SURFACES: dict[str, Surface] = {
    "quadratic": Surface(
        "Quadratic valley", r"f = \tfrac{1}{2}\,(u^2 + \kappa\, v^2)",
        quadratic, quadratic_gradient, (-10, 10), (-6, 6), (-8, 1.5), _quadratic_rates, _low,
        minima=((0, 0),),
    ),
    "rosenbrock": Surface(
        "Rosenbrock", r"f = (1 - x)^2 + 100\,(y - x^2)^2",
        rosenbrock, rosenbrock_gradient, (-2, 2), (-1, 3), (-1.5, 2),
        _fixed(sgd=0.002, momentum=0.002, nesterov=0.001, adagrad=1.5, rmsprop=0.005,
               adam=0.15, amsgrad=2.0, lion=0.01), _low,
        minima=((1, 1),),
    ),
    "beale": Surface(
        "Beale", r"f = \sum_{k=1}^{3} (c_k - x + x\,y^k)^2,\; c = (1.5,\, 2.25,\, 2.625)",
        beale, beale_gradient, (-1, 4.5), (-2, 2.5), (1, 1.5),
        _fixed(sgd=0.03, momentum=0.003, nesterov=0.007, adagrad=2.0, rmsprop=0.2,
               adam=0.5, amsgrad=0.5, lion=0.1), _low,
        minima=((3, 0.5),),
    ),
    "himmelblau": Surface(
        "Himmelblau", r"f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        himmelblau, himmelblau_gradient, (-5, 5), (-5, 5), (0, 0),
        _fixed(sgd=0.02, momentum=0.0007, nesterov=0.015, adagrad=2.0, rmsprop=0.2,
               adam=0.3, amsgrad=3.0, lion=0.5), _low,
        minima=((3, 2), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)),
    ),
    "saddle": Surface(
        "Saddle", r"f = \tfrac{1}{2}\,(x^2 - y^2)",
        saddle, saddle_gradient, (-1.5, 1.5), (-1.2, 1.2), (-1, 1e-4),
        _fixed(**dict.fromkeys(
            ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "amsgrad", "lion"), 0.1,
        )), _escaped, lowest=None,
    ),
    "rastrigin": Surface(
        "Rastrigin", r"f = 20 + \sum_{z \in \{x, y\}} z^2 - 10 \cos 2 \pi z",
        rastrigin, rastrigin_gradient, (-5, 5), (-5, 5), (3.3, 2.4),
        _fixed(sgd=0.003, momentum=0.002, nesterov=0.002, adagrad=0.2, rmsprop=0.02,
               adam=0.1, amsgrad=0.1, lion=0.01), _low,
        minima=((0, 0),),
    ),
    "online": Surface(
        "Reddi's online problem", r"f_t = 3x \text{ if } t \bmod 3 = 1 \text{ else } -x",
        online, online_gradient, (-1.2, 1.2), (-1, 1), (0, 0),
        _fixed(**dict.fromkeys(
            ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "amsgrad", "lion"), 0.1,
        )), _at_the_best_end, lowest=-1 / 3, box=1.0,
        minima=((-1, 0),),
    ),
}
