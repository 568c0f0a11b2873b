"""The routes of the app that feed the live view.

    GET  /live/<token>?since=N    the run's messages from number N on, as they come
    POST /live/<token>/stop       ends the run
    POST /live/<token>/restart    starts it anew under the same token
    POST /live/<token>/check/<claim>?first_seed=N
                                  checks a claim of the run's experiment on the seeds from N
                                  on; answers with the token of that run

A token is unguessable and answers for one run only, which is what guards the POSTs:
no cookie takes part, so no other site can make a browser send one.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cache
from types import FrameType
from typing import Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.checking import CLAIM_SEEDS, MAX_FIRST_SEED
from core.concepts import find
from core.experiment import Claim, Experiment
from core.frames import encode_message, header_of
from explorer.live.assets import asset_routes, base_path, module_path, modules, plotly_path

PIECE_BYTES = 256 * 2**10
"""The most that is handed to the server at once."""


class Followed(Protocol):
    """What the routes need of a run's handle (`core.runs`)."""

    token: str
    viewer: str

    @property
    def experiment(self) -> str:
        """The name of its experiment."""

    @property
    def place(self) -> int:
        """Its number in the queue; 0 once it has begun."""

    def frames(self, since: int) -> list[bytes]:
        """The messages from number `since` on; 0 is the start message."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back, from any thread, when there are new messages; returns the undo."""

    def attach(self) -> AbstractContextManager[object]:
        """While it is held, somebody is watching."""

    def stop(self) -> object: ...

    def restart(self) -> object: ...


class RunsByToken(Protocol):
    """What the routes need of the runs' service."""

    def handle(self, token: str) -> Followed | None: ...

    def check(
        self, experiment: Experiment, claim: Claim, n_seeds: int, first_seed: int, viewer: str
    ) -> Followed: ...


