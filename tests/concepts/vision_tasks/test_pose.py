"""Stick figures, and nets that say where their points are, held to torch.nn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.vision_tasks import figures, pose
from core.concepts.vision_tasks.scenes import SIDE
from tests.concepts.vision_tasks.test_nets import B, K, parameters, scenes, state


def drawn(n: int = 50, noise: float = 0.0, clutter: int = 0) -> figures.Figures:
    return figures.draw(n, np.random.default_rng(3), noise, clutter)


def test_a_figure_has_ink_at_its_points_and_stays_in_the_picture() -> None:
    found = drawn()
    assert found.points.shape == (50, figures.N_POINTS, 2)
    assert found.points.min() >= 1
    assert found.points.max() <= SIDE - 2
    for image, points in zip(found.images.reshape(-1, SIDE, SIDE), found.points, strict=True):
        for x, y in points[1:]:  # a head is a ring around its point
            assert image[round(float(y)), round(float(x))] > 0.3
    assert (found.points[:, 2, 0] < found.points[:, 3, 0] + 4).all(), "left hands are at the left"
    assert (found.points[:, 4, 0] < found.points[:, 5, 0]).all()


def test_less_noise_and_clutter_are_the_same_figures() -> None:
    assert np.array_equal(drawn().points, drawn(noise=0.2, clutter=2).points)


def test_twice_mirrored_is_the_figure_and_swapped_names_are_those_of_the_picture() -> None:
    found = drawn(5)
    twice = figures.mirrored(figures.mirrored(found, swapped=True), swapped=True)
    assert np.allclose(twice.points, found.points)
    assert np.array_equal(twice.images, found.images)
    assert (figures.mirrored(found, swapped=True).points[:, 4, 0]
            < figures.mirrored(found, swapped=True).points[:, 5, 0]).all()
    assert (figures.mirrored(found, swapped=False).points[:, 4, 0]
            > figures.mirrored(found, swapped=False).points[:, 5, 0]).all()


@pytest.mark.parametrize("name", pose.READINGS)
def test_points_are_read_as_torch_reads_them(name: str) -> None:
    net = pose.Poser(name)
    p, x = parameters(net), scenes()
    said = net.forward(p | state(net), x, [])
    maps = net.trunk.maps(p | state(net), x, True)
    for k in range(K):
        weight, bias = p["points.weight"][k], p["points.bias"][k]
        if name == "maps":
            heat = nn.functional.conv2d(maps[k], weight[:, :, None, None], bias)
            heat = heat.flatten(2).softmax(2).view(B, figures.N_POINTS, 6, 6)
            at = (torch.arange(6, dtype=heat.dtype) * 4 + 1.5 - pose.HALF) / pose.HALF
            points = torch.stack([torch.einsum("bpyx,x->bp", heat, at),
                                  torch.einsum("bpyx,y->bp", heat, at)], 2).flatten(1)
        else:
            seen = maps[k].mean((2, 3)) if name == "means" else maps[k].flatten(1) / 6
            points = nn.functional.linear(seen, weight, bias)
        torch.testing.assert_close(said[k].T, points, rtol=1e-9, atol=1e-9)


def test_distances_and_shares_by_hand() -> None:
    exam = pose.Exam(pose.Config(n_seeds=1), torch.zeros(1, 2 * figures.N_POINTS, 4))
    off = np.zeros_like(exam._true)
    off[:, :, 2] = [3, 4]  # left hands five pixels away
    found = exam._of(exam._true + off)
    assert found["distance"][:, 0] == pytest.approx([0, 0, 5, 0, 0, 0], abs=1e-5)
    assert found["near"] == pytest.approx([5 / 6])
    assert exam._of(exam._true)["apart"] == pytest.approx([1])
    middle = exam._of(np.zeros_like(exam._true))
    assert middle["apart"] == pytest.approx([0])
