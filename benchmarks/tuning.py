"""Five starts of five seeds of a deep net as one stack, beside a loop of eager torch."""

from __future__ import annotations

from functools import partial

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.tuning.net import INITS, Deep, starts
from core.lazy import torch
from core.stacked.race import Race, Runner

N_NETS, N_STEPS, BATCH = 25, 20, 32
SMALL, LABS = Deep(4, 16), Deep(8, 32)
"""A small net, and that of the lab of signals, whose products take longer than what is around them.
"""
TOLERANCE = 1e-3
"""Between what stack and single nets say after `N_STEPS`: float32, another order."""
RATE = 0.01


def peer(net: Deep, row: torch.Tensor) -> torch.nn.Sequential:
    """torch's own, from one row of parameters."""
    layers: list[torch.nn.Module] = []
    for n_in, n_out in zip(net.sizes[:-1], net.sizes[1:], strict=True):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    single = torch.nn.Sequential(*layers[:-1])
    torch.nn.utils.vector_to_parameters(row, single.parameters())
    return single


def beside_eager_torch(net: Deep) -> Measured:
    torch.set_num_threads(1)
    start = starts(net, [INITS["he"]], range(N_NETS))
    runners = [Runner("momentum", {"learning_rate": RATE}, i) for i in range(N_NETS)]
    race = Race(net, runners, start, BATCH)
    x = torch.randn(N_NETS, 64, BATCH, generator=torch.Generator().manual_seed(0))
    y = torch.eye(10)[:, [i % 10 for i in range(BATCH)]].expand(N_NETS, 10, BATCH).contiguous()
    singles = [peer(net, row.clone()) for row in start]
    optimizers = [torch.optim.SGD(single.parameters(), lr=RATE, momentum=0.9)
                  for single in singles]

    def stack() -> None:
        for _ in range(N_STEPS):
            race.step(x, y)

    def loop() -> None:
        for i, (single, optimizer) in enumerate(zip(singles, optimizers, strict=True)):
            for _ in range(N_STEPS):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(single(x[i].T), y[i].T).backward()
                optimizer.step()

    stack()
    loop()
    with torch.no_grad():
        said = torch.stack([single(x[i].T).T for i, single in enumerate(singles)])
    found = float((race.outputs(x) - said).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, stack, 5), partial(seconds, loop, 1), 5)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours / N_STEPS * 1e3:.2f} and {theirs / N_STEPS * 1e3:.2f} ms an update of "
        f"{N_NETS} nets"))


PROMISES = (
    Promise("tuning", f"{N_NETS} nets of four hidden layers of 16 as one stack: how many times as "
            "fast as a loop of eager torch", 10, partial(beside_eager_torch, SMALL)),
    Promise("tuning_signal", f"{N_NETS} nets of eight hidden layers of 32, as the lab of signals "
            "has them: how many times as fast as a loop of eager torch", 6,
            partial(beside_eager_torch, LABS)),
)
