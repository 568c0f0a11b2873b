"""The shapes: tasks by hand, nets and influence against torch's own layers, the browser's nets."""

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
from playwright.sync_api import Browser, expect

from core.concepts.recurrence import shape_kinds as kinds
from core.concepts.recurrence import shape_tasks as tasks
from core.concepts.recurrence import shapes
from core.concepts.recurrence.shape_nets import AtOnce, BothWays, EncoderDecoder, Speaker, speaker
from core.stacked.losses import BINARY_CROSS_ENTROPY, CROSS_ENTROPY, MASKED_CROSS_ENTROPY
from core.stacked.traced import Program, views
from devtools.browser import visit, wait

WIDTH = 5
LAYERS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def random_parameters(net: Program) -> dict[str, torch.Tensor]:
    """Of two models, in float64."""
    rng = np.random.default_rng(3)
    return views(net.shapes, torch.from_numpy(rng.normal(0, 0.5, (2, net.n_parameters))))


def by_torch(cell: str, p: dict[str, torch.Tensor], k: int) -> Any:
    """torch's own layer with the k-th model's weights."""
    rows, n = p["in_weight"][k].shape
    layer = LAYERS[cell](n, p["weight"].shape[-1]).double()
    with torch.no_grad():
        layer.weight_ih_l0.copy_(p["in_weight"][k])
        layer.weight_hh_l0.copy_(p["weight"][k])
        layer.bias_ih_l0.copy_(p["in_bias"][k])
        layer.bias_hh_l0.copy_(p["bias"][k] if "bias" in p else torch.zeros(rows))
    return layer


def head(p: dict[str, torch.Tensor], k: int, h: torch.Tensor) -> torch.Tensor:
    return h @ p["out_weight"][k].T + p["out_bias"][k]


# --- tasks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "score"), [
    ("the film was good", 1), ("not good", -1), ("not the very bad", 2),
    ("very dull and great", -1), ("not not good good", 0), ("very not lovely silly", -3),
])
def test_what_is_felt(text: str, score: int) -> None:
    words = np.array([tasks.WORDS.index(word) for word in text.split()])
    assert tasks.feeling(words)[-1] == score


def test_something_is_felt_in_every_sentence_and_the_answer_is_its_sign() -> None:
    words = tasks.sentences(np.random.default_rng(1), 500)
    assert words.shape == (500, tasks.N_WORDS)
    felt = tasks.feeling(words)[:, -1]
    assert (felt != 0).all()
    x, y = tasks.judged(words)
    assert (words == x.argmax(-1).T).all()
    assert (y.argmax(0) == (felt > 0)).all()


def test_an_expansion_counts_its_letters() -> None:
    pairs = tasks.expanded(["2b3a", "1d"], 3)
    said = ["".join((*tasks.LETTERS, ".")[s] for s in row if s >= 0) for row in pairs.target]
    assert said == ["bbaaa.", "d."]
    read = ["".join(tasks.SIGNS[s] for s in row if s >= 0) for row in pairs.source]
    assert read == ["2b3a", "1d"]
    assert (pairs.source[:, -1] >= 0).all()  # what is short begins with nothing
    x, y = tasks.both(pairs)
    assert x.shape == (10, 2, len(tasks.SIGNS) + len(tasks.LETTERS))
    told = x[1:6, 0, len(tasks.SIGNS):].argmax(-1)
    assert told.tolist() == pairs.target[0, :5].tolist()
    assert (y.argmax(0)[:6, 0] == pairs.target[0, :6]).all()
    assert not y[:, 6:, 0].any()


def test_no_letter_comes_twice_in_a_row() -> None:
    drawn = tasks.expansions(np.random.default_rng(2), np.full(200, 3), 3)
    letters = drawn.source[:, 1::2]
    assert (letters[:, 1:] != letters[:, :-1]).all()


def test_peaks_are_larger_than_their_neighbours() -> None:
    x, y = tasks.peaks(np.random.default_rng(3), 50)
    values, top = x[:-1, :, 0], y[0]
    for n in range(50):
        for t in range(tasks.N_VALUES):
            around = [values[s, n] for s in (t - 1, t + 1) if 0 <= s < tasks.N_VALUES]
            assert top[t, n] == (values[t, n] > max(around))
    assert (x[-1, :, 1] == 1).all()


def test_a_figure_is_told_the_point_before() -> None:
    x, y = tasks.draw_figures(np.random.default_rng(4), 6, 0)
    np.testing.assert_allclose(x[1:, :, -2:], y.transpose(1, 2, 0)[:-1])
    assert (x[0, :, :-2].sum(-1) == 1).all()
    assert not x[1:, :, :-2].any()


