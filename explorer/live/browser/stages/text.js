// @ts-check
// A text that falls into tokens, as core/concepts/language_models/tokens.py has it; and how tokens
// are drawn, each in a box.

/**
 * @import { Numbers } from "../frames.js"
 *
 * @typedef {{ids: number[], begins: boolean[]}} Cut tokens by number, and where pieces begin
 * @typedef {{text: string, ink: string, pale: number, fill: number}} Drawn what stands there, how
 *   pale it is and how dark its box
 * @typedef {{x: number, y: number, width: number, lines: number, isRight: boolean}} Room in pixels,
 *   and in lines; `isRight`: they begin at the right
 * @typedef {{i: number, x: number, y: number, w: number}} Box of a token
 */

export const LINE = 21; // pixels
export const TYPE = "14px ui-monospace, monospace";
/** @type {Record<string, string>} */
const SIGNS = { " ": "␣", "\n": "⏎", "\t": "⇥" };

/** How dark the boxes of neighbouring tokens are. @param {number} i */
export const shade = (i) => (i % 2 ? 0.2 : 0.08);

/** Whether most letters of a text are written from right to left. @param {string} text */
export function isFromRight(text) {
  const right = text.match(/[\p{Script=Hebrew}\p{Script=Arabic}]/gu)?.length ?? 0;
  return 2 * right > (text.match(/\p{L}/gu)?.length ?? 0);
}

/**
 * A token whose spaces can be seen; whatever its direction, that of the words around it stays.
 *
 * @param {string} token
 */
export const visible = (token) =>
  `\u2068${token.replaceAll(/[ \n\t]/g, (sign) => SIGNS[sign])}\u2069`;

/**
 * Pairs of tokens that were merged, in their order; those that are none are left out.
 *
 * @param {Numbers} pairs
 * @returns {[number, number][]}
 */
export const pairsOf = ({ values }) =>
  Array.from({ length: values.length / 2 }, (_, i) =>
    /** @type {[number, number]} */ ([values[2 * i], values[2 * i + 1]])).filter(([a]) => a >= 0);

/**
 * What each token stands for.
 *
 * @param {Numbers} alphabet code points
 * @param {[number, number][]} pairs
 */
export function symbolsOf(alphabet, pairs) {
  const found = [...alphabet.values].map((code) => String.fromCodePoint(code));
  for (const [a, b] of pairs) found.push(found[a] + found[b]);
  return found;
}

/**
 * Characters before the first merge: a piece begins at every space.
 *
 * @param {number[]} ids
 * @param {string[]} symbols
 * @returns {Cut}
 */
export const characters = (ids, symbols) =>
  ({ ids, begins: ids.map((id, i) => i === 0 || /\s/.test(symbols[id])) });

/**
 * The tokens after some merges.
 *
 * @param {Cut} text characters
 * @param {[number, number][]} pairs
 * @param {number} nCharacters different ones
 */
export function merged(text, pairs, nCharacters) {
  let { ids, begins } = text;
  pairs.forEach(([a, b], k) => {
    /** @type {Cut} */
    const next = { ids: [], begins: [] };
    for (let i = 0; i < ids.length; i++) {
      const both = ids[i] === a && ids[i + 1] === b && !begins[i + 1];
      next.ids.push(both ? nCharacters + k : ids[i]);
      next.begins.push(begins[i]);
      if (both) i += 1;
    }
    ({ ids, begins } = next);
  });
  return ids;
}

/**
 * Draws tokens one after the other, as many as there is room for; a line feed begins a new line.
 *
 * @param {CanvasRenderingContext2D} c
 * @param {Iterable<Drawn>} tokens
 * @param {Room} room
 * @returns {Box[]}
 */
export function flow(c, tokens, { x: left, y: top, width, lines, isRight }) {
  c.font = TYPE;
  c.textAlign = "left";
  c.direction = isRight ? "rtl" : "ltr";
  let [x, line, i] = [left, 0, 0];
  /** @type {Box[]} */
  const boxes = [];
  for (const { text, ink, pale, fill } of tokens) {
    const shown = text.replaceAll("\n", SIGNS["\n"]).replaceAll("\t", SIGNS["\t"]);
    const w = c.measureText(shown).width;
    const ends = text === "\n";
    if (x > left && !ends && (x + w > left + width || text.includes("\n"))) {
      x = left;
      line += 1;
    }
    if (line >= lines) break;
    const y = top + line * LINE;
    const at = isRight ? 2 * left + width - x - w : x;
    c.fillStyle = ink;
    c.globalAlpha = fill;
    c.fillRect(at, y + 1, w, LINE - 2);
    c.globalAlpha = pale;
    c.fillText(shown, at, y + LINE / 2);
    c.globalAlpha = 1;
    boxes.push({ i, x: at, y, w });
    x = ends ? left : x + w;
    line += Number(ends);
    i += 1;
  }
  c.direction = "inherit";
  return boxes;
}
