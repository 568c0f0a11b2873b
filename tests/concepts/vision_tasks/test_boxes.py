"""Boxes and their losses, held to boxes that were computed by hand."""

from __future__ import annotations

import pytest
import torch

from core.concepts.vision_tasks.boxes import BOX_LOSSES, SCALE, giou, iou, placed

HALF = [0.0, 0.0, 4.0, 4.0]
CASES: dict[str, tuple[list[float], float, float]] = {
    "the same": ([0, 0, 4, 4], 1.0, 1.0),
    "half beside it": ([2, 0, 6, 4], 8 / 24, 8 / 24),  # the box around both is full
    "a corner": ([2, 2, 6, 6], 4 / 28, 4 / 28 - (36 - 28) / 36),
    "inside": ([1, 1, 3, 3], 4 / 16, 4 / 16),
    "edge to edge": ([4, 0, 8, 4], 0.0, 0.0),
    "away": ([8, 0, 12, 4], 0.0, -(48 - 32) / 48),
    "diagonally away": ([8, 8, 12, 12], 0.0, -(144 - 32) / 144),
}


def tensor(box: list[float]) -> torch.Tensor:
    return torch.tensor(box, dtype=torch.float64)


@pytest.mark.parametrize("case", CASES)
def test_boxes_by_hand(case: str) -> None:
    other, overlap, generalised = CASES[case]
    for a, b in ((HALF, other), (other, HALF)):
        assert iou(tensor(a), tensor(b)).item() == pytest.approx(overlap, abs=1e-12)
        assert giou(tensor(a), tensor(b)).item() == pytest.approx(generalised, abs=1e-12)


def test_without_overlap_only_giou_has_a_gradient() -> None:
    far = tensor([8, 8, 12, 12]).requires_grad_()
    (none,) = torch.autograd.grad(BOX_LOSSES["iou"].of(far, tensor(HALF)), far)
    (some,) = torch.autograd.grad(BOX_LOSSES["giou"].of(far, tensor(HALF)), far)
    assert none.tolist() == [0, 0, 0, 0]
    assert some[0] > 0, "its left edge is to go to the left"
    assert some[1] > 0


def test_errors_are_means_over_edges_in_halves_of_a_scene() -> None:
    a, b = tensor([0, 0, 4, 4]), tensor([0, 0, 4 + SCALE, 4 - 2 * SCALE])
    assert BOX_LOSSES["squared"].of(a, b).item() == pytest.approx((1 + 4) / 4)
    assert BOX_LOSSES["absolute"].of(a, b).item() == pytest.approx((1 + 2) / 4)


def test_a_box_begins_in_the_middle_and_never_turns_over() -> None:
    left, top, right, bottom = placed(torch.zeros(4, dtype=torch.float64)).tolist()
    assert (left + right) / 2 == (top + bottom) / 2 == SCALE
    assert right - left == pytest.approx(2 * SCALE / (1 + 2.718281828459045**0.5))
    wild = placed(30 * torch.randn(100, 4, generator=torch.Generator().manual_seed(0)))
    assert (wild[:, 2:] >= wild[:, :2]).all()
