"""The study: on how many fresh seeds each claim held, and of which sources that was measured.

`python -m core claims --study` measures it, `study.json` keeps it, the page shows its counts,
and the tests hold every claim to it:

* A claim asks for no larger share than the study supports: the lower end of a 95 % interval
  (Wilson) on its seeds. None may ask for less than `LEAST_SHARE`.
* Settings and thresholds are chosen on other seeds than those that it is studied on.
* The study says for which sources it was measured. Where they have changed and every claim
  still gives the verdicts on record, on the first seeds of its study, `renew` takes the new
  sources in and says so in the file; where not, the study has to be made again.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import groupby
from multiprocessing import get_context, parent_process
from pathlib import Path

from core.checking import CLAIM_SEEDS, each_once
from core.checking import check as checked
from core.concepts import find
from core.experiment import Claim, Experiment
from core.sources import digest_of

PATH = Path(__file__).with_name("study.json")
FIRST_SEED = 1000
N_STACKS = {"seeds": 8, "group": 12, "nothing": 1}
"""How many stacks of `CLAIM_SEEDS` seeds: 64 seeds, or 12 groups, or one run for ever."""
LEAST_SHARE = 0.75

Held = Mapping[str, Sequence[bool]]


@dataclass(frozen=True)
class Count:
    """What the study saw of one claim.

    Attributes:
        of: How many seeds, or groups of seeds.
        failed: The seeds on which it did not hold; of a group, its first seed.
        first_seed: Where its seeds begin.
    """

    of: int
    failed: tuple[int, ...] = ()
    first_seed: int = FIRST_SEED

    @property
    def held(self) -> int:
        return self.of - len(self.failed)

    @property
    def supported(self) -> float:
        """The largest share that a claim may ask for; see the module."""
        return 1.0 if self.of == 1 and not self.failed else wilson(self.held, self.of)


@dataclass(frozen=True)
class Record:
    """The study of one experiment.

    Attributes:
        sources: Digest of what the verdicts depend on.
        renewed: How the digest came to be another than that of the study; "" where it is.
        claims: By name.
    """

    sources: str
    claims: dict[str, Count]
    renewed: str = ""


def wilson(held: int, of: int, z: float = 1.959964) -> float:
    """The lower end of the 95 % interval for a share, from a count (Wilson 1927)."""
    share = held / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of)


# --- the file ----------------------------------------------------------------------------


@cache
def study(path: Path = PATH) -> Mapping[str, Record]:
    """The kept study, by experiment."""
    return {
        name: Record(entry["sources"], {
            claim: Count(count["of"], tuple(count["failed"]), count["first_seed"])
            for claim, count in entry["claims"].items()
        }, entry["renewed"])
        for name, entry in json.loads(path.read_text("utf-8")).items()
    }


def count_of(experiment: Experiment, claim: Claim) -> Count | None:
    """What the study saw of a claim; None where it was not studied yet."""
    record = study().get(experiment.name)
    return None if record is None else record.claims.get(claim.name)


def in_words(claim: Claim, count: Count) -> str:
    """For people: "held in 61 of 64 seeds"."""
    if claim.over == "nothing":
        return "did not hold" if count.failed else "held, and nothing in it is random"
    what = "seeds" if claim.over == "seeds" else f"groups of {CLAIM_SEEDS} seeds"
    return f"held in {count.held} of {count.of} {what}"


def keep(record: Mapping[str, Record], path: Path = PATH) -> None:
    """Writes records into the study, in the order of names: a line per claim."""
    merged = {**(study(path) if path.exists() else {}), **record}
    path.write_text("{\n" + ",\n".join(
        f"{json.dumps(name)}: {_lines(merged[name])}" for name in sorted(merged)
    ) + "\n}\n", "utf-8")
    study.cache_clear()


def _lines(record: Record) -> str:
    claims = ",\n".join(f"    {json.dumps(name)}: {json.dumps({'held': c.held, **asdict(c)})}"
                        for name, c in record.claims.items())
    return (f'{{\n  "sources": {json.dumps(record.sources)},\n'
            f'  "renewed": {json.dumps(record.renewed)},\n  "claims": {{\n{claims}\n  }}\n}}')


# --- measuring ---------------------------------------------------------------------------


def sources_of(experiment: Experiment) -> str:
    """Digest of what an experiment's verdicts depend on."""
    return digest_of(experiment.name, claims=True)


