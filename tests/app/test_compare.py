"""A pinned run beside the one that the controls ask for: address, ghosts, table."""

from __future__ import annotations

import json
import re
from statistics import median
from typing import Any
from urllib.parse import quote, urlencode

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

VIEW = "document.querySelector('.lv').parentElement.liveView"
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


def test_three_runs_can_be_pinned(orders: Orders) -> None:
    """In their order, each with its own way back and its own end; then there is no room."""
    at = Visits("optimizers").opened("network", n_steps="70")
    for n_steps in (80, 90, 100):
        next(b for b in at.sidebar.button if b.label.startswith("Pin this run")).click().run()
        at.query_params["n_steps"] = str(n_steps)
        at = at.run()
    assert address(at)["pin"] == "n_steps=70;n_steps=80;n_steps=90"
    assert [c.n_steps for c in orders.configs[-4:]] == [100, 70, 80, 90]
    labels = [b.label for b in at.sidebar.button]
    assert [s for s in labels if "in" in s and s[-1].isdigit()] == ["Unpin 1", "Unpin 2", "Unpin 3"]
    assert "Pin this run too" not in labels
    next(b for b in at.sidebar.button if b.label == "Back to 2").click().run()
    assert address(at)["n_steps"] == "80"
    next(b for b in at.sidebar.button if b.label == "Unpin 2").click().run()
    assert address(at)["pin"] == "n_steps=70;n_steps=90"


def test_more_pins_than_allowed_are_left_out(orders: Orders) -> None:
    at = pinned_page(";".join(f"n_steps={n}" for n in (50, 60, 70, 80)))
    assert [c.n_steps for c in orders.configs[1:]] == [50, 60, 70]
    assert warnings_of(at) == ["pin: 4 runs are not allowed. Allowed: at most 3."]


def test_pins_are_told_apart_by_how_faint_they_are() -> None:
    """The last one least; and the table has a column for each, and one for how far it is away."""
    pins = [NETWORK.config(n_steps=n) for n in (40, 50)]
    told = view_of(NETWORK, NETWORK.config(n_steps=60), pins=pins)
    (loss,) = (c for c in told["charts"] if c["id"] == "train_loss")
    of = {b["run"]: loss["figure"]["data"][b["trace"]].get("opacity", 1) for b in loss["binds"]}
    assert of == {1: FAINT[2][0], 2: FAINT[2][1], 0: 1}
    assert told["compare"]["settings"] == [["Steps", "40", "50", "60"]]
    assert told["compare"]["paired"] == [True, True]


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
    for panel, alone in zip(beside(now, [then]), now, strict=True):
        if not isinstance(panel, Chart) or not isinstance(alone, Chart):
            assert panel == alone
            continue
        n = len(panel.figure["data"]) - len(alone.figure["data"])
        assert panel.figure["data"][n:] == alone.figure["data"]
        assert all(trace["opacity"] == FAINT[1][0] for trace in panel.figure["data"][:n])
        assert [b.run for b in panel.binds] == [1] * n + [0] * len(alone.binds)
        assert [b.trace for b in panel.binds[:n]] == list(range(n))
    told = json.loads(json.dumps(view_of(lab, config, pins=[pin])["compare"], allow_nan=False))
    idle = drawn.hidden(config) & drawn.hidden(pin)
    differ = {name for name in settings_of(lab.config) if name not in idle
              and getattr(config, name) != getattr(pin, name)}
    assert len(told["settings"]) >= len(differ) > 0
    for outcome in told["outcomes"]:
        assert len(outcome["runs"]) == 2
        for ref in filter(None, outcome["runs"]):
            dims = set(lab.dims[ref["array"]])
            assert dims - ref["labels"].keys() - {"step"} == {"seed"}
    assert changed(lab, pin)


def test_most_labs_have_outcomes() -> None:
    """Those that draw lines of seeds over the steps."""
    without = [lab.name for lab in LABS
               if not view_of(lab, lab.config(), pins=[lab.config()])["compare"]["outcomes"]]
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
        then, now = (page.evaluate(SEEDS, [run, "train_loss", 1, 40]) for run in (0, -1))
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


def test_two_pins_are_compared_at_once(server: str, chrome: Browser) -> None:
    """Each has its lines, its column and its difference to what the controls show."""
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", "network", **SHORT | {"n_steps": "40"})
                  + "&pin=" + ";".join(quote(urlencode({**SHORT, "n_steps": n}), safe="")
                                       for n in (30, 50)))
        settled(page)
        wait(page, f"{VIEW}.others.every((run) => run.end)")
        table = rows(page)
        heads = page.locator(".lv-compare th").all_inner_texts()
        assert heads == ["", "Pinned 1", "Now, beside 1", "Pinned 2", "Now, beside 2", "Now"]
        assert table["Steps"] == ["30", "", "50", "", "40"]
        (name,) = (key for key in table if re.match("Training loss.*Adam", key))
        first, second, now = (page.evaluate(SEEDS, [i, "train_loss", 1, at])
                              for i, at in ((0, 30), (1, 40), (2, 40)))
        assert [float(table[name][i]) for i in (0, 2, 4)] == pytest.approx(
            [median(first), median(second), median(now)], rel=5e-3)
        assert "in 3 of 3 seeds" in table[name][1]
        assert table[name][3] == "the same in 3 of 3 seeds"


SEEDS = """([which, array, method, step]) => {
  const { run: now, others } = document.querySelector('.lv').parentElement.liveView;
  const run = [...others, now].at(which);
  const { values, shape: [, n] } = run.frames.find((frame) => frame.step >= step).arrays[array];
  return [...values.slice(method * n, (method + 1) * n)];
}"""
"""A method's numbers at a step, a number per seed."""
