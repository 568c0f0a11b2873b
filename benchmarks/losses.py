"""Sixteen nets that learn a mean and its spread, as one stack, beside a loop of eager torch."""

from __future__ import annotations

from functools import partial

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.losses import plain
from core.concepts.losses.likelihood import Config, Measuring
from core.concepts.losses.rivals import cosine
from core.lazy import torch
from core.stacked.traced import views

N_SEEDS, N_STEPS = 16, 20
TOLERANCE = 1e-3
"""Between what stack and single nets say after `N_STEPS`: float32, another order."""


def beside_eager_torch() -> Measured:
    torch.set_num_threads(1)
    config = Config(n_seeds=N_SEEDS, n_samples=100, heads=("learned",))
    measuring = Measuring(config)
    nets, x, y = measuring.nets, measuring.split.train_x, measuring.split.train_y
    start = nets.races["learned"].p.clone()
    singles = [plain.net_of(config.width) for _ in config.seeds]
    for s, net in enumerate(singles):
        shapes = {name: tuple(p.shape) for name, p in net.named_parameters()}
        net.load_state_dict({name: p[s] for name, p in views(shapes, start).items()})

    def stack() -> None:
        for t in range(1, N_STEPS + 1):
            nets.step(x, y, cosine(t, N_STEPS))

    def loop() -> None:
        for s, net in enumerate(singles):
            plain.learn(net, x[s].T, y[s, 0], N_STEPS)

    stack()
    loop()
    with torch.no_grad():
        said = torch.stack([net(x[s].T).T for s, net in enumerate(singles)])
    found = float((nets.outputs(x)[0] - said).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, stack, 5), partial(seconds, loop, 1), 5)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours / N_STEPS * 1e3:.2f} and {theirs / N_STEPS * 1e3:.2f} ms an update of "
        f"{N_SEEDS} nets"))


PROMISES = (
    Promise("losses", f"{N_SEEDS} nets that learn mean and spread as one stack: how many times as "
            "fast as a loop of eager torch", 10, beside_eager_torch),
)
