"""The update rules, held to their references.

`torch.optim` is the independent implementation of every rule that it has, Lion is
`plain.lion`, written from its paper, and the constant-gradient facts are exact arithmetic.
Everything is in float64, where the two sides may differ by rounding only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from core.concepts.optimizers import plain
from core.stacked.rules import RULES, Updater, runs_of_equals

N_STEPS = 200
TOLERANCE = 1e-10
Gradient = Callable[[torch.Tensor], torch.Tensor]
Coefficients = Mapping[str, float]


# --- problems --------------------------------------------------------------------------


def quadratic(seed: int, size: int = 6, condition_number: float = 1e3) -> Gradient:
    """The gradient A (p - centre) of a turned quadratic; the largest curvature is 1."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.standard_normal((size, size)))
    a = torch.from_numpy(turn @ np.diag(np.geomspace(1 / condition_number, 1, size)) @ turn.T)
    centre = torch.from_numpy(rng.standard_normal(size))
    return lambda p: a @ (p - centre)


def small_net(seed: int) -> Gradient:
    """The gradient of a 3-5-1 tanh net's squared error, by autograd, over flat parameters."""
    rng = np.random.default_rng(seed)
    x, y = (torch.from_numpy(rng.standard_normal(shape)) for shape in ((12, 3), (12, 1)))

    def gradient(p: torch.Tensor) -> torch.Tensor:
        q = p.detach().clone().requires_grad_(True)
        hidden = torch.tanh(x @ q[:15].view(3, 5) + q[15:20])
        loss = (hidden @ q[20:25].view(5, 1) + q[25] - y).square().mean()
        (g,) = torch.autograd.grad(loss, q)
        return g

    return gradient


PROBLEMS = {"quadratic": (quadratic, 6), "small_net": (small_net, 26)}


# --- references ------------------------------------------------------------------------


def torch_optimizer(rule: str, p: torch.Tensor, c: Coefficients) -> torch.optim.Optimizer:
    """torch's optimizer with the same coefficients."""
    o, lr = torch.optim, c["learning_rate"]
    if rule == "sgd":
        return o.SGD([p], lr)
    if rule in {"momentum", "nesterov"}:
        return o.SGD([p], lr, momentum=c["momentum"], nesterov=rule == "nesterov")
    if rule == "adagrad":
        return o.Adagrad([p], lr, eps=c["eps"])
    if rule == "rmsprop":
        return o.RMSprop([p], lr, alpha=c["beta2"], eps=c["eps"])
    betas = (c["beta1"], c["beta2"])
    if rule == "adamw":
        return o.AdamW([p], lr, betas, c["eps"], weight_decay=c["weight_decay"])
    return o.Adam([p], lr, betas, c["eps"], amsgrad=rule == "amsgrad")


def torch_path(
    rule: str, start: torch.Tensor, gradient: Gradient, c: Coefficients
) -> tuple[torch.Tensor, torch.Tensor]:
    """torch's optimizer: positions after each of N_STEPS steps, and the gradients it followed,
    each (N_STEPS, P).
    """
    p = start.clone().requires_grad_(True)
    optimizer = torch_optimizer(rule, p, c)
    path, followed = [], []
    for _ in range(N_STEPS):
        p.grad = gradient(p.detach())
        followed.append(p.grad.clone())
        optimizer.step()
        path.append(p.detach().clone())
    return torch.stack(path), torch.stack(followed)


