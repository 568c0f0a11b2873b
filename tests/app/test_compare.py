"""A pinned run beside the one that the controls ask for: address, ghosts, table."""

from __future__ import annotations

import json
import re
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.concepts import concepts, find
from core.config import Config, settings_of, with_changes
from core.experiment import Experiment
from devtools.browser import LIVE, explore, visit, wait
from explorer.compare import FAINT, beside
from explorer.controls import changed
from explorer.live import Chart
from explorer.page import charts_of, lab_of, view_of
from tests.support.visits import Orders, Visits, address, page_of, warnings_of

LABS = [lab for labs in concepts().values() for lab in labs]
NETWORK = find("optimizers.network")
SHORT = {"optimizers": "sgd,adam", "n_steps": "60", "n_seeds": "3", "sweep": "off"}


def other_than(lab: Experiment) -> Config:
    """A configuration that is not the default's: that of a preset, else with another seed."""
    presets = (p.config for p in lab.presets if p.config != lab.config())
    return next(presets, with_changes(lab.config(), seed=7))


# --- the address ------------------------------------------------------------------------


def pinned_page(text: str, **query: str) -> Any:
    at = page_of("optimizers")
    for name, value in {"lab": "network", "pin": text, **query}.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def test_both_runs_are_asked_for(orders: Orders) -> None:
    at = pinned_page("n_steps=70&seed=3", seed="4")
    assert orders.configs == [NETWORK.config(seed=4), NETWORK.config(seed=3, n_steps=70)]
    assert address(at) == {"lab": "network", "seed": "4", "pin": "n_steps=70&seed=3"}
    assert warnings_of(at) == []


def test_a_button_pins_and_unpins(orders: Orders) -> None:
    at = Visits("optimizers").opened("network", n_steps="70")
    assert len(orders.configs) == 1
    (button,) = (b for b in at.sidebar.button if b.label == "Pin this run")
    at = button.click().run()
    assert address(at)["pin"] == "n_steps=70"
    assert orders.configs[-2:] == [NETWORK.config(n_steps=70)] * 2
    (button,) = (b for b in at.sidebar.button if b.label == "Unpin")
    assert "pin" not in address(button.click().run())


def test_the_defaults_can_be_pinned(orders: Orders) -> None:
    at = Visits("optimizers").opened("network")
    (button,) = (b for b in at.sidebar.button if b.label == "Pin this run")
    assert address(button.click().run())["pin"] == "defaults"
    assert orders.configs == [NETWORK.config()] * 3


def test_back_to_the_pinned(orders: Orders) -> None:
    at = pinned_page("n_steps=70", n_steps="90")
    (button,) = (b for b in at.sidebar.button if b.label == "Back to it")
    at = button.click().run()
    assert orders.configs[-2:] == [NETWORK.config(n_steps=70)] * 2
    assert address(at) == {"lab": "network", "n_steps": "70", "pin": "n_steps=70"}


@pytest.mark.parametrize(("text", "named"), [
    ("n_steps=999999999", "n_steps"), ("nobody=1", "nobody"), ("%%%=&&", "%%%"),
    ("n_steps=" + "9" * 5000, "n_steps"), ("changes=1:learning_rate=1e9", "changes"),
])
def test_a_pin_asks_for_no_more_than_the_controls(orders: Orders, text: str, named: str) -> None:
    """What is not allowed is said, and left out."""
    at = pinned_page(text)
    assert orders.configs == [NETWORK.config()] * 2
    (warning,) = warnings_of(at)
    assert warning.startswith("pin: ")
    assert named in warning


def test_another_lab_has_no_pin(orders: Orders) -> None:
    at = pinned_page("n_steps=70")
    (switch,) = (group for group in at.sidebar.segmented_control if group.label == "Lab")
    assert "pin" not in address(switch.set_value("surface").run())


