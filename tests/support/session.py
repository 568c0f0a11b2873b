"""A visitor without a browser: a session of Streamlit's, and the stream of the run on its page."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from devtools.browser import LIVENESS


def session(url: str, origin: str) -> ClientConnection:
    return connect(url.replace("http", "ws") + "/_stcore/stream", origin=origin, max_size=None)


def token_of(mine: ClientConnection, address: str) -> str:
    """Of the run on the page at an address of the app, as `explore` writes it."""
    asked, at = BackMsg(), urlsplit(address)
    asked.rerun_script.page_name = at.path.strip("/")
    asked.rerun_script.query_string = at.query
    mine.send(asked.SerializeToString())
    while True:
        element = ForwardMsg.FromString(mine.recv(LIVENESS)).delta.new_element
        if element.bidi_component.component_name == "live_view":
            return json.loads(element.bidi_component.json)[0]["token"]


@contextmanager
def watched(url: str, address: str) -> Iterator[BinaryIO]:
    """The stream of the run on a page, which stays open meanwhile."""
    with session(url, url) as mine:
        stream = f"{url}/live/{token_of(mine, address)}?since=0"
        with urllib.request.urlopen(stream, timeout=LIVENESS) as answer:
            yield cast(BinaryIO, answer)
