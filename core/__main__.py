"""The command line: `python -m core list | run | claims`."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import study
from core.checking import (
    CLAIM_SEEDS,
    MAX_CLAIM_SEEDS,
    MAX_FIRST_SEED,
    check,
    each_once,
    history,
)
from core.concepts import concepts, find
from core.config import Config, allowed, parse_text, validated
from core.experiment import Claim, Experiment
from core.files import WRITERS, main_table
from core.words import ENGLISH, phrase

if TYPE_CHECKING:
    import xarray


class UsageError(Exception):
    """Something in the arguments; its text is for the person who typed them."""


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
    commands = parser.add_subparsers(required=True, metavar="list | run | claims")

    listing = commands.add_parser("list", help="the experiments and their settings")
    listing.set_defaults(command=_list)

    run = commands.add_parser("run", help="train, and save the history")
    run.add_argument("experiment", help="a name that `list` prints")
    run.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    run.add_argument("--preset", help="start from a preset's settings")
    run.add_argument("--out", type=Path, help="a .csv, .json or .nc file")
    run.set_defaults(command=_run)

    claims = commands.add_parser("claims", help="check what the pages teach")
    claims.add_argument("experiment", nargs="?", help="a concept or experiment; all if left out")
    claims.add_argument("--seeds", type=_whole(1, MAX_CLAIM_SEEDS), default=CLAIM_SEEDS,
                        metavar="N")
    claims.add_argument("--first-seed", type=_whole(0, MAX_FIRST_SEED), metavar="S")
    claims.add_argument("--json", action="store_true")
    claims.set_defaults(command=_claims)
    what = claims.add_mutually_exclusive_group()
    what.add_argument("--study", dest="command", action="store_const", const=_study,
                      help="measure them on many seeds, from --first-seed or "
                      f"{study.FIRST_SEED} on, and keep that in {study.PATH.name}")
    what.add_argument("--renew", dest="command", action="store_const", const=_renew,
                      help="after a change of sources: keep the study where its first seeds "
                      "give the same verdicts")
    what.add_argument("--drawn-by", metavar="TEXT", help="two experiments, on seeds that are "
                      "drawn by a text, as a commit's hash, too")
    claims.add_argument("--only", action="append", default=[], metavar="CLAIM",
                        help="with --study: this claim; may be repeated")
    return parser


def _whole(low: int, high: int) -> Any:
    def parse(text: str) -> int:
        if not text.removeprefix("-").isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not allowed; allowed: a whole number from {low} to {high}"
            )
        return int(text)

    return parse


def _list(parsed: argparse.Namespace) -> int:
    for experiments in concepts().values():
        for experiment in experiments:
            print(f"{experiment.name}: {experiment.title}")
            for name, info in experiment.config.model_fields.items():
                default = json.dumps(info.get_default(), default=list)
                print(f"  {name} = {default}  {info.description} "
                      f"({phrase(allowed(name, experiment.config), ENGLISH)})")
    return 0


def _run(parsed: argparse.Namespace) -> int:
    experiment = _find(parsed.experiment)
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
            print(phrase(note, experiment.notes), file=sys.stderr)
    data = history(experiment, config, frames)
    if parsed.out is None:
        print(_last_values(data))
    else:
        try:
            WRITERS[parsed.out.suffix](data, parsed.out)
        except OSError as error:
            raise UsageError(f"--out: {str(parsed.out)!r}: {error}") from error
        print(f"{len(frames)} frames written to {parsed.out}", file=sys.stderr)
    return 0


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


def _claims(parsed: argparse.Namespace) -> int:
    rows = []
    first_seed = parsed.first_seed or 0
    experiments = list(_chosen(parsed.experiment))
    if parsed.drawn_by is not None:
        experiments, first_seed = _drawn(experiments, parsed.drawn_by)
    for experiment in experiments:
        run = each_once()
        for claim in experiment.claims:
            verdict = check(experiment, claim, parsed.seeds, first_seed, run)
            rows.append({
                "experiment": experiment.name, "claim": claim.name, "sentence": claim.sentence,
                "held": list(verdict.held), "share": claim.share, "ok": verdict.ok,
            })
            if not parsed.json:
                print(f"{'ok  ' if verdict.ok else 'FAIL'} {experiment.name} {claim.name}: "
                      f"{verdict} ({_studied(experiment, claim)}). {claim.sentence}", flush=True)
    if parsed.json:
        print(json.dumps(rows, indent=2))
    return 0 if all(row["ok"] for row in rows) else 1


def _studied(experiment: Experiment, claim: Claim) -> str:
    count = study.count_of(experiment, claim)
    return f"study: {study.in_words(claim, count)}" if count else "not studied yet"


def _drawn(experiments: Sequence[Experiment], text: str) -> tuple[list[Experiment], int]:
    """Two experiments, and a first seed beyond those that chose or studied anything."""
    rng = np.random.default_rng(list(text.encode()))
    chosen = rng.choice(len(experiments), size=min(2, len(experiments)), replace=False)
    return [experiments[i] for i in chosen], int(rng.integers(5000, MAX_FIRST_SEED))


def _study(parsed: argparse.Namespace) -> int:
    """Experiment by experiment: what was measured is kept, whatever comes after."""
    first = study.FIRST_SEED if parsed.first_seed is None else parsed.first_seed
    for experiment in _chosen(parsed.experiment):
        record = study.measured(experiment, first, parsed.only)
        study.keep({experiment.name: record})
        for claim in experiment.claims:
            print(f"{experiment.name} {claim.name}: {_studied(experiment, claim)}", flush=True)
    return 0


def _renew(parsed: argparse.Namespace) -> int:
    """Those whose sources changed; 1 where a verdict is another than the study's."""
    said: list[str] = []
    stale = [e for e in _chosen(parsed.experiment) if not study.is_current(e)]
    found = study.differences_of([e.name for e in stale])
    for experiment, differing in zip(stale, found, strict=True):
        if not differing:
            study.keep({experiment.name: study.renewed(experiment, f"{date.today()}")})
        said.extend(f"{experiment.name} {line}" for line in differing)
        outcome = "to be studied again (--study)" if differing else "renewed"
        print(f"{experiment.name}: {outcome}", flush=True)
    print("\n".join(said), end="\n" if said else "", file=sys.stderr)
    return 1 if said else 0


def _chosen(name: str | None) -> Iterator[Experiment]:
    if name in concepts():
        yield from concepts()[name]
    elif name is not None:
        yield _find(name)
    else:
        for experiments in concepts().values():
            yield from experiments


def _find(name: str) -> Experiment:
    try:
        return find(name)
    except KeyError as error:
        raise UsageError(error.args[0]) from error


if __name__ == "__main__":
    sys.exit(main())
