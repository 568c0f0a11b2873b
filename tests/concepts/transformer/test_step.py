"""A forward pass, slowly: its parts against torch.nn, and against the nets of the labs."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.transformer import common, inside, parts, step
from core.config import validated, with_changes
from core.stacked.traced import views
from core.stacked.transformer import Transformer
from core.words import phrase
from explorer.page import lab_of

LAB = find("transformer.step")
K, T, W, V = 2, 6, 8, 10
SMALL: dict[str, Any] = {"width": 16, "batch_size": 8}


def random_net(**kind: Any) -> tuple[Transformer, Any, torch.Tensor]:
    """Nets with random numbers in float64, and sequences."""
    net, rng = Transformer(V, V, T, n_layers=2, width=W, **kind), np.random.default_rng(3)
    p = views(net.shapes, torch.from_numpy(rng.standard_normal((K, net.n_parameters)) / 3))
    return net, p, torch.from_numpy(rng.integers(0, V, (K, T)))


@pytest.mark.parametrize(("norm", "residual", "mlp", "scale"),
                         list(product(("pre", "post", "none"), *[(True, False)] * 3)))
@pytest.mark.parametrize(("positions", "causal"), [("learned", True), ("rotary", False)])
def test_the_parts_are_those_of_the_net(
    norm: str, residual: bool, mlp: bool, scale: bool, positions: str, causal: bool
) -> None:
    """Whatever it lacks: where it looks, and what leaves a layer; sums are sums of their parts."""
    net, p, x = random_net(norm=norm, residual=residual, mlp=mlp, scale=scale,
                           positions=positions, causal=causal)
    seen = net.see(p, x[:, None])
    for layer, head in product(range(2), range(2)):
        found = step.taken_apart(net, p, x, layer, head, 3)
        same = {
            "weights": seen.looks[layer][:, 0, head, 3], "states": seen.states[layer][:, 0],
            "after": seen.states[layer + 1][:, 0, 3], "mix": found["shares"].sum(1),
            "answer": seen.logits[:, 0, 3].softmax(-1),
        }
        if layer == 0:
            same["state"] = found["symbol"] + found["position"]
        if residual:
            same["sum1"] = found["state"] + found["attention"]
        for name, theirs in same.items():
            torch.testing.assert_close(found[name], theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_parts_are_torchs(norm: str) -> None:
    """One layer with torch's own modules, from the state that enters to the one that leaves."""
    net, p, x = random_net(norm=norm)
    found = step.taken_apart(net, p, x, 0, 0, 3)
    layer = nn.TransformerEncoderLayer(
        W, net.n_heads, 2 * W, dropout=0, norm_first=norm == "pre", batch_first=True).double()
    attention = layer.self_attn
    with torch.no_grad():
        for theirs, ours in (
            (attention.in_proj_weight, "qkv"), (attention.in_proj_bias, "qkv_bias"),
            (attention.out_proj.weight, "mix"), (attention.out_proj.bias, "mix_bias"),
            (layer.linear1.weight, "wide"), (layer.linear1.bias, "wide_bias"),
            (layer.linear2.weight, "narrow"), (layer.linear2.bias, "narrow_bias"),
            (layer.norm1.weight, "norm1"), (layer.norm1.bias, "norm1_bias"),
            (layer.norm2.weight, "norm2"), (layer.norm2.bias, "norm2_bias"),
        ):
            theirs.copy_(p[f"0.{ours}"][0])
        states = found["states"][:1]
        torch.testing.assert_close(found["after"][0], layer(states)[0, 3], rtol=0, atol=1e-9)
        norms = layer.norm1(states) if norm == "pre" else states
        given, looks = attention(norms, norms, norms, average_attn_weights=False)
        torch.testing.assert_close(found["attention"][0], given[0, 3], rtol=0, atol=1e-9)
        torch.testing.assert_close(found["weights"][0], looks[0, 0, 3], rtol=0, atol=1e-9)
        if norm == "pre":
            torch.testing.assert_close(found["norm1"][0], norms[0, 3], rtol=0, atol=1e-9)
            inner = layer.linear1(found["norm2"][0]).relu()
            hidden = torch.cat([found["hidden"][0], found["hidden_2"][0]])
            torch.testing.assert_close(hidden, inner, rtol=0, atol=1e-9)
            torch.testing.assert_close(found["mlp"][0], layer.linear2(inner), rtol=0, atol=1e-9)


