"""Hard attention against what it stands for: sums over all choices, and means over many draws."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.concepts.attention.reads import READS, dot, say
from core.concepts.attention.translator import Translator
from core.stacked.traced import Parameters, flat, views

S, W, V = 3, 6, 4
NET = Translator(V, S, ("reinforce",), "bidirectional", W)


def copies(n: int) -> Parameters:
    """The same model n times, in float64, with its baseline."""
    row = flat(NET.shapes, NET.start(np.random.default_rng(0))).astype(np.float64)
    p = views(NET.shapes, torch.from_numpy(np.tile(3 * row, (n, 1))))
    return {name: a.clone().requires_grad_() for name, a in p.items()} | {
        "baseline": torch.zeros(n, dtype=torch.float64)}


def asked(n: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Two sequences of two symbols for n models: decoder's and encoder's states, which places
    there are, and one-hot targets.
    """
    rng = np.random.default_rng(1)
    h, states = (torch.from_numpy(np.tile(rng.standard_normal(shape), (n, 1, 1, 1)))
                 for shape in ((1, 2, 2, W), (1, 2, S, W)))
    given = torch.tensor([[True, True, True], [True, True, False]]).expand(n, 2, S)
    y = torch.eye(V, dtype=torch.float64)[torch.tensor([[1, 2], [3, 0]])]
    return h, states, given, y.permute(2, 0, 1).expand(n, V, 2, 2)


def by_choice(p: Parameters) -> tuple[Tensor, Tensor]:
    """Log-probability of each place and, if that is read, of the right symbol: (B, T, S) each."""
    h, states, given, y = asked(1)
    scores = dot(p, h, states).masked_fill(~given[:, :, None], -torch.inf)
    right = [
        (say(p, h, states[:, :, j : j + 1].expand_as(h)).log_softmax(-1) * y.movedim(1, -1)).sum(-1)
        for j in range(S)
    ]
    return scores.log_softmax(-1)[0], torch.stack(right, -1)[0]


def rngs(n: int) -> list[np.random.Generator]:
    return [np.random.default_rng((7, k)) for k in range(n)]


def test_the_exact_likelihood_is_the_sum_over_all_choices() -> None:
    """Loss and its gradients, to 1e-9."""
    p = copies(1)
    loss = READS["marginal"].loss(p, *asked(1), None)
    look, right = by_choice(p)
    expected = -(look + right).logsumexp(-1).mean()
    assert (loss[0] - expected).abs() <= 1e-9
    for name in ("query", "mix", "out"):
        ours, theirs = (torch.autograd.grad(x, p[name], retain_graph=True)[0]
                        for x in (loss.sum(), expected))
        assert (ours - theirs).abs().max() <= 1e-9, name


def test_reinforce_is_right_on_average() -> None:
    """Over 4000 draws the gradient of the scores is that of the expected log-likelihood; and the
    baseline has moved towards the reward.
    """
    n = 4000
    p = copies(n)
    loss = READS["reinforce"].loss(p, *asked(n), rngs(n))
    (found,) = torch.autograd.grad(loss.sum(), [p["query"]])
    one = copies(1)
    look, right = by_choice(one)
    expected = -(look.exp() * right.masked_fill(look.isneginf(), 0)).sum(-1).mean()
    (exact,) = torch.autograd.grad(expected, [one["query"]])
    error = found.mean(0) - exact[0]
    assert error.norm() < 0.1 * exact.norm()
    assert found.std(0).norm() > exact.norm(), "single draws are far from it"
    assert (p["baseline"] < 0).all()


def test_straight_through_reads_one_state_and_learns_as_if_softly() -> None:
    """Each loss is that of some choice of places; the scores have a gradient all the same."""
    n = 50
    p = copies(n)
    loss = READS["straight_through"].loss(p, *asked(n), rngs(n))
    look, right = by_choice(copies(1))
    choices = [-(right[0, 0, a] + right[0, 1, b] + right[1, 0, c] + right[1, 1, d]) / 4
               for a in range(3) for b in range(3) for c in range(2) for d in range(2)]
    apart = (loss[:, None] - torch.stack(choices)[None]).abs()
    assert (apart.min(1).values <= 1e-6).all()
    assert len(apart.argmin(1).unique()) > 3, "not always the same choice"
    (found,) = torch.autograd.grad(loss.sum(), [p["query"]])
    assert (found.flatten(1).norm(dim=1) > 0).all()
    assert look.isneginf().sum() == 2, "a place that is not there is never looked at"


def test_when_nobody_trains_the_place_that_is_looked_at_most_is_read() -> None:
    p, (h, states, given, _) = copies(1), asked(1)
    for name in ("marginal", "straight_through", "reinforce"):
        looks = READS[name].looks(p, h, states, given)
        context = READS[name].context(looks, states)
        for b, t in np.ndindex(2, 2):
            assert (context[0, b, t] == states[0, b, looks[0, b, t].argmax()]).all()
