// @ts-check
// Words of the field, explained where they stand: a button that opens a line and a drawing.

/**
 * @typedef {object} Entry a word, as the page tells of it (explorer/glossary.py)
 * @property {string} key
 * @property {string} word
 * @property {string} line what it means
 * @property {string} drawing an SVG, or ""
 */

const MOST_LETTERS_OF_AN_ENDING = 2; // of a plural, or of a particle that follows
const GAP = 6; // pixels between a word and what it opens

/**
 * The element of one word. Its popover is the browser's own: Esc, or a press elsewhere, closes it.
 *
 * @param {Entry} entry
 * @param {string} text how the word is written where it stands
 * @returns {HTMLElement}
 */
export function explained(entry, text = entry.word) {
  const place = document.createElement("span");
  place.className = "lv-word";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  const popover = document.createElement("span");
  popover.popover = "auto";
  popover.innerHTML = entry.drawing;
  popover.querySelector("svg")?.setAttribute("aria-hidden", "true");
  const word = document.createElement("b");
  word.textContent = entry.word;
  const line = document.createElement("span");
  line.textContent = entry.line;
  popover.append(word, line);
  button.popoverTargetElement = popover;
  popover.addEventListener("toggle", () => put(popover, button));
  place.append(button, popover);
  return place;
}

/**
 * A sentence whose words of the field are explained, each where it stands first; and the entries
 * for which there was no place in it.
 *
 * @param {string} text
 * @param {Entry[]} entries
 * @returns {{sentence: DocumentFragment, left: Entry[]}}
 */
export function explainedIn(text, entries) {
  const longestFirst = [...entries].sort((a, b) => b.word.length - a.word.length);
  /** @type {{at: number, end: number, entry: Entry}[]} */
  const places = [];
  for (const entry of longestFirst) {
    const free = matches(text, entry.word).find(({ at, end }) =>
      places.every((place) => end <= place.at || at >= place.end));
    if (free) places.push({ ...free, entry });
  }
  const sentence = document.createDocumentFragment();
  let done = 0;
  for (const { at, end, entry } of places.sort((a, b) => a.at - b.at)) {
    sentence.append(text.slice(done, at), explained(entry, text.slice(at, end)));
    done = end;
  }
  sentence.append(text.slice(done));
  const found = new Set(places.map((place) => place.entry));
  return { sentence, left: entries.filter((entry) => !found.has(entry)) };
}

/**
 * Where a word stands in a text, with its ending.
 *
 * @param {string} text
 * @param {string} word
 */
function matches(text, word) {
  const plain = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const ending = `\\p{L}{0,${MOST_LETTERS_OF_AN_ENDING}}`;
  const pattern = new RegExp(`(?<![\\p{L}\\d])${plain}${ending}(?![\\p{L}\\d])`, "giu");
  return [...text.matchAll(pattern)].map((m) => ({ at: m.index, end: m.index + m[0].length }));
}

/**
 * Puts what was opened below its word, or above where there is more room, within the window.
 *
 * @param {HTMLElement} popover
 * @param {HTMLElement} button
 */
function put(popover, button) {
  const word = button.getBoundingClientRect();
  const box = popover.getBoundingClientRect();
  const below = word.bottom + GAP + box.height <= innerHeight || word.top < innerHeight / 2;
  const left = Math.min(word.left, document.documentElement.clientWidth - box.width - GAP);
  popover.style.left = `${Math.max(GAP, left)}px`;
  popover.style.top = `${below ? word.bottom + GAP : word.top - GAP - box.height}px`;
}
