"""The net in plain torch.nn says what one model of the stack says, and learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.language_models import language, plain
from core.concepts.language_models.common import CommonConfig, net_of
from core.stacked.traced import flat, views

LAYER = {"qkv": "self_attn.in_proj_weight", "qkv_bias": "self_attn.in_proj_bias",
         "mix": "self_attn.out_proj.weight", "mix_bias": "self_attn.out_proj.bias",
         "wide": "linear1.weight", "wide_bias": "linear1.bias", "narrow": "linear2.weight",
         "narrow_bias": "linear2.bias", "norm1": "norm1.weight", "norm1_bias": "norm1.bias",
         "norm2": "norm2.weight", "norm2_bias": "norm2.bias"}
WHOLE = {"symbols": "words.weight", "places": "places.weight", "out": "out.weight",
         "out_bias": "out.bias", "norm": "layers.norm.weight", "norm_bias": "layers.norm.bias"}


def theirs_of(name: str) -> str:
    layer, _, part = name.rpartition(".")
    return f"layers.layers.{layer}.{LAYER[part]}" if layer else WHOLE[name]


@pytest.mark.parametrize("causal", [True, False])
def test_the_stack_is_made_of_plain_nets(causal: bool) -> None:
    """With copied weights, in float64."""
    net = net_of(CommonConfig(), int(causal))
    row = flat(net.shapes, net.start(np.random.default_rng(0)))
    row = row + np.random.default_rng(1).normal(0, 0.1, row.shape)
    p = views(net.shapes, torch.from_numpy(row)[None])
    alone = plain.LanguageModel().double().eval()
    alone.load_state_dict({theirs_of(name): a[0] for name, a in p.items()})
    x = torch.from_numpy(language.draw(np.random.default_rng(2), 6).words)
    with torch.no_grad():
        ours = net.see(p, x[None]).logits[0]
        mask = None
        if causal:
            mask = torch.ones(language.LENGTH, language.LENGTH, dtype=torch.bool).triu(1)
        h = alone.words(x) + alone.places.weight
        theirs = alone.out(alone.layers(h, mask=mask))
        own = alone.float()(x, causal)
    assert (ours - theirs).abs().max() < 1e-9
    assert (ours - own).abs().max() < 1e-3


def test_both_learn() -> None:
    """In sixty steps, from the four nats of a guess; GPT is ahead."""
    torch.manual_seed(0)
    gpt, bert = plain.learn(n_steps=60)
    assert gpt < 2.7
    assert gpt < bert < 3.6
