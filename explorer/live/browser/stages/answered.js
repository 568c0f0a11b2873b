// @ts-check
// Four answers to one picture: what both shapes are and where, what each pixel is taken for, and a
// sentence. A row is a net, or several of which each answers what it is asked.

import { themed } from "../theme.js";
import { HIGH, LINES, closest, sentence } from "./captioned.js";
import { Composed } from "./composed.js";
import { truths } from "./drawn.js";
import { FULL, LEAST, TITLE, iou, ofShapes, rgb, Scenes } from "./scenes.js";

/**
 * @import { Options as Composing } from "./composed.js"
 * @import { Cell, Net, Options as Scene, Place } from "./scenes.js"
 * @import { Answer } from "./seer.js"
 *
 * @typedef {Net & {of: Record<string, number>}} Row `of`: the net that answers each question
 * @typedef {{classes: number[], boxes: number[][], pixels: number[], sentences: number[][]}} Truth
 *   classes and sentences are of two shapes, of whichever is the first
 */

const TINT = 0.55; // of a colour that says what a pixel is taken for

/**
 * Draws a scene, and what is said of it.
 *
 * @param {Scenes} stage
 * @param {CanvasRenderingContext2D} c
 * @param {Place} place
 * @param {number[]} ink
 * @param {Answer} answer
 * @param {Truth} truth
 * @param {string} color of boxes
 */
function paintAnswer(stage, c, place, ink, { classes, boxes, kinds, said }, truth, color) {
  const { dark } = stage.view.theme;
  const { classes: names, colors, words } = stage.options;
  const own = colors.map((one) => rgb(themed(one, dark)));
  stage.paintPixels(c, place, stage.inked(ink).map((grey, i) => (kinds?.[i] ?
    own[kinds[i] - 1].map((v, k) => Math.round(TINT * v + (1 - TINT) * grey[k])) : grey)));
  if (boxes) {
    c.setLineDash([4, 3]);
    for (const box of truth.boxes) stage.paintBox(c, place, box, stage.ink, 1.5);
    c.setLineDash([]);
    for (const box of boxes) stage.paintBox(c, place, box, themed(color, dark), 3);
  }
  classes?.forEach((kind, i) => {
    const right = !truth.classes.length || kind === truth.classes[i];
    const text = `${names[kind]}${right ? "" : " ✗"}`;
    if (boxes) stage.paintName(c, place, boxes[i], text, right, i > 0);
    else stage.paintText(c, place, place.side / 2, place.y + 9 + 15 * i, text, right);
  });
  if (!said || !words) return;
  const { sentences } = truth;
  sentence(stage, c, said, sentences.length ? closest(said, sentences) : said, place, words);
}

/**
 * What is said of a scene, in a line.
 *
 * @param {Scenes} stage
 * @param {Answer} answer
 * @param {Truth} truth
 */
function told(stage, { classes, boxes, kinds, said }, truth) {
  const { classes: names, words } = stage.options;
  const parts = [];
  if (classes) parts.push(classes.map((kind) => names[kind]).join(", "));
  if (boxes) parts.push(stage.view.word("answered.boxes", { iou: boxes.map((box) =>
    Math.max(0, ...truth.boxes.map((own) => iou(own, box))).toFixed(2)).join(", ") }));
  if (kinds) {
    parts.push(stage.view.word("composed.right", { right: ofShapes(kinds, truth.pixels) }));
  }
  if (said) parts.push(`"${said.map((word) => words?.[word]).join(" ")}"`);
  return parts.join("; ");
}

/** Scenes that are the same for all, with all answers of each row. */
export class Answered extends Scenes {
  /** @override */
  foot = LINES.length * HIGH + 8;

  /** @override */
  get least() {
    return 110 + this.rows.length * (TITLE + LEAST + this.foot); // the title, and what is said
  }

  /** @param {number} row @returns {Record<string, number | undefined>} */
  of(row) {
    return /** @type {Row} */ (this.rows[row]).of;
  }

  /**
   * What a row says of a scene.
   *
   * @param {Cell} cell
   * @returns {Answer}
   */
  answer({ row, column }) {
    const of = this.of(row);
    const own = (/** @type {string} */ question, /** @type {string} */ name) => {
      const net = of[question];
      return net === undefined ? undefined : this.part(name, net, column);
    };
    const edges = own("box", "said_box");
    return { classes: own("class", "said_class"), kinds: own("pixels", "said_pixels"),
      said: own("sentence", "said_words"), boxes: edges && [edges.slice(0, 4), edges.slice(4)] };
  }

  /** @param {number} column @returns {Truth} */
  truth(column) {
    const both = (/** @type {string} */ name) => [0, 1].map((i) => this.part(name, column, i));
    return { classes: this.part("true_class", column), boxes: both("true_box"),
      pixels: this.part("true_pixels", column), sentences: both("true_words") };
  }

  /** @override */
  legend() {
    return this.view.word("answered.legend");
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, cell, place) {
    paintAnswer(this, c, place, this.part("image", cell.column), this.answer(cell),
      this.truth(cell.column), this.rows[cell.row].color);
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told(cell) {
    const { label } = this.rows[cell.row];
    const truth = this.truth(cell.column);
    const words = truth.sentences[0].map((word) => this.options.words?.[word]).join(" ");
    return this.view.word("answered.told", { net: label,
      said: told(this, this.answer(cell), truth), truth: words });
  }
}

/** The same of a scene that a visitor puts together. */
export class AnsweredOwn extends Composed {
  /** @type {Answer[]} */
  each = []; // of the nets; a row may have those of several

  /** @override */
  get rows() {
    return /** @type {Scene & {rows: Row[]}} */ (/** @type {unknown} */ (this.composing)).rows;
  }

  /**
   * @param {Answer[]} answers
   * @override
   */
  merged(answers) {
    this.each = answers;
    return this.rows.map(({ of }) => {
      const { classes } = of.class === undefined ? {} : answers[of.class];
      const { boxes } = of.box === undefined ? {} : answers[of.box];
      const { kinds } = of.pixels === undefined ? {} : answers[of.pixels];
      const { said } = of.sentence === undefined ? {} : answers[of.sentence];
      return { classes, boxes, kinds, said };
    });
  }

  /** @returns {Truth} */
  get truth() {
    const { classes } = /** @type {Composing} */ (this.composing);
    const sentences = truths(this.shapes, classes.length);
    const of = sentences.length ? [1, 4].map((i) => sentences[0][i] - 2) : [];
    return { classes: of, boxes: this.drawn.boxes, pixels: this.drawn.pixels, sentences };
  }

  /**
   * @param {number} i
   * @override
   */
  line(i) {
    return told(this, this.answers[i] ?? {}, this.truth);
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number} i
   * @param {Place} place
   * @override
   */
  paintOne(c, i, place) {
    const ink = Array.from(this.drawn.image, (value) => Math.max(FULL * value, 0));
    paintAnswer(this, c, place, ink, this.answers[i] ?? {}, this.truth,
      i < 0 ? "" : this.rows[i].color);
  }
}
