// @ts-check
// Words in the visitor's language: the page sends them, by key (explorer/live/words.py).

/** @import { Said } from "./frames.js" */
/** @typedef {Record<string, string>} Words by key a sentence, with `{name}` for each value */

/**
 * A sentence from its key and values. A value that has words of its own is put into them as
 * well: those of "rule.adam" for the "adam" of a {rule}.
 *
 * @param {Said | string} said a text is shown as it is
 * @param {Words} words
 * @returns {string}
 */
export function phrase(said, words) {
  if (typeof said === "string") return said;
  const [key, values = {}] = said;
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (placeholder, name) => {
    const value = values[name] ?? placeholder;
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
