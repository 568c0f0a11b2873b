"""Transformers that lack one part each, one after the other, for scripts that are taken away."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, layer_norm, linear

from core.concepts.transformer import inside
from core.concepts.transformer.common import LOSS_CEILING
from core.concepts.transformer.parts import N_TEST
from core.concepts.transformer.tasks import TASKS
from core.script import Script
from core.stacked.transformer import STARTS, WIDER, angles_of

OUT: dict[str, dict[str, Any]] = {
    "whole": {}, "positions": {"positions": "none"}, "residual": {"residual": False},
    "norm": {"norm": "none"}, "post": {"norm": "post"}, "mlp": {"mlp": False},
    "scale": {"scale": False}, "heads": {"n_heads": 1}, "layers": {"n_layers": 1},
    "mask": {"causal": False}, "order": {"causal": False, "positions": "none"},
}
"""By what a net lacks how it differs from the whole net."""


def begin(
    rng: np.random.Generator, n_symbols: int, n_answers: int, n_places: int, n_layers: int,
    width: int, start: str,
) -> dict[str, Tensor]:
    """With every part that a net can have: those that lack some begin alike in the others."""
    wide, found = WIDER * width, {}
    shapes: dict[str, tuple[int, ...]] = {
        "out": (n_answers, width), "out_bias": (n_answers,), "symbols": (n_symbols, width),
        "places": (n_places, width)}
    for i in range(n_layers):
        shapes |= {f"{i}.norm1": (width,), f"{i}.norm1_bias": (width,),
                   f"{i}.qkv": (3 * width, width), f"{i}.qkv_bias": (3 * width,),
                   f"{i}.mix": (width, width), f"{i}.mix_bias": (width,),
                   f"{i}.norm2": (width,), f"{i}.norm2_bias": (width,),
                   f"{i}.wide": (wide, width), f"{i}.wide_bias": (wide,),
                   f"{i}.narrow": (width, wide), f"{i}.narrow_bias": (width,)}
    for name, shape in {**shapes, "norm": (width,), "norm_bias": (width,)}.items():
        if name.endswith("_bias"):
            a = np.zeros(shape)
        elif len(shape) == 1:
            a = np.ones(shape)
        else:
            a = (rng.standard_normal(shape) if name in {"symbols", "places"}
                 else STARTS[start](rng, shape))
        found[name] = torch.from_numpy(a.astype(np.float32))
    return found


def turned(q: Tensor) -> Tensor:
    """Pairs of features, turned by an angle that grows with the place. Su et al. 2021."""
    angles = angles_of(q.shape[-2], q.shape[-1]).float()
    a, b = q.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * angles.cos() - b * angles.sin(),
                        a * angles.sin() + b * angles.cos()], -1).flatten(-2)


def says(p: dict[str, Tensor], x: Tensor, net: dict[str, Any]) -> Tensor:
    """Logits (n, places, answers) for sequences (n, places)."""
    width = p["symbols"].shape[1]

    def normed(h: Tensor, name: str) -> Tensor:
        return layer_norm(h, (width,), p[name], p[f"{name}_bias"])

    def attention(h: Tensor, i: int) -> Tensor:
        qkv = linear(h, p[f"{i}.qkv"], p[f"{i}.qkv_bias"])
        q, k, v = qkv.unflatten(-1, (3, net["n_heads"], -1)).permute(2, 0, 3, 1, 4)
        if net["positions"] == "rotary":
            q, k = turned(q), turned(k)
        scores = q @ k.mT / (q.shape[-1] ** 0.5 if net["scale"] else 1)
        if net["causal"]:
            later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, -torch.inf)
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
        return linear(mixed, p[f"{i}.mix"], p[f"{i}.mix_bias"])

    def mlp(h: Tensor, i: int) -> Tensor:
        wide = linear(h, p[f"{i}.wide"], p[f"{i}.wide_bias"]).relu()
        return linear(wide, p[f"{i}.narrow"], p[f"{i}.narrow_bias"])

    h = p["symbols"][x]
    if net["positions"] == "learned":
        h = h + p["places"][: x.shape[1]]
    if net["positions"] == "sinusoidal":
        angles = angles_of(x.shape[1], width)
        h = h + torch.stack([angles.sin(), angles.cos()], -1).flatten(1).float()
    for i in range(net["n_layers"]):
        for name, part in (("norm1", attention), ("norm2", mlp))[: 1 + net["mlp"]]:
            y = part(normed(h, f"{i}.{name}") if net["norm"] == "pre" else h, i)
            y = h + y if net["residual"] else y
            h = normed(y, f"{i}.{name}") if net["norm"] == "post" else y
    return linear(normed(h, "norm") if net["norm"] == "pre" else h, p["out"], p["out_bias"])


def drawn(task: str, rng: np.random.Generator, n: int) -> list[Tensor]:
    """Sequences (n, places), and what is right at each place."""
    return [torch.from_numpy(a) for a in TASKS[task].draw(rng, n)[:2]]


def without_parts(
    without: tuple[str, ...], task: str, n_layers: int, n_steps: int, learning_rate: float,
    warm_up: int, start: str, batch_size: int, positions: str, norm: str, residual: bool,
    mlp: bool, sees: str, scale: bool, n_heads: str, width: int, seed: int,
) -> dict[str, float]:
    """By net its loss on new sequences; one that lacks nothing that the whole net has is none."""
    asked = TASKS[task]
    whole = {"positions": positions, "norm": norm, "residual": residual, "mlp": mlp,
             "scale": scale, "n_heads": int(n_heads), "n_layers": n_layers,
             "causal": asked.causal if sees == "task" else sees == "before"}
    found = {}
    for name in ("whole", *without):
        net = {**whole, **OUT[name]}
        if name == "whole" or net != whole:
            p = taught(net, task, n_steps, learning_rate, warm_up, start, width, batch_size, seed)
            found[name] = new_loss(p, net, task, N_TEST, seed)
    return found


def taught(
    net: dict[str, Any], task: str, n_steps: int, learning_rate: float, warm_up: int, start: str,
    width: int, batch_size: int, seed: int,
) -> dict[str, Tensor]:
    """The parameters of a net after its last update."""
    asked, batches = TASKS[task], np.random.default_rng((seed, 1))
    p = begin(np.random.default_rng((seed, 0)), len(asked.symbols), len(asked.answers),
              asked.length, net["n_layers"], width, start)
    for a in p.values():
        a.requires_grad_()
    adam = torch.optim.Adam(p.values(), learning_rate)
    for t in range(1, n_steps + 1):
        adam.param_groups[0]["lr"] = learning_rate * (min(1, t / warm_up) if warm_up else 1)
        x, y = drawn(task, batches, batch_size)
        adam.zero_grad()
        cross_entropy(says(p, x, net).mT, y, ignore_index=-1).backward()
        torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
        adam.step()
    return p


def new_loss(
    p: dict[str, Tensor], net: dict[str, Any], task: str, n: int, seed: int
) -> float:
    """On so many new sequences; at most `LOSS_CEILING`."""
    x, y = drawn(task, np.random.default_rng((seed, 2)), n)
    with torch.no_grad():
        loss = cross_entropy(says(p, x, net).mT, y, ignore_index=-1)
    return float(loss.nan_to_num(LOSS_CEILING, LOSS_CEILING).clamp_max(LOSS_CEILING))


def opened(
    task: str, n_layers: int, n_steps: int, learning_rate: float, warm_up: int, start: str,
    batch_size: int, positions: str, norm: str, residual: bool, mlp: bool, sees: str, scale: bool,
    n_heads: str, width: int, seed: int,
) -> dict[str, float]:
    """The loss of one net on new sequences."""
    causal = TASKS[task].causal if sees == "task" else sees == "before"
    net = {"positions": positions, "norm": norm, "residual": residual, "mlp": mlp, "scale": scale,
           "n_heads": int(n_heads), "n_layers": n_layers, "causal": causal}
    p = taught(net, task, n_steps, learning_rate, warm_up, start, width, batch_size, seed)
    return {"loss on new sequences": new_loss(p, net, task, inside.N_TEST, seed)}


SCRIPTS = {
    "parts": Script(without_parts, "loss", "loss on new sequences"),
    "inside": Script(opened, "loss", "loss on new sequences"),
}
