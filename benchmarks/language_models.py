"""GPT and BERT of four seeds as one stack, beside a loop over nets of plain torch.nn."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.language_models import plain
from core.concepts.language_models.common import CLIP, NOTHING, Learners, batches
from core.concepts.language_models.language import counted
from core.concepts.language_models.objectives import Config
from core.lazy import torch

CONFIG = Config(n_seeds=4)


def beside_a_loop() -> Measured:
    """Both make the same updates of the same nets (`tests/concepts/language_models/test_plain`)."""
    torch.set_num_threads(1)
    stack = Learners(CONFIG)
    words, put = next(batches(CONFIG))
    nets = [plain.LanguageModel() for _ in range(2 * CONFIG.n_seeds)]
    optimizers = [torch.optim.Adam(net.parameters(), CONFIG.learning_rate) for net in nets]
    told = [torch.from_numpy(a) for a in (words, counted(words), put != NOTHING)]

    def loop() -> None:
        for i, (net, optimizer) in enumerate(zip(nets, optimizers, strict=True)):
            sentences, here, gaps = (a[i % CONFIG.n_seeds] for a in told)
            loss = (plain.gpt_loss(net, sentences, here) if i < CONFIG.n_seeds
                    else plain.bert_loss(net, sentences, here, gaps))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), CLIP)
            optimizer.step()

    together = partial(stack.step, 100, words, put)
    for _ in range(3):
        together()
        loop()
    assert np.isfinite(stack.race.p.numpy()).all()
    pairs = interleaved(partial(seconds, together, 2), partial(seconds, loop, 1), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs),
                    f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {len(nets)} nets")


PROMISES = (
    Promise("language_models", "GPT and BERT of 4 seeds, 32 sentences each, as one stack: how many "
            "times as fast as one after the other in eager torch.nn", 1.3, beside_a_loop),
)
