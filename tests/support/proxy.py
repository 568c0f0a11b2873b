"""A small reverse proxy with the habits of real ones, good and bad."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

END = b"\r\n\r\n"


@dataclass
class Proxy:
    """What it does, and what it has seen.

    Attributes:
        target: Host and port of the app; several take turns, one per connection.
        strip: A path below which the app is shown and which is taken off before it is asked.
        upgrades: Whether websockets come through; else they are asked for as plain requests.
        holds: Whether an answer is passed on only when it is whole.
        silence: Seconds without a byte after which an answer is cut off; 0 for never.
        asked: The paths that were asked for, in order.
        cut: How many answers were cut off.
    """

    target: tuple[tuple[str, int], ...]
    strip: str = ""
    upgrades: bool = True
    holds: bool = False
    silence: float = 0.0
    asked: list[str] = field(default_factory=list)
    cut: int = 0
    turn: int = 0


@contextmanager
def proxy(*apps: str, **habits: object) -> Iterator[tuple[str, Proxy]]:
    """A proxy before these apps; its address, with the path that it strips, and itself."""
    hosts = tuple((str(parts.hostname), int(parts.port or 80)) for parts in map(urlsplit, apps))
    about = Proxy(hosts, **habits)  # type: ignore[arg-type]

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            _serve(about, self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, allow_reuse_address = True, True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{about.strip}", about
        finally:
            server.shutdown()


def _serve(about: Proxy, browser: socket.socket) -> None:
    """One request per connection, which is simple and allowed."""
    head, rest = _read_head(browser)
    if not head:
        return
    request, *lines = head.decode("latin-1").split("\r\n")
    method, path, version = request.split(" ")
    if not path.startswith(about.strip):
        browser.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close" + END)
        return
    path = path[len(about.strip):] or "/"
    about.asked.append(path)
    upgrade = any(line.lower() == "upgrade: websocket" for line in lines) and about.upgrades
    dropped = () if upgrade else ("connection:", "upgrade:", "keep-alive:")
    kept = [line for line in lines if not line.lower().startswith(dropped or ("\0",))]
    if not upgrade:
        kept.append("Connection: close")
    about.turn += 1
    target = about.target[about.turn % len(about.target)]
    with socket.create_connection(target) as app:
        asked = "\r\n".join([f"{method} {path} {version}", *kept])
        app.sendall(asked.encode("latin-1") + END + rest)
        up = threading.Thread(target=_pass_on, args=(browser, app), daemon=True)
        up.start()
        _answer(about, app, browser, upgrade)


def _read_head(browser: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while END not in data:
        piece = _receive(browser)
        if not piece:
            return b"", b""
        data += piece
    head, _, rest = data.partition(END)
    return head, rest


def _answer(about: Proxy, app: socket.socket, browser: socket.socket, upgrade: bool) -> None:
    """The answer's head has "Connection: close" from the app, since the request had."""
    if not upgrade and about.silence:
        app.settimeout(about.silence)
    held = b""
    try:
        while piece := app.recv(1 << 16):
            if about.holds and not upgrade:
                held += piece
            else:
                browser.sendall(piece)
        browser.sendall(held)
    except TimeoutError:
        about.cut += 1
    except OSError:  # one of both has gone
        pass
    finally:
        _close(browser)
        _close(app)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """What the browser sends, until it goes; then the app is told that it has gone."""
    while piece := _receive(source):
        try:
            target.sendall(piece)
        except OSError:
            return
    _close(target)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(1 << 16)
    except OSError:
        return b""


def _close(end: socket.socket) -> None:
    with suppress(OSError):  # already
        end.shutdown(socket.SHUT_RDWR)
