// @ts-check
// A Transformer that runs in the browser: the net of core/stacked/transformer.py, once, from
// its weights; and what is right.

import { embedded, linear, normal, plus, product, softmax } from "./layers.js";

/**
 * @import { Parameters } from "./layers.js"
 *
 * @typedef {{shapes: Record<string, number[]>, n_layers: number, n_heads: number, width: number,
 *   positions: string, norm: string, residual: boolean, mlp: boolean, scale: boolean,
 *   causal: boolean}} Body
 * @typedef {Body & {symbols: string, answers: string}} Net
 * @typedef {{chances: number[][], said: number[], sure: number[], looks: number[][][]}} Seen per
 *   place the probability of each answer, which one is given and how probable it is; per head how
 *   much each place looks at each
 * @typedef {{answers: (string | null)[], places: number[][]}} Right per place what is to be said,
 *   null where nobody can know, and where it stands
 */

const SLOWEST = 10000;

/**
 * What a net makes of a sequence.
 *
 * @param {Body} net
 * @param {Parameters} p
 * @param {number[]} x symbols
 * @param {Set<number>} [off] heads that are switched off, counted through all layers
 * @returns {Seen}
 */
export function see(net, p, x, off = new Set()) {
  let h = x.map((symbol, t) => placed(net, p, embedded(p.symbols, symbol, net.shapes.symbols[0]), t));
  /** @type {number[][][]} */
  const looks = [];
  for (let i = 0; i < net.n_layers; i++) {
    h = withPart(net, p, `${i}.norm1`, h, (rows) => {
      const found = attend(net, p, i, rows, off);
      looks.push(...found.looks);
      return found.mixed;
    });
    if (net.mlp) h = withPart(net, p, `${i}.norm2`, h, (rows) => rows.map((row) => think(p, i, row)));
  }
  const ends = net.norm === "pre" ? h.map((row) => normal(row, p.norm, p.norm_bias)) : h;
  const chances = ends.map((row) => softmax([...linear(p.out, row, p.out_bias)]));
  const said = chances.map((each) => each.indexOf(Math.max(...each)));
  return { chances, said, sure: said.map((answer, t) => chances[t][answer]), looks };
}

/**
 * A part with its layer norm and its residual connection, if it has them.
 *
 * @param {Body} net
 * @param {Parameters} p
 * @param {string} name of the layer norm
 * @param {Float64Array[]} h
 * @param {(rows: Float64Array[]) => Float64Array[]} part
 */
function withPart(net, p, name, h, part) {
  const normed = (/** @type {Float64Array} */ row) => normal(row, p[name], p[`${name}_bias`]);
  let y = part(net.norm === "pre" ? h.map(normed) : h);
  if (net.residual) y = y.map((row, t) => plus(h[t], row));
  return net.norm === "post" ? y.map(normed) : y;
}

/**
 * Every head of a layer.
 *
 * @param {Body} net
 * @param {Parameters} p
 * @param {number} i the layer
 * @param {Float64Array[]} rows
 * @param {Set<number>} off
 */
function attend(net, p, i, rows, off) {
  const d = net.width / net.n_heads;
  const qkv = rows.map((row) => linear(p[`${i}.qkv`], row, p[`${i}.qkv_bias`]));
  const together = rows.map(() => new Float64Array(net.width));
  const looks = Array.from({ length: net.n_heads }, (_, head) => {
    const part = (/** @type {number} */ t, /** @type {number} */ which) => {
      const from = which * net.width + head * d;
      const own = qkv[t].subarray(from, from + d);
      return net.positions === "rotary" && which < 2 ? turned(own, t) : own;
    };
    const [queries, keys] = [0, 1].map((which) => rows.map((_, t) => part(t, which)));
    return rows.map((_, t) => {
      const look = lookOf(net, queries[t], keys.slice(0, net.causal ? t + 1 : undefined));
      if (!off.has(i * net.n_heads + head)) {
        look.forEach((share, j) => {
          part(j, 2).forEach((value, k) => {
            together[t][head * d + k] += share * value;
          });
        });
      }
      return rows.map((_, j) => look[j] ?? 0);
    });
  });
  return { looks, mixed: together.map((row) => linear(p[`${i}.mix`], row, p[`${i}.mix_bias`])) };
}

