"""One layer, slowly: its parts against torch's convolution, and against the nets of the lab."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.dilated_convolution import reach, step
from core.concepts.dilated_convolution.net import CausalNet
from core.config import validated
from core.stacked.traced import views
from core.words import phrase

LAB = find("dilated_convolution.step")
K, T, W = 2, 20, 6
SMALL: dict[str, Any] = {"lags": ("3", "5"), "n_layers": 2, "width": 8, "batch_size": 4}


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize(("kernel", "layer"), [(2, 2), (3, 1)])
def test_the_parts_are_torchs_convolution(kernel: int, layer: int, gated: bool) -> None:
    net = CausalNet(4, (1, 2, 4), kernel, W, gated=gated)
    rng = np.random.default_rng(4)
    p = views(net.shapes, torch.from_numpy(rng.normal(0, 0.5, (K, net.n_parameters))))
    below, dilation = torch.from_numpy(rng.standard_normal((K, T, W))), net.dilations[layer]
    for channel in (0, W - 1):
        apart = step.taken_apart(net, p, layer, channel, below)
        for k in range(K):
            z = nn.functional.conv1d(below[k].mT[None], p[f"{layer}.conv"][k],
                                     p[f"{layer}.conv_bias"][k], dilation=dilation)[0, :, -1]
            out = z[channel].tanh() * z[channel + W].sigmoid() if gated else z[channel].relu()
            sums = {name: part[k] for name, part in apart.sums.items()}
            assert (sums["products"] + sums["bias"] - z[channel]).abs() <= 1e-9
            assert (sums["out"] - out).abs() <= 1e-9


@pytest.mark.parametrize(("at", "residual"), [(0, True), (20, False)])
def test_its_net_is_the_labs(at: int, residual: bool) -> None:
    """What is below and above its layer is what the lab's net of that lag has there after as many
    updates, and does not depend on what stands before the example.
    """
    config = step.Config(**SMALL, lag="5", layer=2, at=at, residual=residual, channel=1)
    _apart, below, above = step.looked_into(config)
    lab = reach.Config(**SMALL, nets=("plain", "dilated"), residual=residual, n_seeds=1)
    net, race = reach.net_of(lab, "dilated"), reach.race_of(lab, "dilated")
    for _, batch in zip(range(at), reach.batches(lab), strict=False):
        race.step(*batch)
    p = views(net.shapes, race.p[1:])  # of lag 5
    source = torch.from_numpy(step.example(config))[:, None]
    longer = torch.cat([torch.zeros_like(source[..., :9]), source], -1)
    for x in (source, longer):
        *_, under, over = net.states(p, x)
        n = below.shape[-1]
        assert (under[:, 0, -n:].mT - below).abs().max() <= 1e-6
        assert (over[:, 0, -n:].mT - above).abs().max() <= 1e-6


def test_it_grows_a_part_at_a_time_and_says_its_numbers() -> None:
    frames = list(step.train(step.Config(**SMALL, lag="3", layer=2, at=20, channel=2)))
    assert len(frames) == len(step.SUB_STEPS)
    known = [int(np.isfinite(f.arrays["sums"]).sum()) for f in frames]
    assert known == [0, 0, 0, 2, 5, 5, 5]
    places = [int(np.isfinite(f.arrays["above"]).all((0, 2)).sum()) for f in frames]
    assert places == [0, 0, 0, 0, 0, 1, 8]
    last = frames[-1].arrays
    np.testing.assert_allclose(last["below"][:, [-3, -1]], last["seen"])  # 2 back, and itself
    said = [phrase(f.notes[0], LAB.words) for f in frames]
    assert "the one 2 back" in said[1]
    assert f"added up are {last['sums'][0, 0]:.2f};" in said[3]
    assert f"= {last['sums'][-1, 0]:.2f}." in said[4]
    assert not any("{" in text for text in said)


@pytest.mark.parametrize("wrong", [{"layer": 3}, {"channel": 9}])
def test_what_is_not_there_is_refused(wrong: dict[str, Any]) -> None:
    right = {**SMALL, "lag": "3", "layer": 2, "channel": 8}
    assert validated(step.Config, right)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        validated(step.Config, right | wrong)
