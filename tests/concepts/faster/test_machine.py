"""Ways to compute a layer, held to the product in float64; and a clock that is not asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.clocked import Clocked, clocked, repeatable
from core.concepts import find
from core.concepts.faster import busy, devices, machine, products, training
from core.experiment import Frame
from core.words import Note

LAB = find("faster.machine")
WEIGHT, IMAGES = machine.layer(0, 16, 64)
TOLERANCE = {"float32": 1e-6, "threads": 1e-6, "bfloat16": 0.01, "float16": 0.001, "int8": 0.03}


@pytest.mark.parametrize("way", TOLERANCE)
def test_a_way_computes_the_layer(way: str) -> None:
    """As near to float64 as its numbers allow."""
    true = IMAGES.double() @ WEIGHT.double().T
    with devices.threads(products.WAYS[way].all_cores):
        said = products.WAYS[way].prepare(WEIGHT, IMAGES)().double()
    assert (said - true).norm() / true.norm() < TOLERANCE[way]
    assert torch.get_num_threads() == 1


def test_zeros_are_the_smallest_and_may_be_left_out() -> None:
    cut = products.with_zeros(WEIGHT)
    assert int((cut != 0).sum()) == 64 * 64 - round(0.9 * 64 * 64)
    assert cut[cut != 0].abs().min() > WEIGHT[cut == 0].abs().max()
    true = IMAGES @ cut.T
    for way in ("zeros", "sparse"):
        said = products.WAYS[way].prepare(WEIGHT, IMAGES)()
        assert torch.allclose(said, true, atol=1e-5)


def test_a_product_is_repeated_until_it_can_be_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of which every look takes a fifth of the least time, or no time at all."""
    clock = {"now": 0.0, "tick": machine.AT_LEAST / 5}

    def look() -> float:
        clock["now"] += clock["tick"]
        return clock["now"]

    monkeypatch.setattr(machine.time, "perf_counter", look)
    calls: list[int] = []

    def product() -> Any:
        calls.append(1)

    assert machine.timed(product) == pytest.approx(clock["tick"])
    assert len(calls) in (5, 6)  # by rounding
    clock["tick"] = 0.0
    calls.clear()
    assert machine.timed(product) == 0
    assert len(calls) == machine.MOST_CALLS


def test_rates_follow_from_the_times() -> None:
    """Two operations per weight and image; seconds of an image are a batch's, divided."""
    h = LAB.run(ways=("float32", "int8"), n_rounds=3, n_seeds=1, batch_size="16").isel(step=-1)
    for width in machine.WIDTHS:
        here = h.sel(way="int8", size=width)
        micro = float(here["microseconds"])
        assert float(here["rate"]) == pytest.approx(2 * width**2 / (micro * 1e3), rel=1e-4)
        assert float(here["rounds"].median()) == pytest.approx(micro, rel=1e-4)
        base = float(h["microseconds"].sel(way="float32", size=width))
        assert float(here["speedup"]) == pytest.approx(base / micro, rel=1e-4)
        moved = 4 * 2 * 16 * width + width**2
        assert float(here["intensity"]) == pytest.approx(2 * 16 * width**2 / moved, rel=1e-4)
    assert float(h["roof"].max()) == pytest.approx(float(h["rate"].max()), rel=1e-4)


def test_what_the_clock_decides_is_told_apart() -> None:
    assert isinstance(LAB, Clocked)
    frame = Frame(1, {"microseconds": np.zeros(1), "difference": np.ones(1)},
                  (Note("busy"), Note("changed")))
    kept = repeatable(LAB, frame)
    assert list(kept.arrays) == ["difference"]
    assert [note.key for note in kept.notes] == ["changed"]
    other = find("faster.workers")
    assert repeatable(other, frame) == frame
    with pytest.raises(ValueError, match="has no array or note 'minutes'"):
        clocked(other, "gap", "minutes")


