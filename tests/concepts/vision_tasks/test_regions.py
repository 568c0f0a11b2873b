"""Proposals, held to those of scipy; nets, held to torch.nn; and what is found, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from core.concepts.vision_tasks import proposals, regions
from core.concepts.vision_tasks.scenes import N_CLASSES, SIDE, draw
from tests.concepts.vision_tasks.test_nets import B, K, conv, parameters, scenes, state


def test_proposals_are_boxes_around_what_scipy_finds_connected() -> None:
    images = draw(40, 2, np.random.default_rng(5)).images
    rows, boxes = proposals.proposed(images, 0.6)
    expected = []
    for i, image in enumerate(images.reshape(-1, SIDE, SIDE)):
        groups, _ = ndimage.label(image > 0.6, np.ones((3, 3)))
        for group, (y, x) in enumerate(ndimage.find_objects(groups), 1):
            if (groups[y, x] == group).sum() >= proposals.LEAST:
                expected.append((i, x.start, y.start, x.stop, y.stop))
    found = {(int(row), *map(int, box)) for row, box in zip(rows, boxes, strict=True)}
    assert found == set(expected)
    assert len(rows) == len(expected)
    assert (np.diff(rows) >= 0).all()


def test_without_ink_nothing_is_proposed() -> None:
    rows, boxes = proposals.proposed(np.zeros((3, SIDE * SIDE), np.float32), 0.6)
    assert rows.shape == (0,)
    assert boxes.shape == (0, 4)


def test_a_crop_of_its_own_size_is_the_picture_there() -> None:
    images = draw(2, 1, np.random.default_rng(6)).images
    box = np.array([[5, 4, 15, 14]], np.float32)  # ten pixels, and one around
    crop = proposals.crops(images, np.array([1]), box)[:, 0].view(12, 12)
    part = torch.from_numpy(images[1]).view(SIDE, SIDE)[3:15, 4:16]
    torch.testing.assert_close(crop, part, rtol=0, atol=1e-5)


def test_both_nets_are_those_of_torch() -> None:
    net, x = regions.Direct(), scenes()
    p = parameters(net)
    maps = net.trunk.maps(p | state(net), x, True)
    z = regions.slots(net.forward(p | state(net), x, []))
    namer = regions.Namer()
    q = parameters(namer)
    crops = torch.from_numpy(np.random.default_rng(2).standard_normal((K, proposals.CROP**2, B)))
    named = namer.forward(q | state(namer), crops, [])
    for k in range(K):
        logits = nn.functional.linear(maps[k].flatten(1), p["class.weight"][k], p["class.bias"][k])
        torch.testing.assert_close(z[k, :, :, :N_CLASSES].flatten(1), logits, rtol=1e-9, atol=1e-9)
        own = {name: a[k] for name, a in q.items()}
        y = crops[k].T.reshape(B, 1, proposals.CROP, proposals.CROP)
        for name in ("region1", "region2"):
            y = nn.functional.max_pool2d(conv(own, name)(y).relu(), 2)
        said = nn.functional.linear(y.flatten(1), own["name.weight"], own["name.bias"])
        torch.testing.assert_close(named[k].T, said, rtol=1e-9, atol=1e-9)


def test_what_is_found_by_hand() -> None:
    """One shape found, one called something else, and a box around nothing."""
    exam = regions.Exam(regions.Config(n_seeds=1))
    classes, boxes = exam._true[0]
    all_right = regions.Said(np.arange(regions.N_TEST).repeat(2), boxes.reshape(-1, 4),
                             classes.flatten())
    assert exam._of(0, all_right) == {"found": 1, "boxed": 1, "false": 0}
    other = classes.copy()
    other[:, 1] = (other[:, 1] + 1) % N_CLASSES
    half = regions.Said(all_right.rows, all_right.boxes, other.flatten())
    assert exam._of(0, half) == {"found": 0.5, "boxed": 1, "false": 1}
    rejected = regions.Said(all_right.rows, all_right.boxes,
                            np.full(len(all_right.rows), regions.NOTHING))
    assert exam._of(0, rejected) == {"found": 0, "boxed": 0, "false": 0}
    away = regions.Said(all_right.rows, all_right.boxes + 100, all_right.classes)
    assert exam._of(0, away) == pytest.approx({"found": 0, "boxed": 0, "false": 2})
