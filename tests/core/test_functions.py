"""What traced nets are made of, held to torch.nn in float64: alone, and put together.

Every case is a function of K models' parameters and inputs, and a module of torch.nn per model
with the same parameters: outputs and the gradients of all parameters and inputs must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as f

from core.stacked.functions import (
    attention,
    batch_norm,
    causal_mask,
    conv2d,
    dropout,
    embedding,
    gru_cell,
    layer_norm,
    linear,
    lstm_cell,
    normal,
    rnn_cell,
    self_attention,
)

K, B, T, D, H = 3, 4, 5, 6, 3
Named = dict[str, Tensor]


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        ours: From parameters by name, each (K, ...), and inputs (K, ...) to outputs (K, ...).
        module: torch.nn's for one model; our parameters are named as its are.
        run: From the module and one model's inputs to outputs; by default a call.
        x: Shape of one model's inputs.
    """

    ours: Callable[[Mapping[str, Tensor], Tensor], Tensor]
    module: Callable[[], nn.Module]
    x: tuple[int, ...]
    run: Callable[[Any, Tensor], Tensor] = lambda module, x: module(x)


def through_time(cell: Callable[[Tensor, Any], Any], u: Tensor, state: Any) -> Tensor:
    """All states (K, B, T, H) of a cell over inputs (K, B, T, ...)."""
    states = []
    for u_t in u.unbind(2):
        state = cell(u_t, state)
        states.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(states, 2)


def recurrent(name: str) -> Callable[[Mapping[str, Tensor], Tensor], Tensor]:
    """Our cells with the two biases that torch has, of which but the GRU's are one."""

    def ours(p: Mapping[str, Tensor], x: Tensor) -> Tensor:
        w, bias, more = p["weight_hh_l0"], p["bias_ih_l0"], p["bias_hh_l0"]
        zero = torch.zeros(len(x), B, H, dtype=x.dtype)
        if name == "gru":
            u = linear(x, p["weight_ih_l0"], bias)
            return through_time(lambda u_t, h: gru_cell(u_t, h, w, more), u, zero)
        u = linear(x, p["weight_ih_l0"], bias + more)
        if name == "lstm":
            return through_time(lambda u_t, s: lstm_cell(u_t, *s, w), u, (zero, zero))
        return through_time(lambda u_t, h: rnn_cell(u_t, h, w), u, zero)

    return ours


def attend(p: Mapping[str, Tensor], x: Tensor, mask: Tensor | None = None) -> Tensor:
    mixed, _ = self_attention(x, p["in_proj_weight"], p["in_proj_bias"], p["out_proj.weight"],
                              p["out_proj.bias"], 2, mask)
    return mixed


