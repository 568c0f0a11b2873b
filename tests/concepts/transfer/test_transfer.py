"""Tasks, nets and errors of the transfer page, held to plain torch.nn and to what must be so."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import nn

from core.concepts import find
from core.concepts.transfer import plain, tasks
from core.concepts.transfer.common import CommonConfig, falling
from core.concepts.transfer.embedding import fisher_plane, points_of
from core.concepts.transfer.nets import Heads, Nets, net_of, stacked, start_of, with_new_head
from core.concepts.transfer.target import Few, confusions, errors, few
from core.stacked.traced import views

LAB = find("transfer.labels")


# --- the tasks -------------------------------------------------------------------------


@pytest.mark.parametrize("data", tasks.IMAGES)
def test_the_few_are_balanced_nested_and_not_in_the_test(data: str) -> None:
    drawn = tasks.tasks_of(data, 3)
    x, y = stacked([drawn.pool])
    assert few(y, 5).sum(2).tolist() == [[5] * tasks.N_CLASSES]
    two, five = ({image.numpy().tobytes() for image in few(x, n)[0].T} for n in (2, 5))
    assert two < five
    assert len(five) == 25
    pool, test = ({image.tobytes() for image in images} for images, _ in (drawn.pool, drawn.test))
    assert not pool & test
    assert len(pool) == tasks.N_CLASSES * tasks.MOST_LABELS
    assert abs(drawn.source[0].mean()) < 1e-5
    assert drawn.source[0].std() == pytest.approx(1, abs=1e-5)


def test_sources_are_what_they_say() -> None:
    drawn = tasks.tasks_of("strokes", 0)
    images, labels = drawn.source
    (permuted, same), (tested, _) = tasks.source_of(drawn, "permuted", 0)
    assert (same == labels).all()
    assert np.allclose(np.sort(permuted[7].ravel()), np.sort(images[7].ravel()))
    order = [int(np.flatnonzero(images[0].ravel() == value)[0]) for value in permuted[0].ravel()]
    assert (tested[5].ravel() == drawn.source_test[0][5].ravel()[order]).all()  # the same order
    _, position = tasks.source_of(drawn, "position", 0)[0]
    dot = np.zeros((1, 16, 16))
    dot[0, 2, 12] = 1  # above, to the right
    assert tasks.SOURCES["position"](dot, np.zeros(1), np.random.default_rng(0))[1] == 1
    assert set(position) == {0, 1, 2, 3}
    _, shuffled = tasks.source_of(drawn, "shuffled", 0)[0]
    assert (shuffled == labels).mean() == pytest.approx(0.2, abs=0.05)


# --- nets against torch.nn --------------------------------------------------------------


def filled(p: torch.Tensor, width: int) -> nn.Sequential:
    """The plain net with one model's parameters (P,), in float64."""
    net = net_of("strokes", width)
    named = {name: part[0] for name, part in views(net.shapes, p[None]).items()}
    module = plain.cnn(width).double()
    layers = [m for m in module if isinstance(m, nn.Conv2d | nn.BatchNorm2d | nn.Linear)]
    for conv, norm, name in zip(layers[:-1:2], layers[1:-1:2], net.names, strict=True):
        conv.weight.data = named[f"{name}.weight"].clone()
        norm.weight.data = named[f"{name}.gain"].clone()
        norm.bias.data = named[f"{name}.bias"].clone()
    layers[-1].weight.data, layers[-1].bias.data = (
        named[name].clone() for name in ("head.weight", "head.bias"))
    return module


def rows_of(module: nn.Sequential, width: int) -> torch.Tensor:
    """The parameters of the plain net as a row, in the order of the stack's."""
    found = []
    for layer in module:
        if isinstance(layer, nn.Conv2d):
            found.append(layer.weight)
        elif isinstance(layer, nn.BatchNorm2d | nn.Linear):
            found += [layer.weight, layer.bias]
    return torch.cat([part.detach().ravel() for part in found])


def test_pretraining_and_fine_tuning_equal_torch() -> None:
    """Two seeds pre-trained, new heads, fine-tuned, with the running means taken along: what
    torch.nn, torch.optim and its schedule give, in float64.
    """
    width, seeds, n_steps = 4, range(2), 6
    net = net_of("strokes", width)
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((2, 256, 10)))
    y = torch.eye(5).double()[torch.arange(10) % 5].T.expand(2, 5, 10)
    source = Nets(net, start_of(net, seeds).double(), [0.01, 0.01])
    for t in range(1, n_steps + 1):
        source.step(x, y, falling(t, n_steps))
    tuned = Nets(net, with_new_head(net, source.p, seeds), [0.003, 0.003], source.state)
    before = tuned.read_out(tuned.features(x))
    for t in range(1, n_steps + 1):
        tuned.step(x, y, falling(t, n_steps))
    for k in seeds:
        module = filled(start_of(net, seeds).double()[k], width)
        images, labels = x[k].T.reshape(-1, 1, 16, 16), torch.arange(10) % 5
        plain.train(module, images, labels, n_steps, 10)
        assert (rows_of(module, width) - source.p[k]).abs().max() <= 1e-9
        module[-1] = filled(with_new_head(net, source.p, seeds)[k], width)[-1]
        assert (module.eval()(images).T - before[k]).abs().max() <= 1e-9
        plain.train(module, images, labels, n_steps, 10, 0.003)
        assert (rows_of(module, width) - tuned.p[k]).abs().max() <= 1e-9


