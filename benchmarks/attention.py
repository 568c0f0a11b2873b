"""Eight translators with attention as one stack, beside a loop over single ones."""

from __future__ import annotations

from functools import partial

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.attention import common
from core.concepts.attention.translate import Config
from core.config import with_changes
from core.lazy import torch

CONFIG = Config(reads=("dot",), n_seeds=8)
TOLERANCE = 1e-3
"""Between parameters of stack and single nets after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 5


def beside_a_loop() -> Measured:
    torch.set_num_threads(1)
    net = common.net_of(CONFIG)
    stack = common.race_of(CONFIG, net)
    x, y = next(common.batches(CONFIG))
    alone = [with_changes(CONFIG, n_seeds=1, seed=seed) for seed in CONFIG.seeds]
    singles = [common.race_of(config, net) for config in alone]

    def loop() -> None:
        for s, single in enumerate(singles):
            single.step(x[s : s + 1], y[s : s + 1], 1.0)

    def together() -> None:
        stack.step(x, y, 1.0)

    for _ in range(CHECKED_STEPS):
        together()
        loop()
    found = float((stack.p - torch.cat([single.p for single in singles])).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, together, 2), partial(seconds, loop, 1), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs),
                    f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {CONFIG.n_seeds} nets")


PROMISES = (
    Promise("attention", "8 translators with dot attention, 24 sequences each, as one stack: how "
            "many times as fast as one after the other with the same cells", 2, beside_a_loop),
)
