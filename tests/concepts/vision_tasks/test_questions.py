"""Questions about scenes, by hand; and nets that answer them, held to torch.nn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.vision_tasks import asking, questions
from core.concepts.vision_tasks.scenes import N_PIXELS, NAMES
from core.concepts.vision_tasks.sentences import RELATIONS
from tests.concepts.vision_tasks.test_captions import two
from tests.concepts.vision_tasks.test_nets import B, K, parameters, scenes, state


def test_both_questions_of_scenes_by_hand() -> None:
    relations, shapes, answers = asking.questions(two())
    said = [[f"what is {RELATIONS[r]} the {NAMES[s]}? {asking.ANSWERS[a]}"
             for r, s, a in zip(*row, strict=True)]
            for row in zip(relations, shapes, answers, strict=True)]
    assert said == [
        ["what is left of the circle? x", "what is right of the x? circle"],
        ["what is above the plus? square", "what is below the square? plus"]]
    assert [RELATIONS[r] for r in asking.opposite(np.arange(4))] == [
        "right of", "below", "left of", "above"]


def test_no_scene_has_two_of_a_class() -> None:
    found = asking.different(60, np.random.default_rng(1), 0.1, 1)
    assert found.images.shape == (60, N_PIXELS)
    assert (found.classes[:, 0] != found.classes[:, 1]).all()


def asked() -> torch.Tensor:
    rng = np.random.default_rng(5)
    read = asking.one_hot(rng.integers(0, 4, (K, B)), rng.integers(0, 5, (K, B)))
    return torch.cat([scenes(), torch.from_numpy(read).double().mT], 1)


@pytest.mark.parametrize("name", asking.KINDS)
def test_an_answer_is_that_of_torch(name: str) -> None:
    net, x = asking.Answerer(asking.KINDS[name]), asked()
    p = parameters(net)
    z = net.forward(p | state(net), x, [])
    maps = net.trunk.maps(p | state(net), x[:, :N_PIXELS], True) if net.kind.sees else None
    for k in range(K):
        own, read = {key: a[k] for key, a in p.items()}, x[k, N_PIXELS:].T

        def layer(key: str, y: torch.Tensor, own: dict[str, torch.Tensor] = own) -> torch.Tensor:
            return nn.functional.linear(y, own[f"{key}.weight"], own[f"{key}.bias"])

        if name == "look":
            assert maps is not None
            keys = maps[k].flatten(2).transpose(1, 2) + own["place"]
            seen, y = [], read[:, 4:]
            for key in ("find", "next"):
                look = (keys @ layer(key, y)[:, :, None] / 4)[..., 0].softmax(1)
                seen.append((look[:, :, None] * keys).sum(1))
                y = torch.cat([seen[0], read], 1)
            said = layer("answer", layer("both", torch.cat([*seen, read], 1)).relu())
        else:
            parts = [layer("see", maps[k].flatten(1)).tanh()] if maps is not None else []
            parts += [layer("hear", read).tanh()] if net.kind.hears else []
            said = layer("answer", torch.stack(parts).prod(0))
        torch.testing.assert_close(z[k].T, said, rtol=1e-9, atol=1e-9)


def test_trick_questions_are_as_many_as_asked_for_and_their_answer_is_nothing() -> None:
    config = questions.Config(trick=0.25, n_seeds=1)
    x, y = questions.told(config)
    nothing = y[0].argmax(0) == asking.NOTHING
    assert nothing.double().mean().item() == pytest.approx(0.25, abs=0.04)
    plain, _ = questions.told(questions.Config(n_seeds=1))
    assert torch.equal(x[:, :N_PIXELS], plain[:, :N_PIXELS]), "the same scenes"
    turned = (x[0, N_PIXELS:] != plain[0, N_PIXELS:]).any(0)
    assert torch.equal(turned, nothing)


def test_what_is_true_of_every_question_about_a_scene_that_is_shown() -> None:
    config = questions.Config(nets=("question",), n_steps=20, n_seeds=1, n_scenes=50)
    first = next(iter(questions.train(config))).arrays
    true, own = first["true"], first["asked"]
    assert ((true != questions.ABSENT).sum((1, 2)) == 2 * 4).all(), "two shapes, four relations"
    assert ((true < asking.NOTHING).sum((1, 2)) == 2).all(), "one answer about each"
    each = np.arange(len(own))
    assert (true[each, own[:, 0], own[:, 1]] < asking.NOTHING).all()
    assert (true[each, asking.opposite(own[:, 0]), own[:, 1]] == asking.NOTHING).all()
