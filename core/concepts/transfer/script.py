"""Nets that have learned something first, or nothing, for scripts that are taken away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.concepts.transfer.common import SOURCE_BATCH, SOURCE_RATE, TARGET_BATCH, falling
from core.concepts.transfer.nets import HEAD, HEAD_L2, HEAD_RATE, net_of
from core.concepts.transfer.target import few
from core.concepts.transfer.tasks import Tasks, source_of, tasks_of
from core.script import Script
from core.stacked.cnn import CNN
from core.starts import batch_rows, minimised, one_model


def as_columns(images: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
    """Images as nets take them, (1, pixels, n), and their labels."""
    columns = images.reshape(len(images), -1).T.astype(np.float32)
    return torch.from_numpy(columns)[None], torch.from_numpy(labels)


@dataclass
class Taught:
    """A net, and what batch norm keeps beside it."""

    net: CNN
    p: dict[str, Tensor]
    state: dict[str, Tensor]

    def learn(self, x: Tensor, y: Tensor, size: int, n_steps: int, rate: float, seed: int) -> None:
        """The whole net, from images (1, pixels, n) in batches of that size."""
        rows = batch_rows(seed, len(y), size, n_steps)

        def loss(p: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
            said = self.net.forward({**p, **self.state}, x, ())
            return torch.nn.functional.cross_entropy(said[0].T, y)

        minimised(self.p, ((x[..., some], y[some]) for some in rows), loss, rate,
                  lambda t: falling(t, n_steps))

    def features(self, x: Tensor) -> Tensor:
        """What the last layer is given, (n, features)."""
        with torch.no_grad():
            return self.net.features({**self.p, **self.state}, x)[0]

    def to_go_on(self, head: dict[str, Tensor]) -> Taught:
        """A copy with a new last layer."""
        p = {**self.p, **{name: head[name] for name in HEAD}}
        return Taught(self.net, {name: a.detach().clone().requires_grad_()
                                 for name, a in p.items()},
                      {name: a.clone() for name, a in self.state.items()})


def untaught(data: str, width: int, seed: int, purpose: int) -> Taught:
    net = net_of(data, width)
    return Taught(net, one_model(net.start(np.random.default_rng((seed, purpose)))),
                  {name: torch.from_numpy(a).float()[None] for name, a in net.state.items()})


def linear_on(features: Tensor, y: Tensor, head: dict[str, Tensor], new: Tensor,
              n_steps: int) -> Tensor:
    """What a last layer says of new features that has learned from these, all at once."""
    mean, sd = features.mean(0), features.std(0, correction=0) + 1e-5
    p = {name: head[name].detach()[0].clone().requires_grad_() for name in HEAD}

    def said(p: dict[str, Tensor], x: Tensor) -> Tensor:
        weight, bias = p.values()
        return (x - mean) / sd @ weight.T + bias

    minimised(p, [(features, y)] * n_steps,
              lambda p, x, y: torch.nn.functional.cross_entropy(said(p, x), y),
              HEAD_RATE, lambda t: falling(t, n_steps), l2=HEAD_L2)
    return said(p, new)


def errors_from(
    start: Taught, tasks: Tasks, n_labels: int, n_steps: int, rate: float, width: int, data: str,
    seed: int,
) -> tuple[float, float]:
    """On new images of the target: of the whole net, and of a last layer on it as it is."""
    (x, y), (test_x, test_y) = (as_columns(*part) for part in (tasks.pool, tasks.test))
    x, y = few(x, n_labels), few(y, n_labels)
    head = untaught(data, width, seed, 6).p
    whole = start.to_go_on(head)
    whole.learn(x, y, TARGET_BATCH, n_steps, rate, seed)
    with torch.no_grad():
        read = whole.net.read_out(whole.p, whole.features(test_x)[None])[0].T
    frozen = linear_on(start.features(x), y, head, start.features(test_x), n_steps)
    return tuple(float((said.argmax(1) != test_y).float().mean())  # type: ignore[return-value]
                 for said in (read, frozen))


def learned_first(
    source: str, tasks: Tasks, data: str, n_pretraining: int, width: int, seed: int
) -> Taught:
    """A net that has learned the source; or nothing, where that is its name."""
    found = untaught(data, width, seed, 0)
    if source != "nothing":
        x, y = as_columns(*source_of(tasks, source, seed)[0])
        found.learn(x, y, SOURCE_BATCH, n_pretraining, SOURCE_RATE, seed)
    return found


def by_labels(
    source: str, labels: tuple[str, ...], rates: str, learning_rate: float,
    fine_tuning_rate: float, n_steps: int, n_pretraining: int, width: int, data: str, seed: int,
) -> dict[str, float]:
    """By way and number of labels the error on new images of the target."""
    tasks, found = tasks_of(data, seed), {}
    own = fine_tuning_rate if rates == "own" else learning_rate
    ways = {"nothing": ("scratch", "frozen_random", learning_rate),
            source: ("fine_tune", "frozen", own)}
    for first, (whole, frozen, rate) in ways.items():
        start = learned_first(first, tasks, data, n_pretraining, width, seed)
        for n in sorted(map(int, labels)):
            found[f"{whole} {n}"], found[f"{frozen} {n}"] = errors_from(
                start, tasks, n, n_steps, rate, width, data, seed)
    return found


def by_first_lesson(
    sources: tuple[str, ...], n_labels: int, rates: str, learning_rate: float,
    fine_tuning_rate: float, n_steps: int, n_pretraining: int, width: int, data: str, seed: int,
) -> dict[str, float]:
    """By way and first lesson the error on new images of the target."""
    tasks, found = tasks_of(data, seed), {}
    own = fine_tuning_rate if rates == "own" else learning_rate
    for first in ("nothing", *sources):
        start = learned_first(first, tasks, data, n_pretraining, width, seed)
        found[f"whole {first}"], found[f"frozen {first}"] = errors_from(
            start, tasks, n_labels, n_steps, learning_rate if first == "nothing" else own, width,
            data, seed)
    return found


SCRIPTS = {
    "labels": Script(by_labels, "test_error", "share of new images that are wrong"),
    "sources": Script(by_first_lesson, "test_error", "share of new images that are wrong"),
}
