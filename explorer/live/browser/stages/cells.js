// @ts-check
// The cells of recurrent nets, as core/stacked/functions.py has them, for one example; and a net
// that reads and says symbols with one of them.

import { gru, linear, sigmoid } from "./layers.js";

/**
 * @import { Parameters } from "./layers.js"
 *
 * @typedef {{h: Float64Array, c: Float64Array}} State `c` is the LSTM's
 */

/** @type {Record<string, (u: Float64Array, state: State, p: Parameters) => State>} */
const STEPS = {
  rnn: (u, { h, c }, { weight }) => {
    const v = linear(weight, h);
    return { h: h.map((_, i) => Math.tanh(u[i] + v[i])), c };
  },
  gru: (u, { h, c }, { weight, bias }) => ({ h: gru(u, h, weight, bias), c }),
  lstm: (u, { h, c }, { weight }) => {
    const n = h.length;
    const v = linear(weight, h).map((value, i) => value + u[i]);
    const kept = c.map((old, i) =>
      sigmoid(v[n + i]) * old + sigmoid(v[i]) * Math.tanh(v[2 * n + i]));
    return { h: kept.map((value, i) => sigmoid(v[3 * n + i]) * Math.tanh(value)), c: kept };
  },
};

/**
 * @param {Parameters} p
 * @returns {State}
 */
export function begin(p) {
  const n = p.out_weight.length / p.out_bias.length;
  return { h: new Float64Array(n), c: new Float64Array(n) };
}

/**
 * The state after one more symbol.
 *
 * @param {string} cell
 * @param {Parameters} p
 * @param {number} symbol
 * @param {State} state
 */
export function after(cell, p, symbol, state) {
  const n = p.in_weight.length / p.in_bias.length;
  const u = p.in_bias.map((b, i) => b + p.in_weight[i * n + symbol]);
  return STEPS[cell](u, state, p);
}

/**
 * What is said in a state: a logit per symbol.
 *
 * @param {Parameters} p
 * @param {State} state
 */
export const logits = (p, { h }) => [...linear(p.out_weight, h, p.out_bias)];
