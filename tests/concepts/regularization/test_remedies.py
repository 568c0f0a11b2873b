"""The remedies: batches against direct computation, groups against torch.nn with torch.optim."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.calibration import calibration_curve
from torch import nn

from core.checking import history
from core.concepts import find
from core.concepts.regularization import plain, plane, remedies, strength
from core.concepts.regularization.noisy_labels import flipped
from core.concepts.regularization.treatment import (
    CHANGES,
    CHECK_EVERY,
    HELD_OUT,
    Group,
    Schedule,
    Treatment,
    alone,
    input_noise,
    label_smoothing,
    mixup,
    shift,
    together,
)
from core.config import explain, sentence_of
from core.experiment import Experiment
from core.stacked.data import Split, batches, digits
from core.stacked.nets import MLP

SEEDS = range(3, 5)
SIZES = (64, 12, 12, 10)
EXPERIMENTS = [find(f"regularization.{lab}") for lab in ("remedies", "strength", "plane")]


def rngs(n: int = 2) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in range(n)]


def batch(n: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    split = digits(range(2), 100)
    return split.train_x[:, :, :n].contiguous(), split.train_y[:, :, :n].contiguous()


# --- labels and batches ------------------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.1, 0.25])
def test_exactly_a_share_of_the_labels_is_wrong(share: float) -> None:
    y = digits(SEEDS, 200).train_y
    before = y.clone()
    noisy = flipped(y, share, SEEDS)
    assert torch.equal(y, before)
    assert (noisy.sum(1) == 1).all()
    assert ((noisy != y).any(1).sum(1) == round(200 * share)).all()
    assert torch.equal(flipped(y[1:], share, SEEDS[1:])[0], noisy[1]), "alone as in the batch"


def test_wrong_labels_are_any_of_the_others() -> None:
    """A thousand images of class 3 with wrong labels: each other class about 111 times."""
    y = torch.zeros(1, 10, 1000)
    y[:, 3] = 1
    counts = flipped(y, 1.0, range(1)).sum(2)[0]
    assert counts[3] == 0
    others = counts[[c for c in range(10) if c != 3]]
    assert ((others - 111).abs() < 5 * 111**0.5).all()


def test_shift_moves_whole_images_and_brings_in_zeros() -> None:
    x, y = batch()
    moved, labels = shift(2, rngs())(x, y)
    assert torch.equal(labels, y)
    seen = set()
    for s in range(2):
        for i in range(x.shape[2]):
            image, result = x[s, :, i].view(8, 8).numpy(), moved[s, :, i].view(8, 8).numpy()
            padded = np.pad(image, 2)
            found = [(r, c) for r in range(5) for c in range(5)
                     if np.array_equal(padded[r : r + 8, c : c + 8], result)]
            assert found
            seen.update(found[:1] if len(found) == 1 else [])
    assert len(seen) > 20, "in all directions"


def test_input_noise_has_its_deviation() -> None:
    x, y = batch(100)
    change = input_noise(0.3, rngs())
    noise, later = (change(x, y)[0] - x for _ in range(2))
    assert noise.std((1, 2)) == pytest.approx(torch.full((2,), 0.3), rel=0.05)
    # 6400 products of independent draws: their mean deviates by 0.09 / 80
    assert abs(float(noise.mean())) < 0.015
    assert abs(float((noise[0] * noise[1]).mean())) < 0.006, "between seeds"
    assert abs(float((noise * later).mean())) < 0.005, "between steps"


def test_mixup_mixes_images_and_labels_in_one_ratio() -> None:
    x, y = batch()
    change, ratios = mixup(0.5, rngs()), []
    for _ in range(400):
        _, labels = change(x, y)
        assert labels.sum(1) == pytest.approx(torch.ones(2, 40))
        # x' = r x + (1 - r) x2: images whose partner has another class keep r of their label
        ratios += (labels * y).sum(1).amin(1).tolist()
    assert np.mean(ratios) == pytest.approx(0.5, abs=0.07)
    assert np.var(ratios) == pytest.approx(1 / 8, abs=0.03)  # of Beta(1/2, 1/2)
    rng = np.random.default_rng(0)
    ratio, order = rng.beta(0.5, 0.5), rng.permutation(40)
    first, _ = mixup(0.5, rngs())(x, y)
    expected = ratio * x[0] + (1 - ratio) * x[0][:, order]
    assert torch.allclose(first[0], expected.float(), atol=1e-6)


def test_a_changed_batch_leaves_the_data_alone() -> None:
    for change in (shift(1, rngs()), input_noise(0.3, rngs()), mixup(0.5, rngs()),
                   label_smoothing(0.2, rngs())):
        x, y = batch()
        before = x.clone(), y.clone()
        change(x, y)
        assert torch.equal(x, before[0])
        assert torch.equal(y, before[1])


def test_label_smoothing_is_that_of_torch() -> None:
    _, y = batch()
    z = torch.randn(10, 40)
    _, soft = label_smoothing(0.2, [])(torch.empty(0), y)
    ours = -(soft[0] * torch.log_softmax(z, 0)).sum(0).mean()
    theirs = nn.functional.cross_entropy(z.T, y[0].argmax(0), label_smoothing=0.2)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)


# --- groups -------------------------------------------------------------------------------


def group_of(treatment: Treatment, seeds: range = SEEDS, **changes: int) -> Group:
    task = remedies.task_of(remedies.Config(n_train=100, seed=seeds[0], n_seeds=len(seeds)))
    schedule = replace(Schedule(30, 800, 0.01), **changes)
    return Group(treatment, SIZES, task.data, task.points[:, :, 90:160], seeds, schedule)


def stepped(group: Group, n: int = 20) -> Group:
    for _ in range(n):
        group.step()
    return group


TORCH: dict[str, tuple[plain.Remedies, int]] = {
    "none": (plain.Remedies(), 800),
    "small batches": (plain.Remedies(), 16),
    "l2": (plain.Remedies(l2=0.05), 800),
    "weight decay": (plain.Remedies(weight_decay=3.0), 800),
    "batch norm": (plain.Remedies(batch_norm=True), 800),
    "label smoothing": (plain.Remedies(label_smoothing=0.2), 800),
}


@pytest.mark.parametrize("name", TORCH)
def test_a_group_trains_as_torch_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The probabilities after 20 steps, in float32 and in float64.

    With batch norm in float64 alone: a bias before it has no gradient but rounding, which
    Adam divides by its own size, so that in float32 the running means differ by 0.02.
    """
    remedies_of_it, batch_size = TORCH[name]
    treatment = Treatment(**{f.name: getattr(remedies_of_it, f.name)
                             for f in fields(remedies_of_it)})
    init = MLP.init
    kinds = {torch.float32: 1e-5, torch.float64: 1e-8}
    for dtype in list(kinds)[treatment.batch_norm:]:
        kind = np.float64 if dtype is torch.float64 else np.float32
        monkeypatch.setattr(MLP, "init", lambda net, rng, kind=kind: init(net, rng).astype(kind))
        task = remedies.task_of(remedies.Config(n_train=100, seed=SEEDS[0], n_seeds=2))
        data = Split(*(getattr(task.data, f.name).to(dtype) for f in fields(Split)))
        points = task.points[:, :, 90:160].to(dtype)
        group = Group(treatment, SIZES, data, points, SEEDS, Schedule(30, batch_size, 0.01))
        before = group.probabilities()
        said = stepped(group).probabilities()
        drawn = list(batches(data, SEEDS, min(batch_size, 100), 30))[:20]
        for s, seed in enumerate(SEEDS):
            own = [(x[s], y[s]) for x, y in drawn]
            expected = torch_says(remedies_of_it, seed, own, points[s])
            assert (said[s] - expected).abs().max() < kinds[dtype]
            assert (expected - before[s]).abs().max() > 0.1, "it has learned something"


