"""A run as one file: it plays from a disk, without a server and without a network."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.browser import LIVE, explore, visit, wait
from explorer.live import saved
from explorer.live.assets import modules

LOSSES = """(step) => {
  const { run } = document.querySelector('.lv').parentElement.liveView ?? document.body.liveView;
  return [...run.frames.find((frame) => frame.step === step).arrays.train_loss.values];
}"""
FEWEST = {"optimizers": "sgd,adam", "n_steps": "40", "n_seeds": "3", "sweep": "off"}


def test_every_module_is_in_it_under_a_name() -> None:
    page = saved.page(compressed=False).decode()
    names = json.loads(re.findall(r'<script type="importmap">(.*?)</script>', page)[0])["imports"]
    assert set(names) == {f"view/{module}" for module in modules()}
    for name, address in names.items():
        text = base64.b64decode(address.partition(",")[2]).decode()
        asked = re.findall(r'^(?:import|\} from|import .* from) ?"([^"]+)";', text, re.MULTILINE)
        asked += re.findall(r'^import [^;]*? from "([^"]+)";', text, re.MULTILINE)
        assert set(asked) <= set(names), name
    assert [page.count(f"@{part}@") for part in ("TITLE", "ABOUT", "TOLD")] == [2, 1, 1]
    assert not re.search(r'(src|href)="(?!@)', page.partition("<body>")[0])


def taken(page: Page, folder: Path) -> Path:
    """The file that the dialog gives."""
    page.locator("[data-do=share]").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="HTML", exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def opened(chrome: Browser, path: Path) -> Page:
    """From the disk, in a browser that has never been anywhere and has no network."""
    page = chrome.new_context(offline=True).new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("request", lambda asked: asked.url.startswith("http") and pytest.fail(asked.url))
    page.goto(path.as_uri())
    wait(page, f"{LIVE}?.current >= 0")
    return page


def test_it_plays_without_a_network(server: str, chrome: Browser, tmp_path: Path) -> None:
    pin = quote(urlencode({**FEWEST, "n_steps": "30"}), safe="")
    address = f"{explore('optimizers', 'network', **FEWEST)}&pin={pin}"
    with visit(chrome) as page:
        page.goto(server + address)
        wait(page, f"{LIVE}?.state === 'finished' && {LIVE}.painted === {LIVE}.token")
        expect(page.locator(".lv-compare td").last).not_to_be_empty()
        there = page.evaluate(LOSSES, 7)
        path = taken(page, tmp_path)
    assert path.name == "optimizers-network.html"
    assert path.stat().st_size < 6e6
    page = opened(chrome, path)
    expect(page.locator("h3").first).to_have_text("Optimizers, Network")
    expect(page.get_by_role("link")).to_have_attribute("href", re.compile("lab=network.*pin="))
    page.get_by_role("slider", name="Frame").fill("7")
    wait(page, f"{LIVE}.current === 7 && {LIVE}.state === 'finished'")
    assert page.locator(".lv-where").inner_text().startswith("step 7 · frame 8 of")
    assert page.evaluate(LOSSES, 7) == there
    expect(page.locator(".lv-compare td").first).to_have_text("Steps")
    for name in ("Stop", "Run again", "Link to this moment"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()
    page.context.close()


def test_a_scene_asks_and_answers_in_it(server: str, chrome: Browser, tmp_path: Path) -> None:
    with visit(chrome, reduced_motion="reduce") as page:
        page.goto(f"{server}/losses?scene=1")
        wait(page, f"{LIVE}?.state === 'finished'")
        question = page.locator(".lv-lesson h3").inner_text()
        path = taken(page, tmp_path)
    page = opened(chrome, path)
    assert page.locator(".lv-lesson h3").inner_text() == question
    page.emulate_media(reduced_motion="reduce")
    page.keyboard.press("1")
    for _ in range(20):
        wait(page, "['stop', 'told'].includes(document.querySelector('.lv-lesson').dataset.phase)")
        if page.locator(".lv-reveal").is_visible():
            break
        page.keyboard.press("Space")
    expect(page.locator(".lv-reveal")).to_contain_text(re.compile(r"\d"))
    page.context.close()


def test_a_script_is_offered_where_there_is_one(
    server: str, chrome: Browser, tmp_path: Path
) -> None:
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", "network", **FEWEST))
        wait(page, f"{LIVE}?.state === 'finished'")
        page.locator("[data-do=share]").click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Python").click()
        waiting.value.save_as(path := tmp_path / waiting.value.suggested_filename)
        assert path.name == "optimizers-network.py"
        assert "    n_steps=40,  # Steps" in path.read_text("utf-8").splitlines()
        page.evaluate("document.querySelector('.lv').parentElement.liveView.run.end = null")
        page.get_by_role("button", name="Python").click()
        expect(page.locator(".lv-share-fault")).to_contain_text("when it is over")
        page.goto(server + explore("bias_variance", "step"))
        wait(page, f"{LIVE}?.state === 'finished'")
        page.locator("[data-do=share]").click()
        expect(page.get_by_role("button", name="HTML", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Python")).to_be_hidden()


def test_a_run_that_goes_on_is_not_taken(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", "network", **FEWEST))
        wait(page, f"{LIVE}?.state === 'finished'")
        page.evaluate("document.querySelector('.lv').parentElement.liveView.run.end = null")
        page.locator("[data-do=share]").click()
        page.get_by_role("button", name="HTML", exact=True).click()
        expect(page.locator(".lv-share-fault")).to_contain_text("when it is over")