def test_the_text_is_cut_into_pieces_with_the_next_symbol() -> None:
    x, y = tasks.cuts(np.random.default_rng(5), 4)
    assert (x[1:].argmax(-1) == y.argmax(0)[:-1]).all()
    text = "".join(tasks.SYMBOLS[s] for s in x[:, 0].argmax(-1))
    assert text in tasks.TEXT
    assert tasks.PIECE in tasks.TEXT


# --- nets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", LAYERS)
def test_a_speaker_is_torchs_layer_with_an_answer_at_each_place(cell: str) -> None:
    net = speaker(Speaker, cell, 3, WIDTH, 2, CROSS_ENTROPY)
    p, x = random_parameters(net), torch.randn(2, 6, 4, 3, dtype=torch.float64)
    found = net.forward(p, x)
    for k in range(2):
        ours = head(p, k, by_torch(cell, p, k)(x[k])[0])
        torch.testing.assert_close(found[k].permute(1, 2, 0), ours, rtol=0, atol=1e-9)


def test_both_ways_is_torchs_two_directions() -> None:
    one = speaker(AtOnce, "gru", 2, WIDTH, 1, BINARY_CROSS_ENTROPY)
    net = BothWays(one, loss=BINARY_CROSS_ENTROPY)
    p, x = random_parameters(net), torch.randn(2, 7, 4, 2, dtype=torch.float64)
    found = net.forward(p, x)
    there, back = net.of(p, "there"), net.of(p, "back")
    for k in range(2):
        values = x[k, :-1]
        ours = (head(there, k, by_torch("gru", there, k)(values)[0])
                + head(back, k, by_torch("gru", back, k)(values.flip(0))[0]).flip(0))
        torch.testing.assert_close(found[k].permute(1, 2, 0), ours, rtol=0, atol=1e-9)


@pytest.mark.parametrize("cell", LAYERS)
def test_a_decoder_begins_where_the_encoder_ended(cell: str) -> None:
    net = kinds.SHAPES["expand"].net(cell, WIDTH)
    assert isinstance(net, EncoderDecoder)
    p = random_parameters(net)
    x, _ = tasks.expand(np.random.default_rng(6), 4)
    rows = torch.from_numpy(x).double().expand(2, -1, -1, -1)
    found, n = net.forward(p, rows), len(tasks.SIGNS)
    enc, dec = net.of(p, "enc"), net.of(p, "dec")
    for k in range(2):
        _, last = by_torch(cell, enc, k)(rows[k, :net.n_places, :, :n])
        ours = head(dec, k, by_torch(cell, dec, k)(rows[k, :, :, n:], last)[0])
        torch.testing.assert_close(found[k].permute(1, 2, 0), ours, rtol=0, atol=1e-9)


def test_what_a_decoder_says_alone_is_what_it_says_when_told_so() -> None:
    """Fed its own symbols by hand, it answers the same."""
    net = kinds.SHAPES["expand"].net("gru", WIDTH)
    assert isinstance(net, EncoderDecoder)
    p = random_parameters(net)
    pairs = tasks.expansions(np.random.default_rng(7), np.array([1, 3, 2]), 3)
    source = torch.from_numpy(tasks.one_hot(pairs.source.T, len(tasks.SIGNS))).double()
    z = net.alone(p, source.expand(2, -1, -1, -1), 10)
    said = z[0].argmax(0).T.numpy()  # (n, T)
    x, _ = tasks.both(tasks.Expansion(pairs.source, said))
    again = net.forward(p, torch.from_numpy(x).double().expand(2, -1, -1, -1))
    torch.testing.assert_close(again[0], z[0], rtol=0, atol=1e-9)
    assert net.loss is MASKED_CROSS_ENTROPY


@pytest.mark.parametrize("cell", LAYERS)
def test_the_influence_is_autograds_on_torchs_layer(cell: str) -> None:
    net = kinds.SHAPES["write"].net(cell, WIDTH)
    assert isinstance(net, Speaker)
    p = random_parameters(net)
    text = tasks.PIECE[:9]
    first = {name: a[:1] for name, a in p.items()}
    found = kinds.influences(net, first, text)
    symbols = tasks.numbers(text)
    layer = by_torch(cell, p, 0)
    for t in range(len(text) - 1):
        leaf = torch.from_numpy(tasks.one_hot(symbols[:-1], len(tasks.SYMBOLS))).double()
        leaf.requires_grad_()
        said = head(p, 0, layer(leaf)[0][t]).log_softmax(-1)[symbols[t + 1]]
        (by,) = torch.autograd.grad(said, leaf)
        np.testing.assert_allclose(found[t, :t + 1], by.norm(dim=-1)[:t + 1], rtol=0, atol=1e-9)
        assert np.isnan(found[t, t + 1:]).all()
        assert not by[t + 1:].any()


