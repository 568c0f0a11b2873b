"""The live view: its Python half in this process, its browser half in a real browser."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette

from core.frames import header_of
from core.runs import Viewer
from devtools.browser import Gate, Served, app, box_of, visit, wait
from explorer.live import Bind, Chart, Ref, Stage, routes, view_data
from explorer.live.assets import plotly_path, plotly_script
from explorer.live.preload import Preload
from explorer.live.routes import SERVER
from explorer.live.view import sent
from tests.support.live_harness import HARNESS
from tests.support.live_harness.fake_runs import FakeRuns
from tests.support.loops import in_a_loop

VIEW = "document.querySelector('.lv')"
LIVE = f"{VIEW}.__live"
GD = "document.querySelector('[data-chart=loss] .lv-plot')"


# ------------------------------------------------------------------------ the Python half


def chart(**changes) -> Chart:
    figure = {"data": [{"type": "scatter"}, {"type": "heatmap"}], "layout": {}}
    return Chart(**{"id": "loss", "figure": figure, "binds": (), "title": "", "alt": ""} | changes)


def test_bind_to_a_missing_trace_is_refused():
    with pytest.raises(ValueError, match="chart 'loss' binds trace 2, which does not exist"):
        chart(binds=(Bind(2, "series", y=Ref("loss")),))


@pytest.mark.parametrize(
    ("bind", "problem"),
    [
        (Bind(0, "series"), "a series needs y"),
        (Bind(0, "band", x=Ref("loss")), "a band needs y"),
        (Bind(0, "series", y=Ref("loss"), z=Ref("map")), "has no z"),
        (Bind(1, "state"), "nothing feeds it"),
        (Bind(0, "series", y=Ref("loss"), size=Ref("loss")), "only a state has size"),
    ],
)
def test_bind_without_what_its_mode_needs_is_refused(bind: Bind, problem: str):
    with pytest.raises(ValueError, match=problem):
        chart(binds=(bind,))


def test_two_charts_of_one_id_are_refused():
    with pytest.raises(ValueError, match="more than one chart has the id 'loss'"):
        view_data("token", [chart(), chart()])


def test_a_figure_with_nan_is_refused():
    figure = {"data": [{"type": "scatter", "x": [float("nan")]}]}
    with pytest.raises(ValueError, match="the figure of chart 'loss' is not JSON"):
        view_data("token", [chart(figure=figure)])


def test_a_stage_tells_the_browser_its_kind_its_options_and_what_it_reads():
    stage = Stage("pole", "pole", ("weights",), {"look": "full"}, "Now", "A cart.", height=200)
    (told,) = view_data("token", [stage])["charts"]
    assert told == {"id": "pole", "title": "Now", "alt": "A cart.", "width": "half", "height": 200,
                    "run": 0, "note": "", "invitation": "", "arrays": ("weights",),
                    "stage": {"kind": "pole", "look": "full"}}


def test_what_a_stage_is_told_is_json():
    stage = Stage("pole", "pole", (), {"sizes": {4, 2}}, "Now", "A cart.")
    with pytest.raises(ValueError, match="what is told to stage 'pole' is not JSON"):
        view_data("token", [stage])


class Client:
    """Speaks ASGI to the routes; `leave` is a tab that closes."""

    def __init__(self, runs: FakeRuns) -> None:
        self.app = Starlette(routes=routes(runs))
        self.body, self.head, self.leave = b"", {}, asyncio.Event()

    async def __call__(self, path: str, method: str = "GET", query: str = "", **headers: str):
        raw = [(k.encode(), v.encode()) for k, v in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": raw,
                 "query_string": query.encode(), "asgi": {"spec_version": "2.4"}}
        first = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive():
            if first:
                return first.pop()
            await self.leave.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.head = {k.decode(): v.decode() for k, v in message["headers"]}
            self.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return self.status


def test_unknown_token_is_404():
    for path, method in (("", "GET"), ("/stop", "POST"), ("/restart", "POST"),
                         ("/file.nc", "GET")):
        client = Client(FakeRuns())
        assert in_a_loop(client(f"/live/nobody{path}", method)) == 404
        assert json.loads(client.body) == {"error": "there is no such run", "server": SERVER}


class ClaimRuns(FakeRuns):
    """Records which checks the route asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.checks: list[tuple] = []

    def check(self, experiment, claim, n_seeds, first_seed, viewer):
        self.checks.append((experiment.name, claim.name, n_seeds, first_seed, viewer))
        return self.start(1, interval=0)


