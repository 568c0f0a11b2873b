"""A visitor's own data on a page: taken with a click, trained, and nobody else's."""

from __future__ import annotations

import logging
import math
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from core.concepts import concepts, find
from core.data.text import OrOwnText
from core.frames import header_of
from core.runs import DiskCache, Runs
from devtools.browser import LIVE, explore, visit, wait
from explorer import own_data, page
from explorer.controls import changed
from explorer.lesson import OF_OWN_DATA
from explorer.page import lab_of
from explorer.server import service
from tests.core.test_reading import hostile
from tests.support.visits import (
    LIVENESS,
    Orders,
    Visits,
    address,
    warnings_of,
    widget,
)

PLACES = {e.name: (e, *found) for labs in concepts().values() for e in labs
          if (found := own_data.place(e.config))}
TAKING = [e for e, _, mark in PLACES.values() if not isinstance(mark, OrOwnText)]
SECRET = "Zaphod"
"""Stands in the file, and must stand nowhere else."""


def table(n: int = 120, n_features: int = 2, n_classes: int = 2) -> bytes:
    rng = np.random.default_rng(5)
    names = ",".join([*(f"{SECRET} {i}" for i in range(n_features)), "kind"])
    rows = [",".join([*(f"{v:.4f}" for v in rng.normal(i % n_classes, 0.5, n_features)),
                      f"class {i % n_classes}"]) for i in range(n)]
    return "\n".join([names, *rows]).encode()


def asked(experiment: Any, **query: str) -> AppTest:
    """A page whose dialog is open."""
    slug, _, lab = experiment.name.partition(".")
    at = Visits(slug).opened(lab, **query)
    (button,) = [b for b in at.sidebar.button if b.label.startswith("Your own")]
    return button.click().run()


def given(at: AppTest, content: bytes) -> AppTest:
    at.file_uploader[0].upload(f"{SECRET}.csv", content, "text/csv")
    return run(at)


def run(at: AppTest) -> AppTest:
    """As in the browser, where only the dialog is drawn again; `AppTest` knows whole pages only."""
    at.session_state["own data asked for"] = True
    return at.run()


def taken(at: AppTest) -> AppTest:
    (button,) = [b for b in at.button if b.label == "Learn from it"]
    at = button.click().run()
    assert not at.exception
    return at


@pytest.mark.parametrize("experiment", TAKING, ids=lambda e: e.name)
def test_every_page_that_takes_own_data_takes_a_table(
    experiment: Any, orders: Orders
) -> None:
    found = own_data.place(experiment.config)
    assert found
    at = taken(given(asked(experiment), table()))
    name = getattr(orders.configs[-1], found[0])
    assert name.startswith("own-120-2-2-")
    assert address(at)[found[0]] == name
    assert widget(at, experiment, found[0]).value == name
    assert not warnings_of(at)
    assert [info.value for info in at.info] == [OF_OWN_DATA]
    (caption,) = [c.value for c in at.sidebar.caption if "Column 1" in c.value]
    of_classes = "" if found[1].one_cloud else "Class 0 is class 0, 1 is class 1. "
    assert caption.replace("\\", "").startswith(f"{of_classes}Column 1 is {SECRET} 0, 2 is")
    assert len(at.get("bidi_component")) == 1, "the view, and no claims"


def test_a_wrong_file_is_refused_and_nothing_else_happens(orders: Orders) -> None:
    at = given(asked(TAKING[0]), table().replace(b"class 1", b"", 1))
    assert not at.exception
    assert [error.value.replace("\\", "") for error in at.error] == [
        "Line 3: the target “kind” is missing (1 lines have such a gap)."]
    assert "Learn from it" not in [b.label for b in at.button]
    assert not own_data.named_in(orders.configs[-1])


def test_a_target_that_cannot_be_one_may_be_changed(orders: Orders) -> None:
    at = given(asked(TAKING[0]), table())
    at.selectbox[-1].select(f"{SECRET} 0")
    at = run(at)
    assert "different values" in at.error[0].value
    at.selectbox[-1].select("kind")
    at = run(at)
    assert not at.error


