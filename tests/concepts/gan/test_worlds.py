"""Two worlds: losses against plain torch, and measures of maps that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from core.concepts.gan import worlds


def modules(p: dict[str, torch.Tensor], name: str, row: int) -> nn.Sequential:
    own = worlds.part_of(p, name)
    layers = [nn.Linear(*own[f"w{i}"].shape[:0:-1]).double() for i in (1, 2, 3)]
    for i, layer in enumerate(layers, start=1):
        layer.weight.data, layer.bias.data = own[f"w{i}"][row], own[f"b{i}"][row]
    return nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])


def test_the_maps_pay_as_plain_torch_has_it() -> None:
    """All three kinds, in float64: the cycle loss where there is one, and where they begin."""
    config = worlds.Config(n_seeds=1, batch_size=16, cycle_weight=2.0)
    travels, drawn = worlds.Travels(config), next(worlds.draws(config))
    everyone = {player: {name: a.double() for name, a in own.items()}
                for player, own in travels.game.parameters.items()}
    x, y = (points.double() for points in drawn)
    found = travels._mapped(everyone, x.expand(3, -1, -1), y.expand(3, -1, -1))
    for row, kind in enumerate(worlds.MAPS.values()):
        g, f = (modules(everyone["maps"], name, row) for name in ("there", "back"))
        first, second = (modules(everyone["judges"], name, row) for name in ("first", "second"))

        def moved(net: nn.Module, points: torch.Tensor, near: bool = kind.near) -> torch.Tensor:
            return points + net(points) if near else net(points)

        there, back = moved(g, x[0]), moved(f, y[0])
        expected = softplus(-second(there)).mean() + softplus(-first(back)).mean()
        if kind.cycles:
            expected = expected + 2 * ((moved(f, there) - x[0]).abs().sum(1).mean()
                                       + (moved(g, back) - y[0]).abs().sum(1).mean())
        assert found[row].item() == pytest.approx(expected.item(), rel=1e-9)


@pytest.mark.parametrize(("turn", "right"), [(0, 6), (180, 0)])
def test_the_identity_is_right_where_nothing_is_turned(turn: int, right: int) -> None:
    """It returns exactly, and is good, whatever the numbers say."""
    config = worlds.Config(maps=("near",), n_seeds=1, turn=turn)
    travels = worlds.Travels(config)
    travels.game.p["maps"].zero_()
    found = worlds.Gallery(config).measured(travels)
    assert found["right"] == right
    assert found["different"] == found["undone"] == 6
    there, back = found["pairs"][0].astype(float)  # (island, start and end, xy)
    assert (np.diff(np.linalg.norm(there, axis=-1)) > 0.2).all()  # straight out, and back
    apart = np.abs(there[:, None, ::-1] - back).max((2, 3))  # of each two arrows
    assert apart.min(1) == pytest.approx(2 * worlds.ASIDE, abs=0.02)
    assert found["cycle"] == 0
    assert found["good"] > 0.97
    assert np.isfinite(found["made"]).all()
