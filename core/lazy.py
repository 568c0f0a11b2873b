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
from typing import Any

LIBRARIES = {
    "datasets": "sklearn.datasets",
    "forests": "sklearn.ensemble",
    "gaussian_process": "sklearn.gaussian_process",
    "gymnasium": "gymnasium",
    "kernels": "sklearn.gaussian_process.kernels",
    "linear_model": "sklearn.linear_model",
    "model_selection": "sklearn.model_selection",
    "naive_bayes": "sklearn.naive_bayes",
    "neighbors": "sklearn.neighbors",
    "pipeline": "sklearn.pipeline",
    "preprocessing": "sklearn.preprocessing",
    "sampling": "sklearn.utils.random",
    "sklearn": "sklearn",
    "torch": "torch",
    "trees": "sklearn.tree",
    "xarray": "xarray",
}
"""What can be imported from here, and the module that it stands for."""


def __getattr__(name: str) -> Any:
    """Makes the stand-in for a library when it is imported from here."""
    if name not in LIBRARIES:
        raise AttributeError(f"{__name__} knows no library {name!r}; add it to LIBRARIES")
    module = globals()[name] = _LazyModule(LIBRARIES[name])
    return module


class _LazyModule(ModuleType):
    """Stands in for a module until one of its attributes is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # introspection must not cost an import
            raise AttributeError(name)
        value = getattr(importlib.import_module(self.__name__), name)
        setattr(self, name, value)  # the next access is an ordinary one
        return value
