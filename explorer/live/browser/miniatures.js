// @ts-check
// The moving pictures of the front door, drawn from numbers that were recorded from real runs.

import { readTheme, themed } from "./theme.js";

/**
 * @typedef {[number, number]} Pair
 * @typedef {{kind: "paths", x: Pair, y: Pair, colors: string[], paths: Pair[][],
 *   valley: {turn: number, ratio: number}}} Paths
 * @typedef {{kind: "curves", x: Pair, y: Pair, colors: string[], steps: number[],
 *   lines: number[][]}} Curves
 * @typedef {{kind: "fits", y: Pair, colors: string[], fits: number[][][], truth: number[]}} Fits
 * @typedef {{kind: "border", x: Pair, y: Pair, size: Pair, colors: string[], members: number[],
 *   maps: string[], points: Pair[][]}} Border
 * @typedef {{kind: "pole", after: number[], episodes: Pair[][]}} Pole
 * @typedef {{kind: "depths", colors: string[], depths: number[], frames: number[][][]}} Depths
 * @typedef {Paths | Curves | Fits | Border | Pole | Depths} Numbers
 *
 * @typedef {object} Sheet what is drawn on
 * @property {CanvasRenderingContext2D} pen
 * @property {number} width in CSS pixels
 * @property {number} height
 * @property {string[]} colors of the theme
 * @property {string} ink of letters
 * @property {string[]} labels
 */

const PLAY_S = 6;
const REST_S = 2; // the last picture stays so long
const MARGIN = 14;
const POLE_STEPS_PER_S = 25; // half of what they are
const POLE_REST_S = 0.9; // after a fall
const LEGEND_PX = 17;
const REDUCED = "(prefers-reduced-motion: reduce)";

/** One picture. */
export class Miniature {
  near = false; // whether it is near the window
  /** @type {Sheet | null} */
  sheet = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Numbers} numbers
   * @param {string[]} labels
   */
  constructor(canvas, numbers, labels) {
    this.canvas = canvas;
    this.numbers = numbers;
    this.labels = labels;
    this.seconds = numbers.kind === "pole" ? polesSeconds(numbers) : PLAY_S;
  }

  /** Takes the place's size and colours. */
  prepare() {
    const { canvas, labels } = this;
    const { width, height } = canvas.getBoundingClientRect();
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    const pen = canvas.getContext("2d");
    if (!pen || !width) return;
    const style = getComputedStyle(canvas);
    const colors = "colors" in this.numbers ? this.numbers.colors : [];
    pen.scale(devicePixelRatio, devicePixelRatio);
    pen.font = `14px ${style.fontFamily}`;
    pen.lineJoin = "round";
    pen.lineCap = "round";
    this.sheet = { pen, width, height, labels, ink: style.color,
      colors: themed(colors, readTheme(canvas).dark) };
  }

  /** @param {number} at seconds since it began; the last picture without */
  draw(at = this.seconds) {
    const { sheet, numbers, seconds } = this;
    if (!sheet) return;
    sheet.pen.clearRect(0, 0, sheet.width, sheet.height);
    const part = Math.min(at / seconds, 1);
    if (numbers.kind === "paths") drawPaths(sheet, numbers, part);
    else if (numbers.kind === "curves") drawCurves(sheet, numbers, part);
    else if (numbers.kind === "fits") drawFits(sheet, numbers, part);
    else if (numbers.kind === "border") drawBorder(sheet, numbers, part);
    else if (numbers.kind === "pole") drawPole(sheet, numbers, Math.min(at, seconds));
    else drawDepths(sheet, numbers, part);
  }
}

/** All pictures of a page: those near the window move, until they are asked to stop. */
export class Miniatures {
  began = performance.now();
  request = 0;
  stopped = matchMedia(REDUCED).matches;

  /** @param {Miniature[]} all */
  constructor(all) {
    this.all = all;
    this.seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const found = all.find((one) => one.canvas === entry.target);
        if (found) found.near = entry.isIntersecting;
      }
    }, { rootMargin: "100px" });
    this.sized = new ResizeObserver(() => this.redraw());
    for (const { canvas } of all) {
      this.seen.observe(canvas);
      this.sized.observe(canvas);
    }
    this.play(!this.stopped);
  }

  /** @param {boolean} on */
  play(on) {
    this.stopped = !on;
    this.began = performance.now();
    cancelAnimationFrame(this.request);
    this.redraw();
    if (on) this.request = requestAnimationFrame((now) => this.move(now));
  }

  /** @param {number} now milliseconds */
  move(now) {
    const passed = Math.max(0, now - this.began) / 1000;
    for (const one of this.all) {
      if (one.near) one.draw(passed % (one.seconds + REST_S));
    }
    this.request = requestAnimationFrame((then) => this.move(then));
  }

  /** After another size or theme. */
  redraw() {
    for (const one of this.all) {
      one.prepare();
      one.draw();
    }
  }

  destroy() {
    cancelAnimationFrame(this.request);
    this.seen.disconnect();
    this.sized.disconnect();
  }
}

/**
 * Maps a range to pixels.
 *
 * @param {Pair} range
 * @param {Pair} pixels
 */
