// @ts-check
// Nets that adapt to a few points: each is the net of the current frame, and takes its steps of
// gradient descent here, on points that a visitor puts in. Click where a point is to be, or on one
// to take it away.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { descended, error, said } from "./descent.js";
import { parameters } from "./layers.js";
import { NAME, Pictures } from "./pictures.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Point } from "./descent.js"
 * @import { Parameters } from "./layers.js"
 * @import { Box } from "./pictures.js"
 *
 * @typedef {{amplitude: number, phase: number, x: number[]}} Task
 * @typedef {{nets: {label: string, color: string}[], shapes: Record<string, number[]>,
 *   ends: [number, number], most: number, rate: number, tasks: Task[]}} Options
 * @typedef {{before: Parameters, after: Parameters}} Shown
 */

const DRAWN = 120; // places at which a curve is computed
const STEPS = 20; // of gradient descent at most
/** @type {[number, number]} */
const RATES = [0, 0.1]; // least and most
const MOST_POINTS = 20;

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <label>${word("adapt.steps")} <input type="number" data-adapt="steps" min="0" max="${STEPS}"
    step="1" value="1"></label>
  <label>${word("adapt.rate")} <input type="number" data-adapt="rate" min="${RATES[0]}"
    max="${RATES[1]}" step="0.005"></label>
  <button type="button" data-adapt="another">${word("adapt.another")}</button>
  <button type="button" data-adapt="clear">${word("adapt.clear")}</button>`;

/** @extends {Pictures<Options>} */
export class Adapt extends Pictures {
  /** @override */
  foot = 18; // pixels below a picture, for its axis

  steps = 1; // of gradient descent
  rate = 0.01; // their learning rate
  offered = 0; // the learning rate that the page has
  task = 0; // its position
  /** @type {Point[]} */
  points = [];
  known = true; // whether the points are of the task's curve
  /** @type {Shown[]} */
  shown = []; // the nets

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.inputs = { steps: part(this.box, "[data-adapt=steps]", HTMLInputElement),
      rate: part(this.box, "[data-adapt=rate]", HTMLInputElement) };
    this.listen();
  }

  listen() {
    const { box, inputs } = this;
    for (const input of Object.values(inputs)) {
      input.addEventListener("keydown", (event) => event.stopPropagation());
      input.addEventListener("input", () => this.read(input));
    }
    part(box, "[data-adapt=another]", HTMLButtonElement).addEventListener("click", () =>
      this.take((this.task + 1) % this.options.tasks.length));
    part(box, "[data-adapt=clear]", HTMLButtonElement).addEventListener("click", () => {
      this.known = false;
      this.points = [];
      this.again();
    });
  }

  /** @override */
  get names() {
    return this.options.nets.map(({ label }) => label);
  }

  /** How high the picture goes, and how low. */
  get high() {
    return 6;
  }

  /** @override */
  offer() {
    if (this.offered !== this.options.rate) {
      this.offered = this.rate = this.options.rate;
      this.inputs.rate.value = String(this.rate);
    }
    if (this.known) this.take(this.task);
  }

  // ------------------------------------------------------------------------ what is asked

  /**
   * Shows a task: points of a curve that is known.
   *
   * @param {number} i its position
   */
  take(i) {
    this.task = i;
    this.known = true;
    this.points = this.options.tasks[i].x.map((x) => ({ x, y: this.sine(x) }));
    this.again();
  }

  /** @param {HTMLInputElement} input */
  read(input) {
    const isRate = input === this.inputs.rate;
    const value = isRate ? this.numberIn(input, "adapt.rate", RATES)
      : this.numberIn(input, "adapt.steps", [0, STEPS], true);
    if (value !== null && isRate) this.rate = value;
    else if (value !== null) this.steps = value;
    this.again();
  }

  /**
   * A click: one point more, or one less.
   *
   * @param {Box} box
   * @param {number} x
   * @param {number} y
   * @override
   */
  clicked(box, x, y) {
    const { toX, toY } = this.scales(box);
    const left = this.away(this.points, (at) => [toX(at.x), toY(at.y)], x, y);
    const [low, high] = this.options.ends;
    if (left.length === this.points.length) {
      left.push({ x: low + (x - box.x) / box.width * (high - low),
        y: this.high * (1 - 2 * (y - box.y) / box.height) });
    }
    this.refused = left.length > MOST_POINTS
      ? this.view.word("adapt.most", { most: MOST_POINTS }) : "";
    if (!this.refused) {
      this.points = left;
      this.known = false;
    }
    this.again();
  }

  /** @override */
  compute() {
    const { now } = this;
    if (!now) return;
    const { nets, shapes } = this.options;
    const { values } = /** @type {Numbers} */ (now.arrays.weights);
    const n = values.length / nets.length;
    this.shown = nets.map((_, i) => {
      const before = parameters(values.slice(i * n, (i + 1) * n), { shapes });
      return { before, after: descended(before, this.points, this.rate, this.steps) };
    });
    this.changed = true;
    put(this.sentence, this.words());
  }

  /** The curve of the task. @param {number} x */
  sine(x) {
    const { amplitude, phase } = this.options.tasks[this.task];
    return amplitude * Math.sin(x - phase);
  }

  /**
   * The curve of the task, if the points are of it.
   *
   * @returns {Point[]}
   */
  get curve() {
    return this.known ? this.places().map((x) => ({ x, y: this.sine(x) })) : [];
  }

  places() {
    const [low, high] = this.options.ends;
    return Array.from({ length: DRAWN }, (_, i) => low + (high - low) * i / (DRAWN - 1));
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    const { now, points, curve, shown } = this;
    if (this.refused) return this.refused;
    if (!now || !shown.length) return "";
    if (!points.length) return this.view.word("adapt.none");
    const errors = this.options.nets.map(({ label }, i) =>
      this.view.word("adapt.error", { net: label, error: number(this.errors(i).after) }));
    const of = { step: now.step, steps: this.steps, points: points.length };
    return `${this.view.word(curve.length ? "adapt.curve" : "adapt.points", of)} ${
      errors.join(", ")}.`;
  }

  /**
   * How far a net is off, at the curve if it is known, else at the points.
   *
   * @param {number} i
   */
  errors(i) {
    const { before, after } = this.shown[i];
    const asked = this.known ? this.curve : this.points;
    return { before: error(before, asked), after: error(after, asked) };
  }

  // ----------------------------------------------------------------------------- the picture

  /** @param {Box} box */
  scales({ x, y, width, height }) {
    const [low, high] = this.options.ends;
    return { toX: (/** @type {number} */ at) => x + (at - low) / (high - low) * width,
      toY: (/** @type {number} */ value) => y + (1 - value / this.high) / 2 * height };
  }

  /** @override */
  draw() {
    const room = this.shown.length ? this.empty() : null;
    if (!room) return;
    const { c, width, height } = room;
    this.arrange(width, height);
    this.boxes.forEach((box, i) => this.drawNet(c, box, i));
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Box} box
   * @param {number} i of the net
   */
  drawNet(c, box, i) {
    const { dark } = this.view.theme;
    const { label, color } = this.options.nets[i];
    const [ink, own] = [this.ink, themed(color, dark)];
    const { toX, toY } = this.scales(box);
    const { before, after } = this.shown[i];
    this.label(c, label, box.x, box.y - NAME + 10, own, "left");
    if (this.points.length) this.drawErrors(c, box, i, ink);
    this.drawAxes(c, box, ink);
    c.save();
    c.beginPath();
    c.rect(box.x, box.y, box.width, box.height);
    c.clip();
    const line = (/** @type {(x: number) => number} */ f, /** @type {string} */ stroke,
      /** @type {number} */ wide, alpha = 1) => {
      c.globalAlpha = alpha;
      c.strokeStyle = stroke;
      c.lineWidth = wide;
      c.beginPath();
      this.places().forEach((x) => c.lineTo(toX(x), toY(f(x))));
      c.stroke();
      c.globalAlpha = 1;
    };
    if (this.known) line((x) => this.sine(x), ink, 1);
    line((x) => said(before, x), own, 2.5, 0.35);
    if (this.points.length && this.steps) line((x) => said(after, x), own, 2.5);
    c.restore();
    for (const { x, y } of this.points) {
      c.beginPath();
      c.arc(toX(x), toY(y), 5, 0, 7);
      c.fillStyle = ink;
      c.fill();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Box} box
   * @param {number} i of the net
   * @param {string} ink
   */
  drawErrors(c, box, i, ink) {
    const { before, after } = this.errors(i);
    this.label(c, this.view.word("adapt.from_to", { before: number(before), after: number(after) }),
      box.x, box.y - NAME + 29, ink, "left");
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Box} box
   * @param {string} ink
   */
  drawAxes(c, { x, y, width, height }, ink) {
    const { toX } = this.scales({ x, y, width, height });
    c.strokeStyle = ink;
    c.globalAlpha = 0.25;
    c.lineWidth = 1;
    c.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    c.beginPath();
    c.moveTo(x, y + height / 2);
    c.lineTo(x + width, y + height / 2);
    c.stroke();
    c.globalAlpha = 0.7;
    const [low, high] = this.options.ends;
    this.label(c, String(low).replace("-", "−"), x, y + height + 10, ink, "left");
    this.label(c, "x", toX((low + high) / 2), y + height + 10, ink, "center");
    this.label(c, String(high), x + width, y + height + 10, ink, "right");
    c.globalAlpha = 1;
  }
}

/** @param {number} value */
function number(value) {
  if (!Number.isFinite(value) || value >= 1e4) return "> 10 000";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
