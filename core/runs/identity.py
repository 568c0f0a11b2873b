"""What makes two runs the same: the job, and everything that computes it."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any


def job_key(job: dict[str, Any]) -> str:
    """The name of a job's run, the same in every process with the same source."""
    text = json.dumps(job, sort_keys=True) + source_digest()
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def source_digest() -> str:
    """Of everything that computes: a changed rule, or another torch, is another run."""
    root = Path(__file__).parents[1]
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "scikit-learn", "torch")]
    digest = hashlib.sha256(" ".join(versions).encode())
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