def test_its_net_is_the_labs() -> None:
    """At the same step it looks where the net of the lab looks, whose weights are in its frames."""
    lab = inside.Config(**SMALL, task="reverse", n_steps=40, seed=3)
    frame = next(f for f in inside.train(lab) if f.step >= 30)
    config = step.Config(**SMALL, n_layers=2, n_heads="2", mlp=False, learning_rate=0.006, seed=3,
                         at=30, head="last")
    config = with_changes(config, at=frame.step)
    found = list(step.train(config))[-1].arrays
    net = inside.net_of(lab)
    p = views(net.shapes, torch.from_numpy(frame.arrays["weights"][None].astype(np.float32)))
    seen = net.see(p, torch.from_numpy(step.example(config)[0])[:, None])
    np.testing.assert_allclose(found["weights"][:, 0], seen.looks[0][0, 0, 1, 2].numpy(), atol=0.01)


def test_it_grows_a_part_at_a_time_and_says_its_numbers() -> None:
    config = step.Config(**SMALL, at=20)
    frames = list(step.train(config))
    done = step.sub_steps(config)
    assert len(frames) == len(done) == 15
    for name in ("keys", "scores", "weights", "answer"):
        there = [bool(np.isfinite(f.arrays[name]).all()) for f in frames]
        assert there == [i >= done.index(name) for i in range(len(done))], name
    columns = [int(np.isfinite(f.arrays["vectors"]).all((0, 2)).sum()) for f in frames]
    assert columns == [3, 4, 5, 5, 5, 5, 6, 7, 8, 9, 11, 12, 13, 14, 14]
    last = frames[-1].arrays
    said = {name: phrase(f.notes[0], LAB.words) for name, f in zip(done, frames, strict=True)}
    first = {name: f"{value:.2f}" for name, value in
             zip(step.vectors(config), last["vectors"][0, :, 0], strict=True)}
    assert f"{first['symbol']} + {first['position']} = {first['state']}" in said["state"]
    assert f"{first['state']} + {first['attention']} = {first['sum1']}" in said["sum1"]
    assert f"is {last['scores'].max():.2f}, the highest" in said["scores"]
    assert f"gets {last['weights'].max():.0%}" in said["weights"]
    assert f"has {last['answer'].max():.0%}" in said["answer"]
    np.testing.assert_allclose(last["values"].sum(1)[:, 0], last["vectors"][:16, 5, 0], atol=1e-5)


@pytest.mark.parametrize("kind", [
    {"norm": "post"}, {"norm": "none", "mlp": False}, {"residual": False, "scale": False},
    {"positions": "none"}, {"positions": "rotary", "n_heads": "2", "head": "last"},
    {"n_layers": 2, "layer": "last"}, {"n_layers": 2}, {"task": "previous", "place": 1},
    {"task": "repeats", "place": 24}, {"sees": "before"},
])
def test_whatever_the_net_lacks_is_left_out(kind: dict[str, Any]) -> None:
    config = step.Config(**SMALL, at=10, **kind)
    frames = list(step.train(config))
    assert len(frames) == len(step.sub_steps(config))
    last = frames[-1].arrays
    assert np.isfinite(last["vectors"]).any((0, 2)).all()
    seen = config.place if common.is_causal(step.lab_config(config)) else len(last["scores"])
    assert int(np.isfinite(last["scores"]).sum()) == seen
    assert not any("{" in phrase(f.notes[0], LAB.words) for f in frames)


def test_there_is_no_place_beyond_the_last() -> None:
    with pytest.raises(ValueError, match="from 1 to 10"):
        validated(step.Config, {"place": 11})
    assert step.Config(task="repeats", place=24).place == 24


def test_a_lab_leads_to_the_last_place_of_its_whole_net() -> None:
    for name, config in (("parts", parts.Config(n_layers=4)), ("inside", inside.Config())):
        slowly = lab_of(find(f"transformer.{name}")).slowly
        assert slowly
        experiment, there = slowly(config, 47)
        assert experiment is LAB
        assert there == step.Config(**{
            field: getattr(config, field) for field in step.Config.model_fields
            if field in type(config).model_fields and field != "n_seeds"
        }, at=47, place=10 if name == "parts" else 24)
