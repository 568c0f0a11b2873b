// @ts-check
// The table of the pinned runs and the one that the controls ask for: which settings differ, and
// what came of it at the playhead, seed by seed.

import { put } from "./panel.js";
import { resolve, take } from "./references.js";

/**
 * @import { Ref } from "./references.js"
 * @import { Run } from "./run.js"
 * @import { View } from "./view.js"
 *
 * @typedef {object} Outcome a line over the steps, and where its seeds' numbers are in each run
 * @property {string} title of its chart
 * @property {string} name
 * @property {boolean} percent
 * @property {(Ref | null)[]} runs those that are pinned, and the one that is not
 *
 * @typedef {object} Differences what the page says (`differences` in explorer/compare.py)
 * @property {string[][]} settings what each is called, and its value in each run
 * @property {Outcome[]} outcomes
 * @property {boolean[]} paired of each pinned run, whether it has the seeds of the one that is not
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
    const n = told.paired.length;
    const caption = n > 1 ? "compare.caption_of" : "compare.caption";
    table.createCaption().textContent = view.word(caption);
    const heads = told.paired.flatMap((_, i) => [
      view.word(n > 1 ? "compare.pinned_of" : "compare.pinned", { n: i + 1 }),
      ...(n > 1 ? [view.word("compare.now_less", { n: i + 1 })] : [])]);
    const last = [view.word("compare.now"), ...(n > 1 ? [] : [view.word("compare.difference")])];
    this.row(table.createTHead(), ["", ...heads, ...last], "th");
    const body = table.createTBody();
    for (const [label, ...values] of told.settings) {
      this.row(body, [label, ...this.ordered(values, values.slice(1).map(() => ""))]);
    }
    if (!told.settings.length) this.row(body, [view.word("compare.equal")]);
    this.cells = told.outcomes.map(({ title, name, runs }) => {
      const empty = runs.map(() => "");
      const texts = this.ordered(empty, empty.slice(1));
      return this.row(body, [name ? `${title}: ${name}` : title, ...texts]);
    });
    this.box.append(table);
  }

  /**
   * The cells of a row in their order: of one pinned run both values, then the difference; of more
   * each one's value and how far the new run is from it.
   *
   * @param {string[]} values of the pinned runs and the new one
   * @param {string[]} differences from each pinned run
   */
  ordered(values, differences) {
    if (differences.length === 1) return [...values, ...differences];
    return [...differences.flatMap((text, i) => [values[i], text]), values[values.length - 1]];
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
    const { told, view: { run, others, transport, live } } = this;
    const frame = run.frames[live.current];
    if (!told || !frame || live.painted !== run.token) return;
    const before = others.map((other) => other.frames.findLast(({ step }) => step <= frame.step));
    const about = [run.token, frame.step, ...before.map((then) => then?.step)].join(" ");
    if (about === this.shown || !before.every((then) => then)) return;
    if (transport.isMoving && performance.now() - this.shownAt < WAIT_MS) return;
    this.shown = about;
    this.shownAt = performance.now();
    told.outcomes.forEach((outcome, i) => {
      const values = [...others, run].map((of, k) =>
        seeds(outcome.runs[k], of, (before[k] ?? frame).arrays));
      const now = values[others.length];
      const texts = this.ordered(values.map((v) => this.written(median(v), outcome)),
        others.map((_, k) => this.difference(values[k], now, outcome, told.paired[k])));
      texts.forEach((text, k) => put(this.cells[i][k + 1], text));
    });
  }

  /**
   * How the seeds differ: one by one where both runs have the same.
   *
   * @param {number[]} then
   * @param {number[]} now
   * @param {Outcome} outcome
   * @param {boolean} paired
   */
  difference(then, now, outcome, paired) {
    const { view } = this;
    if (!then.length || !now.length) return "";
    if (!paired || then.length !== now.length) {
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
