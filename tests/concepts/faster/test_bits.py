"""Formats and small nets, held to torch's own types, to torch.nn and to hand-computed numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.faster import bits, plain
from core.concepts.faster.formats import (
    FORMATS,
    KEPT,
    LARGEST,
    SMALLEST,
    Format,
    Nets,
    Rounding,
    kilobytes,
    left,
    whole_numbers,
)

LAB = find("faster.bits")
SIZES, S, B = (64, 64, 10), 2, 8


def given(dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Parameters, images and labels of two nets."""
    rng = np.random.default_rng(0)
    program = Rounding(SIZES, FORMATS["float32"])
    p = np.stack([program.init(np.random.default_rng((s, 0))) for s in range(S)])
    y = np.eye(10)[rng.integers(0, 10, (S, B))].swapaxes(1, 2)
    found = (p, rng.standard_normal((S, 64, B)), np.ascontiguousarray(y))
    return tuple(torch.from_numpy(a).to(dtype) for a in found)  # type: ignore[return-value]


def test_float32_is_torchs_net() -> None:
    """Outputs and gradients, in float64: nothing is rounded but by the type itself."""
    p, x, y = given(torch.float64)
    nets = Nets(Rounding(SIZES, Format("float64")), p, 0.1, 1.0)
    g = nets.gradients(x, y)
    for s in range(S):
        net = plain.mlp().double()
        nn.utils.vector_to_parameters(p[s].clone(), net.parameters())
        theirs = plain.gradient(net, x[s].T, y[s].argmax(0))
        assert torch.allclose(g[s], theirs, rtol=0, atol=1e-9)
        assert torch.allclose(nets.outputs(x)[s], net(x[s].T).T, rtol=0, atol=1e-9)


@pytest.mark.parametrize("key", ["bfloat16", "float16"])
def test_rounding_is_that_of_torchs_type(key: str) -> None:
    """One layer, forward and back, beside torch in that type: the same to its last digit or so,
    since torch's sums have all bits, too.
    """
    dtype = getattr(torch, FORMATS[key].dtype)
    p, x, y = given()
    program = Rounding((64, 10), FORMATS[key])
    start = p[:, : program.n_parameters].contiguous()
    ours = Nets(program, start, 0.1, 1.0)
    g = ours.gradients(x, y)
    for s in range(S):
        layer = nn.Linear(64, 10)
        nn.utils.vector_to_parameters(start[s].clone(), layer.parameters())
        layer = layer.to(dtype)
        z = layer(x[s].T.to(dtype))
        nn.functional.cross_entropy(z.float(), y[s].argmax(0)).backward()
        theirs = nn.utils.parameters_to_vector([q.grad for q in layer.parameters()]).float()  # type: ignore[misc]
        eps = torch.finfo(dtype).eps
        assert torch.allclose(ours.outputs(x)[s], z.float().T, rtol=2 * eps, atol=2 * eps)
        assert torch.allclose(g[s], theirs, rtol=8 * eps, atol=eps)
        assert torch.equal(g[s], g[s].to(dtype).float())


def test_what_float16_has_and_has_not() -> None:
    rounded = FORMATS["float16"].rounded
    assert float(rounded(torch.tensor(2.0**SMALLEST))) == 2.0**SMALLEST
    assert float(rounded(torch.tensor(2.0**SMALLEST * 0.49))) == 0
    assert float(rounded(torch.tensor(2.0**LARGEST - 32))) < 2.0**LARGEST
    assert rounded(torch.tensor(2.0**LARGEST)).isinf()
    assert float(FORMATS["bfloat16"].rounded(torch.tensor(2.0**-100))) == 2.0**-100
    assert float(FORMATS["bfloat16"].rounded(torch.tensor(1 + 2.0**-9))) == 1


@pytest.mark.parametrize("key", FORMATS)
def test_what_goes_through_is_rounded_both_ways(key: str) -> None:
    kind = FORMATS[key]
    a = torch.tensor([1 + 2.0**-12, 2.0**-30, 70_000.0], requires_grad=True)
    back = torch.tensor([2.0**-30, 1 + 2.0**-12, 3.0])
    found = kind.through(a)
    assert torch.equal(found, kind.rounded(a.detach()))
    found.backward(back)
    assert torch.equal(a.grad, kind.rounded(back))  # type: ignore[arg-type]


def test_a_power_of_two_as_scale_changes_no_digit() -> None:
    """Where nothing overflows or vanishes, the scaled gradient is the unscaled one."""
    p, x, y = given()
    plain_, scaled = (Nets(Rounding(SIZES, FORMATS[key]), p, 0.1, 2.0**6).gradients(x, y)
                      for key in ("float16", "float16_scaled"))
    large = plain_.abs() > 2.0**-13  # below it float16 has fewer digits
    assert torch.equal(plain_[large], scaled[large])
    assert large.float().mean() > 0.3


def test_an_overflow_skips_the_update_and_halves_the_scale() -> None:
    p, x, y = given()
    nets = Nets(Rounding(SIZES, FORMATS["float16_scaled"]), p, 0.1, 2.0**30)
    nets.step(x, y)
    assert torch.equal(nets.p, p)
    assert nets.scale.tolist() == [2.0**29] * S
    assert nets.skipped.tolist() == [1] * S
    nets.scale.fill_(2.0**4)
    nets.step(x, y)
    assert (nets.p != p).any(1).all()
    assert nets.skipped.tolist() == [1] * S


