// @ts-check
// Small scenes side by side, and what nets say of them: a row per net. What a row shows of a scene
// is an heir's: boxes and classes, or what each pixel is taken for, or a look per word.

import { put } from "../panel.js";
import { themed } from "../theme.js";
import { CanvasStage, INK, percent } from "./canvas.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {{label: string, color: string, classes?: boolean, boxes?: boolean, at?: number}} Net
 *   `at`: its position in the arrays, where not all of them are shown
 * @typedef {{side: number, classes: string[], colors: string[], nets: Net[], words?: string[] | null}} Options
 * @typedef {{row: number, column: number}} Cell
 * @typedef {{x: number, y: number, side: number}} Place of a cell's picture
 */

export const GAP = 8; // pixels between pictures
export const TITLE = 22; // above a row
const FOOT = 20; // below a picture, for what is said of it
export const LEAST = 84; // pixels of a picture's side, or there are fewer of them
export const FULL = 200; // the number for full ink

/**
 * What an heir has to provide: `rows`, their titles and colours; `columns`; `paintCell()`;
 * `below()`, what stands below a picture; `told()`, what is said of a cell that is pointed at.
 *
 * @extends {CanvasStage<Options>}
 */
export class Scenes extends CanvasStage {
  /** @type {Cell | null} */
  hovered = null;
  /** @type {{cell: Cell, place: Place}[]} */
  places = []; // of the pictures on the canvas
  foot = FOOT;

