"""Deep nets and their signals, held to torch.nn, to the plain algorithm and to laws."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.tuning import plain, signal
from core.concepts.tuning.net import INITS, Deep, gained, starts
from core.stacked.layers import Workspace
from core.stacked.traced import Traced
from explorer.live import Click
from pages.tuning import LABS
from tests.support.repairs import repaired

LAB = find("tuning.signal")
NORMS = {"none": lambda n: nn.Identity(), "batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
K, N = 3, 20


def peer(net: Deep) -> nn.Sequential:
    """torch's own, in float64."""
    layers: list[nn.Module] = []
    for n_in, n_out in zip(net.sizes[:-2], net.sizes[1:-1], strict=True):
        function = nn.ReLU() if net.activation == "relu" else nn.Tanh()
        layers += [nn.Linear(n_in, n_out), NORMS[net.norm](n_out), function]
    return nn.Sequential(*layers, nn.Linear(*net.sizes[-2:])).double()


def given(model: nn.Sequential, row: torch.Tensor, net: Deep) -> None:
    """Puts a net's parameters into torch's: they lie in the same order."""
    parameters = [p for module in model for p in module.parameters()]
    at = 0
    for p in parameters:
        p.data.copy_(row[at : at + p.numel()].view(p.shape))
        at += p.numel()
    assert at == net.n_parameters


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_deep_net_and_its_gradients_are_torchs(activation: str, norm: str) -> None:
    """In float64, net by net, before and after a step has moved the running means."""
    net = Deep(3, 7, activation, norm)
    rng = np.random.default_rng(0)
    p = torch.from_numpy(rng.standard_normal((K, net.n_parameters)) * 0.3)
    x = torch.from_numpy(rng.standard_normal((K, 64, N)))
    classes = torch.from_numpy(rng.integers(0, 10, (K, N)))
    y = nn.functional.one_hot(classes, 10).double().transpose(1, 2)
    g = torch.zeros_like(p)
    stack = Traced(net, p, g)
    stack.gradients(x, y)
    said = stack.forward(x)
    for k in range(K):
        model = peer(net)
        given(model, p[k], net)
        nn.functional.cross_entropy(model(x[k].T), classes[k]).backward()
        theirs = torch.cat([q.grad.flatten() for m in model for q in m.parameters()])
        assert torch.allclose(g[k], theirs, rtol=0, atol=1e-9)
        assert torch.allclose(said[k], model.eval()(x[k].T).T, rtol=0, atol=1e-9)


def test_signals_are_those_of_the_plain_algorithm() -> None:
    """Without norms: every layer's activations, and what comes back to it."""
    net = Deep(4, 9)
    rng = np.random.default_rng(1)
    sizes = net.sizes
    weights = [plain.he(sizes, rng) for _ in range(K)]
    rows = [np.concatenate([part for w in each for part in (w.ravel(), np.zeros(len(w)))])
            for each in weights]
    x = rng.standard_normal((K, 64, N))
    y = np.eye(10)[rng.integers(0, 10, (K, N))].swapaxes(1, 2)
    found = signal.signals(net, *map(torch.from_numpy, (np.stack(rows), x, y)))
    for k, each in enumerate(weights):
        hidden, z = plain.forward(each, x[k].T)
        back = plain.backward(each, hidden, plain.cross_entropy_gradient(z, y[k].T))
        assert found[0][:, k] == pytest.approx([plain.rms(h) for h in hidden], rel=1e-9)
        assert found[1][:, k] == pytest.approx([plain.rms(d) for d in back], rel=1e-9)


def test_measuring_a_signal_leaves_no_trace() -> None:
    """Of batch norm the running means stay, and every layer's signal has the size of a norm's."""
    net = Deep(2, 16, "relu", "batch")
    start = starts(net, [INITS["large"]], range(2))
    stack = net.bind(start, torch.zeros_like(start), Workspace())
    before = {name: a.clone() for name, a in stack.state.items()}
    x, y = torch.randn(2, 64, N), torch.eye(10)[:, [0] * N].expand(2, 10, N)
    sizes, _ = signal.signals(net, start, x, y)
    assert all(torch.equal(a, before[name]) for name, a in stack.state.items())
    # half of a standard normal: ReLU leaves half of the mean square
    assert sizes == pytest.approx(np.full((2, 2), 0.5**0.5), rel=0.15)


