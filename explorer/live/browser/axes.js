// @ts-check
// How far the axes reach: widened by the data, moved as seldom as possible.

/**
 * @typedef {object} Extent how far the values on an axis reach
 * @property {number} lo
 * @property {number} hi
 * @property {number} first the largest value, without its sign, of the first frame that had any
 * @property {boolean} exact whether the axis ends where a heatmap or contour ends
 *
 * @typedef {object} Axis what a figure says of an axis, in Plotly's terms
 * @property {string} [type]
 * @property {number[]} [range]
 * @property {number} [minallowed]
 * @property {number} [maxallowed]
 * @property {string} [rangemode]
 * @property {boolean | string} [autorange]
 *
 * @typedef {object} Kind what the chart knows of an axis
 * @property {boolean} steps whether the steps of the run are on it, the last one included
 * @property {boolean} full whether it follows a value as far as it goes
 * @property {boolean} bars whether bars stand on it
 */

const OVERSHOOT = 100; // an axis follows a diverging value up to this multiple of the first

/** @returns {Extent} */
export const nowhere = () => ({ lo: Infinity, hi: -Infinity, first: 0, exact: false });

/**
 * Widens an extent to the values. Those that the axis cannot show are left out.
 *
 * @param {Extent} extent
 * @param {Iterable<unknown>} values
 * @param {boolean} log whether the axis is logarithmic
 */
export function grow(extent, values, log) {
  for (const value of values) {
    if (typeof value !== "number" || !Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < extent.lo) extent.lo = value;
    if (value > extent.hi) extent.hi = value;
  }
}

/**
 * Remembers the size of the first values.
 *
 * @param {Extent} extent
 */
export function noteFirst(extent) {
  if (extent.first || extent.hi === -Infinity) return;
  extent.first = Math.max(Math.abs(extent.lo), Math.abs(extent.hi));
}

/**
 * The ends of an axis in Plotly's terms, low before high; undefined where Plotly or the figure
 * knows better.
 *
 * @param {Axis} axis
 * @param {Extent | undefined} extent
 * @param {number[] | undefined} before the ends that are on screen
 * @param {Kind} kind
 * @returns {[number, number] | undefined}
 */
export function rangeOf(axis, extent, before, kind) {
  if (axis.range || !extent || extent.hi < extent.lo) return undefined;
  const ends = allowed(axis, reach(axis, extent, kind));
  const [lo, hi] = ends;
  if (extent.exact || (kind.steps && hi > lo)) return ends;
  return allowed(axis, notched(ends, before, kind.bars));
}

/**
 * What is to be seen, on the axis's scale.
 *
 * @param {Axis} axis
 * @param {Extent} extent
 * @param {Kind} kind
 * @returns {[number, number]}
 */
function reach(axis, { lo, hi, first, exact }, { steps, full }) {
  if (!exact && !steps && first && !full) {
    lo = Math.max(lo, -OVERSHOOT * first);
    hi = Math.min(hi, OVERSHOOT * first);
  }
  if (axis.rangemode === "tozero") {
    lo = Math.min(lo, 0);
    hi = Math.max(hi, 0);
  }
  return axis.type === "log" ? [Math.log10(lo), Math.log10(hi)] : [lo, hi];
}

/**
 * @param {Axis} axis
 * @param {[number, number]} ends
 * @returns {[number, number]}
 */
function allowed({ minallowed = -Infinity, maxallowed = Infinity }, [lo, hi]) {
  return [Math.max(lo, minallowed), Math.min(hi, maxallowed)];
}

/**
 * Only ever wider within a run, with room to spare and in coarse notches, so that a curve that
 * creeps does not move the axis in every frame.
 *
 * @param {[number, number]} ends
 * @param {number[] | undefined} before
 * @param {boolean} bars they stand on the axis: no room below 0
 * @returns {[number, number]}
 */
function notched([lo, hi], before = [Infinity, -Infinity], bars) {
  const notch = 10 ** Math.floor(Math.log10(hi - lo || Math.abs(hi) || 1)) / 4;
  const pad = 0.06 * (hi - lo) || notch;
  let low = lo;
  if (lo >= before[0]) low = before[0];
  else if (lo !== 0 || !bars) low = Math.floor((lo - pad) / notch) * notch;
  return [low, hi <= before[1] ? before[1] : Math.ceil((hi + pad) / notch) * notch];
}

/**
 * 10^k as a label; `decade` in explorer/charts.py writes the same.
 *
 * @param {number} k
 */
export function decade(k) {
  return Math.abs(k) < 4 ? String(Number((10 ** k).toPrecision(1))) : `10<sup>${k}</sup>`;
}

/**
 * Ticks of a logarithmic axis: up to nine powers of ten; small steps where there are too few.
 *
 * @param {number[] | undefined} range in powers of ten; undefined where Plotly finds it
 */
export function logTicks(range) {
  const [low, high] = range ? [Math.min(...range), Math.max(...range)] : [-12, 12];
  if (high - low <= 1.6) return { dtick: "D2", tickformat: "~g" }; // 0.01, not 10 with a small -2
  const every = range ? Math.ceil((high - low) / 8) : 1;
  const powers = [];
  for (let k = Math.ceil(low / every) * every; k <= high; k += every) powers.push(k);
  return { tickvals: powers.map((k) => 10 ** k), ticktext: powers.map(decade) };
}

/**
 * @param {string | undefined} id as a trace names its axis: "x2"
 * @param {"x" | "y"} letter
 */
export const axisName = (id, letter) => `${letter}axis${(id ?? letter).slice(1)}`;
