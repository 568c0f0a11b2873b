// @ts-check
// A translator that runs in the browser: the net of core/concepts/attention/translator.py, once,
// from its weights; and what is right.

import { embedded, gru, linear, normal, plus, product, softmax } from "./layers.js";

/**
 * @import { Parameters } from "./layers.js"
 *
 * @typedef {{name: string, score: "" | "dot" | "scaled" | "additive", hard: boolean}} Read
 * @typedef {{shapes: Record<string, number[]>, encoder: string, width: number,
 *   n_symbols: number}} Net its parameters in the order in which they lie in the frame
 * @typedef {{states: Float64Array[], begin: Float64Array}} Encoded
 * @typedef {{said: number[], looks: number[][], sure: number[]}} Translation per symbol which it
 *   is, how much each place was looked at, and its probability
 */

const HEADS = 2;

/**
 * @param {Net} net
 * @param {Parameters} p
 * @param {number[]} source
 * @returns {Encoded}
 */
export function encode(net, p, source) {
  const x = source.map((symbol) => embedded(p.read, symbol, net.n_symbols + 1));
  return net.encoder === "self_attention" ? attentive(p, x) : recurrent(net, p, x);
}

/**
 * A GRU in one direction or two, half of a state from each.
 *
 * @param {Net} net
 * @param {Parameters} p
 * @param {Float64Array[]} x
 * @returns {Encoded}
 */
function recurrent(net, p, x) {
  const directions = net.shapes.enc_in[0];
  const ways = Array.from({ length: directions }, (_, d) => {
    const own = (/** @type {string} */ name) => {
      const size = p[name].length / directions;
      return p[name].subarray(d * size, (d + 1) * size);
    };
    let h = new Float64Array(net.width / directions);
    const states = (d ? [...x].reverse() : x).map((row) => {
      h = gru(linear(own("enc_in"), row, own("enc_in_bias")), h, own("enc_h"), own("enc_h_bias"));
      return h;
    });
    return { states: d ? states.reverse() : states, last: h };
  });
  return {
    states: x.map((_, j) => joined(...ways.map(({ states }) => states[j]))),
    begin: joined(...ways.map(({ last }) => last)),
  };
}

/** @param {Float64Array[]} parts */
const joined = (...parts) => Float64Array.from(parts.flatMap((part) => [...part]));

/**
 * One block of a Transformer.
 *
 * @param {Parameters} p
 * @param {Float64Array[]} x
 * @returns {Encoded}
 */
function attentive(p, x) {
  const n = p.enc_norm1.length;
  const places = p.enc_places.length / n;
  const h = x.map((row, j) => plus(linear(p.enc_up, row), embedded(p.enc_places, j, places)));
  const asked = h.map((row) => linear(p.enc_qkv, normal(row, p.enc_norm1, p.enc_norm1_bias),
    p.enc_qkv_bias));
  const states = h.map((row, j) => {
    const mixed = new Float64Array(n);
    for (let head = 0; head < HEADS; head++) {
      const part = (/** @type {number} */ k, /** @type {number} */ which) => {
        const from = which * n + (head * n) / HEADS;
        return asked[k].subarray(from, from + n / HEADS);
      };
      const looks = softmax(x.map((_, k) => product(part(j, 0), part(k, 1)) /
        Math.sqrt(n / HEADS)));
      looks.forEach((look, k) => {
        part(k, 2).forEach((value, i) => {
          mixed[(head * n) / HEADS + i] += look * value;
        });
      });
    }
    const with_ = plus(row, linear(p.enc_heads, mixed, p.enc_heads_bias));
    const wide = linear(p.enc_wide, normal(with_, p.enc_norm2, p.enc_norm2_bias), p.enc_wide_bias)
      .map((value) => Math.max(value, 0));
    return plus(with_, linear(p.enc_narrow, wide, p.enc_narrow_bias));
  });
  const begin = states.reduce(plus).map((value) => value / states.length);
  return { states, begin };
}

/**
 * How much each state is looked at.
 *
 * @param {Read} read
 * @param {Parameters} p
 * @param {Float64Array} h
 * @param {Float64Array[]} states
 */
