// @ts-check
// Stick figures, and where nets say that their key points are.

import { themed } from "../theme.js";
import { Scenes } from "./scenes.js";

/**
 * @import { Cell, Place } from "./scenes.js"
 *
 * @typedef {number[][]} Points of a figure, x and y in pixels of the picture
 */

const BONES = [[0, 1], [2, -1], [3, -1], [1, 4], [1, 5]]; // -1: the shoulder
const SHOULDER = 4.4 / 6.8; // of the way from the hip to the head
const RIGHT = [3, 5]; // the right hand and foot

/** True figures, dashed, and those that are said. */
export class Posed extends Scenes {
  /** @override */
  legend() {
    return this.view.word("posed.legend");
  }

  /**
   * A figure's points. The array has a row for every net where a row is given.
   *
   * @param {number} column
   * @param {number} [row]
   * @returns {Points}
   */
  points(column, row) {
    const all = row === undefined ? this.part("true_points", column)
      : this.part("said_points", row, column);
    return Array.from({ length: all.length / 2 }, (_, i) => all.slice(2 * i, 2 * i + 2));
  }

  /**
   * How far each point is off, in pixels.
   *
   * @param {Cell} cell
   */
  off({ row, column }) {
    const said = this.points(column, row);
    return this.points(column).map(([x, y], i) => Math.hypot(x - said[i][0], y - said[i][1]));
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, { row, column }, place) {
    this.paintPixels(c, place, this.inked(this.part("image", column)).map((rgb) => rgb.map(
      (v) => Math.round(this.view.theme.dark ? 0.6 * v : 255 - 0.45 * (255 - v)))));
    c.save();
    c.beginPath();
    c.rect(place.x, place.y, place.side, place.side);
    c.clip();
    this.paintFigure(c, place, this.points(column), this.ink, [3, 3]);
    const color = themed(this.rows[row].color, this.view.theme.dark);
    this.paintFigure(c, place, this.points(column, row), color, []);
    c.restore();
  }

  /**
   * Draws bones, and the points of one that is said: those at the right are full.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Place} place
   * @param {Points} points
   * @param {string} color
   * @param {number[]} dash of a true one
   */
  paintFigure(c, { x, y, side }, points, color, dash) {
    const scale = side / this.options.side;
    const [head, hip] = points;
    const shoulder = hip.map((v, i) => v + SHOULDER * (head[i] - v));
    const at = [...points, shoulder].map(([a, b]) =>
      [x + (a + 0.5) * scale, y + (b + 0.5) * scale]);
    c.strokeStyle = color;
    c.lineWidth = dash.length ? 1.5 : 2.5;
    c.setLineDash(dash);
    for (const [from, to] of BONES) {
      c.beginPath();
      for (const i of [from, to]) {
        const [a, b] = at[i < 0 ? at.length - 1 : i];
        c.lineTo(a, b);
      }
      c.stroke();
    }
    c.setLineDash([]);
    if (dash.length) return;
    c.lineWidth = 2;
    at.slice(0, points.length).forEach(([a, b], i) => {
      c.beginPath();
      c.arc(a, b, Math.max(3, 0.6 * scale), 0, 7);
      c.fillStyle = RIGHT.includes(i) ? color : this.view.theme.dark ? "#1c1c1c" : "#ffffff";
      c.fill();
      c.stroke();
    });
    c.lineWidth = 1;
  }

  /**
   * @param {Cell} cell
   * @override
   */
  below(cell) {
    const off = this.off(cell);
    const mean = off.reduce((a, b) => a + b, 0) / off.length;
    return { text: this.view.word("posed.off", { off: mean.toFixed(1) }), wrong: false };
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told(cell) {
    const { classes } = this.options;
    const each = this.off(cell).map((off, i) => `${classes[i]} ${off.toFixed(1)}`);
    return this.view.word("posed.told", { net: this.rows[cell.row].label, each: each.join(", ") });
  }
}
