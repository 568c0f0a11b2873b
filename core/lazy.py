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
    import gymnasium
    import sklearn
    import sklearn.datasets as datasets
    import sklearn.ensemble as forests
    import sklearn.gaussian_process as gaussian_process
    import sklearn.gaussian_process.kernels as kernels
    import sklearn.linear_model as linear_model
    import sklearn.model_selection as model_selection
    import sklearn.naive_bayes as naive_bayes
    import sklearn.neighbors as neighbors
    import sklearn.pipeline as pipeline
    import sklearn.preprocessing as preprocessing
    import sklearn.tree as trees
    import sklearn.utils.random as sampling
    import torch
    import xarray
else:
    torch = _LazyModule("torch")
    datasets = _LazyModule("sklearn.datasets")
    forests = _LazyModule("sklearn.ensemble")
    gaussian_process = _LazyModule("sklearn.gaussian_process")
    gymnasium = _LazyModule("gymnasium")
    kernels = _LazyModule("sklearn.gaussian_process.kernels")
    linear_model = _LazyModule("sklearn.linear_model")
    model_selection = _LazyModule("sklearn.model_selection")
    naive_bayes = _LazyModule("sklearn.naive_bayes")
    neighbors = _LazyModule("sklearn.neighbors")
    pipeline = _LazyModule("sklearn.pipeline")
    preprocessing = _LazyModule("sklearn.preprocessing")
    sampling = _LazyModule("sklearn.utils.random")
    sklearn = _LazyModule("sklearn")
    trees = _LazyModule("sklearn.tree")
    xarray = _LazyModule("xarray")

__all__ = [
    "datasets", "forests", "gaussian_process", "gymnasium", "kernels", "linear_model",
    "model_selection", "naive_bayes", "neighbors", "pipeline", "preprocessing", "sampling",
    "sklearn", "torch", "trees", "xarray",
]
