"""The scripts of the live view, which a browser keeps for ever.

    GET  /live/assets/plotly-<version>.min.js
    GET  /live/assets/<digest>/<module>       the view's own modules (`browser/`)
    GET  /live/assets/<digest>/sentences.js   what all views say
    GET  /live/assets/<digest>/view.css       how they look

A document names them relative to its own address, as it does Streamlit's, since a proxy may show
the app below a path that the server does not know. The modules name each other by relative
addresses, and stand under one digest of all: a change in one gives new addresses to all, and
nothing has to put them together.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.live.words import shared

_BROWSER = Path(__file__).parent / "browser"


def base_path() -> str:
    """The path below which the app is served: "" or "/something"."""
    base = str(streamlit.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


@cache
def plotly_path() -> str:
    """The address of Plotly's script, from the app's root on."""
    return f"live/assets/{plotly_name()}"


@cache
def plotly_name() -> str:
    """What Plotly's script is called there."""
    return f"plotly-{version('plotly')}.min.js"


@cache
def modules() -> tuple[str, ...]:
    """The view's modules, as paths in their folder: the first is the one to import."""
    names = (path.relative_to(_BROWSER).as_posix() for path in _BROWSER.rglob("*.js"))
    return tuple(sorted(names, key=lambda name: (name != "main.js", name)))


def module_path(name: str) -> str:
    """The address of one of the view's modules, from the app's root on."""
    return f"live/assets/{_digest()}/{name}"


def view_path() -> str:
    """The address, from the app's root on, of the module that shows the view; it imports the
    others.
    """
    return module_path(modules()[0])


def words_path() -> str:
    """The address, from the app's root on, of the module with the words that all views share."""
    return module_path("sentences.js")


@cache
def _digest() -> str:
    texts = [f"{name}\0{module_script(name, False).decode()}\0" for name in modules()]
    texts += [words_script(False).decode()]
    texts += [path.read_text("utf-8") for path in sorted(_BROWSER.parent.glob("*.css"))]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:12]


@cache
def plotly_script(compressed: bool) -> bytes:
    """Plotly's script from the installed package, found without the slow import of it."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the live view needs the package plotly")
    script = (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(script, 6, mtime=0) if compressed else script


@cache
def module_script(name: str, compressed: bool) -> bytes:
    """One of the view's modules."""
    return _packed((_BROWSER / name).read_bytes(), compressed)


def style_path() -> str:
    """The address, from the app's root on, of the view's style sheet."""
    return module_path("view.css")


@cache
def style_sheet(compressed: bool) -> bytes:
    """How a view looks: in each document, so that no rerun sends it again."""
    return _packed((_BROWSER.parent / "view.css").read_bytes(), compressed)


@cache
def words_script(compressed: bool) -> bytes:
    """The module with the words that all views share: no rerun sends them again."""
    return _packed(f"export default {json.dumps(shared())};\n".encode(), compressed)


def _packed(text: bytes, compressed: bool) -> bytes:
    return gzip.compress(text, 9, mtime=0) if compressed else text


def asset_routes() -> list[Route]:
    """The routes of all scripts."""
    base = base_path()
    return [
        Route(f"{base}/{plotly_path()}", asset(plotly_script)),
        Route(f"{base}/{words_path()}", asset(words_script)),
        Route(f"{base}/{style_path()}", asset(style_sheet, "text/css")),
        *(Route(f"{base}/{module_path(name)}", asset(partial(module_script, name)))
          for name in modules()),
    ]


def asset(
    script: Callable[[bool], bytes], media_type: str = "text/javascript"
) -> Callable[[Request], Response]:
    """What answers with something that never changes, compressed where that is understood."""
    def endpoint(request: Request) -> Response:  # sync: compressing it, once, takes a moment
        compressed = "gzip" in request.headers.get("accept-encoding", "")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
            "Content-Encoding": "gzip" if compressed else "identity",
        }
        return Response(script(compressed), media_type=media_type, headers=headers)

    return endpoint
