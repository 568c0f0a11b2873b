"""Deep nets that begin with other weights, one after the other, for scripts that are taken away."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import nn

from core.concepts.tuning.net import INITS
from core.concepts.tuning.signal import BATCH_SIZE, N_TEST, N_TRAIN, RATES, USUAL
from core.starts import batch_rows, digits_split

NORMS = {"none": nn.Identity, "batch": nn.BatchNorm1d, "layer": nn.LayerNorm}


def begun(
    init: str, activation: str, norm: str, depth: int, width: int, seed: int
) -> nn.Sequential:
    """A net before its first update: all of a seed have the same draws, on another scale."""
    rng, sizes = np.random.default_rng((seed, 0)), [64, *[width] * depth, 10]
    parts: list[nn.Module] = []
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        layer = nn.Linear(n_in, n_out)
        weight = INITS[init](n_in, n_out) * rng.standard_normal((n_out, n_in))
        layer.weight.data = torch.from_numpy(weight.astype(np.float32))
        nn.init.zeros_(layer.bias)
        parts.append(layer)
        if i < depth:
            parts += [NORMS[norm](n_out), nn.ReLU() if activation == "relu" else nn.Tanh()]
    return nn.Sequential(*parts)


def by_start(
    inits: tuple[str, ...], activation: str, norm: str, depth: int, rates: str,
    learning_rate: float, n_steps: int, width: int, seed: int,
) -> dict[str, float]:
    """By start the share of new digits that a net names rightly; none, where it overflowed."""
    x, y, test_x, test_y = digits_split(seed, N_TRAIN)
    mean, spread = x.mean(), x.std()
    x, test_x, test_y = (x - mean) / spread, (test_x[:N_TEST] - mean) / spread, test_y[:N_TEST]
    rows, found = batch_rows(seed, len(x), BATCH_SIZE, n_steps), {}
    for init in inits:
        net = begun(init, activation, norm, depth, width, seed)
        own = RATES[norm, activation].get(init, USUAL)
        momentum = torch.optim.SGD(
            net.parameters(), learning_rate if rates == "shared" else own, momentum=0.9)
        for some in rows:
            momentum.zero_grad()
            nn.functional.cross_entropy(net(x[some]), y[some]).backward()
            momentum.step()
        net.eval()
        with torch.no_grad():
            said = net(test_x)
        is_number = nn.functional.cross_entropy(said, test_y).isfinite()
        found[init] = float((said.argmax(1) == test_y).float().mean()) if is_number else 0.0
    return found