def test_weights_in_bfloat16_stay_so() -> None:
    p, x, y = given()
    nets = Nets(Rounding(SIZES, FORMATS["bfloat16_only"]), p, 1e-6, 1.0)
    nets.step(x, y)
    assert torch.equal(nets.p, nets.p.to(torch.bfloat16).float())
    assert (nets.unmoved > 0.9).all()


def test_cast_once_is_autocast_around_the_loop() -> None:
    """torch keeps the cast weights as long as autocast lasts, so that all gradients are those of
    the first weights, up to the digits of bfloat16; entered anew at every step, they are not.
    """
    p, x, y = given()
    program = Rounding(SIZES, FORMATS["bfloat16_once"])
    nets = Nets(program, p, 0.5, 1.0)
    first = nets.gradients(x, y)
    net = plain.mlp()
    nn.utils.vector_to_parameters(p[0].clone(), net.parameters())

    def autocast_gradient() -> torch.Tensor:
        return plain.gradient(net, x[0].T, y[0].argmax(0))

    with torch.autocast("cpu", dtype=torch.bfloat16):
        before = autocast_gradient()
        with torch.no_grad():
            for q in net.parameters():
                q.mul_(2 if q.dim() == 2 else 1)
        nets.step(x, y)
        assert torch.allclose(autocast_gradient(), before, atol=1e-6)
    assert torch.equal(nets.gradients(x, y), first)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not torch.allclose(autocast_gradient(), before, atol=0.1)
    assert (first[0] - before).norm() < 0.02 * before.norm()


# --- made small -----------------------------------------------------------------------

SHAPES = {"weight 1": (2, 2), "bias 1": (2,), "weight 2": (1, 2), "bias 2": (1,)}
NET = torch.tensor([[0.9, -0.5, 0.1, 0.3, 7.0, 8.0, 0.2, -0.4, 9.0]])


def test_whole_numbers_by_hand() -> None:
    """2 bits: -1, 0 and 1 times a layer's largest weight; biases stay."""
    found = whole_numbers(NET, SHAPES, 2)
    assert found[0].tolist() == pytest.approx([0.9, -0.9, 0, 0, 7, 8, 0, -0.4, 9])
    steps = whole_numbers(NET, SHAPES, 8)[0, :4] * 127 / 0.9
    assert torch.allclose(steps, steps.round(), atol=1e-4)
    assert (whole_numbers(NET, SHAPES, 8) - NET).abs().max() <= 0.9 / 127 / 2 + 1e-7


def test_pruned_by_hand() -> None:
    """Half of six weights: the three largest of both layers."""
    assert (NET * left(NET, SHAPES, 0.5))[0].tolist() == pytest.approx(
        [0.9, -0.5, 0, 0, 7, 8, 0, -0.4, 9])


def test_sizes_are_counted() -> None:
    shapes = Rounding(bits.SIZES, FORMATS["float32"]).shapes
    of_bits, of_kept = kilobytes(shapes, [8], [0.1])
    n = 64 * 64 * 2 + 64 * 10
    assert of_bits == [n / 1000]
    assert of_kept == [round(n / 10) * 6 / 1000]


# --- the lab --------------------------------------------------------------------------


def test_faded_gradients_vanish_in_float16_alone() -> None:
    h = LAB.run(loss_factor=1e-9, n_steps=20, n_seeds=1, batch_size=16)
    first = h["vanished"].isel(step=0, seed=0)
    assert float(first.sel(format="float16")) > 0.95
    assert float(first.sel(format="bfloat16")) < 0.01
    assert float(first.sel(format="float32")) == 0
    assert h["sizes"].sum("power").values == pytest.approx(1, abs=1e-2)
    assert any(note.startswith("20: Float16: after 20 steps") for note in h.attrs["notes"])


def test_who_left_out_updates_is_said() -> None:
    h = LAB.run(formats=("float16_scaled",), scale_power=30, n_steps=20, n_seeds=1)
    assert any("updates were left out" in note for note in h.attrs["notes"])


def test_nets_that_were_cut_learn_again_with_what_is_left() -> None:
    """Cut and trained by hand: what was cut stays 0."""
    config = bits.Config(formats=("float32",), n_steps=20, n_seeds=2, batch_size=16)
    *_, last = bits.train(config)
    split = bits.data_of(config.seeds)
    nets = bits.nets_of(config)["float32"]
    for batch in bits.batches(split, config.seeds, 16, 20):
        nets.step(*batch)
    mask = left(nets.p, nets.program.shapes, KEPT[1])
    by_hand = nets.p * mask
    for batch in bits.batches(split, config.seeds, 16, bits.N_TUNED):
        one = Nets(nets.program, by_hand, config.learning_rate, 1.0)
        by_hand = (by_hand - config.learning_rate * one.gradients(*batch)) * mask
    again = Nets(nets.program, by_hand, 0.0, 1.0)
    assert (by_hand == 0).sum() > 0.6 * by_hand.numel()
    theirs = bits.wrong(again.outputs(split.test_x), split)
    assert np.allclose(last.arrays["tuned_error"][1], theirs, atol=0.003)
    assert np.isnan(next(iter(bits.train(config))).arrays["tuned_error"]).all()
