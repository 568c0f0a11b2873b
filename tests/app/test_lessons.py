"""Scenes in a real browser, as a class would see them: all of them ask, and one of each lesson is
played to its end. Where a text draws (`DRAWN_BY`), so is a whole lesson, and with "all" each.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.browser import visit, wait
from explorer.catalog import CATALOG
from explorer.page import scenes_of
from explorer.player import main_of
from explorer.scene import Scene, texts
from tests.support.drawing import DRAWN_BY, drawn

LESSONS = [c.slug for c in CATALOG if scenes_of(c.slug)]
WHOLE_LESSONS = LESSONS if DRAWN_BY == "all" else drawn(LESSONS, 1) if DRAWN_BY else []
PLAYED = {(slug, i) for slug in LESSONS for n in [len(scenes_of(slug))]
          for i in (range(n) if slug in WHOLE_LESSONS else drawn(range(n), 1, slug))}
"""Scenes, by their lesson and place in it."""
VIEW = "document.querySelector('.lv')?.parentElement.liveView"
BEAMER = {"width": 1280, "height": 720}
SHOWN = """() => [...document.querySelectorAll('.lv-chart')].filter((box) => box.offsetHeight)
  .map((box) => ({ id: box.dataset.chart, bottom: box.getBoundingClientRect().bottom,
    empty: !box.querySelector('canvas, .main-svg') }))"""
"""The panels that are to be seen."""
LEVEL = """[...document.querySelectorAll('.lv-chart > .lv-plot')].every((plot, _, plots) => plots
  .filter((other) => other.parentElement.offsetTop === plot.parentElement.offsetTop)
  .every((other) => Math.abs(other.offsetTop - plot.offsetTop) <= 1))"""
"""Whether plots that stand beside each other begin at one height, however long their titles."""
WHOLE = """[...document.querySelectorAll('.lv-always button')].every((button) =>
  button.scrollWidth <= button.clientWidth && button.getBoundingClientRect().right <= innerWidth)"""
"""Whether each claim's button has room for its words."""


def asks(page: Page, scene: Scene) -> None:
    """Waits for a scene's question over its first frame."""
    wait(page, f"{VIEW}?.lesson?.key === '{scene.key}' && {VIEW}.live.current === 0 && "
               f"[...document.querySelectorAll('.lv-main:not(.lv-off)')].length && "
               f"!document.querySelector('.lv-main:not(.lv-off).lv-stale')")
    expect(page.locator(".lv-lesson")).to_have_attribute("data-phase", "ask")


def phase(page: Page, *phases: str) -> str:
    """Waits for one of these."""
    wait(page, f"{list(phases)}.includes(document.querySelector('.lv-lesson').dataset.phase)")
    return str(page.locator(".lv-lesson").get_attribute("data-phase"))


def played(page: Page, scene: Scene) -> list[str]:
    """Goes on at every stop, to the end; what was said at the stops."""
    said = []
    while phase(page, "stop", "told") == "stop":
        said.append(page.locator(".lv-stop").inner_text())
        if scene.stops[len(said) - 1].chart:
            chart = page.locator(f"[data-chart='{scene.stops[len(said) - 1].chart}']")
            expect(chart.locator(".annotation-arrow-g").last).to_be_attached()
        page.keyboard.press("PageDown")
    return said


@pytest.mark.parametrize("slug", LESSONS)
def test_each_scene_asks_first_and_some_answer(server: str, chrome: Browser, slug: str) -> None:
    """Over its first frame, all of its pictures in sight, and nothing that says the answer. Those
    that are played lead to the next scene; the last one to the next lesson.
    """
    scenes = scenes_of(slug)
    with visit(chrome, viewport=BEAMER, reduced_motion="reduce") as page:
        page.goto(f"{server}/{slug}?scene=1")
        n_played = 0
        for i, scene in enumerate(scenes):
            asks(page, scene)
            expect(page).to_have_url(f"{server}/{slug}?scene={i + 1}")
            assert page.locator(".lv-lesson h3").inner_text() == texts(slug)[scene.key].question
            expect(page.locator(".lv-reveal")).to_be_hidden()
            expect(page.locator(".lv-bar input")).to_be_disabled()
            in_sight(page, scene)
            if (slug, i) in PLAYED:
                answers_at_its_end(page, slug, scene)
                n_played += 1
                expect(page.locator("nav .lv-seen")).to_have_count(n_played)
                page.keyboard.press("PageDown")
            elif i + 1 < len(scenes):
                page.locator(".lv-lesson nav li button").nth(i + 1).click()
        for following in LESSONS[LESSONS.index(slug) + 1 :][:1] if (slug, i) in PLAYED else []:
            asks(page, scenes_of(following)[0])
            expect(page).to_have_url(f"{server}/{following}?scene=1")