  /**
   * @param {View} view
   * @param {StageSpec} spec
   * @param {string} [tools] HTML
   */
  constructor(view, spec, tools = "") {
    super(view, spec, tools);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.hover(null));
    this.pixel = document.createElement("canvas").getContext("2d");
  }

  /** @returns {Net[]} */
  get rows() {
    return this.options.nets;
  }

  /** How many pictures there are in a row. */
  get columns() {
    return this.array("image")?.shape[0] ?? 0;
  }

  /**
   * The numbers of an array's row, or of a row's row.
   *
   * @param {string} name
   * @param {number[]} at
   */
  part(name, ...at) {
    const found = this.array(name);
    if (!found) return [];
    const n = found.shape.slice(at.length).reduce((a, b) => a * b, 1);
    const first = at.reduce((sum, i, d) => sum * found.shape[d] + i, 0) * n;
    return Array.from(found.values.slice(first, first + n));
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
    const found = this.places.find(({ place }) =>
      x >= place.x && x < place.x + place.side && y >= place.y && y < place.y + place.side);
    this.hover(found?.cell ?? null);
  }

  /** @param {Cell | null} cell */
  hover(cell) {
    if (cell?.row === this.hovered?.row && cell?.column === this.hovered?.column) return;
    this.hovered = cell;
    this.show();
  }

  /** @override */
  words() {
    const { hovered, now, view } = this;
    if (!now) return "";
    const step = view.word("scenes.step", { step: now.step });
    return `${step} ${hovered ? this.told(hovered) : this.legend()}`;
  }

  /** What is to be known of all pictures. */
  legend() {
    return "";
  }

  /** @param {Cell} _cell */
  told(_cell) {
    return "";
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const room = this.now && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { left, title, n, side } = this.arranged(c, width, height);
    const across = Math.min(side + 3 * GAP, (width - left - side) / Math.max(n - 1, 1));
    const { ink } = this;
    this.places = [];
    this.rows.forEach((net, row) => {
      const top = row * (title + side + this.foot);
      this.label(c, net.label, 0, top + (title || side) / 2,
        themed(net.color, this.view.theme.dark), "left");
      for (let column = 0; column < n; column++) {
        const place = { x: Math.round(left + column * across), y: top + title, side };
        const cell = { row, column };
        this.paintCell(c, cell, place);
        c.strokeStyle = ink;
        c.globalAlpha = 0.3;
        c.strokeRect(place.x + 0.5, place.y + 0.5, side - 1, side - 1);
        c.globalAlpha = 1;
        const { text, wrong } = this.below(cell);
        c.font = `${side < 84 ? 12 : 14}px ${this.font}`;
        c.textAlign = "center";
        c.fillStyle = wrong ? this.fault : ink;
        c.fillText(text, place.x + side / 2, place.y + side + FOOT / 2, side + GAP);
        this.places.push({ cell, place });
      }
    });
  }

  /**
   * The names of rows above or beside their pictures, whichever leaves these larger.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   * @param {number} height
   */
  arranged(c, width, height) {
    c.font = `14px ${this.font}`;
    const names = Math.max(...this.rows.map(({ label }) => c.measureText(label).width)) + 2 * GAP;
    const ways = [[0, TITLE], [names, 0]].map(([left, title]) => {
      const high = height / this.rows.length - title - this.foot;
      const fit = Math.floor((width - left + GAP) / (Math.min(LEAST, high) + GAP));
      const n = Math.min(this.columns, Math.max(2, fit));
      const side = Math.floor(Math.min((width - left - GAP * (n - 1)) / n, high));
      return { left, title, n, side };
    });
    return ways[1].side > ways[0].side ? ways[1] : ways[0];
  }

  /**
   * @param {CanvasRenderingContext2D} _c
   * @param {Cell} _cell
   * @param {Place} _place
   */
  paintCell(_c, _cell, _place) {}

  /**
   * @param {Cell} _cell
   * @returns {{text: string, wrong: boolean}}
   */
  below(_cell) {
    return { text: "", wrong: false };
  }

  /**
   * Draws a picture of pixels.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Place} place
   * @param {number[][]} colors per pixel red, green and blue
   */
  paintPixels(c, { x, y, side }, colors) {
    const n = this.options.side;
    const { pixel } = this;
    if (!pixel) return;
    pixel.canvas.width = pixel.canvas.height = n;
    const data = pixel.createImageData(n, n);
    colors.forEach((rgb, i) => data.data.set([...rgb, 255], 4 * i));
    pixel.putImageData(data, 0, 0);
    c.imageSmoothingEnabled = false;
    c.drawImage(pixel.canvas, x, y, side, side);
  }

  /**
   * Ink on paper; in the dark, chalk on a board.
   *
   * @param {number[]} values
   */
  inked(values) {
    const [paper, ink] = this.view.theme.dark ? [28, 245] : [255, 16];
    return values.map((v) => new Array(3).fill(paper + (ink - paper) * Math.min(v / FULL, 1)));
  }

  /**
   * Draws a colour per shape, and a dot where a pixel is taken for something that it is not.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Place} place
   * @param {number[]} said per pixel 0 or a class from 1 on
   * @param {number[]} truth
   */
  paintKinds(c, place, said, truth) {
    const { dark } = this.view.theme;
    const { colors, side } = this.options;
    const paper = dark ? [28, 28, 28] : [255, 255, 255];
    const own = colors.map((color) => rgb(themed(color, dark)));
    this.paintPixels(c, place, said.map((kind) => (kind ? own[kind - 1] : paper)));
    const size = place.side / side;
    c.fillStyle = dark ? "#ffffff" : "#101010";
    truth.forEach((kind, i) => {
      if (kind === said[i]) return;
      c.fillRect(place.x + ((i % side) + 0.3) * size, place.y + (Math.floor(i / side) + 0.3) * size,
        0.4 * size, 0.4 * size);
    });
  }

  /**
   * Draws the true boxes, dashed, and one that is said.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Place} place
   * @param {number[][]} truths
   * @param {number[]} said
   * @param {string} color
   */
  paintBoxes(c, place, truths, said, color) {
    const { dark } = this.view.theme;
    c.setLineDash([4, 3]);
    for (const box of truths) this.paintBox(c, place, box, dark ? "#ffffff" : "#101010", 2);
    c.setLineDash([]);
    this.paintBox(c, place, said, themed(color, dark), 3);
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Place} place
   * @param {number[]} box
   * @param {string} color
   * @param {number} thick
   */
  paintBox(c, { x, y, side }, [left, top, right, bottom], color, thick) {
    const scale = side / this.options.side;
    c.save();
    c.beginPath();
    c.rect(x, y, side, side);
    c.clip();
    c.strokeStyle = color;
    c.lineWidth = thick;
    c.strokeRect(x + left * scale, y + top * scale, (right - left) * scale, (bottom - top) * scale);
    c.restore();
    c.lineWidth = 1;
  }

  /**
   * Writes what a box is said to be, above it or below, where there is room.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Place} place
   * @param {number[]} box
   * @param {string} text
   * @param {boolean} right
   * @param {boolean} [under] whether rather below
   */
  paintName(c, place, [left, top, right_, bottom], text, right, under = false) {
    const { y, side } = place;
    const scale = side / this.options.side;
    const [above, below] = [y + top * scale - 9, y + bottom * scale + 9];
    const fits = under ? below < y + side - 8 : above <= y + 8;
    const line = Math.min(Math.max(fits ? below : above, y + 8), y + side - 8);
    this.paintText(c, place, (left + right_) / 2 * scale, line, text, right);
  }

  /**
   * Writes on a picture.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Place} place
   * @param {number} at the text's middle, from the picture's left edge
   * @param {number} line its middle on the canvas
   * @param {string} text
   * @param {boolean} right
   */
  paintText(c, { x, side }, at, line, text, right) {
    c.font = `600 12px ${this.font}`;
    c.textAlign = "center";
    const half = c.measureText(text).width / 2 + 2;
    const middle = Math.min(Math.max(x + at, x + half), x + side - half);
    c.fillStyle = this.view.theme.dark ? "#1c1c1ccc" : "#ffffffcc";
    c.fillRect(middle - half, line - 7, 2 * half, 14);
    c.fillStyle = right ? this.ink : this.fault;
    c.fillText(text, middle, line);
  }
}

