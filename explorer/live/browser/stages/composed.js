// @ts-check
// A scene that a visitor puts together, and what every net of the current frame says of it: each
// one runs here, from the weights in the frame.

import { part } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { percent } from "./canvas.js";
import { closest, HIGH, LINES, sentence } from "./captioned.js";
import { drawn, scene, truths, within } from "./drawn.js";
import { parameters } from "./layers.js";
import { FULL, iou, ofShapes, Scenes } from "./scenes.js";
import { answer } from "./seer.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Drawing, Drawn, Shape } from "./drawn.js"
 * @import { Net as Row, Options as Scene, Place } from "./scenes.js"
 * @import { Answer, Net } from "./seer.js"
 *
 * @typedef {Omit<Scene, "nets"> & {drawing: Drawing, learned: number, nets: (Row & Net)[]}} Options
 *   `learned`: shapes in the scenes that nets learn from
 */

const GAP = 12; // pixels between pictures
const TITLE = 24; // pixels above a picture
const WIDEST = 170; // pixels of a picture's side
const MOST = 4; // shapes
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <select data-composed="shape" aria-label="${word("composed.shape")}"></select>
  <select data-composed="size" aria-label="${word("composed.size")}">
    <option value="">${word("composed.small")}</option>
    <option value="big" selected>${word("composed.big")}</option></select>
  <button type="button" data-composed="add">${word("composed.add")}</button>
  <button type="button" data-composed="another">${word("composed.another")}</button>
  <button type="button" data-composed="clear">${word("composed.clear")}</button>`;

export class Composed extends Scenes {
  /** @type {Shape[]} */
  shapes = [];
  asked = 0; // scenes that were asked for
  held = -1; // the shape under the pointer, while it is pressed
  moved = false; // since it was pressed
  /** @type {Drawn} */
  drawn = { image: new Float64Array(0), pixels: [], boxes: [] };
  /** @type {Answer[]} */
  answers = []; // of the nets
  /** @type {Place} */
  own = { x: 0, y: 0, side: 0 }; // where the visitor's picture is

  /**
   * @param {View} view
   * @param {StageSpec} spec
   * @param {string} [more] tools, as HTML
   */
  constructor(view, spec, more = "") {
    super(view, spec, tools((key) => escaped(view.word(key))) + more);
    const tool = (/** @type {string} */ name) => `[data-composed=${name}]`;
    this.inputs = { shape: part(this.box, tool("shape"), HTMLSelectElement),
      size: part(this.box, tool("size"), HTMLSelectElement) };
    const press = (/** @type {string} */ name, /** @type {() => void} */ act) =>
      part(this.box, tool(name), HTMLButtonElement).addEventListener("click", act);
    press("add", () => this.add(this.free()));
    press("another", () => this.take(scene(this.composing.drawing, this.composing.learned,
      ++this.asked)));
    press("clear", () => this.take([]));
    this.canvas.tabIndex = 0;
    this.canvas.addEventListener("pointerup", () => this.release());
    this.canvas.addEventListener("pointercancel", () => (this.held = -1));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  get composing() {
    return /** @type {Options} */ (/** @type {unknown} */ (this.spec?.stage));
  }

  /** @override */
  offer() {
    const { classes, drawing, learned } = this.composing;
    const { shape } = this.inputs;
    if (!shape.options.length) shape.replaceChildren(...classes.map((name) => new Option(name)));
    if (!this.asked) this.shapes = scene(drawing, learned, ++this.asked);
  }

  /**
   * Nets one below the other make it higher.
   *
   * @param {number | null} height
   * @override
   */
  fit(height) {
    super.fit(height);
    const width = this.canvas.clientWidth;
    if (!height && this.spec && width) this.canvas.style.height = `${this.laid(width, 1e4).high}px`;
  }

  /** @override */
  resize() {
    super.resize();
    this.fit(this.place);
  }

  // ------------------------------------------------------------------------ what is composed

  /** @param {Shape[]} shapes */
  take(shapes) {
    const { drawing } = this.composing;
    this.refused = shapes.length > MOST ? this.view.word("composed.most", { most: MOST }) : "";
    if (!this.refused) this.shapes = shapes.map((shape) => within(drawing, shape));
    this.again();
  }

  /** @param {{x: number, y: number}} at */
  add({ x, y }) {
    const { shape, size } = this.inputs;
    this.take([...this.shapes, { shape: shape.selectedIndex, big: size.value === "big", x, y }]);
  }

  /** A place that is far from all shapes. */
  free() {
    const { side } = this.composing.drawing;
    const places = Array.from({ length: 16 }, (_, i) =>
      ({ x: ((i % 4) + 0.5) * side / 4, y: (Math.floor(i / 4) + 0.5) * side / 4 }));
    const far = (/** @type {{x: number, y: number}} */ a) =>
      Math.min(side, ...this.shapes.map(({ x, y }) => Math.hypot(x - a.x, y - a.y)));
    return places.reduce((best, place) => (far(place) > far(best) ? place : best));
  }

  /**
   * A press on a shape takes hold of it, and elsewhere puts one there.
   *
   * @param {PointerEvent} event
   * @override
   */
  point({ type, clientX, clientY, pointerId }) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const { own } = this;
    const unit = own.side / this.composing.side;
    const [x, y] = [(clientX - left - own.x) / unit - 0.5, (clientY - top - own.y) / unit - 0.5];
    const inside = Math.min(x, y) >= -0.5 && Math.max(x, y) < this.composing.side - 0.5;
    const over = this.under(x, y);
    this.canvas.style.cursor = !inside ? "" : over < 0 ? "crosshair" : "grab";
    this.canvas.style.touchAction = inside ? "none" : "pan-y";
    if (type === "pointerdown" && inside) {
      this.held = over;
      this.moved = over < 0;
      if (over < 0) {
        this.add({ x, y });
        this.held = this.refused ? -1 : this.shapes.length - 1;
      }
      this.canvas.setPointerCapture(pointerId);
    } else if (type === "pointermove" && this.held >= 0) {
      const { x: fromX, y: fromY } = this.shapes[this.held];
      if (!this.moved && Math.hypot(x - fromX, y - fromY) < 2) return;
      this.moved = true;
      this.put(this.held, { x, y });
    }
  }

  /** @param {number} x @param {number} y */
  under(x, y) {
    const { sizes } = this.composing.drawing;
    return this.shapes.findIndex((shape) =>
      Math.hypot(shape.x - x, shape.y - y) < sizes[Number(shape.big)]);
  }

  /** Lets go of a shape; one that was not moved is taken away. */
  release() {
    const { held } = this;
    this.held = -1;
    if (held >= 0 && !this.moved) this.take(this.shapes.filter((_, i) => i !== held));
  }

  /**
   * @param {number} i of the shape
   * @param {{x: number, y: number}} at
   */
  put(i, at) {
    this.take(this.shapes.map((shape, k) => (k === i ? { ...shape, ...at } : shape)));
  }

  /**
   * Arrows move the shape that came last, Delete takes it away.
   *
   * @param {KeyboardEvent} event
   */
  key(event) {
    const [step, last] = [ARROWS[event.key], this.shapes.length - 1];
    if (last < 0 || (!step && event.key !== "Delete")) return;
    event.preventDefault();
    event.stopPropagation(); // else the view would step through the frames
    const { x, y } = this.shapes[last];
    if (step) this.put(last, { x: x + step[0], y: y + step[1] });
    else this.take(this.shapes.slice(0, -1));
  }

  // -------------------------------------------------------------------------- what nets say

  /** @override */
  compute() {
    const { now } = this;
    const weights = this.array("weights");
    if (!now || !weights) return;
    this.drawn = drawn(this.composing.drawing, this.shapes);
    let at = 0;
    this.answers = this.composing.nets.map((net) => {
      const rest = weights.values.slice(at);
      const p = parameters(rest, net);
      at += Object.values(p).reduce((sum, own) => sum + own.length, 0);
      return answer(net, p, this.drawn.image, this.read());
    });
    this.answers = this.merged(this.answers);
    super.compute();
  }

  /**
   * What nets are asked beside the scene.
   *
   * @returns {number[]}
   */
  read() {
    return [];
  }

  /** Lines of text below a picture. */
  get lines() {
    return this.composing.words ? LINES.length : 1;
  }

  /**
   * The answer of each row, of those of the nets; here a net is a row.
   *
   * @param {Answer[]} answers
   */
  merged(answers) {
    return answers;
  }

  /** How well a box covers the shape that it covers best. @param {number[]} box */
  covers(box) {
    return Math.max(0, ...this.drawn.boxes.map((own) => iou(own, box)));
  }

  /**
   * What is said, in a line.
   *
   * @param {number} i of the row
   * @returns {string}
   */
  line(i) {
    const { classes, nets, words } = this.composing;
    const { chances, box, kinds, said } = this.answers[i] ?? {};
    if (said) return said.map((word) => words?.[word]).join(" ");
    const parts = [];
    if (chances && nets[i].classes) {
      const top = chances.indexOf(Math.max(...chances));
      parts.push(`${classes[top]} ${percent(chances[top])}`);
    }
    if (box && nets[i].boxes) parts.push(`IoU ${this.covers(box).toFixed(2)}`);
    if (kinds) parts.push(this.view.word("composed.right", { right: ofShapes(kinds, this.drawn.pixels) }));
    return parts.join(", ");
  }

  /** @override */
  words() {
    const { now, shapes, view, refused } = this;
    const { learned } = this.composing;
    if (!now) return "";
    if (refused) return refused;
    const said = this.rows.map(({ label }, i) => `${label}: ${this.line(i)}`);
    const strange = shapes.length === learned ? "" :
      `${view.word(learned === 1 ? "composed.one" : "composed.two")} `;
    const how = view.word(shapes.length ? "composed.how" : "composed.none");
    return `${view.word("scenes.step", { step: now.step })} ${said.join("; ")}. ${strange}${how}`;
  }

  // ----------------------------------------------------------------------------- the picture

  /**
   * Where pictures are: as many in a row as are then largest.
   *
   * @param {number} width
   * @param {number} height
   */
  laid(width, height) {
    const n = this.rows.length + 1;
    const foot = this.lines * HIGH + 10;
    const ways = Array.from({ length: n }, (_, i) => {
      const [columns, rows] = [i + 1, Math.ceil(n / (i + 1))];
      const side = Math.floor(Math.min(WIDEST, (width - GAP * (columns - 1)) / columns,
        height / rows - TITLE - foot));
      return { columns, rows, side, high: rows * (side + TITLE + foot) };
    });
    const least = Math.min(120, Math.max(...ways.map(({ side }) => side)));
    return { foot, ...ways.findLast(({ side }) => side >= least) ?? ways[0] };
  }

  /** @override */
  draw() {
    const room = this.now && this.answers.length ? this.empty() : null;
    if (!room) return;
    const { c, width, height } = room;
    const { columns, side, foot } = this.laid(width, height);
    const across = Math.min(side + 4 * GAP, (width + GAP) / columns);
    const { dark } = this.view.theme;
    const titles = [{ label: this.view.word("composed.yours"), color: this.ink },
      ...this.rows];
    titles.forEach(({ label, color }, i) => {
      const place = { x: Math.round((i % columns) * across),
        y: Math.floor(i / columns) * (side + TITLE + foot) + TITLE, side };
      c.font = `14px ${this.font}`;
      c.textAlign = "left";
      c.fillStyle = i ? themed(color, dark) : color;
      c.fillText(label, place.x, place.y - TITLE / 2, across - GAP / 2);
      this.paintOne(c, i - 1, place);
      c.lineWidth = i ? 1 : 2;
      c.strokeStyle = this.ink;
      c.globalAlpha = i ? 0.3 : 0.8;
      c.strokeRect(place.x + 0.5, place.y + 0.5, side - 1, side - 1);
      c.globalAlpha = 1;
      c.lineWidth = 1;
      if (!i) this.own = place;
    });
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number} i of the row; -1 is the scene itself
   * @param {Place} place
   */
  paintOne(c, i, place) {
    const { image, pixels, boxes } = this.drawn;
    const { classes, nets, words } = this.composing;
    const { box, kinds, said } = this.answers[i] ?? {};
    if (kinds) this.paintKinds(c, place, kinds, pixels);
    else this.paintPixels(c, place, this.inked(Array.from(image, (ink) => Math.max(FULL * ink, 0))));
    if (box && nets[i].boxes) this.paintBoxes(c, place, boxes, box, nets[i].color);
    if (said && words) {
      const both = truths(this.shapes, classes.length);
      sentence(this, c, said, both.length ? closest(said, both) : said, place, words);
    } else if (i >= 0) {
      c.font = `14px ${this.font}`;
      c.textAlign = "center";
      c.fillStyle = this.ink;
      c.fillText(this.line(i), place.x + place.side / 2, place.y + place.side + 4 + HIGH / 2,
        place.side + GAP);
    }
  }
}
