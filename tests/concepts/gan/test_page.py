"""What is special to the page of GANs; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import pytest

from core.concepts.gan.rules import GAMES
from explorer.page import view_of
from tests.support.repairs import repaired
from tests.support.visits import Orders, Visits, widget

VISITS = Visits("gan")
LAB = VISITS.labs["plane"]


@pytest.mark.parametrize(("games", "shown"), [
    ("r1", {"r1_weight"}), ("noise", {"noise"}),
    ("wasserstein_clip,wasserstein_penalty", {"clip", "penalty_weight"}),
])
def test_a_remedys_weight_has_a_control_where_it_is_played(
    games: str, shown: set[str], orders: Orders
) -> None:
    at = VISITS.opened("plane", games=games)
    weights = {"r1_weight", "noise", "clip", "penalty_weight"}
    assert {field for field in weights if widget(at, LAB, field)} == shown


def test_the_sheet_is_shown_where_there_is_one() -> None:
    """A grid in two random numbers; of sixteen it would be a slice that says little."""
    for latent, expected in ((2, True), (16, False)):
        ids = [chart["id"] for chart in view_of(LAB, LAB.config(latent=latent))["charts"]]
        assert ("warped" in ids) == expected


@pytest.mark.parametrize("game", GAMES)
def test_every_game_can_be_looked_at(game: str) -> None:
    """Its own points, its own map, its own arrows, and a row for each of its seeds."""
    config = LAB.config(games=tuple(GAMES), latent=2)
    charts = {chart["id"]: chart for chart in view_of(LAB, config, game)["charts"]}
    for name in ("plane", "shares", "losses", "warped"):
        for bind in charts[name]["binds"]:
            refs = [r for r in (bind["x"], bind["y"], bind["z"]) if r and r["array"] != "real"]
            assert all(r["labels"]["game"] == game for r in refs), name


def test_formulas_are_drawn_where_there_are_any() -> None:
    """Simultaneous Wasserstein players have one, R1 always; dotted, and said to be formulas."""
    lab = VISITS.labs["dirac"]
    for loss, expected in (("wasserstein", 2), ("saturating", 1)):
        charts = {c["id"]: c for c in view_of(lab, lab.config(loss=loss))["charts"]}
        dotted = [t for t in charts["radius"]["figure"]["data"] if "formula" in t["uid"]]
        assert len(dotted) == expected
        assert "dotted: formula" in charts["radius"]["note"]


def test_what_repairs_a_game_that_was_left() -> None:
    after = repaired("gan.dirac", "left", moves=["simultaneous"], loss="wasserstein", step_size=0.5)
    assert after.step_size == pytest.approx(0.05)


def test_what_repairs_a_collapse() -> None:
    """From the last frame before it, with what came before kept."""
    after = repaired("gan.plane", "collapsed", games=["non_saturating"], n_seeds=2, n_steps=1000)
    (change,) = after.changes
    assert change.setting == "extra_r1"
    assert change.step > 100
