"""BERT and GPT, one after the other, for scripts that are taken away."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.concepts.language_models import labels as few
from core.concepts.language_models.common import (
    CLIP,
    OBJECTIVES,
    READERS,
    START,
    LanguageNet,
    batches,
)
from core.concepts.language_models.language import LENGTH, WORDS
from core.concepts.language_models.objectives import LOSS_CEILING, cross_entropies, exam
from core.script import Script
from core.starts import minimised, one_model

Weights = dict[str, Tensor]


def language_net(causal: bool, n_layers: int, n_heads: str, width: int) -> LanguageNet:
    return LanguageNet(len(WORDS) + 1, len(WORDS), LENGTH, n_layers, int(n_heads), width,
                       n_causal=int(causal))


def language_learned(
    objective: str, net: LanguageNet, n_steps: int, learning_rate: float, mask_share: float,
    put: str, warm_up: int, batch_size: int, seed: int,
) -> Weights:
    """The parameters of a net after an update for each batch of new sentences."""
    config: Any = SimpleNamespace(batch_size=batch_size, mask_share=mask_share, put=put,
                                  seeds=range(seed, seed + 1))
    given = batches(config)

    def asked() -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(n_steps):
            words, gaps = next(given)
            x, y = OBJECTIVES[objective].ask(words[0], gaps[0])
            yield torch.from_numpy(x)[None], torch.from_numpy(y)[None]

    p = one_model(net.start(np.random.default_rng((seed, START))))
    minimised(p, asked(), lambda p, x, y: net.objective(p, x, y, None), learning_rate,
              lambda t: min(1.0, t / warm_up) if warm_up else 1.0, CLIP)
    return p


def surprised(
    n_steps: int, learning_rate: float, mask_share: float, put: str, warm_up: int,
    batch_size: int, n_layers: int, n_heads: str, width: int, seed: int,
) -> dict[str, float]:
    """By reader the cross-entropy of words in new sentences."""
    asked, found = exam(), {}
    nets = {name: language_net(objective.causal, n_layers, n_heads, width)
            for name, objective in OBJECTIVES.items()}
    learned = {name: language_learned(name, net, n_steps, learning_rate, mask_share, put, warm_up,
                                      batch_size, seed) for name, net in nets.items()}
    for name, reader in READERS.items():
        x = torch.from_numpy(reader.read(*asked.cases))[None]
        with torch.no_grad():
            z = nets[reader.objective].see(learned[reader.objective], x).logits
        said = z[0, torch.arange(x.shape[1]), asked.cases.place].log_softmax(-1).numpy()
        found[name] = min(float(cross_entropies(asked.truth[name], said).mean()), LOSS_CEILING)
    return found


def with_answers(
    base: LanguageNet, p: Weights, task: str, causal: bool, n: int, n_steps: int, rate: float,
    seed: int,
) -> float:
    """The share of new sentences that is right, by a net that some labelled ones have taught."""
    asked = few.TASKS[task]
    net = few.Reader(**{**vars(base), "n_outputs": len(asked.classes)})
    p = {name: (torch.zeros(1, len(asked.classes), *a.shape[2:]) if name.startswith("out")
                else a.detach().clone()).requires_grad_() for name, a in p.items()}
    words, y = few.labelled(asked, np.random.default_rng((seed, few.LABELS)), few.POOL)
    rng = np.random.default_rng((seed, few.LABELS, n))

    def given() -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(n_steps):
            some = rng.choice(n, min(n, few.N_BATCH), replace=False)
            yield (torch.from_numpy(few.read(words[some], causal))[None],
                   torch.from_numpy(y[some])[None])

    minimised(p, given(), lambda p, x, y: net.objective(p, x, y, None), rate, clip=CLIP)
    new, truth = few.labelled(asked, np.random.default_rng((seed, few.NEW)), few.N_TEST)
    with torch.no_grad():
        said = net.answers(p, torch.from_numpy(few.read(new, causal))[None])[0].argmax(1)
    return float((said.numpy() == truth).mean())


def after_pretraining(
    task: str, labels: tuple[str, ...], n_pretraining: int, n_steps: int,
    fine_tuning_rate: float, learning_rate: float, mask_share: float, put: str, warm_up: int,
    batch_size: int, n_layers: int, n_heads: str, width: int, seed: int,
) -> dict[str, float]:
    """By net and number of labelled sentences the share of new ones that is right."""
    found = {}
    for objective, name in (("causal", "gpt"), ("masked", "bert")):
        base = language_net(objective == "causal", n_layers, n_heads, width)
        starts = {name: n_pretraining, f"{name}_scratch": 0}
        for variant, n_before in starts.items():
            p = language_learned(objective, base, n_before, learning_rate, mask_share, put,
                                 warm_up, batch_size, seed)
            for n in sorted(map(int, labels)):
                found[f"{variant} {n}"] = with_answers(
                    base, p, task, objective == "causal", n, n_steps, fine_tuning_rate, seed)
    return found


SCRIPTS = {
    "objectives": Script(surprised, "loss", "nats per word in new sentences"),
    "labels": Script(after_pretraining, "right", "share of new sentences that is right"),
}
