"""The stacked nets, held to torch.nn with autograd, and the races, held to single ones.

A stack is fast because its backward pass is written out and its models share operations;
these tests are what makes that safe: gradients to 1e-9 in float64, and no model that
notices its neighbours.
"""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from core.stacked import race as race_module
from core.stacked.data import Split, batches, digits
from core.stacked.layers import ACTIVATIONS, Linear, Workspace
from core.stacked.losses import CROSS_ENTROPY, SQUARED_ERROR
from core.stacked.nets import MLP, Stack
from core.stacked.race import Race, Runner
from core.stacked.rules import RULES

SIZES = ((5, 3), (5, 7, 3), (5, 7, 6, 3), (5, 4, 4, 4, 4, 2), (4, 6, 1))
SHAPES = [
    MLP(sizes, activation, loss, bias)
    for sizes in SIZES for activation in ACTIVATIONS
    for loss in (CROSS_ENTROPY, SQUARED_ERROR) for bias in (True, False)
    if not (loss == CROSS_ENTROPY and sizes[-1] == 1)
]
N_MODELS, N_BATCH = 3, 11


def name_of(net: MLP) -> str:
    loss = type(net.loss).__name__
    return f"{'-'.join(map(str, net.sizes))} {net.activation} {loss} bias={net.bias}"


every_shape = pytest.mark.parametrize("net", SHAPES, ids=name_of)


def plain(net: MLP, flat: torch.Tensor) -> torch.nn.Sequential:
    """The same net out of torch.nn.Linear, with one model's parameters, (P,)."""
    layers: list[torch.nn.Module] = []
    start = 0
    for i, (n_in, n_out) in enumerate(pairwise(net.sizes)):
        linear = torch.nn.Linear(n_in, n_out, bias=net.bias, dtype=flat.dtype)
        for parameter in linear.parameters():  # weight, then bias: as they lie in `flat`
            parameter.data = flat[start : start + parameter.numel()].view_as(parameter).clone()
            start += parameter.numel()
        layers.append(linear)
        if i < len(net.sizes) - 2:
            layers.append(torch.nn.ReLU() if net.activation == "relu" else torch.nn.Tanh())
    assert start == len(flat) == net.n_parameters
    return torch.nn.Sequential(*layers)


def plain_loss(net: MLP, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean loss of torch.nn.functional; z and y are (batch, outputs)."""
    if net.loss == SQUARED_ERROR:  # half the squared error, summed over outputs
        return 0.5 * torch.nn.functional.mse_loss(z, y, reduction="sum") / len(y)
    return torch.nn.functional.cross_entropy(z, y.argmax(1))


def problem(net: MLP, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Parameters (K, P), with biases that are not zero, inputs and targets per model."""
    rng = np.random.default_rng(len(net.sizes))
    p = torch.from_numpy(rng.standard_normal((N_MODELS, net.n_parameters))).to(dtype)
    x = torch.from_numpy(rng.standard_normal((N_MODELS, net.sizes[0], N_BATCH))).to(dtype)
    if net.loss == SQUARED_ERROR:
        y = torch.from_numpy(rng.standard_normal((N_MODELS, net.sizes[-1], N_BATCH)))
    else:
        labels = rng.integers(net.sizes[-1], size=(N_MODELS, N_BATCH))
        y = torch.from_numpy(np.eye(net.sizes[-1])[labels]).transpose(1, 2)
    return p, x, y.to(dtype).contiguous()


def stack_of(net: MLP, p: torch.Tensor) -> Stack:
    return Stack(net, p, torch.full_like(p, torch.nan), Workspace())


def views(net: MLP, flat: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor | None]]:
    """Per layer its weights (K, out, in) and biases (K, out, 1) inside `flat`."""
    shapes = [Linear(n_in, n_out, net.bias) for n_in, n_out in pairwise(net.sizes)]
    return [layer.views(part) for layer, part in zip(shapes, net.parts(flat), strict=True)]


