"""Sentences, the nets that say them, held to torch.nn, and what is measured of both."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.vision_tasks import captions, sentences
from core.concepts.vision_tasks.scenes import Scenes, draw
from core.concepts.vision_tasks.sentences import LENGTH, N_WORDS, WORDS
from core.concepts.vision_tasks.speak import BEGIN, CHANNELS
from tests.concepts.vision_tasks.test_nets import B, K, parameters, scenes, state


def two() -> Scenes:
    """Two scenes by hand: a big x left of a small circle, and a small plus below a big square."""
    none = np.zeros((2, 576), np.float32)
    boxes = np.array([[[2, 7, 8, 14], [15, 9, 20, 13]], [[10, 16, 14, 20], [9, 2, 15, 8]]])
    return Scenes(
        none, np.array([[4, 0], [3, 1]]), np.array([[True, False], [False, True]]),
        np.array([[[5.0, 11.0], [17.0, 10.0]], [[12.0, 18.0], [11.0, 5.0]]]),
        boxes.astype(np.float32), none.astype(np.uint8))


def spoken(words: np.ndarray) -> str:
    return " ".join(WORDS[word] for word in words)


def test_both_true_sentences_by_hand() -> None:
    assert [[spoken(one) for one in both] for both in sentences.truths(two())] == [
        ["big x left of small circle", "small circle right of big x"],
        ["big square above small plus", "small plus below big square"]]


def test_true_sentences_are_well_formed_and_told_from_others() -> None:
    true = sentences.truths(draw(200, 2, np.random.default_rng(3)))
    assert sentences.well_formed(true).all()
    assert sentences.is_true(true[:, 1], true).all()
    wrong = true[:, 0].copy()
    wrong[:, 0] = 1 - wrong[:, 0]  # small for big
    same = (wrong == true[:, 1]).all(1)
    assert np.array_equal(sentences.is_true(wrong, true), same)
    assert sentences.well_formed(wrong).all()
    wrong[:, 2] = wrong[:, 1]
    assert not sentences.well_formed(wrong).any()


def test_places_are_those_of_the_shape_that_is_named_first_and_second() -> None:
    places = captions.near(two()).reshape(2, 2, 6, 6)
    # boxes with two pixels around, middles of places at 2, 6, 10, 14, 18, 22
    rows, columns = np.nonzero(places[0, 0])
    assert (set(columns), set(rows)) == ({0, 1}, {1, 2, 3}), "x from 0 to 10 and y from 5 to 16"
    rows, columns = np.nonzero(places[1, 0])  # the square, which is the second shape drawn
    assert (set(columns), set(rows)) == ({2, 3}, {0, 1})


@pytest.mark.parametrize("name", ["nic", "attend", "at_once"])
def test_a_decoder_is_that_of_torch(name: str) -> None:
    """Word by word with `nn.GRUCell`, in training, given the right words."""
    net = captions.net_of(name)
    p, x = parameters(net), scenes()
    words = torch.from_numpy(np.random.default_rng(4).integers(0, N_WORDS, (K, LENGTH, B)))
    losses = net.objective(p | state(net), x, words, [])
    found = dict(zip(p, torch.autograd.grad(losses.sum(), list(p.values())), strict=True))
    for k in range(K):
        own = {key: a[k].detach().clone().requires_grad_() for key, a in p.items()}
        maps = net.trunk.maps({key: a[None] for key, a in own.items()}
                              | {key: a[k : k + 1] for key, a in state(net).items()},
                              x[k : k + 1], True)[0]
        loss = nn.functional.cross_entropy(
            reference(name, own, maps, words[k].T).flatten(0, 1), words[k].T.flatten())
        assert losses[k].item() == pytest.approx(loss.item(), rel=1e-9)
        gradients = torch.autograd.grad(loss, list(own.values()))
        for key, expected in zip(own, gradients, strict=True):
            torch.testing.assert_close(found[key][k], expected, rtol=1e-7, atol=1e-9)


def reference(
    name: str, own: dict[str, torch.Tensor], maps: torch.Tensor, words: torch.Tensor
) -> torch.Tensor:
    """Logits (B, length, words), of maps (B, channels, 6, 6) and the right words (B, length)."""
    f = nn.functional
    if name == "at_once":
        said = f.linear(maps.flatten(1), own["say.weight"], own["say.bias"])
        return said.view(len(maps), LENGTH, N_WORDS)
    places = maps.flatten(2).transpose(1, 2)  # (B, 36, channels)
    seen = places.mean(1) if name == "attend" else maps.flatten(1)
    h = torch.tanh(f.linear(seen, own["begin.weight"], own["begin.bias"]))
    last, said = torch.full((len(maps),), BEGIN), []
    for i in range(LENGTH):
        read = own["word"][last]
        context = h[:, :0]
        if name == "attend":
            keys = places + own["place"]
            asked = f.linear(h, own["look.weight"], own["look.bias"])
            look = ((keys * asked[:, None]).sum(2) / CHANNELS**0.5).softmax(1)
            context = (look[:, :, None] * keys).sum(1)
        read = torch.cat([read, context], 1)
        gates = (own["read.weight"], own["state.weight"], own["read.bias"], own["state.bias"])
        h = torch.gru_cell(read, h, *gates)
        said.append(f.linear(torch.cat([h, context], 1), own["say.weight"], own["say.bias"]))
        last = words[:, i]
    return torch.stack(said, 1)


def test_measuring_says_each_word_after_its_own() -> None:
    """Greedy: what is said is what comes out where the net is given its own words."""
    net = captions.net_of("attend")
    p, x = {**parameters(net), **state(net)}, scenes()
    said, looks = net.spoken(p, x)
    assert said.shape == (K, B, LENGTH)
    torch.testing.assert_close(looks.sum(-1), torch.ones_like(looks[..., 0]))
    maps = net.trunk.maps(p, x, False)
    for k in range(K):
        own = {key: a[k] for key, a in p.items()}
        z = reference("attend", own, maps[k], said[k])
        assert torch.equal(z.argmax(-1), said[k])


def test_trunks_that_have_learned_classes_begin_where_others_do_not() -> None:
    config = captions.Config(nets=("attend", "attend_after"), n_scenes=50, n_steps=20, n_before=10,
                             n_seeds=1)
    frames = list(captions.train(config))
    first, last = frames[0].arrays, frames[-1].arrays
    assert np.array_equal(first["said_words"][0], first["said_words"][1]), "the same start"
    assert last["looks"].shape == (2, 6, LENGTH, 36)
    assert abs(int(last["looks"][0, 0, 0].sum()) - 255) <= 18, "rounded, place by place"


def test_either_sentence_is_learned_from_where_that_is_asked_for() -> None:
    one, either = (captions.told(captions.Config(either=e, n_scenes=200, n_seeds=1))
                   for e in (False, True))
    assert torch.equal(one[0], either[0]), "the same scenes"
    differ = (one[1] != either[1]).any(1).double().mean()
    assert 0.35 < differ < 0.65
