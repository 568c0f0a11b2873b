"""What the sphere computes in the browser, held to numpy: by deno, without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import numpy as np

STAGES = Path(__file__).parents[3] / "explorer" / "live" / "browser" / "stages"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
SCRIPT = f"""
import {{ neighbours, rowsOf, turned }} from "{(STAGES / "globe.js").as_uri()}";
const {{ shape, values }} = JSON.parse(await new Response(Deno.stdin.readable).text());
const rows = rowsOf({{ shape, values }}, 1);
console.log(JSON.stringify({{
  near: Array.from({{ length: rows.n }}, (_, i) => neighbours(rows, i, 3)),
  axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map((axis) => turned(axis, 0.7, -0.4)),
  pulled: turned([0, 0, 1], 0.1, 0), lifted: turned([0, 1, 0], 0, 0.1),
}}));
"""


def test_neighbours_and_turns_are_those_of_numpy(tmp_path: Path) -> None:
    """Of the second of two tables; a sphere that is turned stays one, and follows the hand."""
    z = np.random.default_rng(0).standard_normal((2, 12, 5))
    z /= np.linalg.norm(z, axis=2, keepdims=True)
    script = tmp_path / "script.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={STAGES}", script],
        input=json.dumps({"shape": z.shape, "values": z.ravel().tolist()}),
        capture_output=True, text=True, env=os.environ | quiet, check=True)
    found = json.loads(done.stdout)
    cosines = z[1] @ z[1].T - 2 * np.eye(12)
    order = np.argsort(-cosines, axis=1)[:, :3]
    assert [[one["point"] for one in row] for row in found["near"]] == order.tolist()
    said = [[one["cosine"] for one in row] for row in found["near"]]
    assert np.allclose(said, np.take_along_axis(cosines, order, 1))
    axes = np.array(found["axes"])
    assert np.allclose(axes @ axes.T, np.eye(3))
    assert np.linalg.det(axes) > 0
    assert found["pulled"][0] > 0, "what is in front goes where the hand goes, to the right"
    assert found["lifted"][2] > 0, "what is above comes to the front"