def torch_says(
    asked: plain.Remedies, seed: int, drawn: list[tuple[torch.Tensor, torch.Tensor]],
    points: torch.Tensor,
) -> torch.Tensor:
    """Probabilities (classes, N) of a net of torch after a plain loop over these batches."""
    flat = MLP(SIZES, batch_norm=asked.batch_norm).init(np.random.default_rng((seed, 0)))
    net = filled(plain.net_of(SIZES, asked), torch.from_numpy(flat))
    optimizer = plain.optimizer_of(net, asked, 0.01)
    net = plain.train(net, optimizer, ((x.T, y.T) for x, y in drawn), asked)
    with torch.no_grad():
        return torch.softmax(net(points.T), 1).T


def filled(net: nn.Module, flat: torch.Tensor) -> nn.Module:
    """The net with parameters (P,) in the order of the stack's, and of their type."""
    start = 0
    for p in net.to(flat.dtype).parameters():
        p.data = flat[start : start + p.numel()].view_as(p).clone()
        start += p.numel()
    assert start == len(flat)
    return net


TREATMENTS = {
    "none": Treatment(), "l2": Treatment(l2=0.02), "weight_decay": Treatment(weight_decay=5),
    "dropout": Treatment(dropout=0.5), "early_stopping": Treatment(early_stopping=True),
    "input_noise": Treatment(input_noise=0.3), "shift": Treatment(shift=1),
    "mixup": Treatment(mixup=0.2), "label_smoothing": Treatment(label_smoothing=0.2),
    "batch_norm": Treatment(batch_norm=True), "ensemble": Treatment(members=3),
    "several": Treatment(dropout=0.3, members=2, shift=1, early_stopping=True, mixup=0.3),
}


