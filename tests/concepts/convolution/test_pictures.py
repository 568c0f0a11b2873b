"""The main lab: its images, augmentation, and what is measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.convolution import pictures
from core.concepts.convolution.augment import AUGMENT_NAMES, Strength, augmented
from core.concepts.convolution.pictures import Config
from core.concepts.convolution.tasks import MOVES, task_of
from core.config import with_changes
from core.stacked.nets import MLP

SMALL = Config(n_train=100, n_seeds=2)


@pytest.mark.parametrize("data", ["strokes", "digits"])
def test_images_are_standardised_by_the_training_set(data: str) -> None:
    task = task_of(with_changes(SMALL, data=data))
    x = task.split.train_x
    assert x.shape == (2, task.side**2, 100)
    torch.testing.assert_close(x.mean((1, 2)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.std((1, 2)), torch.ones(2), atol=1e-3, rtol=0)
    assert task.split.train_y.sum(2).min() >= 9


def test_moved_images_are_moved_to_the_right() -> None:
    task = task_of(SMALL)
    still, by_three = (task.moved[d][0].t().reshape(-1, 16, 16) for d in (0, 3))
    assert MOVES[3] == 3
    assert torch.equal(by_three[:, :, 3:], still[:, :, :-3])
    assert torch.equal(by_three[:, :, :3], still[:, :, -3:])


def test_scrambled_pixels_are_the_same_pixels_elsewhere() -> None:
    """All images of a seed in one new order, test images too; a dense net is none the wiser."""
    task, scrambled = task_of(SMALL), task_of(with_changes(SMALL, pixels="scrambled"))
    for a, b in ((task.split.train_x, scrambled.split.train_x),
                 (task.split.test_x, scrambled.split.test_x)):
        assert not torch.equal(a, b)
        assert torch.equal(a.sort(1)[0], b.sort(1)[0])
    x, again = task.split.train_x[0], scrambled.split.train_x[0]
    order = [int((x == row).all(1).nonzero()) for row in again]
    assert sorted(order) == list(range(256))
    assert torch.equal(task.split.test_x[0][order], scrambled.split.test_x[0])
    net = MLP((256, 5, 10))
    p = torch.from_numpy(net.init(np.random.default_rng(0)))
    w, b = p[: 5 * 256].view(5, 256), p[5 * 256 : 5 * 257]
    torch.testing.assert_close(w @ x + b[:, None], w[:, order] @ again + b[:, None])


# --- augmentation ------------------------------------------------------------------------


def change(x: torch.Tensor, *names: str, seed: int = 0, **strength: int) -> torch.Tensor:
    how = Strength(**{"shift": 2, "rotation": 20, **strength})
    rngs = [np.random.default_rng(seed + i) for i in range(len(x))]
    return augmented(x, names, how, torch.full((len(x),), -0.5), 16, rngs)


def image(n: int = 40) -> torch.Tensor:
    """A few bright pixels off the middle on an empty ground of -0.5, (1, 256, n)."""
    x = torch.full((16, 16), -0.5)
    x[5, 6], x[5, 7], x[9, 10] = 1.0, 1.5, 2.0
    return x.view(1, 256, 1).repeat(1, 1, n)


def test_nothing_chosen_changes_nothing() -> None:
    x = image()
    assert change(x) is x


def test_a_shift_moves_by_whole_pixels() -> None:
    x = image()
    moved = change(x, "shift")[0].t().reshape(-1, 16, 16)
    first = x[0, :, 0].view(16, 16)
    found = set()
    for one in moved:
        fits = [(a, b) for a in range(-2, 3) for b in range(-2, 3)
                if torch.allclose(one, first.roll((a, b), (0, 1)), atol=1e-4)]
        assert len(fits) == 1
        found.add(fits[0])
    assert len(found) > 10


def test_a_flip_mirrors_left_and_right_half_of_the_time() -> None:
    x = image()
    flipped = change(x, "flip")[0].t().reshape(-1, 16, 16)
    first = x[0, :, 0].view(16, 16)
    mirrored = [torch.allclose(one, first.flip(1), atol=1e-4) for one in flipped]
    same = [torch.allclose(one, first, atol=1e-4) for one in flipped]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 8 < sum(mirrored) < 32


def test_a_quarter_turn() -> None:
    """The largest of turns by up to 90 degrees comes near the image turned by a quarter."""
    x = image(400)
    turned = change(x, "rotation", rotation=90)[0].t().reshape(-1, 16, 16)
    first = x[0, :, 0].view(16, 16)
    for quarter in (first.rot90(1), first.rot90(-1)):
        assert min((one - quarter).abs().max() for one in turned) < 0.25


def test_brightness_is_a_factor_of_the_ink() -> None:
    x = image()
    ink, before = change(x, "brightness") + 0.5, x + 0.5
    factor = ink[0, 5 * 16 + 6] / before[0, 5 * 16 + 6]
    torch.testing.assert_close(ink[0], before[0] * factor)
    assert 0.6 <= factor.min() < 0.75
    assert 1.25 < factor.max() <= 1.4


def test_scale_and_crop_keep_the_ink_or_enlarge_it() -> None:
    x = image(200)
    scaled, cropped = ((change(x, name) + 0.5).sum(1) / (x + 0.5).sum(1) for name in
                       ("scale", "crop"))
    assert scaled.min() < 0.8 < 1.2 < scaled.max()
    assert cropped.max() > 1.3


@pytest.mark.parametrize("name", AUGMENT_NAMES)
def test_a_seed_draws_alone(name: str) -> None:
    x = image().repeat(2, 1, 1)
    both = change(x, name, "flip", seed=3)
    assert torch.equal(both[1:], change(x[1:], name, "flip", seed=4))


# --- what is measured ----------------------------------------------------------------------


def test_errors_by_class_average_to_the_error() -> None:
    h = next(iter([pictures.train(with_changes(SMALL, nets=("mlp_equal",), n_steps=50))]))
    frames = list(h)
    last = frames[-1].arrays
    np.testing.assert_allclose(last["class_error"].mean(1), last["test_error"], atol=1e-6)
    np.testing.assert_array_equal(last["verdict"][0] == 1, last["said"][0] == np.arange(10))


def test_a_net_that_learns_nothing_says_so() -> None:
    config = with_changes(SMALL, nets=("mlp_equal",), rates="shared", learning_rate=3e-4,
                          n_steps=50, pixels="scrambled")
    notes = [note for frame in pictures.train(config) for note in frame.notes]
    assert [note.key for note in notes] == ["guesses"]
