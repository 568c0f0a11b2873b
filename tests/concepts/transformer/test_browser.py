"""The Transformer that runs in the browser, held to the core without a browser: by deno."""

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

from core.concepts.transformer import common
from core.concepts.transformer.inside import Config, net_as_data
from core.concepts.transformer.tasks import NOTHING, TASKS
from core.stacked.traced import views

STAGES = Path(__file__).parents[3] / "explorer" / "live" / "browser" / "stages"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
SCRIPT = f"""
import {{ parameters }} from "{(STAGES / "layers.js").as_uri()}";
import {{ right, see }} from "{(STAGES / "transformer.js").as_uri()}";
const given = JSON.parse(await new Response(Deno.stdin.readable).text());
console.log(JSON.stringify({{
  seen: (given.nets ?? []).map(({{ net, weights, sources, off }}) => sources.map((source) =>
    [[], off].map((heads) => see(net, parameters(weights, net), source, new Set(heads))))),
  right: (given.asked ?? []).map(([task, text]) => right(task, text)),
}}));
"""


def by_deno(tmp_path: Path, given: dict[str, Any]) -> dict[str, Any]:
    script = tmp_path / "script.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={STAGES}", script], input=json.dumps(given),
        capture_output=True, text=True, env=os.environ | quiet, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


CONFIGS = [
    Config(width=16),
    Config(task="reverse", width=16, norm="post", mlp=True, positions="sinusoidal", n_heads="4"),
    Config(width=16, n_layers=3, norm="none", residual=False, positions="rotary", scale=False),
    Config(task="count", width=16, n_layers=1, n_heads="1", positions="none", mlp=True),
]


def test_the_browsers_net_is_the_same(tmp_path: Path) -> None:
    """What is said, how surely, and what every head looks at, with all heads and without some: of
    nets with and without each part, on sequences of all lengths.
    """
    asked, expected = [], []
    for config in CONFIGS:
        net, rng = common.net_of(config), np.random.default_rng(1)
        p = rng.normal(0, 0.4, net.n_parameters)
        sources = [rng.integers(0, net.n_symbols, n) for n in (1, 4, net.n_places)]
        n_heads = net.n_layers * net.n_heads
        off = [0, n_heads - 1]
        asked.append({"net": net_as_data(config), "weights": p.tolist(), "off": off,
                      "sources": [s.tolist() for s in sources]})
        kept = torch.ones(n_heads, dtype=torch.float64)
        kept[off] = 0
        by_name = views(net.shapes, torch.from_numpy(p)[None])
        for source in sources:
            x = torch.from_numpy(source)[None, None]
            expected += [net.see(by_name, x, heads)
                         for heads in (None, kept.view(net.n_layers, net.n_heads))]
    found = [seen for of_net in by_deno(tmp_path, {"nets": asked})["seen"]
             for pair in of_net for seen in pair]
    assert len(found) == len(expected)
    for theirs, ours in zip(found, expected, strict=True):
        chances = ours.logits[0, 0].softmax(-1).numpy()
        assert theirs["said"] == chances.argmax(-1).tolist()
        np.testing.assert_allclose(theirs["sure"], chances.max(-1), atol=1e-9)
        np.testing.assert_allclose(theirs["looks"], torch.cat(ours.looks, 2)[0, 0], atol=1e-9)


@pytest.mark.parametrize("task", TASKS)
def test_the_browser_knows_what_is_right(task: str, tmp_path: Path) -> None:
    """The answers that count and their places are those of the core's tasks."""
    rule, drawn = TASKS[task], TASKS[task].draw(np.random.default_rng(2), 20)
    texts = ["".join(rule.symbols[n] for n in row) for row in drawn.x]
    found = by_deno(tmp_path, {"asked": [[task, text] for text in texts]})["right"]
    for theirs, y, source in zip(found, drawn.y, drawn.source, strict=True):
        for t in range(rule.counted_from, rule.length - rule.causal):
            assert theirs["answers"][t] == (None if y[t] == NOTHING else rule.answers[y[t]])
            assert theirs["places"][t] == np.flatnonzero(source[t]).tolist()


def test_what_does_not_repeat_has_no_answers(tmp_path: Path) -> None:
    found = by_deno(tmp_path, {"asked": [["repeats", "abcdefgh"], ["repeats", "abcabc"]]})["right"]
    assert found[0]["answers"] == [None] * 8
    assert found[1]["answers"] == [None, None, None, "b", "c", "a"]
