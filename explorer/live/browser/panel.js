// @ts-check
// What the view shows beside others: a chart (chart.js) or a stage (stage.js). The view tells
// each what is to be shown and when; a panel decides what of it is worth drawing.

/**
 * @import { Run } from "./run.js"
 * @import { View } from "./view.js"
 *
 * @typedef {object} Spec what the page says of any panel
 * @property {string} id
 * @property {string} title
 * @property {string} note what stands behind the title in small letters
 * @property {string} invitation what a click does
 * @property {string} alt what it shows, in a sentence
 * @property {"full" | "half" | "third"} width
 * @property {number} height in pixels
 * @property {0 | 1} [run] which of a scene's two runs a stage plays
 */

export class Panel {
  visible = true; // whether it is near the window: others are not painted
  /** @type {Run | null} */
  onScreen = null; // the run that is to be seen in it
  said = ""; // the frame that the text alternative is about
  saidAt = 0; // when it was written
  /** @type {number | null} */
  place = null; // the height in pixels that a lesson gives it, with its title

  /**
   * @param {View} view
   * @param {Spec} spec
   * @param {string} html what is in the figure
   */
  constructor(view, spec, html) {
    this.view = view;
    this.box = document.createElement("figure");
    this.box.innerHTML = html;
    this.box.dataset.chart = spec.id;
    Object.assign(this.box, { __panel: this }); // for tests
    this.caption = part(this.box, "figcaption", HTMLElement);
    this.caption.append(document.createElement("span"), document.createElement("small"));
    /** The text alternative: what it shows, and what is to be seen now. */
    this.text = part(this.box, ".lv-hidden", HTMLElement);
    this.text.id = `lv-${Math.random().toString(36).slice(2)}`;
  }

  /** Whether something heavy, a heatmap or a contour, is in it. */
  get hasField() {
    return false;
  }

  /** The height in pixels that it needs on a phone, where one scrolls to what does not fit. */
  get least() {
    return 0;
  }

  /** Whether it must be left alone for a moment. */
  get isBusy() {
    return false;
  }

  /**
   * Takes a (new) description and fills it from the frames that are there.
   *
   * @param {Spec} _spec
   * @param {Run} _run
   * @param {Run[]} _others the second run of a scene, or those that are pinned
   */
  describe(_spec, _run, _others) {
    throw new Error("a panel must say how it is described");
  }

  /** The title, and behind it in small letters what is good and what a click does. @param {Spec} spec */
  entitle({ title, note = "", invitation = "" }) {
    const [first, second] = this.caption.children;
    put(first, title);
    put(second, [note, invitation].filter(Boolean).map((words) => ` · ${words}`).join(""));
  }

  /** Reads the frames that came since the last time. */
  catchUp() {}

  /** A question is asked: of the run nothing but its first frame is known. */
  unlearn() {}

  /** Is drawn anew at the next painting: the theme has changed, or what is hidden. */
  redraw() {}

  /** Goes back to the axes of its data. */
  unzoom() {}

  /** Follows the width of its place. */
  resize() {}

  /**
   * Takes the place that a lesson gives it; its own height where that is null.
   *
   * @param {number | null} height in pixels, with its title
   */
  fit(height) {
    this.place = height;
  }

  /** Shows an arrow at a point, or none. @param {{x: number, y: number} | null} _point */
  pointAt(_point) {}

  /**
   * Brings frame `k` on paper: at once, at the width of its place and in the view's theme.
   *
   * @param {number} _k
   */
  print(_k) {}

  /**
   * Brings frame `k` on screen (-1: no frame yet).
   *
   * @param {number} _k
   * @param {number} _now milliseconds
   * @param {boolean} _mayBeSlow
   * @returns {boolean} whether there is something left to do
   */
  paint(_k, _now, _mayBeSlow) {
    throw new Error("a panel must say how it is painted");
  }

  /**
   * Writes the text alternative for frame `k`.
   *
   * @param {number} _k
   */
  say(_k) {
    throw new Error("a panel must say what is to be seen");
  }

  remove() {
    this.box.remove();
  }
}

/**
 * An element that must be there.
 *
 * @template {Element} E
 * @param {Element} root
 * @param {string} selector
 * @param {new () => E} type
 * @returns {E}
 */
export function part(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`there is no ${selector}`);
  return found;
}

/** @type {WeakMap<Element, string>} */
const written = new WeakMap();

/**
 * Writes a text where it is another one than was written last: writing is what costs, and what is
 * there may be the browser's translation of it.
 *
 * @param {Element} element
 * @param {string} text
 */
export function put(element, text) {
  if (written.get(element) === text) return;
  written.set(element, text);
  element.textContent = text;
}

/**
 * A button with a text; what it does, if nobody else listens.
 *
 * @param {string} text
 * @param {() => void} [act]
 */
export function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (act) made.addEventListener("click", act);
  return made;
}
