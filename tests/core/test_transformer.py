"""The net held to torch.nn in float64, with and without its parts, and to its own symmetries."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.stacked.traced import Parameters, flat, views
from core.stacked.transformer import WIDER, Transformer

K, B, T, D, V = 2, 5, 6, 8, 10
LAYER = ("qkv", "qkv_bias", "mix", "mix_bias", "wide", "wide_bias", "narrow", "narrow_bias",
         "norm1", "norm1_bias", "norm2", "norm2_bias")
"""In the order of `nn.TransformerEncoderLayer.parameters()`."""


def models(net: Transformer) -> Parameters:
    """K models in float64, no number of which is at its start: by name (K, ...)."""
    rows = np.stack([flat(net.shapes, net.start(np.random.default_rng(k))) for k in range(K)])
    rows = rows + np.random.default_rng(9).normal(0, 0.1, rows.shape)
    return views(net.shapes, torch.from_numpy(rows).double())


def symbols() -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).integers(0, V, (K, B, T)))


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("causal", [False, True])
def test_layers_are_torchs(norm: str, causal: bool) -> None:
    """Two of them after learned positions, with the output on top, and all gradients."""
    net = Transformer(V, V, T, n_layers=2, width=D, norm=norm, causal=causal)
    p = {name: a.clone().requires_grad_() for name, a in models(net).items()}
    x = symbols()
    said = net.see(p, x).logits
    said.square().sum().backward()
    mask = nn.Transformer.generate_square_subsequent_mask(T).double() if causal else None
    for k in range(K):
        layers = []
        for i in range(2):
            layer = nn.TransformerEncoderLayer(D, 2, WIDER * D, 0.0, batch_first=True,
                                               norm_first=norm == "pre").double()
            for parameter, name in zip(layer.parameters(), LAYER, strict=True):
                parameter.data = p[f"{i}.{name}"].detach()[k].clone()
            layers.append(layer)
        h = p["symbols"].detach()[k][x[k]] + p["places"].detach()[k]
        for layer in layers:
            h = layer(h, src_mask=mask)
        if norm == "pre":
            h = nn.functional.layer_norm(h, (D,), p["norm"][k].detach(), p["norm_bias"][k].detach())
        z = h @ p["out"].detach()[k].mT + p["out_bias"].detach()[k]
        assert (z - said[k]).abs().max() <= 1e-9
        z.square().sum().backward()
        for i, layer in enumerate(layers):
            for parameter, name in zip(layer.parameters(), LAYER, strict=True):
                ours = p[f"{i}.{name}"].grad
                assert ours is not None
                assert parameter.grad is not None
                assert (parameter.grad - ours[k]).abs().max() <= 1e-8 * (1 + ours[k].abs().max())


@pytest.mark.parametrize("n_heads", [1, 4])
def test_without_anything_else_a_layer_is_torchs_attention(n_heads: int) -> None:
    """`nn.MultiheadAttention`, with each head's looks; without the scale its queries are larger."""
    net = Transformer(V, V, T, n_layers=1, n_heads=n_heads, width=D, norm="none", residual=False,
                      mlp=False)
    p, x = models(net), symbols()
    seen = net.see(p, x)
    bare = Transformer(V, V, T, n_layers=1, n_heads=n_heads, width=D, norm="none", residual=False,
                       mlp=False, scale=False).see(p, x)
    for k in range(K):
        theirs = nn.MultiheadAttention(D, n_heads, batch_first=True).double()
        for parameter, name in zip(theirs.parameters(), LAYER, strict=False):
            parameter.data = p[f"0.{name}"][k].clone()
        h = seen.states[0][k]
        mixed, looks = theirs(h, h, h, average_attn_weights=False)
        assert (mixed - seen.states[1][k]).abs().max() <= 1e-9
        assert (looks - seen.looks[0][k]).abs().max() <= 1e-9
        larger = (D / n_heads) ** 0.5
        theirs.in_proj_weight.data[:D] *= larger
        theirs.in_proj_bias.data[:D] *= larger
        assert (theirs(h, h, h)[0] - bare.states[1][k]).abs().max() <= 1e-9


