"""One block slowly: its parts held to torch.nn with autograd, and to the lab's own run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.skip_connections import inside, step
from core.concepts.skip_connections.resnet import ResNet
from core.config import with_changes
from core.stacked.layers import Workspace
from core.stacked.nets import Stack
from core.words import phrase
from explorer.page import labs_on
from tests.concepts.skip_connections.test_resnet import module_of

LAB = find("skip_connections.step")
SMALL = step.Config(depth=6, width=16, at=7, n_seeds=2)


def last(config: step.Config) -> dict[str, np.ndarray]:
    *_, frame = step.train(config)
    return dict(frame.arrays)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("gates", [(0, 1, 0), (1, 0.5, 0), (1, 0.25, 1)])
@pytest.mark.parametrize("block", [1, 2, 3])
def test_a_blocks_parts_equal_torchs(
    block: int, gates: tuple[float, float, float], batch_norm: bool
) -> None:
    """What comes in, the layer's answer, what goes on, and the gradients of one image's loss
    with respect to each of them, by autograd in float64.
    """
    net, n = ResNet(3, width=6, n_in=5, batch_norm=batch_norm), 9
    rng = np.random.default_rng(0)
    p = torch.from_numpy(net.init(rng)[None] + rng.normal(0, 0.1, (1, net.n_parameters)))
    net.gates(p)[...] = torch.tensor(gates, dtype=p.dtype)
    x, classes = torch.from_numpy(rng.standard_normal((1, 5, n))), torch.arange(n) % net.n_out
    y = torch.eye(net.n_out, dtype=p.dtype)[classes].T[None]
    (found,) = step.through_block(
        Stack(net, p, torch.zeros_like(p), Workspace()), x, y, block)
    module = module_of(net, p[0])
    h = x[0].T
    for stage in list(module)[:block]:
        h = stage(h)
    h = h.detach().requires_grad_()
    own_way, shortcut = h.clone(), h.clone()
    own_way.retain_grad()
    shortcut.retain_grad()
    its = list(module)[block]
    layer = its.scale * its.inner(own_way)
    out = its.skip * shortcut + layer
    out.retain_grad()
    z = out
    for stage in list(module)[block + 1 :]:
        z = stage(z)
    nn.functional.cross_entropy(z, classes, reduction="sum").backward()
    wanted = [h, layer, out, out.grad, own_way.grad, shortcut.grad, h.grad]
    for ours, theirs in zip(found[0], wanted, strict=True):
        assert (ours - theirs[0]).abs().max() <= 1e-10


@pytest.mark.parametrize("changes", [
    {}, {"batch_norm": "on", "kind": "naive"}, {"optimizer": "adam", "kind": "rezero"},
    {"net": "cnn", "depth": 2, "at": 3}])
def test_the_nets_are_those_of_the_look_inside(changes: dict[str, object]) -> None:
    """After as many updates: the gradient at every layer as that lab has it in its frame."""
    config = with_changes(SMALL, **changes)
    frames = iter(inside.train(step.lab_config(config)))
    theirs = next(f for f in frames if f.step == config.at).arrays["gradient"]
    np.testing.assert_allclose(last(config)["gradient"], theirs, rtol=2e-3)


def test_parts_come_one_by_one_and_stay() -> None:
    """At sub-step t the first t + 1 parts have a value, that of the end."""
    frames = list(step.train(SMALL))
    end = frames[-1].arrays
    assert len(frames) == len(step.FORWARD) + len(step.BACK) == 7
    for t, frame in enumerate(frames):
        norm = frame.arrays["norm"]
        assert np.isfinite(norm[:, : t + 1]).all()
        assert np.isnan(norm[:, t + 1 :]).all()
        assert (norm[:, : t + 1] == end["norm"][:, : t + 1]).all()
        both = np.concatenate([frame.arrays["forward"], frame.arrays["back"]], 1)
        assert (np.isfinite(both).all((0, 2, 3)) == (np.arange(7) <= t)).all()
        (note,) = frame.notes
        assert "{" not in phrase(note, LAB.words)


def test_bars_are_shares_of_what_came_in_and_of_what_arrived() -> None:
    """Of all units together they would have norm 1: of the drawn ones, at most that."""
    end = last(SMALL)
    for bars, whole in ((end["forward"], end["norm"][:, :3]), (end["back"], end["norm"][:, 3:])):
        size = np.sqrt((bars[:, 0] ** 2).sum(1))
        assert (size <= 1 + 1e-6).all()
        assert (size > 0.1).all(), "units that do nothing are not drawn"
        longest = whole / whole[:, :1]
        assert (np.sqrt((bars**2).sum(2)) <= longest + 1e-5).all()


def test_notes_say_the_norms_of_the_first_seed() -> None:
    end, frames = last(SMALL)["norm"], list(step.train(SMALL))
    for t, frame in enumerate(frames):
        values = frame.notes[0].values
        assert values["plain"] == f"{end[0, t, 0]:.3g}"
        assert values["other"] == f"{end[1, t, 0]:.3g}"
    assert values["other_times"] == f"{end[1, 6, 0] / end[1, 3, 0]:.3g}"
    assert values["scale"] == f"{6**-0.5:.3g}"


def test_a_net_that_overflowed_says_so() -> None:
    """No infinity in a frame, and no number in a note that is none."""
    config = step.Config(kind="naive", depth=64, at=20, learning_rate=1)
    frames = list(step.train(config))
    assert not any(np.isinf(a).any() for f in frames for a in f.arrays.values())
    assert frames[0].notes[0].values["other"] == "overflow"


@pytest.mark.parametrize("lab", ["depth", "inside"])
def test_the_way_from_a_lab_keeps_its_settings(lab: str) -> None:
    """And takes the step at the playhead; of all kinds the first with a shortcut."""
    kind = find(f"skip_connections.{lab}").config
    config = kind(kinds=("plain", "rezero", "naive"), optimizer="adam", batch_norm="on", seed=5,
                  n_seeds=16, width=24)
    slowly = labs_on("skip_connections")[lab].slowly
    assert slowly
    experiment, found = slowly(config, 137)
    assert experiment is LAB
    assert found == step.Config(
        kind="rezero", optimizer="adam", batch_norm="on", seed=5, n_seeds=8, width=24, at=137,
        depth={"depth": 64, "inside": 32}[lab])
