"""The look inside: its measures, and that the browser's net is the one that was trained."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge

from core.concepts.convolution import inside
from core.concepts.convolution.inside import Config, cosines, filters, for_browser, probe_error
from core.concepts.convolution.nets import Stack
from core.config import with_changes
from core.stacked.traced import Traced, views

DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
MODULE = Path(__file__).parents[3] / "explorer" / "live" / "browser" / "convolution.js"
SCRIPT = """
const m = await import(Deno.args[0]);
const given = JSON.parse(await new Response(Deno.stdin.readable).text());
const { layers, scores } = m.forward(given.arrays, given.pools, given.image);
const sums = given.ask.map(([i, j]) => m.sumOf(given.arrays, layers, i, j));
const top = scores.indexOf(Math.max(...scores));
const falls = m.covering(given.arrays, given.pools, given.image, given.empty, top);
const slopes = m.gradient(given.arrays, layers, top);
const maps = layers.map((layer) => Array.from(layer.maps));
console.log(JSON.stringify({ maps, scores, sums, falls: Array.from(falls),
  slopes: Array.from(slopes), alike: m.alike(falls, slopes) }));
"""


def in_deno(given: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """What the browser's module makes of it."""
    script = tmp_path / "ask.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    done = subprocess.run(
        [DENO, "run", "--no-remote", "--allow-read", script, MODULE.as_uri()],
        input=json.dumps(given), capture_output=True, text=True, check=False,
        env=os.environ | quiet)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_browsers_net_is_the_one_that_was_trained(tmp_path: Path) -> None:
    """Every map, every score, the sums behind some numbers, what covering a patch costs, the
    gradient of the score, and how alike these two are.
    """
    net = inside.net_of(Config())
    stack = Stack(net, range(1), 0.01)
    rng = np.random.default_rng(0)
    named = views(net.shapes, stack.p)
    assert isinstance(stack.stack, Traced)
    state = stack.stack.state
    for name, a in (named | state).items():  # nothing is 0 or 1 by accident
        a += 0.2 * torch.from_numpy(rng.random(a.shape, np.float32)) + 0.01 * (name == "x")
    arrays = for_browser(net, named | state)
    image = rng.standard_normal(256).astype(np.float32)
    x = torch.from_numpy(image).view(1, 256, 1)
    ask = [(1, 0), (1, 511), (2, 100), (3, 255), (3, 17)]
    found = in_deno({
        "arrays": {k: {"shape": a.shape, "values": a.ravel().tolist()} for k, a in arrays.items()},
        "pools": [True, True, False], "image": image.tolist(), "ask": ask, "empty": -0.5,
    }, tmp_path)
    maps = net.maps(named | state, x)
    for ours, theirs in zip(maps, found["maps"], strict=True):
        np.testing.assert_allclose(ours[0, 0].numpy().ravel(), theirs, rtol=1e-3, atol=1e-3)
    scores = stack.outputs(x)[0, :, 0].numpy()
    np.testing.assert_allclose(scores, found["scores"], rtol=1e-3, atol=1e-3)
    for (i, j), told in zip(ask, found["sums"], strict=True):
        assert told["sum"] == pytest.approx(sum(told["parts"]))
        assert told["parts"][told["strongest"]] == pytest.approx(
            np.dot(told["window"], told["weights"]), abs=1e-6)
        value = max(told["sum"] * told["scale"] + told["offset"], 0)
        assert value == pytest.approx(told["value"], abs=1e-4)
        assert told["value"] == pytest.approx(float(maps[i - 1][0, 0].flatten()[j]), abs=1e-3)
    for at in (0, 100, 255):
        covered = image.reshape(16, 16).copy()
        row, column = divmod(at, 16)
        covered[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = -0.5
        top = scores.argmax()
        now = stack.outputs(torch.from_numpy(covered).view(1, 256, 1))[0, top, 0]
        assert found["falls"][at] == pytest.approx(float(scores[top] - now), abs=2e-3)
    drawn = x.clone().requires_grad_()
    net.forward({k: a.detach() for k, a in (named | state).items()}, drawn)[0, top, 0].backward()
    assert drawn.grad is not None
    np.testing.assert_allclose(found["slopes"], drawn.grad[0, :, 0], atol=1e-4)
    expected = spearmanr(np.abs(found["falls"]), np.abs(found["slopes"])).statistic
    assert found["alike"] == pytest.approx(expected, abs=1e-6)


def test_a_probe_is_ridge_regression() -> None:
    """scikit-learn's, on features at mean 0 and variance 1."""
    rng = np.random.default_rng(1)
    x, asked = rng.standard_normal((2, 40, 6)), rng.standard_normal((2, 30, 6))
    labels, answers = rng.integers(3, size=(2, 40)), rng.integers(3, size=(2, 30))
    one_hot = np.eye(3)
    found = probe_error(*(torch.from_numpy(a).float() for a in
                          (x, one_hot[labels], asked, one_hot[answers])))
    for s in range(2):
        mean, sd = x[s].mean(0), x[s].std(0, ddof=1)
        ridge = Ridge(alpha=inside.RIDGE).fit((x[s] - mean) / sd, one_hot[labels[s]])
        said = ridge.predict((asked[s] - mean) / sd).argmax(1)
        assert found[s] == pytest.approx((said != answers[s]).mean(), abs=1e-6)


def test_filters_and_cosines() -> None:
    rng = torch.Generator().manual_seed(0)
    before = torch.randn(2, 8, 1, 3, 3, generator=rng)
    now = before + 1
    strip = filters(now[0], before[0])
    assert strip.shape == (11, 31)
    assert np.nanmax(np.abs(strip)) == pytest.approx(1)
    rows = [strip[4 * i : 4 * i + 3, :3] for i in range(3)]
    np.testing.assert_allclose(rows[1] - rows[0], rows[2], atol=1e-6)
    assert np.isnan(strip[3]).all()
    torch.testing.assert_close(cosines(2 * before, before), torch.ones(2))


def test_the_first_kernels_begin_smaller_and_nothing_else_does() -> None:
    config = Config(data="digits", n_train=250, n_steps=50, n_seeds=1)
    (small, usual) = (next(iter(inside.train(with_changes(config, start=start)))).arrays
                      for start in ("small", "usual"))
    np.testing.assert_allclose(small["kernel1"], 0.1 * usual["kernel1"], rtol=1e-5)
    np.testing.assert_array_equal(small["kernel2"], usual["kernel2"])
    assert [int((small["labels"] == k).sum()) for k in range(10)] == [2] * 10