@every_shape
def test_gradients_equal_autograd(net: MLP) -> None:
    """Every model's gradient, in float64, is autograd's on the same net of torch.nn. Asked
    twice: the buffers that are used again hold nothing over.
    """
    p, x, y = problem(net, torch.float64)
    stack = stack_of(net, p)
    stack.gradients(x.flip(2), y)  # something else first
    stack.gradients(x, y)
    for k in range(N_MODELS):
        model = plain(net, p[k])
        plain_loss(net, model(x[k].T), y[k].T).backward()
        expected = torch.cat([q.grad.ravel() for q in model.parameters()])
        assert expected.abs().max() > 1e-3
        assert (stack.g[k] - expected).abs().max() <= 1e-9


@every_shape
def test_losses_equal_torch(net: MLP) -> None:
    """Mean loss and share of right predictions are those of torch.nn.functional and argmax;
    for squared error with one output the sign decides.
    """
    p, x, y = problem(net, torch.float64)
    loss, right = stack_of(net, p).losses(x, y)
    for k in range(N_MODELS):
        z = plain(net, p[k])(x[k].T)
        assert loss[k].item() == pytest.approx(plain_loss(net, z, y[k].T).item(), abs=1e-9)
        if net.loss == CROSS_ENTROPY:
            hits = z.argmax(1) == y[k].T.argmax(1)
            two = z.topk(2, 1).values  # equal logits: see the next test
            if (two[:, 0] == two[:, 1]).any():
                continue
        else:
            hits = ((z > 0) == (y[k].T > 0)).all(1)
        assert right[k].item() == pytest.approx(hits.double().mean().item())


def test_equal_logits_are_no_better_than_guessing() -> None:
    """A net that says the same for all classes knows nothing: on evenly many images of each
    of ten classes it is right for a tenth of them at most. Small nets do that: with four
    hidden units all are silent for some images, and only the biases, at first zero, are left.
    """
    net = MLP((4, 4, 10))
    p = torch.zeros(1, net.n_parameters)
    x, y = torch.rand(1, 4, 30), torch.eye(10).repeat(1, 3)[None]
    _, right = stack_of(net, p).losses(x, y)
    assert right.item() <= 0.1 + 1e-6


@every_shape
def test_forward_is_that_of_torch(net: MLP) -> None:
    p, x, _ = problem(net, torch.float64)
    z = stack_of(net, p).forward(x)
    for k in range(N_MODELS):
        assert (z[k].T - plain(net, p[k])(x[k].T)).abs().max() <= 1e-12


def test_losses_of_huge_logits_are_finite() -> None:
    """The largest logit is taken out before the exponential: 1000 does not overflow."""
    net = MLP((2, 2), bias=False)
    p = torch.tensor([[1000.0, 0, 0, 1000.0]])
    x, y = torch.eye(2)[None], torch.eye(2)[None]
    loss, right = stack_of(net, p).losses(x, y)
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert right.item() == 1
    wrong, right = stack_of(net, p).losses(x, y.flip(2))
    assert wrong.item() == pytest.approx(1000, rel=1e-6)
    assert right.item() == 0


def test_a_diverged_model_harms_no_neighbour() -> None:
    """One model of NaN gives NaN and no right prediction, for itself only."""
    net = MLP((5, 7, 3))
    p, x, y = problem(net, torch.float32)
    p[1] = torch.nan
    stack = stack_of(net, p)
    loss, right = stack.losses(x, y)
    stack.gradients(x, y)
    assert loss.isfinite().tolist() == [True, False, True]
    assert right[1] == 0
    assert stack.g.isfinite().all(1).tolist() == [True, False, True]


# --- initial parameters ----------------------------------------------------------------


@pytest.mark.parametrize(("activation", "gain"), [("relu", 2**0.5), ("tanh", 1.0)])
def test_initial_weights_are_he_normal(activation: str, gain: float) -> None:
    """Mean 0, standard deviation gain / sqrt(fan_in) and normal tails per layer, biases zero
    (He et al. 2015, eq. 10). Bounds are five standard errors of each estimate.
    """
    net = MLP((200, 300, 400, 10), activation)
    flat = torch.from_numpy(net.init(np.random.default_rng(3)))[None]
    assert flat.dtype == torch.float32
    for weight, bias in views(net, flat):
        w, n_in = weight[0].double(), weight.shape[2]
        std, n = gain / n_in**0.5, w.numel()
        assert bias is not None
        assert (bias == 0).all()
        assert abs(w.mean()) < 5 * std / n**0.5
        assert w.std().item() == pytest.approx(std, rel=5 / (2 * n) ** 0.5)
        inside = (w.abs() < std).double().mean().item()
        assert inside == pytest.approx(0.6827, abs=5 * (0.6827 * 0.3173 / n) ** 0.5)


