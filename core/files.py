"""Histories in files: written by `python -m core run --out`, read back by `open_history`."""

from __future__ import annotations

import json
import math
from collections import Counter
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


def open_history(path: str | Path) -> xarray.Dataset:
    """A history from the .nc or .json file that it was written into, as it was.

    Raises:
        ValueError: The file's name has another ending; a .csv file is a table of some of the
            arrays, for spreadsheets.
        OSError: There is no such file.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise ValueError(f"{str(path)!r} is not allowed. Allowed: a file that ends in "
                         + ", ".join(READERS))
    return READERS[path.suffix](path)


def main_table(data: xarray.Dataset) -> xarray.Dataset:
    """The arrays over the steps with the dimensions that most of them share; of two such the larger
    table.
    """
    counts = Counter(data[name].dims for name in data)
    shared = max(counts, key=lambda dims: (
        "step" in dims, counts[dims], prod(data.sizes[d] for d in dims)))
    return data[[name for name in data if data[name].dims == shared]]


def _write_csv(data: xarray.Dataset, path: Path) -> None:
    main_table(data).to_dataframe().to_csv(path)


# --- JSON: xarray's own description, with null for NaN ------------------------------------


def _write_json(data: xarray.Dataset, path: Path) -> None:
    content, kinds = data.to_dict(), data.to_dict(data=False)
    for part in ("coords", "data_vars"):
        for name, array in content[part].items():
            array |= {key: kinds[part][name][key] for key in ("dtype", "shape")}
    path.write_text(json.dumps(_without_nan(content), allow_nan=False), "utf-8")


def _without_nan(value: Any) -> Any:
    """JSON has no NaN and no infinity: null stands for both."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _read_json(path: Path) -> xarray.Dataset:
    from core.lazy import xarray

    content = json.loads(path.read_text("utf-8"))
    arrays = {
        part: {name: (array["dims"],
                      np.array(array["data"], array["dtype"]).reshape(array["shape"]))
               for name, array in content[part].items()}
        for part in ("coords", "data_vars")
    }
    return xarray.Dataset(**arrays, attrs=content["attrs"])


# --- netCDF 3: fewer types, and no dimension of length 0 ----------------------------------

WIDER = {"float16": "float32", "uint8": "int16", "uint16": "int32", "uint32": "float64"}
"""Types that it does not have, and what holds all their numbers."""


def _write_netcdf(data: xarray.Dataset, path: Path) -> None:
    notes = "\n".join(data.attrs["notes"])
    written = data.assign({name: data[name].astype(WIDER[data[name].dtype.name])
                           for name in data if data[name].dtype.name in WIDER})
    # netCDF 3 takes a dimension of length 0 for an unlimited one, and cannot read it back
    filled = written.drop_dims([dim for dim, size in data.sizes.items() if size == 0])
    filled.assign_attrs(notes=notes, arrays=json.dumps(_described(data))).to_netcdf(
        path, engine="scipy")


def _described(data: xarray.Dataset) -> dict[str, Any]:
    """What netCDF 3 does not keep of each array, in the order of the arrays."""
    return {str(name): {"dims": array.dims, "dtype": array.dtype.str, "shape": array.shape}
            for name, array in data.variables.items()}


def _read_netcdf(path: Path) -> xarray.Dataset:
    from core.lazy import xarray

    read = xarray.load_dataset(path, engine="scipy")
    notes, kinds = read.attrs["notes"].splitlines(), json.loads(read.attrs.pop("arrays"))
    arrays = {
        name: (kind["dims"], read[name].values.astype(kind["dtype"]) if name in read.variables
               else np.empty(kind["shape"], kind["dtype"]))
        for name, kind in kinds.items()
    }
    return xarray.Dataset(arrays, attrs={**read.attrs, "notes": notes})


WRITERS = {".csv": _write_csv, ".json": _write_json, ".nc": _write_netcdf}
READERS = {".json": _read_json, ".nc": _read_netcdf}
