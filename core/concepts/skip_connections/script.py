"""Nets of every depth, one after the other, for scripts that are taken away."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.skip_connections.common import (
    BATCH_NORM,
    GAINS,
    GUESSING,
    LOSS_CEILING,
    N_TRAIN,
    RATES,
)
from core.concepts.skip_connections.plain import resnet, train
from core.script import Script
from core.starts import batch_rows, digits_split


def filled(net: nn.Module, gain: float, rng: np.random.Generator) -> None:
    """The page's first weights, layer by layer from the input on; nets of one seed share them."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            n_out, n_in = layer.weight.shape
            drawn = rng.standard_normal(n_out * n_in) * gain / np.sqrt(n_in)
            layer.weight.data = torch.from_numpy(drawn.reshape(n_out, n_in)).float()
            nn.init.zeros_(layer.bias)


def scores(net: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Loss and error; a net that overflowed guesses."""
    net.eval()
    with torch.no_grad():
        said = net(x)
    loss = float(nn.functional.cross_entropy(said, y))
    if not math.isfinite(loss):
        return math.inf, GUESSING
    return loss, float((said.argmax(1) != y).float().mean())


def deep_nets(
    depths: tuple[str, ...], rates: str, kinds: tuple[str, ...], batch_norm: str, optimizer: str,
    learning_rate: float, gain: str, n_steps: int, width: int, batch_size: int, seed: int,
) -> dict[str, float]:
    """The training error by kind of net and depth; of several rates, with the best one."""
    x, y, _, _ = digits_split(seed, N_TRAIN)
    x = (x - 0.3) / 0.376
    batches = [(x[rows], y[rows]) for rows in batch_rows(seed, len(x), batch_size, n_steps)]
    found = {}
    for norm in BATCH_NORM[batch_norm]:
        for kind in kinds:
            for depth in sorted(map(int, depths)):
                tried = []
                for rate in RATES[optimizer] if rates == "tuned" else (learning_rate,):
                    net = resnet(depth, width, kind, norm)
                    filled(net, GAINS[gain], np.random.default_rng((seed, 0)))
                    rule = (torch.optim.SGD(net.parameters(), rate, momentum=0.9)
                            if optimizer == "momentum" else
                            torch.optim.Adam(net.parameters(), rate))
                    train(net, rule, batches)
                    loss, error = scores(net, x, y)
                    tried.append((min(loss, LOSS_CEILING), error))
                found[f"{kind}{'_bn' * norm} {depth}"] = min(tried)[1]
    return found


def nets_of_one_depth(
    depth: int, kinds: tuple[str, ...], batch_norm: str, optimizer: str, learning_rate: float,
    gain: str, n_steps: int, width: int, batch_size: int, seed: int,
) -> dict[str, float]:
    """The training error by kind of net."""
    found = deep_nets((str(depth),), "shared", kinds, batch_norm, optimizer, learning_rate, gain,
                      n_steps, width, batch_size, seed)
    return {name.partition(" ")[0]: error for name, error in found.items()}


SCRIPTS = {
    "depth": Script(deep_nets, "train_error", "training error after the last update"),
    "inside": Script(nets_of_one_depth, "train_error", "training error after the last update"),
}
