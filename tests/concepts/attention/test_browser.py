"""The translator that runs in the browser, held to the core without a browser: by deno."""

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

from core.concepts.attention import common
from core.concepts.attention.hard import Config as Hard
from core.concepts.attention.tasks import MONTHS, TASKS, Pairs
from core.concepts.attention.translate import Config
from core.stacked.traced import views

MODULE = (Path(__file__).parents[3] / "explorer" / "live" / "browser" / "stages"
          / "translation.js")
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
SCRIPT = f"""
import {{ parameters }} from "{MODULE.with_name("layers.js").as_uri()}";
import {{ right, translate }} from "{MODULE.as_uri()}";
const given = JSON.parse(await new Response(Deno.stdin.readable).text());
console.log(JSON.stringify({{
  found: (given.nets ?? []).flatMap(({{ net, players, weights, sources, told }}) =>
    players.map((read) => sources.map((source, i) =>
      [null, told[i]].map((before) =>
        translate(net, parameters(weights[read.row], net), read, source, told[i].length, before)
      )))),
  right: (given.asked ?? []).map(([task, text]) => right(task, text, given.months)),
}}));
"""


def by_deno(tmp_path: Path, given: dict[str, Any]) -> dict[str, Any]:
    script = tmp_path / "script.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={MODULE.parent}", script],
        input=json.dumps(given), capture_output=True, text=True, env=os.environ | quiet,
        check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


CONFIGS: list[common.CommonConfig] = [
    Config(reads=("none", "dot", "scaled", "additive"), width=16, longest=6),
    Config(encoder="unidirectional", reads=("dot",), width=16, longest=6),
    Config(encoder="self_attention", reads=("additive",), width=16, longest=6),
    Hard(reads=("dot", "marginal"), width=16, longest=6),
]


def test_the_browsers_translator_is_the_same(tmp_path: Path) -> None:
    """What is said, how surely, and what is looked at: by itself and told the right symbols
    before, of every way to read and every encoder, on sources of all lengths.
    """
    asked, expected = [], []
    for config in CONFIGS:
        net = common.net_of(config)
        rng = np.random.default_rng(1)
        p = rng.normal(0, 0.5, (len(config.reads), net.n_parameters))
        stack = views(net.shapes, torch.from_numpy(p))
        sources = [rng.integers(0, 10, n) for n in (1, 4, 9)]
        asked.append({
            "net": common.net_as_data(config), "players": common.players(config),
            "weights": p.tolist(), "sources": [s.tolist() for s in sources],
            "told": [s[::-1].tolist() for s in sources],
        })
        expected += [[by_core(net, stack, row, s) for s in sources]
                     for row in range(len(config.reads))]
    found = by_deno(tmp_path, {"nets": asked})["found"]
    assert len(found) == len(expected)
    for of_net, ours in zip(found, expected, strict=True):
        for (own, told), (said, logits, looks) in zip(of_net, ours, strict=True):
            assert own["said"] == said
            np.testing.assert_allclose(told["looks"], looks, atol=1e-9)
            chances = np.exp(logits - logits.max(-1, keepdims=True))
            chances /= chances.sum(-1, keepdims=True)
            assert told["said"] == chances.argmax(-1).tolist()
            np.testing.assert_allclose(told["sure"], chances.max(-1), atol=1e-9)


def by_core(
    net: Any, stack: Any, row: int, source: np.ndarray
) -> tuple[list[int], np.ndarray, np.ndarray]:
    """What one model of a stack says by itself; its logits and looks when it is told."""
    n = len(source)
    rows = torch.from_numpy(np.tile(source, (len(net.reads), 1, 1)))
    pairs = Pairs(rows.numpy(), rows.flip(-1).numpy())
    logits, looks = net.taught(stack, common.rows_of(TASKS["reverse"], pairs), n)
    said = net.speak(stack, rows, n)
    return said[row, 0].tolist(), logits[row, 0].numpy(), looks[row, 0].numpy()


@pytest.mark.parametrize("task", TASKS)
def test_the_browser_knows_what_is_right(task: str, tmp_path: Path) -> None:
    """The answers and their places are those of the core's tasks."""
    rule, rng = TASKS[task], np.random.default_rng(2)
    pairs = rule.draw(rng, rule.lengths(rng, 40, 3, 9), 9)
    texts = ["".join(rule.symbols[n] for n in row if n < rule.nothing) for row in pairs.source]
    given = {"asked": [[task, text] for text in texts], "months": list(MONTHS)}
    found = by_deno(tmp_path, given)["right"]
    for row, target, where in zip(found, pairs.target, rule.alignments(pairs), strict=True):
        answer = "".join(rule.symbols[n] for n in target if n < rule.nothing)
        assert row["answer"] == answer
        for places, ours in zip(row["aligned"], where, strict=False):
            assert places == np.flatnonzero(ours).tolist()


def test_what_is_no_date_has_no_answer(tmp_path: Path) -> None:
    texts = ["31 february 1999", "0 may 1999", "3 mai 1999", "3 may 99", "12 may 1999 "]
    given = {"asked": [["date", text] for text in texts], "months": list(MONTHS)}
    assert by_deno(tmp_path, given)["right"] == [None] * len(texts)
