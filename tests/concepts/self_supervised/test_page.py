"""What is special to the page of self-supervised learning; `tests/contract` has the rest."""

from __future__ import annotations

import pytest

from explorer.page import view_of
from tests.support.visits import Orders, Visits, widget

VISITS = Visits("self_supervised")
LAB = VISITS.labs["pretrain"]
OF_METHODS = {"temperature", "stop_gradient", "slowness", "norm"}


@pytest.mark.parametrize(("methods", "shown"), [
    ("simclr", {"temperature"}), ("simsiam", {"stop_gradient", "norm"}),
    ("byol", {"slowness", "norm"}), ("attract", set()),
])
def test_a_method_brings_its_own_controls(
    methods: str, shown: set[str], orders: Orders
) -> None:
    at = VISITS.opened("pretrain", methods=methods)
    assert {f for f in OF_METHODS if widget(at, LAB, f) is not None} == shown


def test_the_sphere_says_how_much_of_an_embedding_is_seen() -> None:
    for n_numbers, words in ((3, "all of the embedding"), (32, "3 widest of 32 directions")):
        sphere = view_of(LAB, LAB.config(n_numbers=n_numbers))["charts"][0]
        assert words in sphere["note"]
    config = LAB.config(methods=["simclr", "byol"])
    assert view_of(LAB, config, "byol")["charts"][0]["stage"]["method"] == 1