@pytest.mark.parametrize("name", TREATMENTS)
def test_a_seed_of_a_group_equals_the_same_seed_alone(name: str) -> None:
    both = stepped(group_of(TREATMENTS[name], batch_size=32)).probabilities()
    alone = stepped(group_of(TREATMENTS[name], SEEDS[1:], batch_size=32)).probabilities()
    assert (both[1] - alone[0]).abs().max() < 1e-3
    assert both.sum(1) == pytest.approx(torch.ones(2, 70), abs=1e-5)


def test_every_treatment_changes_something() -> None:
    plain = stepped(group_of(Treatment())).probabilities()
    for name, treatment in TREATMENTS.items():
        if name != "none":
            said = stepped(group_of(treatment)).probabilities()
            assert (said - plain).abs().max() > 1e-3, name
    assert set(CHANGES) <= set(TREATMENTS)


def test_an_ensemble_is_the_mean_of_its_members() -> None:
    group = stepped(group_of(Treatment(members=3)))
    each = torch.softmax(group.race.outputs(group._points), 1).view(2, 3, 10, 70)
    assert torch.allclose(group.probabilities(), each.mean(1))
    assert (each[:, 0] - each[:, 1]).abs().max() > 0.01
    single = stepped(group_of(Treatment())).probabilities()
    assert (each[:, 0] - single).abs().max() < 1e-3, "the first member is the plain net"


def test_early_stopping_keeps_the_answers_of_the_lowest_held_out_loss() -> None:
    """Recomputed from a group that goes the same way: the plain net on the first 80 images."""
    group = group_of(Treatment(early_stopping=True))
    task = remedies.task_of(remedies.Config(n_train=100, seed=SEEDS[0], n_seeds=2))
    kept = 100 - round(HELD_OUT * 100)
    part = replace(task.data, train_x=task.data.train_x[:, :, :kept].contiguous(),
                   train_y=task.data.train_y[:, :, :kept].contiguous())
    points = torch.cat([task.points[:, :, 90:160], task.data.train_x[:, :, kept:]], 2)
    shadow = Group(Treatment(), SIZES, part, points, SEEDS, Schedule(200, 800, 0.01))
    group = Group(Treatment(early_stopping=True), SIZES, task.data, task.points[:, :, 90:160],
                SEEDS, Schedule(200, 800, 0.01))
    lowest, best, at = [np.inf] * 2, [torch.empty(0)] * 2, [0] * 2
    for t in range(201):
        if t % CHECK_EVERY == 0:
            p = shadow.probabilities()
            held = -(p[:, :, 70:] * task.data.train_y[:, :, kept:]).sum(1).log().mean(1)
            for s in range(2):
                if held[s] < lowest[s]:
                    lowest[s], best[s], at[s] = float(held[s]), p[s, :, :70], t
        if t < 200:
            shadow.step()
            group.step()
    assert (group.probabilities() - torch.stack(best)).abs().max() < 1e-3
    assert group.stopped_at.tolist() == at
    assert 0 < max(at) < 200, "the run must test something"


