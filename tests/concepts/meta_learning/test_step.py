"""One task slowly, held to the plain algorithm, to the lab and to its own sentences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.meta_learning import plain, sinusoids, step
from core.stacked.traced import flat, views
from pages.meta_learning import slowly

LAB = find("meta_learning.step")
SMALL = step.Config(at=20, n_seeds=2, width=8, n_tasks=2)


def test_a_task_is_that_of_the_plain_algorithm() -> None:
    """In float64: errors before and after the step, and the gradient through it."""
    net = sinusoids.net_of(step.lab_config(SMALL), "maml")
    rng = np.random.default_rng(3)
    row = flat(net.shapes, net.start(rng)).astype(np.float64)
    p = views(net.shapes, torch.from_numpy(row)[None])
    x = torch.from_numpy(rng.uniform(-5, 5, (1, 15, 1)))
    y = 3 * torch.sin(x - 1)
    found = step.of_task(net, p, p, x, y)
    numbers = dict(zip(step.NUMBERS, found.numbers[:, 0], strict=True))
    peer = plain.dense(8).double()
    torch.nn.utils.vector_to_parameters(torch.from_numpy(row), peer.parameters())
    loss = plain.meta_loss(peer, [(x[0], y[0])])
    assert numbers["ask_after"] == pytest.approx(loss.item())
    slopes = torch.autograd.grad(loss, list(peer.parameters()))
    by_layer = [torch.cat([w.flatten(), b]).norm().item()
                for w, b in zip(slopes[::2], slopes[1::2], strict=True)]
    assert found.slopes[1, :, 0].tolist() == pytest.approx(by_layer)
    weights = dict(peer.named_parameters())
    assert numbers["adapt_before"] == pytest.approx(
        plain.error(peer, weights, x[0, :5], y[0, :5]).item())
    own = plain.adapted(peer, weights, x[0, :5], y[0, :5])
    assert numbers["adapt_after"] == pytest.approx(
        plain.error(peer, own, x[0, :5], y[0, :5]).item())
    assert numbers["ask_again"] == pytest.approx(numbers["ask_after"]), "nothing was updated"


def test_first_order_is_the_gradient_where_the_step_ends() -> None:
    net = sinusoids.net_of(step.lab_config(SMALL), "maml")
    rng = np.random.default_rng(4)
    p = views(net.shapes, torch.from_numpy(flat(net.shapes, net.start(rng)))[None].double())
    x = torch.from_numpy(rng.uniform(-5, 5, (1, 15, 1)))
    y = 2 * torch.sin(x - 2)
    found = step.of_task(net, p, p, x, y)
    peer = plain.dense(8).double()
    torch.nn.utils.vector_to_parameters(
        torch.cat([a.flatten() for a in p.values()]), peer.parameters())
    own = {name: a.detach().requires_grad_() for name, a in plain.adapted(
        peer, dict(peer.named_parameters()), x[0, :5], y[0, :5]).items()}
    slopes = torch.autograd.grad(plain.error(peer, own, x[0, 5:], y[0, 5:]), list(own.values()))
    by_layer = [torch.cat([w.flatten(), b]).norm().item()
                for w, b in zip(slopes[::2], slopes[1::2], strict=True)]
    assert found.slopes[2, :, 0].tolist() == pytest.approx(by_layer)


def test_the_net_is_that_of_the_lab() -> None:
    """After as many updates it says what the lab's first net says, of whose weights half of the
    digits are sent.
    """
    lab = step.lab_config(SMALL).model_copy(update={"n_steps": 20})
    *_, last = sinusoids.train(lab)
    net = sinusoids.net_of(lab, "maml")
    p = views(net.shapes, torch.from_numpy(last.arrays["weights"][0].astype(np.float32))[None])
    where = torch.from_numpy(step.places().astype(np.float32))[None, :, None]
    theirs = net.forward(p, where)[0, :, 0]
    first = next(iter(step.train(SMALL)))
    assert np.allclose(first.arrays["curves"][0], theirs, atol=0.02)


def test_sub_steps_show_what_there_is_by_then() -> None:
    frames = list(step.train(SMALL))
    assert [frame.notes[0].key for frame in frames] == list(step.SUB_STEPS)
    there = {name: [int(np.isfinite(f.arrays[name]).all(-1).sum()) for f in frames]
             for name in ("curves", "given", "asked", "slopes")}
    assert there == {
        "curves": [1, 1, 2, 2, 2, 2, 3], "given": [0, 5, 5, 5, 5, 5, 5],
        "asked": [0, 0, 0, 10, 10, 10, 10], "slopes": [0, 0, 1, 1, 3, 3, 3]}
    assert [int(np.isfinite(f.arrays["errors"]).sum()) for f in frames] == [0, 1, 2, 4, 4, 4, 5]
    last = frames[-1].arrays
    assert last["errors"].tolist() == last["numbers"][:-1, 0].tolist()


def test_the_way_from_the_lab() -> None:
    """To the first net that is trained for its steps."""
    config = sinusoids.Config(nets=("joint", "first_order"), width=16)
    assert slowly(config, 40)[1] == step.Config(
        learner="first_order", width=16, at=40, n_seeds=4)
    assert slowly(sinusoids.Config(nets=("joint",)), 2000)[1].at == 500
