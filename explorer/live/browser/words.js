// @ts-check
// Words in the visitor's language: the page sends them, by key (explorer/live/words.py).

/** @import { Said } from "./frames.js" */
/** @typedef {Record<string, string>} Words by key a sentence, with `{name}` for each value */

/**
 * A sentence from its key and values. A value that has words of its own is put into them as
 * well: those of "rule.adam" for the "adam" of a {rule}. One that is a note is put into words, too.
 *
 * @param {Said} said
 * @param {Words} words
 * @returns {string}
 */
export function phrase(said, words) {
  const [key, values = {}] = said;
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (placeholder, name) => {
    const value = values[name] ?? placeholder;
    if (Array.isArray(value)) return phrase(/** @type {Said} */ (value), words);
    return words[`${name}.${value}`] ?? String(value);
  });
}

/**
 * A text that can stand in HTML, in an attribute too.
 *
 * @param {string} text
 */
export function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
