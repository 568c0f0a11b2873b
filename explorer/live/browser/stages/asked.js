// @ts-check
// A question about each scene, and the answers of nets; which question is the visitor's.

import { part } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { INK } from "./canvas.js";
import { GAP, Scenes } from "./scenes.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Cell, Place } from "./scenes.js"
 */

const LINE = 20; // pixels between two answers
const WIDE = 96; // pixels of a picture's side, for the question below it
const OWN = "own"; // each scene its own question, whose answer is a shape
const TURNED = "turned"; // the opposite of it, whose answer is that nothing is there

/** A row of scenes, and below each a question and the answers of all nets. */
export class Asked extends Scenes {
  question = OWN;

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, `<label>${escaped(view.word("asked.question"))}
      <select data-asked="question"></select></label>`);
    this.select = part(this.box, "[data-asked=question]", HTMLSelectElement);
    this.select.addEventListener("change", () => {
      this.question = this.select.value;
      this.again();
    });
  }

  /**
   * One for all nets: they are asked about the same scenes.
   *
   * @override
   */
  get rows() {
    return [{ label: "", color: INK }];
  }

  /** How shapes may stand to each other, and the answers there are. */
  get vocabulary() {
    const words = this.options.words ?? [];
    const n = words.length - this.options.classes.length - 1;
    return { relations: words.slice(0, n), answers: words.slice(n) };
  }

  /** @override */
  offer() {
    if (this.select.options.length) return;
    const { view } = this;
    const each = this.vocabulary.relations.flatMap((relation, r) => this.options.classes.map(
      (shape, s) => new Option(view.word("asked.what", { relation, shape }), `${r} ${s}`)));
    this.select.replaceChildren(new Option(view.word("asked.own"), OWN),
      new Option(view.word("asked.turned"), TURNED), ...each);
  }

  /**
   * The relation and the shape that are asked about a scene.
   *
   * @param {number} column
   */
  about(column) {
    if (this.question !== OWN && this.question !== TURNED) {
      return this.question.split(" ").map(Number);
    }
    const [relation, shape] = this.part("asked", column);
    const n = this.vocabulary.relations.length;
    return [this.question === OWN ? relation : (relation + n / 2) % n, shape];
  }

  /**
   * What is asked about a scene, what is true, and what the nets answer.
   *
   * @param {number} column
   */
  answers(column) {
    const { relations, answers } = this.vocabulary;
    const [relation, shape] = this.about(column);
    const truth = this.part("true", column, relation)[shape];
    const said = this.options.nets.map((_, i) => this.part("said", i, column, relation)[shape]);
    return { relation: relations[relation], shape: this.options.classes[shape],
      absent: truth >= answers.length, truth: answers[truth],
      said: said.map((answer) => ({ text: answers[answer], wrong: answer !== truth })) };
  }

  /** @override */
  legend() {
    return this.view.word("asked.legend");
  }

  /**
   * Room for the nets' names at the left, and for a line of each below the pictures.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   * @param {number} height
   * @override
   */
  arranged(c, width, height) {
    c.font = `14px ${this.font}`;
    const { nets } = this.options;
    const left = Math.max(...nets.map(({ label }) => c.measureText(label).width)) + 2 * GAP;
    this.foot = (nets.length + 1) * LINE + GAP;
    const high = height - this.foot;
    const fit = Math.floor((width - left + GAP) / (WIDE + GAP));
    const n = Math.min(this.columns, Math.max(2, fit));
    return { left, title: 0, n, side: Math.floor(Math.min((width - left - GAP * (n - 1)) / n, high)) };
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Cell} cell
   * @param {Place} place
   * @override
   */
  paintCell(c, { column }, place) {
    this.paintPixels(c, place, this.inked(this.part("image", column)));
    const { relation, shape, said, absent } = this.answers(column);
    const line = (/** @type {number} */ i) => place.y + place.side + GAP + (i + 0.5) * LINE;
    const middle = place.x + place.side / 2;
    c.font = `600 13px ${this.font}`;
    c.textAlign = "center";
    c.fillStyle = this.ink;
    c.fillText(this.view.word("asked.short", { relation, shape }), middle, line(0),
      place.side + GAP);
    said.forEach(({ text, wrong }, i) => {
      c.font = `14px ${this.font}`;
      c.textAlign = "center";
      c.globalAlpha = absent ? 0.6 : 1;
      c.fillStyle = wrong && !absent ? this.fault : this.ink;
      c.fillText(text, middle, line(i + 1), place.side + GAP);
      const { width } = c.measureText(text);
      if (wrong && !absent) c.fillRect(middle - width / 2, line(i + 1), width, 1);
      c.globalAlpha = 1;
      const { label, color } = this.options.nets[i];
      if (!column) {
        this.label(c, label, 0, line(i + 1), themed(color, this.view.theme.dark), "left");
      }
    });
  }

  /**
   * @param {Cell} cell
   * @override
   */
  told({ column }) {
    const { relation, shape, truth, absent } = this.answers(column);
    return this.view.word(absent ? "asked.absent" : "asked.true", { relation, shape, truth });
  }
}
