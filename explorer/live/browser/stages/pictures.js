// @ts-check
// A stage of one picture per net, side by side as far as they fit, into which a visitor clicks.

import { CanvasStage } from "./canvas.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

export const NAME = 40; // pixels above a picture, for its name and a line more
const GAP = 18; // between pictures
const ROOM = 150; // pixels that a picture has at least, if there are several in a row
const NEAR = 14; // pixels, within which a click is meant for what is there

/**
 * What an heir has to provide beside what a canvas asks for: `names`, one per picture, and
 * `clicked()`.
 *
 * @template Options
 * @extends {CanvasStage<Options>}
 */
export class Pictures extends CanvasStage {
  /** @type {Box[]} */
  boxes = []; // where they are on the canvas
  foot = 0; // pixels below a picture, for its axis
  square = false; // whether a picture is as high as it is wide

  /**
   * @param {View} view
   * @param {StageSpec} spec
   * @param {string} tools HTML
   */
  constructor(view, spec, tools) {
    super(view, spec, tools);
    this.canvas.style.cursor = "crosshair";
    this.canvas.addEventListener("click", ({ offsetX: x, offsetY: y }) => {
      const box = this.boxes.find((b) =>
        x >= b.x && x <= b.x + b.width && y >= b.y && y <= b.y + b.height);
      if (box) this.clicked(box, x, y);
    });
  }

  /** @returns {string[]} */
  get names() {
    return [];
  }

  /**
   * A click into a picture.
   *
   * @param {Box} _box
   * @param {number} _x on the canvas
   * @param {number} _y
   */
  clicked(_box, _x, _y) {}

  /**
   * Those that are not where a click was.
   *
   * @template Point
   * @param {Point[]} points
   * @param {(point: Point) => [number, number]} at where one is on the canvas
   * @param {number} x
   * @param {number} y
   */
  away(points, at, x, y) {
    return points.filter((point) => Math.hypot(at(point)[0] - x, at(point)[1] - y) > NEAR);
  }

  /**
   * Pictures one below the other are as high each as one alone.
   *
   * @param {number | null} height
   * @override
   */
  fit(height) {
    super.fit(height);
    const { rows } = this.arranged(this.canvas.clientWidth);
    if (!height && this.spec && rows > 1) {
      this.canvas.style.height = `${rows * 0.72 * this.spec.height}px`;
    }
  }

  /** @override */
  get least() {
    return 150 + 160 * this.arranged(this.canvas.clientWidth).rows;
  }

  /**
   * How many stand beside each other, and one below the other.
   *
   * @param {number} width
   */
  arranged(width) {
    const n = this.spec ? this.names.length : 1;
    const most = Math.max(1, Math.min(n, Math.floor((width + GAP) / (ROOM + GAP))));
    const rows = Math.ceil(n / most);
    return { rows, columns: Math.ceil(n / rows) };
  }

  /**
   * What one picture has, where so many stand beside each other.
   *
   * @param {number} columns
   * @param {number} width
   * @param {number} height
   */
  sizes(columns, width, height) {
    const w = (width - GAP * (columns - 1)) / columns;
    const h = height / Math.ceil(this.names.length / columns);
    return { columns, w, h, side: Math.min(w, h - NAME - this.foot) };
  }

  /**
   * How many squares stand beside each other where they are largest.
   *
   * @param {number} width
   * @param {number} height
   */
  largest(width, height) {
    const ways = this.names.map((_, i) => this.sizes(i + 1, width, height));
    return ways.reduce((best, way) => (way.side > best.side ? way : best));
  }

  /**
   * Finds each picture its place.
   *
   * @param {number} width of the canvas
   * @param {number} height
   */
  arrange(width, height) {
    const { columns } = this.square ? this.largest(width, height) : this.arranged(width);
    const { w, h, side } = this.sizes(columns, width, height);
    const size = this.square ? { width: side, height: side }
      : { width: w, height: h - NAME - this.foot };
    this.boxes = this.names.map((_, i) => ({
      x: (i % columns) * (w + GAP), y: Math.floor(i / columns) * h + NAME, ...size }));
  }
}
