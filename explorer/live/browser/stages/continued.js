// @ts-check
// GPTs that go on with a text, each in its own tokens, from the weights of the current frame. They
// write a little at a time, so that the rest of the page does not wait for them.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { CanvasStage, percent } from "./canvas.js";
import { drawn, randoms, sharpened } from "./grammar.js";
import { parameters } from "./layers.js";
import { PLAIN, fields, listen } from "./sampling.js";
import {
  LINE, characters, flow, isFromRight, merged, pairsOf, shade, symbolsOf, visible,
} from "./text.js";
import { see } from "./transformer.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Parameters } from "./layers.js"
 * @import { Drawing } from "./sampling.js"
 * @import { Body } from "./transformer.js"
 *
 * @typedef {{label: string, color: string, merges: number, net: Body}} Kind
 * @typedef {{kinds: Kind[], context: number, known: number}} Options `known`: so many characters of
 *   the text nets learn from
 * @typedef {{symbols: string[], p: Parameters, ids: number[], from: number, next: number[]}} Writer
 *   `ids`: what it has read and written; it wrote from the place `from` on; `next`: what it expected
 *   first
 */

const MOST = 60; // characters that they go on from
const READ = 24; // characters that they go on from at first
const WRITTEN = 600; // characters at most
const LATEST_MS = 15; // they write at a time

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <label>${word("writer.begin")} <input type="text" data-continued="field" spellcheck="false"
    size="30" class="lv-wide-field" autocomplete="off" autocapitalize="off" translate="no"></label>
  ${fields(word)}`;

/** @extends {CanvasStage<Options>} */
export class Continued extends CanvasStage {
  first = ""; // what a visitor has them go on from
  draws = 0; // that were asked for
  drawing = PLAIN;
  /** @type {Writer[]} */
  writers = []; // of each kind of tokens
  letters = ""; // the different characters of the text
  /** @type {string[]} */
  whole = []; // the characters of the text
  isRight = false; // whether it is written from right to left

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.field = part(this.box, "[data-continued=field]", HTMLInputElement);
    this.field.addEventListener("input", () => this.write(this.field.value));
    listen(this, (changed) => this.set(changed), () => {
      this.draws += 1;
      this.again();
    });
  }

  /** @override */
  get least() {
    return 440;
  }

  // ------------------------------------------------------------------------ what is asked

  /** @param {Partial<Drawing>} changed */
  set(changed) {
    this.drawing = { ...this.drawing, ...changed };
    this.again();
  }

  /**
   * Goes on from what a visitor writes, if it can be read.
   *
   * @param {string} text
   */
  write(text) {
    const letters = [...text];
    const unknown = letters.find((letter) => !this.letters.includes(letter));
    this.refuse(this.field, unknown
      ? this.view.word("continued.unknown", { symbol: unknown })
      : letters.length > MOST
        ? this.view.word("continued.long", { n: letters.length, most: MOST }) : "");
    if (!this.refused) this.first = text;
    this.again();
  }

  /** What they go on from: what was written, or the end of what they learn from. */
  get beginning() {
    if (this.first) return [...this.first];
    const { known } = this.options;
    return this.whole.slice(Math.max(known - READ, 0), known);
  }

  /** @override */
  compute() {
    const [weights, text, alphabet, pairs] =
      ["weights", "text", "alphabet", "pairs"].map((name) => this.array(name));
    if (!weights || !text || !alphabet || !pairs) return;
    const its = pairsOf(pairs);
    const all = symbolsOf(alphabet, its);
    const n = alphabet.values.length;
    this.letters = all.slice(0, n).join("");
    this.whole = [...text.values].map((id) => all[id]);
    this.isRight = isFromRight(this.whole.join(""));
    this.begin();
    let at = 0;
    this.writers = this.options.kinds.map(({ merges, net }) => {
      const size = Object.values(net.shapes).reduce(
        (sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
      const p = parameters(weights.values.slice(at, at + size), net);
      at += size;
      const ids = this.beginning.map((letter) => all.indexOf(letter));
      const read = merged(characters(ids, all), its.slice(0, merges), n);
      return { symbols: all, p, ids: read, from: read.length, next: [] };
    });
    this.changed = true;
    if (!this.refused) this.grow();
    put(this.sentence, this.words());
  }

  /** Says from what they go on; of another text a beginning may not be one. */
  begin() {
    if ([...this.first].some((letter) => !this.letters.includes(letter))) {
      this.first = this.field.value = "";
      this.refuse(this.field, "");
    }
    if (!this.first) this.field.placeholder = this.beginning.join("").replaceAll("\n", " ");
  }

  // ------------------------------------------------------------------------ what they write

  /** What is asked anew is written while the view paints. @override */
  again() {
    super.again();
    this.view.wake();
  }

  /** Has each of them write, for a moment; gives whether there is more to be written. */
  grow() {
    const until = performance.now() + LATEST_MS;
    let left = false;
    do {
      left = false;
      this.writers.forEach((writer, k) => {
        if (this.isDone(writer)) return;
        this.writeOn(writer, this.options.kinds[k]);
        left ||= !this.isDone(writer);
      });
    } while (left && performance.now() < until);
    return left;
  }

  /** @param {Writer} writer */
  isDone({ ids, from, symbols }) {
    let n = 0;
    for (const id of ids.slice(from)) n += symbols[id].length;
    return n >= WRITTEN;
  }

  /**
   * One token more.
   *
   * @param {Writer} writer
   * @param {Kind} kind
   */
  writeOn(writer, { net, merges }) {
    const { context } = this.options;
    const half = context / 2;
    const { ids, from, symbols, p } = writer;
    const start = Math.max(0, Math.ceil((ids.length - context) / half)) * half;
    const { chances } = see(net, p, ids.slice(start));
    const raw = chances[chances.length - 1].slice(0, Math.min(
      symbols.length, [...this.letters].length + merges));
    if (!writer.next.length) writer.next = raw;
    const whole = raw.reduce((a, b) => a + b, 0);
    const u = randoms(this.draws, ids.length - from + 1)[ids.length - from];
    ids.push(drawn(sharpened(raw.map((share) => share / whole), this.drawing), u));
  }

  /**
   * @param {number} k
   * @override
   */
  paint(k) {
    super.paint(k);
    if (!this.onScreen || this.refused || this.writers.every((one) => this.isDone(one))) {
      return false;
    }
    const left = this.grow();
    this.draw();
    return left;
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    const { now, view, refused, writers } = this;
    if (refused) return refused;
    if (!now || !writers.some(({ next }) => next.length)) return "";
    const next = writers.map(({ next: chances, symbols }, k) => {
      const share = Math.max(...chances);
      return view.word("continued.next", { net: this.options.kinds[k].label,
        token: visible(symbols[chances.indexOf(share)]), share: percent(share) });
    });
    return view.word("continued.at", { step: now.step, next: next.join(", ") });
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const room = this.writers.length && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { dark } = this.view.theme;
    const { kinds } = this.options;
    const itself = this.first ? 0 : 1;
    const lines = Math.floor(height / LINE / (kinds.length + itself)) - 1;
    const rest = this.whole.slice(this.options.known);
    const rows = [
      ...kinds.map(({ label, color }, k) => ({ label, color: themed(color, dark),
        tokens: this.tokens(this.writers[k]) })),
      { label: this.view.word("continued.itself"), color: this.ink, tokens: [
        ...this.beginning.map((text) => ({ text, ink: this.ink, pale: 0.55, fill: 0 })),
        ...rest.map((text) => ({ text, ink: this.ink, pale: 1, fill: 0 }))] },
    ].slice(0, kinds.length + itself);
    rows.forEach(({ label, color, tokens }, i) => {
      const y = i * (lines + 1) * LINE;
      this.label(c, label, 0, y + LINE / 2, color, "left");
      flow(c, tokens, { x: 0, y: y + LINE, width, lines, isRight: this.isRight });
    });
  }

  /**
   * What it has read, pale, and what it has written, each token in its box.
   *
   * @param {Writer} writer
   */
  tokens({ ids, from, symbols }) {
    return ids.map((id, i) => ({ text: symbols[id], ink: this.ink, pale: i < from ? 0.55 : 1,
      fill: i < from ? 0 : shade(i) }));
  }
}
