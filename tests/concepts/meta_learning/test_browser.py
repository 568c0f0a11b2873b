"""The steps that the browser takes, held to the core without a browser: by deno."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import torch

from core.concepts.meta_learning import sinusoids
from core.concepts.meta_learning.adapting import Adapting
from core.stacked.traced import flat, views

torch.set_num_threads(1)
STAGES = Path(__file__).parents[3] / "explorer" / "live" / "browser" / "stages"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
POINTS = [[-4.0, 1.5], [-1.0, -2.0], [0.5, 0.3], [3.0, 2.5]]
RATE, STEPS = 0.02, 4
SCRIPT = f"""
import {{ parameters }} from "{(STAGES / "layers.js").as_uri()}";
import {{ descended, error, said, slope }} from "{(STAGES / "descent.js").as_uri()}";
const {{ shapes, weights, points, rate, steps, at }} =
  JSON.parse(await new Response(Deno.stdin.readable).text());
const p = parameters(weights, {{ shapes }});
const asked = points.map(([x, y]) => ({{ x, y }}));
console.log(JSON.stringify({{
  slope: Object.values(slope(p, asked)).map((a) => [...a]),
  curves: [...Array(steps + 1).keys()].map((n) => {{
    const moved = descended(p, asked, rate, n);
    return [error(moved, asked), ...at.map((x) => said(moved, x))];
  }}),
}}));
"""


def test_the_browser_takes_the_cores_steps(tmp_path: Path) -> None:
    """Gradient, errors and curves, in float64, of the lab's own net."""
    config = sinusoids.Config()
    net = Adapting(config.width, inner_rate=RATE)
    row = flat(net.shapes, net.start(np.random.default_rng(3))).astype(np.float64)
    at = np.linspace(-5, 5, 7)
    script = tmp_path / "script.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    given = {"shapes": sinusoids.shapes(config), "weights": row.tolist(), "points": POINTS,
             "rate": RATE, "steps": STEPS, "at": at.tolist()}
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={STAGES}", script], input=json.dumps(given),
        capture_output=True, text=True, env=os.environ | quiet, check=True)
    found = json.loads(done.stdout)
    p = {name: a.clone().requires_grad_()
         for name, a in views(net.shapes, torch.from_numpy(row)[None]).items()}
    x, y = torch.tensor(POINTS, dtype=torch.float64).T[..., None, :].mT.unbind()
    slopes = torch.autograd.grad(net.errors(p, x[None], y[None]).sum(), list(p.values()))
    for theirs, ours in zip(found["slope"], slopes, strict=True):
        np.testing.assert_allclose(theirs, ours.flatten().numpy(), atol=1e-12)
    where = torch.from_numpy(at)[None, :, None]
    for theirs, moved in zip(found["curves"], net.adapting(p, x[None], y[None], STEPS),
                             strict=True):
        ours = [float(net.errors(moved, x[None], y[None]).detach()),
                *net.forward(moved, where).detach().flatten().tolist()]
        np.testing.assert_allclose(theirs, ours, atol=1e-11)
