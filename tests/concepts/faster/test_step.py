"""One update slowly, held to the plain algorithm, to the lab and to its own sentences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.faster import plain, step, workers
from core.concepts.faster.shards import batches, data_of
from pages.faster.step import slowly

SMALL = step.Config(at=16, n_workers="2", batch_size=4, n_seeds=2)


def test_an_update_is_that_of_the_plain_algorithm() -> None:
    """Gradients and what arrives, from an untrained net: the first message loses something."""
    config = SMALL.model_copy(update={"at": 0})
    lab, found = step.lab_config(config), step.done(config)
    net = workers.team_of(lab).net
    start = workers.start_of(net, lab.seeds)[0]
    x, y = next(batches(data_of(lab.seeds), lab.seeds, [4, 4], 1, by_class=False))
    peer = plain.mlp()
    torch.nn.utils.vector_to_parameters(start, peer.parameters())
    for worker in range(2):
        own = slice(4 * worker, 4 * worker + 4)
        gradient = plain.gradient(peer, x[0, :, own].T, y[0, :, own].argmax(0))
        mine = found.parts["gradient"][worker, 0]
        torch.testing.assert_close(mine, gradient, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(found.parts["sent"][worker, 0], plain.two_bits(gradient),
                                   rtol=1e-4, atol=1e-6)
    assert found.parts["memory"].abs().max() == 0
    torch.testing.assert_close(found.mean, found.parts["sent"].mean(0))


@pytest.mark.parametrize("way", ["gradients", "few_bits", "memory"])
def test_the_net_is_that_of_the_lab(way: str) -> None:
    """The run of one update more has the same gap in its last frame."""
    config = SMALL.model_copy(update={"way": way})
    found = dict(zip(step.NUMBERS, step.done(config).numbers, strict=True))
    lab = step.lab_config(config).model_copy(update={"n_steps": 17})
    *_, last = workers.train(lab)
    assert found["gap"] == pytest.approx(last.arrays["gap"][0], rel=1e-4, abs=1e-6)
    assert (found["kept"] < 1e-6).all()


def test_sub_steps_show_what_there_is_by_then() -> None:
    frames = list(step.train(SMALL))
    assert [frame.notes[0].key for frame in frames] == list(step.SUB_STEPS)
    there = [np.isfinite(frame.arrays["values"]).all(1).sum() for frame in frames]
    assert there == [0, 2, 2, 2, 2, 4, 4]
    assert [np.isfinite(frame.arrays["lengths"]).sum() for frame in frames] == [
        0, 1, 2, 3, 4, 4, 4]
    meant, sent, lost = (frames[i].arrays["values"][:2] for i in (2, 3, 4))
    assert np.allclose(sent + lost, meant, atol=1e-6)
    assert np.allclose(frames[5].arrays["values"][2], sent.mean(0), atol=1e-6)
    keys = {frame.notes[0].key for way in ("gradients", "few_bits")
            for frame in step.train(SMALL.model_copy(update={"way": way}))}
    assert keys | set(step.SUB_STEPS) == step.NOTES.keys()


def test_the_way_from_the_lab() -> None:
    config = workers.Config(ways=("whole", "few_bits"), n_workers="8", batch_size=8)
    assert slowly(config, 96)[1] == step.Config(way="few_bits", at=96, batch_size=8, n_seeds=5)
    assert slowly(workers.Config(ways=("stale",)), 40)[1].way == "gradients"