def transformer(p: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """A block with layer norm first: attention, then two dense layers, each added to its input."""
    inside = {name.removeprefix("self_attn."): a for name, a in p.items()}
    x = x + attend(inside, layer_norm(x, p["norm1.weight"], p["norm1.bias"]), causal_mask(T))
    h = linear(layer_norm(x, p["norm2.weight"], p["norm2.bias"]), p["linear1.weight"],
               p["linear1.bias"]).relu()
    return x + linear(h, p["linear2.weight"], p["linear2.bias"])


def cnn(p: Mapping[str, Tensor], x: Tensor) -> Tensor:
    h = conv2d(x, p["0.weight"], p["0.bias"], padding=1).relu()
    h = conv2d(h, p["2.weight"], p["2.bias"], stride=2).relu()
    return linear(h.flatten(2), p["5.weight"], p["5.bias"])


def sequence_net(p: Mapping[str, Tensor], x: Tensor) -> Tensor:
    h = recurrent("lstm")({name.removeprefix("0."): a for name, a in p.items()}, x)
    return linear(h[:, :, -1], p["1.weight"], p["1.bias"])


CASES = {
    "linear": Case(lambda p, x: linear(x, p["weight"], p["bias"]), lambda: nn.Linear(D, H),
                   (B, T, D)),
    "linear without bias": Case(lambda p, x: linear(x, p["weight"]),
                                lambda: nn.Linear(D, H, bias=False), (B, D)),
    "convolution": Case(
        lambda p, x: conv2d(x, p["weight"], p["bias"], stride=2, padding=2, dilation=2),
        lambda: nn.Conv2d(2, 3, 3, stride=2, padding=2, dilation=2), (B, 2, 7, 6)),
    "convolution without bias": Case(lambda p, x: conv2d(x, p["weight"]),
                                     lambda: nn.Conv2d(2, 3, (1, 3), bias=False), (B, 2, 1, 6)),
    "layer norm": Case(lambda p, x: layer_norm(x, p["weight"], p["bias"]),
                       lambda: nn.LayerNorm(D), (B, T, D)),
    "attention": Case(attend, lambda: nn.MultiheadAttention(D, 2, batch_first=True), (B, T, D),
                      lambda module, x: module(x, x, x)[0]),
    "attention to the past": Case(
        lambda p, x: attend(p, x, causal_mask(T)),
        lambda: nn.MultiheadAttention(D, 2, batch_first=True), (B, T, D),
        lambda module, x: module(x, x, x, attn_mask=~causal_mask(T))[0]),
    **{name: Case(recurrent(name), lambda make=make: make(D, H, batch_first=True), (B, T, D),
                  lambda module, x: module(x)[0])
       for name, make in (("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU))},
    "a transformer's block": Case(
        transformer, lambda: nn.TransformerEncoderLayer(D, 2, 8, 0, batch_first=True,
                                                        norm_first=True), (B, T, D),
        lambda module, x: module(x, src_mask=~causal_mask(T))),
    "a convolutional net": Case(
        cnn, lambda: nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(),
                                   nn.Conv2d(4, 3, 2, stride=2), nn.ReLU(), nn.Flatten(),
                                   nn.Linear(27, 2)), (B, 1, 6, 6)),
    "a net that reads sequences": Case(
        sequence_net, lambda: nn.ModuleList([nn.LSTM(D, H, batch_first=True), nn.Linear(H, 2)]),
        (B, T, D), lambda module, x: module[1](module[0](x)[0][:, -1])),
}


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def gradients(outputs: Tensor, of: list[Tensor]) -> list[Tensor]:
    """Of some number that depends on every output in its own way."""
    weights = torch.arange(outputs.numel(), dtype=outputs.dtype).sin().view(outputs.shape)
    return list(torch.autograd.grad((outputs * weights).sum(), of))


@pytest.mark.parametrize("name", CASES)
def test_a_function_equals_torch(name: str) -> None:
    case = CASES[name]
    shapes = {key: q.shape for key, q in case.module().named_parameters()}
    p = {key: random(K, *shape, seed=i).requires_grad_()
         for i, (key, shape) in enumerate(shapes.items())}
    x = random(K, *case.x, seed=99).requires_grad_()
    outputs = case.ours(p, x)
    for k in range(K):
        module = case.module().double()
        module.load_state_dict({key: q[k].detach() for key, q in p.items()})
        own = x[k].detach().clone().requires_grad_()
        expected = case.run(module, own)
        assert (outputs[k] - expected).abs().max() <= 1e-11
        theirs = gradients(expected, [own, *module.parameters()])
        ours = gradients(case.ours({key: q[k : k + 1] for key, q in p.items()}, x[k : k + 1])[0],
                         [x, *p.values()])
        for a, b in zip(ours, theirs, strict=True):
            assert (a[k] - b).abs().max() <= 1e-9


@pytest.mark.parametrize("name", CASES)
def test_models_do_not_meet(name: str) -> None:
    """What one model says depends on its own parameters and inputs alone."""
    case = CASES[name]
    p = {key: random(K, *q.shape, seed=i).requires_grad_()
         for i, (key, q) in enumerate(case.module().named_parameters())}
    x = random(K, *case.x, seed=99).requires_grad_()
    for g in gradients(case.ours(p, x)[1], [x, *p.values()]):
        assert g[[0, 2]].abs().max() == 0
        assert g[1].abs().max() > 0


@pytest.mark.parametrize("shape", [(B, D), (B, D, 3, 2)])
def test_batch_norm_equals_torch(shape: tuple[int, ...]) -> None:
    """While it trains, after some steps, and then by the running means; with gradients."""
    make = nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d
    modules = [make(D).double() for _ in range(K)]
    gain, bias = (random(K, D, seed=i).requires_grad_() for i in (1, 2))
    mean, variance = torch.zeros(K, D).double(), torch.ones(K, D).double()
    for module, *own in zip(modules, gain.detach(), bias.detach(), strict=True):
        module.load_state_dict(module.state_dict() | {"weight": own[0], "bias": own[1]})
    for step, train in enumerate([True, True, True, False]):
        x = (3 + step) * random(K, *shape, seed=10 + step).requires_grad_()
        ours = batch_norm(x, gain, bias, mean, variance, train)
        found = gradients(ours[1], [x, gain, bias])
        for k, module in enumerate(modules):
            module.train(train)
            own = x[k].detach().requires_grad_()
            theirs = module(own)
            assert (ours[k] - theirs).abs().max() <= 1e-12
            if k == 1:
                expected = gradients(theirs, [own, *module.parameters()])
                for a, b in zip(found, expected, strict=True):
                    assert (a[1] - b).abs().max() <= 1e-9
                    assert a[[0, 2]].abs().max() == 0, "models do not meet"
            assert (mean[k] - module.running_mean).abs().max() <= 1e-12
            assert (variance[k] - module.running_var).abs().max() <= 1e-12


def test_every_model_looks_up_its_own_table() -> None:
    tokens = torch.from_numpy(np.random.default_rng(0).integers(7, size=(K, B, T)))
    table = random(K, 7, D).requires_grad_()
    found = embedding(tokens, table)
    (ours,) = gradients(found, [table])
    expected = torch.stack([f.embedding(tokens[k], table[k]) for k in range(K)])
    (theirs,) = gradients(expected, [table])
    assert torch.equal(found, expected)
    assert (ours - theirs).abs().max() <= 1e-12


def test_heads_look_where_torchs_look() -> None:
    module = nn.MultiheadAttention(D, 2, batch_first=True).double()
    x, p = random(1, B, T, D), {key: q[None] for key, q in module.named_parameters()}
    _, looks = self_attention(x, p["in_proj_weight"], p["in_proj_bias"], p["out_proj.weight"],
                              p["out_proj.bias"], 2, causal_mask(T))
    _, expected = module(x[0], x[0], x[0], attn_mask=~causal_mask(T), average_attn_weights=False)
    assert (looks[0] - expected).abs().max() <= 1e-12
    assert (looks.triu(1) == 0).all()


def test_attention_of_one_sequence_to_another() -> None:
    q, k, v = random(K, T, D), random(K, 7, D, seed=1), random(K, 7, H, seed=2)
    mask = random(K, T, 7, seed=3) > -1
    mixed, looks = attention(q, k, v, mask)
    expected = f.scaled_dot_product_attention(q, k, v, mask)
    assert (mixed - expected).abs().max() <= 1e-12
    assert torch.allclose(looks.sum(-1), torch.ones(K, T).double())


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    x = torch.ones(K, 200, 500)
    y = dropout(x, 0.3, [np.random.default_rng(k) for k in range(K)])
    assert (y == 0).float().mean((1, 2)).tolist() == pytest.approx([0.3] * K, abs=0.01)
    assert y.mean((1, 2)).tolist() == pytest.approx([1] * K, abs=0.01)
    assert dropout(x, 0.3, None) is x


def test_what_is_drawn_for_a_model_is_its_generators() -> None:
    """Alone or beside others, one draw after another."""
    many = [np.random.default_rng(k) for k in range(K)]
    alone, x = [np.random.default_rng(2)], torch.ones(K, 50)
    for _ in range(2):
        assert torch.equal(dropout(x, 0.5, many)[2], dropout(x[:1], 0.5, alone)[0])
        together = normal(many, B, D)
        assert torch.equal(together[2], normal(alone, B, D)[0])
        assert not torch.equal(together[0], together[1])
