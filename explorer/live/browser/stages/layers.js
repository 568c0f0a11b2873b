// @ts-check
// What nets that run in the browser are made of: plain functions of one example, in double
// precision; core/stacked/functions.py has the same for many.

/** @typedef {Record<string, Float64Array>} Parameters by name, each in C order */

const EPS = 1e-5;

/**
 * Numbers that lie in a row, by name.
 *
 * @param {ArrayLike<number>} flat
 * @param {{shapes: Record<string, number[]>}} net its parameters, in their order
 * @returns {Parameters}
 */
export function parameters(flat, { shapes }) {
  let at = 0;
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => {
    const from = at;
    at += shape.reduce((a, b) => a * b, 1);
    return [name, Float64Array.from({ length: at - from }, (_, i) => flat[from + i])];
  }));
}

/**
 * W x + b.
 *
 * @param {Float64Array} weight (out, in)
 * @param {Float64Array} x
 * @param {Float64Array | null} [bias]
 */
export function linear(weight, x, bias = null) {
  const n = x.length;
  const y = new Float64Array(weight.length / n);
  for (let i = 0; i < y.length; i++) {
    let sum = bias ? bias[i] : 0;
    for (let j = 0; j < n; j++) sum += weight[i * n + j] * x[j];
    y[i] = sum;
  }
  return y;
}

/** @param {Float64Array} a @param {Float64Array} b */
export const product = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** @param {Float64Array} a @param {Float64Array} b */
export const plus = (a, b) => a.map((value, i) => value + b[i]);

/** @param {Float64Array} a */
export const relu = (a) => a.map((value) => Math.max(value, 0));

/** @param {number[]} scores */
export function softmax(scores) {
  const most = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - most));
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((value) => value / sum);
}

/**
 * The row of a symbol.
 *
 * @param {Float64Array} table
 * @param {number} symbol
 * @param {number} n of its rows
 */
export function embedded(table, symbol, n) {
  const size = table.length / n;
  return table.subarray(symbol * size, (symbol + 1) * size);
}

/**
 * Mean 0 and variance 1, then scaled and shifted.
 *
 * @param {Float64Array} x
 * @param {Float64Array} gain
 * @param {Float64Array} bias
 */
export function normal(x, gain, bias) {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  return x.map((value, i) => (value - mean) / Math.sqrt(variance + EPS) * gain[i] + bias[i]);
}

/** @param {number} x */
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/**
 * The next state of a GRU.
 *
 * @param {Float64Array} u what comes in, for the gates r, z and the candidate
 * @param {Float64Array} h the state
 * @param {Float64Array} weight
 * @param {Float64Array} bias
 */
export function gru(u, h, weight, bias) {
  const n = h.length;
  const v = linear(weight, h, bias);
  return h.map((old, i) => {
    const r = sigmoid(u[i] + v[i]);
    const z = sigmoid(u[n + i] + v[n + i]);
    return (1 - z) * Math.tanh(u[2 * n + i] + r * v[2 * n + i]) + z * old;
  });
}
