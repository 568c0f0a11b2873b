"""The wire format: what is decoded is what was encoded, and a broken stream says so.

The browser reads these bytes with typed arrays, so alignment is not a matter of speed: a
misaligned array cannot be read there at all.
"""

from __future__ import annotations

import io
import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checking import history
from core.config import Config, setting
from core.experiment import Experiment, Frame
from core.frames import (
    DTYPES,
    MAX_MESSAGE_BYTES,
    PREFIX_BYTES,
    decode_frame,
    encode_end,
    encode_frame,
    encode_message,
    encode_run,
    encode_start,
    header_of,
    message_length,
    read_message,
)
from core.words import RUN, Note, phrase


class ToyConfig(Config):
    n_steps: int = setting(2, "Updates", ge=1, le=9)
    names: tuple[str, ...] = setting(("a", "b"), "The rules")


def train(config: ToyConfig) -> Any:
    for step in range(config.n_steps + 1):
        notes = (Note("begun"),) if step == 0 else ()
        yield Frame(step, {"loss": np.full((2, 3), step, dtype=np.float32)}, notes)


TOY = Experiment(
    name="toy", title="Toy", config=ToyConfig,
    dims={"loss": ("step", "rule", "seed"), "held": ("step", "rule"), "map": ("y", "x"),
          "scalar": ("step",), "never": ("step",)},
    coords=lambda c: {"rule": list(c.names), "seed": [5, 6, 7], "y": [0.0, 1.0], "x": [2.0],
                      "unused": [1]},
    train=train, n_frames=lambda c: c.n_steps + 1, small=ToyConfig(),
)


