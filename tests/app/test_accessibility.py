"""What the page is for those who use it otherwise: by touch, without motion, in other colours,
translated, magnified, or on paper.
"""

from __future__ import annotations

from playwright.sync_api import Browser, CDPSession, Page

from devtools.browser import LIVE, box_of, explore, visit, wait

POLE = "document.querySelector('[data-chart=pole]')?.__pole"
SHORT = explore("dqn", variants="full", n_steps=1000, n_seeds=1)
A_MOMENT_MS = 300


def finished(page: Page, address: str) -> None:
    page.goto(address)
    wait(page, f"{LIVE}?.state === 'finished' && {LIVE}.painted === {LIVE}.token "
               f"&& {LIVE}.current === {LIVE}.frames - 1")


def feel(finger: CDPSession, what: str, *at: float) -> None:
    points = [dict(zip("xy", at, strict=True))] if at else []
    finger.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})


def moves(page: Page) -> bool:
    state = f"JSON.stringify({POLE}.agent)"
    before = page.evaluate(state)
    page.wait_for_timeout(A_MOMENT_MS)
    return page.evaluate(state) != before


def test_the_pole_stands_where_motion_is_not_wanted(server: str, chrome: Browser) -> None:
    with visit(chrome, reduced_motion="reduce") as page:
        finished(page, server + SHORT)
        assert not moves(page)
        page.get_by_role("button", name="Let the pole move").click()
        wait(page, f"{POLE}.agent.steps > 1")
        page.get_by_role("button", name="Stop the pole").click()
        assert not moves(page)
        page.get_by_role("button", name="Kick").click()
        wait(page, f"{POLE}.verdict === 'failed' || {POLE}.verdict === 'recovered'")
        page.emulate_media(reduced_motion="no-preference")
        assert moves(page)
        page.locator(".lv-bar select").select_option("0.25")  # it plays until it is paused
        page.get_by_role("button", name="Play", exact=True).click()
        page.get_by_role("button", name="Pause", exact=True).click()
        wait(page, f"{POLE}.paused")
        assert not moves(page)
        page.get_by_role("button", name="Play", exact=True).click()
        wait(page, f"!{POLE}.paused")
        assert moves(page)


def test_a_hold_ends_however_it_ends(server: str, chrome: Browser) -> None:
    held = f"{POLE}.held"
    with visit(chrome, viewport={"width": 390, "height": 844}, has_touch=True,
               is_mobile=True) as page:
        finished(page, server + SHORT)
        page.get_by_role("button", name="Play yourself").click()
        finger = page.context.new_cdp_session(page)
        canvas = box_of(page, "[data-chart=pole] canvas")
        x, y = canvas["x"] + canvas["width"] * 0.75, canvas["y"] + canvas["height"] * 0.8
        feel(finger, "touchStart", x, y)
        wait(page, f"{held}.join() === 'true'")
        for i in range(1, 13):  # the press becomes a scroll
            feel(finger, "touchMove", x, y - 12 * i)
        wait(page, f"{held}.length === 0")
        feel(finger, "touchEnd")

        for end in ("window.dispatchEvent(new Event('blur'))",
                    "document.dispatchEvent(new Event('visibilitychange'))"):
            page.keyboard.down("ArrowLeft")
            wait(page, f"{held}.join() === 'false'")
            page.evaluate(end)
            assert page.evaluate(held) == []
            page.keyboard.up("ArrowLeft")
        page.locator("[data-pole=game]").focus()
        page.keyboard.down("ArrowRight")
        page.locator("[data-pole=pace]").focus()
        assert page.evaluate(held) == [True], "the window has the focus still"
        page.keyboard.up("ArrowRight")
        assert page.evaluate(held) == []


def test_forced_colours_leave_what_they_say(server: str, chrome: Browser) -> None:
    """The place on the time line, what is pressed, and where the page's controls stand."""
    with visit(chrome, forced_colors="active") as page:
        finished(page, server + SHORT)
        page.get_by_role("slider", name="Frame").fill("0")
        bar = page.get_by_role("slider", name="Frame")
        at_start = bar.screenshot()
        bar.fill("5")
        assert bar.screenshot() != at_start
        game = page.locator("[data-pole=game]")
        look = "e => getComputedStyle(e).backgroundColor"
        before = game.evaluate(look)
        game.click()
        page.mouse.move(0, 0)
        assert game.evaluate(look) != before
        chosen, other, *_ = page.get_by_role("radiogroup", name="Lab").get_by_role("radio").all()
        assert chosen.evaluate(look) != other.evaluate(look)
        control = page.get_by_test_id("stSlider").filter(has_text="Steps").first
        still = control.screenshot()
        page.add_style_tag(content=".stSlider div:has(> [data-testid=stSliderThumbValue])"
                                   " { background: Canvas !important }")
        assert control.screenshot() != still, "its thumb was to be seen"


