"""An encoder and a decoder with attention, once, in plain torch.nn.

For reading, after Bahdanau et al. 2015 and Luong et al. 2015: one net that learns to say digits
backwards. The page trains many of them as one stack (`translator.Translator`); the tests hold the
two to each other. Run it: `python -m core.concepts.attention.plain`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

BEGIN = 10
"""What the decoder is told before its first symbol; digits are 0 to 9."""


class Translator(nn.Module):
    """Reads sequences of one length and says others of the same length.

    Args:
        attention: "none", "dot", "scaled" or "additive".
        width: Features of a state, half of them from either direction.
        n_symbols: That may be read or said; the next number is `BEGIN`.
    """

    def __init__(self, attention: str = "dot", width: int = 32, n_symbols: int = BEGIN) -> None:
        super().__init__()
        self.attention = attention
        self.read = nn.Embedding(n_symbols + 1, 16)
        self.encoder = nn.GRU(16, width // 2, batch_first=True, bidirectional=True)
        self.said = nn.Embedding(n_symbols + 1, 16)
        self.decoder = nn.GRUCell(16, width)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, 1, bias=False)
        self.mix = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, n_symbols)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """The states of sources (B, S), (B, S, H), and where the decoder begins, (B, H)."""
        states, last = self.encoder(self.read(source))
        return states, last.transpose(0, 1).flatten(1)

    def step(self, h: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The next state, the logits of the next symbol, and how much it looks at each place."""
        h = self.decoder(self.said(before), h)
        looks = self.looks(h, states)  # (B, S)
        context = (looks[..., None] * states).sum(1)
        return h, self.out(self.mix(torch.cat([h, context], -1)).tanh()), looks

    def looks(self, h: Tensor, states: Tensor) -> Tensor:
        if self.attention == "none":
            return h.new_zeros(states.shape[:2])
        if self.attention == "additive":
            scores = self.v((self.query(h)[:, None] + self.key(states)).tanh())[..., 0]
        else:
            scores = (self.query(h)[:, None] * states).sum(-1)
        if self.attention == "scaled":
            scores = scores / h.shape[-1] ** 0.5
        return scores.softmax(-1)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits of each symbol, told the right ones before it (teacher forcing): (B, T, V)."""
        states, h = self.encode(source)
        before, said = torch.full_like(target[:, 0], BEGIN), []
        for right in target.unbind(1):
            h, logits, _ = self.step(h, before, states)
            said.append(logits)
            before = right
        return torch.stack(said, 1)

    @torch.no_grad()
    def speak(self, source: Tensor) -> Tensor:
        """What it says by itself, its own symbols fed back: (B, S)."""
        states, h = self.encode(source)
        before, said = torch.full_like(source[:, 0], BEGIN), []
        for _ in range(source.shape[1]):
            h, logits, _ = self.step(h, before, states)
            before = logits.argmax(-1)
            said.append(before)
        return torch.stack(said, 1)


def train(net: Translator, n_steps: int, longest: int = 12, learning_rate: float = 0.02) -> None:
    """Adam on new sequences of one length a step, which are to be reversed."""
    optimizer = torch.optim.Adam(net.parameters(), learning_rate)
    for t in range(n_steps):
        if t == int(0.7 * n_steps):
            optimizer.param_groups[0]["lr"] = learning_rate / 5
        source = torch.randint(10, (32, int(torch.randint(3, longest + 1, ()))))
        target = source.flip(1)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(source, target).transpose(1, 2), target).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()


def main(n_steps: int = 300, longest: int = 12) -> dict[tuple[str, int], float]:
    """Prints and returns the share of sequences without a mistake, by attention and length."""
    found = {}
    for attention in ("none", "dot"):
        torch.manual_seed(0)
        net = Translator(attention)
        train(net, n_steps, longest)
        for length in (4, longest * 2 // 3, longest):
            source = torch.randint(10, (200, length))
            right = (net.speak(source) == source.flip(1)).all(1).float().mean()
            found[attention, length] = float(right)
            print(f"{attention:8} {length:2} digits: {right:.0%} without a mistake")
    return found


if __name__ == "__main__":
    main()
