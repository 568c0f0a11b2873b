"""What the product takes from Streamlit beyond its documented interface is still there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_routes import create_metrics_routes

from explorer import internals

EXPLORER = Path(internals.__file__).parent
STYLES = r"st[A-Z]\w+"


@cache
def scripts() -> str:
    return "\n".join(path.read_text("utf-8") for path in internals.SCRIPTS.glob("*.js"))


@pytest.mark.parametrize("name", internals.IN_THE_BROWSER)
def test_streamlits_scripts_still_have(name: str) -> None:
    """As a whole word. A pattern that begins with the name itself is found in a thirtieth of the
    time.
    """
    this = re.escape(name)
    assert re.search(rf"{this}(?<!\w{this})\b", scripts())


def test_the_document_has_what_is_written_into() -> None:
    text = internals.DOCUMENT.read_text("utf-8")
    for part in ("<head>", "</head>", "<body>"):
        assert text.count(part) == 1, part
    assert re.search(r'src="\./static/js/[^"]+"', text), "scripts at relative addresses"


def test_a_rerun_knows_whether_it_is_of_the_history() -> None:
    assert "is_history_navigation" in ScriptRunContext.__dataclass_fields__


def test_a_visitors_cookie_has_a_secret() -> None:
    cookie = generate_xsrf_token_string()
    secret = internals.visitors_secret({internals.XSRF_COOKIE_NAME: cookie})
    assert secret
    assert internals.visitors_secret({internals.XSRF_COOKIE_NAME: cookie}) == secret
    assert not internals.visitors_secret({})


def test_streamlits_metrics_are_where_they_are_guarded() -> None:
    routes = create_metrics_routes(cast(Any, SimpleNamespace(stats_mgr=None)), None)
    assert internals.METRICS in [getattr(route, "path", "") for route in routes]


def test_the_list_is_whole() -> None:
    """Nobody else imports Streamlit's insides, and every name in a script or style is listed."""
    for path in EXPLORER.rglob("*.py"):
        tree = ast.walk(ast.parse(path.read_bytes()))
        names = [node.module or "" for node in tree if isinstance(node, ast.ImportFrom)]
        inside = [name for name in names if name.startswith(("streamlit.runtime", "streamlit.web"))]
        assert not inside or path.name == "internals.py", path
    for path in [*EXPLORER.rglob("*.js"), *EXPLORER.rglob("*.css")]:
        text = path.read_text("utf-8")
        used = set(re.findall(rf"(?:data-testid=\"?|\.)({STYLES})\b", text))
        assert used <= internals.IN_THE_BROWSER.keys(), path
