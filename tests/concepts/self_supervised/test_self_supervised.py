"""Losses, views and measures, held to closed forms, to plain torch, and to what must be so."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from core.concepts import find
from core.concepts.self_supervised import images, measures, methods, nets, plain
from core.concepts.self_supervised.learning import Learner
from core.concepts.self_supervised.supervised import LEARNING_RATE, Supervised, shapes_of
from core.stacked.traced import views

LAB = find("self_supervised.pretrain")
OPTIONS = methods.Options(temperature=0.5, stop_gradient=True)


# --- losses -----------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_nt_xent_of_equal_vectors_is_a_guess_among_all_others(temperature: float) -> None:
    z = torch.ones(1, 12, 5, dtype=torch.float64) / 5**0.5
    assert methods.nt_xent(z, temperature).item() == pytest.approx(math.log(11), abs=1e-9)


def test_nt_xent_and_its_gradient_are_those_of_plain_torch() -> None:
    """Of two nets at once, in float64."""
    z = torch.randn(2, 14, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    mine, other = z.clone().requires_grad_(), z.clone().requires_grad_()
    found = methods.nt_xent(methods.unit(mine), 0.3)
    expected = torch.stack([plain.nt_xent(a[:7], a[7:], 0.3) for a in other])
    assert torch.allclose(found, expected, atol=1e-9)
    found.sum().backward()
    expected.sum().backward()
    assert torch.allclose(mine.grad, other.grad, atol=1e-9)  # type: ignore[arg-type]


def test_cosines_are_those_of_torch() -> None:
    a, b = torch.randn(2, 3, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    expected = 1 - nn.functional.cosine_similarity(a, b, dim=2).mean(1)
    assert torch.allclose(methods.apart(a, b), expected, atol=1e-9)


@pytest.mark.parametrize("stops", [True, False])
def test_a_stopped_gradient_takes_what_is_predicted_for_fixed(stops: bool) -> None:
    """By finite differences of a loss in which the target stays, or moves along."""
    shapes = nets.shapes_of(3, head=True, norm=False, predictor=True)
    p = {name: torch.randn(1, *shape, dtype=torch.float64,
                           generator=torch.Generator().manual_seed(len(name))) / 4
         for name, shape in shapes.items()}
    x = torch.rand(1, 6, 100, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    loss = methods.METHODS["simsiam"].loss
    weight = p["head2.bias"].requires_grad_()
    (found,) = torch.autograd.grad(loss(p, p, x, methods.Options(0.5, stops)).sum(), weight)

    def moved(by: float) -> float:
        with torch.no_grad():
            now = {**p, "head2.bias": weight + by * torch.tensor([[1.0, 0, 0]])}
            z = nets.embedding(now, nets.features(now, x))
            target = nets.embedding(p, nets.features(p, x)) if stops else z
            return methods.apart(nets.prediction(now, z), methods.swapped(target)).item()

    expected = (moved(1e-5) - moved(-1e-5)) / 2e-5
    assert found[0, 0].item() == pytest.approx(expected, abs=1e-8)


# --- nets and learning ------------------------------------------------------------------


def test_learning_is_that_of_torch() -> None:
    """Two seeds of SimCLR, their embeddings after four updates on the same views: what torch.nn and
    torch.optim give, in float64.
    """
    shapes = nets.shapes_of(8, head=True, norm=False, predictor=False)
    learner = Learner(methods.METHODS["simclr"], shapes, range(2), 0.005, OPTIONS, 0.99)
    double = Learner.__new__(Learner)
    double.__dict__.update(vars(learner))
    double.start(shapes, learner.p.double(), 0.005)
    modules = [filled(double.p[k], shapes) for k in range(2)]
    rng = torch.Generator().manual_seed(3)
    optimizers = [torch.optim.Adam(m.parameters(), 0.005, weight_decay=1e-4) for m in modules]
    for _ in range(4):
        first, second = torch.rand(2, 2, 6, 100, dtype=torch.float64, generator=rng)
        double.step(first, second, 1.0)
        for k, (module, optimizer) in enumerate(zip(modules, optimizers, strict=True)):
            optimizer.zero_grad()
            plain.nt_xent(module(first[k]), module(second[k])).backward()
            optimizer.step()
    x = torch.rand(2, 5, 100, dtype=torch.float64, generator=rng)
    _, z = double.embedded(x)
    for k, module in enumerate(modules):
        expected = nn.functional.normalize(module(x[k]), dim=1)
        assert (z[k] - expected).abs().max() < 1e-9


def filled(row: torch.Tensor, shapes: dict[str, tuple[int, ...]]) -> nn.Sequential:
    """The plain net with one model's parameters."""
    named, module = views(shapes, row[None]), plain.net(8).double()
    linears = [m for m in module if isinstance(m, nn.Linear)]
    for linear, name in zip(linears, ("1", "2", "head1", "head2"), strict=True):
        linear.weight.data = named[f"{name}.weight"][0].clone()
        linear.bias.data = named[f"{name}.bias"][0].clone()
    return module


