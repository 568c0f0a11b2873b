// @ts-check
// The table of the pinned run and the one that the controls ask for: which settings differ, and
// what came of it at the playhead, seed by seed.

import { put } from "./panel.js";
import { resolve, take } from "./references.js";

/**
 * @import { Ref } from "./references.js"
 * @import { Run } from "./run.js"
 * @import { View } from "./view.js"
 *
 * @typedef {object} Outcome a line over the steps, and where its seeds' numbers are in either run
 * @property {string} title of its chart
 * @property {string} name
 * @property {boolean} percent
 * @property {Ref | null} then
 * @property {Ref | null} now
 *
 * @typedef {object} Differences what the page says (`differences` in explorer/compare.py)
 * @property {[label: string, then: string, now: string][]} settings
 * @property {Outcome[]} outcomes
 * @property {boolean} paired whether both runs have the same seeds
 */

const WAIT_MS = 250; // between two tables while it moves

export class Comparison {
  shown = ""; // of which frames of which runs
  shownAt = 0;
  /** @type {HTMLElement[][]} */
  cells = []; // by outcome

  /**
   * @param {View} view
   * @param {HTMLElement} box
   */
  constructor(view, box) {
    this.view = view;
    this.box = box;
  }

  get told() {
    return this.view.data.compare ?? null;
  }

  /** Another pin, or other settings beside it: the rows are made anew. */
  update() {
    const { told, view } = this;
    this.shown = "";
    this.box.replaceChildren();
    if (!told) return;
    const table = document.createElement("table");
    table.createCaption().textContent = view.word("compare.caption");
    const heads = ["", "compare.pinned", "compare.now", "compare.difference"];
    this.row(table.createTHead(), heads.map((key) => key && view.word(key)), "th");
    const body = table.createTBody();
    for (const setting of told.settings) this.row(body, [...setting, ""]);
    if (!told.settings.length) this.row(body, [view.word("compare.equal")]);
    this.cells = told.outcomes.map(({ title, name }) =>
      this.row(body, [name ? `${title}: ${name}` : title, "", "", ""]));
    this.box.append(table);
  }

  /**
   * @param {HTMLTableSectionElement} body
   * @param {string[]} texts
   * @param {"td" | "th"} [kind]
   */
  row(body, texts, kind = "td") {
    const row = body.insertRow();
    return texts.map((text) => {
      const cell = row.appendChild(document.createElement(kind));
      cell.textContent = text;
      return cell;
    });
  }

  /** What came of it so far. */
  show() {
    const { told, view: { run, other, transport, live } } = this;
    const frame = run.frames[live.current];
    if (!told || !other || !frame || live.painted !== run.token) return;
    const then = other.frames.findLast(({ step }) => step <= frame.step);
    const about = `${run.token} ${frame.step} ${then?.step}`;
    if (!then || about === this.shown) return;
    if (transport.isMoving && performance.now() - this.shownAt < WAIT_MS) return;
    this.shown = about;
    this.shownAt = performance.now();
    told.outcomes.forEach((outcome, i) => {
      const values = [seeds(outcome.then, other, then.arrays), seeds(outcome.now, run, frame.arrays)];
      const texts = [...values.map((v) => this.written(median(v), outcome)),
        this.difference(values[0], values[1], outcome)];
      texts.forEach((text, k) => put(this.cells[i][k + 1], text));
    });
  }

  /**
   * How the seeds differ: one by one where both runs have the same.
   *
   * @param {number[]} then
   * @param {number[]} now
   * @param {Outcome} outcome
   */
  difference(then, now, outcome) {
    const { view, told } = this;
    if (!then.length || !now.length) return "";
    if (!told?.paired || then.length !== now.length) {
      const [least, most] = [Math.min(...then), Math.max(...then)];
      return view.word("compare.unpaired",
        { least: this.written(least, outcome), most: this.written(most, outcome) });
    }
    const by = now.map((value, i) => value - then[i]);
    const [up, down] = [by.filter((d) => d > 0).length, by.filter((d) => d < 0).length];
    const of = by.length;
    const values = { by: this.written(median(by), outcome, true), of };
    if (of - up - down > Math.max(up, down)) {
      return view.word("compare.same", { n: of - up - down, of });
    }
    return up >= down ? view.word("compare.higher", { ...values, n: up })
      : view.word("compare.lower", { ...values, n: down });
  }

  /**
   * @param {number | null} value
   * @param {Outcome} outcome
   * @param {boolean} [signed]
   */
  written(value, { percent }, signed = false) {
    if (value === null) return this.view.word("compare.none");
    if (!Number.isFinite(value)) return this.view.word("chart.not_finite");
    const text = percent ? `${(100 * value).toFixed(1)} %`
      : Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
    if (!/[1-9]/.test(text)) return text.replace("-", ""); // what is rounded to 0 has no sign
    return signed && value > 0 ? `+${text}` : text.replace("-", "\u2212");
  }
}

/**
 * A line's numbers at a frame, one per seed.
 *
 * @param {Ref | null} ref
 * @param {Run} run
 * @param {import("./frames.js").Arrays} arrays
 * @returns {number[]}
 */
function seeds(ref, run, arrays) {
  return ref ? Array.from(take(resolve(ref, run.start), arrays)?.values ?? []) : [];
}

/** The middle one; of two their mean. @param {number[]} values */
function median(values) {
  const sorted = values.map((v) => (Number.isFinite(v) ? v : Infinity)).sort((a, b) => a - b);
  if (!sorted.length) return null;
  const half = sorted.length / 2;
  return (sorted[Math.floor(half - 0.5)] + sorted[Math.floor(half)]) / 2;
}
