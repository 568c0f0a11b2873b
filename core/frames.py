"""Frames as bytes: encoded once in the child, relayed unread, decoded where they are used.

A run's stream is a sequence of messages. All integers are little-endian.

    message := uint32 header_length | uint32 body_length | header (JSON, UTF-8) | body

    start   {"type": "start", "experiment", "config", "dims", "coords", "n_frames",
             "last_step": number of the last recorded step, null where it is not known}
    frame   {"type": "frame", "step", "notes": [[key, {values}], ...],
             "arrays": [{"name", "dtype", "shape", "offset"}, ...]}
    end     {"type": "end", "state": "finished" | "failed" | "stopped",
             "error": [key, {values}] or null}

A frame's body holds its arrays one after the other, C order, each at an offset (from the
start of the body) that is a multiple of 8. There is no clock in a message: the same
configuration gives the same bytes. The end marker travels in the same channel, so
nothing can overtake it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from core.config import Config
from core.experiment import Experiment, Frame
from core.words import Note

_PREFIX = struct.Struct("<II")
PREFIX_BYTES = _PREFIX.size
MAX_MESSAGE_BYTES = 64 * 2**20
DTYPES = ("<f4", "<f2", "|i1", "|u1", "<i2", "<u2", "<i4", "|b1")


def encode_start(experiment: Experiment, config: Config) -> bytes:
    """The first message of a run: everything that does not change with time."""
    return encode_message({
        "type": "start",
        "experiment": experiment.name,
        "config": config.model_dump(mode="json"),
        "dims": {name: list(dims) for name, dims in experiment.dims.items()},
        "coords": {dim: list(labels) for dim, labels in experiment.coords(config).items()},
        "n_frames": experiment.n_frames(config),
        "last_step": last_step(config),
    })


def last_step(config: Config) -> int | None:
    """The number of the last recorded step, unless something stops the run early.

    None where the configuration does not count steps.
    """
    return getattr(config, "n_steps", None)


def encode_frame(frame: Frame) -> bytes:
    """One frame; raises `TypeError` for an array of a type that the contract forbids."""
    parts: list[bytes] = []
    arrays, offset = [], 0
    for name, array in frame.arrays.items():
        array = np.asarray(array, order="C")
        dtype = array.dtype.newbyteorder("<").str
        if dtype not in DTYPES:
            raise TypeError(f"array {name!r} is {array.dtype}; allowed: {', '.join(DTYPES)}")
        padding = -offset % 8
        raw = array.astype(dtype, copy=False).tobytes()
        parts += [b"\0" * padding, raw]
        arrays.append({"name": name, "dtype": dtype, "shape": array.shape,
                       "offset": offset + padding})
        offset += padding + len(raw)
    header = {"type": "frame", "step": frame.step, "arrays": arrays,
              "notes": [note.plain() for note in frame.notes]}
    return encode_message(header, b"".join(parts))


def encode_end(state: str, error: Note | None = None) -> bytes:
    """The last message: how the run ended."""
    return encode_message({"type": "end", "state": state, "error": error and error.plain()})


def encode_message(header: dict[str, Any], body: bytes = b"") -> bytes:
    """A header and its body with their lengths in front."""
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    return _PREFIX.pack(len(text), len(body)) + text + body


def message_length(prefix: bytes) -> int:
    """Bytes that follow the eight-byte prefix; raises `ValueError` for an absurd one."""
    length = sum(_PREFIX.unpack(prefix))
    if length > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes is over {MAX_MESSAGE_BYTES}")
    return length


def read_message(stream: BinaryIO) -> bytes | None:
    """The next whole message, or None where the stream ends (even inside a message)."""
    prefix = stream.read(PREFIX_BYTES)
    if len(prefix) < PREFIX_BYTES:
        return None
    rest = stream.read(length := message_length(prefix))
    return prefix + rest if len(rest) == length else None


def header_of(message: bytes) -> dict[str, Any]:
    """The header alone, without touching the arrays."""
    length, _ = _PREFIX.unpack_from(message)
    return json.loads(message[PREFIX_BYTES : PREFIX_BYTES + length])


def decode_frame(message: bytes) -> Frame:
    """A frame from its bytes; the arrays are read-only views into them."""
    length, _ = _PREFIX.unpack_from(message)
    header = header_of(message)
    start = PREFIX_BYTES + length
    arrays = {}
    for spec in header["arrays"]:
        if spec["dtype"] not in DTYPES:
            raise TypeError(f"array {spec['name']!r} has the foreign type {spec['dtype']!r}")
        count = int(np.prod(spec["shape"], dtype=np.int64))
        flat = np.frombuffer(message, spec["dtype"], count, start + spec["offset"])
        arrays[spec["name"]] = flat.reshape(spec["shape"])
    notes = tuple(map(Note.read, header["notes"]))
    return Frame(header["step"], arrays, notes)


def encode_run(experiment: Experiment, config: Config) -> Iterator[bytes]:
    """Trains and yields the messages of a whole run, without the end marker."""
    yield encode_start(experiment, config)
    for frame in experiment.train(config):
        yield encode_frame(frame)