def test_the_machine_is_named() -> None:
    h = LAB.run(ways=("float32",), n_rounds=3, n_seeds=1, over="batch", width="64")
    assert any(busy.processor() in note for note in h.attrs["notes"])


@pytest.mark.parametrize("name", ["faster.machine", "faster.training"])
def test_a_gpu_that_is_not_there_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs one is left out; everything else is measured."""
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    lab = find(name)
    first = "float32" if name == "faster.machine" else "one"
    h = lab.run(**{**dict(lab.small), "ways": (first, "gpu")})
    assert any(note.endswith("nothing to be measured on one.") for note in h.attrs["notes"])
    array = "microseconds" if name == "faster.machine" else "seconds"
    last = h[array].isel(step=-1)
    assert np.isfinite(last.sel(way=first)).all()
    assert np.isnan(last.sel(way="gpu")).all()


@pytest.mark.parametrize("module", [machine, training])
def test_a_gpu_that_is_there_is_measured(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor stands for it."""
    for there in (products, machine, training):
        monkeypatch.setattr(there, "device_of", lambda gpu: torch.device("cpu"))
    lab = find(module.__name__.replace("core.concepts.", ""))
    *_, last = module.train(lab.small.model_copy(update={"ways": ("gpu",)}))
    found = last.arrays["difference" if module is machine else "test_error"]
    assert np.isfinite(found).all()
    assert found.max() < 1e-6 or module is training


# --- training ---------------------------------------------------------------------------


def test_training_is_that_of_plain_torch() -> None:
    """A loop as one would write it, on the same images in the same order."""
    config = training.Config(ways=("one", "larger"), n_passes=2, n_seeds=2, batch_size=48)
    pupils = training.pupils_of(config)
    for key, own in pupils.items():
        pupil, trainer = own[1], training.TRAINERS[key]
        net = training.net_of(config, config.seed + 1)
        rng = np.random.default_rng((1, training.ORDER))
        x, classes, *_ = training._images(training.data_of(config.seeds), 1)
        for _ in range(config.n_passes):
            pupil.through()
            for rows in torch.from_numpy(rng.permutation(1000)).split(48 * trainer.times):
                loss = torch.nn.functional.cross_entropy(net(x[rows]), classes[rows])
                slopes = torch.autograd.grad(loss, list(net.parameters()))
                with torch.no_grad():
                    for p, slope in zip(net.parameters(), slopes, strict=True):
                        p -= config.learning_rate * slope
        for ours, theirs in zip(pupil.net.parameters(), net.parameters(), strict=True):
            assert torch.allclose(ours, theirs, atol=1e-6)


def test_a_pass_with_all_cores_is_timed_by_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of which every look takes 0.04 s; what is left over is learned all the same."""
    clock = iter(np.arange(1000) * 0.04)
    monkeypatch.setattr(training.time, "perf_counter", lambda: next(clock))
    config = training.Config(ways=("one", "threads"), n_seeds=1, batch_size=100)
    (one,), (threads,) = training.pupils_of(config).values()
    one.through()
    threads.through()
    assert one.seconds == pytest.approx([0.04])
    assert threads.seconds == pytest.approx([0.16 / 2 * 10])  # two updates of ten
    for ours, theirs in zip(threads.net.parameters(), one.net.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_seconds_are_those_of_the_passes() -> None:
    h = find("faster.training").run(ways=("one",), n_passes=3, n_seeds=2, batch_size=64)
    last = h["seconds"].isel(step=-1)
    assert h["seconds"].isel(step=0).isnull().all()
    assert (h["seconds"].isel(step=slice(1, None)).diff("step") > 0).all()
    passes = h["seconds"].fillna(0).diff("step").median("step")
    assert np.allclose(h["pass_ms"].isel(step=-1), 1e3 * passes, rtol=1e-3)
    assert np.allclose(h["update_ms"].isel(step=-1), 1e3 * passes / 16, rtol=1e-3)
    assert last.dims == ("way", "seed")
