"""Runs the promises: `python -m benchmarks [NAME ...] [--json]`; 1 when one does not hold."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from benchmarks import (
    attention,
    bias_variance,
    cold_start,
    convolution,
    depth,
    digits,
    dilated_convolution,
    dqn,
    ensembles,
    first_episode,
    gan,
    language_models,
    losses,
    recurrence,
    regularization,
    representation,
    slider,
    stacked_training,
    surfaces,
    traced,
    tuning,
)
from benchmarks.promise import Promise, run

PROMISES: tuple[Promise, ...] = (
    *stacked_training.PROMISES, *traced.PROMISES, *digits.PROMISES, *surfaces.PROMISES,
    *slider.PROMISES, *cold_start.PROMISES, *bias_variance.PROMISES, *ensembles.PROMISES,
    *dqn.PROMISES, *first_episode.PROMISES, *depth.PROMISES, *regularization.PROMISES,
    *convolution.PROMISES, *recurrence.PROMISES, *attention.PROMISES, *gan.PROMISES,
    *losses.PROMISES, *representation.PROMISES, *dilated_convolution.PROMISES,
    *language_models.PROMISES, *tuning.PROMISES,
)


def main(argv: Sequence[str], promises: Sequence[Promise] = PROMISES) -> int:
    """The command; returns its exit status."""
    known = {promise.name: promise for promise in promises}
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--json", action="store_true", help="a list of objects instead of text")
    options = parser.parse_args(argv)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        print(f"there is no promise {unknown[0]!r}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    results = []
    for promise in [known[name] for name in options.names] or promises:
        results.append(run(promise))
        if not options.json:
            print(results[-1], flush=True)
    if options.json:
        print(json.dumps([asdict(result) for result in results], indent=2))
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
