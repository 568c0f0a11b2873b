"""Nets that are fine-tuned beside each other, and the same nets in a loop of eager torch.nn."""

from __future__ import annotations

from functools import partial

from benchmarks.eager import Loop
from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.transfer.common import TARGET_BATCH, all_tasks
from core.concepts.transfer.labels import Config
from core.concepts.transfer.nets import Nets, net_of, stacked, start_of, with_new_head
from core.concepts.transfer.target import few
from core.lazy import torch
from core.stacked.data import Split, batches

CONFIG = Config(n_seeds=4)
N_LABELS, RATE = 20, 0.01
TOLERANCE = 2e-3
"""Between parameters of the two after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 5


def beside_eager_torch() -> Measured:
    from core.concepts.transfer.plain import cnn

    torch.set_num_threads(1)
    seeds, tasks = CONFIG.seeds, all_tasks(CONFIG)
    x, y = (few(a, N_LABELS) for a in stacked([of_seed.pool for of_seed in tasks]))
    net = net_of(CONFIG.data, CONFIG.width)
    start = with_new_head(net, start_of(net, seeds), seeds)
    loop = Loop(net, [cnn(CONFIG.width) for _ in seeds], start, RATE)
    nets = Nets(net, start.clone(), [RATE] * len(seeds))
    given = list(batches(Split(x, y, x, y), seeds, TARGET_BATCH, CHECKED_STEPS))
    theirs = [(loop.images(images), labels.argmax(1)) for images, labels in given]
    for ours, same in zip(given, theirs, strict=True):
        nets.step(*ours, 1.0)
        loop.step(*same)
    found = float((nets.p - loop.flat()).abs().max())
    assert found < TOLERANCE, f"the nets and torch's differ by {found:.1e}"
    pairs = interleaved(partial(seconds, partial(nets.step, *given[0], 1.0), 8),
                        partial(seconds, partial(loop.step, *theirs[0]), 8), 9)
    one, other = medians(pairs)
    return Measured(speedups(pairs),
                    f"{one * 1e3:.1f} and {other * 1e3:.1f} ms an update of {len(seeds)} nets")


PROMISES = (
    Promise("transfer", "4 nets of three convolutions, fine-tuned on 24 images each: how many "
            "times as fast as a loop over the same nets in eager torch.nn", 1.3,
            beside_eager_torch),
)
