"""The stack held to torch.nn in float64: encoders, attention, whole nets with their gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.concepts.attention import plain
from core.concepts.attention.encoders import EMBEDDING, ENCODERS, MOST_PLACES
from core.concepts.attention.reads import READS
from core.concepts.attention.tasks import TASKS, Pairs
from core.concepts.attention.translator import Translator
from core.stacked.traced import Parameters, flat, views

K, B, S, W, V = 2, 5, 6, 8, 10


def models(net: Translator, n: int = K) -> Parameters:
    """So many models in float64, no number of which is at its start: by name (n, ...)."""
    rows = np.stack([flat(net.shapes, net.start(np.random.default_rng(k))) for k in range(n)])
    rows = rows + np.random.default_rng(9).normal(0, 0.1, rows.shape)
    return views(net.shapes, torch.from_numpy(rows).double())


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


LENGTHS = torch.tensor([6, 3, 4, 6, 1])
GIVEN = (torch.arange(S) < LENGTHS[:, None]).expand(K, B, S)


@pytest.mark.parametrize("name", ["unidirectional", "bidirectional"])
def test_recurrent_encoders_are_torchs_gru(name: str) -> None:
    """On sequences of mixed lengths, which torch packs: states where there are symbols, and the
    last ones, to 1e-9.
    """
    net, x = Translator(V, S, ("dot",), name, W), random(K, B, S, EMBEDDING)
    p, both = models(net), name == "bidirectional"
    states, last = ENCODERS[name].read(p, x, GIVEN)
    for k in range(K):
        gru = nn.GRU(EMBEDDING, W // (1 + both), batch_first=True, bidirectional=both).double()
        for d, end in enumerate(["", "_reverse"][: 1 + both]):
            for ours, theirs in (("enc_in", "weight_ih"), ("enc_in_bias", "bias_ih"),
                                 ("enc_h", "weight_hh"), ("enc_h_bias", "bias_hh")):
                getattr(gru, f"{theirs}_l0{end}").data = p[ours][k, d]
        packed = nn.utils.rnn.pack_padded_sequence(x[k], LENGTHS, True, enforce_sorted=False)
        said, ends = gru(packed)
        theirs, _ = nn.utils.rnn.pad_packed_sequence(said, True)
        assert ((states[k] - theirs) * GIVEN[k, :, :, None]).abs().max() <= 1e-9
        assert (last[k] - ends.transpose(0, 1).flatten(1)).abs().max() <= 1e-9


def test_the_self_attention_encoder_is_torchs_layer() -> None:
    net, x = Translator(V, S, ("dot",), "self_attention", W), random(K, B, S, EMBEDDING)
    p = models(net)
    states, mean = ENCODERS["self_attention"].read(p, x, GIVEN)
    for k in range(K):
        layer = nn.TransformerEncoderLayer(W, 2, 2 * W, 0.0, batch_first=True, norm_first=True)
        theirs = ["enc_qkv", "enc_qkv_bias", "enc_heads", "enc_heads_bias", "enc_wide",
                  "enc_wide_bias", "enc_narrow", "enc_narrow_bias", "enc_norm1", "enc_norm1_bias",
                  "enc_norm2", "enc_norm2_bias"]
        for parameter, name in zip(layer.double().parameters(), theirs, strict=True):
            parameter.data = p[name][k]
        h = layer(x[k] @ p["enc_up"][k].mT + p["enc_places"][k, :S],
                  src_key_padding_mask=~GIVEN[k])
        there = GIVEN[k, :, :, None]
        assert ((states[k] - h) * there).abs().max() <= 1e-9
        assert (mean[k] - (h * there).sum(1) / there.sum(1)).abs().max() <= 1e-9


@pytest.mark.parametrize(("name", "scale"), [("dot", 1.0), ("scaled", None)])
def test_products_are_torchs_attention(name: str, scale: float | None) -> None:
    """`scaled_dot_product_attention` of the queries, with the places that are there."""
    p = models(Translator(V, S, (name,), "bidirectional", W))
    h, states = random(K, B, 4, W), random(K, B, S, W, seed=2)
    read = READS[name]
    looks = read.looks(p, h, states, GIVEN)
    theirs = nn.functional.scaled_dot_product_attention(
        h @ p["query"][:, None].mT, states, states, GIVEN[:, :, None], scale=scale)
    assert (read.context(looks, states) - theirs).abs().max() <= 1e-9
    assert (looks.sum(-1) - 1).abs().max() <= 1e-9
    assert (looks.movedim(2, 3)[~GIVEN] == 0).all()


def test_additive_attention_is_its_formula() -> None:
    """Bahdanau et al. 2015, A.1.2: v^T tanh(W h + U s), a place at a time."""
    p = models(Translator(V, S, ("additive",), "bidirectional", W))
    h, states = random(K, B, 4, W), random(K, B, S, W, seed=2)
    read = READS["additive"]
    looks = read.looks(p, h, states, GIVEN)
    for k, b, t in np.ndindex(K, B, 4):
        there = states[k, b, : LENGTHS[b]]
        scores = torch.stack([
            p["v"][k] @ torch.tanh(p["query"][k] @ h[k, b, t] + p["key"][k] @ s) for s in there])
        powers = scores.exp()
        weights = powers / powers.sum()
        assert (looks[k, b, t, : LENGTHS[b]] - weights).abs().max() <= 1e-9
        context = read.context(looks, states)[k, b, t]
        assert (context - weights @ there).abs().max() <= 1e-9


def filled(net: Translator, p: Parameters, k: int, attention: str) -> plain.Translator:
    """The net of plain torch.nn with the parameters of model k."""
    module = plain.Translator(attention, W).double()
    own = {name: a[k] for name, a in p.items()}
    gru = [part[d] for d in range(2) for part in (own["enc_in"], own["enc_h"], own["enc_in_bias"],
                                                  own["enc_h_bias"])]
    zero = [torch.zeros(W, W), torch.zeros(W, W), torch.zeros(1, W)]
    asks = [own.get(name, z).reshape(z.shape) for name, z in
            zip(("query", "key", "v"), zero, strict=True)]
    rest = [own[n] for n in ("mix", "mix_bias", "out", "out_bias")]
    cell = [own[n] for n in ("dec_in", "dec_h", "dec_in_bias", "dec_h_bias")]
    ours = [own["read"], *gru, own["said"], *cell, *asks, *rest]
    for parameter, a in zip(module.parameters(), ours, strict=True):
        parameter.data = a.clone().double()
    return module


@pytest.mark.parametrize("read", ["none", "dot", "scaled", "additive"])
def test_a_net_is_one_of_the_stack(read: str) -> None:
    """Outputs, loss and gradients of the plain net, and what it says by itself, to 1e-9."""
    net = Translator(V, S, (read,), "bidirectional", W)
    p = {name: a.clone().requires_grad_() for name, a in models(net).items()}
    source = torch.randint(V, (K, B, S), generator=torch.Generator().manual_seed(3))
    target = source.flip(2)
    before = torch.cat([torch.full((K, B, 1), V), target[..., :-1]], -1)
    x, y = torch.cat([source, before], -1), nn.functional.one_hot(target, V).movedim(-1, 1)
    losses = net.objective(p, x, y.double(), None)
    grads = dict(zip(p, torch.autograd.grad(losses.sum(), list(p.values())), strict=True))
    z = net.forward(p, x)
    for k in range(K):
        module = filled(net, p, k, read)
        logits = module(source[k], target[k])
        loss = nn.functional.cross_entropy(logits.transpose(1, 2), target[k])
        loss.backward()
        assert (z[k] - logits.movedim(-1, 0)).abs().max() <= 1e-9
        assert (losses[k] - loss).abs() <= 1e-9
        for name, parameter in (("read", module.read.weight), ("mix", module.mix.weight),
                                ("enc_h", module.encoder.weight_hh_l0),
                                ("dec_h", module.decoder.weight_hh)):
            ours = grads[name][k, 0] if name == "enc_h" else grads[name][k]
            assert parameter.grad is not None
            assert (ours - parameter.grad).abs().max() <= 1e-9, name
        if read != "none":
            assert (grads["query"][k] - module.query.weight.grad).abs().max() <= 1e-9
        assert (net.speak(p, source, S)[k] == module.speak(source[k])).all()


def test_ways_to_read_do_not_touch_each_other() -> None:
    """In one stack each says what it says alone."""
    reads = ("none", "dot", "additive", "marginal")
    net = Translator(V, S, reads, "bidirectional", W)
    p, x = models(net, len(reads)), torch.randint(V, (len(reads), B, 2 * S))
    together, looks = net.taught(p, x)
    assert (looks[0] == 0).all()
    for i, read in enumerate(reads):
        alone = Translator(V, S, (read,), "bidirectional", W)
        own = {name: p[name][i : i + 1] for name in alone.shapes}
        assert (alone.taught(own, x[i : i + 1])[0] - together[i]).abs().max() <= 1e-9


def test_longer_sources_than_trained_have_places() -> None:
    """The self-attention encoder has positions for the longest that is ever measured."""
    assert round(14 * 10 / 6) <= MOST_PLACES
    pairs = TASKS["copy"].draw(np.random.default_rng(0), np.array([MOST_PLACES]), MOST_PLACES)
    assert isinstance(pairs, Pairs)
    net = Translator(V, S, ("dot",), "self_attention", W)
    assert net.speak(models(net, 1), torch.from_numpy(pairs.source)[None], 2).shape == (1, 1, 2)


def test_it_runs_as_a_script() -> None:
    """With attention more short sequences are right than without, in a moment."""
    found = plain.main(120, 6)
    assert found["dot", 4] > found["none", 4]
