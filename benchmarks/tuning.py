"""Five starts of five seeds of a deep net as one stack, beside a loop of eager torch."""

from __future__ import annotations

from functools import partial

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.tuning.net import INITS, Deep, starts
from core.lazy import torch
from core.stacked.race import Race, Runner

N_NETS, N_STEPS, BATCH = 25, 20, 32
TOLERANCE = 1e-3
"""Between what stack and single nets say after `N_STEPS`: float32, another order."""
NET, RATE = Deep(4, 16), 0.01


def peer(row: torch.Tensor) -> torch.nn.Sequential:
    """torch's own net, from one row of parameters."""
    layers: list[torch.nn.Module] = []
    for n_in, n_out in zip(NET.sizes[:-1], NET.sizes[1:], strict=True):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    torch.nn.utils.vector_to_parameters(row, net.parameters())
    return net


def beside_eager_torch() -> Measured:
    torch.set_num_threads(1)
    start = starts(NET, [INITS["he"]], range(N_NETS))
    runners = [Runner("momentum", {"learning_rate": RATE}, i) for i in range(N_NETS)]
    race = Race(NET, runners, start, BATCH)
    x = torch.randn(N_NETS, 64, BATCH, generator=torch.Generator().manual_seed(0))
    y = torch.eye(10)[:, [i % 10 for i in range(BATCH)]].expand(N_NETS, 10, BATCH).contiguous()
    singles = [peer(row.clone()) for row in start]
    optimizers = [torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9) for net in singles]

    def stack() -> None:
        for _ in range(N_STEPS):
            race.step(x, y)

    def loop() -> None:
        for i, (net, optimizer) in enumerate(zip(singles, optimizers, strict=True)):
            for _ in range(N_STEPS):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(net(x[i].T), y[i].T).backward()
                optimizer.step()

    stack()
    loop()
    with torch.no_grad():
        said = torch.stack([net(x[i].T).T for i, net in enumerate(singles)])
    found = float((race.outputs(x) - said).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, stack, 5), partial(seconds, loop, 1), 5)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours / N_STEPS * 1e3:.2f} and {theirs / N_STEPS * 1e3:.2f} ms an update of "
        f"{N_NETS} nets"))


PROMISES = (
    Promise("tuning", f"{N_NETS} nets of four hidden layers as one stack: how many times as fast "
            "as a loop of eager torch", 10, beside_eager_torch),
)
