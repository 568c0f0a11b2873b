// @ts-check
// A canvas on which a visitor sprays the points of two classes. Streamlit is told of them when the
// pointer is lifted; what is painted stays on the element from rerun to rerun.

import { button, part } from "./panel.js";
import { readTheme, themed } from "./theme.js";

/**
 * @typedef {[number, number, number]} Point x and y from 0 to 1, and its class
 *
 * @typedef {object} Data what the dialog says (explorer/own_dialog.py)
 * @property {{name: string, color: string}[]} classes
 * @property {{canvas: string, undo: string, clear: string}} words
 * @property {number} most points
 *
 * @typedef {(name: string, value: unknown) => void} SetStateValue
 * @typedef {HTMLElement & {painter?: Painter}} Parent
 */

const SHARP = 2; // pixels of the canvas for one of the page
const SIZE = 4;
const EVERY = 7; // pixels of the pointer's way between two points
const SPRAY = 9; // their standard deviation around the way, in pixels

/** @param {{parentElement: Parent, data: Data, setStateValue: SetStateValue}} component */
export function paint({ parentElement: parent, data, setStateValue }) {
  parent.painter ??= new Painter(parent, data);
  parent.painter.tell = setStateValue;
  parent.painter.draw();
}

class Painter {
  /** @type {Point[]} */
  points = [];
  /** @type {number[]} */
  strokes = []; // how many points there were before each
  chosen = 0;
  /** @type {{x: number, y: number} | null} */
  at = null; // where the last point of the stroke was
  /** @type {SetStateValue} */
  tell = () => {};

  /**
   * @param {Parent} parent
   * @param {Data} data
   */
  constructor(parent, data) {
    this.data = data;
    this.box = document.createElement("div");
    this.box.className = "own-paint";
    this.box.innerHTML = '<div role="group"></div><canvas></canvas>';
    this.canvas = part(this.box, "canvas", HTMLCanvasElement);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", data.words.canvas);
    this.buttons = data.classes.map(({ name }, i) => this.button(name, () => this.choose(i)));
    this.button(data.words.undo, () => this.cut(this.strokes.pop() ?? 0));
    this.button(data.words.clear, () => this.cut(0));
    this.choose(0);
    this.listen();
    parent.append(this.box);
  }

  /**
   * @param {string} name
   * @param {() => void} act
   */
  button(name, act) {
    const made = button(name, act);
    part(this.box, "div", HTMLElement).append(made);
    return made;
  }

  /** @param {number} i the class that is painted from now on */
  choose(i) {
    this.chosen = i;
    this.buttons.forEach((button, k) => button.setAttribute("aria-pressed", `${k === i}`));
  }

  /** @param {number} n how many points stay */
  cut(n) {
    this.points.length = n;
    this.strokes = this.strokes.filter((before) => before < n);
    this.done();
  }

  done() {
    this.at = null;
    this.draw();
    this.tell("points", this.points);
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.strokes.push(this.points.length);
      this.spray(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.at) this.spray(event);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => this.at && this.done());
    }
  }

  /** @param {PointerEvent} event */
  spray(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const to = { x: event.clientX - left, y: event.clientY - top };
    const from = this.at ?? to;
    const way = Math.hypot(to.x - from.x, to.y - from.y);
    if (this.at && way < EVERY) return;
    for (let k = this.at ? 1 : 0; k <= Math.floor(way / EVERY); k += 1) {
      const share = way ? (k * EVERY) / way : 0;
      this.add(
        (from.x + share * (to.x - from.x) + SPRAY * normal()) / width,
        1 - (from.y + share * (to.y - from.y) + SPRAY * normal()) / height,
      );
    }
    this.at = to;
    this.draw();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  add(x, y) {
    if (this.points.length >= this.data.most || x < 0 || x > 1 || y < 0 || y > 1) return;
    this.points.push([+x.toFixed(4), +y.toFixed(4), this.chosen]);
  }

  draw() {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const { dark } = readTheme(this.box);
    Object.assign(this.canvas, { width: width * SHARP, height: height * SHARP }); // and clears it
    context.scale(SHARP, SHARP);
    for (const [x, y, k] of this.points) {
      context.fillStyle = themed(this.data.classes[k].color, dark);
      context.beginPath();
      if (k) context.rect(x * width - SIZE, (1 - y) * height - SIZE, 2 * SIZE, 2 * SIZE);
      else context.arc(x * width, (1 - y) * height, SIZE, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

/** A random number: mean 0, standard deviation 1. */
function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
