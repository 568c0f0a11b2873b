"""One update of a deep net slowly: it is the lab's, and the signals are those of torch."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.tuning import signal, step
from core.stacked.data import batches

SMALL = step.Config(depth=3, width=8, n_seeds=2)


def module_of(row: torch.Tensor, depth: int, width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in in (64, *[width] * (depth - 1)):
        layers += [nn.Linear(n_in, width), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Linear(width, 10))
    torch.nn.utils.vector_to_parameters(row.clone(), net.parameters())
    return net


def test_signals_gradients_and_the_loss_are_torchs() -> None:
    lab = step.lab_config(SMALL)
    nets, split = signal.nets_of(lab), signal.data_of(lab)
    x, y = next(batches(split, SMALL.seeds, signal.BATCH_SIZE, 1))
    last = list(step.train(SMALL))[-1].arrays
    for s in range(2):
        net = module_of(nets.p[s], SMALL.depth, SMALL.width)
        h, hidden = x[s].T, []
        for layer in net:
            h = layer(h)
            if isinstance(layer, nn.ReLU):
                h.retain_grad()
                hidden.append(h)
        losses = nn.functional.cross_entropy(h, y[s].T, reduction="none")
        losses.sum().backward()
        np.testing.assert_allclose(last["loss"][0, s], losses.mean().item(), rtol=1e-4)
        for array, parts in (("activation", hidden), ("gradient", [h.grad for h in hidden])):
            theirs = [part.detach().square().mean().sqrt().item() for part in parts]
            np.testing.assert_allclose(last[array][:, s], theirs, rtol=1e-4)


def test_the_update_is_the_labs() -> None:
    """After ten updates, the eleventh: how far it moves the weights of every layer."""
    config = SMALL.model_copy(update={"at": 10})
    lab = step.lab_config(config)
    nets, split = signal.nets_of(lab), signal.data_of(lab)
    rows = []
    for x, y in islice(batches(split, config.seeds, signal.BATCH_SIZE, 11), 11):
        before = nets.p.clone()
        nets.step(x, y)
        rows = [before, nets.p.clone()]
    before, after = (module_of(row[0], 3, 8) for row in rows)
    theirs = [((a.weight - b.weight).norm() / b.weight.norm()).item()
              for a, b in zip(after, before, strict=True) if isinstance(a, nn.Linear)]
    last = list(step.train(config))[-1].arrays["moved"]
    np.testing.assert_allclose(last[:, 0], theirs, rtol=1e-3)


def test_layers_come_one_after_the_other() -> None:
    frames = list(step.train(SMALL))
    assert [(f.notes[0].key, f.notes[0].values["layer"]) for f in frames] == [
        ("input", 0), ("forward_first", 1), ("forward", 2), ("forward", 3), ("loss", 0),
        ("backward_first", 3), ("backward", 2), ("backward", 1), ("update", 0)]
    known = [[int(np.isfinite(f.arrays[name][:, 0]).sum()) for f in frames]
             for name in ("activation", "gradient")]
    assert known == [[0, 1, 2, 3, 3, 3, 3, 3, 3], [0, 0, 0, 0, 0, 1, 2, 3, 3]]


@pytest.mark.parametrize("change", [{"norm": "batch"}, {"norm": "layer"}, {"init": "zeros"},
                                    {"init": "large", "depth": 16, "at": 30}])
def test_every_net_goes_through(change: dict[str, object]) -> None:
    frames = list(step.train(SMALL.model_copy(update=change)))
    assert all(len(frame.notes) == 1 for frame in frames)
    moved = frames[-1].arrays["moved"]
    assert change.get("at") or np.isfinite(moved).all()


def test_a_seed_in_a_stack_is_the_same_seed_alone() -> None:
    both = list(step.train(SMALL))[-1].arrays
    alone = list(step.train(SMALL.model_copy(update={"seed": 1, "n_seeds": 1})))[-1].arrays
    for name in ("activation", "gradient", "moved", "loss"):
        np.testing.assert_allclose(both[name][:, 1:], alone[name], rtol=1e-4)
