"""The look inside: gates, freezing and influence, against torch's own layers and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.recurrence import inside
from core.concepts.recurrence.cells import FAMILIES, Reader
from core.concepts.recurrence.tasks import TASKS
from core.stacked.traced import views

LAB = find("recurrence.inside")
WIDTH = 5
TASK = TASKS["adding"]


def some(family: str) -> tuple[Reader, dict[str, torch.Tensor], torch.Tensor]:
    """A net, random parameters of two models in float64, and sequences of 6 for them."""
    net = Reader(family, TASK.n_inputs, WIDTH, TASK.n_outputs, loss=TASK.loss)
    rng = np.random.default_rng(5)
    p = views(net.shapes, torch.from_numpy(rng.standard_normal((2, net.n_parameters))))
    return net, p, torch.from_numpy(rng.standard_normal((2, 6, 3, TASK.n_inputs)))


def hidden(net: Reader, p: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    return torch.stack([state[0] for state in net.states(p, x)], 1)


def by_torch(family: str, p: dict[str, torch.Tensor], k: int) -> Any:
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[family](TASK.n_inputs, WIDTH).double()
    with torch.no_grad():
        layer.weight_ih_l0.copy_(p["in_weight"][k])
        layer.weight_hh_l0.copy_(p["weight"][k])
        layer.bias_ih_l0.copy_(p["in_bias"][k])
        layer.bias_hh_l0.copy_(p["bias"][k] if "bias" in p else torch.zeros(4 * WIDTH))
    return layer


def test_the_grus_gates_make_its_next_state() -> None:
    """h' = (1 - z) n + z h, with n made of r: so r and z must be those of the cell."""
    net, p, x = some("gru")
    h = hidden(net, p, x)
    found = inside.gates(net, p, x, h)
    for k in range(2):
        before = torch.cat([torch.zeros(1, 3, WIDTH, dtype=h.dtype), h[k, :-1]])
        w_in, w, b_in, b = (p[name][k, ..., -WIDTH:, :] if p[name][k].dim() > 1
                            else p[name][k, -WIDTH:] for name in
                            ("in_weight", "weight", "in_bias", "bias"))
        new = (x[k] @ w_in.T + b_in + found["reset"][k] * (before @ w.T + b)).tanh()
        z = found["update"][k]
        torch.testing.assert_close((1 - z) * new + z * before, h[k], rtol=0, atol=1e-9)


def test_the_lstms_gates_make_its_next_state() -> None:
    net, p, x = some("lstm")
    states = net.states(p, x)
    h, c = (torch.stack(part, 1) for part in zip(*states, strict=True))
    found = inside.gates(net, p, x, h)
    torch.testing.assert_close(found["output"] * c.tanh(), h, rtol=0, atol=1e-9)
    before = torch.cat([torch.zeros_like(c[:, :1]), c[:, :-1]], 1)
    kept = found["forget"] * before
    candidate = (c - kept) / found["input"]
    assert float(candidate.abs().max()) <= 1  # a tanh


@pytest.mark.parametrize("family", ["lstm", "gru"])
def test_a_frozen_gate_stays_at_its_mean_whatever_comes(family: str) -> None:
    """And the others go on listening; the net itself is left as it was."""
    net, p, x = some(family)
    kept = {name: part.clone() for name, part in p.items()}
    gates = [part for part in FAMILIES[family].parts if part != "candidate"]
    means = {gate: a.mean((1, 2)) for gate, a in
             inside.gates(net, p, x, hidden(net, p, x)).items()}
    still = inside.frozen(net, p, {gates[0]: means[gates[0]]})
    found = inside.gates(net, still, x, hidden(net, still, x))
    expected = means[gates[0]][:, None, None].expand_as(found[gates[0]])
    torch.testing.assert_close(found[gates[0]], expected, rtol=0, atol=1e-9)
    assert float(found[gates[1]].std()) > 0.05
    for name, part in kept.items():
        assert torch.equal(part, p[name])


@pytest.mark.parametrize("family", ["lstm", "gru"])
def test_the_influence_is_autograds_on_torchs_layer(family: str) -> None:
    net, p, x = some(family)
    found = inside.influence(net, p, x)
    for k in range(2):
        leaf = x[k].clone().requires_grad_()
        last = by_torch(family, p, k)(leaf)[0][-1]
        answer = last @ p["out_weight"][k].T + p["out_bias"][k]
        (by,) = torch.autograd.grad(answer.sum(), leaf)
        torch.testing.assert_close(found[k], by.norm(dim=-1), rtol=0, atol=1e-9)


def test_a_shift_of_all_logits_has_no_influence() -> None:
    task = TASKS["copy"]
    net = Reader("tanh", task.n_inputs, WIDTH, task.n_outputs, loss=task.loss)
    rng = np.random.default_rng(6)
    p = views(net.shapes, torch.from_numpy(rng.standard_normal((1, net.n_parameters))))
    p["out_weight"][...] = p["out_weight"][:, :1]  # all logits alike
    x = torch.from_numpy(rng.standard_normal((1, 4, 2, task.n_inputs)))
    assert float(inside.influence(net, p, x).max()) < 1e-12


def test_at_events_is_a_difference_of_means() -> None:
    a = torch.arange(12.0).view(1, 3, 2, 2)
    events = torch.zeros(1, 3, 2)
    events[0, 0, 0] = events[0, 2, 1] = 1
    there = (a[0, 0, 0] + a[0, 2, 1]) / 2
    elsewhere = (a[0].sum((0, 1)) - 2 * there) / 4
    torch.testing.assert_close(inside.at_events(a, events)[0], there - elsewhere)


def test_a_plain_rnn_has_no_gates_to_show() -> None:
    h = LAB.run(**{**LAB.small.model_dump(), "cell": "orthogonal"})
    assert "shift" not in h
    assert list(h["frozen"].values) == ["none"]
    assert h["shown"].sizes["part"] == 1


def test_the_map_grows_with_the_steps() -> None:
    h = LAB.run(**LAB.small.model_dump())
    grown = h["influence_map"].isel(step=3).values
    assert np.isfinite(grown[:4]).all()
    assert np.isnan(grown[4:]).all()
    np.testing.assert_allclose(grown[:4].max(1), 1)
    assert (h["event_places"].values >= 1).all()
