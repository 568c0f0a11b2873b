"""Translators with and without attention, one after the other, for scripts that are taken away."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.attention import translator
from core.concepts.attention.plain import Translator
from core.concepts.attention.tasks import DATE_LENGTHS, TASKS, Task
from core.script import Script
from core.starts import minimised, one_model

SHORTEST, N_TESTS = 3, 64
"""Symbols of the shortest sequence to learn from, and new sequences of each length."""
MOST_PLACES, EMBEDDED = 24, 16
Draws = np.random.Generator


def uniform(rng: Draws, *shape: int, inputs: int = 0) -> Tensor:
    """Between -1 / sqrt(inputs) and its opposite."""
    bound = (inputs or shape[-1]) ** -0.5
    return torch.from_numpy(rng.uniform(-bound, bound, shape)).float()


def normal(rng: Draws, *shape: int) -> Tensor:
    return torch.from_numpy(rng.standard_normal(shape)).float()


class Looking(nn.Module):
    """A block of a Transformer with learned places, as an encoder."""

    def __init__(self, width: int, rng: Draws) -> None:
        super().__init__()
        self.up = nn.Parameter(uniform(rng, width, EMBEDDED))
        self.places = nn.Parameter(normal(rng, MOST_PLACES, width))
        self.block = nn.TransformerEncoderLayer(
            width, 2, 2 * width, dropout=0, batch_first=True, norm_first=True)
        attention = self.block.self_attn
        for layer, shape in ((attention.in_proj_weight, (3 * width, width)),
                             (attention.out_proj.weight, (width, width)),
                             (self.block.linear1.weight, (2 * width, width)),
                             (self.block.linear2.weight, (width, 2 * width))):
            layer.data = uniform(rng, *shape)
        for bias in (attention.in_proj_bias, attention.out_proj.bias, self.block.linear1.bias,
                     self.block.linear2.bias):
            nn.init.zeros_(bias)

    def forward(self, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """States (B, S, H) of embedded symbols, and their mean."""
        h = self.block(x @ self.up.T + self.places[: x.shape[1]], src_key_padding_mask=~given)
        there = given[..., None].float()
        return h, (h * there).sum(1) / there.sum(1)


class Recurrent(nn.Module):
    """GRUs that stop where a sequence ends."""

    def __init__(self, width: int, directions: int, rng: Draws) -> None:
        super().__init__()
        h = width // directions
        self.gru = nn.GRU(EMBEDDED, h, batch_first=True, bidirectional=directions == 2)
        for kind, n_in in (("ih", EMBEDDED), ("hh", h)):
            drawn = uniform(rng, directions, 3 * h, n_in, inputs=h)
            for weight, way in zip(drawn, ("", "_reverse"), strict=False):
                getattr(self.gru, f"weight_{kind}_l0{way}").data = weight
                nn.init.zeros_(getattr(self.gru, f"bias_{kind}_l0{way}"))

    def forward(self, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """States (B, S, H) of embedded symbols, and the last ones."""
        packed = nn.utils.rnn.pack_padded_sequence(x, given.sum(1), True, enforce_sorted=False)
        states, last = self.gru(packed)
        padded, _ = nn.utils.rnn.pad_packed_sequence(states, True, total_length=x.shape[1])
        return padded, last.transpose(0, 1).flatten(1)


class Reader(Translator):
    """A translator whose sequences have lengths of their own, as it begins."""

    def __init__(
        self, attention: str, encoder: str, width: int, n_symbols: int, rng: Draws
    ) -> None:
        super().__init__(attention, width, n_symbols)
        del self.encoder  # another one
        self.nothing = n_symbols
        self.query.weight.data, self.key.weight.data = (
            uniform(rng, width, width) for _ in range(2))
        self.v.weight.data = uniform(rng, width)[None]
        self.read.weight.data = normal(rng, n_symbols + 1, EMBEDDED)
        self.reading = (Looking(width, rng) if encoder == "self_attention" else
                        Recurrent(width, 2 if encoder == "bidirectional" else 1, rng))
        self.said.weight.data = normal(rng, n_symbols + 1, EMBEDDED)
        self.decoder.weight_ih.data = uniform(rng, 3 * width, EMBEDDED, inputs=width)
        self.decoder.weight_hh.data = uniform(rng, 3 * width, width)
        self.mix.weight.data = uniform(rng, width, 2 * width)
        self.out.weight.data = uniform(rng, n_symbols, width)
        for bias in (self.decoder.bias_ih, self.decoder.bias_hh, self.mix.bias, self.out.bias):
            nn.init.zeros_(bias)
        self.given = torch.zeros(0)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        self.given = source < self.nothing
        states, begin = self.reading(self.read(source), self.given)
        return states, begin

    def looks(self, h: Tensor, states: Tensor) -> Tensor:
        """As in plain.py, but never beyond the end of a sequence."""
        if self.attention == "none":
            return h.new_zeros(states.shape[:2])
        if self.attention == "additive":
            scores = self.v((self.query(h)[:, None] + self.key(states)).tanh())[..., 0]
        else:
            scores = (self.query(h)[:, None] * states).sum(-1)
        if self.attention == "scaled":
            scores = scores / h.shape[-1] ** 0.5
        return scores.masked_fill(~self.given, -math.inf).softmax(-1)

    def taught(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits (B, T, V), told the right symbols before each."""
        states, h = self.encode(source)
        before, said = torch.full_like(target[:, 0], self.nothing), []
        for right in target.unbind(1):
            h, logits, _ = self.step(h, before, states)
            said.append(logits)
            before = right
        return torch.stack(said, 1)

    @torch.no_grad()
    def by_itself(self, source: Tensor, n: int) -> Tensor:
        """The n likeliest symbols, each told what was said before, (B, n)."""
        states, h = self.encode(source)
        before, said = torch.full_like(source[:, 0], self.nothing), []
        for _ in range(n):
            h, logits, _ = self.step(h, before, states)
            before = logits.argmax(-1)
            said.append(before)
        return torch.stack(said, 1)


