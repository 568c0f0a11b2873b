"""One battery over all labs, as scikit-learn's `check_estimator`: what every run keeps to.

Each lab trains its `small` configuration once for most of it. What only one lab promises is
tested with its concept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
import xarray
from pydantic import ValidationError

from core import __main__ as cli
from core.checking import history
from core.clocked import measured_by
from core.concepts import concepts, find
from core.config import (
    Change,
    Config,
    changeable,
    explain,
    sentence_of,
    settings_of,
    with_changes,
)
from core.experiment import MAX_FRAMES, Experiment, Frame
from core.files import READERS, WRITERS, open_history
from core.frames import encode_frame
from core.words import phrase
from tests.support.histories import same_to_the_bit

EXPERIMENTS = [experiment for labs in concepts().values() for experiment in labs]
every_experiment = pytest.mark.parametrize("lab", EXPERIMENTS, ids=lambda e: e.name)
MB = 2**20
HEADER = 160
"""Bytes that say an array's name, type, shape and place in a message, at most."""

ALONE = {"rtol": 2e-3, "atol": 1e-3}
"""How near a seed comes to the same seed alone: stacks of other sizes multiply matrices in
another order, and some hundred steps magnify the last digit of float32. Seeds that leak into
each other differ in the first digit."""


FIRST_STEP = {"regularization.double_descent": 1}
"""Where steps are not updates but numbers of features, there is no state before the first."""
RARE = {"ensembles.growing": {"thumbnails"}}
"""Left out of most frames of a long run; the concept's own test counts them."""


def run(lab: Experiment, config: Config) -> Iterator[Frame]:
    return iter(lab.train(config))


@cache
def small(name: str) -> list[Frame]:
    lab = find(name)
    return list(run(lab, lab.small))


def shapes(lab: Experiment, config: Config) -> dict[str, tuple[int | None, ...]]:
    """The declared shape of each array in a frame; None along a dimension without labels."""
    lengths = {dim: len(labels) for dim, labels in lab.coords(config).items()}
    return {name: tuple(lengths.get(dim) for dim in dims if dim != "step")
            for name, dims in lab.dims.items()}


def keep_to_the_declaration(lab: Experiment, config: Config, frames: list[Frame]) -> None:
    """Shapes, types that the wire and the browser know, and no infinity."""
    declared = shapes(lab, config)
    for frame in frames:
        for name, array in frame.arrays.items():
            assert array.ndim == len(declared[name]), name
            wanted = [n or m for n, m in zip(declared[name], array.shape, strict=True)]
            assert array.shape == tuple(wanted), name
            assert array.dtype.itemsize <= 4, f"{name} is {array.dtype}"
            assert not np.isinf(array).any(), name
        encode_frame(frame)  # refuses a type that the browser cannot read


@every_experiment
def test_small_is_small_and_of_two_seeds(lab: Experiment) -> None:
    """A configuration of this lab on two seeds at least, or no test of it could see a leak."""
    assert isinstance(lab.small, lab.config)
    assert with_changes(lab.small) == lab.small
    assert lab.small.n_seeds >= 2


@every_experiment
def test_frames_are_as_declared(lab: Experiment) -> None:
    """The state before training first, then increasing steps, as many frames as announced."""
    frames = small(lab.name)
    keep_to_the_declaration(lab, lab.small, frames)
    steps = [frame.step for frame in frames]
    assert steps[0] == FIRST_STEP.get(lab.name, 0)
    assert steps == sorted(set(steps))
    assert len(frames) == lab.n_frames(lab.small) <= MAX_FRAMES + 1


@every_experiment
def test_what_changes_with_time_is_in_the_history(lab: Experiment) -> None:
    """Every declared array that this configuration has is there from the first frame on, under
    its dimensions and labels, and at least one of them moves.
    """
    frames = small(lab.name)
    data = history(lab, lab.small, frames)
    assert set(data) == set().union(*(frame.arrays for frame in frames))
    for name, array in data.items():
        assert array.dims == lab.dims[name]
        assert name in frames[0].arrays
    for dim, labels in lab.coords(lab.small).items():
        assert dim not in data.dims or list(data[dim].values) == list(labels), dim
    moving = [array for array in data.values() if array.dims[0] == "step"]
    assert any(not array.isel(step=0).equals(array.isel(step=-1)) for array in moving)


