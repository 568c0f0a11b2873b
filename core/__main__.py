"""The command line: `python -m core list | run | claims | new`."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import study
from core.checking import CLAIM_SEEDS, MAX_CLAIM_SEEDS, MAX_FIRST_SEED, history
from core.cli.chosen import UsageError, experiment_of
from core.cli.claims import claims as check_claims
from core.cli.claims import measure, renew
from core.cli.listing import listing as list_labs
from core.cli.new import new as write_skeleton
from core.config import Config, parse_text, validated
from core.experiment import Experiment
from core.files import READERS, main_table
from core.scripts import WRITERS
from core.words import phrase

if TYPE_CHECKING:
    import xarray


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the process's exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no λ shows \\u03bb
            stream.reconfigure(errors="backslashreplace")
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.command(parsed)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="list | run | claims | new")

    listing = commands.add_parser("list", help="labs, their settings, presets and claims")
    listing.add_argument("experiment", nargs="?",
                         help="a concept or experiment, in full; all in brief if left out")
    listing.set_defaults(command=list_labs)

    run = commands.add_parser("run", help="train, and save the history")
    run.add_argument("experiment", help="a name that `list` prints")
    run.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    run.add_argument("--preset", help="start from a preset's settings")
    run.add_argument("--out", type=Path, help="a .csv, .json, .nc or .py file; "
                     "the last is a script that comes to the same outcome")
    run.set_defaults(command=_run)

    claims = commands.add_parser("claims", help="check what the pages teach")
    claims.add_argument("experiment", nargs="?", help="a concept or experiment; all if left out")
    claims.add_argument("--seeds", type=_whole(1, MAX_CLAIM_SEEDS), default=CLAIM_SEEDS,
                        metavar="N")
    claims.add_argument("--first-seed", type=_whole(0, MAX_FIRST_SEED), metavar="S")
    claims.add_argument("--json", action="store_true")
    claims.set_defaults(command=check_claims)
    what = claims.add_mutually_exclusive_group()
    what.add_argument("--study", dest="command", action="store_const", const=measure,
                      help="measure them on many seeds, from --first-seed or "
                      f"{study.FIRST_SEED} on, and keep that in {study.PATH.name}")
    what.add_argument("--renew", dest="command", action="store_const", const=renew,
                      help="after a change of sources: keep the study where its first seeds "
                      "give the same verdicts")
    what.add_argument("--drawn-by", metavar="TEXT", help="two experiments, on seeds that are "
                      "drawn by a text, as a commit's hash, too")
    claims.add_argument("--only", action="append", default=[], metavar="CLAIM",
                        help="with --study: this claim; may be repeated")

    new = commands.add_parser("new", help="write the skeleton of a concept, to be filled")
    new.add_argument("slug", metavar="SLUG", help="of its page, its folders and its address")
    new.add_argument("title", metavar="TITLE", help="in the navigation and as heading")
    new.set_defaults(command=write_skeleton)
    return parser


def _whole(low: int, high: int) -> Any:
    def parse(text: str) -> int:
        if not text.removeprefix("-").isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not allowed; allowed: a whole number from {low} to {high}"
            )
        return int(text)

    return parse


def _run(parsed: argparse.Namespace) -> int:
    experiment = experiment_of(parsed.experiment)
    config = configuration(experiment, parsed.set, parsed.preset)
    if parsed.out is not None and parsed.out.suffix not in WRITERS:
        raise UsageError(
            f"--out: {str(parsed.out)!r} is not allowed. Allowed: a file that ends in "
            + ", ".join(WRITERS)
        )
    if parsed.out is not None and not parsed.out.parent.is_dir():
        raise UsageError(f"--out: there is no folder {str(parsed.out.parent)!r}")
    frames = []
    total = experiment.n_frames(config)
    for frame in experiment.train(config):
        frames.append(frame)
        if sys.stderr.isatty():
            print(f"\rframe {len(frames)} of {total}", end="\r", file=sys.stderr)
        for note in frame.notes:
            print(phrase(note, experiment.words), file=sys.stderr)
    data = history(experiment, config, frames)
    if parsed.out is None:
        print(_last_values(data))
    else:
        try:
            WRITERS[parsed.out.suffix](data, parsed.out)
        except (OSError, ValueError) as error:
            raise UsageError(f"--out: {str(parsed.out)!r}: {error}") from error
        print(f"{len(frames)} frames written to {parsed.out}", file=sys.stderr)
        if parsed.out.suffix == ".csv" and (others := _left_out(data)):
            print(others, file=sys.stderr)
    return 0


def _left_out(data: xarray.Dataset) -> str:
    """Which arrays a table does not have, and where they are; "" if it has all."""
    table = main_table(data)
    others = ", ".join(f"{name} {_dims(data[name])}" for name in data if name not in table)
    return (f"It has the arrays of {_dims(next(iter(table.values())))}. Not in it: {others}. "
            f"A {' or '.join(READERS)} file has all arrays.") if others else ""


def _dims(array: xarray.DataArray) -> str:
    return f"({', '.join(map(str, array.dims))})"


def _last_values(data: xarray.Dataset) -> str:
    last = main_table(data).isel(step=-1)
    return last.mean([dim for dim in ("seed",) if dim in last.dims]).to_dataframe().to_string()


def configuration(
    experiment: Experiment, changes: Sequence[str], preset: str | None = None
) -> Config:
    """The configuration that `--preset` and `--set` ask for; raises `UsageError`."""
    values = _preset(experiment, preset).model_dump() if preset else {}
    for change in changes:
        name, sign, text = change.partition("=")
        if not sign:
            raise UsageError(f"--set: {change!r} is not allowed. Allowed: FIELD=VALUE")
        values[name] = parse_text(experiment.config, name, text)
    try:
        config: Config = validated(experiment.config, values)
    except ValueError as error:
        raise UsageError(error) from error
    return config


def _preset(experiment: Experiment, name: str) -> Config:
    for preset in experiment.presets:
        if preset.name == name:
            return preset.config
    known = ", ".join(repr(preset.name) for preset in experiment.presets)
    raise UsageError(f"--preset: there is no {name!r}. Known: {known}")


if __name__ == "__main__":
    sys.exit(main())