def test_a_check_is_asked_for_by_name_and_within_bounds():
    """The route takes nothing but a claim of the run's own experiment and a first seed."""
    runs = ClaimRuns()
    handle = runs.start(1, interval=0)
    handle.experiment = "optimizers.surface"
    path = f"/live/{handle.token}/check"
    client = Client(runs)
    assert in_a_loop(client(f"{path}/zigzag", "POST", "first_seed=108")) == 200
    assert runs.checks == [("optimizers.surface", "zigzag", 8, 108, Viewer("ada"))]
    for claim, query, status, words in (
        ("nonsense", "first_seed=0", 404, b"has no claim 'nonsense'"),
        ("zigzag", "first_seed=9985", 400, b"Allowed: from 0 to 9984"),
        ("zigzag", "first_seed=-1", 400, b"Allowed: from 0 to 9984"),
        ("zigzag", "first_seed=x", 400, b"Allowed: from 0 to 9984"),
    ):
        client = Client(runs)
        assert in_a_loop(client(f"{path}/{claim}", "POST", query)) == status
        assert words in client.body
    assert in_a_loop(Client(runs)("/live/nobody/check/zigzag", "POST")) == 404
    assert len(runs.checks) == 1


def test_since_must_be_a_number():
    runs = FakeRuns()
    token = runs.start(1, interval=0).token
    assert in_a_loop(Client(runs)(f"/live/{token}", query="since=x")) == 400


def test_stream_is_the_runs_messages_and_ends():
    runs = FakeRuns()
    handle = runs.start(1, interval=0.001)
    client = Client(runs)
    in_a_loop(asyncio.wait_for(client(f"/live/{handle.token}"), 20))
    assert client.body == b"".join(handle.frames(0))
    assert header_of(handle.frames(0)[-1])["state"] == "finished"
    assert client.head["cache-control"] == "no-store"
    assert client.head["content-encoding"] == "identity"
    assert handle.watching == 0

    client = Client(runs)
    in_a_loop(asyncio.wait_for(client(f"/live/{handle.token}", query="since=100"), 20))
    assert client.body == b"".join(handle.frames(100))


def test_a_closed_tab_detaches_at_once_though_no_message_comes():
    runs = FakeRuns()
    handle = runs.start(1, "waits")

    async def close_tab():
        client = Client(runs)
        open_tab = asyncio.create_task(client(f"/live/{handle.token}"))
        while not client.body:
            await asyncio.sleep(0.01)
        assert handle.watching == 1
        client.leave.set()
        await asyncio.wait_for(open_tab, 1)

    in_a_loop(close_tab())
    assert handle.watching == 0
    handle.stop()


def test_plotly_is_served_compressed_and_for_ever():
    client = Client(FakeRuns())
    assert in_a_loop(client(f"/{plotly_path()}", **{"accept-encoding": "gzip, br"})) == 200
    assert gzip.decompress(client.body) == plotly_script(False)
    assert client.head["cache-control"] == "public, max-age=31536000, immutable"