def answers_at_its_end(page: Page, slug: str, scene: Scene) -> None:
    """By a clicker's one key, with reduced motion from stop to stop."""
    text = texts(slug)[scene.key]
    page.keyboard.press("1")
    stops = played(page, scene)
    assert len(stops) == len(scene.stops)
    reveal = page.locator(".lv-reveal").inner_text()
    assert text.answers[scene.right] in reveal
    assert re.search(r"\d", reveal)
    assert not re.search(r"[{}]|not finite", reveal + "".join(stops))
    page.locator("[data-scene=always]").click()
    expect(page.locator(".lv-always li")).to_have_count(len(scene.claims))
    assert page.evaluate(WHOLE)
    in_sight(page, scene)


def test_a_clickers_key_leads_from_the_front_door_into_the_first_lesson(
    server: str, chrome: Browser
) -> None:
    with visit(chrome, viewport=BEAMER) as page:
        page.goto(server)
        expect(page.locator(".door a").first).to_be_visible()
        page.keyboard.press("PageDown")
        asks(page, scenes_of(LESSONS[0])[0])


def in_sight(page: Page, scene: Scene) -> None:
    """What the scene shows is above the transport, without scrolling."""
    # what comes with the first frame, as a legend does, has moved the pictures
    wait(page, f"""({SHOWN})().every((panel) => !panel.empty && panel.bottom <= 1 +
        document.querySelector('.lv-foot').getBoundingClientRect().top)""")
    shown = page.evaluate(SHOWN)
    foot = page.locator(".lv-foot").bounding_box()
    assert foot is not None
    assert foot["y"] + foot["height"] <= BEAMER["height"] + 1
    assert len(shown) == len(main_of(scene))
    assert all(panel["bottom"] <= foot["y"] + 1 for panel in shown), shown
    assert page.evaluate(LEVEL)


def test_on_a_phone_a_scene_is_played_by_taps(server: str, chrome: Browser) -> None:
    """One picture at a time, chosen by its name; the answer is a large button."""
    slug, i = next((slug, i) for slug in LESSONS for i, scene in enumerate(scenes_of(slug))
                   if len(scene.configs) == 2 and len(scene.stops))
    scene, text = scenes_of(slug)[i], texts(slug)[scenes_of(slug)[i].key]
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visit(chrome, **phone, reduced_motion="reduce") as page:
        page.goto(f"{server}/{slug}?scene={i + 1}")
        asks(page, scene)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("(tabs => tabs.scrollWidth <= tabs.clientWidth)"
                             "(document.querySelector('.lv-tabs'))")
        (first,) = page.evaluate(SHOWN)
        page.locator(".lv-tabs button").nth(1).tap()
        wait(page, f"({SHOWN})()[0].id !== '{first['id']}' && !({SHOWN})()[0].empty")
        assert len(page.evaluate(SHOWN)) == 1
        page.locator(".lv-answers button").nth(scene.right).tap()
        while phase(page, "stop", "told") == "stop":
            page.locator("[data-scene=on]").tap()
        expect(page.locator(".lv-reveal")).to_contain_text(text.answers[scene.right])
        expect(page.locator(".lv-reveal")).to_contain_text("That is what you chose")


def test_on_a_phone_a_stop_shows_the_picture_that_it_is_about(
    server: str, chrome: Browser
) -> None:
    slug, i, scene = next(
        (slug, i, scene) for slug in LESSONS for i, scene in enumerate(scenes_of(slug))
        if scene.stops and scene.stops[0].chart in scene.charts[1:])
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visit(chrome, **phone, reduced_motion="reduce") as page:
        page.goto(f"{server}/{slug}?scene={i + 1}")
        asks(page, scene)
        assert [panel["id"] for panel in page.evaluate(SHOWN)] == [scene.charts[0]]
        page.locator(".lv-answers button").first.tap()
        assert phase(page, "stop", "told") == "stop"
        wait(page, f"({SHOWN})()[0].id === '{scene.stops[0].chart}'")
        assert len(page.evaluate(SHOWN)) == 1
        expect(page.locator(".lv-tabs [aria-selected=true]")).to_have_count(1)


