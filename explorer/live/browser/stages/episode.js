// @ts-check
// An episode that a visitor makes: examples of classes in a plane, and what each net of the current
// frame, which reads them here, would call a new example at every place. Click where an example is
// to be, or on one to take it away.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { INK, percent } from "./canvas.js";
import { parameters } from "./layers.js";
import { NAME, Pictures } from "./pictures.js";
import { nearest, reading } from "./readers.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Box } from "./pictures.js"
 * @import { Reader } from "./readers.js"
 *
 * @typedef {Reader & {label: string, color: string, shapes: Record<string, number[]>}} Net
 * @typedef {{nets: Net[], classes: {label: string, color: string}[], end: number, side: number,
 *   most: number, spread: number, renamed: boolean, episodes: [number, number, number][][]}} Options
 *   `end`: of the plane, from 0; `side`: of the map, in places; `most`: examples
 * @typedef {{x: number, y: number, name: number, slot: number}} Shown an example, and which numbers
 *   that tell nothing it has
 */

const RADIUS = 8; // pixels of an example at most

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <span role="group" aria-label="${word("episode.next")}" data-episode="names"></span>
  <button type="button" data-episode="another">${word("episode.another")}</button>
  <button type="button" data-episode="clear">${word("episode.clear")}</button>`;

/** @extends {Pictures<Options>} */
export class Episode extends Pictures {
  /** @override */
  square = true;
  episode = 0; // its position
  offered = ""; // the episodes that the page has
  name = 0; // that the next example gets
  /** @type {Shown[]} */
  examples = [];
  /** @type {number[][]} */
  maps = []; // for each picture which name every place gets
  /** @type {number[]} */
  best = []; // the same for who knows which numbers tell the class

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.tools = part(this.box, "[data-episode=names]", HTMLElement);
    this.whenPressed(this.tools, (name) => this.call(name));
    part(this.box, "[data-episode=another]", HTMLButtonElement).addEventListener("click", () =>
      this.take((this.episode + 1) % this.options.episodes.length));
    part(this.box, "[data-episode=clear]", HTMLButtonElement).addEventListener("click", () => {
      this.refused = "";
      this.examples = [];
      this.again();
    });
  }

  /** @override */
  get names() {
    return [this.view.word("episode.raw"), ...this.options.nets.map(({ label }) => label)];
  }

  /** @override */
  offer() {
    const { classes, episodes } = this.options;
    this.buttons(this.tools, classes.map(({ label }) => label));
    this.call(Math.min(this.name, classes.length - 1));
    if (this.offered === JSON.stringify(episodes)) return;
    this.offered = JSON.stringify(episodes);
    this.take(0);
  }

  // ------------------------------------------------------------------------ what is given

  /**
   * What the next example is called.
   *
   * @param {number} name
   */
  call(name) {
    this.name = name;
    this.press(this.tools, (i) => i === name);
  }

  /**
   * Shows an episode to begin with.
   *
   * @param {number} i its position
   */
  take(i) {
    this.episode = i;
    this.refused = "";
    this.examples = this.options.episodes[i].map(([x, y, name], slot) => ({ x, y, name, slot }));
    this.again();
  }

  /**
   * A click: one example more, or one less.
   *
   * @param {Box} box
   * @param {number} x
   * @param {number} y
   * @override
   */
  clicked(box, x, y) {
    const { toX, toY } = this.scales(box);
    const { end, most } = this.options;
    const left = this.away(this.examples, (at) => [toX(at.x), toY(at.y)], x, y);
    if (left.length === this.examples.length) {
      const used = left.map(({ slot }) => slot);
      const slot = Array.from({ length: most }, (_, i) => i).find((i) => !used.includes(i));
      this.refused = slot === undefined ? this.view.word("episode.most", { most }) : "";
      if (slot !== undefined) {
        left.push({ x: end * (2 * (x - box.x) / box.width - 1),
          y: end * (1 - 2 * (y - box.y) / box.height), name: this.name, slot });
      }
    } else this.refused = "";
    this.examples = left;
    this.again();
  }

  // ------------------------------------------------------------------------ what nets say

  /**
   * The numbers of an example in the plane: those that tell its class, then those that tell
   * nothing; turned.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} i which of the numbers that tell nothing
   */
  numbers(x, y, i) {
    const turn = /** @type {ArrayLike<number>} */ (this.array("turn")?.values);
    const others = /** @type {ArrayLike<number>} */ (this.array("others")?.values);
    const n = Math.sqrt(turn.length);
    const clear = [x, y, ...new Array(n / 2 - 2).fill(0),
      ...Array.from({ length: n / 2 }, (_, j) => others[i * n / 2 + j])];
    return Float64Array.from({ length: n }, (_, j) =>
      clear.reduce((sum, value, k) => sum + value * turn[k * n + j], 0));
  }

  /** The middles of the map's places, row by row from the top. */
  places() {
    const { side, end } = this.options;
    const at = (/** @type {number} */ i) => end * (2 * (i + 0.5) / side - 1);
    return Array.from({ length: side ** 2 }, (_, i) =>
      [at(i % side), -at(Math.floor(i / side))]);
  }

  /** @override */
  compute() {
    const weights = this.array("weights");
    this.changed = true;
    if (!weights || !this.array("turn")) return;
    const { nets, classes, side, spread } = this.options;
    const [ways, places] = [classes.length, this.places()];
    const given = this.examples.map(({ x, y, name, slot }) =>
      ({ x: this.numbers(x, y, side ** 2 + slot), name }));
    let at = 0;
    const readings = nets.map((net) => {
      const p = parameters(weights.values.slice(at), net);
      at += Object.values(p).reduce((sum, { length }) => sum + length, 0);
      return reading(net, p, given, ways);
    });
    const asked = places.map(([x, y], i) => this.numbers(x, y, i));
    this.maps = [nearest(given, ways, (x) => x), ...readings].map((read) =>
      asked.map((x) => largest(read(x))));
    const known = this.examples.map(({ x, y, name }) => ({ x: Float64Array.of(x, y), name }));
    const ideal = nearest(known, ways, (x) => x, spread ** 2);
    this.best = places.map(([x, y]) => largest(ideal(Float64Array.of(x, y))));
    put(this.sentence, this.words());
  }

  /** Whether every class has an example. */
  get complete() {
    return this.options.classes.every((_, i) => this.examples.some(({ name }) => name === i));
  }

  /** The share of places that a picture names as the best possible would. @param {number} i */
  asBest(i) {
    return this.maps[i].filter((name, k) => name === this.best[k]).length / this.best.length;
  }

  /** @override */
  words() {
    const { now, options, view } = this;
    if (this.refused) return this.refused;
    if (!now || !this.maps.length) return "";
    if (!this.complete) return view.word("episode.none");
    const counts = options.classes.map(({ label }, i) => view.word("episode.count", {
      n: this.examples.filter(({ name }) => name === i).length, class: label }));
    const step = view.word("episode.step", { step: now.step, counts: counts.join(", ") });
    if (options.renamed) return `${step} ${view.word("episode.order")}`;
    const shares = this.names.map((net, i) =>
      view.word("episode.net", { net, share: percent(this.asBest(i)) }));
    return `${step} ${view.word("episode.best")} ${shares.join(", ")}.`;
  }

  // ----------------------------------------------------------------------------- the picture

  /** @param {Box} box */
  scales({ x, y, width, height }) {
    const { end } = this.options;
    return { toX: (/** @type {number} */ at) => x + (1 + at / end) / 2 * width,
      toY: (/** @type {number} */ at) => y + (1 - at / end) / 2 * height };
  }

  /** @override */
  draw() {
    const room = this.maps.length ? this.empty() : null;
    if (!room) return;
    this.arrange(room.width, room.height);
    this.boxes.forEach((box, i) => this.drawNet(room.c, box, i, room.width));
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Box} box
   * @param {number} i which picture
   * @param {number} width of the canvas
   */
  drawNet(c, box, i, width) {
    const { dark } = this.view.theme;
    const { classes, nets, renamed, side } = this.options;
    const next = this.boxes[i + 1];
    const room = (next && next.y === box.y ? next.x : width) - box.x - 6;
    c.font = `14px ${this.font}`;
    c.textAlign = "left";
    c.fillStyle = themed(i ? nets[i - 1].color : INK, dark);
    c.fillText(this.names[i], box.x, box.y - NAME + 10, room);
    if (this.complete && !renamed) {
      this.label(c, this.view.word("episode.as_best", { share: percent(this.asBest(i)) }),
        box.x, box.y - NAME + 29, this.ink, "left");
    }
    if (this.complete) this.drawMap(c, box, this.maps[i], side);
    c.strokeStyle = this.ink;
    c.globalAlpha = 0.3;
    c.lineWidth = 1;
    c.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    c.globalAlpha = 1;
    const { toX, toY } = this.scales(box);
    const radius = Math.min(RADIUS, box.width / 16);
    this.examples.forEach(({ x, y, name }, k) => {
      c.beginPath();
      c.arc(toX(x), toY(y), radius + Number(renamed), 0, 7);
      c.fillStyle = themed(classes[name].color, dark);
      c.fill();
      c.strokeStyle = c.fillStyle = dark ? "#0e1117" : "#ffffff";
      c.stroke();
      c.font = `bold ${radius + 3}px ${this.font}`;
      c.textAlign = "center";
      c.fillText(classes[name].label + (renamed ? k + 1 : ""), toX(x), toY(y) + 0.5);
    });
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Box} box
   * @param {number[]} map
   * @param {number} side
   */
  drawMap(c, { x, y, width }, map, side) {
    const size = width / side;
    const colors = this.options.classes.map(({ color }) => themed(color, this.view.theme.dark));
    c.globalAlpha = 0.5;
    map.forEach((name, i) => {
      const [left, top] = [Math.round(x + i % side * size),
        Math.round(y + Math.floor(i / side) * size)];
      c.fillStyle = colors[name];
      c.fillRect(left, top, Math.round(x + (i % side + 1) * size) - left,
        Math.round(y + (Math.floor(i / side) + 1) * size) - top);
    });
    c.globalAlpha = 1;
  }
}

/** The position of the largest. @param {number[]} scores */
const largest = (scores) => scores.indexOf(Math.max(...scores));
