// @ts-check
// Nets of causal convolutions as trees: from an output down to the symbols that it sees, by
// formula; below them how strongly its answer depends on each, as measured. Point at an output.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { CanvasStage, percent } from "./canvas.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {{label: string, color: string, dilations: number[]}} Net
 * @typedef {{nets: Net[], lags: number[], lag: number, kernel: number, symbols: string}} Options
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

const NAME = 36; // pixels above a tree, for its name
const SYMBOLS = 20; // for a row of symbols
const BARS = 44; // below the symbols, for the gradient
const SIDE = 10; // on both sides of a tree
const ROOM = 270; // that a tree has at least, if there are several in a row
const RIGHT = "light-dark(#00866a, #2cc79f)";

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <span role="group" aria-label="${word("field.lags")}" data-field="lags"></span>`;

/** @extends {CanvasStage<Options>} */
export class Field extends CanvasStage {
  lag = 0; // that is asked for, as its position among the lags
  hovered = -1; // the output that is pointed at; -1 is the last one
  /** @type {Box[]} */
  boxes = []; // the trees on the canvas

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.tools = part(this.box, "[data-field=lags]", HTMLElement);
    this.whenPressed(this.tools, (lag) => this.ask(lag));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.hover(-1));
  }

  /** How many places are drawn. */
  get n() {
    return this.array("symbol")?.values.length ?? 0;
  }

  /** The output whose tree is drawn. */
  get output() {
    return this.hovered < 0 ? this.n - 1 : this.hovered;
  }

  /**
   * A button per lag.
   *
   * @override
   */
  offer() {
    const { lags, lag } = this.options;
    this.tools.hidden = lags.length < 2;
    const names = lags.map((n) => this.view.word("field.lag", { lag: n }));
    if (this.buttons(this.tools, names)) this.ask(lags.indexOf(lag));
  }

  /**
   * Shows the nets of another lag.
   *
   * @param {number} lag its position
   */
  ask(lag) {
    this.lag = lag;
    this.press(this.tools, (i) => i === lag);
    this.again();
  }

  /**
   * Trees one below the other are as high each as one alone.
   *
   * @param {number | null} height
   * @override
   */
  fit(height) {
    super.fit(height);
    const { rows } = this.arranged(this.canvas.clientWidth);
    if (!height && this.spec) this.canvas.style.height = `${rows * this.spec.height}px`;
  }

  /** @override */
  get least() {
    return 150 + 220 * this.arranged(this.canvas.clientWidth).rows;
  }

  /**
   * How many trees stand beside each other, and one below the other.
   *
   * @param {number} width
   */
  arranged(width) {
    const n = this.options.nets.length;
    const columns = Math.max(1, Math.min(n, Math.floor(width / ROOM)));
    return { columns, rows: Math.ceil(n / columns) };
  }

  /** @override */
  resize() {
    super.resize();
    this.fit(this.place);
  }

  /** @override */
  compute() {
    this.changed = true;
    put(this.sentence, this.words());
  }

  // ------------------------------------------------------------------------ what is pointed at

  /** @param {PointerEvent} event */
  point(event) {
    const around = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - around.left, event.clientY - around.top];
    const box = this.boxes.find((b) =>
      x >= b.x && x < b.x + b.width && y >= b.y && y < b.y + b.height);
    const place = box ? Math.floor((x - box.x) / (box.width / this.n)) : -1;
    this.hover(place >= this.n - this.answered ? place : -1);
  }

  /** How many of the last places have an answer that can be shown. */
  get answered() {
    return Math.min(this.array("said")?.shape[2] ?? 0, this.n);
  }

  /** @param {number} place */
  hover(place) {
    if (place === this.hovered) return;
    this.hovered = place;
    this.show();
  }

  // ----------------------------------------------------------------------- what was measured

  /**
   * How strongly the last answer of a net depends on the symbol so many places back.
   *
   * @param {number} net
   */
  pulls(net) {
    const found = this.array("gradient");
    if (!found) return [];
    const [, lags, seeds, n] = found.shape;
    const at = (net * lags + this.lag) * seeds * n;
    return Array.from(found.values.slice(at, at + n));
  }

  /**
   * What a net says at a place; "" where no answer was recorded.
   *
   * @param {number} net
   * @param {number} place
   */
  answerOf(net, place) {
    const found = this.array("said");
    if (!found) return "";
    const [, lags, n] = found.shape;
    const k = n - (this.n - place);
    return k < 0 ? "" : this.options.symbols[found.values[(net * lags + this.lag) * n + k]];
  }

  /** @param {number} place */
  symbolAt(place) {
    return this.options.symbols[this.array("symbol")?.values[place] ?? -1] ?? "";
  }

  /**
   * The mean share right of a net at this lag, over the seeds.
   *
   * @param {number} net
   */
  rightOf(net) {
    const found = this.array("right");
    if (!found) return 0;
    const [, lags, seeds] = found.shape;
    const at = (net * lags + this.lag) * seeds;
    return Array.from(found.values.slice(at, at + seeds)).reduce((a, b) => a + b, 0) / seeds;
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    if (!this.now) return "";
    const { nets, lags } = this.options;
    const place = this.output - lags[this.lag];
    const parts = [this.view.word("field.at", { step: this.now.step }),
      this.view.word("field.asked", { lag: lags[this.lag], symbol: this.symbolAt(place) || "?" })];
    nets.forEach(({ label }, i) => parts.push(this.view.word("field.says", {
      net: label, symbol: this.answerOf(i, this.output), share: percent(this.rightOf(i)) })));
    return parts.join(" · ");
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const room = this.now && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { dark } = this.view.theme;
    const colors = { ink: this.ink, away: dark ? "#565b66" : "#b9bec8",
      right: themed(RIGHT, dark), fault: this.fault };
    const { nets } = this.options;
    const { columns, rows } = this.arranged(width);
    this.boxes = nets.map((_, i) => ({
      x: (i % columns) * (width / columns) + SIDE, y: Math.floor(i / columns) * (height / rows),
      width: width / columns - 2 * SIDE, height: height / rows }));
    nets.forEach((net, i) => this.drawTree(c, net, i, colors));
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Net} net
   * @param {number} i its position
   * @param {{ink: string, away: string, right: string, fault: string}} colors
   */
  drawTree(c, net, i, colors) {
    const { kernel, lags } = this.options;
    const box = this.boxes[i];
    const color = themed(net.color, this.view.theme.dark);
    const top = box.y + NAME + SYMBOLS;
    const between = (box.height - NAME - 2 * SYMBOLS - BARS - 6) / net.dilations.length;
    const step = box.width / this.n;
    const depth = net.dilations.length;
    const x = (/** @type {number} */ place) => box.x + (place + 0.5) * step;
    const y = (/** @type {number} */ layer) => top + (depth - layer) * between; // 0: symbols
    const needed = this.output - lags[this.lag];
    const seen = below(net.dilations, kernel, this.output);
    const way = above(net.dilations, kernel, needed).map((set, k) =>
      new Set([...set].filter((place) => seen[k].has(place))));
    const reached = way[depth].size > 0;

    this.drawEdges(c, net, { x, y, seen, way: reached ? way : null, color, away: colors.away });
    this.drawNodes(c, { x, y, seen, depth, step, color, away: colors.away });
    this.drawSymbols(c, i, { x, top, low: y(0), step, needed, reached, colors });
    this.drawBars(c, i, { x, low: box.y + box.height - 2, step, color, away: colors.away });
    const pulls = this.pulls(i);
    c.textAlign = "left";
    c.font = `bold 13px ${this.font}`;
    c.fillStyle = color;
    c.fillText(net.label, box.x, box.y + 9);
    c.font = `13px ${this.font}`;
    c.fillStyle = colors.ink;
    c.fillText(this.view.word("field.counts", {
      formula: below(net.dilations, kernel, this.n - 1)[0].size,
      measured: pulls.filter((pull) => pull > 0).length }), box.x, box.y + 26);
  }

  /**
   * What each layer sees of the one below: of the whole net faintly, of the output strongly, and
   * the way from the symbol that is asked for.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Net} net
   * @param {{x: (place: number) => number, y: (layer: number) => number, seen: Set<number>[],
   *   way: Set<number>[] | null, color: string, away: string}} drawn
   */
  drawEdges(c, net, { x, y, seen, way, color, away }) {
    const { kernel } = this.options;
    /** @type {[(layer: number, from: number, to: number) => boolean, string, number, number][]} */
    const kinds = [
      [() => true, away, 0.5, 0.45],
      [(layer, _, to) => seen[layer].has(to), color, 1, 0.75],
      [(layer, from, to) => Boolean(way?.[layer].has(to) && way[layer - 1].has(from)), color, 3.5,
        1]];
    for (const [is, style, width, alpha] of kinds) {
      c.strokeStyle = style;
      c.lineWidth = width;
      c.globalAlpha = alpha;
      c.beginPath();
      net.dilations.forEach((dilation, i) => {
        for (let to = 0; to < this.n; to++) {
          for (let j = 0; j < kernel; j++) {
            const from = to - j * dilation;
            if (from < 0 || !is(i + 1, from, to)) continue;
            c.moveTo(x(from), y(i));
            c.lineTo(x(to), y(i + 1));
          }
        }
      });
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {{x: (place: number) => number, y: (layer: number) => number, seen: Set<number>[],
   *   depth: number, step: number, color: string, away: string}} drawn
   */
  drawNodes(c, { x, y, seen, depth, step, color, away }) {
    const radius = Math.max(1.5, Math.min(4.5, step * 0.22, Math.abs(y(0) - y(1)) * 0.3));
    for (let layer = 0; layer <= depth; layer++) {
      for (let place = 0; place < this.n; place++) {
        c.fillStyle = seen[layer].has(place) ? color : away;
        c.beginPath();
        c.arc(x(place), y(layer), seen[layer].has(place) ? radius : radius * 0.6, 0, 7);
        c.fill();
      }
    }
  }

  /**
   * Answers above, symbols below; the one that is asked for has a ring.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} i the net's position
   * @param {{x: (place: number) => number, top: number, low: number, step: number,
   *   needed: number, reached: boolean,
   *   colors: {ink: string, away: string, right: string, fault: string}}} drawn
   */
  drawSymbols(c, i, { x, top, low, step, needed, reached, colors }) {
    const lag = this.options.lags[this.lag];
    for (let place = 0; place < this.n; place++) {
      const said = this.answerOf(i, place);
      const bold = place === this.output;
      if (said && place >= lag && (step > 8 || bold)) {
        const hit = said === this.symbolAt(place - lag);
        this.symbol(c, said, x(place), top - 11, hit ? colors.right : colors.fault, step, bold);
        if (!hit) c.fillRect(x(place) - 4, top - 4, 8, 1.5);
      }
      if (step > 8 || place === needed) {
        this.symbol(c, this.symbolAt(place), x(place), low + 13, colors.ink, step,
          place === needed);
      }
    }
    if (needed < 0) return;
    c.strokeStyle = reached ? colors.ink : colors.fault;
    c.lineWidth = 2;
    c.beginPath();
    c.arc(x(needed), low + 12, 9, 0, 7);
    c.stroke();
  }

  /**
   * How strongly the answer at the last place depends on each symbol.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} i the net's position
   * @param {{x: (place: number) => number, low: number, step: number, color: string,
   *   away: string}} drawn
   */
  drawBars(c, i, { x, low, step, color, away }) {
    c.fillStyle = away;
    c.fillRect(x(0) - step / 2, low, this.n * step, 1);
    if (this.output !== this.n - 1) return; // nobody measured it there
    const pulls = this.pulls(i);
    const most = Math.max(...pulls);
    c.fillStyle = color;
    pulls.slice(0, this.n).forEach((pull, back) => {
      const height = most ? (BARS - 12) * pull / most : 0;
      c.fillRect(x(this.n - 1 - back) - step * 0.3, low - height, step * 0.6, height);
    });
  }
}

/**
 * By layer, from the symbols up, which places an output sees.
 *
 * @param {number[]} dilations
 * @param {number} kernel
 * @param {number} output
 */
export function below(dilations, kernel, output) {
  const found = [new Set([output])];
  for (const dilation of dilations.toReversed()) found.unshift(spread(found[0], kernel, -dilation));
  return found;
}

/**
 * By layer, from the symbols up, which places a symbol comes to.
 *
 * @param {number[]} dilations
 * @param {number} kernel
 * @param {number} symbol
 */
export function above(dilations, kernel, symbol) {
  const found = [new Set([symbol])];
  for (const dilation of dilations) found.push(spread(found[found.length - 1], kernel, dilation));
  return found;
}

/**
 * @param {Set<number>} places
 * @param {number} kernel
 * @param {number} by
 */
function spread(places, kernel, by) {
  return new Set([...places].flatMap((place) =>
    Array.from({ length: kernel }, (_, j) => place + j * by)));
}