const scale = ([lo, hi], [from, to]) => (/** @type {number} */ value) =>
  from + (value - lo) / (hi - lo) * (to - from);

/**
 * @param {Sheet} sheet
 * @param {Pair[]} points in pixels
 * @param {string} color
 * @param {number} width
 * @param {number} [opacity]
 */
function line({ pen }, points, color, width, opacity = 1) {
  pen.globalAlpha = opacity;
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
  pen.globalAlpha = 1;
}

/**
 * @param {Sheet} sheet
 * @param {Pair} at
 * @param {string} color
 * @param {number} radius
 */
function dot({ pen }, [x, y], color, radius) {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/**
 * @param {Sheet} sheet
 * @param {string} said
 * @param {Pair} at
 * @param {CanvasTextAlign} align
 * @param {string} [color]
 */
function write({ pen, ink }, said, [x, y], align, color = ink) {
  pen.fillStyle = color;
  pen.textAlign = align;
  pen.fillText(said, x, y);
}

/**
 * Names in their colours, one below the other.
 *
 * @param {Sheet} sheet
 * @param {number} top
 * @param {number} n how many
 */
function legend(sheet, top, n) {
  for (let i = 0; i < n; i++) {
    const at = /** @type {Pair} */ ([sheet.width - MARGIN, top + i * LEGEND_PX]);
    write(sheet, sheet.labels[i], at, "right", sheet.colors[i]);
  }
}

/**
 * Where names at the right are farthest from all lines: at the top, in the middle, or below.
 *
 * @param {Sheet} sheet
 * @param {Pair[]} points of the whole lines, so that names stay while they grow
 * @param {number} n names
 */
function freest({ width, height }, points, n) {
  const high = (n - 1) * LEGEND_PX;
  const beside = points.filter(([x]) => x > 0.6 * width).map(([, y]) => y);
  /** @type {(top: number) => number} */
  const room = (top) => Math.min(...beside.map((y) => Math.max(top - y, y - top - high)));
  const tops = [2 * MARGIN, (height - high) / 2, height - 2 * MARGIN - high];
  return tops.toSorted((a, b) => room(b) - room(a))[0];
}

/** @param {Sheet} sheet */
function axes(sheet) {
  const { width, height, ink } = sheet;
  line(sheet, [[MARGIN, MARGIN], [MARGIN, height - MARGIN], [width - MARGIN, height - MARGIN]],
    ink, 1, 0.4);
}

/**
 * @param {Sheet} sheet
 * @param {Paths} numbers
 * @param {number} part
 */
function drawPaths(sheet, { x, y, paths, valley }, part) {
  const { pen, width, height, colors, ink } = sheet;
  const [toX, toY] = [scale(x, [0, width]), scale(y, [height, 0])];
  const unit = toX(1) - toX(0);
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  for (const reach of [0.15, 0.35, 0.6, 0.9, 1.25, 1.7, 2.3, 3]) {
    pen.globalAlpha = 0.25;
    pen.beginPath();
    pen.ellipse(toX(0), toY(0), reach * valley.ratio * unit, reach * unit,
      -valley.turn * Math.PI / 180, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  paths.forEach((path, i) => {
    const shown = path.slice(0, 1 + Math.round(part * (path.length - 1)));
    const points = shown.map(([px, py]) => /** @type {Pair} */ ([toX(px), toY(py)]));
    line(sheet, points, colors[i], 2, 0.85);
    dot(sheet, points[points.length - 1], colors[i], 5);
  });
  legend(sheet, height - MARGIN - (paths.length - 1) * LEGEND_PX, paths.length);
}

/**
 * @param {Sheet} sheet
 * @param {Curves} numbers
 * @param {number} part
 */
function drawCurves(sheet, { x, y, steps, lines }, part) {
  const { width, height, colors } = sheet;
  const toX = scale(x, [MARGIN, width - MARGIN]);
  const toY = scale(y, [height - MARGIN, MARGIN]);
  axes(sheet);
  const end = part * x[1];
  const whole = lines.map((values) => steps.map((step, k) =>
    /** @type {Pair} */ ([toX(step), Math.max(0, toY(values[k]))])));
  whole.forEach((all, i) => {
    const points = all.filter((_, k) => steps[k] <= end);
    line(sheet, points, colors[i], 3);
    dot(sheet, points[points.length - 1], colors[i], 4);
  });
  legend(sheet, freest(sheet, whole.flat(), lines.length), lines.length);
}

/**
 * @param {Sheet} sheet
 * @param {Fits} numbers
 * @param {number} part
 */
function drawFits(sheet, { y, fits, truth }, part) {
  const { pen, width, height, colors, labels, ink } = sheet;
  const toY = scale(y, [height - MARGIN, MARGIN + LEGEND_PX]);
  const half = width / fits.length;
  fits.forEach((curves, side) => {
    const last = curves[0].length - 1;
    const toX = scale([0, last], [side * half + MARGIN, (side + 1) * half - MARGIN]);
    /** @type {(values: number[]) => Pair[]} */
    const points = (values) => values.map((value, k) => [toX(k), toY(value)]);
    const n = Math.ceil(part * curves.length);
    pen.save();
    pen.beginPath();
    pen.rect(side * half, LEGEND_PX + MARGIN / 2, half, height);
    pen.clip();
    curves.slice(0, n).forEach((values, k) => {
      line(sheet, points(values), colors[0], k === n - 1 ? 3 : 1.5, k === n - 1 ? 1 : 0.45);
    });
    pen.setLineDash([6, 5]);
    line(sheet, points(truth), colors[1], 2);
    pen.restore();
    write(sheet, labels[side], [(side + 0.5) * half, MARGIN + 4], "center", ink);
  });
}

/**
 * @param {Sheet} sheet
 * @param {Border} numbers
 * @param {number} part
 */
function drawBorder(sheet, { x, y, size, members, maps, points }, part) {
  const { pen, width, height, colors, labels } = sheet;
  const [columns, rows] = size;
  const k = Math.min(maps.length - 1, Math.floor(part * maps.length));
  pen.imageSmoothingEnabled = false;
  pen.globalAlpha = 0.3;
  pen.drawImage(mapOf(sheet, maps[k], columns, rows), 0, 0, width, height);
  pen.globalAlpha = 1;
  const [toX, toY] = [scale(x, [0, width]), scale(y, [height, 0])];
  points.forEach((of, i) => of.forEach(([px, py]) => dot(sheet, [toX(px), toY(py)], colors[i], 3)));
  write(sheet, labels[0].replace("{n}", String(members[k])), [width - MARGIN, height - MARGIN],
    "right");
}

/**
 * A small picture with a pixel for each cell; the first row is the lowest.
 *
 * @param {Sheet} sheet
 * @param {string} bits in hex
 * @param {number} columns
 * @param {number} rows
 */
function mapOf({ colors }, bits, columns, rows) {
  const map = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const pen = map.getContext("2d");
  for (let cell = 0; pen && cell < columns * rows; cell++) {
    pen.fillStyle = colors[parseInt(bits[cell >> 2], 16) >> (3 - cell % 4) & 1];
    pen.fillRect(cell % columns, rows - 1 - Math.floor(cell / columns), 1, 1);
  }
  return map;
}

/** @param {Pole} numbers */
const polesSeconds = ({ episodes }) => episodes.reduce((sum, { length }) =>
  sum + length / POLE_STEPS_PER_S + POLE_REST_S, 0);

/**
 * @param {Sheet} sheet
 * @param {Pole} numbers
 * @param {number} at seconds
 */
function drawPole(sheet, { after, episodes }, at) {
  const { pen, width, height, labels, ink } = sheet;
  let k = 0;
  let rest = at;
  const lasts = (/** @type {number} */ i) => episodes[i].length / POLE_STEPS_PER_S + POLE_REST_S;
  while (k < episodes.length - 1 && rest >= lasts(k)) rest -= lasts(k++);
  const step = Math.min(episodes[k].length - 1, Math.floor(rest * POLE_STEPS_PER_S));
  const [x, angle] = episodes[k][step];
  const fell = k < episodes.length - 1 && step === episodes[k].length - 1;
  const floor = height - 2 * MARGIN;
  const cart = width / 2 + x * width / 5; // the track is 4.8 m long
  line(sheet, [[MARGIN, floor + 12], [width - MARGIN, floor + 12]], ink, 1, 0.4);
  pen.fillStyle = ink;
  pen.fillRect(cart - 26, floor - 12, 52, 24);
  const long = 0.6 * height;
  const accent = getComputedStyle(sheet.pen.canvas).accentColor;
  line(sheet, [[cart, floor - 12],
    [cart + long * Math.sin(angle), floor - 12 - long * Math.cos(angle)]], accent, 8);
  const practice = labels[0].replace("{n}", after[k].toLocaleString("en"));
  write(sheet, practice, [MARGIN, MARGIN + 6], "left");
  if (fell) write(sheet, labels[1], [width - MARGIN, MARGIN + 6], "right");
}

/**
 * @param {Sheet} sheet
 * @param {Depths} numbers
 * @param {number} part
 */
function drawDepths(sheet, { depths, frames }, part) {
  const { width, height, colors, labels } = sheet;
  const now = frames[Math.round(part * (frames.length - 1))];
  const bottom = height - MARGIN - LEGEND_PX;
  const toX = scale([0, depths.length - 1], [3 * MARGIN, width - 7 * MARGIN]);
  const toY = scale([0, 1], [bottom, MARGIN]);
  line(sheet, [[MARGIN, bottom + 4], [width - MARGIN, bottom + 4]], sheet.ink, 1, 0.4);
  depths.forEach((depth, i) => {
    write(sheet, String(depth), [toX(i), height - MARGIN], "center");
  });
  write(sheet, labels[2], [width - MARGIN, height - MARGIN], "right");
  now.forEach((errors, i) => {
    const points = errors.map((error, k) => /** @type {Pair} */ ([toX(k), toY(error)]));
    line(sheet, points, colors[i], 3);
    for (const point of points) dot(sheet, point, colors[i], 4);
  });
  legend(sheet, 2 * MARGIN, now.length);
}
