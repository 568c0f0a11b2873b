"""What traced nets are made of: plain functions of K models' inputs and parameters.

Shapes are written (K, batch, ...): K models, B examples, T places of a sequence, D features.
Weights are those of torch.nn with the models in front, `(K, out, in)`; every function is held to
its namesake there, with its gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y = W x + b along the last dimension.

    Args:
        x: (K, ..., in).
        weight: (K, out, in).
        bias: (K, out).

    Returns:
        (K, ..., out).
    """
    rows = x.flatten(1, -2)  # (K, all examples, in)
    if bias is None:
        y = torch.bmm(rows, weight.mT)
    else:
        y = torch.baddbmm(bias[:, None], rows, weight.mT)
    return y.view(*x.shape[:-1], -1)


def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """A convolution of images, or with height 1 of sequences.

    One call per model, channels last: on images of 16 x 16 all models as groups of one call are
    slower.

    Args:
        x: (K, B, in, height, width).
        weight: (K, out, in, height, width) of the kernel.
        bias: (K, out).

    Returns:
        (K, B, out, height, width).
    """
    biases = [None] * len(x) if bias is None else bias.unbind()
    return torch.stack([
        torch.conv2d(
            images.contiguous(memory_format=torch.channels_last), kernel, b, stride, padding,
            dilation,
        ) for images, kernel, b in zip(x, weight, biases, strict=True)
    ])


def embedding(tokens: Tensor, table: Tensor) -> Tensor:
    """The row of each token.

    Args:
        tokens: Whole numbers, (K, ...).
        table: (K, vocabulary, D).

    Returns:
        (K, ..., D).
    """
    k, size, _ = table.shape
    first = (torch.arange(k) * size).view(k, *[1] * (tokens.dim() - 1))  # row of a model's token 0
    return torch.nn.functional.embedding(tokens + first, table.flatten(0, 1))


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """Every example at mean 0 and variance 1, then scaled and shifted. Ba et al. 2016.

    Args:
        x: (K, ..., D).
        gain, bias: (K, D).
    """
    each = (len(x), *[1] * (x.dim() - 2), x.shape[-1])
    normal = torch.nn.functional.layer_norm(x, x.shape[-1:], eps=eps)
    return normal * gain.view(each) + bias.view(each)


def batch_norm(
    x: Tensor, gain: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, train: bool
) -> Tensor:
    """Each channel at mean 0 and variance 1, scaled and shifted. Ioffe & Szegedy 2015, alg. 1.

    In training by the mean and variance of the batch, else by their running means (momentum 0.1,
    eps 1e-5, the unbiased variance: torch's conventions).

    Args:
        x: (K, B, channels) or (K, B, channels, height, width).
        gain, bias: (K, channels).
        mean, variance: The running means, (K, channels), which training changes: they are
            `Program.state`.
        train: Whether the net is being trained.
    """
    # all models' channels as those of one batch: one operation for all
    side_by_side = x.transpose(0, 1).flatten(1, 2)  # (B, K channels, ...)
    y = torch.nn.functional.batch_norm(
        side_by_side, mean.view(-1), variance.view(-1), gain.reshape(-1), bias.reshape(-1), train)
    return y.unflatten(1, x.shape[0:3:2]).transpose(0, 1)


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """softmax(q k^T / sqrt(D)) v. Vaswani et al. 2017, eq. 1.

    Args:
        q: Queries, (..., T, D).
        k, v: Keys and values, (..., S, D).
        mask: Which keys a query may look at: True where it may, (..., T, S).

    Returns:
        The mixed values (..., T, D), and how much each query looks at each key, (..., T, S).
    """
    scores = q @ k.mT / q.shape[-1] ** 0.5  # (..., T, S)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    looks = scores.softmax(-1)
    return looks @ v, looks


def causal_mask(n: int) -> Tensor:
    """Every place may look at itself and at those before it, (n, n)."""
    return torch.ones(n, n, dtype=torch.bool).tril()


def self_attention(
    x: Tensor, weight_in: Tensor, bias_in: Tensor, weight_out: Tensor, bias_out: Tensor,
    n_heads: int, mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Attention of a sequence to itself, with several heads. Vaswani et al. 2017, section 3.2.2.

    Args:
        x: (K, B, T, D).
        weight_in, bias_in: Of queries, keys and values, one below the other: (K, 3 D, D), (K, 3 D).
        weight_out, bias_out: (K, D, D), (K, D).
        mask: Like `attention`'s, to be broadcast to (K, B, heads, T, T).

    Returns:
        (K, B, T, D), and every head's looks, (K, B, heads, T, T).
    """
    qkv = linear(x, weight_in, bias_in).unflatten(-1, (3, n_heads, -1))  # (K, B, T, 3, heads, d)
    q, k, v = qkv.movedim(2, 4).unbind(2)  # each (K, B, heads, T, d)
    mixed, looks = attention(q, k, v, mask)
    return linear(mixed.transpose(2, 3).flatten(3), weight_out, bias_out), looks


def rnn_cell(u: Tensor, h: Tensor, weight: Tensor) -> Tensor:
    """h' = tanh(u + W h). Elman 1990.

    Args:
        u: What comes in, W_x x + b: (K, B, H). For all places at once it is one `linear`.
        h: The state, (K, B, H).
        weight: (K, H, H).
    """
    return (u + linear(h, weight)).tanh()


def lstm_cell(u: Tensor, h: Tensor, c: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """c' = f c + i g, h' = o tanh(c'). Hochreiter & Schmidhuber 1997, Gers et al. 2000.

    Args:
        u: What comes in, W_x x + b: (K, B, 4 H), for the gates i, f, the candidate g, and o.
        h, c: The state and what is remembered, (K, B, H) each.
        weight: (K, 4 H, H).

    Returns:
        h' and c'.
    """
    i, f, g, o = (u + linear(h, weight)).chunk(4, -1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def gru_cell(u: Tensor, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """h' = (1 - z) n + z h with n = tanh(u_n + r (W_n h + b_n)). Cho et al. 2014, as torch has it.

    Args:
        u: What comes in, W_x x + b: (K, B, 3 H), for the gates r, z and the candidate n.
        h: The state, (K, B, H).
        weight, bias: (K, 3 H, H), (K, 3 H).
    """
    u_gates, u_new = u.split([2 * h.shape[-1], h.shape[-1]], -1)
    v_gates, v_new = linear(h, weight, bias).split([2 * h.shape[-1], h.shape[-1]], -1)
    r, z = (u_gates + v_gates).sigmoid().chunk(2, -1)
    return (u_new + r * v_new).tanh().lerp(h, z)


def dropout(x: Tensor, rate: float, rngs: Sequence[np.random.Generator] | None) -> Tensor:
    """Each number of x (K, ...) is 0 with probability `rate`, the others are x / (1 - rate).

    Args:
        rngs: A generator per model; None while measuring, when nothing is dropped.
    """
    if rngs is None or not rate:
        return x
    kept = np.stack([rng.random(x.shape[1:], np.float32) for rng in rngs]) >= rate
    return x * torch.from_numpy(kept) / (1 - rate)


def normal(rngs: Sequence[np.random.Generator], *shape: int) -> Tensor:
    """Standard normal numbers, each model's from its own generator: (K, *shape), float32."""
    drawn = [rng.standard_normal(shape, np.float32) for rng in rngs]
    return torch.from_numpy(np.stack(drawn))
