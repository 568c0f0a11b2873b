"""A run's messages as the answer to a request, sent as they come."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cache
from types import FrameType
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.frames import encode_message, header_of
from core.runs import Viewer

PIECE_BYTES = 256 * 2**10
"""The most that is handed to the server at once."""
KEEP_ALIVE_SECONDS = 20.0
"""After so much silence a byte or two: proxies cut off what is silent, many after a minute."""


class Followed(Protocol):
    """What the routes need of a run's handle (`core.runs`)."""

    token: str
    viewer: Viewer

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

    def leave(self) -> object: ...


class Messages(Response):
    """A run's messages, sent as they come, until the end message or until nobody listens.

    Not a `StreamingResponse`: under uvicorn that notices a closed tab only when it sends
    the next message, and a run that nobody watches must end at once.
    """

    def __init__(self, handle: Followed, since: int, *, now: bool = False) -> None:
        """`now`: what is there already, and no more."""
        self.handle, self.since, self.now = handle, since, now
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
        ended, silent, told = False, True, 0
        while not ended:
            news.clear()  # before looking, so that nothing is missed
            messages, place = self.handle.frames(self.since), self.handle.place
            # No message of the run: it is not counted. The first says that the stream is open.
            if place != told or (silent and not messages):
                told, note = place, encode_message({"type": "queue", "place": place})
                await send({"type": "http.response.body", "body": note, "more_body": True})
            for piece in _pieces(messages):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            self.since += len(messages)
            ended = self.now or (bool(messages) and header_of(messages[-1])["type"] == "end")
            silent = not messages and not ended and not await _comes(news)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _comes(news: asyncio.Event) -> bool:
    """Whether there is news before others would take the silence for an end."""
    with suppress(TimeoutError):
        await asyncio.wait_for(news.wait(), KEEP_ALIVE_SECONDS)
    return news.is_set()


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
