// @ts-check
// Embeddings of images on a sphere that can be turned. The one that is pointed at shows its image
// and those of its nearest neighbours, by all numbers of the embeddings.

import { put } from "../panel.js";
import { themed } from "../theme.js";
import { CanvasStage, percent } from "./canvas.js";
import { neighbours, rowsOf, turned } from "./globe.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Neighbour } from "./globe.js"
 *
 * @typedef {{method: number, side: number, classes: {label: string, color: string}[]}} Options
 *   `method`: which of those that the arrays hold
 * @typedef {{point: number, x: number, y: number, depth: number}} Spot
 */

const N_NEAREST = 5;
const NEAR = 16; // pixels at which a point is pointed at
const PER_PIXEL = 0.01; // how far a drag turns
const PER_KEY = 0.15;
const STEEPEST = 1.4;
const LOW = 200; // pixels: below this height there is room for the sphere alone
const LEAST = 420; // pixels on a phone: for the sphere, and for the images below it
const PANEL = 172; // pixels for the image and its neighbours
/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @extends {CanvasStage<Options>} */
export class Sphere extends CanvasStage {
  yaw = 0.6;
  pitch = 0.35;
  picked = 0; // the point whose neighbours are shown
  /** @type {{x: number, y: number} | null} */
  held = null; // where a drag is
  /** @type {Spot[]} */
  spots = []; // on the canvas, from the back to the front
  /** @type {Neighbour[]} */
  nearest = [];
  agreeing = 0; // the share of points whose nearest one has their class

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec);
    this.sentence.style.minHeight = "3em"; // two lines, whatever it says: the picture stays
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.addEventListener("pointerdown", (event) => this.hold(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => (this.held = null));
    }
    canvas.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      this.turn(way[0] * PER_KEY, way[1] * PER_KEY);
    });
  }

  /** @override */
  get least() {
    return LEAST;
  }

  /** A part of what the frame says of the method. @param {string} name */
  part(name) {
    return rowsOf(/** @type {Numbers} */ (this.now?.arrays[name]), this.options.method);
  }

  /** The class of a point. @param {number} point */
  classOf(point) {
    return /** @type {Numbers} */ (this.now?.arrays.class).values[point];
  }

  // ------------------------------------------------------------------------ neighbours

  /** @override */
  compute() {
    if (!this.now) return;
    const rows = this.part("embedding");
    this.picked = Math.min(this.picked, rows.n - 1);
    this.nearest = neighbours(rows, this.picked, N_NEAREST);
    let right = 0;
    for (let i = 0; i < rows.n; i++) {
      if (this.classOf(neighbours(rows, i, 1)[0].point) === this.classOf(i)) right++;
    }
    this.agreeing = right / rows.n;
    this.changed = true;
    put(this.sentence, this.words());
  }

  /** @override */
  words() {
    const { now, nearest, options } = this;
    if (!now || !nearest.length) return "";
    const own = this.classOf(this.picked);
    const hits = nearest.filter(({ point }) => this.classOf(point) === own).length;
    return this.view.word("sphere.says", {
      step: now.step, share: percent(this.agreeing), class: options.classes[own].label, hits,
      n: nearest.length });
  }

  // --------------------------------------------------------------------- turned by hand

  /** @param {PointerEvent} event */
  hold(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.held = { x: event.clientX, y: event.clientY };
    this.point(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.held) return this.point(event);
    const { x, y } = this.held;
    this.held = { x: event.clientX, y: event.clientY };
    this.turn((event.clientX - x) * PER_PIXEL, (event.clientY - y) * PER_PIXEL);
  }

  /**
   * @param {number} across
   * @param {number} down
   */
  turn(across, down) {
    this.yaw += across;
    this.pitch = Math.min(Math.max(this.pitch + down, -STEEPEST), STEEPEST);
    this.draw();
  }

  /** @param {PointerEvent} event */
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, far] = [-1, NEAR];
    for (const spot of this.spots) { // those in front come last
      const distance = Math.hypot(spot.x - x, spot.y - y) - 3 * spot.depth;
      if (distance < far) [best, far] = [spot.point, distance];
    }
    if (best < 0 || best === this.picked) return;
    this.picked = best;
    this.nearest = neighbours(this.part("embedding"), best, N_NEAREST);
    this.show();
  }

  // ----------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const room = this.now && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { dark } = this.view.theme;
    const ink = this.ink;
    const wide = height >= LOW && width > height * 1.05;
    const bare = height < LOW; // no room for images
    const [w, h] = wide ? [width - PANEL, height] : [width, height - (bare ? 0 : 96)];
    const r = Math.max(Math.min(w, h) / 2 - 12, 10);
    this.drawGlobe(c, w / 2, h / 2, r, ink);
    this.drawPoints(c, w / 2, h / 2, r, dark);
    if (bare) return;
    if (wide) this.drawPicked(c, w + 4, 4, height, ink, true);
    else this.drawPicked(c, 0, h + 4, height - h, ink, false);
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number} x of the middle
   * @param {number} y
   * @param {number} r
   * @param {string} ink
   */
  drawGlobe(c, x, y, r, ink) {
    c.strokeStyle = ink;
    c.lineWidth = 1;
    c.globalAlpha = 0.5;
    c.beginPath();
    c.arc(x, y, r, 0, 2 * Math.PI);
    c.stroke();
    const around = Array.from({ length: 49 }, (_, i) => (i / 48) * 2 * Math.PI);
    /** @type {number[][][]} */
    const lines = [
      ...[-0.5, 0, 0.5].map((up) => around.map((a) => [
        Math.sqrt(1 - up * up) * Math.cos(a), up, Math.sqrt(1 - up * up) * Math.sin(a)])),
      ...[0, 1, 2].map((k) => around.map((a) => [Math.cos(a) * Math.cos(k * Math.PI / 3),
        Math.sin(a), Math.cos(a) * Math.sin(k * Math.PI / 3)])),
    ];
    c.globalAlpha = 0.13;
    for (const line of lines) {
      c.beginPath();
      for (const [px, py, pz] of line) {
        const [across, up] = turned([px, py, pz], this.yaw, this.pitch);
        c.lineTo(x + r * across, y - r * up);
      }
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  /**
   * Every image as the digit that is on it; pale and small at the back.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} x of the middle
   * @param {number} y
   * @param {number} r
   * @param {boolean} dark
   */
  drawPoints(c, x, y, r, dark) {
    const { n, at } = this.part("places");
    const { classes } = this.options;
    const marked = new Set(this.nearest.map(({ point }) => point));
    this.spots = Array.from({ length: n }, (_, point) => {
      const place = [at(point, 0), at(point, 1), at(point, 2)];
      const [across, up, depth] = turned(place, this.yaw, this.pitch);
      return { point, x: x + r * across, y: y - r * up, depth };
    }).sort((a, b) => a.depth - b.depth);
    const size = Math.max(11, Math.min(16, r / 11));
    c.textAlign = "center";
    for (const spot of this.spots) {
      const { label, color } = classes[this.classOf(spot.point)];
      const chosen = spot.point === this.picked;
      c.globalAlpha = chosen ? 1 : 0.65 + 0.35 * spot.depth;
      c.fillStyle = themed(color, dark);
      c.font = `bold ${size * (1 + 0.2 * spot.depth)}px ${this.font}`;
      c.fillText(label, spot.x, spot.y);
      if (!chosen && !marked.has(spot.point)) continue;
      c.globalAlpha = 1;
      c.strokeStyle = this.ink;
      c.lineWidth = chosen ? 2.5 : 1.2;
      c.beginPath();
      c.arc(spot.x, spot.y, chosen ? 12 : 10, 0, 2 * Math.PI);
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  /**
   * The image that is pointed at, and its neighbours with their cosines.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} x
   * @param {number} y
   * @param {number} height
   * @param {string} ink
   * @param {boolean} upright whether there is room below each other, else beside
   */
  drawPicked(c, x, y, height, ink, upright) {
    const word = (/** @type {string} */ key) => this.view.word(key);
    if (upright) {
      this.label(c, word("sphere.picked"), x, y + 8, ink, "left");
      this.image(c, this.picked, x, y + 20, 72);
      this.label(c, word("sphere.nearest"), x, y + 112, ink, "left");
      const step = Math.min((height - 136) / N_NEAREST, 46);
      this.nearest.forEach(({ point, cosine }, i) => {
        const top = y + 126 + i * step;
        this.image(c, point, x, top, step - 6);
        this.label(c, cosine.toFixed(2), x + step + 4, top + step / 2 - 3, ink, "left");
      });
      return;
    }
    const side = 46;
    this.label(c, word("sphere.picked"), x, y + 6, ink, "left");
    this.label(c, word("sphere.nearest"), x + 2 * side, y + 6, ink, "left");
    this.image(c, this.picked, x, y + 18, side);
    this.nearest.forEach(({ point, cosine }, i) => {
      const left = x + 2 * side + i * (side + 6);
      this.image(c, point, left, y + 18, side);
      this.label(c, cosine.toFixed(2), left + side / 2, y + 18 + side + 10, ink, "center");
    });
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number} point
   * @param {number} x
   * @param {number} y
   * @param {number} size
   */
  image(c, point, x, y, size) {
    const { side } = this.options;
    const { values } = /** @type {Numbers} */ (this.now?.arrays.images);
    const unit = size / side;
    c.fillStyle = "#101010"; // images are bright on dark in both themes
    c.fillRect(x, y, size, size);
    for (let i = 0; i < side * side; i++) {
      const ink = Math.min(255, 1.25 * values[point * side * side + i]);
      if (ink < 12) continue;
      c.fillStyle = `rgb(${ink} ${ink} ${ink})`;
      const [left, top] = [(i % side) * unit, Math.floor(i / side) * unit];
      c.fillRect(x + left, y + top, Math.min(unit + 0.5, size - left),
        Math.min(unit + 0.5, size - top));
    }
  }
}
