"""The real app in a real browser: what a lecturer and a student would see."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest
from playwright.sync_api import Page, expect

from core.concepts import concepts
from core.study import count_of
from devtools.browser import LIVE, box_of, descendants, explore, visit, wait

PLOT = "document.querySelector('[data-chart={}] .lv-plot')"
LONG = explore("optimizers", "network", n_steps=1000, n_seeds=16, sweep_seeds=8)
FEW = {"optimizers": "sgd,lion", "map": "off"}
"""Settings for less work where the test is not about it."""


def painted(page: Page, frame: int = 0) -> str:
    """Waits until that frame of the current run is on screen; returns the run's token."""
    wait(page, f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token && {LIVE}.current >= {frame}")
    return page.evaluate(f"{LIVE}.token")


def finished(page: Page) -> None:
    wait(page, f"{LIVE}?.state === 'finished'")
    page.get_by_role("button", name="Jump to the newest frame").click()
    wait(page, f"{LIVE}.current === {LIVE}.frames - 1")


def slider(page: Page, name: str):
    return page.get_by_role("slider", name=name).first


def plot_area(page: Page, chart: str) -> dict[str, float]:
    """Where the inside of a chart's axes is."""
    return box_of(page, f"[data-chart={chart}] .nsewdrag")


def finding(page: Page, chart: str) -> str:
    """The chart's text alternative with the current values."""
    return page.locator(f"[data-chart={chart}] .lv-hidden").text_content() or ""


def test_landing_page_leads_to_the_concept(server, chrome):
    with visit(chrome) as page:
        page.goto(server)
        expect(page.get_by_role("heading", name="Training, live")).to_be_visible(timeout=30_000)
        page.get_by_test_id("stMain").get_by_role("link", name="Optimizers").click()
        painted(page)
        assert page.url.split("?")[0].endswith("/optimizers")


def test_slider_leads_to_new_frames_without_flicker(server, chrome):
    """The chart's element stays, hidden entries stay hidden, a zoom stays."""
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", **FEW))
        first = painted(page)
        finished(page)
        loss = PLOT.format("loss")
        page.evaluate(f"{loss}.mark = 'same'")
        page.locator(".lv-legend button", has_text="Lion").click()
        page.wait_for_timeout(500)  # a double click would mean something else
        area = plot_area(page, "loss")
        x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
        page.mouse.move(x - 80, y - 60)
        page.mouse.down()
        page.mouse.move(x + 80, y + 60, steps=5)
        page.mouse.up()
        page.wait_for_timeout(300)
        look = (f"[{loss}.mark, {loss}._fullLayout.xaxis.range[0] > 20, "
                f"{loss}._fullData.some(t => t.legendgroup === 'Lion' && t.visible === true)]")
        assert page.evaluate(look) == ["same", True, False]
        slider(page, "Condition number").press("ArrowRight")
        wait(page, f"{LIVE}.token !== '{first}'")
        assert painted(page, 5) != first
        assert page.evaluate(look) == ["same", True, False]
        assert "condition_number=150" in page.url


def test_script_does_not_run_while_training_goes_on(server, chrome):
    """While frames come, the page's websocket is silent."""
    with visit(chrome) as page:
        words: list[object] = []
        page.on("websocket", lambda socket: socket.on("framereceived",
                                                             lambda data: words.append(data)))
        page.goto(server + LONG + "&seed=11")
        start = page.evaluate(f"{LIVE}?.frames ?? 0") if painted(page, 2) else 0
        page.wait_for_timeout(1000)  # the script's last messages
        words.clear()
        wait(page, f"{LIVE}.frames > {start} + 12")
        assert words == []
        page.get_by_role("button", name="Stop").click()  # nobody looks at the rest


def test_scrubbing_needs_no_server(served, chrome):
    url, process = served
    with visit(chrome) as page:
        page.goto(url + explore("optimizers", **FEW))
        painted(page)
        finished(page)
        process.send_signal(signal.SIGSTOP)
        try:
            page.get_by_role("slider", name="Frame").fill("10")
            wait(page, f"{LIVE}.current === 10")
            early = page.evaluate(f"{PLOT.format('loss')}.calcdata[0].length")
            page.get_by_role("slider", name="Frame").fill("60")
            wait(page, f"{LIVE}.current === 60")
            wait(page, f"{PLOT.format('loss')}.calcdata[0].length > {early}")
            page.get_by_role("button", name="One frame back").click()
            wait(page, f"{LIVE}.current === 59")
        finally:
            process.send_signal(signal.SIGCONT)


def test_killed_child_is_explained_and_the_next_run_works(served, chrome):
    url, process = served
    with visit(chrome) as page:
        before = set(descendants(process.pid))
        page.goto(url + LONG + "&seed=21")
        painted(page, 2)
        children = set(descendants(process.pid)) - before
        assert children
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        expect(page.get_by_role("alert").filter(has_text="ended unexpectedly")).to_be_visible(
            timeout=15_000)
        page.get_by_role("button", name="Run again").click()
        painted(page, 3)
        page.get_by_role("button", name="Stop").click()
        wait(page, f"{LIVE}.state === 'stopped'")
        _gone(process.pid, before)


def test_old_run_dies_when_the_slider_moves_and_when_the_tab_closes(served, chrome):
    url, process = served
    before = set(descendants(process.pid))
    with visit(chrome) as page:
        page.goto(url + LONG + "&seed=31")
        first = painted(page, 1)
        old = set(descendants(process.pid)) - before
        slider(page, "Steps").press("ArrowLeft")
        wait(page, f"{LIVE}.token !== '{first}'")
        painted(page)
        _gone(process.pid, before | (set(descendants(process.pid)) - old))
        assert not old & set(descendants(process.pid))
    _gone(process.pid, before)  # the lease of a closed tab


def _gone(pid: int, known: set[int]) -> None:
    """Waits until no process below `pid` is left but the known ones."""
    deadline = time.monotonic() + 40
    while extra := set(descendants(pid)) - known:
        assert time.monotonic() < deadline, f"still there: {extra}"
        time.sleep(0.1)


def test_click_places_the_start(server, chrome):
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", surface="himmelblau", **FEW))
        first = painted(page, 1)
        area = plot_area(page, "paths")
        page.mouse.click(area["x"] + 0.75 * area["width"], area["y"] + 0.25 * area["height"])
        wait(page, f"{LIVE}.token !== '{first}'")
        painted(page, 1)
        expect(page.get_by_role("spinbutton", name="Start x")).to_have_value("2.5")
        expect(page.get_by_role("spinbutton", name="Start y")).to_have_value("2.5")
        assert "start_x=2.5" in page.url


def test_click_asks_the_members_of_an_ensemble(server, chrome):
    """Their votes at that point are in the frames: nothing is trained again."""
    with visit(chrome) as page:
        page.goto(server + explore("ensembles", n_estimators=3, n_seeds=1))
        token = painted(page)
        finished(page)
        area = plot_area(page, "surface")
        page.mouse.click(area["x"] + 0.25 * area["width"], area["y"] + 0.25 * area["height"])
        votes = page.locator("[data-chart=votes] figcaption")
        expect(votes).not_to_contain_text("(0.5, 0.25)")
        left, upper = re.search(r"\((-?[\d.]+), (-?[\d.]+)\)", votes.inner_text()).groups()
        assert float(left) < 0 < float(upper), "the upper left quarter"
        assert f"query_x={left}" in page.url
        assert page.evaluate(f"{LIVE}.token") == token


def test_click_chooses_the_complexity(server, chrome):
    with visit(chrome) as page:
        page.goto(server + explore("bias_variance", n_resamples=20, n_seeds=1))
        first = painted(page)
        area = plot_area(page, "parts")
        page.mouse.click(area["x"] + area["width"] * 10.5 / 16, area["y"] + 0.5 * area["height"])
        wait(page, f"{LIVE}.token !== '{first}'")
        painted(page)
        expect(slider(page, "Degree")).to_have_value("10")
        expect(page.locator("[data-chart=fits] figcaption")).to_contain_text("degree 10")


def test_url_gives_the_same_picture_elsewhere(server, chrome):
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", surface="beale", n_steps=50, **FEW))
        first = painted(page)
        slider(page, "Steps").press("ArrowRight")
        wait(page, f"{LIVE}.token !== '{first}' && location.search.includes('n_steps')")
        painted(page)
        finished(page)
        url, said = page.url, [finding(page, "loss"), finding(page, "paths")]
    with visit(chrome) as page:
        page.goto(url)
        painted(page)
        finished(page)
        assert [finding(page, "loss"), finding(page, "paths")] == said
        assert all("At step 70" in words for words in said)


def test_bad_url_is_explained_and_the_page_stays_usable(server, chrome):
    with visit(chrome) as page:
        page.goto(server + explore(
            "optimizers", n_steps=99999999, surface="moon", colour="red", **FEW))
        painted(page)
        warnings = page.get_by_role("alert")
        for text in ("n_steps: '99999999' is not allowed. Allowed: a whole number from 10 to 2000",
                     "surface: 'moon' is not allowed. Allowed: quadratic, rosenbrock",
                     "colour: there is no such setting"):
            expect(warnings.filter(has_text=text)).to_be_visible()


def test_divergence_is_named(server, chrome):
    with visit(chrome) as page:
        page.goto(server + explore(
            "optimizers", optimizers="sgd,momentum", rates="shared", learning_rate=0.0202,
            rotation=0, n_steps=2000, map="off"))
        painted(page)
        finished(page)
        expect(page.locator(".lv-notes")).to_contain_text(
            "SGD diverged at step")
        expect(page.locator(".lv-notes")).to_contain_text("2/L = 0.02. To repair it, lower")


def test_dots_beyond_a_given_range_stand_at_its_edge(server, chrome):
    """Before the first update every net guesses: one in ten right, on an axis from 88 %."""
    symbols = "[...document.querySelectorAll('[data-chart=now] .js-plotly-plot')][0].data"
    with visit(chrome) as page:
        page.goto(server + explore(
            "optimizers", "network", optimizers="sgd,adam", n_seeds=2, sweep_seeds=0))
        page.locator("[data-chart=now]").scroll_into_view_if_needed()
        painted(page)
        finished(page)
        assert page.evaluate(f"{symbols}.flatMap((trace) => trace.x)") == page.evaluate(
            f"{symbols}.flatMap((trace) => trace.customdata)"), "inside they stay where they are"
        page.get_by_role("slider", name="Frame").fill("0")
        wait(page, f"{LIVE}.current === 0")
        wait(page, f"{symbols}.every((trace) => trace.x.every((x) => x === 0.88))")
        assert max(page.evaluate(f"{symbols}.flatMap((trace) => trace.customdata)")) < 0.3
        edge = plot_area(page, "now")["x"]
        dots = "[data-chart=now] .trace:first-child .points path"
        for point in range(1, 3):
            box = box_of(page, f"{dots}:nth-child({point})")
            assert box["x"] < edge < box["x"] + box["width"]


def test_claims_are_listed_and_checked_with_a_click(server, chrome):
    """Beside the run: other seeds at each click, and the run on screen is not disturbed."""
    surface, network, *_ = concepts()["optimizers"]
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", n_steps=50, **FEW))
        token = painted(page)
        for claim in surface.claims:
            expect(page.get_by_text(claim.sentence)).to_be_visible()
        count = count_of(surface, surface.claim("gd_beats_adam"))
        assert count is not None
        row = page.locator("li").filter(has_text=surface.claim("gd_beats_adam").sentence)
        expect(row).to_contain_text(f"Held in {count.held} of 64 seeds.")
        button = page.get_by_role("button", name="Check now: At its best rate, gradient descent")
        for seeds in ("100 to 107", "108 to 115"):
            button.click()
            expect(page.get_by_text(f"of 8 seeds, now (seeds {seeds})")).to_be_visible(
                timeout=60_000)
        page.get_by_role("button", name="Check now: Exactly on the ridge").click()
        expect(page.get_by_text("held, now (nothing in it is random)")).to_be_visible(
            timeout=60_000)
        assert page.evaluate(f"{LIVE}.token") == token
        page.get_by_role("radio", name="Network").click()
        for claim in network.claims:
            expect(page.get_by_text(claim.sentence)).to_be_visible()


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (390, 844)])
def test_first_chart_is_above_the_fold_and_nothing_overflows(server, chrome, size):
    """In either theme."""
    viewport = {"width": size[0], "height": size[1]}
    with visit(chrome, viewport=viewport) as page:
        page.goto(server + explore(
            "optimizers", "network", n_steps=20, n_seeds=2, sweep_seeds=0))
        painted(page, 1)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            wait(page, f"document.querySelector('.lv').parentElement.liveView.theme.dark === "
                       f"{str(scheme == 'dark').lower()}")
            plot = plot_area(page, "train_loss")
            assert plot["y"] + plot["height"] < size[1]
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            transport = page.locator(".lv-bar").bounding_box()
            assert transport["y"] + transport["height"] <= size[1]


@pytest.mark.parametrize("way", ["another page of the app", "elsewhere"])
def test_who_leaves_says_so(server, chrome, way):
    """So that a run which goes on for nobody ends soon. Nobody hears what a document says while it
    is torn down, so of that only the beginning is played.
    """
    with visit(chrome) as page:
        page.goto(f"{server}{LONG}&seed=77")
        painted(page, 1)
        address = f"/live/{page.evaluate(f'{LIVE}.token')}/leave"
        with page.expect_request(lambda request: request.url.endswith(address)) as left:
            if way == "elsewhere":
                page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
            else:
                page.locator("a", has_text="Overview").first.click()
        assert left.value.method == "POST"
