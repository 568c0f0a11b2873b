// @ts-check
// Every head of a Transformer at work: a visitor writes a sequence, the net of the current frame
// reads it, and each head's map shows which places it looks at. Any head can be switched off.

import { part, put } from "../panel.js";
import { escaped } from "../words.js";
import { CanvasStage, percent } from "./canvas.js";
import { parameters } from "./layers.js";
import { right, see } from "./transformer.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Net, Right, Seen } from "./transformer.js"
 *
 * @typedef {{net: Net, task: string, examples: string[], most: number,
 *   heads: string[]}} Options
 * @typedef {{source: string, seen: Seen, whole: Seen, truth: Right}} Shown `whole`: with all heads
 * @typedef {{x: number, y: number, cell: number}} Grid upper left corner, and a cell's side
 */

const LABEL = 34; // pixels above a map: its head, and the symbols
const SIDE = 16; // pixels beside a map, for its symbols
const GAP = 14; // pixels between maps
const ROWS = 62; // pixels below the maps, for what is read and said
const NAMES = 44; // pixels for the names of these rows
const LEGEND = 26; // pixels above the maps
const LARGEST = 34; // pixels of a cell
// from dark, little, to light, much: some of Plotly's Cividis
const SHADES = [[0, 34, 78], [65, 77, 107], [124, 123, 120], [188, 175, 111], [254, 232, 56]];

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <label>${word("translator.write")} <input type="text" data-heads="field" spellcheck="false"
    autocomplete="off" autocapitalize="off" translate="no"></label>
  <button type="button" data-heads="another">${word("translator.another")}</button>
  <span role="group" aria-label="${word("heads.heads")}" data-heads="heads"></span>`;

/** @extends {CanvasStage<Options>} */
export class Heads extends CanvasStage {
  source = ""; // what is read
  task = ""; // of the source
  examples = 0; // that were asked for
  hovered = -1; // the place that is pointed at
  head = -1; // the head whose map is pointed at
  /** @type {Set<number>} */
  off = new Set(); // heads that are switched off
  /** @type {Shown | null} */
  shown = null;
  /** @type {Grid[]} */
  grids = []; // the maps on the canvas

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    /** @type {<E extends Element>(name: string, type: new () => E) => E} */
    const tool = (name, type) => part(this.box, `[data-heads=${name}]`, type);
    this.tools = {
      field: tool("field", HTMLInputElement),
      another: tool("another", HTMLButtonElement),
      heads: tool("heads", HTMLElement),
    };
    this.listen();
  }

  listen() {
    const { field, another, heads } = this.tools;
    field.addEventListener("input", () => this.write(field.value));
    field.addEventListener("keydown", (event) => event.stopPropagation());
    another.addEventListener("click", () => this.another());
    this.whenPressed(heads, (head) => this.toggle(head));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.hover(-1, -1));
  }

  /** @override */
  get least() {
    return 620; // maps whose rows a finger finds, two beside each other
  }

  /** @override */
  offer() {
    const { most, heads, task, examples } = this.options;
    this.tools.field.maxLength = most;
    this.tools.field.size = most;
    const names = heads.map((head) => this.view.word("heads.head", { head }));
    if (this.buttons(this.tools.heads, names)) {
      this.off.clear();
      this.press(this.tools.heads, () => true);
    }
    if (this.task === task) return;
    this.task = task;
    this.write(examples[0]);
  }

  /**
   * Switches a head off or on.
   *
   * @param {number} head
   */
  toggle(head) {
    if (!this.off.delete(head)) this.off.add(head);
    this.press(this.tools.heads, (i) => !this.off.has(i));
    this.again();
  }

  // ------------------------------------------------------------------------ what is read

  /**
   * Reads what a visitor writes, if it can be read.
   *
   * @param {string} text
   */
  write(text) {
    const { net, most } = this.options;
    const { field } = this.tools;
    if (field.value !== text) field.value = text;
    const lower = text.toLowerCase();
    const unknown = [...lower].find((symbol) => !net.symbols.includes(symbol));
    this.refuse(field, unknown
      ? this.view.word("translator.unknown", { symbol: unknown, known: net.symbols })
      : lower.length > most ? this.view.word("translator.long", { most }) : "");
    if (!this.refused && lower) {
      this.source = lower;
      this.hovered = -1;
      this.compute();
    }
    this.show();
  }

  /** Something else to read, of the kind that it learns from. */
  another() {
    const { examples } = this.options;
    this.examples = (this.examples + 1) % examples.length;
    this.write(examples[this.examples]);
  }

  /** @override */
  compute() {
    const { now, source } = this;
    if (!now || !source) return;
    const { net, task } = this.options;
    const p = parameters(/** @type {Numbers} */ (now.arrays.weights).values, net);
    const numbers = [...source].map((symbol) => net.symbols.indexOf(symbol));
    const whole = see(net, p, numbers);
    const seen = this.off.size ? see(net, p, numbers, this.off) : whole;
    this.shown = { source, seen, whole, truth: right(task, source) };
    this.changed = true;
    put(this.sentence, this.words());
  }

  // ------------------------------------------------------------------------ what is pointed at

  /** @param {PointerEvent} event */
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const n = this.source.length;
    const head = this.grids.findIndex((grid) =>
      x >= grid.x && y >= grid.y && x < grid.x + n * grid.cell && y < grid.y + n * grid.cell);
    this.hover(head, head < 0 ? -1 : Math.floor((y - this.grids[head].y) / this.grids[head].cell));
  }

  /** @param {number} head @param {number} place */
  hover(head, place) {
    if (head === this.head && place === this.hovered) return;
    [this.head, this.hovered] = [head, place];
    this.show();
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    const { shown, now, view, off } = this;
    if (this.refused) return this.refused;
    if (!shown || !now) return "";
    if (this.hovered >= 0 && this.hovered < shown.source.length) {
      return this.placeWords(this.hovered, shown);
    }
    const { n, hits } = this.counted(shown.seen, shown);
    const parts = [view.word("heads.at", { step: now.step }),
      n ? view.word("heads.right", { hits, n }) : view.word("heads.unknown")];
    if (off.size && n) {
      const heads = [...off].map((i) => this.options.heads[i]).join(", ");
      parts.push(view.word("heads.off", { heads, hits: this.counted(shown.whole, shown).hits }));
    }
    return parts.join(" · ");
  }

  /**
   * How many answers count, and how many of them are right.
   *
   * @param {Seen} seen
   * @param {Shown} shown
   */
  counted({ said }, { truth }) {
    const count = said.map((_, t) => t).filter((t) => truth.answers[t] !== null);
    return { n: count.length, hits: count.filter((t) => this.isRight(said[t], t)).length };
  }

  /** @param {number} t @param {Shown} shown */
  placeWords(t, { seen, source }) {
    const looks = seen.looks[this.head][t];
    const most = looks.indexOf(Math.max(...looks));
    return this.view.word("heads.place", {
      place: t + 1, symbol: source[t], head: this.options.heads[this.head], from: most + 1,
      seen: source[most], share: percent(looks[most]), said: this.options.net.answers[seen.said[t]],
      sure: percent(seen.sure[t]) });
  }

  /** @param {number} answer @param {number} t */
  isRight(answer, t) {
    return this.options.net.answers[answer] === this.shown?.truth.answers[t];
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const { shown } = this;
    const room = shown && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const colors = { ink: this.ink, fault: this.fault };
    this.drawLegend(c, width, colors.ink);
    this.grids = this.arranged(shown.source.length, width, height - ROWS);
    this.grids.forEach((grid, i) => this.drawMap(c, i, grid, shown, colors.ink));
    this.drawRows(c, shown, width, height - ROWS + 12, colors);
  }

  /**
   * Where the maps are: in as many columns as leave them largest.
   *
   * @param {number} n places
   * @param {number} width
   * @param {number} height
   */
  arranged(n, width, height) {
    const count = this.options.heads.length;
    const cellOf = (/** @type {number} */ columns) => Math.min(
      (width / columns - GAP - SIDE) / n,
      ((height - LEGEND) / Math.ceil(count / columns) - LABEL) / n, LARGEST);
    const columns = Array.from({ length: count }, (_, i) => i + 1)
      .reduce((best, k) => (cellOf(k) > cellOf(best) + 0.01 ? k : best));
    const cell = Math.max(cellOf(columns), 2);
    return Array.from({ length: count }, (_, i) => ({
      x: SIDE + (i % columns) * (n * cell + GAP + SIDE),
      y: LEGEND + LABEL + Math.floor(i / columns) * (n * cell + LABEL), cell }));
  }

  /**
   * What rows, columns and shades mean.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   * @param {string} ink
   */
  drawLegend(c, width, ink) {
    const bar = 70;
    c.font = `13px ${this.font}`;
    const [little, much] = ["heads.little", "heads.much"].map((key) => this.view.word(key));
    const left = SIDE + c.measureText(little).width + 6;
    this.small(c, little, SIDE, 10, ink, "left");
    for (let k = 0; k < bar; k++) {
      c.fillStyle = shade(k / (bar - 1));
      c.fillRect(left + k, 4, 1.5, 12);
    }
    this.small(c, much, left + bar + 6, 10, ink, "left");
    if (width > 520) {
      this.small(c, this.view.word("heads.reading"), left + bar + 24 + c.measureText(much).width,
        10, ink, "left");
    }
  }

  /**
   * A head's map: a row for each place that looks, a column for each that is looked at.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} head
   * @param {Grid} grid
   * @param {Shown} shown
   * @param {string} ink
   */
  drawMap(c, head, { x, y, cell }, { source, seen, truth }, ink) {
    const n = source.length;
    const off = this.off.has(head);
    const name = this.view.word(off ? "heads.is_off" : "heads.head",
      { head: this.options.heads[head] });
    this.small(c, name, x, y - LABEL + 10, ink, "left");
    [...source].forEach((symbol, j) => {
      if (cell < 6.5) return;
      const bold = j === this.hovered;
      this.symbol(c, symbol, x + (j + 0.5) * cell, y - 8, ink, cell);
      this.symbol(c, symbol, x - 9, y + (j + 0.5) * cell, ink, cell, bold);
    });
    c.globalAlpha = off ? 0.25 : 1;
    seen.looks[head].forEach((looks, t) => {
      looks.forEach((look, j) => {
        c.fillStyle = shade(this.options.net.causal && j > t ? 0 : look);
        c.fillRect(x + j * cell, y + t * cell, cell - 0.5, cell - 0.5);
      });
    });
    c.globalAlpha = 1;
    if (this.hovered < 0 || this.hovered >= n) return;
    c.strokeStyle = ink;
    c.lineWidth = 1.5;
    c.strokeRect(x - 0.5, y + this.hovered * cell - 0.5, n * cell + 1, cell + 1);
    c.strokeStyle = "#ffffff";
    for (const j of truth.places[this.hovered]) {
      c.strokeRect(x + j * cell + 0.5, y + this.hovered * cell + 0.5, cell - 1.5, cell - 1.5);
    }
  }

  /**
   * What is read, what is said for it, and what is right.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Shown} shown
   * @param {number} width
   * @param {number} top
   * @param {{ink: string, fault: string}} colors
   */
  drawRows(c, { source, seen, truth }, width, top, { ink, fault }) {
    const step = Math.min((width - NAMES - 8) / source.length, 26);
    const { answers } = this.options.net;
    const known = source.split("").map((_, t) => truth.answers[t]);
    /** @type {[string, (string | null)[]][]} */
    const rows = [["translator.source", [...source]],
      ["translator.says", seen.said.map((answer) => answers[answer])],
      ["translator.truth", known]];
    rows.forEach(([key, symbols], i) => {
      const y = top + 19 * i;
      this.small(c, this.view.word(key), 0, y, ink, "left");
      symbols.forEach((symbol, t) => {
        const wrong = i === 1 && known[t] !== null && !this.isRight(seen.said[t], t);
        this.symbol(c, symbol ?? "·", NAMES + (t + 0.5) * step, y, wrong ? fault : ink, step,
          t === this.hovered);
        if (wrong) c.fillRect(NAMES + (t + 0.5) * step - 6, y + 8, 12, 2);
      });
    });
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {string} color
   * @param {CanvasTextAlign} align
   */
  small(c, words, x, y, color, align) {
    c.font = `13px ${this.font}`;
    c.textAlign = align;
    c.fillStyle = color;
    c.fillText(words, x, y);
  }
}

/** The shade of an amount from 0 to 1. @param {number} share */
function shade(share) {
  const at = Math.min(Math.max(share, 0), 1) * (SHADES.length - 1);
  const low = Math.min(Math.floor(at), SHADES.length - 2);
  const mixed = SHADES[low].map((value, k) =>
    Math.round(value + (at - low) * (SHADES[low + 1][k] - value)));
  return `rgb(${mixed.join()})`;
}
