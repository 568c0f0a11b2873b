"""The driver: what is recorded, said and changed, whatever the lab."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.optimizers import network
from core.concepts.optimizers.network import Config as Network
from core.config import Config, setting
from core.experiment import Change
from core.training import Algorithm, Measured, recorded
from core.words import Note, names, phrase


class Toy(Config):
    n_steps: int = setting(6, "Updates", ge=1, le=9)
    rate: float = setting(1.0, "Of growth", ge=0, le=2)


looked: list[int] = []


@recorded(lambda config: range(0, config.n_steps + 1, 3))
def toy(config: Toy) -> Algorithm[Toy]:
    value, t = 0.0, 0

    def measure() -> Measured:
        looked.append(t)
        notes = [Note("large", {"step": t}, about=name) for name in "ab" if value > 2]
        return {"value": np.float32([value])}, notes

    now = yield t, measure
    for t in range(1, config.n_steps + 1):
        value += now.rate
        now = yield t, measure


def test_only_recorded_steps_are_measured() -> None:
    looked.clear()
    assert [frame.step for frame in toy(Toy())] == looked == [0, 3, 6]
    assert toy.n_frames(Toy()) == 3


def test_a_note_is_said_once_for_each_that_it_is_about() -> None:
    said = [(f.step, note.about) for f in toy(Toy()) for note in f.notes]
    assert said == [(3, "a"), (3, "b")]


def test_a_change_holds_from_its_step_on() -> None:
    """It and the step after it are recorded; up to it the run is the one without it."""
    plain, changed = list(toy(Toy())), list(toy(Toy(), [Change(4, {"rate": 0.5})]))
    assert [f.step for f in changed] == [0, 3, 4, 5, 6]
    assert toy.n_frames(Toy(), [Change(4, {"rate": 0.5})]) == 5
    assert [f.arrays["value"][0] for f in changed] == [0, 3, 4, 4.5, 5]
    assert [f.arrays["value"][0] for f in plain[:2]] == [0, 3]
    (note,) = [n for f in changed if f.step == 4 for n in f.notes]
    assert note.key == "changed"
    assert note.values["value"] == 0.5


def test_a_run_leaves_torchs_threads_as_they_were() -> None:
    """Between its frames too, and where nobody takes the rest of them."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        frames = network.train(Network(n_steps=20, n_seeds=1, sweep_seeds=0))
        next(frames)
        assert torch.get_num_threads() == 3
        next(frames)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("task", ["digits", "wilson"])
def test_a_rate_that_changes_in_a_race(task: str) -> None:
    """The frames up to the change are those of the run without it, and no later one is."""
    config = Network(task=task, rates="shared", n_steps=20, n_seeds=1, sweep_seeds=0)
    plain = list(network.train(config))
    changed = list(network.train(config, [Change(10, {"learning_rate": 0.1})]))
    same = [np.array_equal(a.arrays["train_loss"], b.arrays["train_loss"])
            for a, b in zip(plain, changed, strict=True)]
    assert same == [True] * 11 + [False] * 10


def test_words_are_put_in_at_the_edge() -> None:
    """Names of values are looked up; what has no words is shown as it is."""
    words = {"diverged": "{rule} at {step}, {unknown}", **names("rule", {"adam": "Adam"})}
    assert phrase(Note("diverged", {"rule": "adam", "step": 3}), words) == "Adam at 3, {unknown}"
    assert phrase(Note("other"), words) == "other"
