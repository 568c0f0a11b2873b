"""A dilated causal net, once, in plain torch.nn.

For reading, after van den Oord et al. 2016: one net that learns to say which symbol stood 15 places
before. The page trains many of them as one stack (`net.CausalNet`); the tests hold the two to each
other. Run it: `python -m core.concepts.dilated_convolution.plain`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

N_SYMBOLS, N_ASKED = 4, 16


class Layer(nn.Module):
    """Sees each place and the one `dilation` before it; tanh says what, the sigmoid how much."""

    def __init__(self, width: int, dilation: int, residual: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, 2 * width, kernel_size=2, dilation=dilation)
        self.mix = nn.Conv1d(width, width, kernel_size=1)
        self.dilation, self.residual = dilation, residual

    def forward(self, h: Tensor) -> Tensor:
        padded = nn.functional.pad(h, (self.dilation, 0))  # zeros before the first place: causal
        what, gate = self.conv(padded).chunk(2, 1)
        z = self.mix(what.tanh() * gate.sigmoid())
        return h + z if self.residual else z


class CausalNet(nn.Module):
    """Says one of four symbols at each place."""

    def __init__(
        self, dilations: Sequence[int] = (1, 2, 4, 8), width: int = 16, residual: bool = False,
    ) -> None:
        super().__init__()
        self.symbols = nn.Conv1d(N_SYMBOLS, width, kernel_size=1, bias=False)
        self.layers = nn.Sequential(*(Layer(width, d, residual) for d in dilations))
        self.out = nn.Conv1d(width, N_SYMBOLS, kernel_size=1)
        for conv in self.modules():
            if isinstance(conv, nn.Conv1d):  # of variance 1/inputs, three times torch's
                inputs = 1 if conv is self.symbols else conv.weight[0].numel()
                nn.init.uniform_(conv.weight, -((3 / inputs) ** 0.5), (3 / inputs) ** 0.5)
                if conv.bias is not None:
                    nn.init.zeros_(conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, symbols, t) for sequences (n, t)."""
        one_hot = nn.functional.one_hot(x, N_SYMBOLS).mT.to(self.out.weight.dtype)
        logits: Tensor = self.out(self.layers(self.symbols(one_hot)))
        return logits


def learn(net: CausalNet, lag: int = 15, n_steps: int = 100, learning_rate: float = 0.01) -> float:
    """Trains on new random sequences; the share of answers that is right afterwards."""
    optimizer = torch.optim.Adam(net.parameters(), learning_rate)
    draw = torch.Generator().manual_seed(0)

    def asked(n: int) -> tuple[Tensor, Tensor]:
        x = torch.randint(N_SYMBOLS, (n, lag + N_ASKED), generator=draw)
        return net(x)[..., -N_ASKED:], x[:, :N_ASKED]  # what stood `lag` places before

    for _ in range(n_steps):
        loss = nn.functional.cross_entropy(*asked(8))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    logits, y = asked(100)
    return float((logits.argmax(1) == y).float().mean())


def main() -> float:
    """Prints and returns the share right at lag 15."""
    torch.manual_seed(0)
    right = learn(CausalNet())
    print(f"{right:.0%} of the symbols 15 places before are right")
    return right


if __name__ == "__main__":
    main()
