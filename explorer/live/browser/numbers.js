// @ts-check
// All numbers of a run as one table, a row for each: made here, in the visitor's browser, which
// has them.

/** @import { Run } from "./run.js" */

/**
 * The lines of a table in long form: array, step, a column per dimension, value. What does not
 * change with time is there once, without a step; a value that is not finite is empty.
 *
 * @param {Run} run
 * @returns {Generator<string>} some lines at a time, each with its end
 */
export function* longTable(run) {
  const { dims = {}, coords = {} } = run.start;
  const columns = [...new Set(Object.values(dims).flat())].filter((dim) => dim !== "step");
  yield line(["array", "step", ...columns, "value"]);
  const once = new Set();
  for (const { step, arrays } of run.frames) {
    for (const [name, { shape, values }] of Object.entries(arrays)) {
      const isTimed = dims[name]?.[0] === "step";
      if (!isTimed && once.has(name)) continue;
      once.add(name);
      const own = (dims[name] ?? []).filter((dim) => dim !== "step");
      const labels = own.map((dim, i) => coords[dim] ?? [...Array(shape[i]).keys()]);
      const place = columns.map((dim) => own.indexOf(dim));
      yield rows([name, isTimed ? step : ""], place, labels, shape, values);
    }
  }
}

/**
 * @param {unknown[]} start of every row
 * @param {number[]} place per column the position of its dimension, -1 where there is none
 * @param {readonly unknown[][]} labels per dimension
 * @param {number[]} shape
 * @param {ArrayLike<number>} values the last dimension first to move
 */
function rows(start, place, labels, shape, values) {
  const lines = [];
  for (let k = 0; k < values.length; k++) {
    const at = Array(shape.length);
    for (let i = shape.length - 1, rest = k; i >= 0; i--) {
      at[i] = rest % shape[i];
      rest = Math.floor(rest / shape[i]);
    }
    const where = place.map((i) => i < 0 ? "" : labels[i][at[i]]);
    lines.push(line([...start, ...where, shortest(values[k])]));
  }
  return lines.join("");
}

/**
 * The fewest digits that mean this number in 32 bits.
 *
 * @param {number} value
 */
export function shortest(value) {
  if (!Number.isFinite(value)) return "";
  for (const digits of [7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** @param {unknown[]} cells */
function line(cells) {
  return `${cells.map((cell) => {
    const text = String(cell);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",")}\n`;
}
