// @ts-check
// Nets that read examples with their names and name the next one, in double precision;
// core/concepts/meta_learning/readers.py has the same for many.

import { gru, linear, plus, product, relu, softmax } from "./layers.js";

/**
 * @import { Parameters } from "./layers.js"
 *
 * @typedef {{kind: "means" | "chain" | "recurrent", blocks: string[]}} Reader its blocks, if it is
 *   a chain of them
 * @typedef {{x: Float64Array, name: number}} Example a name of -1: it is asked
 * @typedef {(x: Float64Array) => number[]} Reading scores of the names for an example that is asked
 * @typedef {{inputs: Record<string, Float64Array>, keys: Float64Array[], values: Float64Array[]}}
 *   Seen what later places need of one: what went into its layers, and what attention asks for
 */

const LAYERS = /^(\d+)\.(\d+)$/;

/** @param {Float64Array} a @param {Float64Array} b */
const joined = (a, b) => Float64Array.of(...a, ...b);

/** @param {Parameters} p @param {string} name @param {Float64Array} x */
const layer = (p, name, x) => linear(p[name], x, p[`${name}_bias`]);

/** @param {Parameters} p @param {Float64Array} x */
const features = (p, x) => layer(p, "second", relu(layer(p, "first", x)));

/**
 * An example and what it is called, as numbers.
 *
 * @param {Parameters} p
 * @param {Example} example
 */
function told(p, { x, name }) {
  const n = p.name.length / p.name_bias.length; // of names, and one for what is asked
  const one = new Float64Array(n);
  one[name < 0 ? n - 1 : name] = 1;
  return relu(plus(features(p, x), layer(p, "name", one)));
}

/**
 * What a net makes of examples, in the order in which it is given them.
 *
 * @param {Reader} reader
 * @param {Parameters} p
 * @param {Example[]} given
 * @param {number} ways how many names there are
 * @returns {Reading}
 */
export function reading(reader, p, given, ways) {
  if (reader.kind === "means") return nearest(given, ways, (x) => features(p, x));
  if (reader.kind === "recurrent") return remembered(p, given);
  /** @type {Seen[]} */
  const seen = [];
  for (const example of given) seen.push(passed(reader, p, seen, told(p, example)).seen);
  return (x) => [...layer(p, "out", passed(reader, p, seen, told(p, { x, name: -1 })).h)];
}

/**
 * The name whose examples' mean is nearest; those that have none are infinitely far.
 *
 * @param {Example[]} given
 * @param {number} ways
 * @param {(x: Float64Array) => Float64Array} space in which it is looked for
 * @param {number} [shrink] a class's variance over that of centres: the likeliest centre is nearer
 *   to 0 than the mean
 * @returns {Reading}
 */
export function nearest(given, ways, space, shrink = 0) {
  const means = Array.from({ length: ways }, (_, name) => {
    const own = given.filter((example) => example.name === name).map(({ x }) => space(x));
    return own.length
      ? own.reduce(plus).map((value) => value / (own.length + shrink)) : null;
  });
  return (x) => {
    const h = space(x);
    return means.map((mean) => (mean
      ? -h.reduce((sum, value, i) => sum + (value - mean[i]) ** 2, 0) : -Infinity));
  };
}

/**
 * @param {Parameters} p
 * @param {Example[]} given
 * @returns {Reading}
 */
function remembered(p, given) {
  const step = (/** @type {Float64Array} */ h, /** @type {Example} */ example) =>
    gru(layer(p, "into", told(p, example)), h, p.on, p.on_bias);
  const state = given.reduce(step, new Float64Array(p.on_bias.length / 3));
  return (x) => [...layer(p, "out", step(state, { x, name: -1 }))];
}

/**
 * One place through all blocks.
 *
 * @param {Reader} reader
 * @param {Parameters} p
 * @param {Seen[]} before the places before it
 * @param {Float64Array} h
 */
function passed({ blocks }, p, before, h) {
  /** @type {Seen} */
  const seen = { inputs: {}, keys: [], values: [] };
  blocks.forEach((block, i) => {
    if (block === "attention") {
      const asked = layer(p, `${i}.look`, h);
      const n = asked.length / 3;
      const [q, k, v] = [0, 1, 2].map((part) => asked.subarray(part * n, (part + 1) * n));
      const at = seen.keys.push(k) - 1;
      seen.values.push(v);
      const all = [...before, seen];
      const looks = softmax(all.map(({ keys }) => product(q, keys[at]) / Math.sqrt(n)));
      const found = looks.map((look, t) => all[t].values[at].map((value) => look * value));
      h = joined(h, found.reduce(plus));
      return;
    }
    const layers = Object.keys(p).filter((name) => name.match(LAYERS)?.[1] === String(i));
    layers.forEach((name, j) => {
      seen.inputs[name] = h;
      let z = layer(p, name, h);
      const earlier = before[before.length - 2 ** j];
      if (earlier) z = plus(z, linear(p[`${name}.earlier`], earlier.inputs[name]));
      const n = z.length / 2;
      h = joined(h, Float64Array.from({ length: n }, (_, c) =>
        Math.tanh(z[c]) / (1 + Math.exp(-z[n + c]))));
    });
  });
  return { h, seen };
}