def test_a_rerun_sends_the_words_of_its_run_and_the_browser_keeps_the_others():
    data = view_data("run", [], notes={"left_plateau": "{optimizer} has left the plateau"})
    kept = sent(data)
    assert kept["words"] == {"left_plateau": "{optimizer} has left the plateau"}
    client = Client(FakeRuns())
    assert in_a_loop(client(f"/{kept['shared']}")) == 200
    told = client.body.decode().removeprefix("export default ").removesuffix(";\n")
    assert json.loads(told) | kept["words"] == data["words"]


def test_the_scripts_are_put_into_the_head_of_pages_only():
    """Whole pages only, with the right length; nothing else is touched, or held back."""

    async def inner(scope, receive, send):
        kind = scope["path"].strip("/").encode()
        body = b"<html><head></head><body>a page</html>"
        headers = [(b"content-type", b"text/" + kind), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:20], "more_body": True})
        await send({"type": "http.response.body", "body": body[20:]})

    client = Client(FakeRuns())
    client.app = Preload(inner)
    in_a_loop(client("/html", accept="text/html,*/*"))
    assert plotly_path().encode() in client.body.split(b"</head>")[0]
    assert client.body.endswith(b"</head><body>a page</html>")
    assert int(client.head["content-length"]) == len(client.body)
    assert b"<script async" in client.body
    for query, opened in (("", True), ("n_seeds=1", False)):
        staged = Client(FakeRuns())
        staged.app = Preload(inner, openings={"/html": b"<p>an opening</p>"})
        in_a_loop(staged("/html", query=query, accept="text/html,*/*"))
        assert (b"<body><p>an opening</p>a page" in staged.body) == opened
        assert b"<script async" not in staged.body
        assert plotly_path().encode() in staged.body
        assert int(staged.head["content-length"]) == len(staged.body)
    for path, accept in (("/plain", "text/html"), ("/html", "*/*")):
        client = Client(FakeRuns())
        client.app = Preload(inner)
        in_a_loop(client(path, accept=accept))
        assert client.body == b"<html><head></head><body>a page</html>"


# ----------------------------------------------------------------------- the browser half


