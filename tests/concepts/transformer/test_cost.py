"""The sizes and costs that the lesson names, against torch's own modules and its count of products.

Modules on the device "meta" have shapes and no numbers: GPT-3 fits into no memory here.
"""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

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