def plain_path(
    start: torch.Tensor, gradient: Gradient, c: Coefficients
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same by Lion as it is written for reading, after its paper: torch has none."""
    followed = []

    def recorded(p: torch.Tensor) -> torch.Tensor:
        followed.append(gradient(p))
        return followed[-1]

    path = list(islice(plain.lion(start, recorded, **c), N_STEPS))
    return torch.stack(path), torch.stack(followed)


def reference(
    rule: str, start: torch.Tensor, gradient: Gradient, column: Coefficients
) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions and gradients of an independent implementation, which must go somewhere."""
    c = {**RULES[rule].defaults, **column}
    run = plain_path if rule == "lion" else partial(torch_path, rule)
    path, followed = run(start, gradient, c)
    assert path.isfinite().all(), "the draw must test something"
    assert (path - start).abs().max() > 1e-3, "the draw must move"
    return path, followed


# --- draws and runs --------------------------------------------------------------------

LARGEST_RATE = {"sgd": 0.5, "momentum": 0.1, "nesterov": 0.1}
WIDE = {"momentum": (0.0, 0.98), "beta1": (0.0, 0.98), "beta2": (0.5, 0.9995),
        "weight_decay": (0.0, 0.5)}
# Where beta1 is large for beta2, or the rate large for the valley, RMSProp and Adam swing
# around a minimum chaotically: a rounding error doubles every few steps, and no two
# implementations go the same way for long. Here they do not get there in 200 steps.
CALM = WIDE | {"beta1": (0.0, 0.9), "beta2": (0.99, 0.9995)}


def draw(rule: str, rng: np.random.Generator, ranges: Mapping[str, Any]) -> dict[str, float]:
    """Random coefficients at which the problems stay bounded; the rest are defaults."""
    adaptive = 0.1 if ranges is WIDE else 0.01 if rule != "rmsprop" else 0.002
    largest = LARGEST_RATE.get(rule, adaptive)
    chosen = {"learning_rate": largest * 10 ** rng.uniform(-1.5, 0)}
    for name in RULES[rule].defaults:
        if name in ranges:
            chosen[name] = rng.uniform(*ranges[name])
        elif name == "eps":
            chosen[name] = 10 ** rng.uniform(-10, -3)
    return chosen


def own_path(
    rules: Sequence[str], start: torch.Tensor, gradients: Sequence[Gradient],
    columns: Sequence[Coefficients],
) -> torch.Tensor:
    """The positions after each step of one stack, (N_STEPS, K, P)."""
    p, path = start.clone(), []
    updater = Updater(p, rules, columns)
    for _ in range(N_STEPS):
        updater.step(torch.stack([f(row) for f, row in zip(gradients, p, strict=True)]))
        path.append(p.clone())
    return torch.stack(path)


def starts(seed: int, n_models: int, size: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng((seed, 7)).standard_normal((n_models, size)))


def dice(rule: str, problem: str) -> np.random.Generator:
    """The same draws however the tests are ordered or chosen."""
    return np.random.default_rng((list(RULES).index(rule), list(PROBLEMS).index(problem)))


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("rule", RULES)
def test_a_stack_goes_where_its_references_go(rule: str, problem: str) -> None:
    """Five models in one stack, each with its own random coefficients, start and objective,
    take the path that the reference takes alone, over 200 steps.
    """
    make, size = PROBLEMS[problem]
    rng = dice(rule, problem)
    columns = [draw(rule, rng, CALM) for _ in range(5)]
    gradients, start = [make(seed) for seed in range(5)], starts(1, 5, size)
    own = own_path([rule] * 5, start, gradients, columns)
    for k, column in enumerate(columns):
        path, _ = reference(rule, start[k], gradients[k], column)
        assert (own[:, k] - path).abs().max() <= TOLERANCE, column


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("rule", RULES)
def test_the_same_gradients_give_the_same_steps(rule: str, problem: str) -> None:
    """The same at any coefficients, also where the path is chaotic: the stack is given the
    gradients that the references met, so that a rounding error cannot feed on itself, and
    whatever is left at the end of 200 steps is a difference between the rules.
    """
    make, size = PROBLEMS[problem]
    rng = dice(rule, problem)
    columns = [draw(rule, rng, WIDE) for _ in range(6)]
    start = starts(2, 6, size)
    found = [reference(rule, start[k], make(k), columns[k]) for k in range(6)]
    p = start.clone()
    updater = Updater(p, [rule] * 6, columns)
    for t in range(N_STEPS):
        updater.step(torch.stack([followed[t] for _, followed in found]))
        for k, (path, _) in enumerate(found):
            assert (p[k] - path[t]).abs().max() <= TOLERANCE, (t, columns[k])


@pytest.mark.parametrize("rule", [name for name in RULES if name != "lion"])
def test_defaults_are_those_of_torch(rule: str) -> None:
    """What a rule leaves unsaid means what it means in torch, but for `momentum`, which is 0
    there: a page that shows "Adam" shows the Adam that students will meet.
    """
    start, gradient = starts(2, 1, 6), quadratic(2)
    own = own_path([rule], start, [gradient], [{"learning_rate": 0.02}])[:, 0]
    p = start[0].clone().requires_grad_(True)
    names = {"sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adagrad": "Adagrad",
             "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW", "amsgrad": "Adam"}
    more = {"momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True},
            "amsgrad": {"amsgrad": True}}.get(rule, {})
    optimizer = getattr(torch.optim, names[rule])([p], lr=0.02, **more)
    for t in range(N_STEPS):
        p.grad = gradient(p.detach())
        optimizer.step()
        assert (own[t] - p.detach()).abs().max() <= TOLERANCE


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "amsgrad"])
def test_l2_is_the_weight_decay_of_torch(rule: str) -> None:
    """A penalty in the loss joins the gradient, as torch's coupled `weight_decay` does; each
    model has its own, and a neighbour without one is not touched.
    """
    gradients, start = [quadratic(2)] * 3, starts(2, 3, 6)
    decays = (0.0, 0.03, 0.5)
    own = own_path([rule] * 3, start, gradients,
                   [{"learning_rate": 0.005, "l2": decay} for decay in decays])
    for k, decay in enumerate(decays):
        p = start[k].clone().requires_grad_(True)
        optimizer = torch_optimizer(rule, p, {**RULES[rule].defaults, "learning_rate": 0.005})
        optimizer.param_groups[0]["weight_decay"] = decay
        for t in range(N_STEPS):
            p.grad = gradients[k](p.detach())
            optimizer.step()
            assert (own[t, k] - p.detach()).abs().max() <= TOLERANCE
    assert (own[-1, 0] - own[-1, 2]).abs().max() > 1e-3


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
def test_clip_is_that_of_torch(rule: str) -> None:
    """Per model the norm of its whole gradient, before a penalty joins it; a neighbour with a
    larger limit or none is not touched.
    """
    gradients, start = [quadratic(2)] * 3, starts(2, 3, 6)
    limits = (math.inf, 0.1, 0.01)
    columns = [{"learning_rate": 0.005, "l2": 0.03, "clip": limit} for limit in limits]
    own = own_path([rule] * 3, start, gradients, columns)
    for k, limit in enumerate(limits):
        p = start[k].clone().requires_grad_(True)
        optimizer = torch_optimizer(rule, p, {**RULES[rule].defaults, "learning_rate": 0.005})
        optimizer.param_groups[0]["weight_decay"] = 0.03
        for t in range(N_STEPS):
            p.grad = gradients[k](p.detach())
            torch.nn.utils.clip_grad_norm_([p], limit)
            optimizer.step()
            assert (own[t, k] - p.detach()).abs().max() <= TOLERANCE
    del columns[0]["clip"]
    assert torch.equal(own_path([rule] * 3, start, gradients, columns), own)
    assert (own[-1, 0] - own[-1, 2]).abs().max() > 1e-3


@pytest.mark.parametrize("rule", RULES)
def test_rate_factor_scales_the_learning_rate(rule: str) -> None:
    """A step with `rate_factor` f is a step of the rule at f times its learning rate, at that
    step only: the next step without a factor has the full rate again.
    """
    g = starts(3, 4, 5)
    scaled, direct = starts(4, 4, 5), starts(4, 4, 5)
    first = Updater(scaled, [rule] * 4, [{"learning_rate": 0.1}] * 4)
    columns = [{"learning_rate": 0.1}] * 4
    second = Updater(direct, [rule] * 4, columns)
    for t, factor in enumerate((1.0, 0.25, 1.0, 0.5)):
        first.step(g * (t + 1), factor)
        for group in second._groups:  # the reference: the rate itself is another one
            group.c["learning_rate"] = torch.full((4, 1), 0.1 * factor, dtype=torch.float64)
        second.step(g * (t + 1))
        assert torch.equal(scaled, direct)


# --- exact facts -----------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["adam", "amsgrad"])
@pytest.mark.parametrize("learning_rate", [0.001, 0.1])
def test_constant_gradient_with_bias_correction(rule: str, learning_rate: float) -> None:
    """A1.4: with the correction every step on a constant gradient has the length lr."""
    steps = constant_gradient_steps(rule, learning_rate, bias_correction=1.0)
    assert np.abs(steps / learning_rate - 1).max() < 1e-6


@pytest.mark.parametrize("rule", ["adam", "adamw", "amsgrad"])
def test_constant_gradient_without_bias_correction(rule: str) -> None:
    """A1.4: without it the first step is (1 - beta1) / sqrt(1 - beta2) = 3.162 lr, and the
    t-th (1 - beta1^t) / sqrt(1 - beta2^t): the corrections themselves, left out.
    """
    steps = constant_gradient_steps(rule, 0.1, bias_correction=0.0)
    assert steps[0] / 0.1 == pytest.approx(0.1 / math.sqrt(0.001), abs=1e-3)
    t = np.arange(1, len(steps) + 1)
    assert steps / 0.1 == pytest.approx((1 - 0.9**t) / np.sqrt(1 - 0.999**t), rel=1e-6)
    assert steps[:5] == pytest.approx([0.3162, 0.425, 0.495, 0.544, 0.580], abs=6e-4)


def constant_gradient_steps(rule: str, learning_rate: float, bias_correction: float) -> np.ndarray:
    """Lengths of 500 steps along the gradient 1."""
    p = torch.zeros(1, 1, dtype=torch.float64)
    column = {"learning_rate": learning_rate, "bias_correction": bias_correction}
    if rule == "adamw":
        column["weight_decay"] = 0.0
    updater, places = Updater(p, [rule], [column]), [0.0]
    for _ in range(500):
        updater.step(torch.ones_like(p))
        places.append(p.item())
    return -np.diff(places)


def test_correction_is_per_model() -> None:
    """Adam with and without correction, neighbours in one stack, do not touch each other."""
    p = torch.zeros(2, 1, dtype=torch.float64)
    columns = [{"learning_rate": 0.1, "bias_correction": b} for b in (1.0, 0.0)]
    Updater(p, ["adam", "adam"], columns).step(torch.ones_like(p))
    assert -p[:, 0].numpy() == pytest.approx([0.1, 0.31623], abs=1e-5)


@pytest.mark.parametrize("rule", RULES)
def test_reaches_the_minimum_of_a_bowl(rule: str) -> None:
    """Every entry of RULES, new ones included, comes from several starts to the minimum of a
    strictly convex function that is no quadratic, sum of z^2 + log cosh z, at a rate that
    decays to nothing. The same function of the same rate for all: no tuning.
    """
    p = 2 * starts(5, 4, 3)
    column = {"learning_rate": 0.05}
    if "weight_decay" in RULES[rule].defaults:
        column["weight_decay"] = 0.0  # a decay moves the minimum, here towards 0, where it is
    centre = torch.tensor([0.5, -1.0, 0.25], dtype=torch.float64)
    updater, n_steps = Updater(p, [rule] * 4, [column] * 4), 3000
    before = (p - centre).abs().max().item()
    for t in range(n_steps):
        z = p - centre
        # AdaGrad slows down by itself, so the rate is raised at the start: 20 -> 0
        updater.step(2 * z + torch.tanh(z), (20 if rule == "adagrad" else 1) * (1 - t / n_steps))
    assert before > 1
    assert (p - centre).abs().max() < 1e-3


# --- stacks ----------------------------------------------------------------------------


def test_mixed_rules_equal_separate_updaters_bit_for_bit() -> None:
    """All rules in one Updater, some with several models: whoever the neighbours are, a
    model's path does not change by one bit.
    """
    rules = [name for i, name in enumerate(RULES) for _ in range(1 + i % 3)]
    rng = np.random.default_rng(11)
    columns = [draw(rule, rng, WIDE) for rule in rules]
    gradients = [quadratic(seed) for seed in range(len(rules))]
    start = starts(6, len(rules), 6)
    together = own_path(rules, start, gradients, columns)
    for name in RULES:
        rows = [k for k, rule in enumerate(rules) if rule == name]
        alone = own_path([name] * len(rows), start[rows], [gradients[k] for k in rows],
                         [columns[k] for k in rows])
        assert torch.equal(together[:, rows], alone), name


def test_rules_that_alternate_are_groups_of_their_own() -> None:
    """Models of one rule need not be neighbours: order costs time, never the result."""
    rules = ["adam", "sgd", "adam", "sgd"]
    start, gradients = starts(8, 4, 6), [quadratic(seed) for seed in range(4)]
    columns = [{"learning_rate": 0.01 * (k + 1)} for k in range(4)]
    mixed = own_path(rules, start, gradients, columns)
    order = [0, 2, 1, 3]
    sorted_ = own_path([rules[k] for k in order], start[order], [gradients[k] for k in order],
                       [columns[k] for k in order])
    assert torch.equal(mixed[:, order], sorted_)


def test_the_parameters_are_moved_in_place() -> None:
    """Views into the stack (a net's weights) see every update."""
    p = torch.ones(3, 4, dtype=torch.float64)
    view = p[1, 1:3]
    Updater(p, ["sgd"] * 3, [{"learning_rate": 0.5}] * 3).step(torch.ones_like(p))
    assert view.tolist() == [0.5, 0.5]


def test_dtype_follows_the_parameters() -> None:
    """float32 parameters are stepped in float32: nothing is promoted on the way."""
    for dtype in (torch.float32, torch.float64):
        p = torch.ones(len(RULES), 3, dtype=dtype)
        updater = Updater(p, list(RULES), [{"learning_rate": 0.1}] * len(RULES))
        updater.step(torch.ones_like(p), 0.5)
        assert p.dtype == dtype
        assert (p < 1).all()
        assert all(slot.dtype == dtype for g in updater._groups for slot in g.slots)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", []), ("a", ["a"]), ("aab", ["aa", "b"]), ("abab", ["a", "b", "a", "b"])],
)
def test_runs_of_equals(text: str, expected: list[str]) -> None:
    assert [text[rows] for rows in runs_of_equals(text)] == expected


# --- wrong input -----------------------------------------------------------------------


@pytest.mark.parametrize(("n_rules", "n_columns"), [(1, 2), (3, 2), (2, 1), (2, 3)])
def test_lengths_must_agree(n_rules: int, n_columns: int) -> None:
    """The message gives all three counts."""
    with pytest.raises(ValueError, match=f"2 models .* not {n_rules} and {n_columns}"):
        Updater(torch.zeros(2, 1), ["sgd"] * n_rules, [{"learning_rate": 0.1}] * n_columns)


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="gauss"):
        Updater(torch.zeros(1, 1), ["gauss"], [{"learning_rate": 0.1}])


def test_the_learning_rate_is_required() -> None:
    with pytest.raises(KeyError, match="learning_rate"):
        Updater(torch.zeros(1, 1), ["adam"], [{}])


@pytest.mark.parametrize("name", RULES)
def test_entries_are_complete(name: str) -> None:
    """A rule names its paper with a year, is labelled, and its docstring cites a year too."""
    rule = RULES[name]
    assert rule.label[0].isupper()
    assert any(part.isdigit() and len(part) == 4 for part in rule.paper.split())
    assert rule.update.__doc__
    assert any(c.isdigit() for c in rule.update.__doc__)
    assert "learning_rate" not in rule.defaults