@pytest.fixture
def page(chrome: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A visitor's page; a test that provokes an error in the console is marked with it."""
    mark = request.node.get_closest_marker("provokes")
    with visit(chrome, expected=mark.args if mark else (),
               viewport={"width": 1280, "height": 720}, bypass_csp=False) as page:
        yield page


def show(page: Page, harness: Served, kind: str = "normal", frames: int = 1) -> None:
    page.goto(f"{harness.url}/?kind={kind}")
    if frames == 120:
        wait(page, f"{VIEW} && {LIVE}.state == 'finished'")
        page.get_by_role("button", name="Jump to the newest frame").click()
    wait(page, f"{VIEW} && {LIVE}.current >= {frames - 1}")


def live(page: Page) -> dict:
    return page.evaluate(LIVE)


def move_slider(page: Page) -> None:
    page.get_by_role("slider", name="speed").press("ArrowRight")


def inspect(page: Page, harness: Served, token: str) -> dict:
    return page.request.get(f"{harness.url}/inspect/{token}").json()


def test_a_run_is_drawn_to_its_end(page: Page, harness: Served):
    show(page, harness)
    wait(page, f"{LIVE}.state == 'finished' && {LIVE}.current == 119")
    expect(page.locator(".lv-where")).to_contain_text("step 357 · frame 120 of 120")
    assert page.evaluate(f"{VIEW}.dataset.frame") == "119"
    points = page.evaluate(f"{GD}.calcdata.slice(0, -1).map((trace) => trace.length)")
    assert points == [240, 120] * 8  # the last one holds what a line cannot show
    text = page.locator("[data-chart=loss] .lv-hidden").text_content()
    assert text.startswith("Training loss over steps. At step 357: AdamW 0.00")
    assert text.endswith("SGD 0.789.")
    # Fields outlive the light updates, and are in the picture once.
    assert page.locator("[data-chart=surface] .contour").count() == 1
    expect(page.locator(".lv-notes li")).to_have_text(
        ["Adam is below 0.1", "RMSProp has left the plateau"])


def test_axes_and_titles_come_before_the_first_frame(page: Page, harness: Served):
    page.goto(f"{harness.url}/?kind=waits")
    expect(page.locator(".lv-where")).to_have_text("waiting for the first frame")
    expect(page.locator("figcaption").first).to_have_text(
        "Training loss, median and range of 8 seeds")
    expect(page.locator("[data-chart=loss] .ytitle")).to_have_text("loss")
    page.get_by_role("button", name="Stop").click()
    wait(page, f"{LIVE}.state == 'stopped'")


def test_who_waits_is_told_his_place(page: Page, harness: Served):
    page.goto(f"{harness.url}/?kind=queues")
    expect(page.locator(".lv-where")).to_have_text("waiting: number 3 in the queue")
    page.get_by_role("button", name="Stop").click()
    wait(page, f"{LIVE}.state == 'stopped'")


def test_next_run_keeps_node_zoom_and_hidden_entries(page: Page, harness: Served):
    show(page, harness, frames=60)
    first = live(page)["token"]
    page.evaluate(f"{GD}.mark = 'same'")
    page.locator(".lv-legend button").first.click()
    area = box_of(page, "[data-chart=loss] .nsewdrag")
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.wait_for_timeout(300)
    page.mouse.move(x - 100, y - 50)
    page.mouse.down()
    page.mouse.move(x + 100, y + 50, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    state = f"[{GD}._fullData[1].visible, {GD}._fullLayout.xaxis.range, {GD}.mark]"
    before = page.evaluate(state)
    assert before[0] is False
    assert before[1][0] > 50

    page.evaluate(f"""() => {{
        window.seen = [];
        const look = () => {{
            seen.push([{LIVE}.painted, {LIVE}.current, {GD}.calcdata[3].length]);
            requestAnimationFrame(look);
        }};
        look();
    }}""")
    move_slider(page)
    wait(page, f"{LIVE}.token != '{first}' && {LIVE}.painted == {LIVE}.token"
               f" && {LIVE}.current >= 80")
    assert page.evaluate(state) == before
    seen = page.evaluate("seen")
    new = seen[next(i for i, (painted, *_) in enumerate(seen) if painted != first):]
    assert {painted for painted, *_ in new} == {live(page)["token"]}
    assert all(points <= current + 1 for _, current, points in new)
    assert new[0][1] < 40

    page.mouse.dblclick(x, y)
    wait(page, f"{GD}._fullLayout.xaxis.range[0] == 0")


def test_old_picture_stays_dimmed_until_the_new_run_has_a_frame(page: Page, harness: Served):
    show(page, harness, frames=20)
    page.get_by_role("combobox", name="kind").click()
    page.get_by_role("option", name="waits").click()
    wait(page, f"{LIVE}.state == 'waiting'")
    page.wait_for_timeout(300)
    assert page.locator(".lv-chart.lv-stale").count() == page.locator(".lv-chart").count()
    assert page.evaluate(f"{GD}.calcdata[1].length") >= 20
    assert live(page)["painted"] != live(page)["token"]


def test_charts_come_and_go_without_touching_the_others(page: Page, harness: Served):
    show(page, harness, frames=20)
    page.evaluate(f"{GD}.mark = 'same'")
    page.get_by_role("slider", name="charts").press("ArrowLeft")
    expect(page.locator(".lv-chart")).to_have_count(3)
    page.get_by_text("log axis").click()
    wait(page, f"{GD}._fullLayout.yaxis.type == 'linear'")
    assert page.evaluate(f"{GD}.mark") == "same"
    wait(page, f"{LIVE}.current == 119")
    low, high = page.evaluate(f"{GD}._fullLayout.yaxis.range")
    assert low <= 0.0013
    assert 2.4 < high < 4


def test_transport(page: Page, harness: Served):
    show(page, harness, frames=120)
    page.get_by_role("slider", name="Frame").fill("30")
    wait(page, f"{LIVE}.current == 30")
    assert page.evaluate(f"{GD}.calcdata[1].length") == 31
    slider = page.get_by_role("slider", name="Frame")
    assert slider.get_attribute("aria-valuetext") == "frame 31 of 120, step 90"
    expect(page.locator(".lv-notes li")).to_have_count(1)
    page.get_by_role("button", name="One frame forward").click()
    wait(page, f"{LIVE}.current == 31")
    page.locator(".lv").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    wait(page, f"{LIVE}.current == 29")
    page.get_by_role("combobox", name="Speed").select_option("4")
    page.locator(".lv").focus()
    page.keyboard.press("Space")
    wait(page, f"{LIVE}.current > 60")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()
    page.get_by_role("button", name="Jump to the newest frame").click()
    wait(page, f"{LIVE}.current == 119")
    page.get_by_role("button", name="Play").click()  # at the end: again from the start
    wait(page, f"{LIVE}.current < 60")
    wait(page, f"{LIVE}.current == 119")


def test_a_state_feeds_size_colour_and_text_of_markers(page: Page, harness: Served):
    """In the full drawing at the end and in the light updates of scrubbing alike."""
    def markers() -> list:
        return page.evaluate("""[...document.querySelectorAll('[data-chart=map] .points path')]
            .map((mark) => [mark.getBoundingClientRect().width, mark.style.fill])""")

    def texts() -> list:
        return page.locator("[data-chart=map] .textpoint text").all_text_contents()

    show(page, harness, frames=120)
    page.locator("[data-chart=map]").scroll_into_view_if_needed()  # unseen charts are not drawn
    seen = []
    for index in (119, 10, 50):
        page.get_by_role("slider", name="Frame").fill(str(index))
        wait(page, f"{LIVE}.current == {index}")
        values = [abs(math.sin(i + 3 * index / 120)) * 20 for i in range(6)]
        expect(page.locator("[data-chart=map] .textpoint text").first).to_have_text(
            f"{values[0]:.1f}")
        assert [float(text) for text in texts()] == pytest.approx(values, abs=0.06)
        assert [width for width, _ in markers()] == pytest.approx(values, abs=1.5)
        seen.append([fill for _, fill in markers()])
    assert seen[0] != seen[1] != seen[2]


def test_scrubbing_needs_no_server(page: Page, harness: Served):
    show(page, harness)
    wait(page, f"{LIVE}.state == 'finished'")
    harness.process.send_signal(signal.SIGSTOP)
    try:
        for index in (5, 100, 40):
            page.get_by_role("slider", name="Frame").fill(str(index))
            wait(page, f"{LIVE}.current == {index} && {GD}.calcdata[1].length == {index + 1}")
    finally:
        harness.process.send_signal(signal.SIGCONT)


@pytest.mark.provokes("ERR_INCOMPLETE_CHUNKED_ENCODING")
def test_a_broken_stream_is_taken_up_where_it_broke(page: Page, harness: Served):
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "?since=" in r.url else None)
    page.goto(f"{harness.url}/?kind=breaks")
    wait(page, f"{VIEW} && {LIVE}.current > 2")
    token, there = live(page)["token"], live(page)["frames"]
    gate = Gate(page, "**/live/*since=*")  # else it would be open again before anybody can read
    inspect(page, harness, f"{token}?cut")
    expect(page.locator(".lv-where")).to_contain_text("connection lost, trying again")
    gate.open()
    wait(page, f"{LIVE}.frames > {there} + 3 && {LIVE}.state == 'running'")
    expect(page.locator(".lv-where")).not_to_contain_text("connection lost")
    assert inspect(page, harness, token)["cut"]
    assert [url.split("?")[1] for url in asked][:1] == ["since=0"]
    assert int(asked[1].split("=")[1]) > 2  # what was on its way was lost
    assert len(asked) == 2


def test_stop_and_run_again(page: Page, harness: Served):
    show(page, harness, "slow", frames=5)
    page.get_by_role("button", name="Stop").click()
    wait(page, f"{LIVE}.state == 'stopped'")
    stopped = live(page)
    assert stopped["frames"] < 119
    page.get_by_role("button", name="Run again").click()
    wait(page, f"{LIVE}.state == 'running' && {LIVE}.current < {stopped['frames']}")
    assert live(page)["token"] == stopped["token"]
    page.get_by_role("button", name="Stop").wait_for()


@pytest.mark.provokes("404")
def test_unknown_token_is_explained(page: Page, harness: Served):
    page.goto(f"{harness.url}/?kind=unknown")
    expect(page.locator(".lv-where")).to_contain_text("not on the server any more")
    assert page.evaluate(f"{VIEW}.dataset.state") == "gone"


@pytest.mark.provokes("404")
def test_a_run_that_the_server_forgot_is_run_again_on_demand(page: Page, harness: Served):
    page.goto(f"{harness.url}/?kind=forgotten")
    expect(page.locator(".lv-where")).to_contain_text("not on the server any more: press Run again")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    page.get_by_role("button", name="Run again").click()
    wait(page, f"{LIVE}.state == 'finished' && {LIVE}.frames == 120")
    expect(page.get_by_text("clicks: []")).to_be_visible()


def test_a_failed_run_says_why(page: Page, harness: Served):
    show(page, harness, "fails")
    expect(page.get_by_role("alert").filter(has_text="Adam")).to_have_text(
        "The run failed: the loss of Adam is not a number any more")
    page.get_by_role("button", name="Run again").wait_for()


def test_a_diverging_curve_does_not_squash_the_others(page: Page, harness: Served):
    show(page, harness, "diverges", frames=120)
    low, high = page.evaluate(f"{GD}._fullLayout.yaxis.range")
    assert low < -2.5
    assert 2.3 < high < 3.2


def test_a_click_reports_data_coordinates(page: Page, harness: Served):
    show(page, harness, frames=120)
    area = page.locator("[data-chart=surface] .nsewdrag")
    area.scroll_into_view_if_needed()
    box = box_of(page, "[data-chart=surface] .nsewdrag")
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    expect(page.get_by_text("clicks: [('surface', 1.5, 1.5)]")).to_be_visible()


def test_theme_change_recolours_in_place(page: Page, harness: Served):
    show(page, harness, frames=120)
    page.evaluate(f"{GD}.mark = 'same'")
    color = f"{GD}._fullData[15].line.color"
    assert page.evaluate(color) == "#222222"
    page.emulate_media(color_scheme="dark")
    wait(page, f"{color} == '#eeeeee'")
    assert page.evaluate(f"{GD}.mark") == "same"


def test_leaving_the_page_ends_the_stream(page: Page, harness: Served):
    show(page, harness, "slow")
    token = live(page)["token"]
    assert inspect(page, harness, token)["watching"] == 1
    page.goto("about:blank")
    page.wait_for_timeout(500)
    assert inspect(page, harness, token)["watching"] == 0


@pytest.mark.parametrize("width", [1440, 1280, 390])
def test_nothing_overflows(page: Page, harness: Served, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    show(page, harness, frames=10)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(f"""[...document.querySelectorAll('.lv-bar *, .lv-plot .main-svg')]
        .filter((e) => e.getBoundingClientRect().right > {width} + 1).length""")
    assert outside == 0


@pytest.mark.provokes("ERR_")
def test_an_open_stream_does_not_keep_the_server_from_stopping(page: Page):
    with app(script=HARNESS) as running:
        show(page, running, "slow")
        running.process.terminate()
        running.process.wait(5)
    wait(page, f"{LIVE}.state == 'lost'")
    page.get_by_role("slider", name="Frame").fill("0")
    wait(page, f"{LIVE}.current == 0")
