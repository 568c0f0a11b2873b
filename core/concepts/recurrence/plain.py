"""One net with torch's own layers, on the first-symbol task: to be read, and tested against.

    accuracy = train(nn.LSTM(8, 24), length=30, n_steps=200, seed=0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


def first_symbol(rng: np.random.Generator, n: int, length: int) -> tuple[Tensor, Tensor]:
    """Sequences (length, n, 8), one-hot, and which symbol came first, (n,)."""
    tokens = 4 + rng.integers(4, size=(length, n))
    first = rng.integers(4, size=n)
    tokens[0] = first
    return torch.eye(8)[torch.from_numpy(tokens)], torch.from_numpy(first)


def set_forget_bias(lstm: Any, bias: float) -> None:
    """torch has two biases per gate, which are added; their rows are i, f, g, o."""
    with torch.no_grad():
        for part in (lstm.bias_ih_l0, lstm.bias_hh_l0):
            part.zero_()
        lstm.bias_ih_l0.view(4, -1)[1] = bias


def train(cell: Any, length: int, n_steps: int, seed: int, learning_rate: float = 0.01) -> float:
    """Trains `nn.RNN`, `nn.LSTM` or `nn.GRU` with a linear answer from its last state.

    Returns:
        The share of 256 new sequences that it answers rightly.
    """
    rng = np.random.default_rng((seed, 1))
    torch.manual_seed(seed)
    head = torch.nn.Linear(cell.hidden_size, 4)
    parameters = [*cell.parameters(), *head.parameters()]
    adam = torch.optim.Adam(parameters, learning_rate)
    for _ in range(n_steps):
        x, first = first_symbol(rng, 16, length)
        states, _ = cell(x)  # (length, n, H)
        loss = torch.nn.functional.cross_entropy(head(states[-1]), first)
        adam.zero_grad()
        loss.backward()  # through time
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()
    with torch.no_grad():
        x, first = first_symbol(rng, 256, length)
        return float((head(cell(x)[0][-1]).argmax(1) == first).float().mean())
