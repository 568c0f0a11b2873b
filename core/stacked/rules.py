"""Update rules for many models at once.

A rule moves a stack of parameters `p` of shape (K, P), one row per model, along the
stack of gradients `g`, in place. Its coefficients are columns (K, 1), so that every model
of the stack has its own learning rate, momentum and so on. What a rule remembers
(momentum, second moments) lies in `slots`, tensors like `p` that start at zero.

Adding an optimizer is one function and one entry in `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

Coefficients = Mapping[str, "Tensor"]  # by name, each (K, 1); also "1-beta1", "1-beta2"
Update = Callable[["Tensor", "Tensor", Sequence["Tensor"], Coefficients, int, "Tensor"], None]


def sgd(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """Gradient descent: p <- p - lr * g. Robbins & Monro 1951."""
    p.addcmul_(c["learning_rate"], g, value=-1)


def momentum(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """Heavy ball: b <- momentum * b + g; p <- p - lr * b. Polyak 1964."""
    (buffer,) = slots
    buffer.mul_(c["momentum"]).add_(g)
    p.addcmul_(c["learning_rate"], buffer, value=-1)


def nesterov(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """Nesterov: b <- momentum * b + g; p <- p - lr * (g + momentum * b).

    In the form of Sutskever et al. 2013 that evaluates the gradient at the parameters.
    """
    (buffer,) = slots
    buffer.mul_(c["momentum"]).add_(g)
    torch.mul(buffer, c["momentum"], out=scratch).add_(g)
    p.addcmul_(c["learning_rate"], scratch, value=-1)


def adagrad(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """AdaGrad: s <- s + g^2; p <- p - lr * g / (sqrt(s) + eps). Duchi et al. 2011, eq. 1."""
    (total,) = slots
    total.addcmul_(g, g)
    torch.sqrt(total, out=scratch).add_(c["eps"]).div_(c["learning_rate"])
    p.addcdiv_(g, scratch, value=-1)


def rmsprop(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """RMSProp: v <- beta2 * v + (1 - beta2) * g^2; p <- p - lr * g / (sqrt(v) + eps).

    Tieleman & Hinton 2012 (Coursera lecture 6.5).
    """
    (v,) = slots
    v.lerp_(torch.mul(g, g, out=scratch), c["1-beta2"])
    torch.sqrt(v, out=scratch).add_(c["eps"]).div_(c["learning_rate"])
    p.addcdiv_(g, scratch, value=-1)


def adam(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """Adam: m, v <- moving means of g, g^2; p <- p - lr * m' / (sqrt(v') + eps).

    m' = m / (1 - beta1^t), v' = v / (1 - beta2^t) undo the start at zero; a model whose
    `bias_correction` is 0 goes without. Kingma & Ba 2015, algorithm 1.
    """
    m, v = slots
    m.lerp_(g, c["1-beta1"])
    v.lerp_(torch.mul(g, g, out=scratch), c["1-beta2"])
    _adam_step(p, m, v, c, t, scratch)


def adamw(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """Adam with decoupled decay: p <- (1 - lr * weight_decay) * p, then Adam's step.

    Loshchilov & Hutter 2019, algorithm 2, which has weight_decay without the factor lr; with it,
    as in torch, another learning rate changes the decay too.
    """
    p.mul_(1 - c["learning_rate"] * c["weight_decay"])
    adam(p, g, slots, c, t, scratch)


def amsgrad(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """Adam that divides by the largest second moment so far. Reddi et al. 2018, algorithm 2.

    With the bias correction that torch adds to it.
    """
    m, v, v_max = slots
    m.lerp_(g, c["1-beta1"])
    v.lerp_(torch.mul(g, g, out=scratch), c["1-beta2"])
    torch.maximum(v_max, v, out=v_max)
    _adam_step(p, m, v_max, c, t, scratch)


def lion(
    p: Tensor, g: Tensor, slots: Sequence[Tensor], c: Coefficients, t: int, scratch: Tensor
) -> None:
    """Lion: p <- p - lr * (sign(beta1 * m + (1 - beta1) * g) + weight_decay * p); then
    m <- beta2 * m + (1 - beta2) * g. Chen et al. 2023, algorithm 2.
    """
    (m,) = slots
    torch.lerp(m, g, 1 - c["beta1"], out=scratch).sign_()
    p.mul_(1 - c["learning_rate"] * c["weight_decay"])
    p.addcmul_(c["learning_rate"], scratch, value=-1)
    m.lerp_(g, c["1-beta2"])


def _adam_step(
    p: Tensor, m: Tensor, v: Tensor, c: Coefficients, t: int, scratch: Tensor
) -> None:
    # lr * m' / (sqrt(v') + eps) with both corrections moved into two columns, so that
    # they cost nothing per parameter.
    correction1 = 1 - c["bias_correction"] * c["beta1"] ** t
    correction2 = (1 - c["bias_correction"] * c["beta2"] ** t).sqrt_()
    per_step = correction1 / c["learning_rate"]
    torch.sqrt(v, out=scratch).mul_(per_step / correction2).add_(c["eps"] * per_step)
    p.addcdiv_(m, scratch, value=-1)


@dataclass(frozen=True)
class Rule:
    """An optimizer: its update, how many slots it keeps, and its default coefficients."""

    label: str
    update: Update
    n_slots: int
    defaults: Mapping[str, float]
    paper: str


_ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "bias_correction": 1.0}

RULES: dict[str, Rule] = {
    "sgd": Rule("SGD", sgd, 0, {}, "Robbins & Monro 1951"),
    "momentum": Rule("Momentum", momentum, 1, {"momentum": 0.9}, "Polyak 1964"),
    "nesterov": Rule("Nesterov", nesterov, 1, {"momentum": 0.9}, "Nesterov 1983"),
    "adagrad": Rule("AdaGrad", adagrad, 1, {"eps": 1e-10}, "Duchi et al. 2011"),
    "rmsprop": Rule(
        "RMSProp", rmsprop, 1, {"beta2": 0.99, "eps": 1e-8}, "Tieleman & Hinton 2012"
    ),
    "adam": Rule("Adam", adam, 2, _ADAM, "Kingma & Ba 2015"),
    "adamw": Rule("AdamW", adamw, 2, {**_ADAM, "weight_decay": 0.01}, "Loshchilov & Hutter 2019"),
    "amsgrad": Rule("AMSGrad", amsgrad, 3, _ADAM, "Reddi et al. 2018"),
    "lion": Rule(
        "Lion", lion, 1, {"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0}, "Chen et al. 2023"
    ),
}
RULE_NAMES = {name: rule.label for name, rule in RULES.items()}


class Updater:
    """Applies each model's own rule to a stack of parameters.

    Args:
        p: Parameters, shape (K, P); moved in place.
        rules: Per model the key of its rule in `RULES`. Models of one rule should be
            neighbours: each run of equal keys is one group of tensor operations.
        coefficients: Per model its coefficients; `learning_rate` is required, the others
            default to the rule's. Any rule takes `l2`, the factor of a penalty
            l2 / 2 * |p|^2 in the loss: coupled weight decay, which joins the gradient. And any
            rule takes `clip`: a model whose gradient, without that penalty, has a larger norm
            follows one of this norm (Pascanu et al. 2013, algorithm 1).
    """

    def __init__(
        self, p: Tensor, rules: Sequence[str], coefficients: Sequence[Mapping[str, float]]
    ) -> None:
        if not len(p) == len(rules) == len(coefficients):
            raise ValueError(
                f"{len(p)} models need as many rules and coefficients, "
                f"not {len(rules)} and {len(coefficients)}"
            )
        self.t = 0
        self._groups = [
            _Group(p[rows], rows, RULES[rules[rows.start]], coefficients[rows])
            for rows in runs_of_equals(rules)
        ]

    def step(self, g: Tensor, rate_factor: float = 1.0) -> None:
        """One update along the gradients (K, P); learning rates are scaled by `rate_factor`.

        Gradients may be clipped, and a penalty added to them, in place.
        """
        self.t += 1
        for group in self._groups:
            group.step(g[group.rows], self.t, rate_factor)


class _Group:
    """Neighbouring models that share a rule."""

    def __init__(
        self, p: Tensor, rows: slice, rule: Rule, coefficients: Sequence[Mapping[str, float]]
    ) -> None:
        self.p, self.rows, self.rule = p, rows, rule
        self.slots = [torch.zeros_like(p) for _ in range(rule.n_slots)]
        self.scratch = torch.empty_like(p)
        columns = [{"l2": 0.0, "clip": inf, **rule.defaults, **c} for c in coefficients]
        self.c = {
            name: torch.tensor([[column[name]] for column in columns], dtype=p.dtype)
            for name in ("learning_rate", "l2", "clip", *rule.defaults)
        }
        self._clipped = bool(self.c["clip"].isfinite().any())
        self._penalised = bool(self.c["l2"].any())
        for name in {"beta1", "beta2"} & set(self.c):
            self.c["1-" + name] = 1 - self.c[name]  # once, not at every step

    def step(self, g: Tensor, t: int, rate_factor: float) -> None:
        c = self.c
        if rate_factor != 1.0:
            c = {**c, "learning_rate": c["learning_rate"] * rate_factor}
        if self._clipped:
            norm = g.norm(dim=1, keepdim=True)
            g.mul_((c["clip"] / (norm + 1e-6)).clamp_(max=1))
        if self._penalised:
            g = g.addcmul_(c["l2"], self.p)
        self.rule.update(self.p, g, self.slots, c, t, self.scratch)


def runs_of_equals(values: Sequence[object]) -> list[slice]:
    """Slices of maximal runs of equal neighbours: "aab" -> [0:2], [2:3]."""
    cuts = [i for i in range(1, len(values)) if values[i] != values[i - 1]]
    bounds = [0, *cuts, len(values)]
    return [slice(a, b) for a, b in pairwise(bounds) if b > a]