@every_experiment
def test_a_seed_in_a_stack_is_the_seed_alone(lab: Experiment) -> None:
    """Every array with a dimension of seeds, in every frame, for the last seed of the stack."""
    last = lab.small.n_seeds - 1
    alone = run(lab, with_changes(lab.small, n_seeds=1, seed=lab.small.seed + last))
    compared = set()
    for frame, own in zip(small(lab.name), alone, strict=False):
        for name, array in own.arrays.items():
            dims = [dim for dim in lab.dims[name] if dim != "step"]
            if "seed" in dims and name in frame.arrays and name not in measured_by(lab):
                mine = frame.arrays[name].take([last], dims.index("seed"))
                np.testing.assert_allclose(mine, array, **ALONE, err_msg=f"{name} {frame.step}")
                compared.add(name)
    assert compared


@every_experiment
def test_seeds_differ(lab: Experiment) -> None:
    """A stack of copies of one seed would pass for the seed alone."""
    data = history(lab, lab.small, small(lab.name))
    of_seeds = [array for array in data.values() if "seed" in array.dims]
    assert any(not array.isel(seed=0).equals(array.isel(seed=-1)) for array in of_seeds)


def as_written(experiment: Experiment) -> list[str]:
    """Arguments that give an experiment's small run, as a person would write them."""
    return [
        argument for name, value in experiment.small
        if value != getattr(experiment.config(), name)
        for argument in ("--set", f"{name}={written(value)}")
    ]


