"""The driver: what is recorded, said and changed, whatever the lab."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from core.concepts.optimizers import network
from core.concepts.optimizers.network import Config as Network
from core.config import (
    MAX_CHANGES,
    Change,
    ChangingConfig,
    Config,
    changeable,
    changes_of,
    explain,
    sentence_of,
    setting,
    with_changes,
)
from core.frames import encode_frame
from core.training import Algorithm, Measured, recorded
from core.words import RUN, Note, names, phrase


class Toy(ChangingConfig):
    n_steps: int = setting(6, "Updates", ge=1, le=9)
    rate: float = setting(1.0, "Of growth", ge=0, le=2, changeable=True)
    start: float = setting(0.0, "Of growth", ge=0, le=2)


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
    config = Toy(changes=["4:rate=0.5"])
    plain, changed = list(toy(Toy())), list(toy(config))
    assert [f.step for f in changed] == [0, 3, 4, 5, 6]
    assert toy.n_frames(config) == 5
    assert [f.arrays["value"][0] for f in changed] == [0, 3, 4, 4.5, 5]
    assert [f.arrays["value"][0] for f in plain[:2]] == [0, 3]
    (note,) = [n for f in changed if f.step == 4 for n in f.notes]
    assert phrase(note, {**RUN, "setting.rate": "Rate"}) == "From step 4 on: Rate 0.5."


def test_changes_are_in_the_order_of_their_steps_and_the_last_of_two_counts() -> None:
    config = Toy(changes=["5:rate=2", Change(2, "rate", 0), {"step": 5, "setting": "rate",
                                                             "value": 1}])
    assert config.changes == (Change(2, "rate", 0.0), Change(5, "rate", 1.0))
    assert [f.arrays["value"][0] for f in toy(config)] == [0, 2, 2, 2, 3]
    assert Toy.model_validate_json(config.model_dump_json()) == config
    assert [Change.read(str(c)) for c in config.changes] == [
        Change(2, "rate", "0"), Change(5, "rate", "1")]


def test_a_change_beyond_the_end_never_comes() -> None:
    """So that a visitor who shortens a run loses nothing."""
    plain, short = list(toy(Toy(n_steps=3))), list(toy(Toy(n_steps=3, changes=["4:rate=2"])))
    assert [encode_frame(f) for f in short] == [encode_frame(f) for f in plain]


@pytest.mark.parametrize(("changes", "refused"), [
    ("4:rate=0.5", "'4:rate=0.5'"), (["4"], "'4'"), (["4:rate"], "'4:rate'"),
    (["-1:rate=1"], "'-1:rate=1'"), (["10:rate=1"], "'10:rate=1'"),
    (["1e1:rate=1"], "'1e1:rate=1'"),
    (["4:start=1"], "'4:start=1'"), (["4:color=1"], "'4:color=1'"), (["4:changes=1"], "'4:changes"),
    (["4:rate=3"], "'4:rate=3'"), (["4:rate=fast"], "'4:rate=fast'"),
    (["4:rate=nan"], "'4:rate=nan'"),
    ([f"{i}:rate=1" for i in range(MAX_CHANGES + 1)], "0:rate=1"),
])
def test_what_cannot_change_is_explained(changes: Any, refused: str) -> None:
    with pytest.raises(ValidationError) as error:
        Toy(changes=changes)
    said = [sentence_of(problem) for problem in explain(error.value, Toy)]
    assert all(s.startswith("changes: ") and "Allowed: " in s for s in said)
    assert refused in said[0]
    assert "a number from 0 to 2" in said[0] or (
        f"at most {MAX_CHANGES} of STEP:SETTING=VALUE, a step from 0 to 9 and one of the settings "
        "rate." in said[0])


class Fixed(Config):
    n_steps: int = setting(6, "Updates", ge=1, le=9)


def test_a_run_without_settings_that_change_has_no_changes() -> None:
    with pytest.raises(ValidationError):
        Fixed(changes=["4:n_steps=2"])
    assert changeable(Fixed) == changes_of(Fixed()) == ()
    assert changeable(Toy) == ("rate",)


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
    changed = list(network.train(with_changes(config, changes=["10:learning_rate=0.1"])))
    same = [np.array_equal(a.arrays["train_loss"], b.arrays["train_loss"])
            for a, b in zip(plain, changed, strict=True)]
    assert same == [True] * 11 + [False] * 10


def test_words_are_put_in_at_the_edge() -> None:
    """Names of values are looked up; what has no words is shown as it is."""
    words = {"diverged": "{rule} at {step}, {unknown}", **names("rule", {"adam": "Adam"})}
    assert phrase(Note("diverged", {"rule": "adam", "step": 3}), words) == "Adam at 3, {unknown}"
    assert phrase(Note("other"), words) == "other"
