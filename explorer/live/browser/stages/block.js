// @ts-check
// Blocks of deep nets, one with a way past its layer: what goes forward through them, and the
// gradient back, a part at a time.

import { themed } from "../theme.js";
import { CanvasStage, INK, percent } from "./canvas.js";

/**
 * @typedef {object} Row a block
 * @property {string} label
 * @property {string} color of its net
 * @property {boolean} past whether there is a way past the layer
 *
 * @typedef {{rows: Row[], parts: string[], forward: number}} Options `parts`: names of what is
 *   measured, in the order of the array `norm` (net, part, seed); the first `forward` of them on
 *   the way forward
 */

/** @type {Record<string, string>} */
const SAID = { in: "block.in", layer: "block.layer", out: "block.out", arrives: "block.arrives",
  through: "block.through", past: "block.past", leaves: "block.leaves" };
const PALE = "light-dark(#9aa3ad, #6b7683)";
const SIZES = [13, 22]; // pixels of the letters, at least and at most
const HEAD = 7; // pixels of an arrow's head
const AT = { split: 0.25, layer: 0.47, sum: 0.73 }; // of the width
const WIDE = 0.1; // half of the layer's box

/** @extends {CanvasStage<Options>} */
export class Block extends CanvasStage {
  size = SIZES[0];

  /**
   * A part as a share of what comes in, or of the gradient that arrives; null where it is not there
   * yet.
   *
   * @param {number} row
   * @param {string} part
   */
  share(row, part) {
    const norm = this.array("norm");
    const { parts, forward } = this.options;
    if (!norm) return null;
    const [, n, seeds] = norm.shape;
    const at = (/** @type {number} */ i) => norm.values[(row * n + i) * seeds];
    const i = parts.indexOf(part);
    const share = at(i) / at(i < forward ? 0 : forward);
    return Number.isFinite(share) ? share : null;
  }

  /** Whether the gradient is on its way. */
  get back() {
    return this.frame >= this.options.forward;
  }

  /** @override */
  words() {
    return this.frame < 0 ? "" : this.view.word(SAID[this.options.parts[this.frame]]);
  }

  /** @override */
  compute() {
    this.show();
  }

  /** @override */
  draw() {
    const room = this.empty();
    if (!room || this.frame < 0) return;
    const high = room.height / this.options.rows.length;
    this.size = Math.min(Math.max(SIZES[0], room.width / 55), SIZES[1]);
    this.options.rows.forEach((row, i) => this.drawRow(room.c, row, i, room.width, i * high, high));
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Row} row
   * @param {number} i
   * @param {number} width
   * @param {number} top
   * @param {number} high
   */
  drawRow(c, { label, color, past }, i, width, top, high) {
    const own = themed(color, this.view.theme.dark);
    const x = { from: 4, split: AT.split * width, left: (AT.layer - WIDE) * width,
      right: (AT.layer + WIDE) * width, sum: AT.sum * width, to: width - 4 };
    const y = top + high * (past ? 0.72 : 0.6);
    const over = top + high * 0.36;
    const [input, output] = past ? [x.split, x.sum] : [x.left, x.right];
    this.write(c, label, x.from, top + this.size, own, "left");

    const back = this.back;
    const flow = (/** @type {string} */ there, /** @type {string} */ gone) =>
      this.share(i, back ? gone : there);
    this.way(c, [[x.from, y], [input, y]], flow("in", "leaves"), own);
    this.way(c, [[output, y], [x.to, y]], flow("out", "arrives"), own);
    if (past) {
      this.way(c, [[x.split, y], [x.left, y]], flow("in", "through"), own);
      this.way(c, [[x.right, y], [x.sum - 10, y]], flow("layer", "arrives"), own);
      this.way(c, [[x.split, y], [x.split, over], [x.sum, over], [x.sum, y - 10]],
        flow("in", "past"), own);
      this.sum(c, x.sum, y);
    }
    this.layer(c, x.left, x.right, y, Math.min(high * 0.2, 1.6 * this.size), own);

    const number = (/** @type {string} */ part, /** @type {number} */ at, /** @type {number} */ level) =>
      this.number(c, i, part, at, level);
    const [above, below] = [y - this.size - 2, y + this.size + 3];
    number("in", (x.from + input) / 2, above);
    number("out", (output + x.to) / 2, above);
    number("arrives", (output + x.to) / 2, below);
    number("leaves", (x.from + input) / 2, below);
    if (!past) return;
    number("layer", (x.right + x.sum) / 2, above);
    number("through", (x.split + x.left) / 2, below);
    number("past", AT.layer * width, over - this.size + 1);
  }

  /**
   * A way, as thick as what has gone it; an arrow in the direction in which it goes now.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {[number, number][]} points as one goes forward
   * @param {number | null} share null where nothing has gone it yet
   * @param {string} color
   */
  way(c, points, share, color) {
    const [x, y] = this.back ? points[0] : points[points.length - 1];
    const [nearX, nearY] = this.back ? points[1] : points[points.length - 2];
    c.strokeStyle = c.fillStyle = share === null ? themed(PALE, this.view.theme.dark) : color;
    c.lineWidth = share === null ? 1.5 : 1.5 + 4.5 * Math.min(share, 1.5);
    c.beginPath();
    for (const point of points) c.lineTo(...point);
    c.stroke();
    const turn = Math.atan2(y - nearY, x - nearX);
    const size = HEAD + c.lineWidth / 2;
    c.beginPath();
    for (const side of [0, 2.5, -2.5]) {
      c.lineTo(x + size * Math.cos(turn + side), y + size * Math.sin(turn + side));
    }
    c.fill();
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number} left
   * @param {number} right
   * @param {number} y
   * @param {number} half of its height
   * @param {string} color
   */
  layer(c, left, right, y, half, color) {
    c.fillStyle = themed("light-dark(#ffffff, #0e1117)", this.view.theme.dark);
    c.strokeStyle = color;
    c.lineWidth = 2;
    c.beginPath();
    c.rect(left, y - half, right - left, 2 * half);
    c.fill();
    c.stroke();
    this.write(c, this.view.word("block.box"), (left + right) / 2, y, this.ink, "center");
  }

  /**
   * Where both ways meet.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} x
   * @param {number} y
   */
  sum(c, x, y) {
    c.fillStyle = themed("light-dark(#ffffff, #0e1117)", this.view.theme.dark);
    c.strokeStyle = themed(INK, this.view.theme.dark);
    c.lineWidth = 2;
    c.beginPath();
    c.arc(x, y, 10, 0, 7);
    c.fill();
    c.stroke();
    c.beginPath();
    c.moveTo(x - 5, y);
    c.lineTo(x + 5, y);
    c.moveTo(x, y - 5);
    c.lineTo(x, y + 5);
    c.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number} row
   * @param {string} part
   * @param {number} x
   * @param {number} y
   */
  number(c, row, part, x, y) {
    const share = this.share(row, part);
    if (share === null) return;
    const now = this.options.parts[this.frame] === part;
    const forward = this.options.parts.indexOf(part) < this.options.forward;
    const words = forward ? `${percent(share)} →` : `← ${percent(share)}`;
    this.write(c, words, x, y, this.ink, "center", now);
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {string} color
   * @param {CanvasTextAlign} align
   * @param {boolean} [bold]
   */
  write(c, words, x, y, color, align, bold = false) {
    c.font = `${bold ? "bold " : ""}${this.size}px ${this.font}`;
    c.textAlign = align;
    c.fillStyle = color;
    c.fillText(words, x, y);
  }
}
