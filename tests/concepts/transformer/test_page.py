"""What is special to the page of the Transformer; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from core.concepts import find
from core.concepts.transformer import common, inside, parts
from devtools.browser import visit, wait
from explorer.page import view_of
from tests.support.repairs import repaired

PARTS, INSIDE = find("transformer.parts"), find("transformer.inside")


def test_only_nets_that_there_are_have_a_row() -> None:
    config = parts.Config(positions="none", without=("positions", "mlp"))
    first = view_of(PARTS, config)["charts"][0]
    assert [trace["name"] for trace in first["figure"]["data"]] == ["Whole net", "No MLP"]


def test_a_line_per_seed_and_one_entry_of_the_legend_per_net() -> None:
    (chart,) = [c for c in view_of(PARTS, parts.Config(n_seeds=3))["charts"] if c["id"] == "right"]
    shown = [trace["showlegend"] for trace in chart["figure"]["data"]]
    assert len(shown) == 3 * sum(shown) == 3 * 6


def test_the_stage_knows_the_net_of_the_frame() -> None:
    config = inside.Config(n_layers=3, n_heads="4", positions="rotary", mlp=True)
    (stage,) = [c["stage"] for c in view_of(INSIDE, config)["charts"] if c["id"] == "look"]
    assert sum(map(prod, stage["net"]["shapes"].values())) == common.net_of(config).n_parameters
    assert stage["heads"] == inside.heads(config)
    assert stage["heads"][-1] == "3.4"
    assert {len(example) for example in stage["examples"]} == {stage["most"]}


STAGE = "document.querySelector('[data-chart=look]')?.__heads"
SMALL = "lab=inside&n_steps=20&n_seeds=1&width=16&batch_size=8"


def test_a_visitor_writes_points_and_switches_a_head_off(server: str, chrome: Browser) -> None:
    """What is written is read by the net of the frame at the playhead; a head that is switched off
    is not heard; what cannot be read is refused, and what was there stays.
    """
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/transformer?{SMALL}")
        wait(page, f"{STAGE}?.now?.step === 20 && {STAGE}.shown")
        field, said = page.locator("[data-heads=field]"), page.locator(".lv-pole-said")
        field.fill("abcdefabcdef")
        expect(said).to_contain_text("of 6 answers right")
        field.fill("abc9")
        expect(said).to_contain_text('"9" is none of its symbols.')
        assert page.evaluate(f"{STAGE}.shown.source") == "abcdefabcdef"
        field.fill("abcdefabcdef")
        before = page.evaluate(f"{STAGE}.shown.seen.sure[11]")
        heads = page.get_by_role("group", name="Heads that are heard")
        heads.get_by_role("button", name="Head 1.1").click()
        expect(said).to_contain_text("without 1.1; with all heads")
        assert page.evaluate(f"{STAGE}.shown.seen.sure[11]") != before
        assert page.evaluate(f"{STAGE}.shown.whole.sure[11]") == before
        x, y = page.evaluate(f"[{STAGE}.grids[2].x + 3, {STAGE}.grids[2].y + 3]")
        page.locator("[data-chart=look] canvas").hover(position={"x": x, "y": y})
        expect(said).to_contain_text("Place 1, a: head 2.1 looks most at place 1, a (100 %)")


@pytest.mark.parametrize(("lab", "settings"), [
    ("parts", {}), ("inside", {"norm": "none", "mlp": True, "n_layers": 3, "task": "reverse"}),
])
def test_what_repairs_a_net_that_broke(lab: str, settings: dict[str, Any]) -> None:
    repaired(f"transformer.{lab}", "broken", learning_rate=0.04, start="unit", n_steps=60,
             n_seeds=1, **settings)