def test_he_keeps_the_size_of_the_signal() -> None:
    """What the gain is for: through ten wide ReLU layers the mean square stays the same."""
    net = MLP((256,) * 11, bias=False)
    p = torch.from_numpy(np.stack([net.init(np.random.default_rng(s)) for s in range(8)]))
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((8, 256, 16), np.float32))
    z = stack_of(net, p).forward(x)
    assert z.square().mean().item() == pytest.approx(2.0, rel=0.5)


def test_views_cover_the_parameters_once() -> None:
    """Weights and biases are views into the flat row: writing them all leaves no gap."""
    net = MLP((3, 4, 2))
    flat = torch.zeros(2, net.n_parameters)
    for weight, bias in views(net, flat):
        weight += 1
        bias += 1
    assert (flat == 1).all()


# --- races -----------------------------------------------------------------------------

NET, SEEDS, BATCH, STEPS = MLP((64, 12, 10)), range(4, 7), 16, 50
NAMES = ("sgd", "momentum", "adam", "lion", "adagrad")
# In float32 a product of another batch size may add up in another order: one rounding,
# 6e-8 relative, per operation. 50 steps at these rates make less than 1e-4 of it.
TOLERANCE = 1e-4


def start_of(net: MLP, seeds: range) -> torch.Tensor:
    return torch.from_numpy(np.stack([net.init(np.random.default_rng((s, 0))) for s in seeds]))


def runners(names: tuple[str, ...], n_seeds: int) -> list[Runner]:
    return [
        Runner(name, {"learning_rate": 0.002 if name in {"adam", "lion"} else 0.05}, s)
        for name in names for s in range(n_seeds)
    ]


def run(race: Race, split: Split, seeds: range, n_steps: int = STEPS) -> torch.Tensor:
    for x, y in batches(split, seeds, BATCH, n_steps):
        race.step(x, y)
    return race.p


@pytest.fixture(scope="module")
def split() -> Split:
    return digits(SEEDS, 200)


@pytest.fixture(scope="module")
def together(split: Split) -> Race:
    """All optimizers and seeds in one race, after 50 steps."""
    race = Race(NET, runners(NAMES, len(SEEDS)), start_of(NET, SEEDS), BATCH)
    run(race, split, SEEDS)
    return race


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_among_others_equals_the_same_seed_alone(
    name: str, split: Split, together: Race
) -> None:
    """Each model of the race equals a race of one, with that seed's own start, split and
    batches made afresh: same weights after 50 steps, same loss and accuracy.
    """
    loss, right = together.losses(split.test_x, split.test_y)
    for i, seed in enumerate(SEEDS):
        k = NAMES.index(name) * len(SEEDS) + i
        one = range(seed, seed + 1)
        own = digits(one, 200)
        alone = Race(NET, runners((name,), 1), start_of(NET, one), BATCH)
        run(alone, own, one)
        moved = (alone.p[0] - start_of(NET, one)[0]).abs().max()
        assert moved > 0.01
        assert (together.p[k] - alone.p[0]).abs().max() <= TOLERANCE
        own_loss, own_right = alone.losses(own.test_x, own.test_y)
        assert loss[k].item() == pytest.approx(own_loss.item(), rel=1e-3)
        assert right[k].item() == pytest.approx(own_right.item(), abs=2 / own.test_x.shape[2])


def test_a_race_equals_torch(split: Split, together: Race) -> None:
    """The whole path at once, from initial weights over batches to Adam, is that of torch.nn,
    autograd and torch.optim: 50 steps of one of the models.
    """
    k, i = NAMES.index("adam") * len(SEEDS) + 1, 1
    model = plain(NET, start_of(NET, SEEDS)[i])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    for x, y in batches(split, SEEDS, BATCH, STEPS):
        optimizer.zero_grad()
        plain_loss(NET, model(x[i].T), y[i].T).backward()
        optimizer.step()
    expected = torch.cat([q.detach().ravel() for q in model.parameters()])
    assert (together.p[k] - expected).abs().max() <= TOLERANCE