def test_stopping_never_looks_at_the_test_data() -> None:
    """Without any, the same answers."""
    task = remedies.task_of(remedies.Config(n_train=100, seed=SEEDS[0], n_seeds=2))
    nothing = torch.full((2, 64, 800), torch.nan), torch.full((2, 10, 800), torch.nan)
    blind = replace(task.data, test_x=nothing[0], test_y=nothing[1])
    said = [
        stepped(Group(Treatment(early_stopping=True), SIZES, data, task.points[:, :, 90:160],
                     SEEDS, Schedule(30, 800, 0.01))).probabilities()
        for data in (task.data, blind)
    ]
    assert torch.equal(*said)


# --- measures ----------------------------------------------------------------------------


def asked(label_noise: float = 0.2) -> tuple[torch.Tensor, remedies.Task]:
    task = remedies.task_of(remedies.Config(n_train=100, n_seeds=2, label_noise=label_noise))
    z = torch.randn(2, 10, task.points.shape[2], generator=torch.Generator().manual_seed(0))
    return torch.softmax(2 * z + 3 * task.given, 1), task


def test_measures_are_those_of_a_plain_count() -> None:
    p, task = asked()
    found = remedies.measures(p, task)
    for s in range(2):
        said, given, true = (a[s].argmax(0).numpy() for a in (p, task.given, task.true))
        wrong = given[:100] != true[:100]
        assert wrong.sum() == 20
        expected = {
            "train_accuracy": (said == given)[:100].mean(),
            "test_accuracy": (said == true)[100:].mean(),
            "gap": (said == given)[:100].mean() - (said == true)[100:].mean(),
            "train_nll": -np.log(p[s].numpy()[given[:100], np.arange(100)]).mean(),
            "test_nll": -np.log(p[s].numpy()[true[100:], np.arange(100, 900)]).mean(),
            "memorised": (said == given)[:100][wrong].mean(),
            "seen_through": (said == true)[:100][wrong].mean(),
            "clean_accuracy": (said == given)[:100][~wrong].mean(),
        }
        assert {k: float(v[s]) for k, v in found.items()} == pytest.approx(expected, abs=1e-5)


def test_without_wrong_labels_nothing_is_memorised_or_shown() -> None:
    p, task = asked(label_noise=0)
    found = remedies.measures(p, task)
    for name, values in found.items():
        assert values.isnan().all() == (name in {"memorised", "seen_through"}), name
    assert remedies.pictures(task)["images"].shape == (8, 0)
    assert [len(a) for a in remedies.answers(p, task)] == [0, 0]


def test_reliability_is_that_of_guo() -> None:
    p, task = asked()
    confidence, accuracy, error = remedies.reliability(p, task)
    sure = p[:, :, 100:].amax(1).numpy()
    right = (p[:, :, 100:].argmax(1) == task.true[:, :, 100:].argmax(1)).numpy()
    shares, means = calibration_curve(right.ravel(), sure.ravel(), n_bins=10)
    filled = ~confidence.isnan()
    assert accuracy[filled].numpy() == pytest.approx(shares, abs=1e-5)
    assert confidence[filled].numpy() == pytest.approx(means, abs=1e-5)
    bins = np.minimum((sure * 10).astype(int), 9)
    for b in range(10):
        mine = bins == b
        if not mine.any():
            assert confidence[b].isnan()
            continue
        assert confidence[b].item() == pytest.approx(sure[mine].mean(), abs=1e-5)
        assert accuracy[b].item() == pytest.approx(right[mine].mean(), abs=1e-5)
    for s in range(2):
        ece = sum(abs(right[s][bins[s] == b].mean() - sure[s][bins[s] == b].mean())
                  * (bins[s] == b).mean() for b in range(10) if (bins[s] == b).any())
        assert error[s].item() == pytest.approx(ece, abs=1e-5)


