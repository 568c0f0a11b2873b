"""The net written for reading. That the page's groups train as it does is in `test_remedies.py`;
here is what it does with chance, and that it runs.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice

import pytest
import torch
from sklearn.datasets import load_digits

from core.concepts.regularization import plain
from core.concepts.regularization.plain import Remedies
from core.concepts.regularization.remedies import Config
from core.concepts.regularization.treatment import alone

X, Y = torch.randn(400, 6), torch.eye(3)[torch.arange(400) % 3]


def test_changes_of_a_batch_have_the_given_strength() -> None:
    torch.manual_seed(0)
    x, y = plain.changed(X, Y, Remedies(input_noise=0.3))
    assert (x - X).std() == pytest.approx(0.3, rel=0.1)
    assert torch.equal(y, Y)
    x, y = plain.changed(X, Y, Remedies(label_smoothing=0.3))
    assert torch.equal(x, X)
    assert sorted(y.unique().tolist()) == pytest.approx([0.1, 0.8])
    x, y = plain.changed(X, Y, Remedies(mixup=0.5))
    assert not torch.equal(x, X)
    assert y.sum(1) == pytest.approx(torch.ones(400))
    assert ((y > 0).sum(1) <= 2).all()


def test_early_stopping_keeps_the_best_net() -> None:
    """On labels of noise the held-out loss is lowest at the first look, and that net is kept."""
    torch.manual_seed(0)
    remedies = Remedies(early_stopping=True)
    net = plain.net_of((6, 32, 3), remedies)
    held_out = X[200:], Y[200:]

    def loss(of: torch.nn.Module) -> float:
        with torch.no_grad():
            return float(torch.nn.functional.cross_entropy(of(held_out[0]), held_out[1]))

    batches = islice(plain.drawn(X[:200], Y[:200], 50), 200)
    kept = plain.train(net, plain.optimizer_of(net, remedies, 0.01), batches, remedies, held_out)
    assert loss(kept) < loss(net) - 0.1


def test_dropout_is_in_every_hidden_layer_and_rests_when_asked() -> None:
    net = plain.net_of((6, 32, 32, 3), Remedies(dropout=0.5))
    assert sum(isinstance(part, torch.nn.Dropout) for part in net) == 2
    assert not torch.equal(net.train()(X), net(X))
    assert torch.equal(net.eval()(X), net(X))


def test_labels_are_wrong_in_the_given_share_of_the_training_images_only() -> None:
    """Counted against scikit-learn's labels: each image is found there by its pixels."""
    torch.manual_seed(0)
    x, labels, test_x, test_labels = plain.noisy_digits(n_train=300, noise=0.2)
    pixels, digit = load_digits(return_X_y=True)
    true = {tuple(row): label for row, label in zip(pixels, digit, strict=True)}

    def wrong(images: torch.Tensor, given: torch.Tensor) -> int:
        rows = map(tuple, (images * 16).tolist())
        return sum(true[row] != label for row, label in zip(rows, given.tolist(), strict=True))

    assert len(x) + len(test_x) == len(digit)
    assert wrong(x, labels) == 60
    assert wrong(test_x, test_labels) == 0


def test_it_runs_as_a_script_at_the_pages_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """The strengths are the page's, and every net has learned digits: a guess errs in 90 %."""
    page = Config()
    for name, remedies in plain.STRENGTHS.items():
        assert asdict(remedies).items() <= asdict(alone(name, page)).items()
    found = plain.main(n_seeds=1, n_steps=60)
    assert list(found) == list(plain.STRENGTHS)
    assert max(max(errors) for errors in found.values()) < 0.6
    head, *rows = capsys.readouterr().out.splitlines()
    assert "60 steps" in head
    assert len(rows) == len(found)


def test_remedies_start_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed's images, labels and first weights do not depend on the remedy."""
    seen = []

    def look(net: torch.nn.Module, *rest: object) -> torch.nn.Module:
        seen.append((next(net.parameters()).detach().clone(), rest[3][0]))  # type: ignore[index]
        return net.eval()

    monkeypatch.setattr(plain, "train", look)
    for name in ("none", "dropout", "batch_norm", "mixup"):
        plain.test_error(plain.STRENGTHS[name], 3, 10)
    for weights, held_out in seen[1:]:
        assert torch.equal(weights, seen[0][0])
        assert torch.equal(held_out, seen[0][1])
