"""BERT and GPT, once each, in plain torch.nn.

For reading, after Devlin et al. 2018 and Radford et al. 2018: the same net twice, of which one
fills gaps and one says what comes next. The page trains many of them as one stack
(`common.Learners`); the tests hold the two to each other. Run it:
`python -m core.concepts.language_models.plain`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.concepts.language_models.language import GAP, LENGTH, WORDS, counted, draw


class LanguageModel(nn.Module):
    """Says at each place which word it is: from all of them, or from those up to it."""

    def __init__(self, width: int = 32, n_layers: int = 2, n_heads: int = 2) -> None:
        super().__init__()
        self.words = nn.Embedding(len(WORDS) + 1, width)  # one for the gap
        self.places = nn.Embedding(LENGTH, width)
        layer = nn.TransformerEncoderLayer(
            width, n_heads, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(
            layer, n_layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.out = nn.Linear(width, len(WORDS))
        for table in (self.words, self.places):
            nn.init.normal_(table.weight, std=0.3)

    def forward(self, x: Tensor, causal: bool) -> Tensor:
        """Logits (n, LENGTH, words) for sentences (n, LENGTH)."""
        h = self.words(x) + self.places.weight
        mask = nn.Transformer.generate_square_subsequent_mask(LENGTH) if causal else None
        return self.out(self.layers(h, mask=mask))


def gpt_loss(net: LanguageModel, words: Tensor, here: Tensor) -> Tensor:
    """Of each word, from those before it: all are read a place later."""
    x = torch.cat([torch.full_like(words[:, :1], GAP), words[:, :-1]], 1)
    return cross_entropy(net(x, causal=True)[here], words[here])


def bert_loss(net: LanguageModel, words: Tensor, here: Tensor, masked: Tensor) -> Tensor:
    """Of the masked words, from all others."""
    x = words.masked_fill(masked, GAP)
    asked = masked & here
    return cross_entropy(net(x, causal=False)[asked], words[asked])


def learn(n_steps: int = 400, batch_size: int = 32) -> tuple[float, float]:
    """Trains both on the same sentences; the mean of their last ten losses."""
    rng = np.random.default_rng(0)
    gpt, bert = LanguageModel(), LanguageModel()
    bert.load_state_dict(gpt.state_dict())
    optimizers = [torch.optim.Adam(net.parameters(), 0.006) for net in (gpt, bert)]
    losses: list[tuple[float, float]] = []
    for _ in range(n_steps):
        drawn = draw(rng, batch_size).words
        words, here = torch.from_numpy(drawn), torch.from_numpy(counted(drawn))
        masked = torch.from_numpy(rng.random(drawn.shape) < 0.3)
        both = gpt_loss(gpt, words, here), bert_loss(bert, words, here, masked)
        for net, optimizer, loss in zip((gpt, bert), optimizers, both, strict=True):
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
        losses.append((both[0].item(), both[1].item()))
    last = np.mean(losses[-10:], 0)
    return float(last[0]), float(last[1])


def main() -> tuple[float, float]:
    """Prints and returns the cross-entropy of both after 400 steps."""
    torch.manual_seed(0)
    gpt, bert = learn()
    print(f"nats per word: GPT {gpt:.2f}, from the words before; BERT {bert:.2f}, in gaps")
    return gpt, bert


if __name__ == "__main__":
    main()