def test_what_gives_the_answer_away_waits(server: str, chrome: Browser) -> None:
    """Neither keys nor the time line lead past the question; another answer is none. Until then the
    charts know no frame but the first, by whose numbers their axes end.
    """
    slug, read = LESSONS[0], f"[...{VIEW}.panels.values()].flatMap((panel) => panel.read)"
    with visit(chrome, viewport=BEAMER) as page:
        page.goto(f"{server}/{slug}?scene=1")
        asks(page, scenes_of(slug)[0])
        wait(page, f"{VIEW}.run.end")
        for key in ("ArrowRight", "End", "4", "9"):
            page.keyboard.press(key)
        page.locator("[data-do=latest]").click()
        page.wait_for_timeout(500)
        assert page.evaluate(f"[{VIEW}.lesson.phase, {VIEW}.live.current]") == ["ask", 0]
        assert set(page.evaluate(read)) == {1}
        page.keyboard.press("2")
        wait(page, f"{VIEW}.live.current > 0")
        assert set(page.evaluate(read)) == {page.evaluate(f"{VIEW}.run.frames.length")}
        assert page.evaluate(f"{VIEW}.lesson.choice") == 1


def test_a_question_says_where_its_points_stand(server: str, chrome: Browser) -> None:
    """What is the page's to say, batch sizes, not what the run found."""
    i, scene = next((i, scene) for i, scene in enumerate(scenes_of("tuning"))
                    if "sizes" in scene.charts)
    with visit(chrome, viewport=BEAMER) as page:
        page.goto(f"{server}/tuning?scene={i + 1}")
        asks(page, scene)
        expect(page.locator("[data-chart=sizes] .xtick")).to_have_text(["8", "32", "128", "500"])
        expect(page.locator("[data-chart=images] .ytick").first).to_be_visible()


def test_the_hall_is_the_view_alone_in_large_letters(
    server: str, chrome: Browser
) -> None:
    slug = LESSONS[0]
    size = "parseFloat(getComputedStyle(document.querySelector('{}')).fontSize)"
    with visit(chrome, viewport=BEAMER) as page:
        page.goto(f"{server}/{slug}?scene=1")
        asks(page, scenes_of(slug)[0])
        page.keyboard.press("f")
        wait(page, size.format(".lv-main .xtick text") + " >= 22")
        assert page.evaluate(size.format(".lv-lesson h3")) >= 30
        assert page.evaluate(
            "document.elementFromPoint(640, 15).closest('.lv-hall') !== null")  # no navigation
        in_sight(page, scenes_of(slug)[0])
        page.keyboard.press("b")
        expect(page.locator(".lv-black")).to_be_visible()
        page.keyboard.press("b")
        expect(page.locator(".lv-black")).to_have_count(0)
        page.keyboard.press("?")
        expect(page.locator(".lv-keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".lv-keys")).to_be_hidden()
        page.keyboard.press("f")
        wait(page, size.format(".lv-main .xtick text") + " < 16")


def test_at_150_percent_the_layout_stays(server: str, chrome: Browser) -> None:
    """A browser's zoom is a smaller window with finer pixels."""
    slug, i = next((slug, i) for slug in LESSONS for i, scene in enumerate(scenes_of(slug))
                   if len(scene.charts) == 2 and len(scene.configs) == 1)
    zoomed = {"viewport": {"width": 853, "height": 480}, "device_scale_factor": 1.5}
    with visit(chrome, **zoomed) as page:
        page.goto(f"{server}/{slug}?scene={i + 1}")
        asks(page, scenes_of(slug)[i])
        left, right = page.evaluate("""() => [...document.querySelectorAll('.lv-main')]
          .map((box) => box.getBoundingClientRect()).map(({ left, top }) => [left, top])""")
        assert left[1] == right[1]
        assert left[0] < right[0]
