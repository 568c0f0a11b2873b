"""Histories of runs, compared."""

from __future__ import annotations

import xarray


def same_to_the_bit(read: xarray.Dataset, wanted: xarray.Dataset) -> None:
    """Arrays, types, labels and what is said of the run; also arrays of length 0."""
    xarray.testing.assert_identical(read, wanted)
    assert {n: v.dtype for n, v in read.variables.items()} == {
        n: v.dtype for n, v in wanted.variables.items()}
    assert list(read) == list(wanted)
