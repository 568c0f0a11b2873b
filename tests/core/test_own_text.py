"""A visitor's own text: what is taken, what is refused and why, and what its name says."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pytest

from core.data.own import OwnPoints
from core.data.text import (
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    MOST_DIFFERENT,
    OwnText,
    RefusedTextError,
    at_hand,
    size_of,
    text_of,
)
from core.data.theirs import is_own, read

PAGE = "The owl and the snail went down to the sea.\n" * 15
TAKEN = {
    "plain": PAGE, "ends of lines": PAGE.replace("\n", "\r\n"), "spaces around": f"\n  {PAGE}  \n",
    "a file's mark": "\ufeff" + PAGE, "right to left": "שלום עולם, מה שלומך היום? " * 25,
    "emoji": "😀 family 👩‍👩‍👧 and a flag 🇰🇷! " * 30, "accents apart": "e\u0301tude " * 80,
    "no spaces": "天地玄黃宇宙洪荒日月盈昃辰宿列張" * 40,
    "markup": "<script>alert(1)</script> &amp; " * 20, "tabs": "a\tb\tc\td\n" * 70,
}
REFUSED = {
    "": ("empty", {}), " \n\t ": ("empty", {}), "short": ("short", {"n": 5}),
    "a" * LEAST_CHARACTERS: ("same", {"n": 1}),
    "".join(chr(0x4E00 + i) for i in range(MOST_DIFFERENT + 1)): ("mixed", {"n": 601}),
    "ab" * 50_000: ("long", {"n": 100_000}),
    PAGE + "\0": ("character", {"code": "U+0000", "place": len(PAGE) + 1}),
    "\x1b[31m" + PAGE: ("character", {"code": "U+001B", "place": 1}),
    "a\u202eb" + PAGE: ("character", {"code": "U+202E", "place": 2}),
    "ab\ud800" + PAGE: ("character", {"code": "U+D800", "place": 3}),
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_a_text_is_taken_and_its_name_says_its_size(text: str) -> None:
    found = OwnText.written(text)
    assert not {"\r", "\ufeff"} & set(found.text)
    assert found.text == found.text.strip()
    size = size_of(found.name)
    assert size is not None
    assert (size.n, size.different) == (len(found.text), len(set(found.text)))
    assert OwnText.written(found.text).name == found.name
    plain = json.dumps(found.plain())
    assert found.text[:20] not in plain  # a log would not show it either
    assert read(json.loads(plain)) == found
    with at_hand(found):
        assert text_of(found.name) == found.text
    with pytest.raises(LookupError):
        text_of(found.name)


@pytest.mark.parametrize("text", REFUSED, ids=[f"{key} {i}" for i, (key, _) in enumerate(
    REFUSED.values())])
def test_what_cannot_be_learned_from_is_refused(text: str) -> None:
    with pytest.raises(RefusedTextError) as refused:
        OwnText.written(text)
    assert (refused.value.key, refused.value.values) == REFUSED[text]


@pytest.mark.parametrize("seed", range(40))
def test_nothing_else_happens_whatever_is_pasted(seed: int) -> None:
    """Any characters of all of Unicode, and of its lower and hostile parts."""
    rng = np.random.default_rng(seed)
    most = (0x80, 0x3000, 0x110000)[seed % 3]
    text = "".join(map(chr, rng.integers(0, most, rng.integers(0, MOST_CHARACTERS + 200))))
    with suppress(RefusedTextError):
        assert size_of(OwnText.written(text).name)


@pytest.mark.parametrize("plain", [
    {}, {"text": 3}, {"text": "no base64!"}, {"text": "/w=="}, {"text": ""}, {"text": "YWI="}])
def test_an_order_with_something_else_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(plain)


@pytest.mark.parametrize("name", [
    "own-text", "own-text-499-20-0123456789abcdef", "own-text-5001-20-0123456789abcdef",
    "own-text-500-4-0123456789abcdef", "own-text-500-601-0123456789abcdef",
    "own-text-500-20-0123456789ABCDEF", "own-text-500-20-0123456789abcdef ", "tale", 7, None])
def test_other_names_are_no_own_texts(name: object) -> None:
    assert size_of(name) is None
    assert not is_own(name)


def test_points_and_texts_are_told_apart() -> None:
    points = OwnPoints(np.zeros((100, 2), np.float32), np.arange(100, dtype=np.uint8) % 2)
    assert is_own(points.name)
    assert size_of(points.name) is None
    assert read(points.plain()).name == points.name