def test_nothing_is_added_without_a_residual() -> None:
    """Each part is then what goes through it: an attention after its layer norm."""
    net = Transformer(V, V, T, n_layers=1, width=D, residual=False, mlp=False)
    p, x = models(net), symbols()
    normal = nn.functional.layer_norm(net.see(p, x).states[0], (D,))
    inner = normal * p["0.norm1"][:, None, None] + p["0.norm1_bias"][:, None, None]
    bare = Transformer(V, V, T, n_layers=1, width=D, norm="none", residual=False, mlp=False)
    mixed, _ = bare._heads(p, 0, inner, None, None)
    assert torch.allclose(net.see(p, x).states[1], mixed, atol=1e-12)


def test_a_net_that_lacks_a_part_begins_as_the_whole_one() -> None:
    """With the same numbers in all that is left."""
    whole = Transformer(V, V, T, width=D)
    everything = whole.start(np.random.default_rng(3))
    for lacking in ({"positions": "none"}, {"norm": "none"}, {"norm": "post"}, {"mlp": False},
                    {"residual": False}, {"n_heads": 1}):
        net = Transformer(V, V, T, width=D, **lacking)  # type: ignore[arg-type]
        for name, a in net.start(np.random.default_rng(3)).items():
            np.testing.assert_array_equal(a, everything[name])


def test_without_positions_or_mask_order_is_invisible() -> None:
    """Exactly: what a net says of shuffled sequences is what it says of them, shuffled alike; with
    a mask, or with any positions, it is not.
    """
    order = torch.from_numpy(np.random.default_rng(2).permutation(T))
    x = symbols()

    def moved(net: Transformer) -> float:
        p = models(net)
        straight, shuffled = net.see(p, x).logits, net.see(p, x[..., order]).logits
        return float((straight[:, :, order] - shuffled).abs().max())

    assert moved(Transformer(V, V, T, width=D, positions="none")) < 1e-10
    assert moved(Transformer(V, V, T, width=D, positions="none", causal=True)) > 1e-3
    for positions in ("learned", "sinusoidal", "rotary"):
        assert moved(Transformer(V, V, T, width=D, positions=positions)) > 1e-3


def test_a_causal_net_does_not_see_what_comes() -> None:
    net, x = Transformer(V, V, T, width=D, causal=True), symbols()
    p, other = models(net), x.clone()
    other[..., 3] = (other[..., 3] + 1) % V
    before, after = net.see(p, x).logits, net.see(p, other).logits
    assert torch.equal(before[:, :, :3], after[:, :, :3])
    assert (before[:, :, 3:] - after[:, :, 3:]).abs().amax((0, 1, 3)).min() > 1e-4


def test_rotary_scores_depend_on_the_distance_alone() -> None:
    """Of one symbol everywhere: moved by a place, a head looks from there as it did before."""
    net = Transformer(V, V, T, n_layers=1, width=D, positions="rotary", causal=True)
    looks = net.see(models(net), torch.zeros(K, 1, T, dtype=torch.int64)).looks[0]
    ratio = looks[..., 1:, 1:].log() - looks[..., :-1, :-1].log()
    for t in range(1, T - 1):  # but for the sums, as more places are seen
        assert (ratio[..., t, : t + 1] - ratio[..., t, :1]).abs().max() < 1e-9


def test_sinusoids_are_those_of_the_paper() -> None:
    net = Transformer(V, V, T, n_layers=1, width=D, positions="sinusoidal")
    p = models(net)
    added = net.see(p, symbols()).states[0][0, 0] - p["symbols"][0][symbols()[0, 0]]
    for t in range(T):
        for i in range(D // 2):
            angle = t / 10000 ** (2 * i / D)
            assert abs(added[t, 2 * i] - np.sin(angle)) < 1e-9
            assert abs(added[t, 2 * i + 1] - np.cos(angle)) < 1e-9


def test_a_head_that_is_switched_off_adds_nothing() -> None:
    """With all heads off only the bias of their mix is left."""
    net = Transformer(V, V, T, n_layers=2, width=D, mlp=False)
    p, x = models(net), symbols()
    seen = net.see(p, x, kept=torch.zeros(2, 2))
    for i in range(2):
        step = seen.states[i + 1] - seen.states[i]
        assert (step - p[f"{i}.mix_bias"][:, None, None]).abs().max() < 1e-12
    one = torch.ones(2, 2)
    assert torch.equal(net.see(p, x, kept=one).logits, net.see(p, x).logits)
