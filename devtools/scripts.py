"""Runs the scripts that are taken away beside the page: `python -m devtools.scripts [LAB ...]`.

Those of the labs that are named, or else those whose sources are others than when they agreed
last: one small run each, in a process of its own. `devtools/scripts.json` keeps of which sources
each agreed, so that the tests run what has changed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from core.checking import trained
from core.concepts import concepts
from core.config import Config
from core.experiment import Experiment
from core.scripts import has_script, script_digest, script_of

RECORD = Path(__file__).with_suffix(".json")
TIMEOUT = 300


def labs() -> list[Experiment]:
    """All that have a script."""
    return [lab for of_page in concepts().values() for lab in of_page if has_script(lab)]


def recorded() -> dict[str, str]:
    """By lab the digest with which its script agreed."""
    found: dict[str, str] = json.loads(RECORD.read_text("utf-8"))
    return found


def changed(lab: Experiment) -> bool:
    """Whether a script or its page is another than when the two agreed."""
    return recorded().get(lab.name) != script_digest(lab)


def run_beside(experiment: Experiment, config: Config, folder: Path) -> tuple[int, str]:
    """Runs the script of a run in an interpreter that does not find this package.

    Returns:
        Its status, and what it printed.
    """
    path = folder / "run.py"
    path.write_text(script_of(trained(experiment, config)), "utf-8")
    done = subprocess.run([sys.executable, "-I", path.name], cwd=folder, text=True,
                          capture_output=True, check=False, timeout=TIMEOUT)
    return done.returncode, done.stdout + done.stderr


def main(names: list[str]) -> int:
    """Prints what each says; keeps which agree. Returns how many do not."""
    n_apart, agreed = 0, recorded() if RECORD.exists() else {}
    for lab in labs():
        if (lab.name not in names) if names else agreed.get(lab.name) == script_digest(lab):
            continue
        with TemporaryDirectory() as folder:
            status, said = run_beside(lab, lab.small, Path(folder))
        print(f"{lab.name}\n{said}")
        n_apart += status != 0
        agreed = {name: digest for name, digest in agreed.items() if name != lab.name}
        if status == 0:
            agreed[lab.name] = script_digest(lab)
        RECORD.write_text(json.dumps(dict(sorted(agreed.items())), indent=1) + "\n", "utf-8")
    return n_apart


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
