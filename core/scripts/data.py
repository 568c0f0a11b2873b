"""The collections of `core.data` as scikit-learn has them: for its `DATA`, in a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.datasets import load_breast_cancer, load_digits


@dataclass(frozen=True)
class Collection:
    """All points that there are."""

    load: Callable[..., Any]

    def everything(self) -> Any:
        """Points (n, features), and their classes (n,)."""
        return self.load(return_X_y=True)


DATA = {"digits": Collection(load_digits), "breast_cancer": Collection(load_breast_cancer)}
