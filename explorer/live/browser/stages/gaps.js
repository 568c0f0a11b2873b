// @ts-check
// Two language models at work on one sentence: one fills its gap from both sides, the other goes
// on from the words before it. Both are run from the weights of the current frame, and stand beside
// what the language itself would say, which is known.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { CanvasStage, percent } from "./canvas.js";
import { drawn, known, randoms, sharpened } from "./grammar.js";
import { parameters } from "./layers.js";
import { PLAIN, fields, listen } from "./sampling.js";
import { see } from "./transformer.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 * @import { Language } from "./grammar.js"
 * @import { Parameters } from "./layers.js"
 * @import { Drawing } from "./sampling.js"
 * @import { Body } from "./transformer.js"
 *
 * @typedef {{net: Body, language: Language, examples: string[],
 *   colors: {causal: string, masked: string}}} Options
 * @typedef {{chances: number[], truth: number[] | null}} Guess what a net says of a place, and what
 *   the language does
 * @typedef {{fills: Guess, goesOn: Guess, written: number[][], chances: number[]}} Shown `written`:
 *   by GPT and by BERT; `chances`: with which GPT's word is drawn
 */

const ROW = 23; // pixels
const ROWS = 7;
const HEAD = 30; // pixels above the bars
const LABEL = 90; // pixels for a word
const FIGURES = 46; // pixels for a share
const FOOT = 64; // pixels for what is written
const LINE = 20; // pixels
const NARROW = 480; // pixels, below which a sentence takes two lines

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <label>${word("gaps.write")} <input type="text" data-gaps="field" spellcheck="false" size="44"
    class="lv-wide-field" autocomplete="off" autocapitalize="off" translate="no"></label>
  <button type="button" data-gaps="another">${word("translator.another")}</button>
  ${fields(word)}`;

/** @extends {CanvasStage<Options>} */
export class Gaps extends CanvasStage {
  /** @type {number[]} */
  tokens = []; // words by number; the gap has the number after the last word's
  hole = 0; // the place of the first gap
  examples = 0; // that were asked for
  draws = 0; // that were asked for
  drawing = PLAIN;
  /** @type {Shown | null} */
  shown = null;

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.field = part(this.box, "[data-gaps=field]", HTMLInputElement);
    this.listen();
  }

  listen() {
    const { box, field } = this;
    field.addEventListener("input", () => this.write(field.value));
    part(box, "[data-gaps=another]", HTMLButtonElement).addEventListener("click", () => {
      const { examples } = this.options;
      this.examples = (this.examples + 1) % examples.length;
      this.write(examples[this.examples]);
    });
    listen(this, (changed) => this.set(changed), () => {
      this.draws += 1;
      this.again();
    });
  }

  /** The symbol of a gap. */
  get gap() {
    return this.options.language.words.length;
  }

  /** @override */
  offer() {
    if (this.tokens.length) return;
    this.write(this.options.examples[0]);
  }

  // ------------------------------------------------------------------------ what is asked

  /**
   * Reads what a visitor writes, if it can be read.
   *
   * @param {string} text
   */
  write(text) {
    const { words, length } = this.options.language;
    if (this.field.value !== text) this.field.value = text;
    const parts = text.toLowerCase().replaceAll(/([._])/g, " $1 ").split(/\s+/).filter(Boolean);
    const unknown = parts.find((word) => word !== "_" && !words.includes(word));
    if (!parts.includes("_") && parts.at(-1) !== ".") parts.push("_");
    this.refuse(this.field, unknown
      ? this.view.word("gaps.unknown", { word: unknown, known: words.join(", ") })
      : parts.length > length || !parts.includes("_")
        ? this.view.word("gaps.long", { most: length - 1 }) : "");
    if (!this.refused) {
      const numbers = parts.map((word) => (word === "_" ? this.gap : words.indexOf(word)));
      // after its full stop a sentence is filled up with them; one without has not been told
      const rest = parts.at(-1) === "." ? words.indexOf(".") : this.gap;
      this.tokens = [...numbers, ...new Array(length - numbers.length).fill(rest)];
      this.hole = parts.indexOf("_");
    }
    this.again();
  }

  /**
   * Sets how words are drawn.
   *
   * @param {Partial<Drawing>} changed
   */
  set(changed) {
    this.drawing = { ...this.drawing, ...changed };
    this.again();
  }

  /** @override */
  compute() {
    const { now, tokens, hole } = this;
    if (!now || !tokens.length) return;
    const { net, language } = this.options;
    const weights = /** @type {Numbers} */ (now.arrays.weights).values;
    const half = weights.length / 2;
    const [causal, masked] = [0, 1].map((i) =>
      parameters(weights.slice(i * half, (i + 1) * half), net));
    const unknown = tokens.map((word, t) => (t >= hole ? this.gap : word));
    const fills = see({ ...net, causal: false }, masked, tokens).chances[hole];
    const goesOn = this.next(causal, tokens.slice(0, hole));
    this.shown = {
      fills: { chances: fills, truth: known(language, tokens, hole) },
      goesOn: { chances: goesOn, truth: known(language, unknown, hole) },
      chances: sharpened(goesOn, this.drawing),
      written: [this.writeOn((words) => this.next(causal, words)),
        this.writeOn((words) => this.nextMasked(masked, words))],
    };
    this.changed = true;
    put(this.sentence, this.words());
  }

  /**
   * What GPT expects after some words.
   *
   * @param {Parameters} p
   * @param {number[]} words
   */
  next(p, words) {
    const { net } = this.options;
    return see({ ...net, causal: true }, p, [this.gap, ...words]).chances[words.length];
  }

  /**
   * What BERT expects after some words, all the rest being masked.
   *
   * @param {Parameters} p
   * @param {number[]} words
   */
  nextMasked(p, words) {
    const { net, language } = this.options;
    const gaps = new Array(language.length - words.length).fill(this.gap);
    return see({ ...net, causal: false }, p, [...words, ...gaps]).chances[words.length];
  }

  /**
   * The words that a net adds to those before the gap.
   *
   * @param {(words: number[]) => number[]} next
   */
  writeOn(next) {
    const { words, length } = this.options.language;
    const found = this.tokens.slice(0, this.hole);
    for (const u of randoms(this.draws, length).slice(this.hole)) {
      found.push(drawn(sharpened(next(found), this.drawing), u));
      if (words[found[found.length - 1]] === ".") break;
    }
    return found.slice(this.hole);
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    const { shown, now, view } = this;
    if (this.refused) return this.refused;
    if (!shown || !now) return "";
    const { words } = this.options.language;
    const best = (/** @type {number[]} */ p) => p.indexOf(Math.max(...p));
    const { fills: { chances, truth }, goesOn } = shown;
    const of = { step: now.step, word: words[best(chances)], share: percent(Math.max(...chances)) };
    const filled = truth
      ? view.word("gaps.at", { ...of, truth: words[best(truth)], of: percent(Math.max(...truth)) })
      : view.word("gaps.impossible", of);
    return `${filled} ${view.word("gaps.next", { word: words[best(goesOn.chances)],
      share: percent(Math.max(...goesOn.chances)) })}`;
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const { shown } = this;
    const room = shown && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { dark } = this.view.theme;
    const ink = this.ink;
    const { colors } = this.options;
    const narrow = width < NARROW;
    const [gap, foot] = narrow ? [10, 2 * FOOT - LINE] : [28, FOOT];
    const w = (width - gap) / 2;
    const rows = Math.min(ROWS + 1, Math.floor((height - foot - HEAD) / ROW));
    this.bars(c, { x: 0, w, rows }, "gaps.fills", shown.fills.chances, shown.fills,
      themed(colors.masked, dark), ink);
    this.bars(c, { x: w + gap, w, rows }, "gaps.goes_on", shown.chances, shown.goesOn,
      themed(colors.causal, dark), ink);
    const y = this.drawWritten(c, "gaps.gpt_writes", shown.written[0], width, height - foot + 12,
      { ink, own: themed(colors.causal, dark) });
    this.drawWritten(c, "gaps.bert_writes", shown.written[1], width, y,
      { ink, own: themed(colors.masked, dark) });
  }

  /**
   * A bar per word, and an upright line where the language has it.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {{x: number, w: number, rows: number}} box
   * @param {string} title
   * @param {number[]} chances
   * @param {Guess} guess
   * @param {string} color
   * @param {string} ink
   */
  bars(c, { x, w, rows }, title, chances, { truth }, color, ink) {
    const { words } = this.options.language;
    this.label(c, this.view.word(title), x, 10, ink, "left");
    const chosen = listed(chances, truth, rows - 1);
    const rest = (/** @type {number[]} */ p) =>
      p.reduce((sum, share, word) => (chosen.includes(word) ? sum : sum + share), 0);
    const scale = w - LABEL - FIGURES;
    [...chosen, -1].forEach((word, i) => {
      const at = HEAD + i * ROW;
      const share = word < 0 ? rest(chances) : chances[word];
      const own = truth && (word < 0 ? rest(truth) : truth[word]);
      this.label(c, word < 0 ? this.view.word("gaps.others") : words[word], x + LABEL - 8, at + 8,
        ink, "right");
      c.fillStyle = color;
      c.fillRect(x + LABEL, at, Math.max(share * scale, 1), 16);
      this.label(c, percent(share), x + w, at + 8, ink, "right");
      if (own === null) return;
      c.fillStyle = ink;
      c.fillRect(x + LABEL + own * scale - 1, at - 3, 2.5, 22);
    });
  }

  /**
   * The sentence as a net goes on with it; gives where the next line begins.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {string} title
   * @param {number[]} written
   * @param {number} width
   * @param {number} y
   * @param {{ink: string, own: string}} colors
   */
  drawWritten(c, title, written, width, y, { ink, own }) {
    const { words } = this.options.language;
    let x = 0;
    const say = (/** @type {string} */ text, /** @type {string} */ color, bold = false) => {
      c.font = `${bold ? "bold " : ""}14px ${this.font}`;
      const w = c.measureText(`${text} `).width;
      if (x + w > width) {
        x = 0;
        y += LINE;
      }
      c.textAlign = "left";
      c.fillStyle = color;
      c.fillText(text, x, y);
      x += w;
    };
    say(this.view.word(title), ink);
    this.tokens.slice(0, this.hole).forEach((word) => say(words[word], ink));
    written.forEach((word) => say(words[word], own, true));
    return y + LINE;
  }
}

/**
 * The words that are shown: the language's likeliest first, so that they stay where they are while
 * a net learns; then the net's.
 *
 * @param {number[]} chances
 * @param {number[] | null} truth
 * @param {number} n
 */
function listed(chances, truth, n) {
  const order = (/** @type {number[]} */ p) =>
    p.map((_, word) => word).sort((a, b) => p[b] - p[a] || a - b);
  const own = order(chances);
  const first = truth ? order(truth).filter((word) => truth[word] > 0.005).slice(0, n - 2) : [];
  return [...first, ...own.filter((word) => !first.includes(word))].slice(0, n);
}