# --- what is drawn, and what is told --------------------------------------------------------


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_any_lab_can_be_compared(lab: Experiment) -> None:
    """Its charts have the lines and dots of the pinned run first, faint, and no other panel
    changes; the table names what differs.
    """
    config, pin, drawn = lab.config(), other_than(lab), lab_of(lab)
    now, then = (charts_of(drawn, c, drawn.looks(c)[0]) for c in (config, pin))
    for panel, alone in zip(beside(now, then), now, strict=True):
        if not isinstance(panel, Chart) or not isinstance(alone, Chart):
            assert panel == alone
            continue
        n = len(panel.figure["data"]) - len(alone.figure["data"])
        assert panel.figure["data"][n:] == alone.figure["data"]
        assert all(trace["opacity"] == FAINT for trace in panel.figure["data"][:n])
        assert [b.run for b in panel.binds] == [1] * n + [0] * len(alone.binds)
        assert [b.trace for b in panel.binds[:n]] == list(range(n))
    told = json.loads(json.dumps(view_of(lab, config, pin=pin)["compare"], allow_nan=False))
    idle = drawn.hidden(config) & drawn.hidden(pin)
    differ = {name for name in settings_of(lab.config) if name not in idle
              and getattr(config, name) != getattr(pin, name)}
    assert len(told["settings"]) >= len(differ) > 0
    for outcome in told["outcomes"]:
        for ref in filter(None, (outcome["then"], outcome["now"])):
            dims = set(lab.dims[ref["array"]])
            assert dims - ref["labels"].keys() - {"step"} == {"seed"}
    assert changed(lab, pin)


def test_most_labs_have_outcomes() -> None:
    """Those that draw lines of seeds over the steps."""
    without = [lab.name for lab in LABS
               if not view_of(lab, lab.config(), pin=lab.config())["compare"]["outcomes"]]
    assert len(without) < len(LABS) / 3, without


# --- in a browser -----------------------------------------------------------------------------


def settled(page: Page) -> None:
    wait(page, f"{LIVE}?.state === 'finished' && {LIVE}.painted === {LIVE}.token "
               f"&& {LIVE}.current === {LIVE}.frames - 1")


def rows(page: Page) -> dict[str, list[str]]:
    expect(page.locator(".lv-compare td").last).not_to_be_empty()
    found = [row.locator("td").all_inner_texts() for row in page.locator(".lv-compare tr").all()]
    return {cells[0]: cells[1:] for cells in found if cells}


def test_what_differs_is_seen_and_said(server: str, chrome: Browser) -> None:
    """Pinned, then a slower rate: faint lines, and a table of what this browser's frames say; who
    opens the address sees the same.
    """
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", "network", **SHORT))
        settled(page)
        page.get_by_role("button", name="Pin this run").click()
        expect(page.get_by_role("button", name="Unpin")).to_be_visible()
        expect(page.locator(".lv-compare")).to_contain_text("move a control")
        page.goto(page.url.replace("n_steps=60", "n_steps=40"))
        settled(page)
        ghosts = page.evaluate("""[...document.querySelectorAll('.lv-plot')].map(({ data }) =>
            data.filter((trace) => trace.opacity === 0.35 && trace.y?.length).length)""")
        assert max(ghosts) >= 2
        table = rows(page)
        assert table["Steps"] == ["60", "40", ""]
        (name,) = (key for key in table if re.match("Training loss.*Adam", key))
        then, now = (page.evaluate(SEEDS, [run, "train_loss", 1, 40]) for run in ("other", "run"))
        assert [float(text) for text in table[name][:2]] == pytest.approx(
            [median(then), median(now)], rel=5e-3)
        assert then == now, "the same seeds, the same steps"
        assert table[name][2] == "the same in 3 of 3 seeds"
        with visit(chrome) as elsewhere:
            elsewhere.goto(page.url)
            settled(elsewhere)
            assert rows(elsewhere) == table
        page.get_by_role("button", name="Unpin").click()
        expect(page.locator(".lv-compare")).to_be_empty()


SEEDS = """([which, array, method, step]) => {
  const run = document.querySelector('.lv').parentElement.liveView[which];
  const { values, shape: [, n] } = run.frames.find((frame) => frame.step >= step).arrays[array];
  return [...values.slice(method * n, (method + 1) * n)];
}"""
"""A method's numbers at a step, a number per seed."""
