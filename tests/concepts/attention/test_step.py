"""One read, slowly: its parts against torch's attention, and against the nets of the labs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.attention import common, step
from core.concepts.attention.reads import READS
from core.concepts.attention.translate import Config as Translate
from core.concepts.attention.translate import train as translate
from core.concepts.attention.translator import Translator
from core.config import validated
from core.stacked.traced import views
from core.words import phrase

LAB = find("attention.step")
K, S, W, V = 2, 5, 8, 10
SMALL: dict[str, Any] = {"longest": 6, "n_steps": 40, "width": 16, "batch_size": 8}


def parts(name: str) -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor, Any]:
    """A read of random nets in float64, taken apart, with what it was made from."""
    net, rng = Translator(V, S, (name,), "bidirectional", W), np.random.default_rng(3)
    p = views(net.shapes, torch.from_numpy(rng.standard_normal((K, net.n_parameters))))
    h, states = (torch.from_numpy(rng.standard_normal(n)) for n in ((K, W), (K, S, W)))
    return step.taken_apart(name, p, h, states), h, states, p


@pytest.mark.parametrize(("name", "scale"), [("dot", 1.0), ("scaled", None)])
def test_the_parts_are_torchs_attention(name: str, scale: float | None) -> None:
    found, h, states, p = parts(name)
    query = (p["query"] @ h[..., None]).mT  # (K, 1, H)
    theirs = nn.functional.scaled_dot_product_attention(query, states, states, scale=scale)
    torch.testing.assert_close(found["query"], query[:, 0], rtol=0, atol=1e-9)
    torch.testing.assert_close(found["read"], theirs[:, 0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in READS if name != "none"])
def test_the_parts_are_those_of_the_net(name: str) -> None:
    """Weights, and what is read: soft or one state; and the sums are the sums of their parts."""
    found, h, states, p = parts(name)
    everywhere = torch.ones(K, 1, S, dtype=torch.bool)
    looks = READS[name].looks(p, h[:, None, None], states[:, None], everywhere)
    read = READS[name].context(looks, states[:, None])
    torch.testing.assert_close(found["weights"], looks[:, 0, 0], rtol=0, atol=1e-9)
    torch.testing.assert_close(found["read"], read[:, 0, 0], rtol=0, atol=1e-9)
    torch.testing.assert_close(found["products"].sum(-1), found["scores"], rtol=0, atol=1e-9)
    torch.testing.assert_close(found["shares"].sum(1), found["read"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["dot", "additive"])
def test_its_net_is_the_labs(name: str) -> None:
    """At the same step it looks where the net of the lab looks, whose weights are in its frames."""
    lab = Translate(**SMALL, reads=("none", name), n_seeds=2, seed=3)
    frame = next(f for f in translate(lab) if f.step >= 30)
    config = step.Config(**SMALL, attention=name, at=frame.step, n_seeds=2, seed=3, symbol=2)
    found = list(step.train(config))[-1].arrays
    net = common.net_of(lab)
    p = {k: a[1:] for k, a in views(
        net.shapes, torch.from_numpy(frame.arrays["weights"].astype(np.float64))).items()}
    alone = Translator(net.n_symbols, net.n_places, (name,), width=net.width)
    source = torch.from_numpy(step.example(config).source[:1])[:, None]
    states, _begin, given = alone.encode(p, source)
    *_, (h, _said) = alone.saying(p, source, 2)
    looks = READS[name].looks(p, h[:, :, None], states, given)
    np.testing.assert_allclose(found["weights"][:, 0], looks[0, 0, 0].numpy(), atol=0.01)


def test_it_grows_a_part_at_a_time_and_says_its_numbers() -> None:
    frames = list(step.train(step.Config(**SMALL, at=20)))
    assert len(frames) == len(step.SUB_STEPS)
    there = [[name for name in ("products", "scores", "weights", "answer")
              if np.isfinite(f.arrays[name]).all()] for f in frames]
    assert [len(names) for names in there] == [0, 0, 1, 2, 3, 3, 4]
    columns = [int(np.isfinite(f.arrays["vectors"]).all((0, 2)).sum()) for f in frames]
    assert columns == [1, 2, 2, 2, 2, 3, 3]
    last = frames[-1].arrays
    said = [phrase(f.notes[0], LAB.words) for f in frames]
    assert f"{last['scores'].max():.2f}, at place {last['scores'].argmax() + 1}" in said[3]
    assert f"gets {last['weights'].max():.0%}" in said[4]
    assert f"has {last['answer'].max():.0%}" in said[6]
    np.testing.assert_allclose(last["states"].sum(1), last["vectors"][:, 2], atol=1e-5)
    assert not any("{" in text for text in said)


def test_what_is_read_of_dates_can_be_seen() -> None:
    config = step.Config(**SMALL, task="date", at=0, symbol=8)
    said = phrase(next(iter(step.train(config))).notes[0], LAB.words)
    assert "symbol 8 of 8" in said
    assert said.split()[4].count("␣") == 2


def test_there_is_no_symbol_beyond_the_last() -> None:
    with pytest.raises(ValueError, match="from 1 to 4"):
        validated(step.Config, {"longest": 6, "symbol": 5})
    assert step.Config(longest=6, symbol=4).symbol == 4