@pytest.mark.parametrize("part", range(3))
def test_nothing_in_a_file_breaks_the_page(
    part: int, orders: Orders
) -> None:
    """Of the hostile files of `tests.core.test_reading` some; there four hundred are read."""
    at = asked(TAKING[0])
    for seed in range(7 * part, 7 * part + 7):
        at.session_state["own data asked for"] = True
        at = given(at.run(), hostile(seed))
        assert not at.exception
        assert len(at.error) + sum(b.label == "Learn from it" for b in at.button) == 1


def test_nobody_else_can_name_it_and_nothing_else_of_the_address_is_lost(
    orders: Orders
) -> None:
    at = taken(given(asked(TAKING[0], n_seeds="3"), table()))
    field, _ = own_data.place(TAKING[0].config) or ("", None)
    slug, _, lab = TAKING[0].name.partition(".")
    query = {k: v for k, v in address(at).items() if k != "lab"}
    assert query["n_seeds"] == "3"
    other = Visits(slug).opened(lab, **query)
    (warning,) = warnings_of(other)
    assert "private to the visit" in warning
    config = orders.configs[-1]
    assert getattr(config, field) == TAKING[0].config.model_fields[field].default
    assert config.n_seeds == 3
    pinned = Visits(slug).opened(lab, pin=f"{field}={query[field]}")
    assert "private to the visit" in warnings_of(pinned)[0]


READING = find("language_models.own_text")
PAGE = f"{SECRET} went to the restaurant at the <b>end</b> of the lane: *fish* & chips, $5.\n" * 10


def written(at: AppTest, text: str) -> AppTest:
    at.text_area[0].input(text)
    return run(at)


def test_a_text_is_taken_and_nobody_elses(orders: Orders) -> None:
    at = taken(written(asked(READING), PAGE))
    name = orders.configs[-1].text  # type: ignore[attr-defined]
    assert name.startswith(f"own-text-{len(PAGE) - 1}-")
    assert address(at)["text"] == name
    assert not warnings_of(at)
    assert [info.value for info in at.info] == [OF_OWN_DATA]
    other = Visits("language_models").opened("own_text", text=name)
    (warning,) = warnings_of(other)
    assert "this text was private to the visit" in warning
    assert orders.configs[-1] == READING.config()


def test_a_text_that_cannot_be_taken_says_what_is_allowed(orders: Orders) -> None:
    """In the dialog too nothing of it is markup; whatever was wrong, another text mends it."""
    at = asked(READING)
    for text, said in {
        "too short": "Your text: 9 characters are too few. Allowed: from 500 to 5000.",
        PAGE * 9: f"Your text: {9 * len(PAGE) - 1} characters are too many. Allowed: from 500 to",
        "aaaa " * 200: "Your text: 2 different characters are too few. Allowed: from 5 to 600.",
        " ": "Your text: it is empty. Allowed: from 500 to 5000.",
        f"{PAGE}\x07": f"Your text: the character U+0007 at place {len(PAGE) + 1} is not allowed.",
    }.items():
        at = written(at, text)
        assert not at.exception
        assert [e.value.replace("\\", "")[:len(said)] for e in at.error] == [said]
        assert "Learn from it" not in [b.label for b in at.button]
    at = written(at, PAGE)
    assert not at.error
    assert "Learn from it" in [b.label for b in at.button]


# --- with real children ---------------------------------------------------------------------


def test_a_run_on_it_is_in_no_log_on_no_disk_and_no_other_visits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    experiment = find("ensembles.growing")
    runs = Runs(service.runs()._engine, disk=DiskCache(tmp_path / "kept"))
    monkeypatch.setattr(service, "runs", lambda: runs)
    small = changed(experiment, experiment.small)
    at = taken(given(asked(experiment, **small), table()))
    mine = page.service.runs()._handles.values()
    (handle,) = [h for h in mine if h.run.job.private]
    assert handle.wait(LIVENESS)
    assert handle.state == "finished"
    visit = at.session_state["own data"]
    assert len(visit.sets) == 1
    said = b"".join(handle.frames()).decode(errors="replace")
    assert SECRET not in said
    assert header_of(handle.frames()[0])["config"][own_data.place(experiment.config)[0]]  # type: ignore[index]
    logged = caplog.text + "".join(capfd.readouterr())
    assert SECRET not in logged
    assert visit.owner not in logged
    config = experiment.config.model_validate(header_of(handle.frames()[0])["config"])
    other = runs.start(experiment, lab_of(experiment).trained(config), service.viewer("other"))
    assert other.run is not handle.run
    assert other.wait(LIVENESS)
    assert other.state == "failed", "without the points there is nothing to learn from"
    runs.forget(visit.owner)
    assert runs.handle(handle.token) is None
    written = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert not [f for f in written if SECRET.encode() in f.read_bytes()]
    assert not [f for f in written if f.name == f"{handle.run.key}.run"]
    runs._closing.set()  # its children are those of the app's service


