"""The sources that compute runs."""

from __future__ import annotations

import functools
import hashlib
from importlib import metadata
from pathlib import Path


@functools.cache
def source_digest() -> str:
    """Of everything that computes: a changed rule, or another torch, is another run."""
    root = Path(__file__).parents[1]
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "scikit-learn", "torch")]
    digest = hashlib.sha256(" ".join(versions).encode())
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
