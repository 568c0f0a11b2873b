"""What pages open with, before Streamlit is there in the browser."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from streamlit.testing.v1 import AppTest

from core.concepts import labs_of
from core.frames import header_of
from core.runs import Runs, Viewer, run_name
from devtools.browser import LIVE, LIVENESS, Gate, app, explore, visit, wait, wait_for_opening
from explorer.live.opening import Opening
from explorer.live.view import sent
from explorer.openings import document, openings
from explorer.server import service
from tests.support.scripted import Script

PLACE = "document.getElementById('lv-opening')"
POLE = "document.querySelector('[data-chart=pole]')?.__pole"
STREAMLIT = "**/static/js/**"
"""Its own scripts."""
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def told(html: bytes) -> dict[str, Any]:
    """What the document tells the view."""
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', html.decode())
    return json.loads(text)


STAGED = ("dqn", "self_supervised", "dilated_convolution", "vision_tasks", "meta_learning")
known = cache(openings)


def test_pages_that_begin_with_a_stage_have_one() -> None:
    assert set(known()) == set(STAGED)


@pytest.mark.parametrize("slug", STAGED)
def test_it_is_the_page_at_its_bare_address(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same run, the same charts, the same words."""
    orders: list[Any] = []

    def start(*order: Any) -> Any:
        orders.append(order[:2])
        return SimpleNamespace(token=known()[slug].view["token"])

    monkeypatch.setattr(service, "runs", lambda: SimpleNamespace(start=start))
    at = AppTest.from_string(f"from explorer.visit import visit\nvisit({slug!r})",
                             default_timeout=LIVENESS).run()
    assert not at.exception
    opening = known()[slug]
    assert orders == [(opening.experiment, opening.config)]
    (data,) = json.loads(at.get("bidi_component")[0].proto.json)
    opened = json.loads(json.dumps(opening.view))
    # the claims of a scene are checked beside the visitor's own hold on the run
    page = opened | {"lesson": opened["lesson"] | {"claims": data["lesson"]["claims"]}}
    assert data == sent(page)
    assert opening.question == ""  # the scene asks by itself


@pytest.mark.parametrize("slug", STAGED)
def test_it_has_the_runs_first_frame_and_its_name(slug: str) -> None:
    runs, opening = Runs(), known()[slug]
    try:
        data = told(document(opening, runs))
        assert runs.snapshot()["viewers"] == 0
        page = runs.start(opening.experiment, opening.config, Viewer("a visitor"))
        assert page.wait(LIVENESS, n_messages=2)
        assert page.token.startswith(data["token"] + "-")
        assert base64.b64decode(data["messages"]) == b"".join(page.frames()[:2])
        assert [header_of(m)["type"] for m in page.frames()[:2]] == ["start", "frame"]
    finally:
        runs.close()


def test_without_a_first_frame_the_page_opens_as_any_other(
    caplog: pytest.LogCaptureFixture
) -> None:
    engine = Script()
    engine.n_refusals = 1
    runs = Runs(engine)
    assert document(known()["dqn"], runs) == b""
    assert "DQN on CartPole opens without its first picture: This run could not be" in caplog.text
    assert runs.snapshot()["viewers"] == 0
    runs.close()


def test_another_configuration_has_another_name() -> None:
    lab = labs_of("dqn")[0]
    names = [run_name(lab, lab.config(seed=seed)) for seed in (0, 0, 1)]
    assert names[0] == names[1] != names[2]


def test_words_cannot_end_their_element() -> None:
    view = {"token": "name", "step": "</script><script>"}
    opening = known()["dqn"]
    html = Opening("<b>", "a < b", opening.experiment, opening.config, view).html([b"bytes"])
    assert told(html)["step"] == "</script><script>"
    assert b"<h3>&lt;b&gt;</h3><p><b>Predict:</b> a &lt; b</p>" in html


# ------------------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def server(server: str) -> str:
    """As soon as it has what the page opens with."""
    wait_for_opening(server, "/dqn")
    return server


WATCH = f"""window.places = [];
const watch = () => {{
  const {{ x, y, width, height }} = window.canvas.getBoundingClientRect();
  window.places.push([x, y, width, height]);
  requestAnimationFrame(watch);
}};
window.canvas = document.querySelector("[data-chart=pole] canvas");
window.run = {POLE}.run;
watch();"""


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_the_pole_moves_before_streamlit_is_there(
    size: str, scheme: str, server: str, chrome: Browser
) -> None:
    """Then the view moves into Streamlit's page as it is: nothing jumps, nothing begins anew."""
    with visit(chrome, viewport=SIZES[size], color_scheme=scheme) as page:
        gate = Gate(page, STREAMLIT)
        page.goto(f"{server}/dqn", wait_until="commit")
        wait(page, f"{POLE}?.agent?.steps > 1")
        assert page.evaluate("document.querySelector('.stApp')") is None
        assert page.evaluate(f"{LIVE}.state") == "running"
        assert page.get_by_role("button", name="Stop", exact=True).is_hidden()
        assert page.get_by_label("Agent", exact=True).is_disabled()
        page.evaluate("document.fonts.ready")
        look = f"{POLE}.view.theme.key"
        before = page.evaluate(look)
        page.evaluate(WATCH)
        gate.open()
        wait(page, f"!{PLACE} && {LIVE}.painted === {LIVE}.token && {LIVE}.current === 0")
        assert page.evaluate("document.querySelector('.stMain').contains(window.canvas)")
        assert len(page.locator("canvas").all()) == 1
        assert page.evaluate(f"{POLE}.run === window.run")
        assert page.evaluate(look) == before
        first, *others = page.evaluate("window.places")
        moved = [abs(a - b) for other in others for a, b in zip(other, first, strict=True)]
        assert max(moved) < 2, others
        assert page.get_by_label("Agent", exact=True).is_enabled()
        page.keyboard.press("1")  # the scene goes on in the same view
        wait(page, f"{LIVE}.current > 0")
        n_frames = page.evaluate(f"{LIVE}.frames")  # the end is a long way off
        wait(page, f"{LIVE}.frames > {n_frames} || {LIVE}.state === 'finished'")