function looksOf({ score }, p, h, states) {
  if (!score) return states.map(() => 0);
  const query = linear(p.query, h);
  const scale = score === "scaled" ? Math.sqrt(h.length) : 1;
  return softmax(states.map((state) => {
    if (score !== "additive") return product(query, state) / scale;
    return product(plus(query, linear(p.key, state)).map(Math.tanh), p.v);
  }));
}

/**
 * What a net says for a source, symbol by symbol.
 *
 * @param {Net} net
 * @param {Parameters} p
 * @param {Read} read
 * @param {number[]} source
 * @param {number} n how many symbols
 * @param {number[] | null} [told] the right ones, to be told before each; else it is told its own
 * @returns {Translation}
 */
export function translate(net, p, read, source, n, told = null) {
  const { states, begin } = encode(net, p, source);
  /** @type {Translation} */
  const found = { said: [], looks: [], sure: [] };
  let h = begin;
  let before = net.n_symbols; // nothing said yet
  for (let t = 0; t < n; t++) {
    const u = linear(p.dec_in, embedded(p.said, before, net.n_symbols + 1), p.dec_in_bias);
    h = gru(u, h, p.dec_h, p.dec_h_bias);
    const looks = looksOf(read, p, h, states);
    const logits = linear(p.out, linear(p.mix, joined(h, context(read, looks, states)), p.mix_bias)
      .map(Math.tanh), p.out_bias);
    const chances = softmax([...logits]);
    const most = chances.indexOf(Math.max(...chances));
    found.said.push(most);
    found.sure.push(chances[most]);
    found.looks.push(looks);
    before = told ? told[t] : most;
  }
  return found;
}

/**
 * What is read: the mean of the states, or the one that is looked at most.
 *
 * @param {Read} read
 * @param {number[]} looks
 * @param {Float64Array[]} states
 */
function context({ hard }, looks, states) {
  if (hard) return states[looks.indexOf(Math.max(...looks))];
  const mean = new Float64Array(states[0].length);
  states.forEach((state, j) => {
    state.forEach((value, i) => {
      mean[i] += looks[j] * value;
    });
  });
  return mean;
}

// --------------------------------------------------------------------------- what is right

/** @typedef {{answer: string, aligned: number[][]}} Right what is to be said, and from where */

/** @type {Record<string, (text: string) => Right>} */
const DIGITS = {
  reverse: (text) => ({
    answer: [...text].reverse().join(""),
    aligned: [...text].map((_, t) => [text.length - 1 - t]),
  }),
  copy: (text) => ({ answer: text, aligned: [...text].map((_, t) => [t]) }),
  sort: (text) => {
    const answer = [...text].sort();
    return {
      answer: answer.join(""),
      aligned: answer.map((symbol) => places(text, (other) => other === symbol)),
    };
  },
};

/**
 * The places of a text whose symbols are such.
 *
 * @param {string} text
 * @param {(symbol: string, j: number) => boolean} such
 */
const places = (text, such) =>
  [...text].flatMap((symbol, j) => (such(symbol, j) ? [j] : []));

/**
 * What is to be said for a text, as core/concepts/attention/tasks.py has it; null for what is no
 * date.
 *
 * @param {string} task
 * @param {string} text
 * @param {string[]} months
 * @returns {Right | null}
 */
export function right(task, text, months) {
  if (task !== "date") return DIGITS[task](text);
  const [, day, month, year] = /^(\d{1,2}) ([a-z]+) (\d{4})$/.exec(text) ?? [];
  const number = months.indexOf(month) + 1;
  if (!number || !isDay(Number(year), number, Number(day))) return null;
  const first = day.length + 1;
  const second = text.length - 4;
  const name = places(text, (_, j) => j >= first && j < second - 1);
  const years = [0, 1, 2, 3].map((k) => [second + k]);
  return {
    answer: year + String(number).padStart(2, "0") + day.padStart(2, "0"),
    aligned: [...years, name, name, [0], [day.length - 1]],
  };
}

/**
 * @param {number} year
 * @param {number} month from 1
 * @param {number} day
 */
function isDay(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && day > 0;
}
