"""What runs in the browser, held to the core without a browser: by deno."""

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

from core.concepts.language_models import language, shown
from core.concepts.language_models.common import NOTHING, CommonConfig, net_of
from core.concepts.language_models.language import GAP, LENGTH
from core.concepts.language_models.tokens import Tokens
from core.stacked.traced import views
from tests.concepts.language_models.test_own_text import TEXTS

STAGES = Path(__file__).parents[3] / "explorer" / "live" / "browser" / "stages"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
SCRIPT = f"""
import {{ parameters }} from "{(STAGES / "layers.js").as_uri()}";
import {{ drawn, known, randoms, sharpened }} from "{(STAGES / "grammar.js").as_uri()}";
import {{ characters, merged, pairsOf, symbolsOf }} from "{(STAGES / "text.js").as_uri()}";
import {{ see }} from "{(STAGES / "transformer.js").as_uri()}";
const given = JSON.parse(await new Response(Deno.stdin.readable).text());
const {{ language, net, weights }} = given;
console.log(JSON.stringify({{
  known: given.asked.map(([words, place]) => known(language, words, place)),
  seen: given.sentences.map((x) => [true, false].map((causal) =>
    see({{ ...net, causal }}, parameters(weights, net), x).chances)),
  sharpened: given.drawings.map((how) => sharpened(given.chances, how)),
  drawn: given.us.map((u) => drawn(given.chances, u)),
  cut: given.texts.map(({{ text, alphabet, pairs }}) => {{
    const its = pairsOf({{ values: pairs }});
    const symbols = symbolsOf({{ values: alphabet }}, its);
    return [0, 7, its.length].map((n) =>
      merged(characters(text, symbols), its.slice(0, n), alphabet.length).map((i) => symbols[i]));
  }}),
  randoms: [randoms(3, 1000), randoms(3, 5), randoms(4, 5)],
}}));
"""
CHANCES = [0.1, 0.4, 0.05, 0.25, 0.2]
DRAWINGS = [
    {"temperature": 1, "most": 0, "mass": 1}, {"temperature": 0, "most": 0, "mass": 1},
    {"temperature": 0.5, "most": 0, "mass": 1}, {"temperature": 1, "most": 2, "mass": 1},
    {"temperature": 1, "most": 0, "mass": 0.6}, {"temperature": 2, "most": 4, "mass": 0.5},
]


def numbers(text: str) -> list[int]:
    """A sentence with gaps by words, filled up with full stops if it has one."""
    words = text.split()
    row = [GAP if w == "_" else language.NUMBER_OF[w] for w in words]
    return row + [language.NUMBER_OF["."] if words[-1] == "." else GAP] * (LENGTH - len(row))


ASKED = [(numbers(text), text.split().index("_")) for text in (
    *shown.EXAMPLES, "_", "the king _ himself _ .", "_ queen _ _ .", "the queens _")]
IMPOSSIBLE = [(numbers("the the _ ."), 2), (numbers("the queen crown _ ."), 3)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    tmp_path = tmp_path_factory.mktemp("deno")
    script = tmp_path / "script.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    given = {
        "language": shown.language_as_data(), "asked": [*ASKED, *IMPOSSIBLE],
        "net": shown.net_as_data(CommonConfig()), "weights": weights().tolist(),
        "sentences": [words for words, _ in ASKED[:3]], "drawings": DRAWINGS, "chances": CHANCES,
        "texts": [told(text) for text in TEXTS.values()],
        "us": [0, 0.05, 0.11, 0.499, 0.51, 0.99999],
    }
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={STAGES}", script], input=json.dumps(given),
        capture_output=True, text=True, env=os.environ | quiet, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def told(text: str) -> dict[str, list[int]]:
    """A text as the frames of its run have it, and room for merges that are none."""
    tokens = learned(text)
    pairs = [*(i for pair in tokens.merges for i in pair), NOTHING, NOTHING]
    return {"text": tokens.characters(text)[0].tolist(), "pairs": pairs,
            "alphabet": [ord(c) for c in tokens.alphabet]}


def learned(text: str) -> Tokens:
    return Tokens.learned(tuple(sorted(set(text))), text, 60)


def weights() -> np.ndarray:
    n = net_of(CommonConfig(), 0).n_parameters
    return np.random.default_rng(1).normal(0, 0.3, n)


def test_the_browser_knows_the_language(found: dict[str, Any]) -> None:
    """The probability of each word in a gap is the core's; there is none of what is no sentence."""
    for theirs, (words, place) in zip(found["known"], ASKED, strict=False):
        ours = language.between(np.array([words]))[0, place]
        np.testing.assert_allclose(theirs, ours, atol=1e-12)
    assert found["known"][len(ASKED):] == [None, None]


def test_the_browser_cuts_texts_as_the_core_does(found: dict[str, Any]) -> None:
    for theirs, text in zip(found["cut"], TEXTS.values(), strict=True):
        tokens = learned(text)
        ways = tokens.cut(text)
        for cut, ids in zip(theirs, (ways[0], ways[7], ways[-1]), strict=True):
            assert cut == [tokens.symbols[i] for i in ids]


def test_the_browsers_nets_are_the_same(found: dict[str, Any]) -> None:
    rows = torch.from_numpy(weights())[None]
    for theirs, (words, _) in zip(found["seen"], ASKED, strict=False):
        for chances, n_causal in zip(theirs, (1, 0), strict=True):
            net = net_of(CommonConfig(), n_causal)
            ours = net.see(views(net.shapes, rows), torch.tensor([[words]])).logits[0, 0]
            np.testing.assert_allclose(chances, ours.softmax(-1).numpy(), atol=1e-9)


def test_words_are_drawn_with_temperature_top_k_and_top_p(found: dict[str, Any]) -> None:
    p = np.array(CHANCES)
    plain, greedy, cold, two, nucleus, mixed = found["sharpened"]
    np.testing.assert_allclose(plain, p)
    np.testing.assert_allclose(greedy, [0, 1, 0, 0, 0])
    np.testing.assert_allclose(cold, p**2 / (p**2).sum())
    np.testing.assert_allclose(two, np.where(p >= 0.25, p, 0) / 0.65)
    np.testing.assert_allclose(nucleus, np.where(p >= 0.25, p, 0) / 0.65)  # 0.4 is not enough
    flat = np.where(p >= 0.1, p**0.5, 0)
    np.testing.assert_allclose(mixed, np.where(p >= 0.25, flat, 0) / flat[[1, 3]].sum())
    assert found["drawn"] == [0, 0, 1, 1, 2, 4]


def test_draws_look_random_and_can_be_repeated(found: dict[str, Any]) -> None:
    many, again, others = map(np.array, found["randoms"])
    np.testing.assert_array_equal(many[:5], again)
    assert not np.isin(others, many).any()
    assert abs(many.mean() - 0.5) < 0.04
    assert abs(np.corrcoef(many[1:], many[:-1])[0, 1]) < 0.1
