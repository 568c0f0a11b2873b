// @ts-check
// A question about each scene, and the answers of nets; which question is the visitor's, and if they
// like the scene, too.

import { part } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { INK } from "./canvas.js";
import { HIGH } from "./captioned.js";
import { Composed } from "./composed.js";
import { truths } from "./drawn.js";
import { FULL, GAP, Scenes } from "./scenes.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Cell, Options, Place } from "./scenes.js"
 */

const LINE = 20; // pixels between two answers
const WIDE = 96; // pixels of a picture's side, for the question below it
const OWN = "own"; // each scene its own question, whose answer is a shape
const TURNED = "turned"; // the opposite of it, whose answer is that nothing is there

/** The tool that chooses a question. @param {View} view */
const choice = (view) => `<label>${escaped(view.word("asked.question"))}
  <select data-asked="question"></select></label>`;

/**
 * All questions, for a select that has none yet.
 *
 * @param {View} view
 * @param {HTMLSelectElement} select
 * @param {string[]} relations
 * @param {string[]} shapes
 */
function offered(view, select, relations, shapes) {
  if (select.options.length) return;
  const each = relations.flatMap((relation, r) => shapes.map(
    (shape, s) => new Option(view.word("asked.what", { relation, shape }), `${r} ${s}`)));
  select.replaceChildren(new Option(view.word("asked.own"), OWN),
    new Option(view.word("asked.turned"), TURNED), ...each);
}

/**
 * The relation and the shape that are asked about.
 *
 * @param {string} question that was chosen
 * @param {number[]} own the scene's own, whose answer is a shape
 * @param {number} n of relations
 */
function about(question, [relation, shape], n) {
  if (question === OWN) return [relation, shape];
  return question === TURNED ? [(relation + n / 2) % n, shape] : question.split(" ").map(Number);
}

/**
 * What a visitor chooses a question with.
 *
 * @param {Asked | AskedOwn} stage
 */
function chooser(stage) {
  const select = part(stage.box, "[data-asked=question]", HTMLSelectElement);
  select.addEventListener("change", () => {
    stage.question = select.value;
    stage.again();
  });
  return select;
}

/** How shapes may stand to each other, and the answers there are. @param {Options} options */
function vocabulary({ words, classes }) {
  const n = (words ?? []).length - classes.length - 1;
  return { relations: (words ?? []).slice(0, n), answers: (words ?? []).slice(n) };
}

/** A row of scenes, and below each a question and the answers of all nets. */
export class Asked extends Scenes {
  question = OWN;

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, choice(view));
    this.select = chooser(this);
  }

  /**
   * One for all nets: they are asked about the same scenes.
   *
   * @override
   */
  get rows() {
    return [{ label: "", color: INK }];
  }

  get vocabulary() {
    return vocabulary(this.options);
  }

  /** @override */
  offer() {
    offered(this.view, this.select, this.vocabulary.relations, this.options.classes);
  }

  /**
   * The relation and the shape that are asked about a scene.
   *
   * @param {number} column
   */
  about(column) {
    return about(this.question, this.part("asked", column), this.vocabulary.relations.length);
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

/** A question about a scene that a visitor puts together. */
export class AskedOwn extends Composed {
  question = OWN;

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, choice(view));
    this.select = chooser(this);
  }

  get vocabulary() {
    return vocabulary(this.options);
  }

  /** @override */
  get lines() {
    return 1;
  }

  /** @override */
  offer() {
    super.offer();
    offered(this.view, this.select, this.vocabulary.relations, this.options.classes);
  }

  /** The relation and the shape that are asked about, and the answer; none if the shape is away. */
  get query() {
    const [n, { length }] = [this.options.classes.length, this.vocabulary.relations];
    const both = truths(this.shapes, n).map(([, answer, relation, , shape]) =>
      ({ answer: answer - 2, relation: relation - 2 - n, shape: shape - 2 }));
    const own = both.length ? [both[0].relation, both[0].shape] : [0, this.shapes[0]?.shape ?? 0];
    const [relation, shape] = about(this.question, own, length);
    const there = both.filter((one) => one.shape === shape);
    const found = there.find((one) => one.relation === relation);
    return { relation, shape, truth: found?.answer ?? (there.length === 1 ? n : -1) };
  }

  /** @override */
  read() {
    const { relation, shape } = this.query;
    const [n, { length }] = [this.options.classes.length, this.vocabulary.relations];
    return Array.from({ length: length + n }, (_, i) => Number(i === relation || i === length + shape));
  }

  /**
   * @param {number} i
   * @override
   */
  line(i) {
    const { reply } = this.answers[i] ?? {};
    const { truth } = this.query;
    if (reply === undefined) return "";
    return `${this.vocabulary.answers[reply]}${truth >= 0 && truth !== reply ? " ✗" : ""}`;
  }

  /** @override */
  words() {
    if (this.refused || !this.now) return super.words();
    const { relation, shape } = this.query;
    const { relations } = this.vocabulary;
    return `${this.view.word("asked.what", { relation: relations[relation],
      shape: this.options.classes[shape] })} ${super.words()}`;
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number} i
   * @param {Place} place
   * @override
   */
  paintOne(c, i, place) {
    const ink = Array.from(this.drawn.image, (value) => Math.max(FULL * value, 0));
    this.paintPixels(c, place, this.inked(ink));
    const { relation, shape } = this.query;
    const text = i < 0 ? this.view.word("asked.short", {
      relation: this.vocabulary.relations[relation], shape: this.options.classes[shape] }) :
      this.line(i);
    c.font = `${i < 0 ? "600 13" : "14"}px ${this.font}`;
    c.textAlign = "center";
    c.fillStyle = text.endsWith("✗") ? this.fault : this.ink;
    c.fillText(text, place.x + place.side / 2, place.y + place.side + 4 + HIGH / 2,
      place.side + GAP);
  }
}
