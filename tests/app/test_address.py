"""The address and the history of the browser: what can be sent, and what Back leads to."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from core.concepts import concepts, find
from devtools.browser import LIVE, LIVENESS, explore, visit, wait
from explorer.address import settings_in
from explorer.server import service
from tests.support.visits import Orders, Visits, address, warnings_of

SMALL = explore("bias_variance", n_resamples=20, n_seeds=1)

OVERTAKEN = "404"
"""A run that another one replaced before the browser had asked for it."""


def shown(page: Page, query: str) -> None:
    """Waits until a setting is in the address and its run on screen."""
    page.wait_for_function("query => location.search.includes(query)", arg=query,
                           timeout=LIVENESS * 1000)
    wait(page, f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token && !document.querySelector("
               "'[data-test-script-state=running]')")


def where(page: Page) -> str:
    parts = urlsplit(page.url)
    return parts.path + ("?" + parts.query if parts.query else "")


def degree(page: Page, value: str) -> None:
    expect(page.get_by_role("slider", name="Degree").first).to_have_value(value,
                                                                        timeout=LIVENESS * 1000)


def test_back_gives_the_setting_before(server: str, chrome: Browser) -> None:
    """Down to the defaults, which are not in the address; and forward again."""
    with visit(chrome, expected=(OVERTAKEN,)) as page:
        page.goto(server + SMALL)
        shown(page, "n_resamples=20")
        slider = page.get_by_role("slider", name="Degree").first
        start = int(slider.input_value())
        first = where(page)
        for step in (1, 2):
            slider.press("ArrowRight")
            shown(page, f"degree={start + step}")
        for go, value in ((page.go_back, start + 1), (page.go_back, start),
                          (page.go_forward, start + 1), (page.go_back, start)):
            go()
            degree(page, str(value))
        assert where(page) == first


def test_defaults_are_an_entry_too(server: str, chrome: Browser) -> None:
    """Of a lab without settings; one more press leads to where the visitor came from."""
    with visit(chrome, expected=(OVERTAKEN,)) as page:
        page.goto(server + "/")
        page.get_by_role("heading", name="Training, live").wait_for(timeout=30_000)
        page.goto(server + explore("bias_variance"))
        shown(page, "lab=regression")
        page.get_by_role("slider", name="Degree").first.press("ArrowRight")
        shown(page, "degree=")
        page.go_back()
        page.wait_for_function("!location.search.includes('degree')")
        wait(page, "document.querySelector('[data-test-script-state=notRunning]')")
        assert where(page) == explore("bias_variance")
        page.go_back()
        expect(page.get_by_role("heading", name="Training, live")).to_be_visible(timeout=30_000)
        assert where(page) == "/"


def test_a_held_key_is_one_entry(server: str, chrome: Browser) -> None:
    with visit(chrome, expected=(OVERTAKEN,)) as page:
        page.goto(server + SMALL)
        shown(page, "n_resamples=20")
        slider, before = page.get_by_role("slider", name="Degree").first, where(page)
        slider.focus()
        n = page.evaluate("history.length")
        for _ in range(3):  # the first goes down, the others repeat
            page.keyboard.down("ArrowRight")
            page.wait_for_timeout(400)
        page.keyboard.up("ArrowRight")
        shown(page, "degree=")
        assert page.evaluate("history.length") == n + 1
        page.go_back()
        page.wait_for_function("!location.search.includes('degree')")
        assert where(page) == before


# ------------------------------------------------------------------- links on their way

SENT = {"lab": "network", "n_steps": "500"}
ADDED = {
    "a newsletter": {"utm_source": "moodle", "utm_medium": "e-mail", "mc_cid": "1", "mc_eid": "x"},
    "a network": {"fbclid": "IwAR0", "igshid": "x", "twclid": "2", "li_fat_id": "y"},
    "a search": {"gclid": "x", "gbraid": "y", "msclkid": "z", "_ga": "1.2", "srsltid": "w"},
    "other letters": {"UTM_Campaign": "spring", "FBCLID": "x"},
    "a mailer's marketing": {"_hsenc": "x", "_hsmi": "1", "mkt_tok": "y", "vero_id": "z"},
}


@pytest.mark.parametrize("what", ADDED)
def test_what_is_added_to_a_link_is_ignored_in_silence(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = Orders()
    monkeypatch.setattr(service, "runs", lambda: orders)
    at = Visits("optimizers").opened(**SENT, **ADDED[what])
    assert warnings_of(at) == []
    assert address(at) == SENT
    assert orders.configs[-1].model_dump()["n_steps"] == 500


def test_a_link_whose_ampersands_a_mailer_wrote_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "runs", Orders)
    at = Visits("optimizers").opened("network", **{"amp;n_steps": "500", "amp;rates": "shared"})
    assert warnings_of(at) == []
    assert address(at) == SENT | {"rates": "shared"}


def test_a_misspelt_setting_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "runs", Orders)
    at = Visits("optimizers").opened("network", n_step="500", Learning_Rate="0.1", utm_id="x")
    assert warnings_of(at) == [
        "n_step: there is no such setting. Did you mean n_steps? It is left out.",
        "Learning_Rate: there is no such setting. Did you mean learning_rate? It is left out.",
    ]


def test_no_setting_of_any_lab_is_taken_for_a_tracker() -> None:
    for labs in concepts().values():
        for experiment in labs:
            names = dict.fromkeys(experiment.config.model_fields, "1")
            assert settings_in(names | {"utm_source": "mail"}, names) == names


def test_a_setting_may_be_called_as_a_tracker_is_elsewhere() -> None:
    sent = {"source": "permuted"}
    assert settings_in(sent, find("transfer.labels").config.model_fields) == sent
    assert settings_in(sent, find("optimizers.surface").config.model_fields) == {}


# ------------------------------------------------------------------- a link to a moment


def test_a_link_shows_somebody_else_the_same_moment(server: str, chrome: Browser) -> None:
    """The frame, what is hidden in the legend and the speed, beside the settings."""
    with visit(chrome, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(server + SMALL)
        wait(page, f"{LIVE}?.state === 'finished' && {LIVE}.painted === {LIVE}.token")
        hidden = page.locator(".lv-legend button").first
        name = hidden.inner_text()
        hidden.click()
        page.get_by_role("combobox", name="Speed").select_option("0.5")
        page.get_by_role("slider", name="Frame").fill("7")
        wait(page, f"{LIVE}.current === 7")
        said = page.locator(".lv-where").inner_text().split(" · ")[0]
        page.get_by_role("button", name="Link to this moment").click()
        expect(page.get_by_role("dialog")).to_contain_text("Copied")
        link = page.evaluate("navigator.clipboard.readText()")
        assert link == page.get_by_role("textbox", name="Address").input_value()
    with visit(chrome) as page:
        page.goto(link)
        wait(page, f"{LIVE}?.current === 7 && {LIVE}.painted === {LIVE}.token")
        assert page.locator(".lv-where").inner_text().split(" · ")[0] == said
        assert page.locator(".lv-legend [aria-pressed=false]").all_inner_texts() == [name]
        assert page.get_by_role("combobox", name="Speed").input_value() == "0.5"
        expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("wrong", ["step=many&speed=3", "step=99999999", "hide=nobody"])
def test_a_wrong_moment_is_as_usual(server: str, chrome: Browser, wrong: str) -> None:
    with visit(chrome) as page:
        page.goto(f"{server}{SMALL}#{wrong}")
        wait(page, f"{LIVE}?.state === 'finished' && {LIVE}.current === {LIVE}.frames - 1")
        assert page.locator(".lv-alert").inner_text() == ""
        assert page.get_by_role("combobox", name="Speed").input_value() == "1"