def test_he_keeps_what_xavier_halves() -> None:
    """The mean square, in every layer; for wide layers of equal width."""
    he, xavier = plain.main()
    assert he == pytest.approx(1, abs=0.15)
    assert xavier == pytest.approx(2**-3.5, abs=0.02)


def test_starts_of_one_seed_are_the_same_draws() -> None:
    """They differ by a factor, layer by layer."""
    net = Deep(2, 8)
    one, two = starts(net, [gained(1.0), gained(3.0)], range(1))
    assert torch.allclose(3 * one, two)
    seed = Deep(2, 8).init(np.random.default_rng((5, 0)))
    assert torch.equal(starts(net, [INITS["he"]], range(5, 6))[0], torch.from_numpy(seed))


def test_with_zeros_only_the_last_bias_learns() -> None:
    """The loss is that of a guess, and every gradient but one is exactly 0."""
    net = Deep(3, 8)
    p = starts(net, [INITS["zeros"]], range(1))
    g = torch.ones_like(p)
    stack = Traced(net, p, g)
    y = torch.eye(10)[:, :7][None]
    x = torch.randn(1, 64, 7)
    stack.gradients(x, y)
    assert float(stack.losses(x, y)[0]) == pytest.approx(np.log(10), abs=1e-6)
    assert not g[0, :-10].any()
    assert g[0, -10:].abs().min() > 0


def test_who_stays_behind_is_named() -> None:
    h = LAB.run(n_steps=20, n_seeds=2, map="off")
    said = "\n".join(h.attrs["notes"])
    assert "0: All zeros: every hidden unit" in said
    assert "N(0, 1) diverged by step" in said
    assert "20: N(0, 0.01²): after 20 steps the nets still guess" in said


def test_a_cell_of_the_map_is_the_net_alone() -> None:
    """At He's scale, against the net of that depth among the starts."""
    h = LAB.run(depth=2, n_steps=20, n_seeds=1, inits=("he",), width=8).isel(step=-1)
    assert signal.GAINS[5] == pytest.approx(2**0.5, abs=1e-3)
    cell = h["mapped"].sel(n_layers=2, gain=signal.GAINS[5])
    assert float(cell) == pytest.approx(float(h["accuracy"][0, 0]), abs=0.02)


def test_what_repairs_nets_that_diverged() -> None:
    repaired("tuning.signal", "diverged", rates="shared", learning_rate=1, n_steps=60, n_seeds=1)


def test_who_looks_inside_sees_what_the_first_seeds_nets_say() -> None:
    """Of a new image of each digit; units are over their layer's size, which zeros do not have."""
    config = signal.Config(inits=("he", "zeros"), depth=2, width=8, n_seeds=2, map="off")
    split, nets = signal.data_of(config), signal.nets_of(config)
    inside = signal.Inside(split)
    units, said = inside.at(signal.net_of(config, 2), nets.p[::2])
    images = split.test_x[:, :, split.test_y[0].argmax(1)]
    assert said.tolist() == nets.outputs(images)[::2].argmax(1).tolist()
    assert inside.strip[:, 9:17].tolist() == images[0, :, 1].reshape(8, 8).tolist()
    assert np.isnan(units[1]).all()
    weight, bias = nets.p[0, : 64 * 8].view(8, 64), nets.p[0, 64 * 8 : 65 * 8]
    first = torch.relu(images[0].T @ weight.T + bias).numpy()
    assert units[0, :, 0] / units[0, 0, 0].max() == pytest.approx(first / first[0].max(), rel=1e-4)


def test_a_click_on_an_image_sends_it_through_the_same_nets() -> None:
    config = LAB.config(inits=("large", "he"), opened="large")
    asked = LABS["signal"].on_click(Click("inside", 9 * 7 + 4.0, 3.0), config)
    assert asked == {"digit": "7"}
    assert LABS["signal"].trained(LAB.config(opened="large", **asked)) == LAB.config()
    assert LABS["signal"].slowly(config, 20)[1].init == "large"
