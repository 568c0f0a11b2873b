"""What a visitor does with a chart: zooms with a finger, goes back, takes it away as a picture."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from devtools.browser import LIVE, Served, box_of, visit, wait

GD = "document.querySelector('[data-chart=loss] .lv-plot')"
RANGES = f"[{GD}._fullLayout.xaxis.range, {GD}._fullLayout.yaxis.range]"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def server(harness: Served) -> str:
    return harness.url


def show(page: Page, url: str) -> None:
    page.goto(url)
    wait(page, f"{LIVE}?.state === 'finished'")
    page.get_by_role("button", name="Jump to the newest frame").click()
    wait(page, f"{LIVE}.current === 119 && {GD}.calcdata[1].length === 120")


def choose(page: Page, scene: str) -> None:
    page.get_by_role("combobox", name="scene").click()
    page.get_by_role("option", name=scene).click()
    # it clears what was zoomed and hidden: before it has come, a visitor's click would be lost
    view = "document.querySelector('.lv').parentElement.liveView"
    wait(page, f"{view}.data.about.scene === '{scene}'")


def zoom(page: Page) -> None:
    area = box_of(page, "[data-chart=loss] .nsewdrag")
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.mouse.move(x - 100, y - 50)
    page.mouse.down()
    page.mouse.move(x + 100, y + 50, steps=5)
    page.mouse.up()
    wait(page, f"{GD}._fullLayout.xaxis.range[0] > 50")


def stroke(finger: CDPSession, page: Page, up: int) -> None:
    """One finger that lands on the first chart and moves, as a browser feels it."""
    area = box_of(page, "[data-chart=loss] .nsewdrag")
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] * 0.8
    feel(finger, "touchStart", x, y)
    for i in range(1, 13):
        feel(finger, "touchMove", x - i * 4, y - i * up / 12)
        page.wait_for_timeout(16)
    feel(finger, "touchEnd")
    page.wait_for_timeout(400)


def feel(finger: CDPSession, what: str, *at: float) -> None:
    points = [dict(zip("xy", at, strict=True))] if at else []
    finger.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})


def test_nothing_offers_to_upload_a_chart(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        show(page, server)
        page.locator("[data-chart=loss]").hover()
        assert page.locator(".modebar-btn").count() == 0
        names = map(str.strip, page.locator("[data-chart=loss] button").all_text_contents())
        assert list(names) == ["Undo the zoom", "Zoom", "Numbers", "PNG", "SVG"]


def test_the_numbers_of_a_frame_are_a_table(server: str, chrome: Browser) -> None:
    """All that its lines have drawn, to the last digit; the focus comes back to the button."""
    with visit(chrome) as page:
        show(page, server)
        page.locator("[data-chart=loss]").hover()
        page.locator("[data-chart=loss]").get_by_role("button", name="Numbers").click()
        table = page.get_by_role("dialog", name="Loss").get_by_role("table").first
        heads = table.locator("thead th").all_text_contents()
        last = table.locator("tbody tr").last.locator("th, td").all_text_contents()
        assert table.locator("tbody tr").count() == 120
        lines = page.evaluate(f"""{GD}.data.filter(({{ name }}) => name)
            .map(({{ name, x, y }}) => [name, x.at(-1), y.at(-1)])""")
        for name, x, y in lines:
            assert float(last[0]) == x
            np.testing.assert_allclose(float(last[heads.index(name)]), y, rtol=1e-6)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.evaluate("document.activeElement.dataset.tool") == "table"


def test_one_finger_scrolls_and_zooms_only_when_told(server: str, chrome: Browser) -> None:
    scrolled = "Math.max(...[...document.querySelectorAll('*')].map((e) => e.scrollTop))"
    with visit(chrome, **PHONE) as page:
        show(page, server)
        finger = page.context.new_cdp_session(page)
        before = page.evaluate(RANGES)
        stroke(finger, page, up=160)
        assert page.evaluate(scrolled) > 50
        assert page.evaluate(RANGES) == before
        undo = page.locator("[data-chart=loss]").get_by_role("button", name="Undo the zoom")
        expect(undo).to_be_hidden()

        page.locator("[data-chart=loss]").get_by_role("button", name="Zoom").tap()
        at = page.evaluate(scrolled)
        stroke(finger, page, up=100)
        assert page.evaluate(RANGES) != before
        assert page.evaluate(scrolled) == at
        undo.tap()
        wait(page, f"JSON.stringify({RANGES}) === '{page.evaluate(f'JSON.stringify({before})')}'")
        expect(undo).to_be_hidden()
        stroke(finger, page, up=60)
        assert page.evaluate(RANGES) == before, "one stroke zooms once"


def test_a_scene_shows_all_and_a_slider_keeps_the_look(server: str, chrome: Browser) -> None:
    look = f"""[{GD}._fullLayout.xaxis.range[0] > 20, {GD}._fullData[1].visible,
        document.querySelector('.lv-bar select').value]"""
    with visit(chrome) as page:
        show(page, server)
        choose(page, "calm")
        page.locator(".lv-legend button").first.click()
        page.get_by_role("combobox", name="Speed").select_option("2")
        zoom(page)
        wait(page, f"JSON.stringify({look}) === '[true,false,\"2\"]'")
        before = page.evaluate(look)
        page.get_by_role("slider", name="speed").press("ArrowRight")
        wait(page, f"{LIVE}.state === 'finished' && {LIVE}.painted === {LIVE}.token")
        assert page.evaluate(look) == before
        choose(page, "storm")
        wait(page, f"JSON.stringify({look}) === '[false,true,\"1\"]'")


def test_who_stands_at_a_step_stays_there(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        show(page, server)
        page.get_by_role("slider", name="Frame").fill("30")
        first = page.evaluate(f"{LIVE}.token")
        page.get_by_role("slider", name="speed").press("ArrowRight")
        wait(page, f"{LIVE}.token !== '{first}' && {LIVE}.state === 'finished'")
        wait(page, f"{LIVE}.painted === {LIVE}.token && {LIVE}.current === 30")
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        page.get_by_role("button", name="Play", exact=True).click()
        wait(page, f"{LIVE}.current > 40")


def test_keys_are_the_views_where_nothing_else_has_the_focus(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        show(page, server)
        page.keyboard.press("ArrowLeft")
        wait(page, f"{LIVE}.current === 118")
        page.get_by_role("slider", name="charts").focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".lv-chart")).to_have_count(3)
        assert page.evaluate(f"{LIVE}.current") == 118


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_says_what_it_is_on_a_white_slide(
    server: str, chrome: Browser, scheme: str
) -> None:
    with visit(chrome, color_scheme=scheme, bypass_csp=False) as page:
        page.goto(server)
        page.locator("[data-chart=loss]").wait_for()
        for _ in range(300):  # the policy forbids what `wait` needs
            if page.evaluate(f"{LIVE}?.current === 119"):
                break
            page.wait_for_timeout(100)
        page.locator(".lv-legend button", has_text="SGD").click()
        chart = page.locator("[data-chart=loss]")
        seen = page.evaluate(f"JSON.stringify([{RANGES}, {GD}.data.map(({{ y }}) => y)])")
        files = {kind: saved(page, chart, kind) for kind in ("PNG", "SVG")}
        assert page.evaluate(f"JSON.stringify([{RANGES}, {GD}.data.map(({{ y }}) => y)])") == seen
    assert {path.name for path in files.values()} == {
        "harness-run-loss-step-357.png", "harness-run-loss-step-357.svg"}
    svg = ElementTree.fromstring(files["SVG"].read_text("utf-8"))
    texts = ["".join(node.itertext()) for node in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "Training loss, median and range of 8 seeds"
    assert "Adam" in texts
    assert "SGD" not in texts, "what is hidden is not in the legend"
    assert texts[-1] == "Harness, run · step 357 · Speed: 5"
    assert "#eeeeee" not in files["SVG"].read_text("utf-8"), "colours are those of the light theme"
    width, height, colours = pixels(files["PNG"])
    assert (width, height) == tuple(
        2 * int(svg.attrib[side]) for side in ("width", "height"))
    assert colours[0] == (255, 255, 255, 255)
    assert {alpha for *_, alpha in colours} == {255}


def saved(page: Page, chart, kind: str) -> Path:
    with page.expect_download() as waiting:
        chart.get_by_role("button", name=f"Save this chart as a picture ({kind})").click()
    path = Path(waiting.value.path())
    return path.rename(path.with_name(waiting.value.suggested_filename))


def pixels(path: Path) -> tuple[int, int, list[tuple[int, ...]]]:
    """Width, height and the first column of a PNG with eight bits per channel."""
    data, at, packed = path.read_bytes(), 8, b""
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 6)
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        packed += data[at + 8 : at + 8 + size] if data[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + size
    raw, row, above, column = zlib.decompress(packed), 4 * width + 1, (0, 0, 0, 0), []
    for i in range(height):  # of a row's filters only what reaches its first pixel
        how, first = raw[i * row], raw[i * row + 1 : i * row + 5]
        up = [0, 0, 1, 0.5, 1][how]
        above = tuple((a + int(up * b)) % 256 for a, b in zip(first, above, strict=True))
        column.append(above)
    return width, height, column
