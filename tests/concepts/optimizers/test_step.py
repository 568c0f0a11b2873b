"""One step, slowly: each sub-step held to torch's own optimizers, and their sum to the race."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.optimizers import network, step, surface
from core.concepts.optimizers.surfaces import SURFACES
from core.config import Change, with_changes
from core.experiment import Frame
from core.words import phrase
from explorer.page import lab_of, view_of

LAB = find("optimizers.step")
every_rule = pytest.mark.parametrize("rule", step.SUB_STEPS)


def whole(config: step.Config) -> dict[str, np.ndarray]:
    """The last frame's numbers by quantity, (seed, xy), and where the race went."""
    *_, last = step.train(config)
    rows = dict(zip(step.quantities(config), last.arrays["value"], strict=True))
    return rows | {"move": last.arrays["move"]}


def torchs(rule: str, p: torch.Tensor, rate: float) -> torch.optim.Optimizer:
    """The same rule in torch, where torch has it."""
    made: dict[str, Any] = {
        "sgd": lambda: torch.optim.SGD([p], rate),
        "momentum": lambda: torch.optim.SGD([p], rate, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD([p], rate, momentum=0.9, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad([p], rate),
        "rmsprop": lambda: torch.optim.RMSprop([p], rate, alpha=0.99),
        "adam": lambda: torch.optim.Adam([p], rate),
        "amsgrad": lambda: torch.optim.Adam([p], rate, amsgrad=True),
    }
    return made[rule]()


STATE = {"memory": "momentum_buffer", "mean": "exp_avg", "largest": "max_exp_avg_sq"}
SQUARES = {"adagrad": "sum", "rmsprop": "square_avg", "adam": "exp_avg_sq",
           "amsgrad": "exp_avg_sq"}


@pytest.mark.parametrize("rule", [name for name in step.SUB_STEPS if name != "lion"])
@pytest.mark.parametrize("at", [0, 1, 12])
def test_the_sub_steps_are_torchs(rule: str, at: int) -> None:
    """Gradient, everything that is remembered, and the step itself, on a landscape that bends."""
    config = step.Config(optimizer=rule, surface="rosenbrock", at=at, learning_rate=0.001)
    start = surface.starts(step.race_config(config))[0]
    p = torch.tensor(start, requires_grad=True)
    optimizer = torchs(rule, p, 0.001)
    for _ in range(at + 1):
        before = p.detach().clone()
        optimizer.zero_grad()
        SURFACES["rosenbrock"].value(p[0], p[1], config).backward()
        optimizer.step()
    found, state = whole(config), optimizer.state[p]
    moved = (p.detach() - before).numpy()
    np.testing.assert_allclose(found["gradient"][0], p.grad.numpy(), rtol=1e-5)
    np.testing.assert_allclose(found["step"][0], moved, rtol=1e-4, atol=1e-9)
    names = STATE | {"squares": SQUARES.get(rule, "")}
    compared = [name for name in names if name in found]
    for name in compared:
        np.testing.assert_allclose(found[name][0], state[names[name]].numpy(), rtol=1e-5)
    assert compared or rule == "sgd"


@every_rule
@pytest.mark.parametrize("name", ["quadratic", "himmelblau", "beale"])
def test_they_add_up_to_the_labs_step(rule: str, name: str) -> None:
    """From `at` to `at` + 1 the surface lab goes where the sub-steps say, from every start."""
    config = step.Config(optimizer=rule, surface=name, at=7, n_seeds=3)
    race = surface.Config(optimizers=(rule,), surface=name, n_steps=10, n_seeds=3, map="off")
    at = {f.step: f.arrays["position"][0].astype(float) for f in surface.train(race)}
    found = whole(config)
    np.testing.assert_allclose(found["move"], at[8] - at[7], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found["step"], at[8] - at[7], rtol=1e-3, atol=1e-5)


def test_the_arrows_meet() -> None:
    """Momentum: what is kept and the gradient, tip to tail, end where the step ends; each frame
    shows what is known by then.
    """
    config = step.Config(optimizer="momentum", at=6, rotation=0)
    frames = list(step.train(config))
    gradient, kept, mean, last = frames[-1].arrays["arrow"]  # (xy, end) each
    np.testing.assert_allclose(kept[:, 0], last[:, 0], atol=1e-6)
    np.testing.assert_allclose(gradient[:, 0], kept[:, 1], atol=1e-6)
    np.testing.assert_allclose(gradient[:, 1], last[:, 1], atol=1e-5)
    np.testing.assert_allclose(mean, last, atol=1e-5)
    shown = [~np.isnan(frame.arrays["arrow"][:, 0, 0]) for frame in frames]
    assert [s.tolist() for s in shown] == [
        [False] * 4, [True, False, False, False], [True, True, False, False],
        [True, True, True, False], [True] * 4]


def test_arrows_stay_in_the_picture() -> None:
    for rule in step.SUB_STEPS:
        first, *_, last = step.train(step.Config(optimizer=rule, at=3))
        for i, name in enumerate(("zoom_x", "zoom_y")):
            ends = last.arrays["arrow"][:, i]
            assert np.nanmin(ends) > first.arrays[name].min()
            assert np.nanmax(ends) < first.arrays[name].max()


def test_heights_around_the_point_are_the_surfaces() -> None:
    config = step.Config(surface="beale")
    first, *_ = step.train(config)
    x, y, zoom = (first.arrays[name] for name in ("zoom_x", "zoom_y", "zoom"))
    here = [torch.tensor(float(v), dtype=torch.float64) for v in (x[7], y[30])]
    assert zoom[30, 7] == pytest.approx(SURFACES["beale"].value(*here, config).item(), rel=1e-4)


# --- words -------------------------------------------------------------------------------


def said(frames: list[Frame]) -> list[str]:
    return [phrase(note, LAB.words) for frame in frames for note in frame.notes]


@every_rule
def test_every_sub_step_is_said_with_its_numbers(rule: str) -> None:
    """One sentence per frame, none twice, nothing left open."""
    frames = list(step.train(step.Config(optimizer=rule, bias_correction=False)))
    sentences = said(frames)
    assert len(set(sentences)) == len(sentences) == len(frames)
    assert not any("{" in text or "[" in text or "nan" in text for text in sentences)


def test_numbers_of_a_sentence_are_right() -> None:
    """The first step of momentum on the valley: 0.9 of nothing, and the gradient at the start."""
    frames = list(step.train(step.Config(optimizer="momentum", at=0, rotation=0)))
    assert said(frames)[2:4] == [
        "Of its memory Momentum keeps 0.9: in x 0.9 × 0 = 0, in y 0.9 × 0 = 0.",
        "The gradient is added to what is kept: in x 0 + (−8) = −8, in y 0 + 150 = 150."]


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"optimizer": "sgd", "learning_rate": 1.0, "at": 500}, "has left the picture by step 500"),
     ({"surface": "online", "optimizer": "sgd", "at": 300, "start_x": -1.0}, "the surface ends"),
     ({"surface": "saddle", "optimizer": "sgd", "at": 0, "start_x": 0.0, "start_y": 0.0},
      "in x 0, in y 0")],
)
def test_a_step_that_is_none(settings: dict[str, Any], words: str) -> None:
    """Out of the picture, at its edge, or where nothing pulls: it is said, and drawn finitely."""
    frames = list(step.train(step.Config(**settings)))
    assert words in said(frames)[-1]
    assert np.isfinite(frames[0].arrays["zoom_x"]).all()


