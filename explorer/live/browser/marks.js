// @ts-check
// What a chart cannot show as a line, said where the line is lost: values beyond an axis stand at its
// edge as an arrow with their number, a line that broke off ends in a cross, and where some seeds
// have no number any more, it is written how many are left.

/**
 * @import { Gap } from "./references.js"
 *
 * @typedef {object} Line a curve up to the frame that is shown
 * @property {Gap[]} x per frame
 * @property {Gap[]} y per frame
 * @property {number} at the frame
 * @property {number[]} left how many of its seeds have a number, per frame
 * @property {number} of how many seeds there are
 * @property {string} color
 *
 * @typedef {{ends: [number, number], log: boolean}} Reach of an axis: its ends, in Plotly's terms
 * @typedef {{x: number, y: number, text: string, symbol: string, color: string}} Mark
 */

/** The trace that holds a chart's marks. */
export const MARKS = {
  type: "scatter", mode: "markers+text", uid: "marks", showlegend: false, hoverinfo: "skip",
  cliponaxis: false, textposition: "bottom left", x: [null], y: [null],
  marker: { size: 11, line: { width: 2 } },
};

/**
 * Where there is nothing to say, a point that is nowhere: Plotly lets no trace without points
 * reach beyond the axes later.
 *
 * @param {Mark[]} marks
 */
export function patchOf(marks) {
  /** @type {<K extends keyof Mark>(name: K) => (Mark[K] | null)[]} */
  const all = (name) => (marks.length ? marks.map((mark) => mark[name]) : [null]);
  return { x: all("x"), y: all("y"), text: all("text"),
    marker: { symbol: all("symbol"), color: all("color") } };
}

/**
 * What is to be said of a line at its frame, or null.
 *
 * @param {Line} line
 * @param {Reach | null} across the horizontal axis; null where the visitor has zoomed
 * @param {Reach | null} up the vertical one
 * @param {string} broken said of a line that broke off
 * @param {(count: {left: number, of: number}) => string} survivors puts a count into words
 * @returns {Mark | null}
 */
export function markOf({ x, y, at, left, of, color }, across, up, broken, survivors) {
  const last = lastOf(x, y, at);
  if (last < 0 || !across || !up) return null;
  const place = { x: /** @type {number} */ (x[last]), y: /** @type {number} */ (y[last]) };
  const [column, row] = [clamped(place.x, across), clamped(place.y, up)];
  if (column !== place.x || row !== place.y) {
    const symbol = row > place.y ? "triangle-down" : row < place.y ? "triangle-up"
      : column > place.x ? "triangle-left" : "triangle-right";
    const text = row < place.y ? String(Number(place.y.toPrecision(2))) : "";
    return { x: column, y: row, text, symbol: `${symbol}-open`, color };
  }
  if (last < at) return { ...place, text: broken, symbol: "x", color };
  const n = left[at] ?? of;
  return n < of ? { ...place, text: survivors({ left: n, of }), symbol: "circle-open", color } : null;
}

/**
 * The last frame up to `at` at which a line has a point, -1 if it has none.
 *
 * @param {Gap[]} x
 * @param {Gap[]} y
 * @param {number} at
 */
function lastOf(x, y, at) {
  let last = at;
  while (last >= 0 && ((x[last] ?? null) === null || (y[last] ?? null) === null)) last--;
  return last;
}

/**
 * @param {number} value
 * @param {Reach} reach
 */
function clamped(value, { ends: [low, high], log }) {
  const [from, to] = log ? [10 ** low, 10 ** high] : [low, high];
  return Math.min(Math.max(value, Math.min(from, to)), Math.max(from, to));
}

