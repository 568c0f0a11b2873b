"""The shapes: which nets are compared on which tiny task, and what there is to see of them.

Adding one is an entry in `SHAPES`. What is measured is stacked by variant and, where it is drawn
for one net only, of the first seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.recurrence import shape_tasks as tasks
from core.concepts.recurrence.shape_nets import (
    AtOnce,
    Bag,
    BothWays,
    EncoderDecoder,
    Judge,
    Speaker,
    Waiting,
    speaker,
)
from core.lazy import torch
from core.stacked.half import half
from core.stacked.losses import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    MASKED_CROSS_ENTROPY,
    SQUARED_ERROR,
)
from core.stacked.traced import Parameters, Program

if TYPE_CHECKING:
    from torch import Tensor

CELL_NAMES = ("rnn", "gru", "lstm")
EXAM = 2
"""What random numbers of an exam are for."""
Found = dict[str, np.ndarray]
Nets = Mapping[str, tuple[Program, Parameters]]
"""By variant a net and the parameters of all seeds."""


class Shape:
    """A way in which what is read and what is said lie beside each other.

    Attributes:
        label: What goes in and what comes out.
        variants: Keys of `VARIANTS` that are compared.
    """

    label: str
    variants: tuple[str, ...] = CELL_NAMES

    def net(self, variant: str, width: int) -> Program:
        raise NotImplementedError

    def draw(self, rng: tasks.Rng, n: int, noise: float) -> tasks.Drawn:
        """A batch of one seed."""
        raise NotImplementedError

    def exam(self, seeds: Sequence[int]) -> Any:
        """What the nets are measured on."""
        raise NotImplementedError

    def measured(self, nets: Nets, exam: Any) -> Found:
        """The arrays of a frame."""
        return stacked([self.one(net, p, exam) for net, p in nets.values()])

    def one(self, net: Any, p: Parameters, exam: Any) -> Found:
        """Of one variant."""
        raise NotImplementedError

    def fixed(self) -> Found:
        """The arrays that never change."""
        return {}


def stacked(found: Sequence[Found]) -> Found:
    return {name: np.stack([each[name] for each in found]) for name in found[0]}


def of_seeds(seeds: Sequence[int], draw: Any) -> tuple[Tensor, ...]:
    """What is drawn for each seed, stacked."""
    drawn = [draw(np.random.default_rng((seed, EXAM))) for seed in seeds]
    return tuple(torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True))


class Draw(Shape):
    """One to many: a figure's name goes in, its points come out."""

    label = "One to many: draw a figure"

    def net(self, variant: str, width: int) -> Program:
        return speaker(Speaker, variant, tasks.N_PEN, width, 2, SQUARED_ERROR)

    def draw(self, rng: tasks.Rng, n: int, noise: float) -> tasks.Drawn:
        return tasks.draw_figures(rng, n, noise)

    def exam(self, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
        """All figures, with the right points before: (S, T, figures, features) and the points,
        (S, 2, T, figures).
        """
        points = tasks.curves()
        x = torch.from_numpy(tasks.begun(np.arange(len(points)), points[:, :-1]))
        y = torch.from_numpy(points).permute(2, 1, 0)
        return x.expand(len(seeds), -1, -1, -1), y.expand(len(seeds), -1, -1, -1)

    def one(self, net: Speaker, p: Parameters, exam: Any) -> Found:
        x, y = exam
        told, own = net.forward(p, x), self.freely(net, p, x)
        off = [(z - y).square().sum(1).flatten(1).mean(1).sqrt().numpy() for z in (own, told)]
        return {"off": np.stack(off), "drawn": placed(own[0].permute(2, 1, 0).numpy())}

    def freely(self, net: Speaker, p: Parameters, x: Tensor) -> Tensor:
        """What is drawn when the point before is its own."""
        def told(z: Tensor) -> Tensor:
            no_name = z.new_zeros(*z.shape[::2], net.n_inputs - 2)  # (K, B, figures)
            return torch.cat([no_name, z.mT], -1)[:, None]

        return net.alone(p, x[:, :1], tasks.N_POINTS, told)

    def fixed(self) -> Found:
        return {"figures": placed(tasks.curves())}


IN_A_ROW, APART = 4, 2.6


def placed(points: np.ndarray) -> np.ndarray:
    """Figures (figure, point, 2) on one sheet: (2, figure, point)."""
    k = np.arange(len(points))
    corner = np.stack([k % IN_A_ROW, -(k // IN_A_ROW)], -1) * APART
    return (points + corner[:, None]).transpose(2, 0, 1)


class Praise(Shape):
    """Many to one: words go in, one judgement comes out."""

    label = "Many to one: is it praise?"
    variants = ("bag", "rnn", "gru")
    n_tests = 300

    def net(self, variant: str, width: int) -> Program:
        if variant == "bag":
            return Bag(len(tasks.WORDS), 2, loss=CROSS_ENTROPY)
        return speaker(Judge, variant, len(tasks.WORDS), width, 2, CROSS_ENTROPY)

    def draw(self, rng: tasks.Rng, n: int, noise: float) -> tasks.Drawn:
        return tasks.praise(rng, n)

    def exam(self, seeds: Sequence[int]) -> tuple[Tensor, Tensor, np.ndarray, Tensor]:
        """Sentences, what is felt, which have a "not" (S, n), and those that are shown."""
        words = [tasks.sentences(np.random.default_rng((seed, EXAM)), self.n_tests)
                 for seed in seeds]
        x, y = zip(*map(tasks.judged, words), strict=True)
        turned = (np.stack(words) == tasks.WORDS.index(tasks.NOT)).any(-1)
        shown = np.array([[*map(tasks.WORDS.index, text.split())] for text in tasks.SENTENCES])
        some = torch.from_numpy(tasks.judged(shown)[0])
        return (torch.from_numpy(np.stack(x)), torch.from_numpy(np.stack(y)), turned,
                some.expand(len(seeds), -1, -1, -1))

    def one(self, net: Judge | Bag, p: Parameters, exam: Any) -> Found:
        x, y, turned, shown = exam
        hits = (net.forward(p, x).argmax(1) == y.argmax(1)).numpy()
        right = [np.where(kind, hits, 0).sum(1) / kind.sum(1) for kind in (~turned, turned)]
        running = net.answers(p, shown)[0].softmax(0)[1]  # (T, sentences)
        return {"judged": np.stack(right), "running": running.T.numpy()}


class Peaks(Shape):
    """Many to many: at each number it is said whether it is a peak."""

    label = "Many to many: tag the peaks"
    variants = ("at_once", "waiting", "both_ways")
    n_tests = 100

    def net(self, variant: str, width: int) -> Program:
        if variant == "both_ways":  # half of the width each
            one = speaker(AtOnce, "gru", 2, width // 2, 1, BINARY_CROSS_ENTROPY)
            return BothWays(one, loss=BINARY_CROSS_ENTROPY)
        kind = AtOnce if variant == "at_once" else Waiting
        return speaker(kind, "gru", 2, width, 1, BINARY_CROSS_ENTROPY)

    def draw(self, rng: tasks.Rng, n: int, noise: float) -> tasks.Drawn:
        return tasks.peaks(rng, n)

    def exam(self, seeds: Sequence[int]) -> tuple[Tensor, ...]:
        return of_seeds(seeds, lambda rng: tasks.peaks(rng, self.n_tests))

    def measured(self, nets: Nets, exam: Any) -> Found:
        x, y = exam
        top = np.where(y[0, 0, :, 0] > 0, x[0, :-1, 0, 0], np.nan)
        return super().measured(nets, exam) | {"values": x[0, :-1, 0, 0].numpy(), "tops": top}

    def one(self, net: Program, p: Parameters, exam: Any) -> Found:
        x, y = exam
        z = net.forward(p, x)
        return {"tagged": net.loss.right(z, y).numpy(), "peak": z[0, 0, :, 0].sigmoid().numpy()}


class Expand(Shape):
    """Many to many, of another length: an encoder reads it all, then a decoder speaks."""

    label = "Encoder, decoder: 2b3a"
    n_tests = 40

    def net(self, variant: str, width: int) -> Program:
        n_signs, n_letters = len(tasks.SIGNS), len(tasks.LETTERS)
        return EncoderDecoder(
            speaker(Speaker, variant, n_signs, width, 0, MASKED_CROSS_ENTROPY),
            speaker(Speaker, variant, n_letters, width, n_letters + 1, MASKED_CROSS_ENTROPY),
            2 * tasks.MOST_PAIRS, loss=MASKED_CROSS_ENTROPY,
        )

    def draw(self, rng: tasks.Rng, n: int, noise: float) -> tasks.Drawn:
        return tasks.expand(rng, n)

    def exam(self, seeds: Sequence[int]) -> tuple[list[tuple[Tensor, np.ndarray]], Tensor]:
        """By number of pairs sources (S, S', n, signs) and targets (S, n, T); and the example."""
        tests = []
        for n in PAIRS:
            drawn = [tasks.expansions(np.random.default_rng((seed, EXAM, n)),
                                      np.full(self.n_tests, n), max(n, tasks.MOST_PAIRS))
                     for seed in seeds]
            tests.append((torch.from_numpy(np.stack([_read(each) for each in drawn])),
                          np.stack([each.target for each in drawn])))
        example = torch.from_numpy(_read(tasks.expanded([tasks.EXAMPLE], tasks.MOST_PAIRS)))
        return tests, example.expand(len(seeds), -1, -1, -1)

    def one(self, net: EncoderDecoder, p: Parameters, exam: Any) -> Found:
        tests, example = exam
        exact = []
        for source, target in tests:
            said = net.alone(p, source, target.shape[2]).argmax(1).mT.numpy()
            exact.append(((said == target) | (target < 0)).all(-1).mean(-1))
        says = net.alone(p, example, N_SAID)[0, :, :, 0].softmax(0)
        return {"exact": np.stack(exact), "says": says.numpy()}


PAIRS = tuple(range(1, tasks.TESTED_PAIRS + 1))
N_SAID = len(tasks.DIGITS) * tasks.MOST_PAIRS + 1


def _read(pairs: tasks.Expansion) -> np.ndarray:
    """(S, n, signs)."""
    return tasks.one_hot(pairs.source.T, len(tasks.SIGNS))


class Write(Shape):
    """Many to many, the next symbol: and what it says is what it reads next."""

    label = "Many to many: write on"
    n_tests, n_written, n_texts = 48, 60, 6

    def net(self, variant: str, width: int) -> Program:
        n = len(tasks.SYMBOLS)
        return speaker(Speaker, variant, n, width, n, CROSS_ENTROPY)

    def draw(self, rng: tasks.Rng, n: int, noise: float) -> tasks.Drawn:
        return tasks.cuts(rng, n)

    def exam(self, seeds: Sequence[int]) -> tuple[Tensor, ...]:
        """Pieces of the text, and the random numbers (S, T, temperatures x texts) to write by."""
        n = len(TEMPERATURES) * self.n_texts
        return of_seeds(seeds, lambda rng: (
            *tasks.cuts(rng, self.n_tests), rng.random((self.n_written, n), np.float32)))

    def one(self, net: Speaker, p: Parameters, exam: Any) -> Found:
        x, y, chances = exam
        written = self.written(net, p, chances)
        known = [[share_known(texts) for texts in np.split(each, len(TEMPERATURES))]
                 for each in written]
        first = {name: a[:1] for name, a in p.items()}
        return {"loss": net.loss.value(net.forward(p, x), y).numpy(), "known": np.array(known).T,
                "influence": influences(net, first, tasks.PIECE)}

    def measured(self, nets: Nets, exam: Any) -> Found:
        """With the weights of the first seed, variant by variant in one row."""
        rows = [p[name][0].flatten() for net, p in nets.values() for name in net.shapes]
        return super().measured(nets, exam) | {"weights": half(torch.cat(rows))}

    def written(self, net: Speaker, p: Parameters, chances: Tensor) -> np.ndarray:
        """Symbols (S, texts, T), drawn with the temperatures in turn."""
        hot = torch.tensor(TEMPERATURES).repeat_interleave(self.n_texts)
        said: list[Tensor] = []

        def told(z: Tensor) -> Tensor:
            below = (z / hot).softmax(1).cumsum(1)
            said.append((below < chances[:, len(said), None]).sum(1).clamp_max(z.shape[1] - 1))
            return torch.nn.functional.one_hot(said[-1], z.shape[1]).to(z.dtype)[:, None]

        begin = torch.from_numpy(tasks.one_hot(tasks.numbers(" "), net.n_inputs))
        x = begin.expand(len(chances), 1, chances.shape[2], -1)
        net.alone(p, x, self.n_written, told)
        return torch.stack(said, -1).numpy()


TEMPERATURES = (0.5, 1.0, 1.5)


def share_known(texts: np.ndarray) -> float:
    """The share of the words in texts (n, T) that are in the rhyme; the last one may be cut."""
    said = ["".join(tasks.SYMBOLS[symbol] for symbol in row) for row in texts]
    words = [word for text in said for word in text.replace(".", " ").split()[:-1]]
    return float(np.mean([word in tasks.KNOWN for word in words])) if words else 0.0


def influences(net: Speaker, p: Parameters, text: str) -> np.ndarray:
    """How much what is said at each place depends on the symbol at each place, of one net:
    the norm of the derivative of the log-probability of the next symbol, (T, T); NaN where the
    symbol comes later.
    """
    symbols = tasks.numbers(text)
    n = len(symbols) - 1
    with torch.inference_mode(False), torch.enable_grad():
        fixed = {name: a.clone() for name, a in p.items()}
        x = torch.from_numpy(tasks.one_hot(symbols[:-1], net.n_inputs)).to(p["weight"].dtype)
        # a copy of the sequence for each place that is asked about: one pass back for all
        leaf = x[None, :, None].repeat(1, 1, n, 1).requires_grad_()  # (1, T, T, features)
        said = net.answers(fixed, leaf).log_softmax(1)[0]  # (symbols, T, T)
        at = torch.arange(n)
        asked = said[torch.from_numpy(symbols[1:]), at, at]
        (by,) = torch.autograd.grad(asked.sum(), leaf)
    found = by[0].norm(dim=-1).mT.numpy()
    return np.where(np.tri(n, dtype=bool), found, np.nan)


SHAPES: dict[str, Shape] = {
    "draw": Draw(), "praise": Praise(), "peaks": Peaks(), "expand": Expand(), "write": Write(),
}
VARIANTS = {
    "rnn": "RNN", "gru": "GRU", "lstm": "LSTM", "bag": "Bag of words",
    "at_once": "GRU, at once", "waiting": "GRU, one step later", "both_ways": "GRU, both ways",
}
"""What is compared, for people."""