@pytest.mark.parametrize("shape", kinds.SHAPES)
def test_a_seed_in_a_stack_is_the_seed_alone(shape: Any) -> None:
    small = {"shape": shape, "n_steps": 20, "width": 8}
    both = [list(shapes.train(shapes.Config(**small, n_seeds=n, seed=seed)))[-1].arrays
            for n, seed in ((2, 4), (1, 5))]
    for name, a in both[1].items():
        if shapes.DIMS[name][-1] == "seed":
            np.testing.assert_allclose(both[0][name][..., 1:], a, rtol=1e-4, atol=1e-4)


# --- in the browser ---------------------------------------------------------------------------

MODULE = Path(__file__).parents[3] / "explorer" / "live" / "browser" / "stages" / "cells.js"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt
SCRIPT = f"""
import {{ parameters }} from "{MODULE.with_name("layers.js").as_uri()}";
import {{ after, begin, logits }} from "{MODULE.as_uri()}";
const {{ nets, weights, text }} = JSON.parse(await new Response(Deno.stdin.readable).text());
console.log(JSON.stringify(nets.map((net, i) => {{
  const p = parameters(weights[i], net);
  let state = begin(p);
  return text.map((symbol) => {{
    state = after(net.variant, p, symbol, state);
    return logits(p, state);
  }});
}})));
"""


def test_the_browsers_cells_are_the_same(tmp_path: Path) -> None:
    config = shapes.Config(shape="write", width=8)
    text = tasks.numbers(tasks.PIECE[:12])
    told = shapes.net_as_data(config)
    rows = [np.random.default_rng(8).normal(0, 0.5, (1, sum(
        int(np.prod(shape)) for shape in net["shapes"].values()))) for net in told]
    script = tmp_path / "script.js"
    script.write_text(SCRIPT, "utf-8")
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    done = subprocess.run(
        [DENO, "run", "--no-remote", f"--allow-read={MODULE.parent}", script], check=True,
        input=json.dumps({"nets": told, "weights": [row[0].tolist() for row in rows],
                          "text": text.tolist()}),
        capture_output=True, text=True, env=os.environ | quiet)
    for net, row, found in zip(told, rows, json.loads(done.stdout), strict=True):
        ours = kinds.SHAPES["write"].net(net["variant"], config.width)
        x = torch.from_numpy(tasks.one_hot(text, len(tasks.SYMBOLS))).double()[None, :, None]
        z = ours.forward(views(ours.shapes, torch.from_numpy(row)), x)
        np.testing.assert_allclose(found, z[0, :, :, 0].T, rtol=0, atol=1e-9)


STAGE = "document.querySelector('.lv-translator')?.__writer"


def test_a_visitor_begins_a_text_heats_it_and_points(server: str, chrome: Browser) -> None:
    """The nets of the frame at the playhead go on from what is written; a pointer is told how far
    back its symbol's prediction looks; what cannot be read is refused, and what was there stays.
    """
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/recurrence?lab=shapes&shape=write&n_steps=20&n_seeds=1&width=8")
        wait(page, f"{STAGE}?.now?.step === 20 && {STAGE}.written.length === 3")
        said = page.locator(".lv-pole-said")
        field, heat = (page.locator(f"[data-writer={name}]") for name in ("field", "temperature"))
        expect(said).to_contain_text("Words of the rhyme")
        heat.fill("0")
        cold = page.evaluate(f"{STAGE}.written")
        page.locator("[data-writer=again]").click()
        assert page.evaluate(f"{STAGE}.written") == cold  # nothing is left to chance
        heat.fill("1.5")
        assert page.evaluate(f"{STAGE}.written") != cold
        heat.fill("9")
        expect(said).to_contain_text("Temperature: 9 is not allowed")
        heat.fill("1")
        field.fill("7")
        expect(said).to_contain_text('"7" is none of its symbols')
        field.fill("the cat")
        assert page.evaluate(f"{STAGE}.first") == "the cat"
        x, y, step = page.evaluate(
            f"[{STAGE}.places[1].x, {STAGE}.places[1].y, {STAGE}.places[1].step]")
        page.locator(".lv-translator canvas").hover(position={"x": x + 12.5 * step, "y": y + 8})
        expect(said).to_contain_text("place 13")
        now = page.evaluate(f"{STAGE}.written")
        page.locator("figcaption").first.click()  # keys are the view's again
        page.keyboard.press("Home")
        wait(page, f"{STAGE}.now.step === 0")
        assert page.evaluate(f"{STAGE}.written") != now
