// @ts-check
// What nets say of scenes, word by word: a sentence below each picture, and where a net looks while
// it says each word of one.

import { part } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { percent } from "./canvas.js";
import { GAP, Scenes, TITLE } from "./scenes.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Cell, Place } from "./scenes.js"
 */

export const LINES = [2, 3, 5]; // words of a sentence up to the end of each line
export const HIGH = 16; // pixels of a line
const WHOLE = 1.5; // places: the radius of a disc that has all of a look

/**
 * Of the true sentences the one that has most words of what was said.
 *
 * @param {number[]} said
 * @param {number[][]} truths
 */
export function closest(said, truths) {
  const right = (/** @type {number[]} */ one) => one.filter((word, i) => word === said[i]).length;
  return truths.reduce((best, one) => (right(one) > right(best) ? one : best));
}

/** A sentence of each net below each scene; wrong words are struck through. */
export class Captioned extends Scenes {
  /** @override */
  foot = LINES.length * HIGH + 8;

  get vocabulary() {
    return this.options.words ?? [];
  }

  /**
   * What a net says of a scene, and what would have been right.
   *
   * @param {Cell} cell
   */
  sentences({ row, column }) {
    const said = this.part("said_words", row, column);
    const both = [0, 1].map((i) => this.part("true_words", column, i));
    return { said, truth: closest(said, both) };
  }

  /** @override */
  legend() {
    return this.view.word("scenes.words");
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, cell, place) {
    this.paintPixels(c, place, this.inked(this.part("image", cell.column)));
    const { said, truth } = this.sentences(cell);
    sentence(this, c, said, truth, place, this.vocabulary);
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told(cell) {
    const { said, truth } = this.sentences(cell);
    const write = (/** @type {number[]} */ words) =>
      words.map((word) => this.vocabulary[word]).join(" ");
    const right = said.every((word, i) => word === truth[i]);
    return this.view.word(right ? "scenes.true" : "scenes.false",
      { net: this.rows[cell.row].label, said: write(said), truth: write(truth) });
  }
}

/**
 * Writes a sentence below a picture, in three lines.
 *
 * @param {{font: string, ink: string, fault: string}} stage whose it is
 * @param {CanvasRenderingContext2D} c
 * @param {number[]} said
 * @param {number[]} truth what is wrong is no word of it
 * @param {Place} place
 * @param {string[]} words
 */
export function sentence(stage, c, said, truth, { x, y, side }, words) {
  c.font = `${side < 96 ? 12 : 14}px ${stage.font}`;
  c.textAlign = "left";
  const gap = c.measureText(" ").width;
  LINES.forEach((end, line) => {
    const first = line ? LINES[line - 1] : 0;
    const parts = said.slice(first, end).map((word, i) => ({
      text: words[word], wrong: word !== truth[first + i],
      width: c.measureText(words[word]).width }));
    const whole = parts.reduce((sum, { width }) => sum + width, gap * (parts.length - 1));
    let at = x + (side - whole) / 2;
    const middle = y + side + 4 + (line + 0.5) * HIGH;
    for (const { text, wrong, width } of parts) {
      c.fillStyle = wrong ? stage.fault : stage.ink;
      c.fillText(text, at, middle);
      if (wrong) c.fillRect(at, middle, width, 1);
      at += width + gap;
    }
  });
}

/** Where nets look for each word of a sentence: a row per net, a picture per word. */
export class Looked extends Captioned {
  /** @override */
  foot = HIGH + 8;
  scene = 0;

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, `<button type="button" data-looked="another">${
      escaped(view.word("scenes.another"))}</button>`);
    part(this.box, "[data-looked=another]", HTMLButtonElement).addEventListener("click", () => {
      this.scene = (this.scene + 1) % (this.array("image")?.shape[0] ?? 1);
      this.again();
    });
  }

  /** @override */
  get columns() {
    return this.array("looks")?.shape[2] ?? 0;
  }

  /**
   * Every word has its picture, however small it is on a phone.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   * @param {number} height
   * @override
   */
  arranged(c, width, height) {
    const room = super.arranged(c, width, height);
    const { columns: n } = this;
    return room.n < n ? { left: 0, title: TITLE, n, side: Math.floor((width + GAP) / n - GAP) } : room;
  }

  /** @override */
  legend() {
    return this.view.word("scenes.looks");
  }

  /**
   * What the net of a row says of the scene; the column is a word of it.
   *
   * @param {Cell} cell
   */
  whole({ row }) {
    return this.sentences({ row: this.rows[row].at ?? row, column: this.scene });
  }

  /**
   * Each place has a disc; its area is how much is looked there.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, { row, column }, place) {
    this.paintPixels(c, place, this.inked(this.part("image", this.scene)));
    const net = this.rows[row];
    const looks = this.part("looks", net.at ?? row, this.scene, column);
    const n = Math.sqrt(looks.length);
    const size = place.side / n;
    c.save();
    c.beginPath();
    c.rect(place.x, place.y, place.side, place.side);
    c.clip();
    c.fillStyle = themed(net.color, this.view.theme.dark);
    c.globalAlpha = 0.6;
    looks.forEach((look, i) => {
      c.beginPath();
      c.arc(place.x + ((i % n) + 0.5) * size, place.y + (Math.floor(i / n) + 0.5) * size,
        WHOLE * size * Math.sqrt(look / 255), 0, 7);
      c.fill();
    });
    c.restore();
  }

  /**
   * @param {Cell} cell
   * @override
   */
  below(cell) {
    const { said, truth } = this.whole(cell);
    const wrong = said[cell.column] !== truth[cell.column];
    const word = this.vocabulary[said[cell.column]];
    return { text: `${word}${wrong ? " ✗" : ""}`, wrong };
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told({ row, column }) {
    const net = this.rows[row];
    const looks = this.part("looks", net.at ?? row, this.scene, column);
    const most = Math.max(...looks);
    return this.view.word("scenes.look", { net: net.label,
      word: this.vocabulary[this.whole({ row, column }).said[column]],
      share: percent(most / 255), places: looks.length });
  }
}
