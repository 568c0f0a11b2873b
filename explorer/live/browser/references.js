// @ts-check
// From the arrays of a frame to what Plotly draws: references are looked up, reduced and listed.

/**
 * @import { Arrays, Header, Numbers } from "./frames.js"
 *
 * @typedef {number | null} Gap a number, or null where a line has a gap
 *
 * @typedef {object} Ref where numbers come from (`Ref` in explorer/live/view.py)
 * @property {string} array
 * @property {"" | "mean" | "median" | "min" | "max"} reduce
 * @property {Record<string, unknown>} labels by dimension the label at which it is taken
 *
 * @typedef {object} Place a reference in a run whose labels are known
 * @property {string} array
 * @property {"" | "mean" | "median" | "min" | "max"} reduce
 * @property {(number | null)[]} index per dimension a position, or null to keep it
 *
 * @typedef {{trace: number, mode: "series" | "band" | "state", run: 0 | 1}} Fed which trace, how,
 *   and of which of a scene's two runs
 * @typedef {(typeof PARTS)[number]} Part what of a trace numbers can feed
 * @typedef {Fed & Record<Part, Ref | null>} Bind what feeds one trace (`Bind` in
 *   explorer/live/view.py)
 * @typedef {Fed & Record<Part, Place | null>} PlacedBind the same in a run
 *
 * @typedef {Pick<Partial<Header>, "dims" | "coords">} Start what a run's start message says
 * @typedef {Record<string, unknown>} Patch what changes in a trace
 */

/** What a state's bind may feed beside x, y and z, and where Plotly keeps it in the trace. */
export const EXTRAS = /** @type {const} */ ({
  size: (/** @type {Gap[]} */ values) => ({ marker: { size: values } }),
  color: (/** @type {Gap[]} */ values) => ({ marker: { color: values } }),
  text: (/** @type {Gap[]} */ values) => ({ text: values }),
});
export const EXTRA_PARTS = /** @type {const} */ (["size", "color", "text"]);
export const PARTS = /** @type {const} */ (["x", "y", "z", ...EXTRA_PARTS]);

// ---------------------------------------------------------------------- labels to positions

/**
 * The bind with positions in place of labels.
 *
 * @param {Bind} bind
 * @param {Start} start
 * @returns {PlacedBind}
 */
export function resolveBind(bind, start) {
  const place = (/** @type {Part} */ part) => bind[part] && resolve(bind[part], start);
  const placed = /** @type {Record<Part, Place | null>} */ (
    Object.fromEntries(PARTS.map((part) => [part, place(part)])));
  return { trace: bind.trace, mode: bind.mode, run: bind.run ?? 0, ...placed };
}

/**
 * The reference with a position in place of each label.
 *
 * @param {Ref} ref
 * @param {Start} start
 * @returns {Place}
 */
export function resolve({ array, reduce, labels }, { dims = {}, coords = {} }) {
  const names = (dims[array] ?? []).filter((name) => name !== "step");
  /** @type {(number | null)[]} */
  const index = names.map(() => null);
  for (const [name, label] of Object.entries(labels)) {
    const d = names.indexOf(name);
    if (d < 0) throw new Error(`${array} has no dimension ${name}; it has: ${names.join(", ")}`);
    index[d] = positionOf(name, label, coords[name]);
  }
  return { array, reduce, index };
}

/**
 * A dimension without labels is counted from 0.
 *
 * @param {string} name
 * @param {unknown} label
 * @param {unknown[] | undefined} labels
 * @returns {number}
 */
function positionOf(name, label, labels) {
  const i = labels ? labels.indexOf(label) : Number(label);
  if (i >= 0) return i;
  throw new Error(`${name} has no label ${label}; it has: ${labels?.join(", ") ?? "only positions"}`);
}

// ------------------------------------------------------------------------------- numbers

/**
 * What a reference points at, reduced where it says so; null if it is not there (yet).
 *
 * @param {Place | null} place
 * @param {Arrays} arrays
 * @returns {Numbers | null}
 */
export function take(place, arrays) {
  const array = place && arrays[place.array];
  if (!place || !array) return null;
  const part = partOf(array, place);
  return place.reduce && part.shape.length ? reduce(part, REDUCE[place.reduce]) : part;
}

/**
 * @param {Numbers} array
 * @param {Place} place
 * @returns {Numbers}
 */
