"""Jobs: what names a run, and what is refused when it comes from elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.checking import MAX_CLAIM_SEEDS, MAX_FIRST_SEED
from core.concepts import find
from core.runs import run_name
from core.runs.job import ClaimJob, Job, TrainJob, from_json

SURFACE = find("optimizers.surface")
CONFIG = SURFACE.config()
JOBS: list[Job] = [
    TrainJob.of(SURFACE, CONFIG),
    TrainJob.of(SURFACE, SURFACE.config(seed=1)),
    TrainJob.of(SURFACE, SURFACE.config(changes=["3:learning_rate=0.9"])),
    TrainJob.of(SURFACE, SURFACE.config(changes=["4:learning_rate=0.9"])),
    TrainJob.of(SURFACE, SURFACE.config(changes=["4:learning_rate=0.8"])),
    TrainJob("optimizers.surface", CONFIG.model_dump(mode="json"), owner="ada"),
    TrainJob("optimizers.surface", CONFIG.model_dump(mode="json"), owner="bob", own={"n": 1}),
    ClaimJob("optimizers.surface", "A1.1", 8, 0),
    ClaimJob("optimizers.surface", "A1.1", 8, 1),
    ClaimJob("optimizers.surface", "A1.2", 8, 0),
]


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_a_job_survives_its_way_as_json(job: Job) -> None:
    read = from_json(json.loads(json.dumps(job.to_json())))
    assert read == job
    assert read.key == job.key


def test_whatever_differs_is_another_run() -> None:
    assert len({job.key for job in JOBS}) == len(JOBS)
    assert all(len(job.key) == 64 and int(job.key, 16) for job in JOBS)


def test_a_runs_name_says_what_changes_too() -> None:
    changed = SURFACE.config(changes=["3:learning_rate=0.9"])
    assert JOBS[0].key.startswith(run_name(SURFACE, CONFIG))
    assert JOBS[2].key.startswith(run_name(SURFACE, changed))


def test_only_a_job_with_an_owner_is_private() -> None:
    assert [job.private for job in JOBS] == [isinstance(job, TrainJob) and job.owner != ""
                                             for job in JOBS]


TRAIN: dict[str, Any] = {"experiment": "toy", "config": {}}
CLAIM: dict[str, Any] = {"experiment": "toy", "claim": "c", "n_seeds": 8, "first_seed": 0}


@pytest.mark.parametrize(("values", "words"), [
    (None, "job: None is not allowed"),
    ([], "job: "),
    ({}, "experiment"),
    (TRAIN | {"experiment": 3}, "experiment: 3 is not allowed"),
    (TRAIN | {"config": []}, "config: "),
    (TRAIN | {"owner": None}, "owner: None"),
    (TRAIN | {"own": []}, "own: [] is not allowed"),
    (TRAIN | {"module": "os"}, "module"),
    (TRAIN | {"changes": []}, "changes"),
    (CLAIM | {"claim": 3}, "claim: 3"),
    (CLAIM | {"config": {}}, "config"),
    (CLAIM | {"n_seeds": 0}, f"n_seeds: 0 is not allowed. Allowed: from 1 to {MAX_CLAIM_SEEDS}"),
    (CLAIM | {"n_seeds": True}, "n_seeds: True"),
    (CLAIM | {"n_seeds": MAX_CLAIM_SEEDS + 1}, "n_seeds: "),
    (CLAIM | {"first_seed": -1}, f"first_seed: -1 is not allowed. Allowed: from 0 to "
                                 f"{MAX_FIRST_SEED}"),
    (CLAIM | {"first_seed": MAX_FIRST_SEED + 1}, "first_seed: "),
    (CLAIM | {"first_seed": "0"}, "first_seed: '0'"),
])
def test_what_is_no_job_is_refused_and_named(values: Any, words: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|no job") as refusal:
        from_json(values)
    assert words in str(refusal.value)