/** Boxes and classes, where nets see them. */
export class Found extends Scenes {
  /** @override */
  legend() {
    return this.view.word("scenes.boxes");
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, { row, column }, place) {
    this.paintPixels(c, place, this.inked(this.part("image", column)));
    const net = this.rows[row];
    if (!net.boxes) return;
    this.paintBoxes(c, place, [this.part("true_box", column)], this.part("said_box", row, column),
      net.color);
  }

  /**
   * @param {Cell} cell
   * @override
   */
  below({ row, column }) {
    const net = this.rows[row];
    if (!net.classes) return { text: this.covered(row, column).toFixed(2), wrong: false };
    const said = this.part("said_class", row)[column];
    const wrong = said !== this.part("true_class")[column];
    return { text: `${this.options.classes[said]}${wrong ? " ✗" : ""}`, wrong };
  }

  /**
   * Intersection over union.
   *
   * @param {number} row
   * @param {number} column
   */
  covered(row, column) {
    return iou(this.part("said_box", row, column), this.part("true_box", column));
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told({ row, column }) {
    const { classes, nets } = this.options;
    const found = { net: nets[row].label, class: classes[this.part("said_class", row)[column]],
      truth: classes[this.part("true_class")[column]],
      iou: this.covered(row, column).toFixed(2) };
    const parts = [];
    if (nets[row].classes) parts.push(this.view.word("scenes.class", found));
    if (nets[row].boxes) parts.push(this.view.word("scenes.box", found));
    return parts.join(" ");
  }
}

/**
 * @param {number[]} a left, top, right, bottom
 * @param {number[]} b
 */
export function iou(a, b) {
  const area = (/** @type {number[]} */ [left, top, right, bottom]) =>
    Math.max(right - left, 0) * Math.max(bottom - top, 0);
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]),
    Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both / (area(a) + area(b) - both);
}

/**
 * The share of the shapes' pixels that are right, to be read.
 *
 * @param {number[]} said
 * @param {number[]} truth
 */
export function ofShapes(said, truth) {
  const shapes = truth.flatMap((kind, i) => (kind ? [Number(kind === said[i])] : []));
  return shapes.length ? percent(shapes.reduce((a, b) => a + b, 0) / shapes.length) : "–";
}

/** What each pixel is taken for; a dot where that is wrong. */
export class Segmented extends Scenes {
  /** @override */
  foot = 4;

  /**
   * The scene itself, what is true of it, and each net.
   *
   * @override
   */
  get rows() {
    const row = (/** @type {string} */ key) => ({ label: this.view.word(key), color: INK });
    return [row("scenes.scene"), row("scenes.truth"), ...this.options.nets];
  }

  /** @override */
  legend() {
    return this.view.word("scenes.pixels");
  }

  /**
   * What a row says of a scene's pixels; nothing where it is the scene itself.
   *
   * @param {Cell} cell
   */
  kinds({ row, column }) {
    return row === 0 ? [] : row === 1 ? this.part("true", column)
      : this.part("said", row - 2, column);
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, cell, place) {
    if (cell.row === 0) {
      this.paintPixels(c, place, this.inked(this.part("image", cell.column)));
      return;
    }
    this.paintKinds(c, place, this.kinds(cell), this.part("true", cell.column));
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told(cell) {
    const { classes, nets } = this.options;
    const truth = this.part("true", cell.column);
    const shapes = [...new Set(truth)].filter((kind) => kind).map((kind) => classes[kind - 1]);
    const all = { shapes: shapes.join(", ") };
    if (cell.row < 2) return this.view.word("scenes.shapes", all);
    const said = this.kinds(cell);
    const right = said.filter((kind, i) => kind === truth[i]).length / truth.length;
    return this.view.word("scenes.right", { net: nets[cell.row - 2].label,
      right: percent(right), shapes: ofShapes(said, truth) });
  }
}

/** @param {string} hex as #rrggbb */
export const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