def test_it_leaves_with_the_visitor(server: str, chrome: Browser) -> None:
    """Who chooses another page meanwhile gets that one."""
    with visit(chrome) as page:
        gate = Gate(page, STREAMLIT)
        page.goto(f"{server}/dqn", wait_until="commit")
        wait(page, f"{POLE}?.agent?.steps > 1")
        page.evaluate(f"history.pushState(null, '', '{explore('optimizers')}')")
        wait(page, f"!{PLACE}")
        gate.open()
        wait(page, f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token")
        assert page.locator("[data-chart=pole]").count() == 0


def test_another_run_gets_a_view_of_its_own(server: str, chrome: Browser) -> None:
    """Where the page, for whatever reason, is about another run than the document."""
    with visit(chrome) as page:
        gate = Gate(page, STREAMLIT)
        page.goto(f"{server}/dqn", wait_until="commit")
        wait(page, f"{POLE}?.agent?.steps > 1")
        page.evaluate(f"window.first = {POLE}.view")
        elsewhere = explore("dqn", seed=3, n_steps=1000)
        page.evaluate(f"history.replaceState(null, '', '{elsewhere}')")
        gate.open()
        wait(page, f"!{PLACE} && {LIVE}.state === 'finished'")
        assert page.evaluate(f"{POLE}.view !== window.first")
        assert page.evaluate(f"{POLE}.run.start.config.seed") == 3


def test_who_waits_is_told_and_may_stop(chrome: Browser) -> None:
    """The visitor's hold on the run may end before the frame that the document has."""
    with (app(RUNS_AT_ONCE="1", RUNS_NICE="19", RUNS_SECONDS="600") as (url, _),
          visit(chrome) as other, visit(chrome) as page):
        wait_for_opening(url, "/dqn")
        other.goto(url + explore("dqn", n_steps=16000, n_seeds=10, batch_size=128))
        wait(other, f"{LIVE}?.frames > 0")
        page.goto(f"{url}/dqn")
        expect(page.locator(".lv-where")).to_contain_text("waiting: number 1 in the queue",
                                                          timeout=LIVENESS * 1000)
        assert page.evaluate(f"{POLE}.run.frames.length") == 1
        page.get_by_role("button", name="Stop", exact=True).click()
        wait(page, f"{LIVE}.state === 'stopped'")
        page.get_by_role("button", name="Run again").wait_for()


def test_without_its_script_it_is_not_in_the_way(server: str, chrome: Browser) -> None:
    with visit(chrome, expected=("view-",)) as page:
        page.route("**/live/assets/view-*.js", lambda route: route.abort())
        page.goto(f"{server}/dqn")
        page.get_by_role("button", name="Generalization").first.wait_for()
        expect(page.locator("#lv-opening")).to_be_hidden(timeout=LIVENESS * 1000)


PAGE_WITHOUT_A_VIEW = """
from pathlib import Path
import streamlit as st
from starlette.middleware import Middleware
from core.runs import Runs, Viewer
from explorer.live import routes
from explorer.live.preload import Preload
from explorer.openings import document, openings

runs = Runs()
app = st.App(Path(__file__).parent / "page.py", routes=routes(runs),
             middleware=[Middleware(Preload, openings={"/": document(openings()["dqn"], runs)})])
"""


NO_VIEW = """
from pathlib import Path
import streamlit as st

st.title("No view")
if Path(__file__).with_name("fails").exists():
    1 / 0
"""


def test_a_page_that_ends_without_a_view_is_seen(tmp_path: Path, chrome: Browser) -> None:
    """Whether it ends well or not."""
    Path(tmp_path, "streamlit_app.py").write_text(PAGE_WITHOUT_A_VIEW)
    Path(tmp_path, "page.py").write_text(NO_VIEW)
    with app(tmp_path) as (url, _), visit(chrome) as page:
        for fails in (False, True):
            page.goto(url, wait_until="commit")
            wait(page, f"{POLE}?.agent?.steps > 1")
            wait(page, f"!{PLACE}")
            page.get_by_role("heading", name="No view").click()
            expect(page.get_by_test_id("stException")).to_have_count(int(fails))
            Path(tmp_path, "fails").touch()
