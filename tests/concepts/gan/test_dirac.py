"""The smallest game held to its exact laws."""

from __future__ import annotations

import math
from itertools import islice

import numpy as np
import pytest

from core.concepts.gan import dirac
from core.concepts.gan.dirac import MOVES, Config, Rules

ALL = tuple(MOVES)


def radii(move: str, n: int, **settings: object) -> np.ndarray:
    """Of the start and after each of n updates, exactly."""
    config = Config(moves=(move,), **settings)
    start = dirac.starts(config)
    places = [start, *islice(MOVES[move](config, start), n)]
    return np.array([np.hypot(*at)[0] for at in places])


@pytest.mark.parametrize("h", [0.05, 0.1, 0.2])
def test_simultaneous_wasserstein_grows_by_its_law(h: float) -> None:
    r = radii("simultaneous", 500, loss="wasserstein", step_size=h)
    assert np.allclose(r, (1 + h * h) ** (np.arange(501) / 2), rtol=1e-9)


def test_alternating_wasserstein_keeps_its_invariant() -> None:
    """theta^2 + psi^2 - h theta psi stays what it was; the radius is between two bounds."""
    config = Config(loss="wasserstein", step_size=0.1)
    start = dirac.starts(config)
    places = np.stack(list(islice(MOVES["alternating"](config, start), 2000)))[:, :, 0]
    theta, psi = places.T
    assert np.allclose(theta**2 + psi**2 - 0.1 * theta * psi, 1, atol=1e-9)
    assert np.hypot(theta, psi).min() >= 1 / math.sqrt(1.05) - 1e-9
    assert np.hypot(theta, psi).max() <= 1 / math.sqrt(0.95) + 1e-9


def test_the_mean_arrives_where_the_players_do_not() -> None:
    assert radii("averaged", 2000)[-1] < 0.05 < 0.95 < radii("alternating", 2000)[-1]


@pytest.mark.parametrize("weight", [0.3, 1, 2])
def test_r1_shrinks_as_its_eigenvalue_says(weight: float) -> None:
    r = radii("r1", 800, r1_weight=weight)
    config = Config(moves=("r1",), r1_weight=weight)
    rate = (r[800] / r[400]) ** (1 / 400) if r[800] > 1e-300 else 0.0
    assert rate == pytest.approx(abs(dirac.eigenvalues(config)["r1"]).max(), abs=3e-3)


@pytest.mark.parametrize("loss", dirac.LOSS_NAMES)
@pytest.mark.parametrize("move", ["simultaneous", "alternating", "extragradient", "r1"])
def test_eigenvalues_are_those_of_the_update(loss: str, move: str) -> None:
    """By finite differences of one update at the solution."""
    config = Config(moves=(move,), loss=loss)
    eps = 1e-6
    columns = [(next(MOVES[move](config, eps * e)) - next(MOVES[move](config, -eps * e)))[:, 0]
               / (2 * eps) for e in np.eye(2)[:, :, None]]
    found = np.linalg.eigvals(np.stack(columns, 1))
    expected = dirac.eigenvalues(config)[move]
    assert np.allclose(np.sort_complex(found), np.sort_complex(expected), atol=1e-6)


def test_optimistic_players_shrink_as_their_eigenvalues_say() -> None:
    r = radii("optimistic", 3000, loss="wasserstein")
    largest = abs(dirac.eigenvalues(Config(moves=("optimistic",), loss="wasserstein"))
                  ["optimistic"]).max()
    assert (r[3000] / r[1000]) ** (1 / 2000) == pytest.approx(largest, abs=1e-5)


def test_the_flow_conserves_the_radius() -> None:
    """Small steps along the field: a circle, of period 4 pi near the solution (pull 1/2)."""
    rules, at, h = Rules("saturating"), np.array([[0.1], [0.0]]), 0.01
    angle = []
    for _ in range(round(4 * math.pi / h)):
        k1 = rules.field(at)
        k2 = rules.field(at + h / 2 * k1)
        k3 = rules.field(at + h / 2 * k2)
        at = at + h / 6 * (k1 + 2 * k2 + 2 * k3 + rules.field(at + h * k3))
        angle.append(math.atan2(at[1, 0], at[0, 0]))
    assert np.hypot(*at)[0] == pytest.approx(0.1, rel=1e-4)
    assert abs(angle[-1]) < 0.01


def test_velocities_are_slopes_of_what_the_players_pay() -> None:
    """Of the losses of `rules`, with D(x) = psi x, R1 and the penalty: by finite differences."""
    theta, psi, eps = 0.7, -0.4, 1e-6

    def soft(t: float) -> float:
        return math.log1p(math.exp(t))

    def discriminator(p: float) -> float:
        return soft(p * theta) + 0.3 / 2 * p**2 + 0.2 * (abs(p) - 1) ** 2

    rules = Rules("saturating", r1=0.3, penalty=0.2)
    at = np.array([[theta], [psi]])
    slope = (discriminator(psi + eps) - discriminator(psi - eps)) / (2 * eps)
    assert rules.discriminator(at)[0] == pytest.approx(-slope, abs=1e-8)
    for loss, paid in (("saturating", lambda s: -soft(s)), ("non_saturating", lambda s: soft(-s)),
                       ("wasserstein", lambda s: -s)):
        slope = (paid(psi * (theta + eps)) - paid(psi * (theta - eps))) / (2 * eps)
        assert Rules(loss).generator(at)[0] == pytest.approx(-slope, abs=1e-8)


def test_what_leaves_is_a_gap_and_is_said() -> None:
    config = Config(moves=("simultaneous",), loss="wasserstein", step_size=0.5, n_steps=100)
    last = list(dirac.train(config))[-1]
    assert np.isnan(last.arrays["position"]).all()
    assert last.arrays["radius"][0, 0] > dirac.LOST
    notes = [n.key for frame in dirac.train(config) for n in frame.notes]
    assert notes == ["left"]
