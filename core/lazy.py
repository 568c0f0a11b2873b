"""Heavy libraries, imported at the first use of one of their names.

The app's process describes experiments (their configurations, presets and claims)
but trains nothing: the children do. A module can therefore write

    from core.lazy import torch

where it would write `import torch`, and stay readable in one place: a process that
never computes never pays the second and the 200 MB that torch costs.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any


class _LazyModule(ModuleType):
    """Stands in for a module until one of its attributes is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # introspection must not cost an import
            raise AttributeError(name)
        value = getattr(importlib.import_module(self.__name__), name)
        setattr(self, name, value)  # the next access is an ordinary one
        return value


if TYPE_CHECKING:
    import sklearn.datasets as datasets
    import sklearn.gaussian_process as gaussian_process
    import sklearn.gaussian_process.kernels as kernels
    import sklearn.tree as trees
    import torch
    import xarray
else:
    torch = _LazyModule("torch")
    datasets = _LazyModule("sklearn.datasets")
    gaussian_process = _LazyModule("sklearn.gaussian_process")
    kernels = _LazyModule("sklearn.gaussian_process.kernels")
    trees = _LazyModule("sklearn.tree")
    xarray = _LazyModule("xarray")

__all__ = ["datasets", "gaussian_process", "kernels", "torch", "trees", "xarray"]
