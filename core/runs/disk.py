"""Finished runs on disk, so that a restart opens yesterday's demonstration at once.

One file per run, named after its key (a hash of experiment, configuration and source code):

    file := magic | SHA-256 of the rest | messages, as in `core.frames`

Nothing is unpickled: a file is a checksum and the bytes that the child sent. It is written
beside its place and moved there whole, so that several servers may share the folder. A
file that is damaged is reported, removed and computed again; files with other names are left
alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from core.frames import header_of, read_message

MAGIC = b"run\x001\n"
_NAME = re.compile(r"[0-9a-f]{64}\.run")
_NEW = ".new-run-"
STALE_SECONDS = 3600.0
_DIGEST_BYTES = hashlib.sha256().digest_size

_log = logging.getLogger(__name__)


class DiskCache:
    """Histories of finished runs in a folder. Thread-safe: files are only ever replaced.

    Args:
        folder: Made when the first run is kept.
        max_bytes: Of all runs in it; those not asked for longest go first.
    """

    def __init__(self, folder: Path, max_bytes: int = 2**30) -> None:
        self._folder, self._max_bytes = folder, max_bytes

    def get(self, key: str) -> list[bytes] | None:
        """The messages of a finished run, the end marker last; None when there are none."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("a kept run cannot be read: %s", error)
            return None
        try:
            messages = _unpacked(content)
        except ValueError as error:
            _log.warning("%s is damaged and computed again: %s", path.name, error)
            self._remove(path)
            return None
        with contextlib.suppress(OSError):  # another server may have removed it meanwhile
            os.utime(path)  # asked for last
        return messages

    def put(self, key: str, messages: Sequence[bytes]) -> None:
        """Keeps a finished run; where the disk does not allow that, says so in the log."""
        body = b"".join(messages)
        if len(body) > self._max_bytes:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._replace(self._path(key), MAGIC + hashlib.sha256(body).digest() + body)
            self._forget_oldest()
        except OSError as error:
            _log.warning("a finished run is not kept on disk: %s", error)

    def _path(self, key: str) -> Path:
        name = f"{key}.run"
        if not _NAME.fullmatch(name):
            raise ValueError(f"{key!r} is not the key of a run")
        return self._folder / name

    def _replace(self, path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix=_NEW, dir=self._folder)
        try:
            with open(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except OSError:
            self._remove(Path(name))
            raise

    def _forget_oldest(self) -> None:
        found = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # the other server was faster
                stat = path.stat()
                if _NAME.fullmatch(path.name):
                    found.append((stat.st_mtime, stat.st_size, path))
                elif path.name.startswith(_NEW) and time.time() - stat.st_mtime > STALE_SECONDS:
                    self._remove(path)  # a server ended while it wrote
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._max_bytes:
                return
            self._remove(path)
            total -= size

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s cannot be removed: %s", path.name, error)


def _unpacked(content: bytes) -> list[bytes]:
    """The messages of a file; raises `ValueError` that says what is wrong with it."""
    start = len(MAGIC) + _DIGEST_BYTES
    if not content.startswith(MAGIC):
        raise ValueError("it is no run")
    body = content[start:]
    if content[len(MAGIC) : start] != hashlib.sha256(body).digest():
        raise ValueError("its checksum is another one")
    stream, messages = io.BytesIO(body), []
    while (message := read_message(stream)) is not None:
        messages.append(message)
    if not messages or header_of(messages[-1]).get("state") != "finished":
        raise ValueError("it has no end")
    return messages
