"""Eight nets that learn from views as one stack, beside a loop over single ones in eager torch."""

from __future__ import annotations

from functools import partial

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.self_supervised import plain, pretrain, views
from core.concepts.self_supervised.images import images_of
from core.lazy import torch

CONFIG = pretrain.Config(n_seeds=8)
TOLERANCE = 1e-3
"""Between parameters of stack and single nets after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 5
ORDER = ("1", "2", "head1", "head2")
"""Of the layers in the plain net."""


def beside_a_loop() -> Measured:
    """Of views that are there already: drawing them is the same work for both."""
    torch.set_num_threads(1)
    stack = pretrain.learner_of(CONFIG, "simclr")
    images = images_of(CONFIG.data, CONFIG.seeds)
    first, second = next(views.pairs(images.train, CONFIG.seeds, CONFIG.augmentation,
                                     CONFIG.batch_size, 1))
    singles = [plain.net(CONFIG.n_numbers) for _ in CONFIG.seeds]
    names = [f"{layer}.{kind}" for layer in ORDER for kind in ("weight", "bias")]
    with torch.no_grad():
        for k, single in enumerate(singles):
            for name, own in zip(names, single.parameters(), strict=True):
                own.copy_(stack.parameters[name][k])
    optimizers = [torch.optim.Adam(single.parameters(), CONFIG.learning_rate, weight_decay=1e-4)
                  for single in singles]

    def together() -> None:
        stack.step(first, second, 1.0)

    def loop() -> None:
        for single, optimizer, a, b in zip(singles, optimizers, first, second, strict=True):
            optimizer.zero_grad()
            plain.nt_xent(single(a), single(b), CONFIG.temperature).backward()
            optimizer.step()

    for _ in range(CHECKED_STEPS):
        together()
        loop()
    found = max(float((stack.parameters[name][k] - own).abs().max().detach())
                for k, single in enumerate(singles)
                for name, own in zip(names, single.parameters(), strict=True))
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, together, 6), partial(seconds, loop, 2), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs),
                    f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {CONFIG.n_seeds} nets")


PROMISES = (
    Promise("self_supervised", "8 nets that learn from views by SimCLR, 64 images each, as one "
            "stack: how many times as fast as one after the other in eager torch", 2,
            beside_a_loop),
)
