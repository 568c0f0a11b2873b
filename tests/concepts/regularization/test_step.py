"""One update slowly: held to torch in float64, and to the lab's own groups."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.regularization import remedies, step
from core.concepts.regularization.remedies import task_of
from core.concepts.regularization.step import Seen, Watched, chosen, lab_config, look
from core.concepts.regularization.treatment import Group, Schedule, alone
from core.config import with_changes
from core.words import phrase
from explorer.page import labs_on, view_of

LAB = find("regularization.step")
SMALL = step.Config(at=12, n_train=60, width=12, n_seeds=2, seed=3)
REMEDIES = ("dropout", "input_noise", "weight_decay", "label_smoothing")
every_remedy = pytest.mark.parametrize("remedy", REMEDIES)


def of(**changes: Any) -> step.Config:
    found: step.Config = with_changes(SMALL, **changes)
    return found


def watched(config: step.Config, name: str) -> Watched:
    group = Watched(config, name, task_of(lab_config(config)))
    for _ in range(config.at + 1):
        group.step()
    return group


def taken_apart(config: step.Config, name: str) -> Seen:
    return look(watched(config, name), chosen(config, task_of(lab_config(config))))


def frames(config: step.Config) -> list[dict[str, np.ndarray]]:
    return [dict(frame.arrays) for frame in step.train(config)]


# --- the lab's own update ----------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [800, 16])
@pytest.mark.parametrize("name", ["none", *REMEDIES])
def test_the_update_is_the_labs(name: str, batch_size: int) -> None:
    """To the bit: before it the nets are those of the lab's group after `at` updates, after the
    last sub-step those after one more.
    """
    config = of(batch_size=batch_size)
    lab = lab_config(config)
    task = task_of(lab)
    theirs = Group(alone(name, lab), (64, 12, 12, 10), task.data, task.points, config.seeds,
                   Schedule(lab.n_steps, batch_size, lab.learning_rate))
    for _ in range(config.at):
        theirs.step()
    ours = taken_apart(config, name)
    np.testing.assert_array_equal(ours.weights["before"], theirs.race.p)
    theirs.step()
    np.testing.assert_array_equal(ours.weights["after"], theirs.race.p)
    if name != "weight_decay":
        np.testing.assert_array_equal(ours.weights["moved"], theirs.race.p)


def test_the_nets_are_those_of_the_labs_pictures() -> None:
    """What the lab's frame says that its first seed's nets say of its first wrongly labelled image,
    the one with the number 1 here.
    """
    config = of(at=50, n_train=100)
    lab = {frame.step: frame.arrays for frame in remedies.train(lab_config(config))}[50]
    first = frames(config)[0]
    np.testing.assert_array_equal(first["said"].argmax(1), lab["said"][:, 0])


# --- against torch -----------------------------------------------------------------------


def net_of(p: np.ndarray, masks: torch.Tensor) -> nn.Sequential:
    """Of one net's parameters, in float64, with a factor (units, batch) after each hidden layer."""
    sizes, layers = (64, 12, 12, 10), []
    flat = torch.from_numpy(p).double()
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        linear = nn.Linear(n_in, n_out).double()
        weight, bias, flat = flat[: n_in * n_out], flat[n_in * n_out:][:n_out], flat[
            n_in * n_out + n_out:]
        linear.weight.data, linear.bias.data = weight.view(n_out, n_in).clone(), bias.clone()
        layers += [linear, *([nn.ReLU(), Times(masks[i])] if i < 2 else [])]
    return nn.Sequential(*layers)


class Times(nn.Module):
    def __init__(self, mask: torch.Tensor) -> None:
        super().__init__()
        self.mask = mask.double().T

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.mask


