// @ts-check
// A sheet of latents as the images that a generator makes of them. A point on it is dragged: its
// image is shown large, beside the training image that is nearest to it.

import { put } from "../panel.js";
import { CanvasStage } from "./canvas.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {{generator: number, side: number, places: number}} Options `generator`: which of those
 *   that the arrays hold; `side`: of an image, in pixels; `places`: of the sheet, to each side
 */

const BESIDE = 0.62; // how much of the height the large images have, where they stand beside
const WORD = 22; // pixels above an image, for a word
const RIM = 4; // around the sheet, for the frame of what is pointed at
/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @extends {CanvasStage<Options>} */
export class Latent extends CanvasStage {
  across = 2; // where the point is: places from the left,
  up = 2; // and from below
  held = false;
  sheet = { x: 0, y: 0, unit: 1 }; // where it is on the canvas, and how wide its images are

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec);
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.style.touchAction = "none"; // a finger drags the point, not the page
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.held = true;
      this.drag(event);
    });
    canvas.addEventListener("pointermove", (event) => this.held && this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => (this.held = false));
    }
    canvas.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      this.go(this.across + way[0], this.up + way[1]);
    });
  }

  /** The position of the point among the places of the sheet. */
  get spot() {
    return this.up * this.options.places + this.across;
  }

  /** @override */
  words() {
    const { now, options } = this;
    if (!now) return "";
    const { values } = /** @type {Numbers} */ (this.array("apart"));
    const apart = values[options.generator * options.places ** 2 + this.spot];
    return this.view.word("latent.says", { step: now.step, apart: apart.toFixed(2) });
  }

  /** @override */
  compute() {
    this.changed = true;
    put(this.sentence, this.words());
  }

  // ------------------------------------------------------------------------ dragged by hand

  /** @param {PointerEvent} event */
  drag(event) {
    const box = this.canvas.getBoundingClientRect();
    const { x, y, unit } = this.sheet;
    const across = Math.floor((event.clientX - box.left - x) / unit);
    const down = Math.floor((event.clientY - box.top - y) / unit);
    this.go(across, this.options.places - 1 - down);
  }

  /**
   * Puts the point at a place, or at the edge where that is outside.
   *
   * @param {number} across
   * @param {number} up
   */
  go(across, up) {
    const last = this.options.places - 1;
    this.across = Math.min(Math.max(across, 0), last);
    this.up = Math.min(Math.max(up, 0), last);
    this.show();
  }

  // ---------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const room = this.now && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { places } = this.options;
    const wide = width > height * 1.3;
    const size = wide
      ? Math.min(height - 2 * RIM, width / (1 + BESIDE))
      : Math.min(width - 2 * RIM, (height - WORD) / (1 + BESIDE / 2));
    const unit = Math.floor(size / places);
    this.sheet = { x: RIM, y: RIM, unit };
    for (let up = 0; up < places; up++) {
      for (let across = 0; across < places; across++) {
        this.image(c, "sheet", up * places + across, RIM + across * unit,
          RIM + (places - 1 - up) * unit, unit - 1);
      }
    }
    c.strokeStyle = this.ink;
    c.lineWidth = 3;
    c.strokeRect(RIM + this.across * unit - 2, RIM + (places - 1 - this.up) * unit - 2, unit + 3,
      unit + 3);
    this.drawLarge(c, RIM + places * unit, wide, width, height);
  }

  /**
   * The image at the point, and the training image that is nearest to it.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} end of the sheet, in pixels
   * @param {boolean} wide whether they stand beside it, else below
   * @param {number} width
   * @param {number} height
   */
  drawLarge(c, end, wide, width, height) {
    const gap = 16;
    const size = wide
      ? Math.min((height - 2 * WORD - gap) / 2, width - end - gap)
      : Math.min(height - end - WORD - RIM, (width - gap) / 2);
    if (size < 16) return; // no room
    const shown = [["sheet", "latent.sheet"], ["near", "latent.near"]];
    for (const [i, [name, word]] of shown.entries()) {
      const x = wide ? end + gap : i * (size + gap) + RIM;
      const y = wide ? i * (size + WORD + gap / 2) : end + RIM;
      this.label(c, this.view.word(word), x, y + WORD / 2, this.ink, "left");
      this.image(c, name, this.spot, x, y + WORD, size);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} name of the array
   * @param {number} place
   * @param {number} x
   * @param {number} y
   * @param {number} size
   */
  image(c, name, place, x, y, size) {
    const { generator, side, places } = this.options;
    const { values } = /** @type {Numbers} */ (this.array(name));
    const first = (generator * places ** 2 + place) * side * side;
    const unit = size / side;
    c.fillStyle = "#101010"; // images are bright on dark in both themes
    c.fillRect(x, y, size, size);
    for (let i = 0; i < side * side; i++) {
      const ink = values[first + i];
      if (ink < 20) continue;
      c.fillStyle = `rgb(${ink} ${ink} ${ink})`;
      const [left, top] = [(i % side) * unit, Math.floor(i / side) * unit];
      c.fillRect(x + left, y + top, Math.min(unit + 0.5, size - left),
        Math.min(unit + 0.5, size - top));
    }
  }
}
