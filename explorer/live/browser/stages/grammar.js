// @ts-check
// A language that is known exactly, in the browser: what its hidden Markov chain says of a gap, as
// core/concepts/language_models/language.py has it.

/**
 * @typedef {[number, number, number][]} Sparse row, column and value of what is not 0
 * @typedef {{words: string[], length: number, begin: Sparse, move: Sparse, say: Sparse}} Language
 */

/**
 * The probability of each word at a place, given the words before it and those after it.
 *
 * @param {Language} language
 * @param {number[]} words by number; any other number is a gap
 * @param {number} place
 * @returns {number[] | null} null where the language has no such sentence
 */
export function known(language, words, place) {
  const before = forward(language, words.slice(0, place));
  const after = backward(language, words.slice(place + 1), before.length);
  const found = new Array(language.words.length).fill(0);
  for (const [state, word, p] of language.say) found[word] += p * before[state] * after[state];
  const sum = found.reduce((a, b) => a + b, 0);
  return sum > 0 ? found.map((p) => p / sum) : null;
}

/**
 * How probable each state is after these words.
 *
 * @param {Language} language
 * @param {number[]} words
 */
function forward(language, words) {
  const n = 1 + Math.max(...language.move.map(([state]) => state));
  let odds = new Float64Array(n);
  for (const [, state, p] of language.begin) odds[state] = p;
  for (const word of words) {
    const likely = likelihood(language, word, n);
    const next = new Float64Array(n);
    for (const [from, to, p] of language.move) next[to] += odds[from] * likely[from] * p;
    odds = scaled(next);
  }
  return odds;
}

/**
 * How probable what follows is after each state.
 *
 * @param {Language} language
 * @param {number[]} words
 * @param {number} n states
 */
function backward(language, words, n) {
  let odds = new Float64Array(n).fill(1);
  for (const word of [...words].reverse()) {
    const likely = likelihood(language, word, n);
    const next = new Float64Array(n);
    for (const [from, to, p] of language.move) next[from] += odds[to] * likely[to] * p;
    odds = scaled(next);
  }
  return odds;
}

/**
 * How probably each state says a word; 1 for a gap.
 *
 * @param {Language} language
 * @param {number} word
 * @param {number} n states
 */
function likelihood(language, word, n) {
  if (!(word in language.words)) return new Float64Array(n).fill(1);
  const found = new Float64Array(n);
  for (const [state, other, p] of language.say) if (other === word) found[state] = p;
  return found;
}

/** @param {Float64Array<ArrayBuffer>} odds */
function scaled(odds) {
  const sum = odds.reduce((a, b) => a + b, 0);
  return sum > 0 ? odds.map((p) => p / sum) : odds;
}

// ------------------------------------------------------------------------------- drawing words

/**
 * What words are drawn with: surer or less sure, and only the most probable ones.
 *
 * @param {number[]} chances
 * @param {{temperature: number, most: number, mass: number}} how temperature; how many words at
 *   most (top-k, 0 for all); the least mass of the most probable words that are kept (top-p)
 */
export function sharpened(chances, { temperature, most, mass }) {
  const order = chances.map((_, word) => word).sort((a, b) => chances[b] - chances[a]);
  if (!temperature) return chances.map((_, word) => Number(word === order[0]));
  const raised = chances.map((p) => (p / chances[order[0]]) ** (1 / temperature));
  const kept = new Set(order.slice(0, most || undefined));
  const whole = order.reduce((sum, word) => sum + (kept.has(word) ? raised[word] : 0), 0);
  let sum = 0;
  for (const word of order) {
    if (sum >= mass * whole) kept.delete(word);
    else sum += kept.has(word) ? raised[word] : 0;
  }
  const left = raised.map((p, word) => (kept.has(word) ? p : 0));
  return left.map((p) => p / left.reduce((a, b) => a + b, 0));
}

/**
 * The word at which the probabilities, added up, come to u.
 *
 * @param {number[]} chances
 * @param {number} u from 0 to 1
 */
export function drawn(chances, u) {
  let sum = 0;
  const found = chances.findIndex((p) => (sum += p) > u);
  return found < 0 ? chances.lastIndexOf(Math.max(...chances)) : found;
}

/**
 * Numbers from 0 to 1 that look random, the same ones for the same seed (mulberry32).
 *
 * @param {number} seed
 * @param {number} n
 */
export function randoms(seed, n) {
  let state = (seed + 1) * 0x9e3779b9 | 0;
  return Array.from({ length: n }, () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = t + Math.imul(t ^ (t >>> 7), 61 | t) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  });
}