def written(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@every_experiment
def test_a_run_is_the_same_twice_and_can_be_written(lab: Experiment, tmp_path: Path) -> None:
    """In every format. One training by the command line and one here are the same to the bit, notes
    included, but for what a clock decides.
    """
    wanted = history(lab, lab.small, small(lab.name))
    by_command = tmp_path / "command.nc"
    assert cli.main(["run", lab.name, *as_written(lab), "--out", str(by_command)]) == 0
    same_to_the_bit(*(without_the_clock(lab, data)
                      for data in (open_history(by_command), wanted)))
    for ending in (".csv", *READERS):
        path = tmp_path / f"history{ending}"
        WRITERS[ending](wanted, path)
        assert path.stat().st_size > 500
        if ending in READERS:
            same_to_the_bit(open_history(path), wanted)


def without_the_clock(experiment: Experiment, data: xarray.Dataset) -> xarray.Dataset:
    """What is the same in every run: of a lab that measures time no seconds, and no notes, some of
    which a clock decides.
    """
    measured = measured_by(experiment)
    left = data.drop_vars(measured, errors="ignore")
    if measured:
        left.attrs = {name: value for name, value in left.attrs.items() if name != "notes"}
    return left


CHANGING = [(lab, name) for lab in EXPERIMENTS for name in changeable(lab.config)]


@pytest.mark.parametrize(("lab", "name"), CHANGING, ids=[f"{e.name}:{n}" for e, n in CHANGING])
def test_a_change_keeps_what_came_before(lab: Experiment, name: str) -> None:
    """Up to its step the frames are those of the run without it, to the bit; then it is said in
    words, and what follows is something else.
    """
    frames = small(lab.name)
    half = frames[len(frames) // 2].step
    value = next(v for v in ends(lab, name) if v != getattr(lab.small, name))
    config = with_changes(lab.small, changes=[Change(half, name, value)])
    found = list(run(lab, config))
    assert len(found) == lab.n_frames(config)
    before = [encode_frame(frame) for frame in frames if frame.step < half]
    assert len(before) > 2
    assert [encode_frame(frame) for frame in found if frame.step < half] == before
    (at,) = [frame for frame in found if frame.step == half]
    said = [phrase(note, lab.words) for note in at.notes]
    assert [s for s in said if s.startswith(f"From step {half} on: ") and "{" not in s]
    assert any(not np.array_equal(array, frames[-1].arrays[key], equal_nan=True)
               for key, array in found[-1].arrays.items())


def largest(lab: Experiment) -> Config:
    """Every setting that makes frames or arrays more or larger at its upper end.

    A setting at its upper end is kept where the run of it is announced as larger.
    """
    config = lab.config()
    for name in settings_of(lab.config):
        for value in ends(lab, name):
            bigger = changed(config, name, value)
            if bigger is not None and announced(lab, bigger) > announced(lab, config):
                config = bigger
    return config


def announced(lab: Experiment, config: Config) -> int:
    """In numbers, the size of a run whose frames all have all arrays."""
    sizes = (int(np.prod([n or 1 for n in shape])) for shape in shapes(lab, config).values())
    return lab.n_frames(config) * sum(sizes)


def declared_size(lab: Experiment, config: Config) -> float:
    """At most so many bytes, as far as the labels tell; a dimension without labels has no end."""
    of = {name: array.dtype.itemsize for name, array in small(lab.name)[0].arrays.items()}
    once = of.keys() - small(lab.name)[-1].arrays.keys()
    size = 0.0
    for name, shape in shapes(lab, config).items():
        n_times = 1 if name in once else lab.n_frames(config)
        size += n_times * (HEADER + of.get(name, 4) * np.prod([n or np.inf for n in shape]))
    return size


def size_of_two(lab: Experiment, config: Config) -> float:
    """By its first two frames: one size for all, but for what only the first has and what is
    left out of most.
    """
    rare = RARE.get(lab.name, set())
    sizes = [
        len(encode_frame(replace(frame, arrays={
            name: array for name, array in frame.arrays.items() if name not in rare})))
        for frame in islice(run(lab, config), 2)
    ]
    return sizes[0] + sizes[1] * (lab.n_frames(config) - 1)


@every_experiment
def test_the_largest_run_is_under_8_mb(lab: Experiment) -> None:
    """By what it declares; where that is not enough to know, by how it begins."""
    config = largest(lab)
    assert declared_size(lab, config) < 8 * MB or size_of_two(lab, config) < 8 * MB


# --- the ends of every setting ------------------------------------------------------------


def ends(lab: Experiment, name: str) -> list[Any]:
    """What a setting's type and bounds allow at most and at least; all choices of a list."""
    info = settings_of(lab.config)[name]
    annotation = info.annotation
    bounds = [getattr(m, side) for m in info.metadata for side in ("ge", "le") if hasattr(m, side)]
    if get_origin(annotation) is tuple:
        choices = get_args(get_args(annotation)[0])
        return [choices[:1], choices[-1:], choices]
    options = [annotation, *get_args(annotation)]
    choices = [v for a in options if get_origin(a) is Literal for v in get_args(a)]
    return bounds + choices + ([True, False] if bool in options else []) + (
        [None] if type(None) in options else [])


def changed(config: Config, name: str, value: Any) -> Config | None:
    """The configuration with one other value; None where a rule between settings forbids it."""
    try:
        return with_changes(config, **{name: value})
    except ValidationError as error:
        said = [(p.field, sentence_of(p)) for p in explain(error, type(config))]
        assert said
        assert all(sentence.endswith(".") for _, sentence in said)
        return None


def beginning(lab: Experiment, config: Config, n_frames: int) -> list[Frame]:
    """So many frames, or as many as there are; of the small run, what it had."""
    if config == lab.small:
        return small(lab.name)[:n_frames]
    return list(islice(run(lab, config), n_frames))


SETTINGS = [(lab, name) for lab in EXPERIMENTS for name in settings_of(lab.config)]


@pytest.mark.parametrize(("lab", "name"), SETTINGS, ids=[f"{e.name}:{n}" for e, n in SETTINGS])
def test_every_end_of_a_setting_trains_or_explains_itself(lab: Experiment, name: str) -> None:
    """Its first frames are as declared, for as many as announced at least one; from the small
    configuration, or from the default where a rule forbids it there.
    """
    values = ends(lab, name)
    assert values, "a setting without ends cannot be shown"
    for value in values:
        config = changed(lab.small, name, value) or changed(lab.config(), name, value)
        if config is not None:  # more seeds are more of the same: their start will do
            frames = beginning(lab, config, 1 if name == "n_seeds" else 2)
            keep_to_the_declaration(lab, config, frames)
            assert lab.n_frames(config) >= len(frames) >= 1
