"""Runs the promises: `python -m benchmarks [NAME ...] [--json]`; 1 when one does not hold."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import asdict

import benchmarks
from benchmarks.promise import Promise, run


def found() -> tuple[Promise, ...]:
    """Those of every module here, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    modules = (importlib.import_module(f"benchmarks.{name}") for name in names
               if name != "__main__")
    return tuple(promise for module in modules for promise in getattr(module, "PROMISES", ()))


PROMISES = found()


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