@every_remedy
def test_the_first_update_is_that_of_torch(remedy: str) -> None:
    """From the first weights, where Adam has no past: the step of the gradient alone is that of
    torch.optim.Adam on the images, labels and units as the remedy had changed them; with the decay
    it is AdamW's. And in between the image is given what the whole net in training gives it.
    """
    config = of(remedy=remedy, at=0)
    group = watched(config, remedy)
    image = chosen(config, task_of(lab_config(config)))
    seen, masks = look(group, image), group.masks()
    decay = config.weight_decay if remedy == "weight_decay" else 0
    for s in range(config.n_seeds):
        x, y = group.x[s].T.double(), group.y[s].T.double()
        ends = []
        for decayed in (0, decay):
            net = net_of(seen.weights["before"][s], masks[:, s])
            said = net(x)
            optimizer = torch.optim.AdamW(net.parameters(), config.learning_rate,
                                          weight_decay=decayed)
            nn.functional.cross_entropy(said, y).backward()
            optimizer.step()
            ends.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
        # near-zero gradients leave Adam's first step to their rounding
        for name, end in zip(("moved", "after"), ends, strict=True):
            off = np.abs(seen.weights[name][s] - end.numpy())
            assert np.quantile(off, 0.98) < 1e-6
        of_image = said.detach()[image.at[s]]
        np.testing.assert_allclose(
            seen.said["asked"][s], torch.softmax(of_image, 0), rtol=1e-4, atol=1e-6)
        loss = nn.functional.cross_entropy(of_image, y[image.at[s]])
        assert step.numbers_of(seen, image)["loss"][s] == pytest.approx(float(loss), rel=1e-4)


def test_dropout_leaves_out_a_share_and_the_others_count_more() -> None:
    """In both layers, of the same image as without: 1 / (1 - p), in steps of 1/256; what comes out
    of the first layer is what it was, times that.
    """
    config = of(dropout=0.25, width=64)
    seen = taken_apart(config, "dropout")
    assert sorted(set(seen.kept.ravel().tolist())) == pytest.approx([0, 4 / 3], rel=1e-6)
    assert (seen.kept == 0).mean() == pytest.approx(0.25, abs=0.1)
    np.testing.assert_allclose(
        seen.hidden["asked"][:, 0], seen.hidden["before"][:, 0] * seen.kept[:, 0], rtol=1e-5)
    assert not seen.hidden["asked"][:, 1][seen.kept[:, 1] == 0].any()


def test_noise_is_that_of_the_batch_and_labels_are_smoothed() -> None:
    image = chosen(SMALL, task_of(lab_config(SMALL)))
    noisy, smooth, plain = (taken_apart(SMALL, name)
                            for name in ("input_noise", "label_smoothing", "none"))
    assert (noisy.image - image.pixels).std() == pytest.approx(SMALL.input_noise, rel=0.2)
    np.testing.assert_array_equal(plain.image, image.pixels)
    np.testing.assert_array_equal(plain.target, np.eye(10)[image.given])
    np.testing.assert_allclose(smooth.target, np.eye(10)[image.given] * 0.8 + 0.02, rtol=1e-6)


def test_decay_takes_the_same_share_of_every_weight() -> None:
    config = of(weight_decay=3, learning_rate=0.002)
    seen = taken_apart(config, "weight_decay")
    np.testing.assert_allclose(seen.weights["moved"] - seen.weights["after"],
                               0.006 * seen.weights["before"], atol=1e-7)


# --- which image -------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [800, 16])
@pytest.mark.parametrize("kind", ["wrong", "right"])
def test_the_image_is_of_the_batch_and_of_its_kind(kind: str, batch_size: int) -> None:
    config = of(image=kind, batch_size=batch_size, number=2)
    task = task_of(lab_config(config))
    image, group = chosen(config, task), watched(config, "none")
    for s in range(2):
        np.testing.assert_array_equal(image.pixels[s], group.x[s, :, image.at[s]])
        assert image.given[s] == group.y[s, :, image.at[s]].argmax()
        (found,) = (torch.from_numpy(image.pixels[s]) == task.data.train_x[s].T).all(1).nonzero()
        assert image.true[s] == task.true[s, :, found].argmax()
        assert bool(task.wrong[s, found]) == (kind == "wrong")


def test_the_numbers_count_through_the_images_of_a_kind() -> None:
    """As the lab's pictures do; after the last comes the first."""
    config = of(label_noise=0.05)  # 3 of 60
    task = task_of(lab_config(config))
    at = [chosen(with_changes(config, number=n), task).at[0] for n in (1, 2, 3, 4)]
    np.testing.assert_array_equal(at[:3], remedies.shown_images(task))
    assert at[3] == at[0]


def test_where_no_label_is_wrong_it_is_said() -> None:
    first = next(iter(step.train(of(label_noise=0))))
    assert first.notes[0].key == "before_none_wrong"
    assert first.arrays["label"] == first.arrays["true_class"]


# --- frames ------------------------------------------------------------------------------


@every_remedy
def test_a_seed_in_a_stack_is_the_seed_alone(remedy: str) -> None:
    config = of(remedy=remedy, batch_size=16)
    together = frames(config)[-1]["numbers"]
    for s, seed in enumerate(config.seeds):
        own = frames(with_changes(config, n_seeds=1, seed=seed))[-1]["numbers"]
        np.testing.assert_allclose(together[..., s], own[..., 0], rtol=1e-5, atol=1e-7)


