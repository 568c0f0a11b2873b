"""Cells and the gradient through time, against torch's own layers in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.concepts.recurrence.cells import CELLS, FAMILIES, Birth, Reader, back_through_time
from core.concepts.recurrence.tasks import TASKS, sequences
from core.stacked.traced import flat, views

WIDTH, LENGTH, BATCH = 6, 7, 5
NAMESAKES = {
    "tanh": lambda n: torch.nn.RNN(n, WIDTH),
    "relu": lambda n: torch.nn.RNN(n, WIDTH, nonlinearity="relu"),
    "lstm": lambda n: torch.nn.LSTM(n, WIDTH),
    "gru": lambda n: torch.nn.GRU(n, WIDTH),
}
TASK = TASKS["copy"]


def reader(family: str) -> Reader:
    return Reader(family, TASK.n_inputs, WIDTH, TASK.n_outputs, loss=TASK.loss)


def two_models(net: Reader) -> dict[str, torch.Tensor]:
    """Random parameters of two, none of them zero, (2, *shape) float64."""
    rng = np.random.default_rng(3)
    rows = torch.from_numpy(rng.standard_normal((2, net.n_parameters)) / 2)
    return views(net.shapes, rows)


def namesake(family: str, p: dict[str, torch.Tensor], k: int) -> Any:
    """torch's layer with the weights of one model."""
    layer = NAMESAKES[family](TASK.n_inputs).double()
    with torch.no_grad():
        layer.weight_ih_l0.copy_(p["in_weight"][k])
        layer.weight_hh_l0.copy_(p["weight"][k])
        layer.bias_ih_l0.copy_(p["in_bias"][k])
        layer.bias_hh_l0.copy_(p["bias"][k] if "bias" in p else torch.zeros_like(p["in_bias"][k]))
    return layer


def example() -> tuple[torch.Tensor, torch.Tensor]:
    x, y = next(sequences(TASK, range(2), 1, BATCH, LENGTH))
    return x.double(), y.double()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_net_is_torchs_layer_with_an_answer(family: str) -> None:
    net, (x, _) = reader(family), example()
    p = two_models(net)
    z = net.forward(p, x)
    for k in range(2):
        states, _ = namesake(family, p, k)(x[k])
        answer = states[-1] @ p["out_weight"][k].T + p["out_bias"][k]
        torch.testing.assert_close(z[k].T, answer, rtol=0, atol=1e-9)
        seen = torch.stack([state[0][k] for state in net.states(p, x)])
        torch.testing.assert_close(seen, states, rtol=0, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gradient_through_time_is_autograds(family: str) -> None:
    """Of torch's layer, cut in two after each place: what it hands on there is a leaf."""
    net, (x, y) = reader(family), example()
    p = two_models(net)
    _, found = back_through_time(net, p, x, y)
    for k in range(2):
        layer = namesake(family, p, k)
        for t in range(LENGTH):
            _, state = layer(x[k, : t + 1])
            leaves = [part.detach().requires_grad_()
                      for part in (state if isinstance(state, tuple) else (state,))]
            last = leaves[0][-1]
            if t + 1 < LENGTH:
                begin = tuple(leaves) if len(leaves) > 1 else leaves[0]
                last = layer(x[k, t + 1 :], begin)[0][-1]
            logits = last @ p["out_weight"][k].T + p["out_bias"][k]
            loss = torch.nn.functional.cross_entropy(logits, y[k].argmax(0))
            by = torch.autograd.grad(loss, leaves, allow_unused=True)
            expected = sum(float(g.square().sum()) for g in by if g is not None) ** 0.5
            assert float(found[k, t]) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_each_cell_starts_as_it_says() -> None:
    births = Birth(gain=1.5, forget_bias=2.0, update_bias=4.0)
    born = {}
    for name, cell in CELLS.items():
        net = reader(cell.family)
        born[name] = net.born(np.random.default_rng(0), cell.start, births)
        assert flat(net.shapes, born[name]).shape == (net.n_parameters,)
    turned = born["orthogonal"]["weight"]
    np.testing.assert_allclose(turned @ turned.T, 1.5**2 * np.eye(WIDTH), atol=1e-12)
    np.testing.assert_array_equal(born["identity"]["weight"], np.eye(WIDTH))
    np.testing.assert_array_equal(born["lstm"]["in_bias"].reshape(4, -1)[1], 2.0)
    np.testing.assert_array_equal(born["gru"]["in_bias"].reshape(3, -1)[1], 4.0)
    assert not born["lstm_zero"]["in_bias"].any()
    for p in born.values():
        np.testing.assert_array_equal(p["out_weight"], born["rnn"]["out_weight"])
    bound = WIDTH**-0.5
    assert np.abs(born["rnn"]["weight"]).max() <= bound


def test_a_scaled_orthogonal_net_without_tanh_stretches_by_its_gain() -> None:
    """Near zero tanh is the identity, and so the formula's factor is exact."""
    net = Reader("tanh", 1, WIDTH, 1, loss=TASKS["adding"].loss)
    cell, birth = CELLS["orthogonal"], Birth(gain=0.5)
    p = net.born(np.random.default_rng(1), cell.start, birth)
    one = {name: torch.from_numpy(a)[None] for name, a in p.items()}
    x = torch.zeros(1, LENGTH, 3, 1, dtype=torch.float64)
    _, found = back_through_time(net, one, x, torch.ones(1, 1, 3, dtype=torch.float64))
    back = (found[0].flip(0) / found[0, -1]).numpy()
    np.testing.assert_allclose(back, cell.factor(birth) ** np.arange(LENGTH), rtol=1e-12)
