// @ts-check
// A stage that is one canvas between its tools and a sentence, drawn when something has changed: no
// clock.

import { button, part, put } from "../panel.js";
import { Stage } from "../stage.js";
import { themed } from "../theme.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { Run } from "../run.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 */

export const INK = "light-dark(#31333f, #e8eaed)";
const FAULT = "light-dark(#c22f06, #ff8a5c)";

/** @param {string} tools */
const html = (tools) => `<figcaption></figcaption>
  ${tools && `<div class="lv-pole-tools lv-translator-tools">${tools}</div>`}
  <canvas role="img"></canvas><p class="lv-pole-said" translate="no"></p>
  <p class="lv-hidden"></p>`;

/**
 * What an heir has to provide: `compute()`, when another frame is on stage; `words()`, what is to
 * be seen now; `draw()`; and `offer()` where it has tools.
 *
 * @template Options what the page says of it
 */
export class CanvasStage extends Stage {
  changed = false; // there is something to draw
  font = "";
  refused = ""; // what was asked for and cannot be done, and why

  /**
   * @param {View} view
   * @param {StageSpec} spec
   * @param {string} [tools] HTML
   */
  constructor(view, spec, tools = "") {
    super(view, spec, html(tools));
    Object.assign(this.box, { [`__${spec.stage.kind}`]: this }); // for tests
    this.canvas = part(this.box, "canvas", HTMLCanvasElement);
    this.sentence = part(this.box, ".lv-pole-said", HTMLElement);
    this.canvas.setAttribute("aria-describedby", this.text.id);
  }

  get ink() {
    return themed(INK, this.view.theme.dark);
  }

  /** The colour of what is wrong. */
  get fault() {
    return themed(FAULT, this.view.theme.dark);
  }

  get options() {
    return /** @type {Options} */ (/** @type {unknown} */ (this.spec?.stage));
  }

  /** An array of the frame on stage. @param {string} name */
  array(name) {
    return /** @type {Numbers | undefined} */ (this.now?.arrays[name]);
  }

  /**
   * @param {StageSpec} spec
   * @param {Run} run
   * @override
   */
  describe(spec, run) {
    this.spec = spec;
    this.run = run;
    this.font = getComputedStyle(this.box).fontFamily;
    this.box.className = `lv-chart lv-pole lv-translator lv-${spec.width}`;
    this.entitle(spec);
    this.canvas.setAttribute("aria-label", spec.title);
    this.fit(this.place);
    this.offer();
    this.frame = -1;
    this.changed = true;
  }

  /** Sets the tools: what can be asked for may be something else than before. */
  offer() {}

  /** Has the net of the current frame answer. */
  compute() {}

  /** What is to be seen now. */
  words() {
    return "";
  }

  draw() {}

  /** Says and draws what has become of it. */
  show() {
    put(this.sentence, this.words());
    this.draw();
  }

  /** Something else is asked of the same net. */
  again() {
    this.compute();
    this.show();
  }

  /**
   * Marks what was asked for as impossible, or as possible after all.
   *
   * @param {HTMLInputElement} input
   * @param {string} why
   */
  refuse(input, why) {
    this.refused = why;
    input.setAttribute("aria-invalid", String(Boolean(why)));
  }

  /**
   * The number in a field; null, and refused, where it is none that is allowed.
   *
   * @param {HTMLInputElement} input
   * @param {string} name the key of what it is called
   * @param {[number, number]} ends what is allowed at least and at most
   * @param {boolean} [whole] whether it has to be a whole number
   */
  numberIn(input, name, [low, high], whole = false) {
    const value = Number(input.value);
    const fits = input.value.trim() !== "" && value >= low && value <= high &&
      (!whole || Number.isInteger(value));
    this.refuse(input, fits ? "" : this.view.word("stage.number", {
      name: this.view.word(name), value: input.value || "–", allowed: `${low} … ${high}` }));
    return fits ? value : null;
  }

  /**
   * A button for each of some names, unless they are there already; whether they are new.
   *
   * @param {HTMLElement} group
   * @param {string[]} names
   */
  buttons(group, names) {
    if (group.dataset.names === names.join()) return false;
    group.dataset.names = names.join();
    group.replaceChildren(...names.map((name) => button(name)));
    return true;
  }

  /**
   * Has a group's buttons do something, each with its position.
   *
   * @param {HTMLElement} group
   * @param {(position: number) => void} act
   */
  whenPressed(group, act) {
    group.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button) act([...group.children].indexOf(button));
    });
  }

  /**
   * Says which of a group's buttons are on.
   *
   * @param {HTMLElement} group
   * @param {(position: number) => boolean} isOn
   */
  press(group, isOn) {
    [...group.children].forEach((button, i) =>
      button.setAttribute("aria-pressed", String(isOn(i))));
  }

  /** @override */
  redraw() {
    this.changed = true;
  }

  /** @override */
  resize() {
    this.changed = true;
  }

  /**
   * @param {number | null} height
   * @override
   */
  fit(height) {
    super.fit(height);
    const around = this.canvas.offsetTop - this.box.offsetTop + this.sentence.offsetHeight + 8;
    this.canvas.style.height = `${height ? Math.max(height - around, 120) : this.spec?.height}px`;
    this.changed = true;
  }

  /**
   * @param {number} k
   * @override
   */
  paint(k) {
    if (k < 0 || !this.run) return false;
    this.onScreen = this.run;
    if (k !== this.frame) {
      this.frame = k;
      this.compute();
    }
    if (this.changed) this.draw();
    return false;
  }

  /** @override */
  print() {
    this.draw();
  }

  /** @override */
  say() {
    put(this.text, `${this.spec?.alt} ${this.words()}`);
  }

  /** An empty canvas with its size in pixels; null where there is no room. */
  empty() {
    const { canvas } = this;
    const c = canvas.getContext("2d");
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!c || !width) return null;
    this.changed = false;
    const ratio = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.textBaseline = "middle";
    return { c, width, height };
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {string} color
   * @param {CanvasTextAlign} align
   */
  label(c, words, x, y, color, align) {
    c.font = `14px ${this.font}`;
    c.textAlign = align;
    c.fillStyle = color;
    c.fillText(words, x, y);
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} symbol
   * @param {number} x
   * @param {number} y
   * @param {string} color
   * @param {number} room in pixels
   * @param {boolean} [bold]
   */
  symbol(c, symbol, x, y, color, room, bold = false) {
    c.font = `${bold ? "bold " : ""}${Math.max(11, Math.min(17, room * 0.8))}px ${this.font}`;
    c.textAlign = "center";
    c.fillStyle = color;
    c.fillText(symbol === " " ? "␣" : symbol, x, y);
  }
}

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)} %`;