def drawn_pairs(
    task: Task, rng: Draws, lengths: np.ndarray, longest: int
) -> list[Tensor]:
    """Sources and targets, (n, places) each."""
    return [torch.from_numpy(part) for part in task.draw(rng, lengths, longest)]


def exam_of(task: Task, longest: int, seed: int) -> tuple[list[int], list[Tensor]]:
    """The lengths that are asked for, and `N_TESTS` new pairs of each."""
    lengths = (list(DATE_LENGTHS) if task.answer is None
               else [round(longest * k / 6) for k in range(2, 11)])
    return lengths, drawn_pairs(task, np.random.default_rng((seed, 4)),
                                np.repeat(lengths, N_TESTS), max(lengths))


def right_ones(task: Task, said: Tensor, target: Tensor) -> list[float]:
    """Of each length the share of sequences that are right as a whole."""
    right = ((said == target) | (target == task.nothing)).all(1).float()
    shares: list[float] = right.view(-1, N_TESTS).mean(1).tolist()
    return shares


def translating(
    task: str, reads: tuple[str, ...], encoder: str, longest: int, n_steps: int,
    learning_rate: float, width: int, batch_size: int, seed: int,
) -> dict[str, float]:
    """By decoder and length the share of new sequences that are right as a whole."""
    asked, found = TASKS[task], {}
    lengths, exam = exam_of(asked, longest, seed)
    for name in reads:
        net = Reader(name, encoder, width, asked.nothing, np.random.default_rng((seed, 0)))
        adam = torch.optim.Adam(net.parameters(), learning_rate)
        draws = np.random.default_rng((seed, 1))
        for t in range(1, n_steps + 1):
            adam.param_groups[0]["lr"] = learning_rate * (0.2 if t > 0.7 * n_steps else 1)
            source, target = drawn_pairs(
                asked, draws, asked.lengths(draws, batch_size, SHORTEST, longest), longest)
            adam.zero_grad()
            nn.functional.cross_entropy(net.taught(source, target).transpose(1, 2), target,
                                        ignore_index=asked.nothing).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
        said = net.by_itself(exam[0], exam[1].shape[1])
        for length, share in zip(lengths, right_ones(asked, said, exam[1]), strict=True):
            found[f"{name} {length}"] = share
    return found


def choosing(
    task: str, reads: tuple[str, ...], encoder: str, longest: int, n_steps: int,
    learning_rate: float, width: int, batch_size: int, seed: int,
) -> dict[str, float]:
    """The same of decoders that read one state, which they choose; each by its own way to learn."""
    asked, found = TASKS[task], {}
    lengths, exam = exam_of(asked, longest, seed)
    for name in reads:
        net = translator.Translator(
            asked.nothing, asked.n_places(longest)[0], (name,), encoder, width)
        p = one_model(net.start(np.random.default_rng((seed, 0))))
        baseline = {"baseline": torch.zeros(1)}
        draws, chance = (np.random.default_rng((seed, purpose)) for purpose in (1, 2))

        def batches(draws: Draws = draws) -> Iterator[tuple[Tensor, Tensor]]:
            """Sources with what comes before each target, and the targets, one-hot."""
            for _ in range(n_steps):
                source, target = drawn_pairs(
                    asked, draws, asked.lengths(draws, batch_size, SHORTEST, longest), longest)
                before = nn.functional.pad(target[:, :-1], (1, 0), value=asked.nothing)
                right = nn.functional.one_hot(target, asked.nothing + 1)[..., :-1].float()
                yield torch.cat([source, before], 1)[None], right.movedim(-1, 0)[None]

        minimised(p, batches(), lambda p, x, y, net=net, baseline=baseline, chance=chance:
                  net.objective({**p, **baseline}, x, y, [chance]), learning_rate,
                  lambda t: 0.2 if t > 0.7 * n_steps else 1.0, clip=1.0)
        with torch.no_grad():
            said = net.speak(p, exam[0][None], exam[1].shape[1])[0]
        for length, share in zip(lengths, right_ones(asked, said, exam[1]), strict=True):
            found[f"{name} {length}"] = share
    return found


SCRIPTS = {
    "hard": Script(choosing, "exact", "share of new sequences right as a whole"),
    "translate": Script(translating, "exact", "share of new sequences right as a whole"),
}