def routes(runs: RunsByToken) -> list[Route]:
    """The live view's routes, for `st.App(..., routes=routes(runs))`."""

    def act(action: Callable[[Followed], object]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:  # sync: Starlette runs it in a thread
            handle = runs.handle(request.path_params["token"])
            if handle is None:
                return _unknown()
            action(handle)
            return JSONResponse({"ok": True})

        return endpoint

    async def follow(request: Request) -> Response:
        handle = runs.handle(request.path_params["token"])
        since = request.query_params.get("since", "0")
        if handle is None:
            return _unknown()
        if (number := _whole(since)) is None:
            return JSONResponse({"error": "since must be a whole number"}, status_code=400)
        return Messages(handle, number)

    def check(request: Request) -> Response:
        token, name = request.path_params["token"], request.path_params["claim"]
        first = request.query_params.get("first_seed", "0")
        handle = runs.handle(token)
        if handle is None:
            return _unknown()
        if (seed := _whole(first)) is None or seed > MAX_FIRST_SEED:
            text = f"first_seed: {first!r} is not allowed. Allowed: from 0 to {MAX_FIRST_SEED}"
            return JSONResponse({"error": text}, status_code=400)
        experiment = find(handle.experiment)
        try:
            claim = experiment.claim(name)
        except KeyError as error:
            return JSONResponse({"error": error.args[0]}, status_code=404)
        checked = runs.check(experiment, claim, CLAIM_SEEDS, seed, handle.viewer)
        return JSONResponse({"token": checked.token})

    live = f"{base_path()}/live/{{token}}"
    return [
        *asset_routes(),
        Route(live, follow),
        Route(f"{live}/stop", act(lambda handle: handle.stop()), methods=["POST"]),
        Route(f"{live}/check/{{claim}}", check, methods=["POST"]),
        Route(f"{live}/restart", act(lambda handle: handle.restart()), methods=["POST"]),
    ]


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
    """

    def __init__(self, app: ASGIApp, openings: Mapping[str, bytes] | None = None) -> None:
        self.app = app
        self._openings: Mapping[str, bytes] = {} if openings is None else openings
        # first of all scripts: small ones, which else would wait for a hundred of Streamlit's
        self._view = "".join(
            f'<link rel="modulepreload" fetchpriority="high" href="{module_path(name)}">'
            for name in modules()
        )
        self._read = f'<script async fetchpriority="low" src="{plotly_path()}"></script>'
        self._fetch = (
            f'<link rel="preload" as="script" fetchpriority="low" href="{plotly_path()}">'
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", ""):
            # a page; not compressed, since Streamlit would do that before we see it
            plain = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
            opening = self._openings.get(scope["path"])
            plotly = self._read if opening is None else self._fetch
            first = b"" if scope["query_string"] else opening or b""
            changes = {
                b"<head>": b"<head>" + self._view.encode(),
                b"</head>": plotly.encode() + b"</head>",
                b"<body>": b"<body>" + first,
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


class Messages(Response):
    """A run's messages, sent as they come, until the end message or until nobody listens.

    Not a `StreamingResponse`: under uvicorn that notices a closed tab only when it sends
    the next message, and a run that nobody watches must end at once.
    """

    def __init__(self, handle: Followed, since: int) -> None:
        self.handle, self.since = handle, since
        self.status_code, self.background = 200, None
        self.media_type = "application/octet-stream"
        self.init_headers({
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx
            "Content-Encoding": "identity",  # keeps Streamlit's gzip, which buffers, away
        })
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _end_streams_on_exit()
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_disconnect(receive))
        _open_streams.add(sending)
        sending.add_done_callback(_open_streams.discard)
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await sending

    async def _send_all(self, send: Send) -> None:
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not news.is_set():  # else the loop has not looked yet, and will see this as well
                with suppress(RuntimeError):  # the server is closing
                    loop.call_soon_threadsafe(news.set)

        with self.handle.attach():
            unsubscribe = self.handle.subscribe(wake)
            try:
                await send({"type": "http.response.start", "status": 200,
                            "headers": self.raw_headers})
                await self._relay(send, news)
            finally:
                unsubscribe()

    async def _relay(self, send: Send, news: asyncio.Event) -> None:
        ended, told = False, 0
        while not ended:
            news.clear()  # before looking, so that nothing is missed
            if (place := self.handle.place) != told:  # no message of the run: it is not counted
                told, note = place, encode_message({"type": "queue", "place": place})
                await send({"type": "http.response.body", "body": note, "more_body": True})
            messages = self.handle.frames(self.since)
            for piece in _pieces(messages):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            self.since += len(messages)
            ended = bool(messages) and header_of(messages[-1])["type"] == "end"
            if not messages:
                await news.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _pieces(messages: Sequence[bytes]) -> Iterator[bytes]:
    """Messages joined: sending costs per piece, and a latecomer gets a whole history at once.

    But no larger than `PIECE_BYTES`, where a slow reader makes the sender wait.
    """
    piece: list[bytes] = []
    for message in messages:
        if piece and sum(map(len, piece)) + len(message) > PIECE_BYTES:
            yield b"".join(piece)
            piece = []
        piece.append(message)
    if piece:
        yield b"".join(piece)


_open_streams: set[asyncio.Task[None]] = set()


@cache
def _end_streams_on_exit() -> None:
    """Has the server's stop signal also end the streams.

    uvicorn waits for open responses before it tells the app that it stops: with a tab open
    it would go on until that run is over.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()

    def chain(previous: Callable[[int, FrameType | None], object], number: int) -> None:
        def end(number: int, frame: FrameType | None) -> None:
            for stream in list(_open_streams):
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(stream.cancel)
            previous(number, frame)

        signal.signal(number, end)

    for number in (signal.SIGINT, signal.SIGTERM):
        previous = signal.getsignal(number)
        if callable(previous):
            chain(previous, number)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _whole(text: str) -> int | None:
    """A number of at most nine digits: Python refuses to read some thousands of them."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _unknown() -> Response:
    return JSONResponse({"error": "there is no such run"}, status_code=404)