@every_remedy
def test_parts_come_one_by_one(remedy: str) -> None:
    """The remedy is at work from the second frame to the fourth; weights move in the fifth, and
    decay takes its share after that.
    """
    config = of(remedy=remedy)
    keys = step.sub_steps(config)
    known = dict(zip(keys, frames(config), strict=True))
    assert len(keys) == (7 if remedy == "weight_decay" else 6)
    for key, arrays in known.items():
        training = key in ("changed", "asked", "pull")
        assert arrays["dropped"].any() == (training and remedy == "dropout")
        off = np.isnan(arrays["hidden"].reshape(2, 2, -1)[..., :12]).astype(int)
        np.testing.assert_array_equal(off, arrays["dropped"])
        assert (arrays["seen"][0] != arrays["seen"][1]).any() == (
            training and remedy == "input_noise")
        assert (arrays["target"].max(1) < 1).tolist() == [
            False, training and remedy == "label_smoothing"]
        assert np.isfinite(arrays["pull"]).any() == (key == "pull")
        assert np.isfinite(arrays["moved"]).all() == (key in ("step", "decay", "after"))
        assert np.isfinite(arrays["decayed"]).all() == (
            remedy == "weight_decay" and key in ("decay", "after"))
    np.testing.assert_array_equal(known["changed"]["said"], known["before"]["said"])


def test_arrows_go_from_what_is_said_to_the_target() -> None:
    arrays = frames(of(remedy="label_smoothing"))[3]
    arrows = arrays["pull"].reshape(2, 10, 3)
    assert np.isnan(arrows[..., 2]).all()
    large = np.abs(arrays["target"] - arrays["said"]) > step.LEAST_ARROW
    np.testing.assert_array_equal(np.isfinite(arrows[..., 0]), large)
    np.testing.assert_array_equal(arrows[large][:, 0], arrays["said"][large])
    np.testing.assert_array_equal(arrows[large][:, 1], arrays["target"][large])


@pytest.mark.parametrize("width", [8, 24, 128])
def test_units_fill_a_square(width: int) -> None:
    side = step.square_side(width)
    assert (side - 1) ** 2 < width <= side**2
    last = frames(step.Config(at=0, n_train=50, width=width))[-1]
    assert last["hidden"].shape == (2, 2, side, side)
    assert np.isfinite(last["hidden"]).sum() == 4 * width
    assert np.nanmax(last["hidden"]) <= 1


@every_remedy
@pytest.mark.parametrize("image", ["wrong", "right"])
def test_every_sub_step_is_said_with_its_numbers(remedy: str, image: str) -> None:
    config = of(remedy=remedy, image=image)
    notes = [frame.notes[0] for frame in step.train(config)]
    expected = [f"before_{image}", f"changed_{remedy}", *step.sub_steps(config)[2:]]
    assert [note.key for note in notes] == expected
    said = [phrase(note, LAB.words) for note in notes]
    assert not any("{" in text or "nan" in text for text in said)
    numbers = dict(zip(step.NUMBERS, frames(config)[0]["numbers"], strict=True))
    values = notes[0].values
    for net, name in ((0, "plain"), (1, "other")):
        for moment in ("before", "asked", "moved", "after"):
            assert values[f"{name}_{moment}"] == f"{numbers[f'label_{moment}'][net, 0]:.1%}"


# --- the way there -----------------------------------------------------------------------


@pytest.mark.parametrize(("given", "remedy"), [
    ({}, "weight_decay"), ({"remedies": ("none", "l2")}, "dropout"),
    ({"remedies": ("none",), "combined": ("mixup", "label_smoothing")}, "label_smoothing"),
])
def test_the_way_from_the_remedies(given: dict[str, Any], remedy: str) -> None:
    """The first of its remedies that can be seen at work, with its settings and the frame."""
    lab = remedies.Config(**given, dropout=0.3, n_train=100, n_seeds=3, seed=7, batch_size=32)
    slowly = labs_on("regularization")["remedies"].slowly
    assert slowly
    experiment, found = slowly(lab, 137)
    assert experiment is LAB
    assert found == step.Config(remedy=remedy, at=137, dropout=0.3, n_train=100, n_seeds=3, seed=7,
                                batch_size=32)
    assert view_of(LAB, found)["says"]