def test_a_seed_among_others_is_the_seed_alone() -> None:
    chosen = {"methods": ["simclr", "simsiam", "byol"], "n_steps": 10, "batch_size": 8}
    both, alone = LAB.run(n_seeds=2, **chosen), LAB.run(n_seeds=1, seed=1, **chosen)
    for name in ("accuracy", "alignment", "spread"):
        together = both[name].sel(seed=1).values
        assert np.allclose(together, alone[name].sel(seed=1).values, atol=2e-3, equal_nan=True)


def test_the_slow_copy_follows() -> None:
    shapes = nets.shapes_of(4, head=True, norm=True, predictor=True)
    learner = Learner(methods.METHODS["byol"], shapes, range(1), 0.01, OPTIONS, 0.9)
    before, rng = learner.p.clone(), torch.Generator().manual_seed(0)
    learner.step(*torch.rand(2, 1, 8, 100, generator=rng), 1.0)
    assert torch.allclose(learner.slow, 0.9 * before + 0.1 * learner.p, atol=1e-6)


# --- images and views -------------------------------------------------------------------


def test_a_view_without_any_change_is_the_image() -> None:
    x = torch.rand(2, 3, 100, generator=torch.Generator().manual_seed(0))
    none = images.Augmentation(0, 0, 0, 0)
    same = none.views(x, [np.random.default_rng(0)] * 2)
    assert torch.allclose(same, x, atol=1e-5)


def test_views_are_torchs_affine_maps() -> None:
    x = torch.rand(1, 40, 100, generator=torch.Generator().manual_seed(0))
    seen = images.Augmentation(shift=2, rotation=30, scale=0.3, brightness=0.0).views(
        x, [np.random.default_rng(7)])
    drawn = np.random.default_rng(7).uniform(-1, 1, (40, 5))
    angle, size = math.radians(30) * drawn[:, 0], np.exp(0.3 * drawn[:, 1])
    maps = np.stack([np.cos(angle) / size, np.sin(angle) / size, 0.4 * drawn[:, 2],
                     -np.sin(angle) / size, np.cos(angle) / size, 0.4 * drawn[:, 3]], 1)
    grid = nn.functional.affine_grid(torch.from_numpy(maps).float().view(-1, 2, 3),
                                     [40, 1, 10, 10], align_corners=False)
    expected = nn.functional.grid_sample(x.view(40, 1, 10, 10), grid, align_corners=False)
    assert torch.allclose(seen.view(40, 1, 10, 10), expected, atol=1e-5)


def test_noise_and_erasing_do_what_they_say() -> None:
    x = torch.ones(1, 200, 100)
    erased = images.Augmentation(0, 0, 0, 0, erase=3).views(x, [np.random.default_rng(0)])
    assert (erased == 0).sum(2).unique().tolist() == [9]
    noisy = images.Augmentation(0, 0, 0, 0, noise=0.2).views(x, [np.random.default_rng(0)])
    assert (noisy - x).std().item() == pytest.approx(0.2, rel=0.02)


def test_few_labels_are_balanced_and_nested() -> None:
    labels = images.images_of("plain", range(1)).train_labels[0]
    one, ten = (images.few_of(labels, n, 3) for n in (1, 10))
    assert set(one) < set(ten)
    assert np.bincount(labels[ten]).tolist() == [10] * 10


# --- measures ---------------------------------------------------------------------------


def test_measures_of_one_point_and_of_a_cross() -> None:
    point = torch.zeros(1, 8, 4)
    point[..., 0] = 1
    assert measures.spread(point).item() == 0
    assert measures.uniformity(point).item() == pytest.approx(0, abs=1e-6)
    assert measures.singular_values(point).max() == 0
    cross = torch.cat([torch.eye(4), -torch.eye(4)])[None]
    assert measures.spread(cross).item() == pytest.approx(1)
    assert measures.alignment(cross, -cross).item() == pytest.approx(4)
    each = (math.exp(-8) + 6 * math.exp(-4)) / 7  # one opposite, six at a right angle
    assert measures.uniformity(cross).item() == pytest.approx(math.log(each), abs=1e-5)
    assert torch.allclose(measures.singular_values(cross), torch.full((1, 4), 0.5))


