// @ts-check
// Gradient descent in the browser: a dense net of two hidden layers, in double precision;
// core/concepts/meta_learning/adapting.py has the same for many.

import { linear, product, relu } from "./layers.js";

/**
 * @import { Parameters } from "./layers.js"
 *
 * @typedef {{x: number, y: number}} Point
 */

/**
 * What a net says at a place, and what is in it then.
 *
 * @param {Parameters} p
 * @param {number} x
 */
function layers(p, x) {
  const first = relu(linear(p.first, Float64Array.of(x), p.first_bias));
  const second = relu(linear(p.second, first, p.second_bias));
  return { first, second, y: product(p.out, second) + p.out_bias[0] };
}

/**
 * What a net says at a place.
 *
 * @param {Parameters} p
 * @param {number} x
 */
export const said = (p, x) => layers(p, x).y;

/**
 * Mean squared error of a net at some points.
 *
 * @param {Parameters} p
 * @param {Point[]} points
 */
export const error = (p, points) =>
  points.reduce((sum, { x, y }) => sum + (said(p, x) - y) ** 2, 0) / points.length;

/**
 * Its derivative, by the weights.
 *
 * @param {Parameters} p
 * @param {Point[]} points
 * @returns {Parameters}
 */
export function slope(p, points) {
  const g = Object.fromEntries(
    Object.entries(p).map(([name, a]) => [name, new Float64Array(a.length)]));
  for (const { x, y } of points) {
    const { first, second, y: found } = layers(p, x);
    const d = 2 * (found - y) / points.length;
    g.out_bias[0] += d;
    second.forEach((h, i) => g.out[i] += d * h);
    const above = second.map((h, i) => (h > 0 ? d * p.out[i] : 0));
    const below = new Float64Array(first.length);
    above.forEach((s, i) => {
      g.second_bias[i] += s;
      for (let j = 0, at = i * first.length; j < first.length; j++, at++) {
        g.second[at] += s * first[j];
        below[j] += s * p.second[at];
      }
    });
    below.forEach((s, j) => {
      if (first[j] <= 0) return;
      g.first_bias[j] += s;
      g.first[j] += s * x;
    });
  }
  return g;
}

/**
 * A net after some steps of gradient descent on points; as it was, where there are none.
 *
 * @param {Parameters} p
 * @param {Point[]} points
 * @param {number} rate
 * @param {number} n steps
 * @returns {Parameters}
 */
export function descended(p, points, rate, n) {
  if (!n || !points.length) return p;
  const g = slope(p, points);
  const moved = Object.fromEntries(
    Object.entries(p).map(([name, a]) => [name, a.map((value, i) => value - rate * g[name][i])]));
  return descended(moved, points, rate, n - 1);
}