def test_shown_answers_are_those_of_the_shown_images() -> None:
    p, task = asked()
    shown = remedies.pictures(task)
    said, verdict = remedies.answers(p, task)
    assert shown["images"].shape == (8, 90)
    assert np.isnan(shown["images"][:, 8::9]).all(), "a gap after every image"
    for i, at in enumerate(remedies.shown_images(task)):
        image = task.points[0, :, at].view(8, 8).numpy()
        assert np.array_equal(shown["images"][:, 9 * i : 9 * i + 8], image)
        given, true = shown["given_label"][i], shown["true_label"][i]
        assert given != true
        assert said[i] == p[0, :, at].argmax()
        assert verdict[i] == {given: -1, true: 1}.get(int(said[i]), 0)


def test_the_best_moment_is_that_of_the_median() -> None:
    best = remedies.Best(2)
    for step, accuracy in enumerate([[[0.1, 0.3], [0.5, 0.5]], [[0.9, 0.2], [0.4, 0.4]],
                                     [[0.5, 0.1], [0.6, 0.6]]]):
        best.see(step, np.array(accuracy, np.float32))
    assert best.step.tolist() == [1, 2]
    assert best.accuracy == pytest.approx([0.55, 0.6])


# --- the labs ----------------------------------------------------------------------------

SMALL = [
    (EXPERIMENTS[0], {"n_steps": 50, "n_train": 50, "n_seeds": 1, "batch_size": 16, "width": 8,
                      "remedies": ("none", "shift", "ensemble"),
                      "combined": ("dropout", "batch_norm"), "dropout": 0.8}),
    (EXPERIMENTS[0], {"n_steps": 50, "n_train": 50, "n_seeds": 2, "label_noise": 0}),
    (EXPERIMENTS[1], {"n_steps": 50, "n_seeds": 1, "width": 8, "remedy": "members"}),
    (EXPERIMENTS[1], {"n_steps": 50, "n_seeds": 2, "width": 8, "along": "n_train"}),
    (EXPERIMENTS[2], {"n_steps": 50, "n_train": 20, "n_seeds": 1, "width": 4, "spread": 0,
                      "shape": "circles", "label_noise": 0.4}),
    (EXPERIMENTS[2], {"n_steps": 50, "n_seeds": 2, "label_noise": 0, "remedies": ("mixup",),
                      "combined": ("l2", "early_stopping")}),
]


@pytest.mark.parametrize(("experiment", "changes"), SMALL,
                         ids=[f"{e.name} {i}" for i, (e, _) in enumerate(SMALL)])
def test_frames_are_as_declared_and_the_same_again(experiment: Experiment, changes: dict) -> None:
    config = experiment.config(**changes)
    frames, again = list(experiment.train(config)), list(experiment.train(config))
    assert len(frames) == experiment.n_frames(config) <= 120
    assert frames[0].step == 0
    assert frames[-1].step == config.n_steps
    labels = experiment.coords(config)
    for frame, twin in zip(frames, again, strict=True):
        assert set(frame.arrays) <= set(experiment.dims)
        for name, array in frame.arrays.items():
            dims = [dim for dim in experiment.dims[name] if dim != "step"]
            assert array.shape == tuple(len(labels[dim]) for dim in dims), name
            assert np.array_equal(array, twin.arrays[name], equal_nan=True)
    data = history(experiment, config, frames)
    assert np.isfinite(data["test_accuracy"]).all()
    assert set(data.data_vars) == set(experiment.dims)


