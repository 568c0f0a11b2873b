"""A link as a QR code: what it says, what is refused, and the dialog that shows it.

No decoder is at hand: the modules that a visitor sees are compared with segno's symbol for the
text.
"""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pandas
import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from core.concepts import find
from core.files import open_history
from devtools.browser import LIVE, explore, visit, wait
from explorer.live.qr import MOST_CHARACTERS, qr_code
from tests.support.proxy import proxy

PAGE = explore("bias_variance", n_resamples=20, n_seeds=1)
QUIET = 4  # modules of white around a code, as ISO/IEC 18004 asks
SIZES = {"a hall": (1280, 720), "a phone": (390, 844), "at 200 %": (640, 360)}


# ------------------------------------------------------------------------------- the route


def asked(server: str, to: str, **headers: str) -> tuple[int, str, str]:
    """Status, type and body of the answer."""
    request = urllib.request.Request(
        f"{server}/live/qr.svg?{urllib.parse.urlencode({'to': to})}", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers["content-type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read().decode()


def test_an_address_of_the_app_gets_a_picture(server: str) -> None:
    status, kind, body = asked(server, f"{server}{PAGE}#step=7&hide=a+b")
    assert (status, kind) == (200, "image/svg+xml")
    assert "<svg" in body
    assert "<script" not in body


def test_behind_a_proxy_the_referrer_says_which_page_asks(server: str) -> None:
    """A proxy may keep the host that the browser knows to itself."""
    to = "https://hall.example.edu/lab/optimizers?n_steps=500#step=7"
    assert asked(server, to)[0] == 400
    assert asked(server, to, Referer="https://hall.example.edu/lab/optimizers")[0] == 200
    assert asked(server, to, Referer="https://[hall.example.edu/")[0] == 400


@pytest.mark.parametrize("to", [
    "", "/optimizers", "optimizers?n_steps=500", "https://example.com/", "//example.com/",
    "javascript:alert(1)", "ftp://HOST/", "http://HOST@example.com/", "http://you@HOST/",
    "http://example.com\\@HOST/", "http://HOST.example.com/", "http://[HOST/", "http://HOST/a b",
    "http://HOST/\n", "http://HOST/\0", "http://HOST/é", "http://HOST/<svg>",
])
def test_what_leads_elsewhere_or_is_no_address_is_refused(server: str, to: str) -> None:
    host = urllib.parse.urlsplit(server).netloc
    status, kind, body = asked(server, to.replace("HOST", host))
    assert (status, kind) == (400, "application/json")
    assert json.loads(body)["error"].startswith("to: this is no address of the app. Allowed: ")


def test_the_longest_address() -> None:
    start, hosts = "https://hall.example.edu/?n=", frozenset({"hall.example.edu"})
    longest = start + "1" * (MOST_CHARACTERS - len(start))
    assert b"<svg" in qr_code(longest, hosts)
    with pytest.raises(ValueError, match=f"{MOST_CHARACTERS + 1} characters are too many"):
        qr_code(longest + "1", hosts)


# ------------------------------------------------------------------------------ the dialog


def open_dialog(page: Page, url: str) -> str:
    """The address that the dialog shows, once its code is there."""
    page.goto(url + PAGE)
    wait(page, f"{LIVE}?.state === 'finished' && {LIVE}.painted === {LIVE}.token "
               f"&& {LIVE}.current === {LIVE}.frames - 1")  # it plays no longer
    page.get_by_role("button", name="Link to this moment").click()
    wait(page, "document.querySelector('.lv-share img').naturalWidth > 0")
    return page.get_by_role("textbox", name="Address").input_value()


def seen(page: Page, n: int) -> np.ndarray:
    """(n, n) the greys of a code's modules on screen, each in its middle."""
    shot = page.get_by_role("img", name="QR code").screenshot()
    greys = np.asarray(Image.open(io.BytesIO(shot)).convert("L"))
    at = (np.arange(n) + 0.5) / n
    rows, columns = ((at * size).astype(int) for size in greys.shape)
    return greys[np.ix_(rows, columns)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_code_on_screen_is_that_of_the_address(
    server: str, chrome: Browser, size: str, scheme: str
) -> None:
    """Black on white in both themes, and whole without scrolling."""
    width, height = SIZES[size]
    with visit(chrome, viewport={"width": width, "height": height},
               color_scheme=scheme) as page:
        address = open_dialog(page, server)
        assert address.startswith(f"{server}{PAGE}&") or address.startswith(f"{server}{PAGE}#")
        symbol = segno.make_qr(address, error="L")
        expected = np.pad(np.array([list(row) for row in symbol.matrix]), QUIET)
        np.testing.assert_array_equal(seen(page, len(expected)), np.where(expected, 0, 255))
        box = page.get_by_role("img", name="QR code").bounding_box()
        assert box is not None
        assert min(box["x"], box["y"]) >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert box["width"] == pytest.approx(box["height"], abs=1)
        assert box["width"] >= 0.7 * min(width, height)


def test_it_opens_and_closes_with_keys_and_by_a_click_elsewhere(
    server: str, chrome: Browser
) -> None:
    """Its keys are its own: the playhead stays, and the focus returns to the button."""
    with visit(chrome) as page:
        open_dialog(page, server)
        dialog, button = page.get_by_role("dialog"), page.get_by_role(
            "button", name="Link to this moment")
        frame = page.evaluate(f"{LIVE}.current")
        selected = page.evaluate("getSelection().toString()")
        assert selected == page.get_by_role("textbox", name="Address").input_value()
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("button", name="Close")).to_be_focused()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(button).to_be_focused()
        assert page.evaluate(f"{LIVE}.current") == frame
        page.keyboard.press("Enter")
        expect(dialog).to_be_visible()
        dialog.get_by_role("img").click()
        expect(dialog).to_be_visible()
        page.mouse.click(5, 5)
        expect(dialog).to_have_count(0)
        button.click()
        page.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)


def test_a_code_that_does_not_come_is_said(server: str, chrome: Browser) -> None:
    """The address is there all the same; the next code that comes takes the sentence away."""
    with visit(chrome, expected=("ERR_FAILED",)) as page:
        page.route("**/qr.svg?*", lambda route: route.abort())
        page.goto(server + PAGE)
        wait(page, f"{LIVE}?.state === 'finished'")
        button = page.get_by_role("button", name="Link to this moment")
        button.click()
        alert = page.get_by_role("dialog").get_by_role("alert")
        expect(alert).to_contain_text("The QR code could not be made")
        expect(page.get_by_role("img", name="QR code")).to_be_hidden()
        assert page.get_by_role("textbox", name="Address").input_value().startswith(server)
        page.unroute("**/qr.svg?*")
        page.keyboard.press("Escape")
        button.click()
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        expect(alert).to_have_count(0)


def test_below_a_path_that_a_proxy_strips(server: str, chrome: Browser) -> None:
    with proxy(server, strip="/user/ada/proxy/8501") as (address, about), visit(chrome) as page:
        assert open_dialog(page, address).startswith(address)
        assert any(path.startswith("/live/qr.svg?to=") for path in about.asked)


# ------------------------------------------------------------------------------ the numbers


def test_all_numbers_of_the_run_are_in_the_table(
    server: str, chrome: Browser, tmp_path: Path
) -> None:
    """Every array, with its labels, as a notebook has them; those that do not change, once. The
    other files are the notebook's data set itself.
    """
    lab = find("bias_variance.regression")
    data = lab.run(n_resamples=20, n_seeds=1)
    with visit(chrome) as page:
        page.goto(server + PAGE)
        wait(page, f"{LIVE}?.state === 'finished'")
        page.get_by_role("button", name="Link to this moment").click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name="CSV", exact=True).click()
        assert waiting.value.suggested_filename == "bias_variance-regression.csv"
        table = pandas.read_csv(waiting.value.path(), dtype={"value": "float32"})
        for name in ("netCDF", "JSON"):
            with page.expect_download() as waiting:
                page.get_by_role("button", name=name, exact=True).click()
            path = tmp_path / waiting.value.suggested_filename
            waiting.value.save_as(path)
            assert path.stem == "bias_variance-regression"
            assert open_history(path).identical(data)
        refused = page.request.get(f"{server}/live/{page.evaluate(f'{LIVE}.token')}/file.exe")
        assert (refused.status, refused.json()["error"]) == (
            404, "kind: '.exe' is not allowed. Allowed: .json, .nc, .py")
    assert set(table["array"]) == set(data)
    for name, array in data.items():
        rows = table[table["array"] == name]
        np.testing.assert_array_equal(rows["value"], array.values.ravel().astype("float32"))
        for dim in array.dims:
            labels = np.broadcast_to(
                array[dim].values.reshape([-1 if d == dim else 1 for d in array.dims]), array.shape)
            assert [str(x) for x in rows[dim]] == [str(x) for x in labels.ravel()] or np.allclose(
                rows[dim].astype(float), labels.ravel().astype(float))
