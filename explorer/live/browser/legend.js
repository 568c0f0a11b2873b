// @ts-check
// One legend for all charts of a view: an entry per legend group, drawn as its first line is.

import { groupOf } from "./chart.js";
import { themed } from "./theme.js";

/**
 * @import { ChartSpec } from "./chart.js"
 * @typedef {{color: string, dashes: string, kind: "line" | "points" | "area", symbol: string}} Line
 *   in SVG's terms; `symbol` is Plotly's, of points
 */

/** Plotly's names for dashes, as SVG draws them. @type {Record<string, string>} */
const DASHES = { dash: "7 4", dot: "3 3", dashdot: "7 3 3 3", longdash: "11 4",
  longdashdot: "11 3 3 3" };

/** Plotly's markers, within 1 of the middle; all others are drawn as circles. @type {Record<string, string>} */
const SIGNS = {
  square: "M-.9-.9H.9V.9H-.9Z", diamond: "M0-1.1L1.1 0 0 1.1-1.1 0Z",
  "triangle-up": "M0-1L1.1.9H-1.1Z", "triangle-down": "M0 1L1.1-.9H-1.1Z",
  x: "M-1-.5L-.5-1 0-.5.5-1 1-.5.5 0 1 .5.5 1 0 .5-.5 1-1 .5-.5 0Z",
  cross: "M-.4-1H.4V-.4H1V.4H.4V1H-.4V.4H-1V-.4H-.4Z",
  bowtie: "M-1.1-1L0 0 1.1-1V1L0 0-1.1 1Z", hourglass: "M-1-1.1H1L0 0 1 1.1H-1L0 0Z",
  star: "M0-1.1L.3-.35 1.1-.3.45.2.7 1 0 .5-.7 1-.45.2-1.1-.3-.3-.35Z",
};

export class Legend {
  /** @type {Set<string>} */
  hidden = new Set(); // groups that are not shown, in all charts
  /** @type {Set<string>} */
  out = new Set(); // those of them that a scene does without: they are no entries either
  /** @type {ChartSpec[]} */
  charts = [];
  drawn = ""; // the entries that are there

  /**
   * @param {HTMLElement} box
   * @param {string} hint
   * @param {() => void} changed called when other groups are hidden than before
   */
  constructor(box, hint, changed) {
    this.box = box;
    this.hint = hint;
    this.changed = changed;
    box.addEventListener("click", (event) => this.toggle(groupAt(event)));
    box.addEventListener("dblclick", (event) => this.isolate(groupAt(event)));
  }

  /**
   * @param {ChartSpec[]} charts
   * @param {boolean} dark
   */
  draw(charts, dark) {
    this.charts = charts;
    const lines = Array.from(this.linesOf(dark));
    const drawn = JSON.stringify(lines);
    if (this.drawn === drawn) return; // what has the focus, or was translated, stays
    this.drawn = drawn;
    this.box.replaceChildren(...lines.map(([group, line]) => this.entry(group, line)));
  }

  /**
   * @param {string} group
   * @param {Line} line
   */
  entry(group, line) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.group = group;
    button.title = this.hint;
    button.setAttribute("aria-pressed", String(!this.hidden.has(group)));
    button.innerHTML = `<svg viewBox="0 0 30 8" aria-hidden="true">${swatch(line)}</svg>`;
    button.append(group);
    return button;
  }

  /** @returns {HTMLButtonElement[]} */
  get entries() {
    return Array.from(this.box.querySelectorAll("button"));
  }

  /** @param {string | undefined} group */
  toggle(group) {
    if (group === undefined) return;
    if (!this.hidden.delete(group)) this.hidden.add(group);
    this.mark();
  }

  /**
   * Shows only this group, or all. The two clicks of a double click have cancelled each other
   * out before.
   *
   * @param {string | undefined} group
   */
  isolate(group) {
    if (group === undefined) return;
    const groups = this.entries.map((entry) => entry.dataset.group ?? "");
    const others = groups.filter((other) => other !== group);
    const alone = others.every((other) => this.hidden.has(other));
    this.hidden = new Set([...this.out, ...(alone ? [] : others)]);
    this.mark();
  }

  /** Does without these groups, and shows all others. @param {string[]} groups */
  hide(groups) {
    this.out = new Set(groups);
    if (groups.length === this.hidden.size && groups.every((group) => this.hidden.has(group))) return;
    this.hidden = new Set(groups);
    this.mark();
  }

  mark() {
    for (const entry of this.entries) {
      entry.setAttribute("aria-pressed", String(!this.hidden.has(entry.dataset.group ?? "")));
    }
    this.changed();
  }

  /**
   * The first line of each group that has a colour of its own.
   *
   * @param {boolean} dark
   */
  linesOf(dark) {
    /** @type {Map<string, Line>} */
    const lines = new Map();
    for (const trace of this.charts.flatMap((spec) => spec.figure.data)) {
      const group = groupOf(trace);
      const { color, dash = "" } = { ...trace.marker, ...trace.line };
      if (!group || !color || trace.showlegend === false || lines.has(group)) continue;
      if (this.out.has(group)) continue;
      lines.set(group, { color: themed(color, dark), dashes: DASHES[dash] ?? "", kind: kindOf(trace),
        symbol: String(trace.marker?.symbol ?? "") });
    }
    return lines;
  }
}

/** How a trace is drawn. @param {Record<string, any>} trace @returns {Line["kind"]} */
function kindOf({ type, mode = "lines", fill = "", showlegend }) {
  if (type === "bar" || (fill.startsWith("to") && showlegend !== false)) return "area";
  return mode.includes("lines") ? "line" : "points";
}

/**
 * What stands before an entry, in a box of 30 by 8: drawn as in the charts.
 *
 * @param {Line} line
 */
export function swatch({ color, dashes, kind, symbol }) {
  if (kind === "area") return `<rect x="4" width="22" height="8" fill="${color}" fill-opacity="0.6"/>`;
  if (kind === "points") {
    const sign = SIGNS[symbol];
    if (sign) return `<path d="${sign}" transform="translate(15 4) scale(5.5)" fill="${color}"/>`;
    return [5, 15, 25].map((x) => `<circle cx="${x}" cy="4" r="3.5" fill="${color}"/>`).join("");
  }
  return `<line x1="0" x2="30" y1="4" y2="4" stroke="${color}" stroke-width="3"
    stroke-dasharray="${dashes}"/>`;
}

/** @param {Event} event */
function groupAt(event) {
  const target = /** @type {Element} */ (event.target);
  return target.closest("button")?.dataset.group;
}