# --- in a browser -----------------------------------------------------------------------------


def learned(tab: Page) -> str:
    """Takes what the dialog has; the token of the run once it is there."""
    before = tab.evaluate(f"{LIVE}?.token")
    tab.get_by_role("button", name="Learn from it").click()
    wait(tab, f"{LIVE}?.state === 'finished' && {LIVE}.token !== '{before}'")
    return str(tab.evaluate(f"{LIVE}.token"))


def paint(tab: Page) -> None:
    """Two arcs, one of each class."""
    tab.get_by_text("Painted points", exact=True).click()
    for k in range(2):
        tab.get_by_role("button", name=f"Class {k}").click()
        box = tab.locator(".own-paint canvas").bounding_box()
        assert box
        way = [(box["x"] + box["width"] * (0.1 + 0.02 * i),
                box["y"] + box["height"] * (0.5 + (0.35 - 0.7 * k) * math.sin(i / 13)))
               for i in range(41)]
        tab.mouse.move(*way[0])
        tab.mouse.down()
        for place in way[1:]:
            tab.mouse.move(*place)
        tab.mouse.up()


def is_gone(address: str) -> bool:
    try:
        with urllib.request.urlopen(address):
            return False
    except urllib.error.HTTPError as error:
        return error.code == 404


def test_on_a_phone_the_drawer_makes_room_for_what_was_learned(
    chrome: Browser, server: str
) -> None:
    with visit(chrome, fresh=True, viewport={"width": 390, "height": 844}) as tab:
        tab.goto(server + explore("representation", "targets", n_steps=20, n_seeds=1))
        wait(tab, f"{LIVE}?.painted")
        tab.get_by_test_id("stExpandSidebarButton").click()
        tab.get_by_role("button", name="Your own data").click()
        tab.get_by_role("dialog").locator("input[type=file]").set_input_files(
            {"name": "mine.csv", "mimeType": "text/csv", "buffer": table()})
        learned(tab)
        expect(tab.get_by_test_id("stExpandSidebarButton")).to_be_visible()


def test_in_a_browser_it_is_taken_painted_and_gone_with_the_visit(
    chrome: Browser, server: str
) -> None:
    start = server + explore("representation", "targets", n_steps=20, n_seeds=1)
    with visit(chrome, fresh=True) as tab:
        tab.goto(start)
        tab.get_by_role("button", name="Your own data").click()
        given = tab.get_by_role("dialog").locator("input[type=file]")
        named = {"name": f"{SECRET}.csv", "mimeType": "text/csv"}
        given.set_input_files({**named, "buffer": table().replace(b"class 1", b"", 1)})  # type: ignore[arg-type]
        expect(tab.get_by_role("dialog").get_by_role("alert")).to_contain_text("Line 3: the target")
        given.set_input_files({**named, "buffer": table()})  # type: ignore[arg-type]
        token = learned(tab)
        expect(tab.get_by_text("it claims nothing")).to_be_visible()
        address = tab.url
        assert "own-120-2-2-" in address
        tab.get_by_role("button", name="Your own data").click()
        paint(tab)
        painted = learned(tab)
        assert tab.url != address
        with visit(chrome, fresh=True) as other:
            other.goto(address)
            expect(other.get_by_text("private to the visit")).to_be_visible()
            assert SECRET not in other.content()
    deadline = time.monotonic() + LIVENESS
    while not all(is_gone(f"{server}/live/{run}?now") for run in (token, painted)):
        assert time.monotonic() < deadline, "the runs outlast the visit"
        time.sleep(0.1)
