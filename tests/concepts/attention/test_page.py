"""What is special to the page of attention; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from core.concepts import find
from core.concepts.attention import common
from core.concepts.attention.translate import Config
from core.words import phrase
from explorer.page import view_of
from tests.support.visits import Orders, Visits, widget

LAB = find("attention.translate")


def panels(config: Config) -> dict[str, dict[str, object]]:
    return {panel["id"]: panel for panel in view_of(LAB, config)["charts"]}


def test_dates_have_lengths_of_their_own(orders: Orders) -> None:
    at = Visits("attention").opened("translate", task="date")
    assert widget(at, LAB, "longest") is None
    assert common.lengths(Config(task="date")) == list(range(10, 18))


def test_what_is_beside_the_right_place_is_shown_where_there_is_one() -> None:
    assert "offsets" in panels(Config(task="copy"))
    assert "offsets" not in panels(Config(task="sort"))
    assert {"mass", "offsets"}.isdisjoint(panels(Config(reads=("none",))))


def test_the_stage_knows_the_net_of_the_frame() -> None:
    """As many numbers as a row of the weights has, and a row for each decoder."""
    config = Config(reads=("none", "additive"), width=16)
    told = panels(config)["look"]["stage"]
    assert isinstance(told, dict)
    sizes = [shape[0] * (shape[1] if len(shape) > 1 else 1) * (shape[2] if len(shape) > 2 else 1)
             for shape in told["net"]["shapes"].values()]
    assert sum(sizes) == common.net_of(config).n_parameters
    assert [(d["name"], d["row"], d["score"]) for d in told["decoders"]] == [
        ("none", 0, ""), ("additive", 1, "additive")]


def test_a_net_that_breaks_is_named() -> None:
    """What is no number any more is said, with the remedy; and no frame has an infinity."""
    config = Config(reads=("dot",), longest=6, n_seeds=2, n_steps=20, width=16, batch_size=8)
    net = common.net_of(config)
    race, exam = common.race_of(config, net), common.exam_of(config, net, 4, 3)
    race.p[1] = float("nan")
    arrays = common.measured(config, race, exam)
    assert arrays["loss"][0, 1] == common.LOSS_CEILING > arrays["loss"][0, 0]
    (note,) = common.news(config, 7, arrays)
    said = phrase(note, LAB.words)
    assert said == ("Dot attention: by step 7 the numbers of 1 of 2 nets have grown beyond all "
                    "bounds. A smaller learning rate mends it.")
