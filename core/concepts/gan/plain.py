"""A generative adversarial net once, in plain torch.nn.

For reading, after Goodfellow et al. 2014 with the penalty R1 of Mescheder et al. 2018: eight
islands in a ring. The page plays many games and seeds beside each other (`match.Matches`); the
tests hold the two to each other. Run it: `python -m core.concepts.gan.plain`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from core.concepts.gan.measures import measured
from core.concepts.gan.targets import TARGETS


def mlp(n_in: int, n_out: int, width: int = 32) -> nn.Sequential:
    """Two hidden layers, started as He et al. 2015 have it."""
    net = nn.Sequential(nn.Linear(n_in, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
                        nn.Linear(width, n_out))
    for layer in net[::2]:
        gain = 1.0 if layer is net[-1] else 2.0
        nn.init.normal_(layer.weight, std=(gain / layer.in_features) ** 0.5)
        nn.init.zeros_(layer.bias)
    return net


class GAN:
    """Two nets with an optimizer each.

    Args:
        latent: How many random numbers the generator makes a point of.
        r1: Weight of the penalty on the discriminator's slope at real points.
    """

    def __init__(
        self, latent: int = 16, r1: float = 0.1, rates: tuple[float, float] = (0.008, 0.002),
        betas: tuple[float, float] = (0.5, 0.9),
    ) -> None:
        self.r1 = r1
        self.discriminator, self.generator = mlp(2, 1), mlp(latent, 2)
        self.optimizers = [torch.optim.Adam(net.parameters(), rate, betas) for net, rate in
                           zip((self.discriminator, self.generator), rates, strict=True)]

    def discriminate(self, real: Tensor, noise: Tensor) -> None:
        """The discriminator learns to tell real points from made ones."""
        real.requires_grad_()
        of_real = self.discriminator(real)
        of_made = self.discriminator(self.generator(noise).detach())
        loss = (softplus(-of_real) + softplus(of_made)).mean()
        if self.r1:
            (slope,) = torch.autograd.grad(of_real.sum(), real, create_graph=True)
            loss = loss + self.r1 / 2 * slope.square().sum(1).mean()
        self._update(0, loss)

    def generate(self, noise: Tensor) -> None:
        """The generator learns to have its points taken for real."""
        self._update(1, softplus(-self.discriminator(self.generator(noise))).mean())

    def _update(self, player: int, loss: Tensor) -> None:
        self.optimizers[player].zero_grad()
        loss.backward()
        self.optimizers[player].step()


def main(n_steps: int = 1500, batch: int = 64, latent: int = 16) -> dict[str, dict[str, float]]:
    """Prints and returns what generators come to, without R1 and with it."""
    target, found = TARGETS["ring"], {}
    for name, r1 in (("plain", 0.0), ("R1", 0.1)):
        torch.manual_seed(0)
        rng, gan = np.random.default_rng(0), GAN(latent, r1)
        for _ in range(n_steps):
            gan.discriminate(torch.from_numpy(target.draw(rng, batch)), torch.randn(batch, latent))
            gan.generate(torch.randn(batch, latent))
        with torch.no_grad():
            made = gan.generator(torch.randn(400, latent)).numpy()
        all_of_it = measured(target, made, target.draw(rng, 400))
        found[name] = {key: float(all_of_it[key]) for key in ("good", "effective")}
        print(f"{name}: {found[name]['good']:.0%} of the points are good, on "
              f"{found[name]['effective']:.1f} islands")
    return found


if __name__ == "__main__":
    main()