/**
 * @param {Body} net
 * @param {Float64Array} query
 * @param {Float64Array[]} keys of the places that may be looked at
 */
function lookOf({ scale }, query, keys) {
  const by = scale ? Math.sqrt(query.length) : 1;
  return softmax(keys.map((key) => product(query, key) / by));
}

/**
 * The MLP of a layer.
 *
 * @param {Parameters} p
 * @param {number} i
 * @param {Float64Array} row
 */
function think(p, i, row) {
  const wide = linear(p[`${i}.wide`], row, p[`${i}.wide_bias`]).map((value) => Math.max(value, 0));
  return linear(p[`${i}.narrow`], wide, p[`${i}.narrow_bias`]);
}

/**
 * A symbol with its place added.
 *
 * @param {Body} net
 * @param {Parameters} p
 * @param {Float64Array} row
 * @param {number} t
 */
function placed({ positions, width, shapes }, p, row, t) {
  if (positions === "learned") return plus(row, embedded(p.places, t, shapes.places[0]));
  if (positions !== "sinusoidal") return row;
  return row.map((value, k) => {
    const angle = t * SLOWEST ** (-(k - (k % 2)) / width);
    return value + (k % 2 ? Math.cos(angle) : Math.sin(angle));
  });
}

/**
 * Pairs of features, turned by an angle that grows with the place.
 *
 * @param {Float64Array} row
 * @param {number} t
 */
function turned(row, t) {
  return row.map((value, k) => {
    const angle = t * SLOWEST ** (-(k - (k % 2)) / row.length);
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    return k % 2 ? row[k - 1] * sin + value * cos : value * cos - row[k + 1] * sin;
  });
}

// --------------------------------------------------------------------------- what is right

/** @type {Record<string, (text: string) => Right>} */
const TASKS = {
  reverse: (text) => ({
    answers: [...text].reverse(),
    places: [...text].map((_, t) => [text.length - 1 - t]),
  }),
  sort: (text) => {
    const answers = [...text].sort();
    return { answers, places: answers.map((symbol) => placesOf(text, symbol)) };
  },
  count: (text) => {
    const places = [...text].map((symbol) => placesOf(text, symbol));
    return { answers: places.map(({ length }) => (length < 10 ? String(length) : "X")), places };
  },
  previous: (text) => ({
    answers: [...text].map((_, t) => text[t - 1] ?? null),
    places: [...text].map((_, t) => (t ? [t - 1] : [])),
  }),
  repeats,
  one_period: repeats,
};

/**
 * What comes next in a text that repeats: known from where the first block is over.
 *
 * @param {string} text
 * @returns {Right}
 */
function repeats(text) {
  const period = periodOf(text);
  const here = [...text].map((_, t) => t);
  return {
    answers: here.map((t) => (t + 1 > period ? text[t + 1 - period] : null)),
    places: here.map((t) => here.filter((j) => j <= t && (t + 1 - j) % period === 0)),
  };
}

/**
 * The length of the block that a text repeats; that of the text where it repeats none.
 *
 * @param {string} text
 */
export function periodOf(text) {
  const repeated = (/** @type {number} */ n) => [...text].every((s, t) => t < n || s === text[t - n]);
  for (let n = 1; n < text.length; n++) if (repeated(n)) return n;
  return text.length;
}

/** @param {string} text @param {string} symbol */
const placesOf = (text, symbol) => [...text].flatMap((other, j) => (other === symbol ? [j] : []));

/**
 * What is to be said of a text, as core/concepts/transformer/tasks.py has it.
 *
 * @param {string} task
 * @param {string} text
 */
export const right = (task, text) => TASKS[task](text);
