"""`claims`: what the pages teach is checked, studied on many seeds, or kept after a change."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date

import numpy as np

from core import study
from core.checking import MAX_FIRST_SEED, check, each_once
from core.cli.chosen import experiments_of
from core.experiment import Claim, Experiment


def claims(parsed: argparse.Namespace) -> int:
    """Checks them on the seeds that were asked for; 1 where one is contradicted."""
    rows = []
    first_seed = parsed.first_seed or 0
    experiments = experiments_of(parsed.experiment)
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
                      f"{verdict} ({studied(experiment, claim)}). {claim.sentence}", flush=True)
    if parsed.json:
        print(json.dumps(rows, indent=2))
    return 0 if all(row["ok"] for row in rows) else 1


def studied(experiment: Experiment, claim: Claim) -> str:
    """What the study saw of a claim, in words."""
    count = study.count_of(experiment, claim)
    return f"study: {study.in_words(claim, count)}" if count else "not studied yet"


def _drawn(experiments: Sequence[Experiment], text: str) -> tuple[list[Experiment], int]:
    """Two experiments, and a first seed beyond those that chose or studied anything."""
    rng = np.random.default_rng(list(text.encode()))
    chosen = rng.choice(len(experiments), size=min(2, len(experiments)), replace=False)
    return [experiments[i] for i in chosen], int(rng.integers(5000, MAX_FIRST_SEED))


def measure(parsed: argparse.Namespace) -> int:
    """Experiment by experiment: what was measured is kept, whatever comes after."""
    first = study.FIRST_SEED if parsed.first_seed is None else parsed.first_seed
    for experiment in experiments_of(parsed.experiment):
        record = study.measured(experiment, first, parsed.only)
        study.keep({experiment.name: record})
        for claim in experiment.claims:
            print(f"{experiment.name} {claim.name}: {studied(experiment, claim)}", flush=True)
        if not study.is_current(experiment):  # only some were measured
            print(f"{experiment.name}: of the other claims see whether they hold on today's "
                  "sources (--renew)", flush=True)
    return 0


def renew(parsed: argparse.Namespace) -> int:
    """Those whose sources changed; 1 where a verdict is another than the study's."""
    said: list[str] = []
    stale = [e for e in experiments_of(parsed.experiment) if not study.is_current(e)]
    found = study.differences_of([e.name for e in stale])
    for experiment, differing in zip(stale, found, strict=True):
        if not differing:
            study.keep({experiment.name: study.renewed(experiment, f"{date.today()}")})
        said.extend(f"{experiment.name} {line}" for line in differing)
        outcome = "to be studied again (--study)" if differing else "renewed"
        print(f"{experiment.name}: {outcome}", flush=True)
    print("\n".join(said), end="\n" if said else "", file=sys.stderr)
    return 1 if said else 0