@pytest.mark.parametrize("cache_bytes", [1, 150_000, 2**30])
def test_blocks_do_not_change_the_result(
    cache_bytes: int, split: Split, together: Race, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One block for all, one per rule, or something between: the same models come out."""
    monkeypatch.setattr(race_module, "CACHE_BYTES", cache_bytes)
    race = Race(NET, runners(NAMES, len(SEEDS)), start_of(NET, SEEDS), BATCH)
    n_blocks = {1: 5, 150_000: 3, 2**30: 1}[cache_bytes]
    assert len(race._blocks) == n_blocks, "the sizes must test different divisions"
    run(race, split, SEEDS)
    assert (race.p - together.p).abs().max() <= TOLERANCE
    for a, b in zip(race.losses(split.test_x, split.test_y),
                    together.losses(split.test_x, split.test_y), strict=True):
        assert (a - b).abs().max() <= 2e-3


@pytest.mark.parametrize(
    "net", [MLP((8, 5, 3)), MLP((64, 64, 10)), MLP((303, 1), loss=SQUARED_ERROR)], ids=name_of
)
@pytest.mark.parametrize(("n_rules", "n_seeds"), [(1, 1), (9, 16), (5, 3), (81, 8)])
def test_blocks_never_divide_a_rule(net: MLP, n_rules: int, n_seeds: int) -> None:
    """A block holds whole sets of seeds, so that one block is never half a rule's models."""
    size = race_module._block_size(net, n_rules * n_seeds, n_seeds, 64)
    assert size % n_seeds == 0
    assert size >= n_seeds


def test_runners_may_repeat_and_skip_seeds(split: Split) -> None:
    """A runner's data are its seed's, in whatever order the runners are."""
    start = start_of(NET, SEEDS)
    order = [2, 0, 0]
    mixed = Race(NET, [Runner("sgd", {"learning_rate": 0.1}, s) for s in order], start, BATCH)
    straight = Race(NET, [Runner("sgd", {"learning_rate": 0.1}, s) for s in range(3)], start, BATCH)
    run(mixed, split, SEEDS, 10)
    run(straight, split, SEEDS, 10)
    assert (mixed.p - straight.p[order]).abs().max() <= TOLERANCE
    assert (mixed.p[1] - mixed.p[2]).abs().max() <= TOLERANCE
    assert (mixed.p[0] - mixed.p[1]).abs().max() > 0.01


def test_a_race_leaves_the_start_alone(split: Split) -> None:
    """The start is shared with the sweep: stepping one race must not move the other's."""
    start = start_of(NET, SEEDS)
    kept = start.clone()
    run(Race(NET, runners(("sgd",), len(SEEDS)), start, BATCH), split, SEEDS, 3)
    assert torch.equal(start, kept)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_learns_digits(name: str, split: Split) -> None:
    """The rules in the net's float32: a hundred steps bring the loss down by a third."""
    rate = {"sgd": 0.3, "adagrad": 0.05, "momentum": 0.05, "nesterov": 0.05}.get(name, 0.005)
    race = Race(NET, [Runner(name, {"learning_rate": rate}, s) for s in range(len(SEEDS))],
                start_of(NET, SEEDS), BATCH)
    before, _ = race.losses(split.train_x, split.train_y)
    run(race, split, SEEDS, 100)
    after, _ = race.losses(split.train_x, split.train_y)
    assert (after < before * 2 / 3).all()


# --- data ------------------------------------------------------------------------------


def images(x: torch.Tensor) -> list[bytes]:
    """Each example's pixels as something that can be counted, of (features, n)."""
    return sorted(row.numpy().tobytes() for row in (x.T * 16).round().to(torch.uint8))


@pytest.mark.parametrize("n_train", [10, 200, 1000, 1796])
def test_digits_are_divided_without_loss_or_overlap(n_train: int) -> None:
    """Training and test set together are all of scikit-learn's 1797 images, each with its own
    label; so they are disjoint, since no image is there twice.
    """
    pixels, labels = load_digits(return_X_y=True)
    split = digits(range(3, 5), n_train)
    assert split.train_x.shape == (2, 64, n_train)
    assert split.test_y.shape == (2, 10, 1797 - n_train)
    everything = sorted(
        np.append(p, label).astype(np.uint8).tobytes()
        for p, label in zip(pixels, labels, strict=True)
    )
    assert len(set(everything)) == 1797
    for s in range(2):
        x = torch.cat([split.train_x[s], split.test_x[s]], 1)
        y = torch.cat([split.train_y[s], split.test_y[s]], 1)
        assert (y.sum(0) == 1).all()
        rows = torch.cat([x * 16, y.argmax(0)[None].float()])
        assert sorted(r.numpy().astype(np.uint8).tobytes() for r in rows.T) == everything


@pytest.mark.parametrize("n_train", [10, 100, 1000])
def test_digits_are_stratified(n_train: int) -> None:
    """Each class has its share of the training set, to within one image."""
    _, labels = load_digits(return_X_y=True)
    share = np.bincount(labels) / len(labels)
    counts = digits(range(5), n_train).train_y.sum(2).numpy()
    assert np.abs(counts - share * n_train).max() <= 1


def test_digits_of_a_seed_do_not_depend_on_the_others() -> None:
    """Seed 5 alone, in the middle and at the end is one and the same split; other seeds' are
    other ones.
    """
    alone, among = digits(range(5, 6), 100), digits(range(3, 7), 100)
    for name in ("train_x", "train_y", "test_x", "test_y"):
        assert torch.equal(getattr(alone, name)[0], getattr(among, name)[2])
    assert images(among.train_x[2]) != images(among.train_x[3])


def test_pixels_are_between_0_and_1() -> None:
    split = digits(range(1), 1000)
    assert split.train_x.min() == 0
    assert split.train_x.max() == 1
    assert {a.dtype for a in vars(split).values()} == {torch.float32}


def numbered(n: int, n_seeds: int) -> Split:
    """Data whose one feature is the example's number: what is drawn can be read off."""
    x = torch.arange(n, dtype=torch.float32).expand(n_seeds, 1, n).contiguous()
    return Split(x, -x, x[:, :, :0], x[:, :, :0])


@pytest.mark.parametrize(("n", "batch_size"), [(40, 8), (43, 8), (10, 7)])
def test_batches_are_drawn_without_replacement(n: int, batch_size: int) -> None:
    """Within an epoch, no example comes twice; the next epoch has another order; targets
    stay with their inputs; the remainder that fills no batch is another one each time.
    """
    per_epoch = n // batch_size
    drawn = list(batches(numbered(n, 2), range(2), batch_size, 3 * per_epoch))
    assert len(drawn) == 3 * per_epoch
    assert all(x.shape == (2, 1, batch_size) for x, _ in drawn)
    assert all(torch.equal(y, -x) for x, y in drawn)
    for seed in range(2):
        epochs = [
            torch.cat([x[seed, 0] for x, _ in drawn[e * per_epoch : (e + 1) * per_epoch]]).tolist()
            for e in range(3)
        ]
        assert all(len(set(epoch)) == per_epoch * batch_size for epoch in epochs)
        assert epochs[0] != epochs[1] != epochs[2]


def test_batches_of_a_seed_do_not_depend_on_the_others_or_on_the_length() -> None:
    """A seed's batches are the same alone, among others, and in a longer run."""
    split = numbered(40, 4)
    among = [x[2, 0] for x, _ in batches(split, range(5, 9), 8, 12)]
    alone = [x[0, 0] for x, _ in batches(numbered(40, 1), range(7, 8), 8, 12)]
    longer = [x[2, 0] for x, _ in islice(batches(split, range(5, 9), 8, 100), 12)]
    other = [x[3, 0] for x, _ in batches(split, range(5, 9), 8, 12)]
    assert all(torch.equal(a, b) for a, b in zip(among, alone, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(among, longer, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(among, other, strict=True))


@pytest.mark.parametrize("batch_size", [40, 64])
def test_a_batch_that_holds_everything_is_everything(batch_size: int) -> None:
    split = numbered(40, 2)
    drawn = list(batches(split, range(2), batch_size, 5))
    assert len(drawn) == 5
    assert all(x is split.train_x and y is split.train_y for x, y in drawn)
