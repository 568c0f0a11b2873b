"""What every answer tells the browser: load nothing from elsewhere, and stay in your place."""

from __future__ import annotations

import base64
import hashlib
import os
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.internals import DOCUMENT

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
EMBED_VARIABLE = "EMBED_IN"
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE)
_POWERS = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope",
           "magnetometer", "microphone", "midi", "payment", "serial", "usb")


def embedders() -> list[str]:
    """The origins whose pages may frame the app, as `EMBED_IN` lists them; none by default.

    Raises:
        ValueError: Names the entry that is no origin, and what is allowed.
    """
    listed = os.environ.get(EMBED_VARIABLE, "").replace(",", " ").split()
    for entry in listed:
        if not _ORIGIN.fullmatch(entry):
            raise ValueError(
                f"{EMBED_VARIABLE}: {entry!r} is no origin; allowed: scheme and host without a "
                "path, such as https://canvas.example.edu or https://*.example.edu"
            )
    return listed


def content_policy() -> str:
    """The content security policy: nothing from a foreign origin, and no `eval`.

    - script-src: Streamlit imports a component's script from a `blob:`, which only script that
      already runs can make; its page has a line of script, which is named by its digest; and its
      protocol has 64-bit integers, for which protobuf's JavaScript compiles WebAssembly.
    - style-src: Streamlit and Plotly write styles into the document while it is used.
    - img-src: icons are `data:`, and a chart saved as a picture is drawn from a `blob:`.
    - connect-src: 'self' includes the websocket of the same origin.
    - frame-ancestors: a page of another site may not put this one under its own buttons,
      unless the operator names that site (`embedders`).
    """
    return "; ".join((
        "default-src 'self'",
        f"script-src 'self' 'wasm-unsafe-eval' blob: {' '.join(_digests())}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'none'",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        " ".join(("frame-ancestors 'self'", *embedders())),
    ))


def _digests() -> list[str]:
    """Of the scripts inside Streamlit's page, as the policy names them."""
    scripts = _INLINE.findall(DOCUMENT.read_text("utf-8"))
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


class SecurityHeaders:
    """Middleware that adds the headers, and touches no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        headers = {
            "content-security-policy": content_policy(),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",  # an address has the settings in it
            "permissions-policy": ", ".join(f"{power}=()" for power in _POWERS),
        }
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._names = {name for name, _ in self._headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [h for h in message.get("headers", []) if h[0].lower() not in self._names]
                message = {**message, "headers": [*kept, *self._headers]}
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
