"""A Transformer, once, in plain torch.nn.

For reading, after Vaswani et al. 2017, with the layer norm before each part: one net that learns
to say ten digits backwards. The page trains many of them as one stack
(`core.stacked.transformer`); the tests hold the two to each other. Run it:
`python -m core.concepts.transformer.plain`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Every place asks all places, and gets a mix of what they answer."""

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, t, width = x.shape
        parts = self.qkv(x).view(n, t, 3, self.n_heads, width // self.n_heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (n, heads, t, width / heads)
        scores = q @ k.mT / q.shape[-1] ** 0.5  # (n, heads, t, t)
        mixed = scores.softmax(-1) @ v
        return self.mix(mixed.transpose(1, 2).reshape(n, t, width))


class Layer(nn.Module):
    """What goes into a part is added to what comes out of it."""

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, n_heads)
        self.norm2 = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, h: Tensor) -> Tensor:
        h = h + self.attention(self.norm1(h))
        return h + self.narrow(self.wide(self.norm2(h)).relu())


class Transformer(nn.Module):
    """Says one of `n_symbols` at each place of a sequence of them."""

    def __init__(
        self, n_symbols: int = 10, n_places: int = 10, n_layers: int = 4, n_heads: int = 2,
        width: int = 32,
    ) -> None:
        super().__init__()
        self.symbols = nn.Embedding(n_symbols, width)
        self.places = nn.Embedding(n_places, width)
        self.layers = nn.Sequential(*(Layer(width, n_heads) for _ in range(n_layers)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, n_symbols)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, t, n_symbols) for sequences (n, t)."""
        h = self.symbols(x) + self.places.weight[: x.shape[1]]
        return self.out(self.norm(self.layers(h)))


def learn(net: Transformer, n_steps: int = 100, learning_rate: float = 0.005) -> float:
    """Trains on new sequences of ten digits; the share of answers that is right afterwards."""
    optimizer = torch.optim.Adam(net.parameters(), learning_rate)
    draw = torch.Generator().manual_seed(0)
    for _ in range(n_steps):
        x = torch.randint(10, (16, 10), generator=draw)
        loss = nn.functional.cross_entropy(net(x).transpose(1, 2), x.flip(1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    x = torch.randint(10, (100, 10), generator=draw)
    return float((net(x).argmax(-1) == x.flip(1)).float().mean())


def main() -> float:
    """Prints and returns the share right after 100 steps."""
    torch.manual_seed(0)
    right = learn(Transformer())
    print(f"{right:.0%} of the digits are right")
    return right


if __name__ == "__main__":
    main()
