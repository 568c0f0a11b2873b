"""What others do: torch.optim at its defaults, by the names of our rules; and a matmul."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.promise import seconds
from core.lazy import torch

PEERS: dict[str, Callable[[Iterable[Any], float], Any]] = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr=lr),
    "momentum": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
    "nesterov": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True),
    "adagrad": lambda p, lr: torch.optim.Adagrad(p, lr=lr),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr=lr),
    "adam": lambda p, lr: torch.optim.Adam(p, lr=lr),
    "adamw": lambda p, lr: torch.optim.AdamW(p, lr=lr),
    "amsgrad": lambda p, lr: torch.optim.Adam(p, lr=lr, amsgrad=True),
}
SEVEN = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")


class Matmul:
    """A product of two 1024 x 1024 matrices: the rate that a core's arithmetic reaches."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self._square = torch.rand(1024, 1024)
        self._product = torch.empty(1024, 1024)

    def rate(self) -> float:
        """Operations per second."""
        def multiply() -> None:
            torch.mm(self._square, self._square, out=self._product)

        return 2 * 1024**3 / seconds(multiply, 6)
