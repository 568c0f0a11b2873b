// @ts-check
// What two language models are asked in an update: the words as each reads them, and below each the
// word that it is to say. One net reads some words as gaps and sees all; one sees what is before.

import { put } from "../panel.js";
import { themed } from "../theme.js";
import { CanvasStage } from "./canvas.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {"masked" | "causal"} Net
 * @typedef {{words: string[], colors: Record<Net, string>}} Options
 * @typedef {{read: string, asked: string, other: boolean}} Word `other`: something else is read than
 *   what stands there, or nothing
 * @typedef {{net: Net, line: number, place: number, x: number, y: number, w: number}} Box
 */

const LINE = 46; // pixels of a sentence: what is read, and what is to be said
const TITLE = 24; // pixels
const GAP_BETWEEN = 10; // pixels between words
const PALE = 0.3; // of what a place does not see
const NETS = /** @type {Net[]} */ (["masked", "causal"]);
/** @type {Record<Net, string>} */
const TITLES = { masked: "masks.masked", causal: "masks.causal" };

/** @extends {CanvasStage<Options>} */
export class Masks extends CanvasStage {
  /** @type {Record<Net, Word[][]> | null} */
  shown = null;
  /** @type {Box[]} */
  boxes = []; // the words on the canvas
  /** @type {{line: number, place: number}} */
  at = { line: 0, place: -1 }; // the word that is pointed at

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec);
    for (const kind of ["pointermove", "pointerdown"]) {
      this.canvas.addEventListener(kind, (event) =>
        this.point(/** @type {PointerEvent} */ (event)));
    }
    this.canvas.addEventListener("pointerleave", () => this.hover(0, -1));
  }

  /** @override */
  compute() {
    const [sentences, instead] = ["sentences", "put"].map((name) => this.array(name));
    if (!this.now || !sentences || !instead) return;
    const { words } = this.options;
    const [n, length] = /** @type {[number, number]} */ (sentences.shape);
    const lines = Array.from({ length: n }, (_, i) => {
      const row = [...sentences.values.slice(i * length, (i + 1) * length)];
      return { row: row.slice(0, row.findIndex((word) => words[word] === ".") + 1),
        masks: [...instead.values.slice(i * length, (i + 1) * length)] };
    });
    const [gap, start] = ["masks.gap", "masks.start"].map((key) => this.view.word(key));
    this.shown = {
      masked: lines.map(({ row, masks }) => row.map((word, t) => ({
        read: masks[t] < 0 ? words[word] : words[masks[t]] ?? gap,
        asked: masks[t] < 0 ? "" : words[word], other: masks[t] >= 0 && masks[t] !== word }))),
      causal: lines.map(({ row }) => row.map((word, t) => ({
        read: t ? words[row[t - 1]] : start, asked: words[word], other: false }))),
    };
    this.changed = true;
    put(this.sentence, this.words());
  }

  // ------------------------------------------------------------------------ what is pointed at

  /** @param {PointerEvent} event */
  point(event) {
    const room = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - room.left, event.clientY - room.top];
    const box = this.boxes.find((one) =>
      x >= one.x && x < one.x + one.w && y >= one.y && y < one.y + LINE);
    this.hover(box?.line ?? 0, box?.place ?? -1);
  }

  /** @param {number} line @param {number} place */
  hover(line, place) {
    if (line === this.at.line && place === this.at.place) return;
    this.at = { line, place };
    this.show();
  }

  /** @override */
  words() {
    const { shown, now, view, at } = this;
    if (!shown || !now) return "";
    const n = this.fitting(shown);
    const count = (/** @type {Net} */ net) =>
      shown[net].slice(0, n).flat().filter(({ asked }) => asked).length;
    if (at.place < 0 || !shown.causal[at.line]?.[at.place]) {
      return view.word("masks.asked", {
        step: now.step, bert: count("masked"), gpt: count("causal") });
    }
    const before = shown.causal[at.line].slice(1, at.place + 1).map(({ read }) => read).join(" ");
    const { asked } = shown.masked[at.line][at.place];
    const word = shown.causal[at.line][at.place].asked;
    return [view.word(at.place ? "masks.gpt_sees" : "masks.gpt_first", { word, before }),
      view.word(asked ? "masks.bert_sees" : "masks.bert_not", { word })].join(" ");
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const { shown } = this;
    const room = shown && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    this.boxes = [];
    const n = this.fitting(shown);
    NETS.forEach((net, i) => {
      let y = (i * height) / NETS.length;
      this.label(c, this.view.word(TITLES[net]), 0, y + 10, this.ink, "left");
      y += TITLE;
      shown[net].slice(0, n).forEach((sentence, line) => {
        this.drawLine(c, net, line, sentence, width, y);
        y += this.rows(c, sentence, width) * LINE;
      });
    });
  }

  /**
   * For how many sentences there is room, the same for both nets.
   *
   * @param {Record<Net, Word[][]>} shown
   */
  fitting(shown) {
    const c = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const of = NETS.map((net) => {
      let y = TITLE;
      const ends = shown[net].map((line) => (y += this.rows(c, line, width) * LINE));
      return ends.filter((end) => end <= height / NETS.length).length;
    });
    return Math.max(1, Math.min(...of));
  }

  /**
   * How wide each word is.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Word} word
   */
  widthOf(c, { read, asked }) {
    c.font = `bold 14px ${this.font}`;
    return Math.max(c.measureText(read).width, c.measureText(asked).width) + 8;
  }

  /**
   * How many rows a sentence takes.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Word[]} sentence
   * @param {number} width
   */
  rows(c, sentence, width) {
    let [x, n] = [0, 1];
    for (const word of sentence) {
      const w = this.widthOf(c, word);
      if (x + w > width) [x, n] = [0, n + 1];
      x += w + GAP_BETWEEN;
    }
    return n;
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Net} net
   * @param {number} line
   * @param {Word[]} sentence
   * @param {number} width
   * @param {number} y
   */
  drawLine(c, net, line, sentence, width, y) {
    const own = themed(this.options.colors[net], this.view.theme.dark);
    const pointed = this.at.place >= 0 && this.at.line === line ? this.at.place : -1;
    let x = 0;
    sentence.forEach((word, place) => {
      const w = this.widthOf(c, word);
      if (x + w > width) [x, y] = [0, y + LINE];
      this.boxes.push({ net, line, place, x, y, w: w + GAP_BETWEEN });
      const seen = pointed < 0 || net === "masked" || place <= pointed;
      c.globalAlpha = seen ? 1 : PALE;
      c.font = `14px ${this.font}`;
      c.textAlign = "center";
      c.fillStyle = this.ink;
      c.fillText(word.read, x + w / 2, y + 11);
      if (net === "masked" && word.asked) {
        c.strokeStyle = own;
        c.lineWidth = 1.5;
        c.setLineDash(word.other ? [] : [3, 3]);
        c.strokeRect(x + 0.75, y + 1.5, w - 1.5, 19);
        c.setLineDash([]);
      }
      c.globalAlpha = pointed < 0 || place === pointed ? 1 : PALE;
      c.font = `bold 14px ${this.font}`;
      c.fillStyle = own;
      c.fillText(word.asked, x + w / 2, y + 31);
      c.globalAlpha = 1;
      x += w + GAP_BETWEEN;
    });
  }
}
