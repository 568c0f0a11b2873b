"""The end of every exported script: its numbers beside the page's. It stands in the script."""

from __future__ import annotations

import math
from statistics import median


def beside(
    page: dict[str, list[float]], script: dict[str, list[float]], spread: dict[str, float]
) -> int:
    """Prints the medians over the seeds of both; returns how many are further apart than `spread`.

    A number that both cannot have, since a model diverged, agrees.
    """
    n_apart = 0
    for label, theirs in page.items():
        a, b = (median(x if math.isfinite(x) else math.inf for x in numbers)
                for numbers in (theirs, script[label]))
        is_apart = a != b and not abs(a - b) <= spread[label]
        n_apart += is_apart
        print(f"{label:24} page {a:<12.6g} script {b:<12.6g} may differ by {spread[label]:.2g}"
              f"{'   FURTHER APART' if is_apart else ''}")
    return n_apart
