"""The trees that the browser draws, held to the core without a browser: by deno."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import numpy as np

from core.concepts.dilated_convolution.net import ways
from core.concepts.dilated_convolution.reach import KINDS

BROWSER = Path(__file__).parents[3] / "explorer" / "live" / "browser"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
OUTPUT = 100
SCRIPT = f"""
import {{ above, below }} from "{(BROWSER / "stages" / "field.js").as_uri()}";
const asked = JSON.parse(await new Response(Deno.stdin.readable).text());
console.log(JSON.stringify(asked.map(([dilations, kernel]) => [
  [...below(dilations, kernel, {OUTPUT})[0]],
  [...above(dilations, kernel, {OUTPUT}).at(-1)],
])));
"""


def test_an_output_sees_in_the_browser_what_it_sees_by_formula(tmp_path: Path) -> None:
    """And a symbol comes to those outputs that see it."""
    cases = [(kind.dilations(n), kernel) for kind in KINDS.values() for n in (2, 3)
             for kernel in (2, 3)]
    script = tmp_path / "script.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={BROWSER}", script], input=json.dumps(cases),
        capture_output=True, text=True, env=os.environ | quiet, check=True)
    for (dilations, kernel), (seen, reached) in zip(cases, json.loads(done.stdout), strict=True):
        back = np.flatnonzero(ways(dilations, kernel, OUTPUT))
        np.testing.assert_array_equal(sorted(OUTPUT - place for place in seen), back)
        np.testing.assert_array_equal(sorted(place - OUTPUT for place in reached), back)
