"""Causal convolutions, one net after the other, for scripts that are taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from core.concepts.dilated_convolution import melody, reach
from core.concepts.dilated_convolution.common import CLIP, KINDS, START, TESTING, TRAINING
from core.concepts.dilated_convolution.net import CausalNet, field_of
from core.concepts.dilated_convolution.reach import MOST_BACK, N_SYMBOLS, N_TEST
from core.concepts.dilated_convolution.tunes import NOTES, TUNES, endless
from core.script import Script
from core.starts import minimised, one_model


def surprise(net: CausalNet, p: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy at the last places of sequences (n, places)."""
    return torch.nn.functional.cross_entropy(net.forward(p, x[None])[0].movedim(0, 1), y)


def right(net: CausalNet, p: dict[str, Tensor], x: Tensor, y: Tensor) -> float:
    """The share of the last places at which the likeliest symbol is the right one."""
    with torch.no_grad():
        return float((net.forward(p, x[None])[0].argmax(0) == y).float().mean())


def taught(
    net: CausalNet, batches: Iterator[tuple[Tensor, Tensor]], learning_rate: float, seed: int
) -> dict[str, Tensor]:
    """The parameters of a net after an update by Adam for each batch."""
    p = one_model(net.start(np.random.default_rng((seed, START))))
    minimised(p, batches, lambda p, x, y: surprise(net, p, x, y), learning_rate, clip=CLIP)
    return p


def asked_back(x: np.ndarray, lag: int) -> tuple[Tensor, Tensor]:
    """Sequences (n, places), and which symbol stood so far before each of the last places."""
    n = x.shape[1] - lag
    return torch.from_numpy(x), torch.from_numpy(x[:, n - reach.N_ASKED : n])


def far_back(
    nets: tuple[str, ...], lags: tuple[str, ...], n_layers: int, kernel: int, gate: bool,
    residual: bool, n_steps: int, learning_rate: float, start: str, batch_size: int, width: int,
    seed: int,
) -> dict[str, float]:
    """By net and lag the share of answers that are right on new sequences."""
    each = {name: CausalNet(N_SYMBOLS, KINDS[name].dilations(n_layers), kernel, width,
                            reach.N_ASKED, gate, residual, start) for name in nets}
    far = sorted(map(int, lags))
    widest = max([far[-1] + 1, *(field_of(net.dilations, kernel) for net in each.values())])
    exam = np.random.default_rng((seed, TESTING)).integers(
        0, N_SYMBOLS, (N_TEST, min(widest, MOST_BACK) + reach.N_ASKED))
    found = {}
    for name, net in each.items():
        for lag in far:
            draws = np.random.default_rng((seed, TRAINING))
            sequences = (draws.integers(0, N_SYMBOLS, (batch_size, far[-1] + reach.N_ASKED))
                         for _ in range(n_steps))
            p = taught(net, (asked_back(x, lag) for x in sequences), learning_rate, seed)
            found[f"{name} {lag}"] = right(net, p, *asked_back(exam, lag))
    return found


def tune_pieces(
    notes: np.ndarray, starts: np.ndarray, n_before: int, n: int
) -> tuple[Tensor, Tensor]:
    """What is read of a tune from some places on, and the last n notes that come after it."""
    x = torch.from_numpy(endless(notes, starts, n_before + n + 1))
    return x[:, :-1], x[:, -n:]


def by_heart(
    tune: str, nets: tuple[str, ...], n_layers: int, gate: bool, residual: bool, n_steps: int,
    learning_rate: float, batch_size: int, width: int, seed: int,
) -> dict[str, float]:
    """By net the share of a tune's notes that it knows after those before them."""
    notes, found = TUNES[tune].notes, {}
    for name in nets:
        net = CausalNet(len(NOTES), KINDS[name].dilations(n_layers), 2, width, melody.N_ASKED, gate,
                        residual)
        draws = np.random.default_rng((seed, TRAINING))
        starts = (draws.integers(0, len(notes), batch_size) for _ in range(n_steps))
        pieces = (tune_pieces(notes, some, melody.MOST_SEEN, melody.N_ASKED) for some in starts)
        p = taught(net, pieces, learning_rate, seed)
        found[name] = right(replace(net, n_asked=len(notes)), p,
                            *tune_pieces(notes, np.zeros(1, int), melody.MOST_SEEN, len(notes)))
    return found


SCRIPTS = {
    "reach": Script(far_back, "right", "share of answers that are right"),
    "melody": Script(by_heart, "right", "share of the tune's notes that are known"),
}