# --- the way there -----------------------------------------------------------------------


def test_from_a_race_to_its_step() -> None:
    """The surface lab's magnifying glass: the first optimizer, the step at the playhead, the same
    start and coefficients, and the learning rate that holds there.
    """
    race = surface.Config(
        surface="beale", optimizers=("rmsprop", "adam"), rates="shared", learning_rate=0.02,
        start_x=2, beta1=0.5, n_seeds=4, changes=(Change(10, "learning_rate", 0.1),))
    there = find("optimizers.surface")
    slowly = lab_of(there).slowly
    assert slowly
    experiment, config = slowly(race, 12)
    assert experiment is LAB
    assert isinstance(config, step.Config)
    assert (config.optimizer, config.at, config.n_seeds) == ("rmsprop", 12, 1)
    assert (config.surface, config.start_x, config.beta1) == ("beale", 2, 0.5)
    assert config.learning_rate == 0.1
    _, before = slowly(race, 9)
    assert before == with_changes(config, at=9, learning_rate=0.02)
    tuned = with_changes(race, rates="tuned", changes=())
    assert slowly(tuned, 9)[1] == with_changes(before, learning_rate=None)
    assert view_of(LAB, config)["says"]
    assert view_of(there, race)["slowly"]


def test_from_a_network_to_a_step_of_its_rule() -> None:
    """Where it can be drawn: on a surface, at the rule's best rate there; AdamW as Adam."""
    slowly = lab_of(find("optimizers.network")).slowly
    assert slowly
    net = network.Config(optimizers=("momentum", "adam"), momentum=0.5, rates="shared",
                         learning_rate=0.1, seed=7)
    assert slowly(net, 40) == (LAB, step.Config(optimizer="momentum", momentum=0.5, at=40))
    assert slowly(with_changes(net, optimizers=("adamw",)), 0)[1] == step.Config(
        optimizer="adam", momentum=0.5, at=0)


def test_a_start_off_the_surface_is_refused() -> None:
    with pytest.raises(ValueError, match=r"start_x: 3\.0 is not allowed with surface"):
        step.Config(surface="rosenbrock", start_x=3.0)