def sample(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Every byte pattern that the type has room for, cast to it; for floats NaN as well."""
    flat = np.resize(np.arange(-130, 140), int(np.prod(shape))).astype(dtype)
    if np.dtype(dtype).kind == "f" and flat.size > 2:
        flat[:3] = np.nan, np.inf, -0.0
    return flat.reshape(shape)


# --- round trip ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 0, 3), (5, 7), (2, 3, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_array_comes_back_as_it_was(dtype: str, shape: tuple[int, ...]) -> None:
    """Type, shape and every byte, NaN and the sign of zero included."""
    array = sample(dtype, shape)
    back = decode_frame(encode_frame(Frame(3, {"a": array}))).arrays["a"]
    assert back.dtype.str == dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_a_frame_comes_back_as_it_was() -> None:
    """Step, notes in any language, and several arrays in their order."""
    arrays = {f"array {i}": sample(dtype, (i + 1, 3)) for i, dtype in enumerate(DTYPES)}
    frame = Frame(2000, arrays, (Note("diverged → ∞", {"rate": "1e309"}), Note('with "quotes"\n')))
    back = decode_frame(encode_frame(frame))
    assert (back.step, back.notes) == (2000, frame.notes)
    assert list(back.arrays) == list(arrays)
    assert all(np.array_equal(back.arrays[n], a, equal_nan=a.dtype.kind == "f")
               for n, a in arrays.items())


def test_an_empty_frame_comes_back() -> None:
    back = decode_frame(encode_frame(Frame(0, {})))
    assert (back.step, dict(back.arrays), back.notes) == (0, {}, ())


@pytest.mark.parametrize(
    "make",
    [lambda a: a.T, lambda a: a[::2], lambda a: a[:, ::-1], np.asfortranarray,
     lambda a: a.astype(">f4"), lambda a: np.broadcast_to(a[0], (4, 6))],
    ids=["transposed", "strided", "reversed", "fortran", "big endian", "broadcast"],
)
def test_layout_in_memory_does_not_matter(make: Any) -> None:
    """On the wire it is C order, little-endian; values are the same."""
    array = make(np.arange(24, dtype=np.float32).reshape(4, 6))
    message = encode_frame(Frame(0, {"a": array}))
    (spec,) = header_of(message)["arrays"]
    assert spec["dtype"] == "<f4"
    assert np.array_equal(decode_frame(message).arrays["a"], array)


def test_decoded_arrays_are_read_only_views() -> None:
    """Nothing is copied, and nobody can change what the other viewers share."""
    message = encode_frame(Frame(0, {"a": np.zeros(4, dtype=np.float32)}))
    array = decode_frame(message).arrays["a"]
    assert np.shares_memory(array, np.frombuffer(message, dtype=np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_every_array_begins_at_a_multiple_of_eight() -> None:
    """Counted from the start of the body, whatever the lengths before it; none overlap, and
    the body ends with the last one.
    """
    sizes = (1, 2, 3, 5, 7, 8, 9, 16, 0, 1)
    arrays = {f"{i}": np.full(n, i, dtype=np.int8) for i, n in enumerate(sizes)}
    message = encode_frame(Frame(0, arrays))
    specs, end = header_of(message)["arrays"], 0
    for spec, size in zip(specs, sizes, strict=True):
        assert spec["offset"] % 8 == 0
        assert end <= spec["offset"] < end + 8
        end = spec["offset"] + size
    header_length, body_length = struct.unpack_from("<II", message)
    assert body_length == end
    assert len(message) == PREFIX_BYTES + header_length + body_length


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.uint32, np.complex64, object, "U3"])
def test_forbidden_types_are_refused_by_name(dtype: Any) -> None:
    """Float64 would double every run's bytes, and JavaScript has no array for the others: the
    message names array, type and what is allowed.
    """
    array = np.zeros(3, dtype=dtype)
    with pytest.raises(TypeError, match=r"'weights' is .*; allowed: <f4") as caught:
        encode_frame(Frame(0, {"weights": array}))
    assert str(array.dtype) in str(caught.value)


def test_a_foreign_type_is_not_decoded() -> None:
    """A header cannot have numpy build objects or anything else outside the contract."""
    spec = {"name": "a", "dtype": "|O", "shape": [1], "offset": 0}
    message = encode_message({"type": "frame", "step": 0, "notes": [], "arrays": [spec]}, b"\0" * 8)
    with pytest.raises(TypeError, match=r"foreign type '\|O'"):
        decode_frame(message)


def test_an_array_that_ends_outside_the_message_is_not_decoded() -> None:
    spec = {"name": "a", "dtype": "<f4", "shape": [100], "offset": 0}
    message = encode_message({"type": "frame", "step": 0, "notes": [], "arrays": [spec]}, b"\0" * 8)
    with pytest.raises(ValueError, match="buffer"):
        decode_frame(message)


# --- messages and streams --------------------------------------------------------------


def test_headers_are_json_without_nan() -> None:
    """JavaScript cannot read NaN in JSON, so it must not be written."""
    with pytest.raises(ValueError, match="JSON"):
        encode_message({"type": "start", "coords": {"rate": [float("nan")]}})


def test_start_says_everything_that_does_not_change() -> None:
    config = ToyConfig(n_steps=3)
    header = header_of(encode_start(TOY, config))
    assert header == {
        "type": "start", "experiment": "toy", "n_frames": 4, "last_step": 3,
        "config": {"n_seeds": 1, "seed": 0, "n_steps": 3, "names": ["a", "b"]},
        "dims": {name: list(dims) for name, dims in TOY.dims.items()},
        "coords": TOY.coords(config),
    }
    assert ToyConfig.model_validate(header["config"]) == config


def test_end_says_how() -> None:
    assert header_of(encode_end("finished")) == {"type": "end", "state": "finished", "error": None}
    error = Note("run.ended", {"reason": Note("reason.exit", {"status": 3})})
    end = header_of(encode_end("failed", error))
    assert end == {"type": "end", "state": "failed",
                   "error": ["run.ended", {"reason": ["reason.exit", {"status": 3}]}]}
    assert phrase(Note.read(end["error"]), RUN) == (
        "The process that trained this run ended unexpectedly (exit status 3). "
        "Press Run again, or change a setting.")


def test_a_run_is_its_start_and_its_frames() -> None:
    messages = list(encode_run(TOY, ToyConfig()))
    assert [header_of(m)["type"] for m in messages] == ["start", "frame", "frame", "frame"]
    assert [decode_frame(m).step for m in messages[1:]] == [0, 1, 2]
    assert decode_frame(messages[1]).notes == (Note("begun"),)


def test_a_stream_is_read_message_by_message() -> None:
    """As it was written, then None; also where the pipe ends exactly after a message."""
    messages = [*encode_run(TOY, ToyConfig()), encode_end("finished")]
    stream = io.BytesIO(b"".join(messages))
    for message in messages:
        assert read_message(stream) == message
    assert read_message(stream) is None


def test_a_truncated_stream_gives_none() -> None:
    """A child that was killed leaves half a message: at every cut, nothing is returned, so
    nothing half is shown.
    """
    message = encode_frame(Frame(1, {"a": np.arange(3, dtype=np.float32)}))
    for length in range(len(message)):
        assert read_message(io.BytesIO(message[:length])) is None, length


@pytest.mark.parametrize("lengths", [(MAX_MESSAGE_BYTES, 1), (1, MAX_MESSAGE_BYTES),
                                     (2**32 - 1, 2**32 - 1)])
def test_an_absurd_length_is_refused(lengths: tuple[int, int]) -> None:
    """Bytes that are no message (a stray print) must not make the app allocate gigabytes."""
    prefix = struct.pack("<II", *lengths)
    with pytest.raises(ValueError, match=f"{sum(lengths)} bytes is over {MAX_MESSAGE_BYTES}"):
        message_length(prefix)
    with pytest.raises(ValueError, match="is over"):
        read_message(io.BytesIO(prefix + b"\0" * 100))


def test_the_largest_length_is_allowed() -> None:
    assert message_length(struct.pack("<II", 1, MAX_MESSAGE_BYTES - 1)) == MAX_MESSAGE_BYTES


def test_the_same_frame_gives_the_same_bytes() -> None:
    """No clock, no address, no order of a set in it."""
    def message() -> bytes:
        arrays = {"b": np.arange(6, dtype=np.float32), "a": np.zeros((2, 2), dtype=np.int8)}
        return encode_frame(Frame(7, arrays, (Note("one"), Note("two"))))

    assert message() == message()


def test_the_header_is_utf8_json() -> None:
    """Without numpy or anything else of Python's: what the browser reads."""
    arrays = {"a": np.zeros((2, 3), dtype=np.float16)}
    message = encode_frame(Frame(1, arrays, (Note("≤", {"step": 1}),)))
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[8 : 8 + length].decode())
    assert header == {
        "type": "frame", "step": 1, "notes": [["≤", {"step": 1}]],
        "arrays": [{"name": "a", "dtype": "<f2", "shape": [2, 3], "offset": 0}]}


