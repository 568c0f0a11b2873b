"""Ruff and mypy find nothing. They are tests so that they run beside the others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("how", [("ruff", "check", "."), ("mypy",)], ids=lambda how: how[0])
def test_nothing_is_found(how: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-m", *how], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
