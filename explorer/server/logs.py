"""The app's log: what happens to runs, a line per event, as text or as JSON."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime

VARIABLE = "LOG_FORMAT"
PACKAGES = ("core", "explorer")


class Json(logging.Formatter):
    """One object per line: time (UTC), level, where, event, and what belongs to it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name,
            "event": record.getMessage(), **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Text(logging.Formatter):
    """The same for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        fields = getattr(record, "fields", {})
        return " ".join([super().formatMessage(record), *(f"{k}={v}" for k, v in fields.items())])


FORMATS: dict[str, type[logging.Formatter]] = {"json": Json, "text": Text}


def set_up() -> Callable[[], None]:
    """Writes events to standard error as `LOG_FORMAT` says; returns what ends that.

    Without it there are warnings only, as text.

    Raises:
        ValueError: When `LOG_FORMAT` is neither "json" nor "text".
    """
    name = os.environ.get(VARIABLE, "")
    if not name:
        return lambda: None
    if name not in FORMATS:
        raise ValueError(f"{VARIABLE} is {name!r}; allowed: {', '.join(FORMATS)}")
    # A thread writes: who reads the log slowly must not hold up the runs. Imported when asked for
    from logging.handlers import QueueHandler, QueueListener
    from queue import SimpleQueue

    class Hand(QueueHandler):
        def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
            return record  # nothing is sent to another process

    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(FORMATS[name]())
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    handler, listener = Hand(queue), QueueListener(queue, out)
    for package in PACKAGES:
        logger = logging.getLogger(package)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    listener.start()

    def stop() -> None:
        for package in PACKAGES:
            logging.getLogger(package).removeHandler(handler)
            logging.getLogger(package).propagate = True
        listener.stop()

    return stop