# --- histories -------------------------------------------------------------------------


def full(value: float) -> np.ndarray:
    return np.full((2, 3), value, dtype=np.float32)


def test_history_stacks_what_changes_and_labels_it() -> None:
    """Dimensions and labels are the experiment's; "step" has the frames' numbers."""
    frames = [Frame(step, {"loss": full(step)}) for step in (0, 1, 10)]
    data = history(TOY, ToyConfig(), frames)
    assert data["loss"].dims == ("step", "rule", "seed")
    assert data["step"].values.tolist() == [0, 1, 10]
    assert data["seed"].values.tolist() == [5, 6, 7]
    assert data["loss"].sel(step=10, rule="b").values.tolist() == [10, 10, 10]
    assert data["loss"].dtype == np.float32


def test_an_array_that_is_left_out_keeps_its_last_value() -> None:
    """The rule for readers of frames: what a frame does not say has not changed."""
    frames = [Frame(0, {"loss": full(0), "held": np.zeros(2, np.float32)}),
              Frame(1, {"loss": full(1)}),
              Frame(2, {"loss": full(2), "held": np.ones(2, np.float32)}),
              Frame(3, {"loss": full(3)})]
    data = history(TOY, ToyConfig(), frames)
    assert data["held"].sel(rule="a").values.tolist() == [0, 0, 1, 1]
    assert data["loss"].isel(rule=0, seed=0).values.tolist() == [0, 1, 2, 3]


def test_a_static_array_is_there_once() -> None:
    """Without "step" in its dimensions, from the first frame that has it."""
    frames = [Frame(0, {"map": np.array([[1.0], [2.0]], np.float32)}), Frame(1, {})]
    data = history(TOY, ToyConfig(), frames)
    assert data["map"].dims == ("y", "x")
    assert data["map"].values.tolist() == [[1], [2]]


def test_one_number_per_frame() -> None:
    """An array with no dimension but "step", here and over the wire."""
    frames = [Frame(step, {"scalar": np.float32(step) * np.ones((), np.float32)})
              for step in (0, 4)]
    for seen in (frames, [decode_frame(encode_frame(frame)) for frame in frames]):
        data = history(TOY, ToyConfig(), seen)
        assert data["scalar"].dims == ("step",)
        assert data["scalar"].values.tolist() == [0, 4]


def test_arrays_and_labels_that_a_run_does_not_have_are_left_out() -> None:
    data = history(TOY, ToyConfig(), [Frame(0, {"loss": full(0)})])
    assert set(data) == {"loss"}
    assert set(data.coords) == {"step", "rule", "seed"}


def test_history_keeps_configuration_and_notes() -> None:
    """Enough to make the run again, and what was said when."""
    frames = [Frame(0, {"loss": full(0)}, (Note("begun"),)),
              Frame(4, {"loss": full(1)}, (Note("arrived"), Note("left")))]
    data = history(TOY, ToyConfig(n_steps=4), frames)
    assert data.attrs["experiment"] == "toy"
    assert ToyConfig.model_validate_json(data.attrs["config"]) == ToyConfig(n_steps=4)
    assert data.attrs["notes"] == ["0: begun", "4: arrived", "4: left"]


def test_decoded_frames_give_the_same_history() -> None:
    """Whether a run was trained here or came over the wire."""
    config = ToyConfig()
    sent = [decode_frame(m) for m in list(encode_run(TOY, config))[1:]]
    assert history(TOY, config, sent).identical(history(TOY, config, list(train(config))))


def test_a_run_has_words_for_all_that_it_may_say() -> None:
    """Every key that a source names has words, and no words are there in vain."""
    root = Path(__file__).parents[2] / "core"
    sources = [p for p in root.rglob("*.py") if p.name != "words.py"]
    text = "".join(path.read_text("utf-8") for path in sources)
    assert set(re.findall(r'"((?:run|reason)\.\w+)"', text)) | {"changed"} == set(RUN)
