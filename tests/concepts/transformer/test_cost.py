"""The sizes and costs that the lesson names and the lab draws, against torch's own modules, its
count of products, and the graph that autograd lays.

Modules on the device "meta" have shapes and no numbers: GPT-3 fits into no memory here.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.concepts.transformer import cost
from explorer.lesson import sections

TABLE = {row[0]: row[1:] for row in re.findall(
    r"^\| (GPT-\d)" + r" \| ([^|]*)" * 6 + r" \|$", sections("transformer")["The equations"],
    re.MULTILINE)}
"""By net its layers, width, symbols, places, parameters, and the share of them in the layers."""
UNITS = {"million": 1e6, "billion": 1e9}


def layer(width: int) -> nn.Module:
    return nn.TransformerEncoderLayer(width, 1, 4 * width, dropout=0, norm_first=True,
                                      batch_first=True, device="meta")


def counted(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("name", ["GPT-1", "GPT-2", "GPT-3"])
def test_the_sizes_of_gpt(name: str) -> None:
    *shape, told, share = TABLE[name]
    n_layers, d, n_symbols, n_places = map(int, shape)
    assert counted(layer(d)) == 12 * d**2 + 13 * d
    outside = [nn.Embedding(n_symbols, d, device="meta"), nn.Embedding(n_places, d, device="meta")]
    if name != "GPT-1":
        outside.append(nn.LayerNorm(d, device="meta"))
    layers = n_layers * counted(layer(d))
    n = layers + sum(map(counted, outside))
    number, unit = told.split()
    assert rounded_like(number, n / UNITS[unit]) == number
    assert rounded_like(share.removesuffix(" %"), 100 * layers / n) + " %" == share


def rounded_like(text: str, number: float) -> str:
    """A number with as many places after the point as a text has."""
    return f"{number:.{len(text.partition('.')[2])}f}"


@pytest.mark.parametrize(("t", "d"), [(5, 8), (48, 8), (64, 16)])
def test_the_products_of_a_layer(t: int, d: int) -> None:
    """A multiply-add is two operations to torch's counter."""
    with FlopCounterMode(display=False) as counter:
        layer(d).train()(torch.empty(1, t, d, device="meta"))
    assert counter.get_total_flops() / 2 == 12 * t * d**2 + 2 * t**2 * d
    assert (2 * t**2 * d >= 12 * t * d**2) == (t >= 6 * d)
    cell = nn.RNNCell(d, d)
    with FlopCounterMode(display=False) as counter:
        h = torch.zeros(1, d)
        for x in torch.zeros(t, 1, d):
            h = cell(x, h)
    assert counter.get_total_flops() / 2 == 2 * t * d**2


# --- the lab --------------------------------------------------------------------------------

SMALL = cost.Config(longest="128", width=16, batch_size=2)


def layers_and_inputs(kind: str, n_places: int) -> tuple[list[dict[str, Any]], torch.Tensor]:
    """In float64, with biases that do something."""
    torch.manual_seed(0)
    layers = [{name: (part.detach().double() + 0.1 * torch.randn(part.shape)).requires_grad_()
               for name, part in p.items()} for p in cost.layers_of(SMALL, kind, 0)]
    return layers, cost.inputs(SMALL, 0)[:, :, :n_places].double()


@pytest.mark.parametrize("way", ["attention", "attention_kernel"])
def test_a_transformer_is_torchs(way: str) -> None:
    layers, x = layers_and_inputs("attention", 20)
    theirs = x[0]
    for p in layers:
        layer = nn.TransformerEncoderLayer(16, cost.N_HEADS, 64, dropout=0, norm_first=True,
                                           batch_first=True).double()
        attention = layer.self_attn
        modules = {"norm1": layer.norm1, "norm2": layer.norm2, "mix": attention.out_proj,
                   "wide": layer.linear1, "narrow": layer.linear2}
        with torch.no_grad():
            for name, module in modules.items():
                module.weight.copy_(p[name][0])
                module.bias.copy_(p[f"{name}_bias"][0])
            attention.in_proj_weight.copy_(p["qkv"][0])
            attention.in_proj_bias.copy_(p["qkv_bias"][0])
        theirs = layer(theirs, nn.Transformer.generate_square_subsequent_mask(
            20, dtype=torch.float64), is_causal=True)
    ours = cost.computed(way, layers, x)
    np.testing.assert_allclose(ours[0].detach(), theirs.detach(), atol=1e-9)


@pytest.mark.parametrize("way", ["lstm", "lstm_kernel"])
def test_an_lstm_is_torchs(way: str) -> None:
    layers, x = layers_and_inputs("lstm", 20)
    module = nn.LSTM(16, 16, 2, batch_first=True).double()
    with torch.no_grad():
        for i, p in enumerate(layers):
            for theirs, name in (("weight_ih", "in"), ("weight_hh", "again"),
                                 ("bias_ih", "in_bias"), ("bias_hh", "again_bias")):
                getattr(module, f"{theirs}_l{i}").copy_(p[name][0])
    np.testing.assert_allclose(cost.computed(way, layers, x)[0].detach(),
                               module(x[0])[0].detach(), atol=1e-9)


@pytest.mark.parametrize(("kind", "way"), [("attention", "attention"), ("lstm", "lstm")])
@pytest.mark.parametrize("n_places", [5, 32])
def test_products_that_wait_and_multiply_adds(kind: str, way: str, n_places: int) -> None:
    """The longest way through autograd's graph by the products on it, and torch's own count."""
    layers, x = layers_and_inputs(kind, n_places)
    with FlopCounterMode(display=False) as counter:
        end = cost.computed(way, layers, x[:, :1])
    what = cost.KINDS[kind]
    assert chain(end.grad_fn) == what.chain(2, n_places)
    assert counter.get_total_flops() / 2 == what.multiply_adds(2, n_places, 16)


def chain(node: Any) -> int:
    """The most products that one can meet on a way back from here."""
    @cache
    def below(node: Any) -> int:
        own = "mmBackward" in node.name()
        return own + max((below(n) for n, _ in node.next_functions if n is not None), default=0)

    return below(node)


def test_what_is_kept() -> None:
    """Of each pair of places its weights, unless a kernel forgets them; at least all states."""
    n, (layers, x) = 128, layers_and_inputs("attention", 128)
    maps = 8 * SMALL.n_layers * SMALL.batch_size * cost.N_HEADS * n**2
    kept, kernel = (cost.bytes_kept(way, layers, x) for way in ("attention", "attention_kernel"))
    assert maps <= kept - kernel <= 1.5 * maps
    assert kernel >= 8 * SMALL.n_layers * SMALL.batch_size * n * 16 * 12


def test_what_arrives_is_the_derivative() -> None:
    """By differences in float64, for the LSTM, where it is small."""
    layers, x = layers_and_inputs("lstm", 16)
    def last(x: torch.Tensor) -> float:
        return float(cost.computed("lstm", layers, x)[:, :, -1].sum().detach())

    def moved(place: int) -> float:
        found = []
        for b in range(SMALL.batch_size):
            for i in range(16):
                other = x.clone()
                other[0, b, place, i] += 1e-6
                found.append(last(other) - last(x))
        return float(np.linalg.norm(found))

    assert cost.arrival("lstm", layers, x) == pytest.approx(
        np.log10(moved(0) / moved(15)), abs=1e-3)