def test_a_new_head_is_all_that_is_new() -> None:
    net, seeds = net_of("digits", 4), range(3)
    p = start_of(net, seeds) + 1
    new = views(net.shapes, with_new_head(net, p, seeds))
    for name, old in views(net.shapes, p).items():
        assert (new[name] == old).all() == (not name.startswith("head"))
    untrained = views(net.shapes, with_new_head(net, start_of(net, seeds), seeds))
    assert (untrained["head.weight"] == new["head.weight"]).all(), "the same for every start"


def test_heads_are_a_linear_model_on_standardised_features() -> None:
    """Adam on cross-entropy with a penalty on all weights, as torch has it."""
    features = torch.randn(2, 6, 20, generator=torch.Generator().manual_seed(0)) * 3 + 5
    labels = torch.arange(20) % 5
    start = torch.linspace(-0.5, 0.5, 70).view(2, 35)
    heads = Heads(features, torch.eye(5)[labels].T.expand(2, 5, 20).contiguous(), start)
    for t in range(1, 11):
        heads.step(falling(t, 10))
    for k in range(2):
        own = features[k].T
        own = (own - own.mean(0)) / (own.std(0, correction=0) + 1e-5)
        linear = nn.Linear(6, 5)
        nn.utils.vector_to_parameters(start[k], linear.parameters())
        optimizer = torch.optim.Adam(linear.parameters(), 0.03, weight_decay=0.001)
        for t in range(1, 11):
            optimizer.param_groups[0]["lr"] = 0.03 * falling(t, 10)
            optimizer.zero_grad()
            nn.functional.cross_entropy(linear(own), labels).backward()
            optimizer.step()
        assert torch.allclose(heads.read_out(features)[k].T, linear(own), atol=1e-4)


# --- what is measured -------------------------------------------------------------------


def test_errors_and_confusions_by_hand() -> None:
    """Four images of classes 0, 0, 1, 2; of the zeros one is taken for a 2."""
    y = torch.eye(3)[[0, 0, 1, 2]].T[None]
    said = torch.eye(3)[[0, 2, 1, 2]].T[None, None]
    assert errors(said, y).tolist() == [[0.25]]
    assert confusions(said, y).tolist() == [[[0.5, 0, 0.5], [0, 1, 0], [0, 0, 1]]]


def test_frozen_nets_do_not_move_and_others_do() -> None:
    config = CommonConfig(n_steps=20, n_seeds=2, width=4)
    drawn = [tasks.tasks_of("strokes", seed) for seed in config.seeds]
    net = net_of("strokes", 4)
    start = Nets(net, start_of(net, config.seeds), [0.0, 0.0])
    pool = stacked([of_seed.pool for of_seed in drawn])
    frozen = start.features(pool[0])
    two = Few(config, pool, 2, [start], frozen, [0.01])
    assert two.x.shape == (2, 256, 10)
    assert (two.moved() == 0).all()
    for t in range(1, 6):
        two.step(t)
    assert (two.moved() > 0.01).all()
    assert torch.equal(start.features(pool[0]), frozen)


def test_without_pretraining_fine_tuned_is_from_scratch() -> None:
    """To the bit: nothing but the pre-training differs between the two."""
    history = LAB.run(n_pretraining=0, n_steps=20, labels=["2"], n_seeds=2, width=4)
    for array in ("test_error", "train_error"):
        scratch, tuned, untrained, frozen = history[array].transpose("variant", ...).values
        assert (scratch == tuned).all()
        assert (untrained == frozen).all()
    assert (history["gain"].sel(variant="fine_tune") == 0).all()


def test_it_runs_as_a_script() -> None:
    found = plain.main(2, 10, 10)
    assert found.keys() == {"from scratch", "fine-tuned"}
    assert all(0 <= error <= 1 for error in found.values())


def test_the_plane_is_that_of_discriminant_analysis() -> None:
    """Up to the directions' signs."""
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 4
    features = rng.standard_normal((4, 6))[labels] * 2 + rng.standard_normal((200, 6))
    ours = fisher_plane(features, labels).of(features)
    expected = LinearDiscriminantAnalysis(n_components=2).fit_transform(features, labels)
    signs = np.sign((ours * expected).sum(0))
    assert np.abs(ours - signs * expected).max() < 0.01  # the ridge
    apart = ours - np.array([ours[labels == c].mean(0) for c in range(4)])[labels]
    assert np.allclose((apart**2).mean(0), 1, atol=0.01)


def test_points_are_the_first_of_each_class() -> None:
    assert points_of(np.array([1, 0, 1, 1]), 2, 2).tolist() == [[1, -1], [0, 2]]
