"""The load generator: it is served as a browser is, and it sees what is lost."""

from __future__ import annotations

import asyncio
import json

import pytest

from benchmarks.load import Hall, _compare, main
from benchmarks.usage import Sample, cpu_share, slope, wait_share
from benchmarks.visitors import Followed, GoneError, LostError, messages
from core.frames import encode_end, encode_message
from core.words import Note
from tests.support.loops import elsewhere, in_a_loop

START = encode_message({"type": "start", "n_frames": 2})
FRAME = encode_message({"type": "frame"}, b"12345678")
END = encode_end("finished")


def test_visitors_of_the_real_app(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each scenario in small; two sessions share a run, move sliders and come back."""
    monkeypatch.setattr("benchmarks.load.ALONE", 1)
    status = elsewhere(main, ["same", "soak", "--visitors", "2", "--minutes", "0.05",
                              "--no-browser", "--json"])
    same, soak = json.loads(capsys.readouterr().out)
    assert (same["failures"], soak["failures"], status) == ([], [], 0)
    assert (same["scenario"], same["visitors"]) == ("same", 2)
    assert 0 < same["opened"][0] <= same["opened"][1]
    assert same["frames_per_second"] * same["seconds"] > 2 * 4 * 50
    assert same["app_mb"][0] < same["tree_mb"]
    assert soak["moved"]


def test_an_unknown_scenario_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["party"]) == 2
    assert "known: same, different, lecturer, soak" in capsys.readouterr().err


def test_what_is_missing_is_lost() -> None:
    run = Followed(asked=0)
    assert [run.take(message) for message in (START, FRAME)] == [False, False]
    with pytest.raises(LostError, match="1 of 2 frames came"):
        run.take(END)
    assert not run.ended
    with pytest.raises(LostError, match="the run failed: no memory"):
        Followed(asked=0).take(encode_end("failed", Note("no memory")))


def test_a_whole_run_is_whole_and_its_place_in_the_queue_no_part_of_it() -> None:
    both = [Followed(asked=0), Followed(asked=0)]
    queue = encode_message({"type": "queue", "place": 1})
    for run, note in zip(both, ([], [queue]), strict=True):
        assert [run.take(m) for m in (*note, START, FRAME, FRAME, END)][-1]
        assert run.ended
    hall = Hall(port=0)
    _compare(hall, both)
    assert hall.failures == []
    _compare(hall, [*both, Followed(asked=0)])
    assert hall.failures == ["3 visitors of one run received 2 different ones"]


def served(*pieces: bytes) -> list[bytes]:
    """What a visitor makes of an answer of those bytes, after which the server hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"".join(pieces))
        writer.close()

    async def ask() -> list[bytes]:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return [message async for message in messages(port, "/live/x")]

    return in_a_loop(ask())


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_messages_are_found_however_they_are_cut() -> None:
    whole, ok = START + FRAME + END, b"HTTP/1.1 200 OK\r\n\r\n"
    for cut in (1, 9, len(START), len(whole)):
        pieces = [chunk(whole[i : i + cut]) for i in range(0, len(whole), cut)]
        assert served(ok, *pieces, b"0\r\n\r\n") == [START, FRAME, END]
    with pytest.raises(LostError, match="cut"):
        served(ok, chunk(START), b"ff\r\nhalf a fr")
    with pytest.raises(GoneError):
        served(b"HTTP/1.1 404 Not Found\r\n\r\n")
    with pytest.raises(LostError, match="status 500"):
        served(b"HTTP/1.1 500 Oh\r\n\r\n")


def test_growth_is_that_of_the_second_half_without_the_cache() -> None:
    samples = [Sample(60.0 * i, 6.0 * i, 3.0 * i, 100 + 30 * min(i, 5) + 7 * i, 0, 4 * i, 0)
               for i in range(10)]
    assert slope(samples) == pytest.approx(3)
    assert cpu_share(samples) == pytest.approx(0.1)
    assert wait_share(samples) == pytest.approx(0.05)


def test_a_lost_visitor_is_reported_and_the_others_stay() -> None:
    async def stay(visitor: object, i: int) -> None:
        if i == 1:
            raise LostError("no page")

    hall = Hall(port=0, rate=1e6)
    in_a_loop(hall.fill(3, stay))
    assert hall.failures == ["visitor 1: LostError: no page"]
