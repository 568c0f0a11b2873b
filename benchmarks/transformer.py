"""Transformers of eight seeds as one stack, beside a loop over single nets of plain torch.nn."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.transformer import common, plain
from core.concepts.transformer.parts import Config
from core.lazy import torch

CONFIG = Config(n_seeds=8)


def beside_a_loop() -> Measured:
    """Both make the same updates of the same nets (`tests/concepts/transformer/test_parts`)."""
    torch.set_num_threads(1)
    net = common.net_of(CONFIG)
    stack = common.race_of(CONFIG, net)
    x, y = next(common.batches(CONFIG))
    singles = [plain.Transformer(n_layers=CONFIG.n_layers) for _ in CONFIG.seeds]
    optimizers = [torch.optim.Adam(single.parameters(), CONFIG.learning_rate)
                  for single in singles]
    assert all(sum(p.numel() for p in single.parameters()) == net.n_parameters
               for single in singles)

    def loop() -> None:
        for single, optimizer, digits in zip(singles, optimizers, x, strict=True):
            logits = single(digits).transpose(1, 2)
            loss = torch.nn.functional.cross_entropy(logits, digits.flip(1))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(single.parameters(), common.CLIP)
            optimizer.step()

    together = partial(stack.step, x, y, 1.0)
    for _ in range(3):
        together()
        loop()
    assert np.isfinite(stack.p.numpy()).all()
    pairs = interleaved(partial(seconds, together, 2), partial(seconds, loop, 1), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs),
                    f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {CONFIG.n_seeds} nets")


PROMISES = (
    Promise("transformer", "8 Transformers of four layers, 16 sequences each, as one stack: how "
            "many times as fast as one after the other in eager torch.nn", 1.5, beside_a_loop),
)
