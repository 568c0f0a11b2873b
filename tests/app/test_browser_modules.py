"""The view's modules: checked as Python is, and their numbers compared with numpy's."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from core.experiment import Frame
from core.frames import DTYPES, encode_end, encode_frame
from core.words import RUN
from devtools.browser import Served, visit
from explorer.live.assets import module_path, modules
from explorer.live.words import words

BROWSER = Path(__file__).parents[2] / "explorer" / "live" / "browser"
DENO = Path(sysconfig.get_path("scripts")) / "deno"  # from requirements-dev.txt


# ------------------------------------------------------------------------- without a browser


@pytest.mark.parametrize("how", [("check", "--no-remote", *modules()), ("lint",)],
                         ids=["types", "lint"])
def test_types_and_lint(how: tuple[str, ...], tmp_path: Path) -> None:
    """TypeScript's checker reads the JSDoc of every module."""
    quiet = {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DENO_DIR": str(tmp_path)}
    done = subprocess.run([DENO, *how], cwd=BROWSER, capture_output=True, text=True,
                          env=os.environ | quiet, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", modules())
def test_a_module_is_checked_and_declares_its_fields(name: str) -> None:
    """TypeScript takes an assignment in a method for a declaration: a reader does not."""
    text = (BROWSER / name).read_text("utf-8")
    assert text.startswith("// @ts-check\n")
    for body in re.split(r"^(?:export )?class ", text, flags=re.MULTILINE)[1:]:
        body = body[: body.index("\n}\n")]
        known = set(re.findall(r"^  (\w+)(?: =|;)", body, re.MULTILINE))
        first = body.find("constructor(")
        built = body[first : body.index("\n  }\n", first)] if first >= 0 else ""
        known |= set(re.findall(r"this\.(\w+) = ", built))
        assigned = set(re.findall(r"this\.(\w+) (?:[+-]|\?\?)?= ", body))
        inherited = {"onScreen", "said", "saidAt", "visible", "spec", "run", "frame", "changed",
                     "font", "foot", "refused"}
        assert assigned - known <= inherited, f"{name}: {body.split()[0]}"


SAID = {("studied", "seeds"), ("studied", "group"), ("studied", "nothing"), ("held", "group"),
        ("held", "nothing"), ("did_not_hold", "group"), ("did_not_hold", "nothing")}
"""What a claim is over decides what is said of it; over seeds it is a count."""


def test_every_word_is_there_and_is_said() -> None:
    """The modules name no word that Python does not have, and Python has none in vain."""
    text = "".join((BROWSER / name).read_text("utf-8") for name in modules())
    known = set(words()) - set(RUN)  # what a run says comes with it
    groups = {key.partition(".")[0] for key in known}
    named = set(re.findall(rf'"((?:{"|".join(groups)})\.\w+)"', text))
    assert named <= known
    built = {"run.lost", "run.gone", "run.elsewhere", "chart.png", "chart.svg",
             "claims.yes", "claims.no", "claims.open",
             *(f"pole.{how}" for how in
             ("fell", "left", "stands", "kicked", "failed", "recovered")),
             *(f"claims.{what}.{over}" for what, over in SAID)}
    assert known - named == built - named


def test_words_of_notes_are_beside_the_views_own() -> None:
    assert words({"diverged": "{rule} diverged"}) == words() | {"diverged": "{rule} diverged"}


# ---------------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def page(chrome: Browser, harness: Served) -> Iterator[Page]:
    with visit(chrome) as page:
        page.goto(harness.url)
        yield page


def call(page: Page, module: str, body: str, given: Any = None) -> Any:
    """What the body of a function of `m` (the module) and `given` returns in the browser."""
    script = f"async ({{path, given}}) => {{ const m = await import(path); {body} }}"
    return page.evaluate(script, {"path": f"/{module_path(module)}", "given": given})


SHAPES: dict[str, tuple[int, ...]] = {
    "<f4": (2, 3), "<f2": (7,), "|i1": (), "|u1": (3, 1, 2), "<i2": (0,), "<u2": (5,),
    "<i4": (1, 2), "|b1": (4,),
}


def test_frames_are_what_was_encoded(page: Page) -> None:
    """Every type and any cut of the stream: what arrives is what numpy had."""
    rng = np.random.default_rng(0)
    arrays = {}
    for dtype in DTYPES:
        raw = rng.normal(0, 60, SHAPES[dtype])
        arrays[dtype] = (np.abs(raw) if "u" in dtype else raw).astype(dtype)
    message = encode_frame(Frame(7, arrays)) + encode_end("finished")
    found = call(page, "frames.js", """
        const bytes = Uint8Array.from(atob(given.bytes), (letter) => letter.charCodeAt(0));
        return given.cuts.map((cut) => {
          const parser = new m.Parser(), got = [];
          for (let i = 0; i < bytes.length; i += cut) {
            parser.push(bytes.subarray(i, i + cut), (header, body) => got.push([header.type,
              Object.entries(m.unpack(header, body)).map(([name, { shape, values }]) =>
                [name, shape, Array.from(values)])]));
          }
          return got;
        });""", {"bytes": base64.b64encode(message * 3).decode(), "cuts": [1, 7, 100, 1 << 20]})
    for got in found:
        assert [kind for kind, _ in got] == ["frame", "end"] * 3
        for _, frame in got[::2]:
            assert [name for name, _, _ in frame] == list(arrays)
            for name, shape, values in frame:
                assert tuple(shape) == arrays[name].shape
                np.testing.assert_array_equal(values, arrays[name].ravel().astype(float))


def test_the_buffer_grows_with_a_large_message(page: Page) -> None:
    values = np.arange(200_000, dtype="f4")
    message = encode_frame(Frame(0, {"a": values}))
    total = call(page, "frames.js", """
        const bytes = Uint8Array.from(atob(given), (letter) => letter.charCodeAt(0));
        const parser = new m.Parser();
        let sum = 0;
        for (let i = 0; i < bytes.length; i += 10007) {
          parser.push(bytes.subarray(i, i + 10007), (header, body) => {
            for (const v of m.unpack(header, body).a.values) sum += v;
          });
        }
        return sum;""", base64.b64encode(message).decode())
    assert total == values.astype(float).sum()


def test_the_time_that_is_left_is_told_by_the_pace_of_steps(page: Page) -> None:
    """Not of frames, which are closer in the beginning; nor of those that were there before."""
    found = call(page, "run.js", """
        return given.map((frames) => {
          const run = new m.Run("a token");
          run.start = { last_step: 400 };
          run.frames = frames.map(([step, at]) => ({ step, at, arrays: {} }));
          return run.left;
        });""", [
        [[0, 500], [1, 510], [2, 520], [100, 1500]],
        [[0, 0], [200, 0], [201, 100], [301, 2100]],
        [[0, 500], [1, 510]],
        [],
    ])
    assert found[:2] == [3000, 1980]
    assert np.isnan(found[2:]).all()


def test_every_float16_is_numpys(page: Page) -> None:
    """All 65,536 of them, subnormal numbers, infinities, NaN and the sign of zero included."""
    found = call(page, "frames.js", """
        const all = Array.from({ length: 65536 }, (_, bits) => m.half(bits));
        return [all.map(String), all.map((value) => Object.is(value, -0))];""")
    expected = np.arange(65536, dtype=np.uint16).view(np.float16).astype(float)
    np.testing.assert_array_equal([float(text.replace("Infinity", "inf")) for text in found[0]],
                                  expected)
    assert np.flatnonzero(found[1]).tolist() == [0x8000]


REFERENCES: dict[str, tuple[dict[str, Any], Any]] = {
    "whole": ({}, lambda a: a),
    "a label": ({"labels": {"optimizer": "adam"}}, lambda a: a[1]),
    "a label of numbers": ({"labels": {"rate": 0.1}}, lambda a: a[..., 2]),
    "two labels": ({"labels": {"rate": 0.01, "optimizer": "sgd"}}, lambda a: a[0, :, 1]),
    "no labels there": ({"labels": {"seed": 3}}, lambda a: a[:, 3]),
    "the mean": ({"reduce": "mean"}, lambda a: a.mean(-1)),
    "the median of an odd number": ({"reduce": "median"}, lambda a: np.median(a, -1)),
    "the median of an even number": (
        {"labels": {"rate": 0.1}, "reduce": "median"}, lambda a: np.median(a[..., 2], -1)),
    "the least": ({"reduce": "min"}, lambda a: a.min(-1)),
    "the most": ({"labels": {"optimizer": "adam"}, "reduce": "max"}, lambda a: a[1].max(-1)),
    "one number": ({"labels": {"optimizer": "sgd", "seed": 1, "rate": 0.1}},
                   lambda a: a[0, 1, 2]),
}
START = {"dims": {"loss": ["step", "optimizer", "seed", "rate"],
                  "flat": ["step", "optimizer", "seed"]},
         "coords": {"optimizer": ["sgd", "adam"], "rate": [0.001, 0.01, 0.1]}}


@pytest.mark.parametrize("what", REFERENCES)
def test_a_reference_is_numpys_index(page: Page, what: str) -> None:
    changes, expected = REFERENCES[what]
    array = np.random.default_rng(1).normal(size=(2, 4, 3))
    ref = {"array": "loss", "reduce": "", "labels": {}} | changes
    found = call(page, "references.js", "return m.take(m.resolve(given.ref, given.start), "
                 "{ loss: given.loss });",
                 {"ref": ref, "start": START,
                  "loss": {"shape": array.shape, "values": array.ravel().tolist()}})
    assert tuple(found["shape"]) == np.shape(expected(array))
    np.testing.assert_allclose(found["values"], np.ravel(expected(array)), rtol=1e-15)


@pytest.mark.parametrize(("changes", "problem"), [
    ({"labels": {"optimiser": "adam"}},
     "loss has no dimension optimiser; it has: optimizer, seed, rate"),
    ({"labels": {"optimizer": "adm"}}, "optimizer has no label adm; it has: sgd, adam"),
    ({"labels": {"seed": "x"}}, "seed has no label x; it has: only positions"),
    ({"labels": {"seed": 4}}, "loss has 4 entries in dimension 1: there is no 4"),
    ({"array": "flat"}, "flat has fewer dimensions than its dims"),
])
def test_a_reference_to_nothing_says_what_there_is(
    page: Page, changes: dict[str, Any], problem: str
) -> None:
    ref = {"array": "loss", "reduce": "", "labels": {}} | changes
    found = call(page, "references.js", """
        try {
          m.take(m.resolve(given.ref, given.start),
            { loss: { shape: [2, 4, 3], values: new Array(24).fill(0) },
              flat: { shape: [2], values: [0, 0] } });
        } catch (error) { return error.message; }""", {"ref": ref, "start": START})
    assert found == problem


def test_numbers_that_are_not_finite(page: Page) -> None:
    """Infinitely large for the median, left out of min and max, no mean; gaps in a list."""
    found = call(page, "references.js", """
        const values = [1, NaN, 3, Infinity, 2, -5], loss = { shape: [2, 3], values };
        const of = (reduce) => m.list(m.take({ array: "loss", index: [], reduce }, { loss }));
        return [of("median"), of("min"), of("max"), of("mean"), of(""),
          m.scalar({ array: "loss", index: [0, 1], reduce: "" }, { loss }),
          m.take({ array: "none", index: [], reduce: "" }, { loss })];""")
    assert found == [[3, 2], [1, -5], [3, 2], [None, None], [1, None, 3, None, None, 2, -5, None],
                     None, None]


@pytest.mark.parametrize(("value", "form", "text"), [
    (0.1234, "percent", "12 %"), (0.1234, "percent1", "12.3 %"), (1234.4, "whole", "1,234"),
    (0.12345, "number", "0.123"), (-6.54, "power", "10⁻⁷"), (12, "power", "10¹²"),
])
def test_a_number_in_a_sentence(page: Page, value: float, form: str, text: str) -> None:
    assert call(page, "lesson.js", "return m.inForm(given.value, given.form);",
                {"value": value, "form": form}) == text


LINE = {"x": [0, 1, 2], "y": [1.0, 5.0, 2.0], "at": 2, "left": [4, 4, 4], "of": 4, "color": "red"}
UP = {"ends": [0, 4], "log": False}
LOST = {
    "nothing to say": ({}, UP, None),
    "too high": ({"y": [1, 5, 123456]}, UP, (2, 4, "120000", "triangle-up-open")),
    "too high on a log axis": (
        {"y": [1, 5, 2e4]}, {"ends": [-2, 3], "log": True}, (2, 1000, "20000", "triangle-up-open")),
    "too low": ({"y": [1, 5, -1]}, UP, (2, 0, "", "triangle-down-open")),
    "zero on a log axis": (
        {"y": [1, 5, 0]}, {"ends": [-2, 3], "log": True}, (2, 0.01, "", "triangle-down-open")),
    "beyond the side": ({"x": [0, 1, 9]}, UP, (2, 2, "", "triangle-right-open")),
    "broke off": ({"y": [1, 3, None]}, UP, (1, 3, "broke", "x")),
    "not begun": ({"y": [None, None, None]}, UP, None),
    "some seeds are lost": ({"left": [4, 4, 3]}, UP, (2, 2, "3 of 4", "circle-open")),
    "zoomed": ({"y": [1, 5, 99]}, None, None),
}


@pytest.mark.parametrize("case", LOST)
def test_where_a_line_is_lost_something_is_said(page: Page, case: str) -> None:
    """Beyond an axis, broken off, or standing for fewer seeds than there were."""
    line, up, expected = LOST[case]
    found = call(page, "marks.js", """
        return m.markOf(given.line, {ends: [0, 2], log: false}, given.up, "broke",
                        ({left, of}) => `${left} of ${of}`);""", {"line": LINE | line, "up": up})
    if expected is None:
        assert found is None
    else:
        assert (found["x"], found["y"], found["text"], found["symbol"]) == expected
        assert found["color"] == "red"


@pytest.mark.parametrize("missing", ["not arrived", ""])
def test_what_has_not_arrived_stands_at_the_edge(page: Page, missing: str) -> None:
    found = call(page, "chart.js", """
        const chart = { axis: () => ({ range: [0, 10] }),
                        spec: { figure: { layout: { meta: { pinned: true, missing: given } } } } };
        return m.Chart.prototype.pin.call(chart, [null, 5, 12, -1], {marker: {symbol: "star"}});""",
                 missing)
    right, left = "triangle-right-open", "triangle-left-open"
    assert found["x"] == [10 if missing else None, 5, 10, 0]
    assert found["marker"]["symbol"] == [right if missing else "star", "star", right, left]
    assert found["customdata"] == [missing, 5, 12, -1]


def test_a_legend_shows_what_is_drawn(page: Page) -> None:
    shapes = call(page, "legend.js", """
        return [["line"], ["points"], ["area"], ["points", "bowtie"]].map(([kind, symbol = ""]) => {
          const svg = m.swatch({ color: "red", dashes: "7 4", kind, symbol });
          return [...new DOMParser().parseFromString(`<svg>${svg}</svg>`, "text/html").body
            .querySelectorAll("line, circle, rect, path")].map((shape) => shape.tagName);
        });""")
    assert shapes == [["line"], ["circle"] * 3, ["rect"], ["path"]]


def test_an_outline_has_a_piece_per_stretch(page: Page) -> None:
    found = call(page, "references.js", """
        const band = { x: [0, 1, 2, 3, 4], lo: [1, 2, null, 3, 4], hi: [5, 6, null, 7, 8] };
        return [m.outline(band, 3), m.outline(band, 0)];""")
    assert found == [
        {"x": [0, 1, 1, 0, None, 3, 3], "y": [5, 6, 2, 1, None, 7, 3]},
        {"x": [0, 0], "y": [5, 1]},
    ]


def test_patches_are_merged_and_arrays_replaced(page: Page) -> None:
    found = call(page, "references.js", """
        const trace = { x: [1, 2, 3], marker: { color: "red", size: 4 }, name: "a" };
        m.merge(trace, { x: [9], marker: { size: [1, 2] }, line: { width: 2 } });
        m.merge(trace, null);
        return [trace, m.sameValues([NaN, 1], [NaN, 1]), m.sameValues([1], undefined),
          m.sameValues([0], [-0]), m.rowsOf({ shape: [2, 2], values: [1, 2, 3, 4] })];""")
    assert found == [
        {"x": [9], "marker": {"color": "red", "size": [1, 2]}, "name": "a", "line": {"width": 2}},
        True, False, False, [[1, 2], [3, 4]],
    ]


def test_an_extent_is_of_what_the_axis_can_show(page: Page) -> None:
    values = [3.0, -2.0, None, 0.0, 1e-3, "a"]
    found = call(page, "axes.js", """
        return [false, true].map((log) => {
          const extent = m.nowhere();
          m.grow(extent, [...given, NaN, Infinity], log);
          m.noteFirst(extent);
          return [extent.lo, extent.hi, extent.first];
        });""", values)
    assert found == [[-2, 3, 3], [1e-3, 3, 3]]


KIND = {"steps": False, "full": False, "bars": False}


@pytest.mark.parametrize(("axis", "extent", "before", "kind", "expected"), [
    ({"range": [0, 1]}, {"lo": 0, "hi": 5}, None, {}, None),  # the figure knows better
    ({}, {"lo": 9, "hi": -9}, None, {}, None),  # no data
    ({}, {"lo": 0, "hi": 10}, None, {}, [-2.5, 12.5]),  # room, in notches of a quarter decade
    ({}, {"lo": 1, "hi": 9}, [0, 10], {}, [0, 10]),  # it does not shrink
    ({}, {"lo": 1, "hi": 11}, [0, 10], {}, [0, 12.5]),  # and moves the end that was outgrown
    ({}, {"lo": 0, "hi": 357}, None, {"steps": True}, [0, 357]),  # steps end where they end
    ({}, {"lo": 0, "hi": 10}, None, {"bars": True}, [0, 12.5]),  # bars stand on their axis
    ({}, {"lo": -0.5, "hi": 7.5, "exact": True}, None, {}, [-0.5, 7.5]),
    ({}, {"lo": 0, "hi": 1e9, "first": 2}, None, {}, [-25, 225]),  # who diverges leaves it
    ({}, {"lo": 0, "hi": 1000, "first": 2}, None, {"full": True}, [-250, 1250]),
    ({"type": "log"}, {"lo": 0.01, "hi": 100}, None, {}, [-2.25, 2.25]),
    ({"rangemode": "tozero"}, {"lo": 4, "hi": 10}, None, {}, [-2.5, 12.5]),
    ({"minallowed": 0, "maxallowed": 11}, {"lo": 0, "hi": 10}, None, {}, [0, 11]),
    ({}, {"lo": 3, "hi": 3}, None, {}, [2.75, 3.25]),  # one value has room too
])
def test_the_range_of_an_axis(
    page: Page, axis: dict[str, Any], extent: dict[str, Any], before: list[float] | None,
    kind: dict[str, bool], expected: list[float] | None,
) -> None:
    found = call(page, "axes.js",
                 "return m.rangeOf(given.axis, given.extent, given.before ?? undefined, "
                 "given.kind) ?? null;",
                 {"axis": axis, "extent": {"first": 0, "exact": False} | extent, "before": before,
                  "kind": KIND | kind})
    assert found == (expected and pytest.approx(expected))


def test_ticks_of_a_logarithmic_axis(page: Page) -> None:
    """Powers of ten, at most nine; what lies within 1.6 of them gets smaller steps."""
    narrow, wide, reversed_, unknown, names = call(page, "axes.js", """
        return [m.logTicks([0, 1.6]), m.logTicks([-20, 20]), m.logTicks([2, -2]),
          m.logTicks(undefined), [-5, -3, 0, 3, 4].map(m.decade)];""")
    assert narrow == {"dtick": "D2", "tickformat": "~g"}
    powers = np.log10(np.array(wide["tickvals"], float))
    assert len(powers) <= 9
    np.testing.assert_allclose(np.diff(powers), 5)
    np.testing.assert_allclose(reversed_["tickvals"], 10.0 ** np.arange(-2, 3))
    assert reversed_["ticktext"] == ["0.01", "0.1", "1", "10", "100"]
    np.testing.assert_allclose(np.array(unknown["tickvals"], float), 10.0 ** np.arange(-12, 13))
    assert names == ["10<sup>-5</sup>", "0.001", "1", "1000", "10<sup>4</sup>"]


def test_a_note_is_put_into_words(page: Page) -> None:
    found = call(page, "words.js", """
        const words = { diverged: "{rule} diverged by step {step}{never}", "rule.adam": "Adam" };
        return [m.phrase(["diverged", { rule: "adam", step: 12 }], words),
          m.phrase(["unknown", {}], words), m.phrase(["run.ended", { reason: ["end", { n: 9 }] }],
            { "run.ended": "It ended ({reason}).", end: "signal {n}" }),
          m.escaped('a "b" <c> & d')];""")
    assert found == ["Adam diverged by step 12{never}", "unknown", "It ended (signal 9).",
                     "a &quot;b&quot; &lt;c> &amp; d"]


@pytest.mark.parametrize(("right", "said"), [
    (5, "✓ As claimed: held in 5 of 8 seeds, now (seeds 100 to 107); needs 5 of 8"),
    (4, "≈ Decides nothing: held in 4 of 8 seeds, now (seeds 100 to 107); needs 5 of 8"),
    (2, "✗ Speaks against the claim: held in 2 of 8 seeds, now (seeds 100 to 107); needs 5 of 8"),
])
def test_a_verdict_says_by_a_sign_and_words_what_its_colour_says(
    page: Page, right: int, said: str
) -> None:
    found = call(page, "claims.js", """
        const values = Array.from({ length: 8 }, (_, i) => Number(i < given.right));
        const list = new m.Claims(document.createElement("div"),
          { words: given.words, seeds: { n: 8 }, claims: [] });
        return list.verdict({ over: "seeds", share: 0.6, least: 3 },
          { frames: [{ arrays: { held: { values } } }], last: 0 }, 100).text;""",
                 {"right": right, "words": words()})
    assert found == said


def test_what_a_translator_wrote_stays_until_there_are_other_words(page: Page) -> None:
    found = call(page, "panel.js", """
        const place = document.createElement("p");
        m.put(place, "one");
        place.innerHTML = "<font><font>eins</font></font>";
        m.put(place, "one");
        const before = place.textContent;
        m.put(place, "two");
        return [before, place.innerHTML];""")
    assert found == ["eins", "two"]


def test_what_is_drawn_as_tables(page: Page) -> None:
    """Lines along the same numbers share one; a band is its two edges; what is hidden is none."""
    line = {"name": "<b>Adam</b>", "legendgroup": "Adam", "x": [0, 5, 9], "y": [1.5, None, 0.25]}
    band = {"legendgroup": "Adam", "fill": "toself", "x": [0, 5, 5, 0, None, 9, 9],
            "y": [4, 3, 2, 1, None, 8, 7]}
    given = [band, line, {**line, "visible": "legendonly"},
             {"name": "SGD", "x": line["x"], "y": [2, 1, 0]}, {"x": [None], "y": [None]},
             {"z": [[1, 2], [3, 4]], "x": ["a", "b"], "name": "Map"},
             {"name": "Bars", "y": [7, 8]},
             {"name": "Lion", "mode": "markers", "yaxis": "y2", "x": [0.5, 0.75], "y": [1, 1]}]
    found = call(page, "table.js", """
        const layout = { yaxis: { type: "linear" },
          yaxis2: { type: "linear", ticktext: ["SGD", "Adam"] } };
        return m.tables(given, layout, { x: "Step", y: "Loss",
        lowest: (name) => `${name} low`, highest: (name) => `${name} high` });""", given)
    assert found == [
        {"head": ["Step", "Adam", "Adam low", "Adam high", "SGD"],
         "rows": [[0, 1.5, 1, 4, 2], [5, None, 2, 3, 1], [9, 0.25, 7, 8, 0]]},
        {"head": ["Map", "a", "b"], "rows": [[0, 1, 2], [1, 3, 4]]},
        {"head": ["Step", "Bars"], "rows": [[0, 7], [1, 8]]},
        {"head": ["", "Lion"], "rows": [[1, 0.5], [2, 0.75]]},
    ]


def test_an_array_of_a_stage_is_a_table(page: Page) -> None:
    """Its last dimension goes along columns, the others are told by their labels."""
    start = {"dims": {"looks": ["step", "net", "place", "symbol"], "loss": ["step"]},
             "coords": {"net": ["dot", "none"], "symbol": ["a", "b"]}}
    body = "return given.of.map(([name, shape, values]) => " \
           "m.arrayAsTable(name, {shape, values}, given.start));"
    looks, loss, weights, wide = call(page, "table.js", body, {"start": start, "of": [
        ["looks", [2, 3, 2], list(range(12))], ["loss", [], [0.5]], ["weights", [2], [1, 2]],
        ["wide", [2, 100], list(range(200))]]})
    assert looks["head"] == ["looks (net, place)", "a", "b"]
    assert looks["rows"][4] == ["none, 1", 8, 9]
    assert len(looks["rows"]) == 6
    assert loss == {"head": ["loss", ""], "rows": [["", 0.5]]}
    assert weights["rows"] == [["0", 1], ["1", 2]]
    assert wide["head"] == ["wide", "0", "1"]
    assert wide["rows"][7] == ["7", 7, 107]
