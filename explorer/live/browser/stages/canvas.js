// @ts-check
// A stage that is one canvas with a sentence below it, drawn when something has changed: no clock.

import { part, put } from "../panel.js";
import { Stage } from "../stage.js";

/**
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 */

/**
 * What an heir has to provide: `compute()`, when another frame is on stage; `words()`, what is to
 * be seen now; `draw()`.
 */
export class CanvasStage extends Stage {
  changed = false; // there is something to draw
  font = "";

  /**
   * @param {View} view
   * @param {StageSpec} spec
   * @param {string} html with a canvas and a `.lv-pole-said`
   */
  constructor(view, spec, html) {
    super(view, spec, html);
    this.canvas = part(this.box, "canvas", HTMLCanvasElement);
    this.sentence = part(this.box, ".lv-pole-said", HTMLElement);
    this.canvas.setAttribute("aria-describedby", this.text.id);
  }

  /** Has the net of the current frame answer. */
  compute() {}

  /** What is to be seen now. */
  words() {
    return "";
  }

  draw() {}

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