def test_no_strength_is_the_plain_net() -> None:
    """The strength lab at 0 is the remedies' lab's plain net, and one member an ensemble of 1."""
    some = {"n_steps": 50, "n_seeds": 2}
    plain = end(EXPERIMENTS[0], remedies=("none",), **some).sel(remedy="none")
    for remedy in ("dropout", "members", "weight_decay"):
        first = end(EXPERIMENTS[1], remedy=remedy, **some).isel(position=0, curve=0)
        assert first.values == pytest.approx(plain.values, abs=0.005)


def test_along_the_images_both_curves_are_those_of_the_other_lab() -> None:
    some = {"n_steps": 50, "n_seeds": 2}
    both = end(EXPERIMENTS[0], remedies=("none", "l2"), **some)
    along = end(EXPERIMENTS[1], remedy="l2", along="n_train", **some).sel(position=200)
    assert along["curve"].values.tolist() == ["none", "treated"]
    assert along.values == pytest.approx(both.values, abs=0.005)


def end(experiment: Experiment, **changes: object) -> object:
    config = experiment.config(**changes)
    data = history(experiment, config, list(experiment.train(config)))
    return data["test_accuracy"].isel(step=-1)


def test_points_of_the_plane_are_standard_and_marked() -> None:
    config = plane.Config(n_seeds=2, n_steps=50, remedies=("none",))
    split = plane.points_of(config)
    both = torch.cat([split.train_x, split.test_x], 2)
    assert both.mean(2).abs().max() < 1e-5
    assert both.std(2, unbiased=False) == pytest.approx(torch.ones(2, 2), abs=1e-4)
    first, *_, last = plane.train(config)
    points = first.arrays["points"]
    assert np.isfinite(points[:, 0, 0]).sum() == 80
    assert np.isfinite(points[:, 1, 0]).sum() == 20
    noisy = flipped(split.train_y, config.label_noise, config.seeds)[0].argmax(0)
    given, true = noisy.numpy(), split.train_y[0].argmax(0).numpy()
    for c in (0, 1):
        for wrong in (0, 1):
            mine = (given == c) & ((given != true) == wrong)
            assert np.array_equal(np.isfinite(points[c, wrong, 0]), mine)
            assert np.array_equal(points[c, wrong][:, mine], split.train_x[0].numpy()[:, mine])
    surface = last.arrays["surface"]
    assert surface.min() >= 0
    assert surface.max() <= 1
    assert np.ptp(surface) > 0.5


def test_grids_begin_with_the_plain_net_and_hold_the_chosen_strength() -> None:
    for remedy, grid in strength.GRIDS.items():
        assert strength.treated(strength.Config(remedy=remedy), grid[0]) == Treatment()
        assert list(grid) == sorted(grid)
        assert strength.CHOSEN[remedy] in grid


def test_remedies_combine() -> None:
    config = remedies.Config()
    assert alone("dropout", config) == Treatment(dropout=0.5)
    assert together(("dropout", "ensemble", "l2"), config) == Treatment(
        dropout=0.5, members=5, l2=0.02)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"remedies": ()}, "remedies: () is not allowed. Allowed: at least one of none, l2"),
        ({"remedies": ("none", "none")}, "remedies: ('none', 'none') is not allowed. Allowed:"),
        ({"combined": ("l2", "l2")}, "combined: ('l2', 'l2') is not allowed. Allowed: each at"),
        ({"dropout": 0.95}, "dropout: 0.95 is not allowed. Allowed: a number from 0 to 0.8"),
        ({"remedies": ("magic",)}, "is not allowed. Allowed: a list of none, l2"),
    ],
)
def test_bad_input_is_explained(changes: dict, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        remedies.Config(**changes)
    sentence = sentence_of(explain(caught.value, remedies.Config)[0])
    assert field in sentence
    assert "llowed" in sentence
