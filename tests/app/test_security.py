"""What a visitor, or a page of another site, can and cannot make the app do."""

from __future__ import annotations

import ast
import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from core.concepts import find, labs_of
from core.experiment import Experiment
from devtools.browser import LIVE, ROOT, app, explore, free_port, visit
from explorer.catalog import CATALOG
from explorer.live import Stage
from explorer.page import lab_of
from explorer.server.headers import embedders
from tests.support.session import session, token_of

FOREIGN = "https://example.com/"
WATCH = """addEventListener("securitypolicyviolation", (event) =>
  (window.violations ??= []).push(`${event.violatedDirective} ${event.blockedURI}`))"""


def ask(url: str, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """Asks for exactly that path, with its dots."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request(method, path, headers=headers)
    return connection.getresponse()


def wait(page: Page, condition: str) -> None:
    """As `page.wait_for_function`, which needs the `eval` that the policy forbids."""
    for _ in range(1800):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {condition}")


def painted(page: Page, other_than: str = "") -> str:
    wait(page, f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token "
               f"&& {LIVE}.token !== '{other_than}'")
    return page.evaluate(f"{LIVE}.token")


def small(lab: Experiment) -> str:
    """The address of a lab with the settings of its small run."""
    slug, _, name = lab.name.partition(".")
    usual = lab.config()
    changed = {name: value for name, value in lab.small if value != getattr(usual, name)}
    return explore(slug, name, **{name: ",".join(value) if isinstance(value, tuple) else value
                            for name, value in changed.items()})


def kinds() -> dict[str, Experiment]:
    """A lab with charts alone, and one for each kind of stage."""
    found = {"charts": find("optimizers.surface")}
    for lab in (lab for concept in CATALOG for lab in labs_of(concept.slug)):
        drawn, config = lab_of(lab), lab.config()
        for panel in drawn.charts(config, drawn.looks(config)[0]):
            if isinstance(panel, Stage):
                found.setdefault(panel.kind, lab)
    return found


@pytest.mark.parametrize("lab", kinds().values(), ids=kinds())
def test_a_page_keeps_to_the_policy(server: str, chrome: Browser, lab: Experiment) -> None:
    """Charts, their controls and pictures of them, and what a stage draws. (That no page asks for
    anything outside is seen wherever one is visited: `visit` fails for it.)
    """
    with visit(chrome, bypass_csp=False) as page:
        page.add_init_script(WATCH)
        page.goto(server + small(lab))
        first = painted(page)
        page.get_by_test_id("stSidebar").locator("summary").first.click()
        page.get_by_test_id("stSidebar").get_by_role("slider").first.press("ArrowRight")
        painted(page, first)
        picture = page.evaluate(
            "Plotly.toImage(document.querySelector('.lv-plot'), {format: 'png'})")
        assert picture.startswith("data:image/png")
        assert page.evaluate("window.violations ?? []") == []


def test_the_front_door_keeps_to_the_policy(server: str, chrome: Browser) -> None:
    with visit(chrome, fresh=True, bypass_csp=False) as page:
        page.add_init_script(WATCH)
        page.goto(server)
        page.get_by_role("heading", name="Training, live").wait_for()
        assert page.evaluate("window.violations ?? []") == []


def test_the_policy_is_enforced(server: str, chrome: Browser) -> None:
    """What the page may not do, done in the page; else the test above would see nothing."""
    with visit(chrome, fresh=True, expected=(FOREIGN,), bypass_csp=False) as page:
        page.add_init_script(WATCH)
        page.goto(server + small(find("optimizers.surface")))
        painted(page)
        page.evaluate("""async (foreign) => {
          await fetch(foreign).catch(() => 0);
          await import(foreign).catch(() => 0);
          document.body.append(Object.assign(new Image(), { src: foreign }));
          document.body.append(Object.assign(document.createElement("iframe"), { src: foreign }));
        }""", FOREIGN)
        wait(page, "window.violations?.length >= 4")
        refused = {text.split()[0] for text in page.evaluate("window.violations")}
        assert refused == {"connect-src", "script-src-elem", "img-src", "frame-src"}


@pytest.mark.parametrize(
    "path", ["/", "/optimizers", "/_stcore/health", "/favicon.png", "/live/nobody", "/metrics",
             "/live/assets/view-0.js"])
def test_every_answer_has_the_headers(server: str, path: str) -> None:
    answer = ask(server, path)
    policy = answer.headers.get_all("content-security-policy")
    assert policy is not None
    assert len(policy) == 1
    sources = policy[0].replace(";", " ").split()
    assert not [s for s in sources if "//" in s or s in ("*", "http:", "https:", "'unsafe-eval'")]
    assert "script-src 'self' 'wasm-unsafe-eval' blob: 'sha256-" in policy[0]
    for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'self'",
                      "form-action 'self'", "frame-ancestors 'self'"):
        assert directive in policy[0].split("; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]


FRAME = """<!doctype html><title>course</title>
<iframe src="APP" width="1300" height="800"></iframe>"""


@contextmanager
def course(app_url: str) -> Iterator[str]:
    """A course page of another origin that shows the app in a frame; its address."""
    shown = app_url + explore("optimizers", embed="true").replace("&", "&amp;")

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(FRAME.replace("APP", shown).encode())

        def log_message(self, *about: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"  # another site than 127.0.0.1
        server.shutdown()


def test_a_course_page_may_frame_it_where_the_operator_says_so(chrome: Browser) -> None:
    """Websocket, stream and charts work there; no navigation is shown."""
    with ExitStack() as stack:
        port = free_port()
        site = stack.enter_context(course(f"http://127.0.0.1:{port}"))
        stack.enter_context(app(port=port, EMBED_IN=f"https://canvas.example.edu,{site}"))
        page = stack.enter_context(visit(chrome, bypass_csp=False, local=("http://localhost",)))
        page.goto(site)
        frame = page.frames[1]
        for _ in range(900):
            if frame.evaluate(f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token"):
                break
            page.wait_for_timeout(100)
        assert frame.locator(".lv-plot .main-svg").count()
        assert frame.get_by_role("button", name="Generalization").count() == 0


def test_no_other_page_may_frame_it(server: str, chrome: Browser) -> None:
    with course(server) as site, visit(
        chrome, expected=("frame-ancestors",), bypass_csp=False, local=("http://localhost",)
    ) as page:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(site)
        page.wait_for_timeout(1000)
        assert [text for text in refused if "frame-ancestors" in text]
        assert not page.frames[1].url.startswith(server)


@pytest.mark.parametrize(
    "origin", ["canvas.example.edu", "https://canvas.example.edu/course", "*", "'self'",
               "https://a.edu;script-src"])
def test_a_wrong_origin_is_named(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is set can open the policy elsewhere."""
    monkeypatch.setenv("EMBED_IN", origin)
    with pytest.raises(ValueError, match=r"EMBED_IN.*is no origin; allowed: scheme and host") as e:
        embedders()
    assert repr(origin.split()[0]) in str(e.value)


@pytest.mark.parametrize(
    "path", [
        "/live/..%2f..%2f..%2fetc%2fpasswd", "/live/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/live/assets/../../../../etc/passwd", "/live/assets/plotly-../../../etc/passwd.min.js",
        "/live/%00", "/static/..%2f..%2f..%2fetc%2fpasswd", "/component/../../etc/passwd",
        "/media/..%2f..%2fetc%2fpasswd", "/app/static/..%2fstreamlit_app.py",
        "/..%2f..%2fetc%2fpasswd", "//etc/passwd", "/optimizers/..%5c..%5cstreamlit_app.py",
    ])
def test_no_address_reads_a_file(server: str, path: str) -> None:
    body = ask(server, path).read()
    for secret in (b"root:", b"lifespan", b"[server]"):
        assert secret not in body


NO_NUMBERS = ("-1", "1e3", "0x10", "9" * 5000, "٣" * 12, "1;2", "")


def test_numbers_that_are_none_are_refused(server: str) -> None:
    """Not with an error of the server's own; the token is that of a real run."""
    token = token_of_a_run(server)
    for number in NO_NUMBERS:
        asked = number.encode().hex("%") and "".join(f"%{b:02x}" for b in number.encode())
        assert ask(server, f"/live/{token}?since={asked}").status == 400, number
        answer = ask(server, f"/live/{token}/check/zigzag?first_seed={asked}", "POST")
        assert answer.status == 400, number
        assert b"Allowed: from 0 to" in answer.read(), number


def test_only_who_has_the_token_can_act_and_not_with_a_link(server: str) -> None:
    token = token_of_a_run(server)
    assert b'"ok"' not in ask(server, f"/live/{token}/stop").read()
    for action in ("stop", "restart", "check/zigzag"):
        assert ask(server, f"/live/{token[:-1]}/{action}", "POST").status == 404


def test_metrics_of_both_kinds_are_closed(server: str) -> None:
    assert ask(server, "/metrics").status == 403
    assert ask(server, "/_stcore/metrics").status == 403
    assert ask(server, "/_stcore/metrics", **{"X-Forwarded-For": "127.0.0.1"}).status == 403


def test_a_page_of_another_site_gets_no_session(server: str) -> None:
    with pytest.raises(InvalidStatus):
        session(server, FOREIGN.rstrip("/"))


def test_a_message_that_is_too_large_or_none_ends_only_its_session(server: str) -> None:
    for data in (b"\xff" * 1_200_000, b"\xff" * 6_000_000, b"\xff" * 10):
        with session(server, server) as mine:
            assert closes(mine, data)
    assert ask(server, "/_stcore/health").status == 200


def closes(mine: ClientConnection, data: bytes) -> bool:
    """Whether that message ends the session; it may end while the rest is on its way."""
    try:
        mine.send(data)
        while True:
            mine.recv(60)
    except ConnectionClosed:
        return True


def token_of_a_run(url: str) -> str:
    """Of a session that is gone again: the token outlives it for some seconds."""
    with session(url, url) as mine:
        return token_of(mine, explore("optimizers", n_steps=10, map="off"))


# ------------------------------------------------------------------------------ the source

FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "getoutput"}


def sources() -> list[Path]:
    folders = (ROOT / "core", ROOT / "explorer", ROOT / "pages")
    return [ROOT / "streamlit_app.py", *(p for folder in folders for p in folder.rglob("*.py"))]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_pickle_no_eval_no_shell(path: Path) -> None:
    assert dangers(path.read_text("utf-8")) == []


def test_dangers_are_seen() -> None:
    for text in ("import pickle", "from joblib import load", "eval('1')", "os.system('ls')",
                 "subprocess.run('ls', shell=True)", "torch.load(path)",
                 "np.load(path, allow_pickle=True)"):
        assert dangers(text), text


def dangers(text: str) -> list[str]:
    """What of a module could run what somebody else wrote."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in FORBIDDEN]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module] if (node.module or "").split(".")[0] in FORBIDDEN else []
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            options = {k.arg for k in node.keywords}
            bare = called in CALLS or (called.startswith("os.") and called[3:] in CALLS)
            found += [called] if bare or called == "torch.load" else []
            found += [f"{called}({o})" for o in options & {"shell", "allow_pickle"}]
    return found
