// @ts-check
// Recurrent nets that write on, symbol by symbol, from the weights of the current frame; beside it
// a piece of what they have learned from, and which of its symbols each prediction depends on.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { CanvasStage } from "./canvas.js";
import { after, begin, logits } from "./cells.js";
import { drawn, randoms, sharpened } from "./grammar.js";
import { parameters, softmax } from "./layers.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {{variant: string, label: string, color: string,
 *   shapes: Record<string, number[]>}} Net
 * @typedef {{nets: Net[], symbols: string, known: string[], piece: string}} Options
 * @typedef {{x: number, y: number, step: number, across: number}} Place of the piece: upper left
 *   corner, a symbol's width and how many are in a line
 */

const LINE = 21; // pixels
const LEAST = 7.2; // pixels of a symbol
const NAME = 52; // pixels for the name of a net
const WIDE = 820; // pixels from which on the two parts stand beside each other
const N_WRITTEN = 120; // symbols at most
const MOST = 40; // symbols of a beginning
/** @type {[number, number]} */
const TEMPERATURES = [0, 5];

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <label>${word("writer.begin")} <input type="text" data-writer="field" spellcheck="false"
    maxlength="${MOST}" autocomplete="off" autocapitalize="off" translate="no"></label>
  <label>${word("gaps.temperature")} <input type="number" data-writer="temperature"
    min="${TEMPERATURES[0]}" max="${TEMPERATURES[1]}" value="1" step="0.1"></label>
  <button type="button" data-writer="again">${word("gaps.again")}</button>`;

/** @extends {CanvasStage<Options>} */
export class Writer extends CanvasStage {
  /** @type {string | null} */
  first = null; // what they go on from
  temperature = 1;
  draws = 0; // that were asked for
  asked = -1; // the symbol of the piece that is pointed at; the last one where none is
  /** @type {string[]} */
  written = []; // by each net
  /** @type {Place[]} */
  places = []; // of the piece, for each net

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.field = part(this.box, "[data-writer=field]", HTMLInputElement);
    const heat = part(this.box, "[data-writer=temperature]", HTMLInputElement);
    for (const input of [this.field, heat]) {
      input.addEventListener("keydown", (event) => event.stopPropagation());
    }
    this.field.addEventListener("input", () => this.write(this.field.value));
    heat.addEventListener("input", () => {
      this.temperature = this.numberIn(heat, "gaps.temperature", TEMPERATURES) ?? this.temperature;
      this.again();
    });
    part(this.box, "[data-writer=again]", HTMLButtonElement).addEventListener("click", () => {
      this.draws += 1;
      this.again();
    });
    const point = (/** @type {PointerEvent} */ event) => this.point(event);
    this.canvas.addEventListener("pointermove", point);
    this.canvas.addEventListener("pointerdown", point);
    this.canvas.addEventListener("pointerleave", () => this.ask(-1));
  }

  /** @override */
  offer() {
    if (this.first === null) this.write("this is the ");
  }

  /** @override */
  get least() {
    return 340; // on a narrow screen two lines for each net
  }

  /**
   * Goes on from what a visitor writes, if it can be read.
   *
   * @param {string} text
   */
  write(text) {
    const { symbols } = this.options;
    if (this.field.value !== text) this.field.value = text;
    const lower = text.toLowerCase();
    const unknown = [...lower].find((symbol) => !symbols.includes(symbol));
    this.refuse(this.field, unknown ? this.view.word("translator.unknown",
      { symbol: unknown, known: symbols.trim() }) : "");
    if (!unknown) this.first = lower || " ";
    this.again();
  }

  /** @override */
  compute() {
    const { now, first } = this;
    if (!now || first === null) return;
    const flat = /** @type {Numbers} */ (now.arrays.weights).values;
    const chances = randoms(this.draws, N_WRITTEN);
    let at = 0;
    this.written = this.options.nets.map((net) => {
      const size = Object.values(net.shapes).reduce((sum, shape) =>
        sum + shape.reduce((a, b) => a * b, 1), 0);
      const p = parameters(flat.slice(at, at + size), net);
      at += size;
      return this.writeOn(net.variant, p, first, chances);
    });
    this.changed = true;
    put(this.sentence, this.words());
  }

  /**
   * @param {string} cell
   * @param {import("./layers.js").Parameters} p
   * @param {string} first
   * @param {number[]} chances
   */
  writeOn(cell, p, first, chances) {
    const { symbols } = this.options;
    const how = { temperature: this.temperature, most: 0, mass: 1 };
    let state = begin(p);
    for (const symbol of first) state = after(cell, p, symbols.indexOf(symbol), state);
    let found = "";
    for (const u of chances) {
      const next = drawn(sharpened(softmax(logits(p, state)), how), u);
      found += symbols[next];
      state = after(cell, p, next, state);
    }
    return found;
  }

  // ------------------------------------------------------------------------ what is pointed at

  /** @param {PointerEvent} event */
  point(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    this.ask(this.symbolAt(event.clientX - left, event.clientY - top));
  }

  /**
   * The symbol of the piece at a place, -1 where there is none that was predicted.
   *
   * @param {number} x
   * @param {number} y
   */
  symbolAt(x, y) {
    const { piece } = this.options;
    for (const place of this.places) {
      const column = Math.floor((x - place.x) / place.step);
      const row = Math.floor((y - place.y) / LINE);
      const at = row * place.across + column;
      if (row >= 0 && column >= 0 && column < place.across && row < piece.length / place.across &&
        at > 0 && at < piece.length) return at;
    }
    return -1;
  }

  /** @param {number} at */
  ask(at) {
    if (at === this.asked) return;
    this.asked = at;
    this.show();
  }

  /** The symbol whose prediction is looked into. */
  get target() {
    return this.asked > 0 ? this.asked : this.options.piece.length - 1;
  }

  /**
   * How much the prediction of that symbol depends on each one before it.
   *
   * @param {number} net
   */
  influence(net) {
    const found = this.array("influence");
    const n = this.options.piece.length - 1;
    if (!found) return [];
    const from = (net * n + this.target - 1) * n;
    return [...found.values.slice(from, from + this.target)];
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    const { now, view, refused } = this;
    if (refused) return refused;
    if (!now || !this.written.length) return "";
    const { nets, piece } = this.options;
    if (this.asked > 0) {
      const spans = nets.map(({ label }, k) =>
        view.word("writer.span", { net: label, n: half(this.influence(k)) }));
      return view.word("writer.symbol", { symbol: piece[this.asked].replace(" ", "␣"),
        place: this.asked + 1, spans: spans.join(", ") });
    }
    const shares = nets.map(({ label }, k) => {
      const words = this.wordsOf(k).slice(0, -1);
      const hits = words.filter(({ known }) => known).length;
      return view.word("writer.known", { net: label, hits, n: words.length });
    });
    return view.word("writer.at", { step: now.step, shares: shares.join(", ") });
  }

  /**
   * What a net has written, with what it went on from: its words, and where each begins.
   *
   * @param {number} net
   */
  wordsOf(net) {
    const { known } = this.options;
    const begun = /[^ .]*$/.exec(this.first ?? "")?.[0] ?? "";
    return [...this.written[net].matchAll(/[^ .]+/g)].map(({ 0: word, index }) => ({
      from: index, to: index + word.length,
      known: known.includes(index ? word : begun + word),
    }));
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const room = this.written.length && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { nets, piece } = this.options;
    const beside = width >= WIDE;
    const w = beside ? (width - 30) / 2 : width;
    c.font = this.type;
    const step = Math.max(LEAST, c.measureText("m").width);
    const across = Math.max(Math.floor((w - NAME) / step), 8);
    const rows = Math.ceil(piece.length / across);
    const x = beside ? w + 30 : 0;
    const y = beside ? 0 : LINE * (1.6 + nets.length * rows);
    const lines = Math.max(1, Math.floor(((height - y) / LINE - 1.6) / nets.length));
    this.label(c, this.view.word("writer.depends"), 0, 10, this.ink, "left");
    this.label(c, this.view.word("writer.writes"), x, y + 10, this.ink, "left");
    this.places = nets.map((_, k) =>
      ({ x: NAME, y: LINE * (1.2 + k * (beside ? lines : rows)), step, across }));
    nets.forEach((net, k) => {
      this.drawPiece(c, net, k);
      this.drawWritten(c, net, k, { x: x + NAME, y: y + LINE * (1.2 + k * lines), step, across },
        lines);
    });
  }

  /** The letters' font: all are alike wide. */
  get type() {
    return "14px ui-monospace, monospace";
  }

  /**
   * The piece, each symbol on as much colour as it counts.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Net} net
   * @param {number} k
   */
  drawPiece(c, net, k) {
    const { piece } = this.options;
    const { x, y, step, across } = this.places[k];
    const counts = this.influence(k);
    const most = Math.max(...counts, Number.MIN_VALUE);
    this.label(c, net.label, 0, y + LINE / 2, this.ink, "left");
    [...piece].forEach((symbol, i) => {
      const [left, top] = [x + (i % across) * step, y + Math.floor(i / across) * LINE];
      if (i < this.target) {
        c.globalAlpha = 0.75 * counts[i] / most;
        c.fillStyle = themed(net.color, this.view.theme.dark);
        c.fillRect(left, top + 1, step, LINE - 2);
      }
      c.globalAlpha = i > this.target ? 0.35 : 1;
      this.letter(c, symbol, left, top, this.ink);
      c.globalAlpha = 1;
      if (i !== this.target) return;
      c.strokeStyle = this.ink;
      c.lineWidth = 1.5;
      c.strokeRect(left - 0.5, top + 1, step + 1, LINE - 2);
    });
  }

  /**
   * What it writes; words that are none are in the colour of what is wrong.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Net} net
   * @param {number} k
   * @param {Place} place
   * @param {number} lines
   */
  drawWritten(c, net, k, { x, y, step, across }, lines) {
    const first = this.first ?? "";
    const words = this.wordsOf(k);
    this.label(c, net.label, x - NAME, y + LINE / 2, this.ink, "left");
    [...first + this.written[k]].slice(0, lines * across).forEach((symbol, i) => {
      const at = i - first.length;
      const word = words.find(({ from, to }) => at >= from && at < to);
      c.globalAlpha = at < 0 ? 0.6 : 1;
      this.letter(c, symbol, x + (i % across) * step, y + Math.floor(i / across) * LINE,
        word && !word.known && word !== words.at(-1) ? this.fault : this.ink);
    });
    c.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} symbol
   * @param {number} x
   * @param {number} y
   * @param {string} color
   */
  letter(c, symbol, x, y, color) {
    c.font = this.type;
    c.textAlign = "left";
    c.fillStyle = color;
    c.fillText(symbol, x, y + LINE / 2);
  }
}

/**
 * In how many of the last symbols half of all influence lies.
 *
 * @param {number[]} counts
 */
function half(counts) {
  const whole = counts.reduce((a, b) => a + b, 0);
  let sum = 0;
  for (let n = 1; n <= counts.length; n++) {
    sum += counts[counts.length - n];
    if (sum >= whole / 2) return n;
  }
  return counts.length;
}
