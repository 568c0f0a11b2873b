"""The lines for a notebook in the README, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_readmes_lines_give_a_table() -> None:
    """In a fresh interpreter: steps down, optimizers across, all losses finite; and torch has as
    many threads as before.
    """
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    *before, last = lines.strip().splitlines()
    code = "\n".join(["import torch; torch.set_num_threads(2)", *before, f"table = {last}",
                      "assert table.shape == (60, 8), table.shape",
                      "assert table.index.name == 'step'",
                      "assert list(table)[:2] == ['sgd', 'momentum']",
                      "assert table.notna().all(axis=None)",
                      "assert torch.get_num_threads() == 2"])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr
