"""Nine update rules on a function of two parameters, each as its paper writes it.

For reading: one model, no stack. A rule is a generator: it holds what the rule remembers
(momentum, second moments) in local variables and yields the parameters after each update. The
page trains with `core.stacked.rules`; `tests/concepts/optimizers/test_plain.py` holds the two
to each other. Run it: `python -m core.concepts.optimizers.plain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, islice
from math import inf, isfinite
from typing import Any

import torch
from torch import Tensor

Gradient = Callable[[Tensor], Tensor]
Path = Iterator[Tensor]


def sgd(p: Tensor, gradient: Gradient, learning_rate: float) -> Path:
    """Robbins & Monro 1951, with the whole gradient instead of a sample of it."""
    while True:
        p = p - learning_rate * gradient(p)
        yield p


def momentum(p: Tensor, gradient: Gradient, learning_rate: float, momentum: float = 0.9) -> Path:
    """Polyak 1964: the velocity b forgets slowly."""
    b = torch.zeros_like(p)
    while True:
        b = momentum * b + gradient(p)
        p = p - learning_rate * b
        yield p


def nesterov(p: Tensor, gradient: Gradient, learning_rate: float, momentum: float = 0.9) -> Path:
    """Nesterov 1983, as Sutskever et al. 2013 write it: one step of b ahead."""
    b = torch.zeros_like(p)
    while True:
        g = gradient(p)
        b = momentum * b + g
        p = p - learning_rate * (g + momentum * b)
        yield p


def adagrad(p: Tensor, gradient: Gradient, learning_rate: float, eps: float = 1e-10) -> Path:
    """Duchi et al. 2011: every parameter is slowed by all of its squared gradients so far."""
    s = torch.zeros_like(p)
    while True:
        g = gradient(p)
        s = s + g**2
        p = p - learning_rate * g / (s.sqrt() + eps)
        yield p


def rmsprop(
    p: Tensor, gradient: Gradient, learning_rate: float, beta2: float = 0.99, eps: float = 1e-8
) -> Path:
    """Tieleman & Hinton 2012: by the recent ones only."""
    v = torch.zeros_like(p)
    while True:
        g = gradient(p)
        v = beta2 * v + (1 - beta2) * g**2
        p = p - learning_rate * g / (v.sqrt() + eps)
        yield p


def adam(
    p: Tensor, gradient: Gradient, learning_rate: float, beta1: float = 0.9,
    beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False,
    bias_correction: bool = True,
) -> Path:
    """Kingma & Ba 2015, algorithm 1; with decay, AdamW (Loshchilov & Hutter 2019, algorithm 2);
    with `amsgrad`, Reddi et al. 2018, algorithm 2, bias-corrected as in torch.
    """
    m, v, v_max = torch.zeros_like(p), torch.zeros_like(p), torch.zeros_like(p)
    for t in count(1):
        g = gradient(p)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_max = torch.maximum(v_max, v)
        m_hat, v_hat = m, v_max if amsgrad else v
        if bias_correction:  # the means began at zero
            m_hat, v_hat = m_hat / (1 - beta1**t), v_hat / (1 - beta2**t)
        p = p - learning_rate * weight_decay * p
        p = p - learning_rate * m_hat / (v_hat.sqrt() + eps)
        yield p


def adamw(p: Tensor, gradient: Gradient, learning_rate: float, weight_decay: float = 0.01,
          **more: Any) -> Path:
    """Adam whose parameters shrink by themselves, not through the gradient."""
    return adam(p, gradient, learning_rate, weight_decay=weight_decay, **more)


def amsgrad(p: Tensor, gradient: Gradient, learning_rate: float, **more: Any) -> Path:
    """Adam whose denominator never falls."""
    return adam(p, gradient, learning_rate, amsgrad=True, **more)


def lion(
    p: Tensor, gradient: Gradient, learning_rate: float, beta1: float = 0.9,
    beta2: float = 0.99, weight_decay: float = 0.0,
) -> Path:
    """Chen et al. 2023, algorithm 2: the sign of a mean of gradient and momentum."""
    m = torch.zeros_like(p)
    while True:
        g = gradient(p)
        update = torch.sign(beta1 * m + (1 - beta1) * g)
        p = p - learning_rate * (update + weight_decay * p)
        m = beta2 * m + (1 - beta2) * g
        yield p


RULES: dict[str, Callable[..., Path]] = {
    "sgd": sgd, "momentum": momentum, "nesterov": nesterov, "adagrad": adagrad,
    "rmsprop": rmsprop, "adam": adam, "adamw": adamw, "amsgrad": amsgrad, "lion": lion,
}


def rosenbrock(p: Tensor) -> Tensor:
    """Rosenbrock 1960: a curved valley; the minimum, 0, is at (1, 1)."""
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def gradient_of(function: Callable[[Tensor], Tensor]) -> Gradient:
    """The gradient of a scalar function, by autograd."""
    def gradient(p: Tensor) -> Tensor:
        p = p.detach().requires_grad_()
        return torch.autograd.grad(function(p), p)[0]

    return gradient


START = torch.tensor([-1.5, 1.0])
LEARNING_RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0, 10.0)


def reached(rule: Callable[..., Path], learning_rate: float, n_steps: int) -> tuple[float, Tensor]:
    """Where a rule is after so many steps on Rosenbrock's valley: its loss and its place.

    The loss is infinite where the rule has diverged.
    """
    *_, p = islice(rule(START, gradient_of(rosenbrock), learning_rate), n_steps)
    loss = float(rosenbrock(p))
    return (loss if isfinite(loss) else inf), p


def main(n_steps: int = 500) -> dict[str, float]:
    """Prints and returns the loss that each rule reaches at its best learning rate.

    That is the best of `LEARNING_RATES` for this function, start and number of steps.
    """
    print(f"Rosenbrock's valley from ({START[0]:g}, {START[1]:g}), {n_steps} steps: each rule at "
          f"the best of {len(LEARNING_RATES)} learning rates, {LEARNING_RATES[0]:g} to "
          f"{LEARNING_RATES[-1]:g}")
    found = {}
    for name, rule in RULES.items():
        tried = {rate: reached(rule, rate, n_steps) for rate in LEARNING_RATES}
        best = min(tried, key=lambda rate: tried[rate][0])
        found[name], (x, y) = tried[best]
        print(f"{name:9} loss {found[name]:.1e} at ({x:.3f}, {y:.3f}), learning rate {best:g}")
    return found


if __name__ == "__main__":
    main()
