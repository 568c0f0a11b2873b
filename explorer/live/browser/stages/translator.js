// @ts-check
// The translator at work: a visitor writes something, the net of the current frame translates it,
// and the picture shows which symbols it looked at for each that it said.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { CanvasStage, percent } from "./canvas.js";
import { parameters } from "./layers.js";
import { right, translate } from "./translation.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Net, Read, Right, Translation } from "./translation.js"
 *
 * @typedef {Read & {label: string, color: string, row: number}} Decoder `row` of the weights
 * @typedef {{decoders: Decoder[], look: string, net: Net, task: string, symbols: string,
 *   months: string[], example: string, shortest: number, longest: number, most: number,
 *   said: number}} Options `said`: how many symbols are asked for, 0 for as many as are read
 * @typedef {{source: string, own: Translation, told: Translation | null,
 *   truth: Right | null}} Shown
 * @typedef {{x: number, y: number, cell: number}} Grid upper left corner, and a cell's side
 * @typedef {{left: number, step: number, top: number}} Row of symbols
 */

const MAP = 0.44; // of the width, where lines are drawn beside it
const NAMES = 66; // pixels for the names of their rows
const APART = 15; // pixels between two symbols, at least
const NARROW = 440; // pixels up to which there is the map alone
const LOW = 170; // the same for the height
const LARGEST = 36; // pixels of a cell
const LABEL = 30; // pixels beside the map for its symbols
const YEARS = [1900, 2099];

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <select data-translator="look" aria-label="${word("translator.decoder")}"></select>
  <label>${word("translator.write")} <input type="text" data-translator="field" spellcheck="false"
    autocomplete="off" autocapitalize="off" translate="no"></label>
  <button type="button" data-translator="another">${word("translator.another")}</button>`;

/** @extends {CanvasStage<Options>} */
export class Translator extends CanvasStage {
  source = ""; // what is read
  task = ""; // of the source
  offered = ""; // the decoders in the box
  hovered = -1; // the symbol of the answer that is pointed at
  /** @type {Shown | null} */
  shown = null;
  /** @type {Grid | null} */
  grid = null; // the map on the canvas
  /** @type {Row | null} */
  row = null; // the answer, where there are lines

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    /** @type {<E extends Element>(name: string, type: new () => E) => E} */
    const tool = (name, type) => part(this.box, `[data-translator=${name}]`, type);
    this.tools = {
      look: tool("look", HTMLSelectElement),
      field: tool("field", HTMLInputElement),
      another: tool("another", HTMLButtonElement),
    };
    this.listen();
  }

  listen() {
    const { look, field, another } = this.tools;
    look.addEventListener("change", () => this.report("look", look.value));
    field.addEventListener("input", () => this.write(field.value));
    field.addEventListener("keydown", (event) => event.stopPropagation()); // Space is a symbol
    another.addEventListener("click", () => this.write(this.random()));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.hover(-1));
  }

  get decoder() {
    const { decoders, look } = this.options;
    return decoders.find(({ name }) => name === look) ?? decoders[0];
  }

  /** @override */
  offer() {
    const { decoders, look, most, task, example } = this.options;
    const { look: select, field } = this.tools;
    select.hidden = decoders.length < 2;
    select.disabled = this.view.alone; // it asks the page
    const offered = JSON.stringify(decoders.map(({ name, label }) => [name, label]));
    if (this.offered !== offered) {
      this.offered = offered;
      select.replaceChildren(...decoders.map(({ name, label }) => new Option(label, name)));
    }
    select.value = look;
    field.maxLength = most;
    field.size = Math.min(most, 16);
    if (this.task === task) return;
    this.task = task;
    this.write(example);
  }

  /** @override */
  get least() {
    return 440; // eight symbols that can be read
  }

  // ------------------------------------------------------------------------ what is read

  /**
   * Reads what a visitor writes, if it can be read.
   *
   * @param {string} text
   */
  write(text) {
    const { symbols, most } = this.options;
    const { field } = this.tools;
    if (field.value !== text) field.value = text;
    const lower = text.toLowerCase();
    const unknown = [...lower].find((symbol) => !symbols.includes(symbol));
    const known = symbols.includes(" ") ? this.view.word("translator.letters") : symbols;
    this.refuse(field, unknown ? this.view.word("translator.unknown", { symbol: unknown, known })
      : lower.length > most ? this.view.word("translator.long", { most }) : "");
    if (!this.refused && lower) {
      this.source = lower;
      this.hovered = -1;
      this.compute();
    }
    this.show();
  }

  /** Something else to read, of a kind that it learns from. */
  random() {
    const { task, months, shortest, longest } = this.options;
    const below = (/** @type {number} */ n) => Math.floor(Math.random() * n);
    if (task === "date") {
      const year = YEARS[0] + below(YEARS[1] - YEARS[0] + 1);
      return `${1 + below(28)} ${months[below(months.length)]} ${year}`;
    }
    const n = shortest + below(longest - shortest + 1);
    return Array.from({ length: n }, () => below(10)).join("");
  }

  /**
   * Has the net of the current frame translate.
   *
   * @override
   */
  compute() {
    const { now, source } = this;
    if (!now || !source) return;
    const { net, task, symbols, months, said } = this.options;
    const decoder = this.decoder;
    const { shape, values } = /** @type {Numbers} */ (now.arrays.weights);
    const flat = values.slice(decoder.row * shape[1], (decoder.row + 1) * shape[1]);
    const p = parameters(flat, net);
    const numbers = [...source].map((symbol) => symbols.indexOf(symbol));
    const truth = right(task, source, months);
    const n = said || source.length;
    const answer = truth && [...truth.answer].map((symbol) => symbols.indexOf(symbol));
    this.shown = {
      source, truth,
      own: translate(net, p, decoder, numbers, n),
      told: answer && translate(net, p, decoder, numbers, n, answer),
    };
    this.changed = true;
    put(this.sentence, this.words());
  }

  // ------------------------------------------------------------------------ what is pointed at

  /** @param {PointerEvent} event */
  point(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    this.hover(this.symbolAt(event.clientX - left, event.clientY - top));
  }

  /**
   * The symbol of the answer at a place, -1 where there is none.
   *
   * @param {number} x
   * @param {number} y
   */
  symbolAt(x, y) {
    const { grid, row, shown } = this;
    if (!grid || !shown) return -1;
    const n = shown.own.said.length;
    const beside = row && x > row.left - row.step / 2;
    const at = beside ? Math.round((x - row.left) / row.step) : Math.floor((y - grid.y) / grid.cell);
    return at >= 0 && at < n ? at : -1;
  }

  /** @param {number} at */
  hover(at) {
    if (at === this.hovered) return;
    this.hovered = at;
    this.show();
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    const { shown, now, view } = this;
    if (this.refused) return this.refused;
    if (!shown || !now) return "";
    if (this.hovered >= 0) return this.symbolWords(this.hovered, shown);
    const parts = [view.word("translator.at", { decoder: this.decoder.label, step: now.step })];
    const { own, truth } = shown;
    if (!truth) return [...parts, view.word("translator.no_date")].join(" · ");
    const n = own.said.length;
    const hits = own.said.filter((symbol, t) => this.isRight(symbol, t)).length;
    parts.push(view.word("translator.right", { hits, n }));
    if (this.decoder.score) {
      const there = own.looks.reduce((sum, looks, t) =>
        sum + truth.aligned[t].reduce((some, j) => some + looks[j], 0), 0);
      parts.push(view.word("translator.mass", { share: percent(there / n) }));
    }
    return parts.join(" · ");
  }

  /**
   * Of one symbol of the answer.
   *
   * @param {number} t
   * @param {Shown} shown
   */
  symbolWords(t, { own, source }) {
    const looks = own.looks[t];
    const most = looks.indexOf(Math.max(...looks));
    const said = { place: t + 1, symbol: this.options.symbols[own.said[t]],
      sure: percent(own.sure[t]) };
    if (!this.decoder.score) return this.view.word("translator.blind_symbol", said);
    return this.view.word("translator.symbol", {
      ...said, seen: source[most] === " " ? "␣" : source[most], from: most + 1,
      share: percent(looks[most]) });
  }

  /**
   * @param {number} symbol
   * @param {number} t
   */
  isRight(symbol, t) {
    const { truth } = /** @type {Shown} */ (this.shown);
    return !truth || this.options.symbols[symbol] === truth.answer[t];
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const { shown } = this;
    const room = shown && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { dark } = this.view.theme;
    const colors = { ink: this.ink, fault: this.fault,
      own: themed(this.decoder.color, dark) };
    const n = Math.max(shown.source.length, shown.own.said.length);
    const left = width * (MAP + 0.03);
    const step = Math.min((width - left - NAMES - 8) / n, LARGEST);
    this.row = step < APART || width < NARROW || height < LOW ? null
      : { left: left + NAMES + step / 2, step, top: Math.min(height - 70, 220) };
    this.drawMap(c, shown, colors, this.row ? width * MAP : width, height);
    if (this.row) this.drawLines(c, shown, colors, this.row, left);
  }

  /**
   * A row for each symbol that was said, a column for each that was read.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Shown} shown
   * @param {{ink: string, fault: string, own: string}} colors
   * @param {number} width
   * @param {number} height
   */
  drawMap(c, { source, own, truth }, colors, width, height) {
    const rows = own.said.length;
    const cell = Math.min((width - LABEL - 8) / source.length, (height - 2 * LABEL) / rows, LARGEST);
    const grid = { x: LABEL + 18, y: 2 * LABEL - 8, cell: Math.max(cell - 1, 4) };
    this.grid = grid;
    this.label(c, this.view.word("translator.source"), grid.x, 12, colors.ink, "left");
    c.save();
    c.translate(10, grid.y);
    c.rotate(-Math.PI / 2);
    this.label(c, this.view.word("translator.says"), 0, 0, colors.ink, "right");
    c.restore();
    [...source].forEach((symbol, j) => {
      this.symbol(c, symbol, grid.x + (j + 0.5) * grid.cell, grid.y - 12, colors.ink, grid.cell);
    });
    own.said.forEach((said, t) => {
      const y = grid.y + (t + 0.5) * grid.cell;
      const color = this.isRight(said, t) ? colors.ink : colors.fault;
      this.symbol(c, this.options.symbols[said], grid.x - 14, y, color, grid.cell,
        t === this.hovered);
      own.looks[t].forEach((look, j) => {
        c.globalAlpha = this.hovered < 0 || this.hovered === t ? 1 : 0.45;
        this.cell(c, grid, t, j, look, colors);
      });
      c.globalAlpha = 1;
    });
    c.strokeStyle = colors.ink;
    c.lineWidth = 2;
    truth?.aligned.forEach((places, t) => {
      for (const j of places) {
        c.strokeRect(grid.x + j * grid.cell + 1, grid.y + t * grid.cell + 1, grid.cell - 2,
          grid.cell - 2);
      }
    });
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Grid} grid
   * @param {number} t
   * @param {number} j
   * @param {number} look
   * @param {{ink: string, own: string}} colors
   */
  cell(c, grid, t, j, look, colors) {
    const [x, y] = [grid.x + j * grid.cell, grid.y + t * grid.cell];
    const faint = c.globalAlpha;
    c.globalAlpha = 0.06;
    c.fillStyle = colors.ink;
    c.fillRect(x + 0.5, y + 0.5, grid.cell - 1, grid.cell - 1);
    c.globalAlpha = faint * look;
    c.fillStyle = colors.own;
    c.fillRect(x + 0.5, y + 0.5, grid.cell - 1, grid.cell - 1);
    c.globalAlpha = faint;
  }

  /**
   * What was read above, what was said below, and a line from each symbol to where it looked.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Shown} shown
   * @param {{ink: string, fault: string, own: string}} colors
   * @param {Row} row
   * @param {number} left
   */
  drawLines(c, { source, own, told, truth }, colors, row, left) {
    const { step } = row;
    const at = (/** @type {number} */ k) => row.left + k * step;
    const name = (/** @type {string} */ key, /** @type {number} */ y) =>
      this.label(c, this.view.word(key), left, y, colors.ink, "left");
    name("translator.source", 24);
    [...source].forEach((symbol, j) => this.symbol(c, symbol, at(j), 24, colors.ink, step));
    own.looks.forEach((looks, t) => this.drawLooks(c, looks, t, at, row.top, colors.own));
    /** @type {[string, string[]][]} */
    const rows = [["translator.own", own.said.map((symbol) => this.options.symbols[symbol])]];
    if (told) rows.push(["translator.told", told.said.map((symbol) => this.options.symbols[symbol])]);
    if (truth) rows.push(["translator.truth", [...truth.answer]]);
    rows.forEach(([key, symbols], i) => {
      const y = row.top + 14 + 25 * i;
      name(key, y);
      symbols.forEach((symbol, t) => {
        const wrong = truth && symbol !== truth.answer[t];
        this.symbol(c, symbol, at(t), y, wrong ? colors.fault : colors.ink, step,
          !i && t === this.hovered);
        if (wrong) c.fillRect(at(t) - 7, y + 9, 14, 2);
      });
    });
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number[]} looks
   * @param {number} t
   * @param {(k: number) => number} at
   * @param {number} bottom
   * @param {string} color
   */
  drawLooks(c, looks, t, at, bottom, color) {
    if (this.hovered >= 0 && this.hovered !== t) return;
    looks.forEach((look, j) => {
      if (look < 0.02) return;
      c.globalAlpha = Math.min(1, 0.15 + look);
      c.strokeStyle = color;
      c.lineWidth = 0.5 + 4.5 * look;
      c.beginPath();
      c.moveTo(at(t), bottom);
      c.lineTo(at(j), 38);
      c.stroke();
    });
    c.globalAlpha = 1;
  }
}
