"""What the browser computes, held to the core without a browser: by deno."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.concepts.meta_learning import shots, sinusoids
from core.concepts.meta_learning.adapting import Adapting
from core.concepts.meta_learning.episodes import by_means, draw, turn
from core.config import with_changes
from core.stacked.traced import flat, views
from pages.meta_learning import episode

STAGES = Path(__file__).parents[3] / "explorer" / "live" / "browser" / "stages"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
POINTS = [[-4.0, 1.5], [-1.0, -2.0], [0.5, 0.3], [3.0, 2.5]]
RATE, STEPS = 0.02, 4
STEPS_SCRIPT = f"""
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


READERS_SCRIPT = f"""
import {{ parameters }} from "{(STAGES / "layers.js").as_uri()}";
import {{ nearest, reading }} from "{(STAGES / "readers.js").as_uri()}";
const {{ reader, shapes, weights, given, asked, ways, shrink }} =
  JSON.parse(await new Response(Deno.stdin.readable).text());
const numbers = (x) => Float64Array.from(x);
const examples = given.map(([x, name]) => ({{ x: numbers(x), name }}));
const read = reader ? reading(reader, parameters(weights, {{ shapes }}), examples, ways)
  : nearest(examples, ways, (x) => x, shrink);
console.log(JSON.stringify(asked.map((x) => read(numbers(x)))));
"""


def computed(script: str, given: Mapping[str, Any], folder: Path) -> Any:
    """What a module makes of it."""
    (folder / "script.js").write_text(script, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(folder)}
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={STAGES}", folder / "script.js"],
        input=json.dumps(given), capture_output=True, text=True, env=os.environ | quiet, check=True)
    return json.loads(done.stdout)


def test_the_browser_takes_the_cores_steps(tmp_path: Path) -> None:
    """Gradient, errors and curves, in float64, of the lab's own net."""
    config = sinusoids.Config()
    net = Adapting(config.width, inner_rate=RATE)
    row = flat(net.shapes, net.start(np.random.default_rng(3))).astype(np.float64)
    at = np.linspace(-5, 5, 7)
    given = {"shapes": sinusoids.shapes(config), "weights": row.tolist(), "points": POINTS,
             "rate": RATE, "steps": STEPS, "at": at.tolist()}
    found = computed(STEPS_SCRIPT, given, tmp_path)
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


@pytest.mark.parametrize("name", shots.KINDS)
def test_the_browsers_nets_say_what_the_cores_say(name: str, tmp_path: Path) -> None:
    """An example that is asked after each round, in float64, of the lab's own nets."""
    config = shots.Config(n_ways=3, n_shots=3)
    like, rng = shots.like(config), np.random.default_rng(5)
    net = shots.KINDS[name].net(like)
    drawn = draw(rng, 1, like, turn(rng))
    row = flat(net.shapes, net.start(rng)).astype(np.float64)
    x, _ = shots.asked([drawn], like)
    with torch.inference_mode():
        ours = net.forward(views(net.shapes, torch.from_numpy(row)[None]), x.double())[0, :, 0]
    (reader,) = episode(with_changes(config, nets=(name,))).options["nets"]
    assert reader["shapes"] == shots.shapes(config, name)
    examples, names = x[0, 0, :, :-1].tolist(), drawn.name[0].tolist()
    for q, seen in enumerate(like.seen.tolist()):
        given = {"reader": reader, "shapes": reader["shapes"], "weights": row.tolist(), "ways": 3,
                 "given": list(zip(examples[:seen], names[:seen], strict=True)),
                 "asked": [examples[like.n_given + q]]}
        (theirs,) = computed(READERS_SCRIPT, given, tmp_path)
        np.testing.assert_allclose(theirs, ours[:, q].numpy(), atol=1e-9)


def test_the_browsers_likeliest_mean_is_the_cores(tmp_path: Path) -> None:
    like, rng = shots.like(shots.Config()), np.random.default_rng(6)
    drawn = draw(rng, 1, like, turn(rng))
    examples, names = drawn.clear[0].tolist(), drawn.kind[0].tolist()
    shrink = like.spread**2
    ours = by_means(drawn.clear, drawn.kind, like, shrink)[0]
    for q, seen in enumerate(like.seen.tolist()):
        given = {"ways": like.n_ways, "shrink": shrink, "asked": [examples[like.n_given + q]],
                 "given": list(zip(examples[:seen], names[:seen], strict=True))}
        (scores,) = computed(READERS_SCRIPT, given, tmp_path)
        assert int(np.argmax(scores)) == ours[q]
