"""Visitors without browsers: Streamlit's own websocket, and the stream of each one's run.

One is what a tab is to the server: a session that says where it is and which slider moved,
and one open stream, replaced when the page's script names another run. Hundreds of them fit
into one process.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from core.frames import PREFIX_BYTES, header_of, message_length
from core.words import RUN, Note, phrase

HANG_SECONDS = 180.0
"""After so long without an answer a visitor gives up: that is a failure, not a slow answer."""


class LostError(Exception):
    """What a visitor should have got and did not, in a sentence."""


class GoneError(Exception):
    """The run belongs to nobody any more."""


@dataclass
class Followed:
    """What a visitor received of one run.

    Attributes:
        asked: When he asked, by opening the page or moving a slider (`time.perf_counter`).
        first: When its first frame was there.
        ended: Whether all of it was.
        n_frames: Frames so far.
        n_bytes: And their bytes.
        digest: Of all its messages: two who follow the same run have the same.
    """

    asked: float
    first: float = 0.0
    ended: bool = False
    n_frames: int = 0
    n_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256, repr=False)
    _expected: int = -1

    @property
    def latency(self) -> float:
        """Seconds from asking to the first frame."""
        return self.first - self.asked

    def take(self, message: bytes) -> bool:
        """Notes a message; whether it was the last. Raises `LostError` for a bad end."""
        header = header_of(message)
        if header["type"] == "queue":  # belongs to the stream, not to the run
            return False
        self.digest.update(message)
        if header["type"] == "start":
            self._expected = header["n_frames"]
        elif header["type"] == "frame":
            self.first = self.first or time.perf_counter()
            self.n_frames, self.n_bytes = self.n_frames + 1, self.n_bytes + len(message)
        elif header["state"] == "failed":
            raise LostError(f"the run failed: {phrase(Note.read(header['error']), RUN)}")
        elif header["state"] == "finished":  # else he asked for another, which is on its way
            if self.n_frames != self._expected:
                raise LostError(f"{self.n_frames} of {self._expected} frames came")
            self.ended = True
        return header["type"] == "end"


class Visitor:
    """One session. `async with` it; errors of its stream come out of `frame` and `end`.

    Args:
        port: Of the app, on this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._page, self._query = "", ""
        self._sliders: dict[str, Element] = {}
        self._values: dict[str, WidgetState] = {}
        self._asked = 0.0
        self._token = ""
        self._named = False
        self._news = asyncio.Event()
        self._error: Exception | None = None
        self._run: Followed | None = None
        self._reading: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in (self._following, self._reading):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if self._reading:
            await self._socket.close()

    async def open(self, page: str, query: str = "") -> None:
        """Comes to a page of the app, as with a link."""
        self._page, self._query = page, query
        self._asked = time.perf_counter()
        self._socket: ClientConnection = await connect(
            f"ws://127.0.0.1:{self._port}/_stcore/stream", subprotocols=["streamlit"],  # type: ignore[list-item]
            origin=f"http://127.0.0.1:{self._port}", max_size=None,  # type: ignore[arg-type]
            compression=None, open_timeout=HANG_SECONDS,
        )
        self._reading = asyncio.create_task(self._noting_errors(self._read))
        await self._say()

    async def move(self, label: str, position: float) -> None:
        """Moves a slider, the positions from 0 (left end) to 1 (right end)."""
        if label not in self._sliders:
            raise LostError(f"the page has no slider {label!r}; it has {list(self._sliders)}")
        slider = self._sliders[label].slider
        steps = round((slider.max - slider.min) / slider.step)
        state = WidgetState(id=slider.id)
        state.double_array_value.data[:] = [slider.min + round(position * steps) * slider.step]
        self._values[slider.id] = state
        self._named = False
        self._asked = time.perf_counter()
        await self._say()

    async def frame(self) -> Followed:
        """Waits for the first frame of the run that was asked for last."""
        return await self._until("first")

    async def end(self) -> Followed:
        """Waits for the end of the run that was asked for last."""
        return await self._until("ended")

    async def _until(self, what: str) -> Followed:
        try:
            async with asyncio.timeout(HANG_SECONDS):
                while not (self._named and self._run and getattr(self._run, what)):
                    if self._error:
                        raise self._error
                    self._news.clear()
                    await self._news.wait()
                return self._run
        except TimeoutError:
            raise LostError(f"nothing came within {HANG_SECONDS:g} s") from None

    async def _noting_errors(
        self, work: Callable[..., Coroutine[Any, Any, None]], *given: Any
    ) -> None:
        try:
            await work(*given)
        except (LostError, OSError, EOFError, WebSocketException) as error:
            self._error = error
        self._news.set()

    async def _say(self) -> None:
        """What a browser sends when it arrives and when a control changes."""
        state = ClientState(query_string=self._query, page_name=self._page)
        state.widget_states.widgets.extend(self._values.values())
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _read(self) -> None:
        async for data in self._socket:
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            if message.HasField("delta"):
                self._see(message.delta.new_element)
            elif message.HasField("page_info_changed"):
                self._query = message.page_info_changed.query_string
        raise LostError("the server closed the session")

    def _see(self, element: Element) -> None:
        """Takes from the page what a visitor uses of it."""
        if element.HasField("exception"):
            raise LostError(f"the page failed: {element.exception.message}")
        if element.HasField("slider"):
            self._sliders[element.slider.label] = element
        elif element.bidi_component.component_name == "live_view":
            self._follow(json.loads(element.bidi_component.json)[0]["token"])

    def _follow(self, token: str) -> None:
        """Opens the stream of a run; the one before is closed, as the browser does."""
        self._named = True
        self._news.set()
        if token == self._token:
            return
        if self._following:
            self._following.cancel()
        self._token, self._run = token, Followed(self._asked)
        self._following = asyncio.create_task(
            self._noting_errors(self._take_all, self._run, token))

    async def _take_all(self, run: Followed, token: str) -> None:
        with suppress(GoneError):  # he asked for another run meanwhile, which is on its way
            async for message in messages(self._port, f"/live/{token}"):
                over = run.take(message)
                self._news.set()
                if over:
                    return
            raise LostError(f"the stream ended after {run.n_frames} frames without an end")


async def messages(port: int, path: str) -> AsyncIterator[bytes]:
    """The messages of a stream of the app as they come."""
    held = bytearray()
    async for chunk in _chunks(port, path):
        held += chunk
        while len(held) >= PREFIX_BYTES:
            size = PREFIX_BYTES + message_length(bytes(held[:PREFIX_BYTES]))
            if len(held) < size:
                break
            yield bytes(held[:size])
            del held[:size]


async def _chunks(port: int, path: str) -> AsyncIterator[bytes]:
    """The body of a chunked HTTP answer: no client among the dependencies streams one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path}?since=0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split()[1])
        if status == 404:
            raise GoneError("there is no such run")
        if status != 200:
            raise LostError(f"the stream was refused with status {status}")
        while size := int(await reader.readline(), 16):
            yield await reader.readexactly(size)
            await reader.readexactly(2)
    except asyncio.IncompleteReadError:
        raise LostError("the stream was cut") from None
    finally:
        writer.close()
