"""The labs: what is taken out, how it is measured, and the plain net beside the stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.transformer import common, inside, parts, plain
from core.config import with_changes
from core.experiment import Frame
from core.stacked.traced import flat, views
from core.stacked.transformer import Transformer
from core.words import phrase

LAB = find("transformer.parts")
TINY: dict[str, Any] = {"n_layers": 1, "n_steps": 20, "n_seeds": 2, "width": 16, "batch_size": 8}
NAMES = {"attention.qkv": "qkv", "attention.mix": "mix", "norm1": "norm1", "norm2": "norm2",
         "wide": "wide", "narrow": "narrow"}


def parameters_of(net: plain.Transformer) -> dict[str, np.ndarray]:
    """The plain net's, by their names in the stack."""
    found = {}
    for name, a in net.named_parameters():
        path, _, kind = name.rpartition(".")
        for theirs, ours in NAMES.items():
            path = path.replace(theirs, ours)
        path = path.removeprefix("layers.")
        found[path + ("_bias" if kind == "bias" else "")] = a.detach().numpy()
    return found


def test_the_plain_net_is_the_stacks() -> None:
    """With its weights the same logits to 1e-9, and the same loss after ten updates."""
    torch.manual_seed(0)
    theirs, config = plain.Transformer(n_layers=2), parts.Config(n_layers=2, n_seeds=1)
    net = common.net_of(config)
    given = parameters_of(theirs)
    start = torch.from_numpy(flat(net.shapes, {name: given[name] for name in net.shapes}))
    x = torch.from_numpy(np.random.default_rng(0).integers(0, 10, (5, 10)))
    ours = net.see(views(net.shapes, start[None].double()), x[None]).logits[0]
    assert (ours - theirs.double()(x)).abs().max() <= 1e-9

    race = common.race_of(config, net)
    race.p[0] = start
    theirs = theirs.float()
    optimizer = torch.optim.Adam(theirs.parameters(), config.learning_rate)
    for (x_stack, y), _ in zip(common.batches(config), range(10), strict=False):
        race.step(x_stack, y)
        loss = nn.functional.cross_entropy(theirs(x_stack[0]).transpose(1, 2), x_stack[0].flip(1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
        optimizer.step()
    exam = common.Exam(config, 16)
    (ours_loss,) = exam.loss(net.see(views(net.shapes, race.p), exam.x))
    theirs_loss = nn.functional.cross_entropy(
        theirs(exam.x[0]).transpose(1, 2), exam.x[0].flip(1))
    assert ours_loss == pytest.approx(float(theirs_loss.detach()), abs=1e-3)


def test_the_plain_net_runs_as_a_script() -> None:
    assert plain.main() > 0.9


def test_each_net_lacks_what_it_is_named_after() -> None:
    config = parts.Config(task="repeats", without=tuple(parts.PARTS)[1:], n_layers=3)
    found = parts.nets(config)
    assert list(found) == list(parts.PARTS)
    whole = found["whole"]
    changed = {name: {key for key in vars(net) if getattr(net, key) != getattr(whole, key)}
               for name, net in found.items()}
    assert changed == {
        "whole": set(), "positions": {"positions"}, "residual": {"residual"}, "norm": {"norm"},
        "post": {"norm"}, "mlp": {"mlp"}, "scale": {"scale"}, "heads": {"n_heads"},
        "layers": {"n_layers"}, "mask": {"causal"}, "order": {"causal", "positions"}}


def test_what_is_not_there_is_not_taken_out_and_it_is_said() -> None:
    config = parts.Config(positions="none", without=("positions", "residual", "mask"), **TINY)
    assert list(parts.nets(config)) == ["whole", "residual"]
    first: Frame = next(iter(parts.train(config)))
    said = [phrase(note, LAB.words) for note in first.notes]
    assert [sentence.partition(":")[0] for sentence in said] == ["No positions", "No causal mask"]
    assert all("nothing to take out" in sentence for sentence in said)


def test_nets_of_a_seed_share_start_and_sequences() -> None:
    """A net learns what it learns alone, whatever else is in the picture."""
    both = LAB.run(without=["scale"], **TINY)["loss"].sel(net="scale")
    more = LAB.run(without=["positions", "scale", "norm"], **TINY)["loss"].sel(net="scale")
    np.testing.assert_array_equal(both.values, more.values)


def test_a_net_that_breaks_is_named() -> None:
    config = parts.Config(without=(), **TINY)
    races = {"whole": common.race_of(config, common.net_of(config))}
    races["whole"].p[1] = float("nan")
    arrays = parts.measured(config, races, common.Exam(config, 4))
    assert arrays["loss"][0, 1] == common.LOSS_CEILING > arrays["loss"][0, 0]
    assert np.isfinite(arrays["evenness"]).all()
    said = [phrase(note, LAB.words) for note in parts.news(config, 7, arrays)]
    assert said == ["Whole net: by step 7 the numbers of 1 of 2 nets have grown beyond all bounds. "
                    "A smaller learning rate, a layer norm or a warm-up mends it."]


def test_warm_up_is_a_ramp() -> None:
    config = parts.Config(warm_up=50)
    assert [common.rate_factor(config, t) for t in (1, 25, 50, 60)] == [0.02, 0.5, 1, 1]
    assert common.rate_factor(with_changes(config, warm_up=0), 1) == 1


def test_likeness_and_evenness_at_their_ends() -> None:
    """Of states that are all one, opposite or at right angles; of looks that are even or at one
    place.
    """
    same = torch.ones(1, 3, 4, 5)
    assert common.likeness(same).item() == pytest.approx(1)
    assert common.likeness(torch.eye(4)[None, None]).item() == pytest.approx(0, abs=1e-6)
    opposite = torch.tensor([[1.0, 0], [-1, 0]])[None, None]
    assert common.likeness(opposite).item() == pytest.approx(-1)
    assert common.evenness(torch.full((1, 2, 3, 4, 4), 0.25), False).tolist() == [[1.0] * 3]
    lower = torch.ones(4, 4).tril()
    causal = (lower / lower.sum(1, keepdim=True)).expand(1, 2, 3, 4, 4)
    assert common.evenness(causal, True)[0].numpy() == pytest.approx(np.ones(3))
    assert common.evenness(torch.eye(4).expand(1, 2, 3, 4, 4), False).tolist() == [[0.0] * 3]


def test_only_what_can_be_known_counts() -> None:
    previous = common.Exam(parts.Config(task="previous", n_seeds=1), 4)
    assert previous.here.tolist() == [False] + [True] * 9
    repeats = common.Exam(parts.Config(task="repeats", n_seeds=1), 4)
    assert repeats.here.tolist() == [False] * 12 + [True] * 12
    assert repeats.counted.sum() == 4 * 12
    assert repeats.y.sum() == 4 * 24


# --- inside ------------------------------------------------------------------------------


def test_scores_of_heads_that_are_built() -> None:
    """A net whose heads look at one place each, whatever it reads, by its positions alone."""
    config = inside.Config(task="previous", sees="before", n_layers=1, n_heads="1", width=16,
                           norm="none", n_seeds=1)
    net = common.net_of(config)
    assert isinstance(net, Transformer)
    p = {name: np.zeros(shape) for name, shape in net.shapes.items()}
    p["places"][:, :10] = 20 * np.eye(10)
    p["0.qkv"][:16][np.arange(9), np.arange(1, 10)] = 1  # place t asks with feature t - 1
    p["0.qkv"][16:32][np.arange(10), np.arange(10)] = 1
    race = common.race_of(config, net)
    race.p[0] = torch.from_numpy(flat(net.shapes, p))
    found = inside.measured(config, race, common.Exam(config, 8))
    assert found["before"] == pytest.approx(np.ones((1, 1)))
    assert found["source"] == pytest.approx(np.ones((1, 1)))
    assert found["evenness"][0, 0] == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(found["lost"], found["right"] - found["without"])


def test_the_weights_of_the_first_seed_are_in_the_frames() -> None:
    config = inside.Config(task="reverse", **TINY)
    *_, last = inside.train(config)
    net = common.net_of(config)
    assert last.arrays["weights"].shape == (net.n_parameters,)
    exam = common.Exam(config, inside.N_TEST)
    p = torch.from_numpy(last.arrays["weights"].astype(np.float32)).expand(2, -1)
    again = exam.right(net.see(views(net.shapes, p), exam.x))
    assert again[0] == pytest.approx(last.arrays["right"][0], abs=0.02)


def test_untrained_heads_are_the_nets_own() -> None:
    """For a net of one layer and one head, what is looked at before training is what it measures
    itself; without the scale the same queries and keys look less evenly.
    """
    config = inside.Config(task="reverse", n_layers=1, n_heads="1", width=16, n_steps=20,
                           n_seeds=2, batch_size=8)
    first = next(iter(inside.train(config))).arrays
    divided, not_divided = first["untrained"][:, inside.FEATURES.index(16)]
    np.testing.assert_allclose(divided, first["evenness"][0], atol=1e-6)
    assert (not_divided < divided).all()