function partOf({ shape: whole, values }, { array, index }) {
  if (index.length > whole.length) throw new Error(`${array} has fewer dimensions than its dims`);
  const shape = [];
  const strides = [];
  let offset = 0;
  let stride = 1; // how far apart neighbours in dimension d are
  for (let d = whole.length - 1; d >= 0; d--) {
    const i = index[d] ?? null;
    const size = whole[d];
    if (i === null) {
      shape.unshift(size);
      strides.unshift(stride);
    } else if (i >= size) {
      throw new Error(`${array} has ${size} entries in dimension ${d}: there is no ${i}`);
    } else {
      offset += i * stride;
    }
    stride *= size;
  }
  if (shape.length === whole.length) return { shape, values };
  return { shape, values: gather(values, shape, strides, offset) };
}

/**
 * The numbers of a part, in C order.
 *
 * @param {Numbers["values"]} values
 * @param {number[]} shape
 * @param {number[]} strides
 * @param {number} offset
 */
function gather(values, shape, strides, offset) {
  /** @type {number[]} */
  const found = [];
  /** @type {(d: number, at: number) => void} */
  const walk = (d, at) => {
    if (d === shape.length) found.push(values[at]);
    else for (let i = 0; i < shape[d]; i++) walk(d + 1, at + i * strides[d]);
  };
  walk(0, offset);
  return found;
}

/**
 * Takes the last dimension together.
 *
 * @param {Numbers} part
 * @param {(values: number[]) => number} how
 * @returns {Numbers}
 */
function reduce({ shape, values }, how) {
  const size = shape[shape.length - 1];
  const reduced = [];
  for (let i = 0; i < values.length; i += size) {
    reduced.push(how(Array.from(values.slice(i, i + size))));
  }
  return { shape: shape.slice(0, -1), values: reduced };
}

/** @type {Record<string, (values: number[]) => number>} */
const REDUCE = {
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  median: (values) => {
    const sorted = values.map((v) => (Number.isFinite(v) ? v : Infinity)).sort((a, b) => a - b);
    const middle = sorted.length / 2;
    return middle % 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  },
  min: (values) => Math.min(...values.filter(Number.isFinite)),
  max: (values) => Math.max(...values.filter(Number.isFinite)),
};

// --------------------------------------------------------------------- what Plotly takes

/**
 * @param {number} value
 * @returns {Gap}
 */
const gap = (value) => (Number.isFinite(value) ? value : null);

/**
 * The one number that a series needs of each frame.
 *
 * @param {Place | null} place
 * @param {Arrays} arrays
 * @returns {Gap}
 */
export function scalar(place, arrays) {
  const found = take(place, arrays);
  if (found?.shape.length) {
    throw new Error(`a series of ${place?.array} needs one number per frame: label or reduce it`);
  }
  return found ? gap(found.values[0]) : null;
}

/**
 * A list for a scatter trace; rows of two dimensions with gaps between them.
 *
 * @param {Numbers} numbers
 * @returns {Gap[]}
 */
export function list({ shape, values }) {
  const flat = Array.from(values, gap);
  if (shape.length < 2) return flat;
  /** @type {Gap[]} */
  const rows = [];
  for (let i = 0; i < flat.length; i += shape[1]) rows.push(...flat.slice(i, i + shape[1]), null);
  return rows;
}

/**
 * @param {Numbers} numbers of two dimensions
 * @returns {Numbers["values"][]}
 */
export function rowsOf({ shape: [n, m], values }) {
  return Array.from({ length: n }, (_, i) => values.slice(i * m, (i + 1) * m));
}

/**
 * @param {Numbers["values"]} a
 * @param {Numbers["values"] | undefined} b
 */
export function sameValues(a, b) {
  if (b === undefined || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/**
 * The outline of lo..hi up to frame `k`, one closed piece per stretch without gaps.
 *
 * @param {{x: Gap[], lo: Gap[], hi: Gap[]}} band
 * @param {number} k
 */
export function outline({ x, lo, hi }, k) {
  /** @type {{x: Gap[], y: Gap[]}} */
  const path = { x: [], y: [] };
  for (let i = 0; i <= k; i++) {
    if (lo[i] === null) continue;
    let j = i; // the last of the stretch
    while (j < k && lo[j + 1] !== null) j++;
    if (path.x.length) {
      path.x.push(null);
      path.y.push(null);
    }
    path.x.push(...x.slice(i, j + 1), ...x.slice(i, j + 1).reverse());
    path.y.push(...hi.slice(i, j + 1), ...lo.slice(i, j + 1).reverse());
    i = j;
  }
  return path;
}

/**
 * Puts a patch into a trace: what is nested is merged, arrays are replaced.
 *
 * @param {Record<string, any>} trace
 * @param {Patch | null} patch
 */
export function merge(trace, patch) {
  for (const [name, value] of Object.entries(patch ?? {})) {
    if (value && typeof value === "object" && !Array.isArray(value)) {
      trace[name] ??= {};
      merge(trace[name], /** @type {Patch} */ (value));
    } else {
      trace[name] = value;
    }
  }
  return trace;
}