def measured(
    experiment: Experiment, first_seed: int = FIRST_SEED, names: Sequence[str] = ()
) -> Record:
    """Studies an experiment's claims on seeds from `first_seed` on, with a process per core.

    Args:
        names: Of the claims; all if empty. The others keep what is on record, and so does the
            digest: whether they still hold on today's sources, `renewed` has to say.
    """
    claims = [c for c in experiment.claims if not names or c.name in names]
    held: dict[str, list[bool]] = {c.name: [] for c in claims}
    for verdicts in _in_processes(experiment, claims, first_seed):
        for name, answers in verdicts.items():
            held[name].extend(answers)
    new = {c.name: count(c, held[c.name], first_seed) for c in claims}
    if not names:
        return Record(sources_of(experiment), new)
    kept = study().get(experiment.name, Record("", {}))
    known = {**kept.claims, **new}
    return replace(kept, claims={c.name: known[c.name] for c in experiment.claims
                                 if c.name in known})


def processes() -> ProcessPoolExecutor:
    """A process per core, which end with this one, however that ends."""
    return ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    def wait() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _in_processes(
    experiment: Experiment, claims: Sequence[Claim], first_seed: int
) -> Iterator[Held]:
    stacks = max((N_STACKS[c.over] for c in claims), default=0)
    asked = [[c.name for c in claims if i < N_STACKS[c.over]] for i in range(stacks)]
    firsts = [first_seed + i * CLAIM_SEEDS for i in range(stacks)]
    with processes() as pool:
        yield from pool.map(verdicts_on, [experiment.name] * stacks, asked, firsts)


def verdicts_on(name: str, claims: Sequence[str], first_seed: int) -> Held:
    """The verdicts of an experiment's claims on one stack of `CLAIM_SEEDS` seeds."""
    experiment, run = find(name), each_once()
    return {
        claim: checked(experiment, experiment.claim(claim), CLAIM_SEEDS, first_seed, run).held
        for claim in claims
    }


def count(claim: Claim, held: Sequence[bool], first_seed: int) -> Count:
    apart = 1 if claim.over == "seeds" else CLAIM_SEEDS
    failed = tuple(first_seed + i * apart for i, answer in enumerate(held) if not answer)
    return Count(len(held), failed, first_seed)


# --- what changed ------------------------------------------------------------------------


def is_current(experiment: Experiment) -> bool:
    """Whether the study is of today's sources."""
    record = study().get(experiment.name)
    return record is not None and record.sources == sources_of(experiment)


def differences(
    experiment: Experiment, on: Callable[[str, Sequence[str], int], Held] = verdicts_on
) -> list[str]:
    """Trains each claim on the first seeds of its study and compares, seed by seed.

    Returns:
        A line per claim whose verdicts are not those on record, or that is not on record.
    """
    known = study()[experiment.name].claims if experiment.name in study() else {}
    said = [f"{c.name}: was never studied" for c in experiment.claims if c.name not in known]
    claims = sorted((c for c in experiment.claims if c.name in known),
                    key=lambda c: known[c.name].first_seed)
    for first, some in groupby(claims, key=lambda c: known[c.name].first_seed):
        here = list(some)
        for name, held in on(experiment.name, [c.name for c in here], first).items():
            seen = count(experiment.claim(name), held, first).failed
            kept = tuple(s for s in known[name].failed if s < first + CLAIM_SEEDS)
            if seen != kept:
                said.append(f"{name}: fails on the seeds {list(seen)} of {first} to "
                            f"{first + CLAIM_SEEDS - 1}, on record are {list(kept)}")
    return said


def differences_of(names: Sequence[str]) -> Iterator[list[str]]:
    """`differences` of several experiments, in their order, with a process per core."""
    with processes() as pool:
        yield from pool.map(_differences, names)


def _differences(name: str) -> list[str]:
    return differences(find(name))


def renewed(experiment: Experiment, today: str) -> Record:
    """The record with today's sources, for verdicts that are still those on record."""
    sentence = f"{today}: the first {CLAIM_SEEDS} seeds of each claim gave the verdicts on record"
    kept = study().get(experiment.name, Record("", {}))  # without claims there is nothing to study
    return replace(kept, sources=sources_of(experiment), renewed=sentence)
