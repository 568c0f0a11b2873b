"""What a page's document carries so that the live view is there early: scripts, its style
sheet, an opening.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.live.assets import module_path, modules, plotly_path, style_path, words_path
from explorer.live.words import words

_WORD = "document.no_connection"
_STYLE = (
    "<style>.lv-no-connection { position: fixed; inset: auto 1rem 1rem; z-index: 1000000; margin: "
    "auto; max-width: 40rem; padding: 1rem; border-radius: 0.5rem; font: 1rem/1.5 sans-serif; "
    "color: #31333f; background: #fff3cd; border: 1px solid #997404; }</style>"
)


class Preload:
    """Middleware that puts the scripts of the live view into the head of every page.

    Plotly is by far the largest script. Without this the browser would fetch it, and spend
    most of a second on reading it, only when the page's script has run and its answer has
    been drawn; so it happens while the browser waits for that.

    Args:
        app: What answers.
        openings: By path, for the pages whose first picture needs no Plotly, that picture
            (`Opening.html`), once it is known. Where the address has no settings it is
            in the document. Plotly is fetched, but the view has it read later.
        without_view: The paths of pages that have none: Plotly is fetched when the browser has
            nothing else to do, for the page that comes next.
        style: What Streamlit's page is styled with, from its first picture on. It stands behind
            the styles that Streamlit puts into the head, as the view's sheet does, and so counts
            more than they do.
    """

    def __init__(
        self, app: ASGIApp, openings: Mapping[str, bytes] | None = None,
        without_view: Collection[str] = (), style: str = "",
    ) -> None:
        self.app = app
        self._without_view = without_view
        self._openings: Mapping[str, bytes] = {} if openings is None else openings
        # first of all scripts: small ones, which else would wait for a hundred of Streamlit's
        self._view = "".join(
            f'<link rel="modulepreload" fetchpriority="high" href="./{path}">'
            for path in (*map(module_path, modules()), words_path())
        )
        # Before Streamlit makes its first entry in the history
        self._view += f'<script type="module" src="./{module_path("document.js")}"></script>'
        said = escape(words()[_WORD])
        self._view += f'<meta name="{_WORD}" content="{said}">{_STYLE}'
        self._read = f'<script async fetchpriority="low" src="./{plotly_path()}"></script>'
        self._fetch = (
            f'<link rel="preload" as="script" fetchpriority="low" href="./{plotly_path()}">'
        )

        self._later = f'<link rel="prefetch" href="./{plotly_path()}">'
        sheet = f'<link rel="stylesheet" href="./{style_path()}">'
        self._style = f"{sheet}<style>{style}</style>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", ""):
            # a page; not compressed, since Streamlit would do that before we see it
            plain = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
            opening = self._openings.get(scope["path"])
            plotly = self._read if opening is None else self._fetch
            if scope["path"] in self._without_view:
                plotly = self._later
            first = b"" if scope["query_string"] else opening or b""
            changes = {
                b"<head>": b"<head>" + self._view.encode(),
                b"</head>": plotly.encode() + b"</head>",
                b"<body>": b"<body>" + first,
                b"</body>": self._style + b"</body>",
            }
            scope, send = {**scope, "headers": plain}, _Rewriter(send, changes).send
        await self.app(scope, receive, send)


class _Rewriter:
    """Holds back a page's start until its body is whole and has been changed."""

    def __init__(self, send: Send, changes: Mapping[bytes, bytes]) -> None:
        self._send, self._changes = send, changes
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message.get("headers", []))
            if headers.get("content-type", "").startswith("text/html"):
                self._start = {**message, "headers": list(headers.raw)}
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = self._body
            for old, new in self._changes.items():
                body = body.replace(old, new, 1)
            MutableHeaders(raw=self._start["headers"])["content-length"] = str(len(body))
            await self._send(self._start)
            message = {"type": "http.response.body", "body": body}
        await self._send(message)