WRAP = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
        const parent = texts.currentNode.parentElement;
        if (parent.closest("script, style, svg, [translate=no]")) continue;
        if (texts.currentNode.data.trim()) found.push(texts.currentNode);
    }
    for (const text of found) {
        const outer = document.createElement("font"), inner = document.createElement("font");
        inner.append(`«${text.data}»`);
        outer.append(inner);
        text.replaceWith(outer);
    }
}"""
"""What a browser's translation does to a page: Chrome's, in any language."""


def test_a_translated_page_stays_translated_and_works(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        finished(page, server + explore("optimizers", n_steps=50, map="off"))
        row = page.locator(".lv-claims li").filter(has_text="Exactly on the ridge")
        row.wait_for()
        page.get_by_text("To read:").wait_for()
        page.evaluate(WRAP)
        page.get_by_role("slider", name="Frame").fill("7")
        wait(page, f"{LIVE}.current === 7")
        assert page.locator(".lv-where").inner_text().startswith("step 7 · frame 8 of 51")
        page.locator(".lv-legend button", has_text="Lion").click()
        assert page.locator(".lv-legend button[aria-pressed=false]").inner_text() == "«Lion»"
        first = page.evaluate(f"{LIVE}.token")
        page.get_by_role("slider", name="Condition number").press("ArrowRight")
        wait(page, f"{LIVE}.token !== '{first}' && {LIVE}.state === 'finished'")
        assert page.locator("figcaption").first.inner_text().startswith("«")
        assert page.locator(".lv-legend button[aria-pressed=false]").inner_text() == "«Lion»"
        row.get_by_role("button").click()
        row.get_by_text("✓ As claimed: held, now").wait_for()
        page.get_by_role("radio", name="Network").click()
        page.get_by_text("Predict:").wait_for()
        assert page.get_by_test_id("stException").count() == 0


def test_a_magnified_page_leaves_the_picture_room(server: str, chrome: Browser) -> None:
    with visit(chrome, viewport={"width": 640, "height": 360}) as page:
        finished(page, server + explore("optimizers", n_steps=50, map="off"))
        plot = page.locator(".lv-plot").first
        page.get_by_text("To read:").wait_for()
        top = box_of(page, ".lv-plot >> nth=0")["y"]
        assert top < 240
        bar = page.locator(".lv-bar")
        bar.scroll_into_view_if_needed()
        assert box_of(page, ".lv-bar")["height"] < 50, "one line"
        plot.scroll_into_view_if_needed()
        plot.evaluate("e => e.scrollIntoView()")
        covered = page.evaluate("""() => {
            const bar = document.querySelector(".lv-foot").getBoundingClientRect();
            return Math.max(0, innerHeight - Math.max(bar.top, 0));
        }""")
        assert covered == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 640


PAPER_WIDTH = 718
"""Of a sheet of A4 within a browser's margins, in pixels."""
INKS = """[...document.querySelectorAll('.lv-plot .xtick text')].map(
    (text) => getComputedStyle(text).fill)"""


def test_a_hand_out(server: str, chrome: Browser) -> None:
    """Whole charts, all of them, with legend, settings and lesson, black on white."""
    with visit(chrome, color_scheme="dark") as page:
        finished(page, server + explore("optimizers", n_steps=50))
        page.get_by_text("Try this").wait_for()
        on_screen = set(page.evaluate(INKS))
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER_WIDTH, "height": 1000})
        charts = page.locator(".lv-chart")
        assert page.locator(".lv-chart .main-svg:first-child").count() == charts.count() == 3
        for chart in charts.all():
            box = chart.evaluate("""e => [getComputedStyle(e).breakInside,
                Math.max(...[...e.querySelectorAll('.main-svg')].map(
                    (svg) => svg.getBoundingClientRect().right))]""")
            assert box[0] == "avoid"
            assert 600 < box[1] <= PAPER_WIDTH
        assert set(page.evaluate(INKS)) == {"rgb(31, 33, 38)"} != on_screen
        white = "e => getComputedStyle(e).backgroundColor"
        assert page.get_by_test_id("stMain").evaluate(white) == "rgb(255, 255, 255)"
        assert page.get_by_test_id("stSidebar").is_hidden()
        assert page.locator(".stMain button:visible:not(.lv-legend *)").count() == 0
        assert page.locator(".lv-legend button", has_text="Lion").is_visible()
        line = page.locator(".lv-paper").inner_text()
        assert line.startswith("Optimizers, Surface · Steps: 50 · http://127.0.0.1")
        assert "n_steps=50" in line
        assert page.get_by_text("In the Surface lab").is_visible()
        page.emulate_media(media="screen")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        wait(page, f"{INKS}[0] !== 'rgb(31, 33, 38)'")  # others when they are scrolled to
        assert page.locator(".lv-paper").is_hidden()
