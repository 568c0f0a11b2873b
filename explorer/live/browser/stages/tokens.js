// @ts-check
// A text as it falls into tokens, after as many merges as a visitor chooses; beside it the merges.

import { part, put } from "../panel.js";
import { escaped } from "../words.js";
import { CanvasStage } from "./canvas.js";
import {
  LINE, characters, flow, isFromRight, merged, pairsOf, shade, symbolsOf, visible,
} from "./text.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Box, Cut } from "./text.js"
 *
 * @typedef {{n: number}} Options the merges that are shown first
 * @typedef {{symbols: string[], pairs: [number, number][], counts: number[], text: Cut,
 *   isRight: boolean}} Given
 */

const LIST = 260; // pixels for the list of merges, where it has room beside the text
const WIDE = 700; // pixels from which on it has
const BELOW = 6; // lines of it elsewhere
const FRAMED = 0.45; // how dark the box of the token is that is pointed at

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <label>${word("tokens.merges")} <input type="range" min="0" step="1" data-tokens="merges"></label>
  <output></output>`;

/** @extends {CanvasStage<Options>} */
export class Tokens extends CanvasStage {
  /** @type {Given | null} */
  given = null;
  offered = -1; // merges that were shown first
  /** @type {number[]} */
  ids = []; // the tokens of the text
  /** @type {Box[]} */
  boxes = []; // of those that are drawn
  at = -1; // the token that is pointed at

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.slider = part(this.box, "[data-tokens=merges]", HTMLInputElement);
    this.output = part(this.box, "output", HTMLElement);
    this.slider.addEventListener("keydown", (event) => event.stopPropagation());
    this.slider.addEventListener("input", () => this.again());
    for (const kind of ["pointermove", "pointerdown"]) {
      this.canvas.addEventListener(kind, (event) =>
        this.point(/** @type {PointerEvent} */ (event)));
    }
    this.canvas.addEventListener("pointerleave", () => this.hover(-1));
  }

  /** @override */
  get least() {
    return 420;
  }

  /** @override */
  compute() {
    const [ids, alphabet, pairs, counts] =
      ["text", "alphabet", "pairs", "counts"].map((name) => this.array(name));
    if (!ids || !alphabet || !pairs || !counts) return;
    const its = pairsOf(pairs);
    const symbols = symbolsOf(alphabet, its);
    this.given = { symbols, pairs: its, counts: [...counts.values],
      text: characters([...ids.values], symbols),
      isRight: isFromRight([...ids.values].map((id) => symbols[id]).join("")) };
    this.slider.max = String(its.length);
    if (this.offered !== this.options.n) {
      this.offered = this.options.n;
      this.slider.value = String(Math.min(this.options.n, its.length));
    }
    this.ids = merged(this.given.text, its.slice(0, this.n), alphabet.values.length);
    this.at = -1;
    this.changed = true;
    put(this.output, String(this.n));
    put(this.sentence, this.words());
  }

  /** Merges that are shown. */
  get n() {
    return Number(this.slider.value);
  }

  /** @param {PointerEvent} event */
  point(event) {
    const room = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - room.left, event.clientY - room.top];
    this.hover(this.boxes.find((box) =>
      x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + LINE)?.i ?? -1);
  }

  /** @param {number} at */
  hover(at) {
    if (at === this.at) return;
    this.at = at;
    this.show();
  }

  /** @override */
  words() {
    const { given, ids, n, view } = this;
    if (!given) return "";
    const { symbols, pairs, counts, text } = given;
    const of = (/** @type {number} */ merge) => ({ n: merge + 1, count: counts[merge],
      left: visible(symbols[pairs[merge][0]]), right: visible(symbols[pairs[merge][1]]) });
    const token = ids[this.at];
    if (token !== undefined) {
      const merge = token - (symbols.length - pairs.length);
      const here = { token: visible(symbols[token]),
        times: ids.filter((other) => other === token).length };
      return merge < 0 ? view.word("tokens.character", here)
        : view.word("tokens.token", { ...here, ...of(merge) });
    }
    const all = view.word("tokens.all", { n, tokens: ids.length, characters: text.ids.length });
    return n ? `${all} ${view.word("tokens.last", of(n - 1))}` : all;
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const { given, ids, ink } = this;
    const room = given && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { symbols } = given;
    const wide = width >= WIDE;
    const w = wide ? width - LIST - 24 : width;
    const lines = Math.floor(height / LINE) - (wide ? 0 : BELOW + 1);
    const pointed = ids[this.at];
    this.boxes = flow(c, drawn(ids, symbols, ink, pointed), {
      x: 0, y: 0, width: w, lines, isRight: given.isRight });
    this.list(c, wide ? { x: w + 24, y: 0, rows: Math.floor(height / LINE) - 1 }
      : { x: 0, y: (lines + 0.5) * LINE, rows: BELOW - 1 });
  }

  /**
   * The merges, the last one first.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {{x: number, y: number, rows: number}} room
   */
  list(c, { x, y, rows }) {
    const { given, ink, n } = this;
    if (!given || !n) return;
    const { symbols, pairs, counts } = given;
    this.label(c, this.view.word("tokens.list"), x, y + LINE / 2, ink, "left");
    for (let i = 1; i <= Math.min(rows, n); i++) {
      const merge = n - i;
      const [left, right] = pairs[merge].map((token) => visible(symbols[token]));
      const at = y + (i + 0.5) * LINE;
      this.label(c, String(merge + 1), x + 30, at, ink, "right");
      this.label(c, `${counts[merge]}×`, x + 74, at, ink, "right");
      this.label(c, `${left} + ${right}`, x + 88, at, ink, "left");
    }
  }
}

/**
 * @param {number[]} ids
 * @param {string[]} symbols
 * @param {string} ink
 * @param {number | undefined} pointed
 */
function* drawn(ids, symbols, ink, pointed) {
  for (const [i, id] of ids.entries()) {
    yield { text: symbols[id], ink, pale: 1, fill: id === pointed ? FRAMED : shade(i) };
  }
}