def test_axes_show_all_of_three_numbers_and_follow_the_frame_before() -> None:
    z = methods.unit(torch.randn(60, 3, generator=torch.Generator().manual_seed(0)))
    axes = measures.Axes()
    first = axes.of(z)
    assert torch.allclose(first.norm(dim=1), torch.ones(60).double(), atol=1e-6)
    turned = axes.of(z @ torch.tensor([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]))
    assert torch.allclose(first, turned, atol=1e-6)


def test_the_probe_is_logistic_regression() -> None:
    """It says of nearly all what scikit-learn's says with the same penalty."""
    rng = np.random.default_rng(0)
    labels = np.arange(50) % 10
    middles = rng.standard_normal((10, 16))
    z, new = (middles[y] + 0.7 * rng.standard_normal((len(y), 16))
              for y in (labels, np.arange(500) % 10))
    said = measures.probe(*(torch.from_numpy(a)[None] for a in (z, labels, new)))[0].numpy()
    model = LogisticRegression(C=1 / (50 * measures.PROBE_L2), max_iter=2000).fit(z, labels)
    assert (said == model.predict(new)).mean() > 0.97


def test_it_runs_as_a_script() -> None:
    found = plain.main(40)
    assert found["after"] > found["before"]


# --- labels -----------------------------------------------------------------------------


def test_tuned_nets_go_on_from_others_and_learn_as_torch_has_it() -> None:
    """Two seeds with one and three labels: four updates of the encoders that they were given."""
    x = torch.rand(2, 40, 100, generator=torch.Generator().manual_seed(0))
    y = torch.arange(10).repeat(2, 4)
    rows = [torch.arange(10 * n).expand(2, -1) for n in (1, 3)]
    tuned = Supervised(x, y, rows, range(2), images.Augmentation(), 4)
    learner = Learner(methods.METHODS["simclr"], nets.shapes_of(8, True, False, False), range(5, 7),
                      0.01, OPTIONS, 0.99)
    tuned.take(learner.parameters)
    own = views(shapes_of(), tuned.p)
    assert torch.equal(own["2.weight"], learner.parameters["2.weight"].repeat(2, 1, 1))
    single = nn.Sequential(nn.Linear(100, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(),
                           nn.Linear(64, 10))
    named = [f"{layer}.{kind}" for layer in ("1", "2", "last") for kind in ("weight", "bias")]
    with torch.no_grad():
        for name, part in zip(named, single.parameters(), strict=True):
            part.copy_(own[name][3])  # the second seed with three labels
    adam = torch.optim.Adam(single.parameters(), LEARNING_RATE, weight_decay=1e-4)
    for t in range(1, 5):
        seen, classes = tuned.batch(t)
        tuned.learn(seen, classes, 1.0)
        adam.zero_grad()
        nn.functional.cross_entropy(single(seen[3]), classes[3]).backward()
        adam.step()
    for name, part in zip(named, single.parameters(), strict=True):
        assert torch.allclose(own[name][3], part, atol=1e-4), name


def test_what_learns_without_labels_stays_when_they_come() -> None:
    """The linear readings are those of the last step without labels; a waiting net guesses."""
    h = find("self_supervised.labels").run(unlabelled_steps=4, labelled_steps=10, n_seeds=2,
                                           batch_size=8)["accuracy"]
    after = h.sel(reader=["head", "features", "headless"], step=slice(4, None))
    assert (after == after.isel(step=0)).all()
    alone = h.sel(reader="supervised", step=slice(0, 4))
    assert (alone == alone.isel(step=0)).all()
    assert float(h.sel(reader="supervised", n_labels=10).isel(step=-1).mean()) > float(alone.mean())


def test_which_numbers_of_labels_are_tried_changes_none_of_them() -> None:
    chosen = {"n_steps": 10, "n_seeds": 1, "batch_size": 8}
    some, others = (LAB.run(labels=labels, **chosen)["accuracy"]
                    for labels in (["10", "2"], ["2", "5", "7"]))
    assert some["n_labels"].values.tolist() == [2, 10, 120]
    assert others["n_labels"].values.tolist() == [2, 5, 7, 120]
    assert float(abs(some.sel(n_labels=2) - others.sel(n_labels=2)).max()) == 0
