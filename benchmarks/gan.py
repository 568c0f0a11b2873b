"""Eight GANs as one stack beside a loop over single GANs in eager torch."""

from __future__ import annotations

from functools import partial

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.gan import plain
from core.concepts.gan.match import Matches, draws
from core.concepts.gan.plane import Config
from core.lazy import torch

N_SEEDS = 8
TOLERANCE = 1e-3
"""Between parameters of stack and single games after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 3


def beside_a_loop() -> Measured:
    torch.set_num_threads(1)
    config = Config(games=("non_saturating",), n_seeds=N_SEEDS)
    stack, drawn = Matches(config), next(draws(config))
    singles = [plain.GAN(config.latent, 0.0) for _ in config.seeds]
    for row, single in enumerate(singles):
        for player in ("discriminator", "generator"):
            torch.nn.utils.vector_to_parameters(
                stack.game.p[player][row].clone(), getattr(single, player).parameters())

    def together() -> None:
        stack.discriminate(drawn)
        stack.generate(drawn)

    def loop() -> None:
        for seed, single in enumerate(singles):
            single.discriminate(drawn.real[seed].clone(), drawn.noise[seed])
            single.generate(drawn.noise[seed])

    for _ in range(CHECKED_STEPS):
        together()
        loop()
    ended = torch.stack([torch.nn.utils.parameters_to_vector(s.generator.parameters())
                         for s in singles]).detach()
    found = float((stack.game.p["generator"] - ended).abs().max())
    assert found < TOLERANCE, f"stack and single games differ by {found:.1e}"
    pairs = interleaved(partial(seconds, together, 8), partial(seconds, loop, 2), 5)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a turn of both "
                                     f"players in {N_SEEDS} games")


PROMISES = (
    Promise("gan", "8 GANs in the plane as one stack: how many times as fast as one after the "
            "other in eager torch", 4, beside_a_loop),
)
