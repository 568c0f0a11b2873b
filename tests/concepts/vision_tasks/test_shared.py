"""Four heads on one trunk: held to torch.nn, and what is measured of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.vision_tasks import heads, plain, shared
from core.concepts.vision_tasks.heads import HEADS, Answering
from core.concepts.vision_tasks.scenes import N_PIXELS, SIDE, draw
from core.concepts.vision_tasks.sentences import LENGTH, truths
from tests.concepts.vision_tasks.test_nets import B, K, parameters, scenes, state

torch.set_num_threads(1)


def test_four_heads_are_the_plain_net_with_its_gradients() -> None:
    net = Answering(tuple(HEADS))
    p, x = parameters(net), scenes()
    y = torch.from_numpy(np.stack([
        heads.answers(draw(B, 2, np.random.default_rng(k))) for k in range(K)]))
    losses = net.objective(p | state(net), x, y, [])
    found = torch.autograd.grad(losses.sum(), list(p.values()))
    for k in range(K):
        peer = plain.FourAnswers().double()
        own = torch.cat([a[k].detach().flatten() for a in p.values()])
        torch.nn.utils.vector_to_parameters(own, peer.parameters())
        classes, boxes, words, kinds = (
            y[k, HEADS[name].rows].T.long() for name in ("class", "box", "sentence", "pixels"))
        loss = peer.loss(x[k].T.reshape(B, 1, SIDE, SIDE), classes, boxes.view(B, 2, 4).double(),
                         words, kinds)
        assert losses[k].item() == pytest.approx(loss.item(), rel=1e-9)
        loss.backward()
        expected = torch.cat([a.grad.flatten() for a in peer.parameters() if a.grad is not None])
        own = torch.cat([a[k].flatten() for a in found])
        torch.testing.assert_close(own, expected, rtol=1e-7, atol=1e-9)


def test_trunks_and_heads_begin_alike_alone_and_shared() -> None:
    starts = {name: Answering(asked.questions).start(np.random.default_rng(3))
              for name, asked in shared.ASKED.items()}
    assert set(starts["all"]) == set().union(*starts.values())
    for start in starts.values():
        assert all(np.array_equal(a, starts["all"][name]) for name, a in start.items())


def test_all_answers_to_scenes_are_those_of_the_scenes() -> None:
    drawn = draw(4, 2, np.random.default_rng(2))
    y = heads.answers(drawn)
    assert y.shape == (2 + 8 + LENGTH + N_PIXELS, 4)
    assert np.array_equal(y[HEADS["pixels"].rows].T, drawn.pixels)
    assert np.array_equal(y[HEADS["sentence"].rows].T, truths(drawn)[:, 0])
    assert (y[HEADS["class"].rows][0] + 2 == truths(drawn)[:, 0, 1]).all(), "the left one first"


def test_who_says_what_is_true_scores_one_and_what_is_not_asked_has_no_score() -> None:
    exam = shared.Exam(shared.Config(n_seeds=1))
    true = {name: a.astype(np.float32) if name == "box" else a for name, a in exam._true.items()}
    assert exam._of(true)["score"][:, 0] == pytest.approx([1, 1, 1, 1])
    other = exam._of({"sentence": exam._both[:, :, 1]})["score"][:, 0]
    assert np.array_equal(np.isnan(other), [name != "sentence" for name in HEADS])
    assert other[-1] == 1, "either true sentence counts"


def test_a_trunk_goes_on_from_what_was_learned_before() -> None:
    small = {"nets": ("class",), "n_scenes": 50, "n_steps": 20, "n_before": 10, "n_seeds": 1}
    frames = [list(shared.train(shared.Config(**small, before=name)))
              for name in ("nothing", "pixels")]
    assert np.array_equal(frames[0][0].arrays["weights"], frames[1][0].arrays["weights"])
    assert not np.array_equal(frames[0][1].arrays["weights"], frames[1][1].arrays["weights"])
