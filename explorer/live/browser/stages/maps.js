// @ts-check
// The inside of a convolutional net: an image that the visitor picks or draws, every map that the
// net of the current frame makes of it, and the sum behind the number that is pointed at.

import { alike, covering, forward, gradient, softmax, sumOf } from "../convolution.js";
import { part, put } from "../panel.js";
import { Stage } from "../stage.js";
import { escaped } from "../words.js";

/**
 * @import { Layer, Sum } from "../convolution.js"
 * @import { Arrays } from "../frames.js"
 * @import { Run } from "../run.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {{pools: boolean[], classes: string[], full: number}} Options `full`: what a pixel full
 *   of ink is, in standard deviations above an empty one
 * @typedef {{x: number, y: number, size: number}} Square in pixels
 * @typedef {{layer: number, at: number}} Chosen a block, from 1 on, and a number of its maps
 * @typedef {[number, number, number]} Rgb
 */

const GAP = 6; // pixels between maps
const LABEL = 22; // pixels above a row of maps
const MARGIN = 8; // pixels, below
const WORDS = 56; // pixels: two lines of them below the picture, in a lesson
const WIDE = 820; // pixels: from here on image, sum and scores stand in one row
const MIDDLE = 500; // pixels: from here on all maps of a layer stand in one row
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {(key: string) => string} word gives what can stand in HTML */
const html = (word) => `<figcaption></figcaption><div class="lv-pole-tools">
  <label>${word("maps.image")} <select data-maps="image"></select></label>
  <button type="button" data-maps="draw" aria-pressed="false">${word("maps.draw")}</button>
  <button type="button" data-maps="clear">${word("maps.clear")}</button>
  <label>${word("maps.show")} <select data-maps="show">
  <option value="sum">${word("maps.show_sum")}</option>
  <option value="covering">${word("maps.show_covering")}</option>
  <option value="gradient">${word("maps.show_gradient")}</option></select></label></div>
  <canvas role="img" tabindex="0"></canvas><p class="lv-pole-said" translate="no"></p>
  <p class="lv-hidden"></p>`;

export class Maps extends Stage {
  /** @type {Float32Array | null} */
  image = null; // what the net sees
  picked = 0; // of the images that there are
  drawing = false; // whether the visitor draws
  pressed = false; // the pen is down
  shown = "sum"; // the sum of a number, or where the score comes from: by covering, by gradient
  /** @type {{layers: Layer[], scores: number[]} | null} */
  seen = null; // what the net makes of the image
  /** @type {Float32Array | null} */
  counts = null; // how much each pixel counts for the score
  /** @type {Float32Array | null} */
  untrained = null; // the same by the net of the first frame
  /** @type {Chosen} */
  chosen = { layer: 1, at: 0 };
  /** @type {Sum | null} */
  sum = null; // behind the chosen number
  /** @type {Square} */
  picture = { x: 0, y: 0, size: 0 }; // where the image is
  /** @type {Square[][]} */
  places = []; // where the maps are, layer by layer
  loop = 0; // the animation frame that is on its way
  changed = false; // there is something to draw
  font = "";

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, html((key) => escaped(view.word(key))));
    Object.assign(this.box, { __maps: this }); // for tests
    this.canvas = part(this.box, "canvas", HTMLCanvasElement);
    this.sentence = part(this.box, ".lv-pole-said", HTMLElement);
    /** @type {<E extends Element>(name: string, type: new () => E) => E} */
    const tool = (name, type) => part(this.box, `[data-maps=${name}]`, type);
    this.tools = {
      image: tool("image", HTMLSelectElement),
      draw: tool("draw", HTMLButtonElement),
      clear: tool("clear", HTMLButtonElement),
      show: tool("show", HTMLSelectElement),
    };
    this.canvas.setAttribute("aria-describedby", this.text.id);
    this.listen();
    this.loop = requestAnimationFrame(() => this.tick());
  }

  listen() {
    const { image, draw, clear, show } = this.tools;
    image.addEventListener("change", () => this.pick(Number(image.value)));
    draw.addEventListener("click", () => this.setDrawing(!this.drawing));
    clear.addEventListener("click", () => this.clear());
    show.addEventListener("change", () => {
      this.shown = show.value;
      this.look();
    });
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerup", () => this.release());
    this.canvas.addEventListener("pointercancel", () => this.release());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @override */
  remove() {
    cancelAnimationFrame(this.loop);
    super.remove();
  }

  get options() {
    return /** @type {Options} */ (/** @type {unknown} */ (this.spec?.stage));
  }

  get side() {
    return this.image ? Math.sqrt(this.image.length) : 0;
  }

  /**
   * @param {StageSpec} spec
   * @param {Run} run
   * @override
   */
  describe(spec, run) {
    if (this.run !== run) {
      this.frame = -1;
      if (!this.drawing) this.image = null;
    }
    this.spec = spec;
    this.run = run;
    this.font = getComputedStyle(this.box).fontFamily;
    this.box.className = `lv-chart lv-pole lv-maps lv-${spec.width}`;
    put(this.caption, spec.title);
    this.canvas.setAttribute("aria-label", spec.title);
    this.fit(this.place);
    this.changed = true;
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
    this.changed = true;
  }

  /** @override */
  get least() {
    return 640; // all maps as large as a finger finds them
  }

  /** @override */
  print() {
    this.draw();
  }

  /** @override */
  say() {
    put(this.text, `${this.spec?.alt} ${this.words()}`);
  }

  tick() {
    this.loop = requestAnimationFrame(() => this.tick());
    if (!this.visible || !this.run?.frames.length) return;
    const k = Math.max(0, Math.min(Math.floor(this.view.transport.head), this.run.last));
    if (k !== this.frame) {
      this.frame = k;
      if (!this.image) this.pick(this.picked);
      else this.look();
    }
    if (!this.changed) return;
    this.changed = false;
    this.draw();
    put(this.sentence, this.words());
  }

  // --------------------------------------------------------------------------- the image

  /** @param {number} i of the test images */
  pick(i) {
    const { images, labels } = this.now?.arrays ?? {};
    if (!images) return;
    const { image } = this.tools;
    if (image.options.length !== labels.values.length) this.offer(Array.from(labels.values));
    this.picked = i;
    image.value = String(i);
    const [, n] = images.shape;
    this.image = Float32Array.from(images.values.slice(i * n, (i + 1) * n));
    this.setDrawing(false);
    this.look();
  }

  /** @param {number[]} labels */
  offer(labels) {
    /** @type {Record<string, number>} */
    const count = {};
    this.tools.image.replaceChildren(...labels.map((label, i) => {
      const name = this.options.classes[label];
      count[name] = (count[name] ?? 0) + 1;
      return new Option(`${name} ${count[name]}`, String(i));
    }));
  }

  /** @param {boolean} on */
  setDrawing(on) {
    this.drawing = on;
    this.tools.draw.setAttribute("aria-pressed", String(on));
    this.canvas.style.touchAction = on ? "none" : "manipulation";
    this.changed = true;
  }

  clear() {
    if (!this.image) return;
    this.image = new Float32Array(this.image.length).fill(this.empty);
    this.setDrawing(true);
    this.look();
  }

  get empty() {
    return this.now?.arrays.background.values[0] ?? 0;
  }

  /**
   * The pen leaves ink, and less of it half a pixel off.
   *
   * @param {number} x in pixels of the image
   * @param {number} y
   */
  ink(x, y) {
    const { image, side, empty } = this;
    if (!image) return;
    image.forEach((before, i) => {
      const off = Math.hypot((i % side) + 0.5 - x, Math.floor(i / side) + 0.5 - y);
      const full = Math.min(Math.max(1.25 - off / 1.5, 0), 1) * this.options.full;
      image[i] = Math.max(before, empty + full);
    });
    this.look();
  }

  /** The net of the current frame looks at the image. */
  look() {
    const { now, image, run } = this;
    if (!now || !image || !run) return;
    this.seen = forward(now.arrays, this.options.pools, image);
    const { scores } = this.seen;
    const top = scores.indexOf(Math.max(...scores));
    [this.counts, this.untrained] = this.shown === "sum" ? [null, null]
      : [now, run.frames[0]].map((frame) => this.counting(frame.arrays, image, top));
    this.explain();
  }

  /**
   * How much each pixel counts for the score of a class.
   *
   * @param {Arrays} arrays the net
   * @param {Float32Array} image
   * @param {number} of the class
   */
  counting(arrays, image, of) {
    const { pools } = this.options;
    return this.shown === "gradient" ? gradient(arrays, forward(arrays, pools, image).layers, of)
      : covering(arrays, pools, image, this.empty, of);
  }

  explain() {
    const { now, seen, chosen } = this;
    if (!now || !seen) return;
    this.sum = sumOf(now.arrays, seen.layers, chosen.layer, chosen.at);
    this.changed = true;
  }

  // --------------------------------------------------------------------------- pointing

  /** @param {PointerEvent} event */
  where({ clientX, clientY }) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.pressed = this.drawing;
    this.point(event);
  }

  release() {
    this.pressed = false;
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { x, y } = this.where(event);
    const { picture, side } = this;
    if (this.pressed) {
      const unit = picture.size / side;
      this.ink((x - picture.x) / unit, (y - picture.y) / unit);
      return;
    }
    this.places.forEach((squares, i) => {
      const layer = this.seen?.layers[i];
      squares.forEach((square, c) => {
        const unit = square.size / (layer?.side ?? 1);
        const [row, column] = [y - square.y, x - square.x].map((d) => Math.floor(d / unit));
        const inside = layer && Math.min(row, column) >= 0 && Math.max(row, column) < layer.side;
        if (inside) this.choose(i + 1, (c * layer.side + row) * layer.side + column);
      });
    });
  }

  /**
   * @param {number} layer
   * @param {number} at
   */
  choose(layer, at) {
    if (this.chosen.layer === layer && this.chosen.at === at) return;
    this.chosen = { layer, at };
    this.explain();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = Object.entries(ARROWS).find(([name]) => name === event.key)?.[1];
    const layer = this.seen?.layers[this.chosen.layer - 1];
    if (!step || !layer) return;
    event.preventDefault();
    event.stopPropagation(); // else the view would step through the frames
    const { channel, row, column } = this.spot;
    const [down, across] = [row + step[0], column + step[1]]
      .map((to) => Math.min(Math.max(to, 0), layer.side - 1));
    this.choose(this.chosen.layer, (channel * layer.side + down) * layer.side + across);
  }

  /** Where the chosen number is. */
  get spot() {
    const side = this.seen?.layers[this.chosen.layer - 1].side ?? 1;
    const { at } = this.chosen;
    return {
      channel: Math.floor(at / (side * side)), row: Math.floor(at / side) % side,
      column: at % side,
    };
  }

  // ---------------------------------------------------------------------------- in words

  /** The sum behind the chosen number. */
  words() {
    const { sum, chosen, seen, now, view } = this;
    if (!sum || !seen || !now) return "";
    const { channel, row, column } = this.spot;
    const chances = softmax(seen.scores);
    const top = chances.indexOf(Math.max(...chances));
    const said = view.word("maps.says", {
      step: now.step, answer: this.options.classes[top], chance: `${Math.round(100 * chances[top])}`,
    });
    const how = view.word(this.options.pools[chosen.layer - 1] ? "maps.pooled" : "maps.sum", {
      layer: chosen.layer, channel: channel + 1, row: row + 1, column: column + 1,
      sum: short(sum.sum), scale: short(sum.scale),
      offset: signed(sum.offset), value: short(sum.value),
    });
    return `${said} ${how}`;
  }

  // ----------------------------------------------------------------------------- the picture

  draw() {
    const { canvas, seen, image } = this;
    const c = canvas.getContext("2d");
    const width = canvas.clientWidth;
    if (!c || !seen || !image || !width) return;
    const height = this.arranged(width, seen.layers);
    const ratio = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.textBaseline = "alphabetic";
    this.label(c, this.view.word(this.drawing ? "maps.draw_here" : "maps.sees"), 0, 14);
    this.drawMaps(c, image, this.side, [this.picture], this.empty, this.empty + this.options.full);
    if (this.counts) this.drawCounts(c, this.counts, this.picture);
    seen.layers.forEach(({ maps, side, n }, i) => {
      const squares = this.places[i];
      this.label(c, this.view.word("maps.layer", { layer: i + 1, n, side }), 0, squares[0].y - 7);
      this.drawMaps(c, maps, side, squares, 0, Math.max(...maps, 1e-6));
    });
    this.drawChosen(c, seen.layers);
    if (!this.small(width)) {
      if (this.counts) this.drawCheck(c, width);
      else this.drawSum(c, width);
    }
    this.drawScores(c, width);
  }

  /**
   * Whether a lesson leaves no room for window and kernel: the sentence below has their sum.
   *
   * @param {number} width
   */
  small(width) {
    return this.place !== null && width < WIDE;
  }

  /**
   * Places all, smaller where a lesson gives it less height; returns how high it is.
   *
   * @param {number} width
   * @param {Layer[]} layers
   */
  arranged(width, layers) {
    let height = this.arrange(width, layers, 1);
    if (this.place === null) return height;
    // Not the box's own height: a grid makes it as high as what stands beside it
    const around = this.canvas.offsetTop - this.box.offsetTop + WORDS;
    for (let scale = 0.95; height > this.place - around && scale > 0.2; scale -= 0.05) {
      height = this.arrange(width, layers, scale);
    }
    return height;
  }

  /**
   * Places the image and the maps; returns how high all is.
   *
   * @param {number} width
   * @param {Layer[]} layers
   * @param {number} scale
   */
  arrange(width, layers, scale) {
    const wide = width >= WIDE;
    const size = scale * (wide ? 136 : Math.min(128, 0.36 * width));
    this.picture = { x: 0, y: LABEL, size };
    const sum = this.small(width) ? MARGIN : LABEL + 8 + size; // below the image
    let y = LABEL + size + (wide ? 12 * scale : sum);
    this.places = layers.map(({ n }) => {
      const perRow = width >= MIDDLE ? n : 8;
      const each = Math.min((width + GAP) / perRow - GAP, scale * (wide ? 56 : 60));
      y += LABEL;
      const squares = Array.from({ length: n }, (_, c) => ({
        x: (c % perRow) * (each + GAP), y: y + Math.floor(c / perRow) * (each + GAP), size: each,
      }));
      y += Math.ceil(n / perRow) * (each + GAP);
      return squares;
    });
    return y;
  }

  get ink0() {
    return this.view.theme.dark ? "#e8eaed" : "#31333f";
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {CanvasTextAlign} [align]
   */
  label(c, text, x, y, align = "left") {
    c.font = `14px ${this.font}`;
    c.textAlign = align;
    c.fillStyle = this.ink0;
    c.fillText(text, x, y);
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {ArrayLike<number>} maps
   * @param {number} side
   * @param {Square[]} squares
   * @param {number} least is drawn as the page is
   * @param {number} most is drawn as letters are
   */
  drawMaps(c, maps, side, squares, least, most) {
    squares.forEach(({ x, y, size }, channel) => {
      const unit = size / side;
      for (let i = 0; i < side * side; i++) {
        const share = (maps[channel * side * side + i] - least) / (most - least);
        c.fillStyle = this.grey(share);
        c.fillRect(x + (i % side) * unit, y + Math.floor(i / side) * unit, unit + 0.5, unit + 0.5);
      }
      c.strokeStyle = this.ink0;
      c.globalAlpha = 0.35;
      c.lineWidth = 1;
      c.strokeRect(x, y, size, size);
      c.globalAlpha = 1;
    });
  }

  /** @param {number} share 0 to 1 */
  grey(share) {
    const s = Math.min(Math.max(share, 0), 1);
    const [low, high] = this.view.theme.dark ? [28, 245] : [250, 20];
    const level = Math.round(low + (high - low) * s);
    return `rgb(${level} ${level} ${level})`;
  }

  /**
   * How much each pixel counts, over the image; by gradient whatever its sign.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Float32Array} counts
   * @param {Square} square where the image is
   */
  drawCounts(c, counts, square) {
    const unit = square.size / this.side;
    const sizes = counts.map((count) => (this.shown === "gradient" ? Math.abs(count) : count));
    const most = Math.max(...sizes, 1e-6);
    sizes.forEach((size, i) => {
      if (size <= 0) return;
      c.fillStyle = `rgb(230 90 0 / ${0.85 * (size / most)})`;
      const [row, column] = [Math.floor(i / this.side), i % this.side];
      c.fillRect(square.x + column * unit, square.y + row * unit, unit, unit);
    });
  }

  /**
   * The check: the same for the net of the first frame, which knows nothing, and how alike they are.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   */
  drawCheck(c, width) {
    const { image, counts, untrained, empty, view } = this;
    if (!image || !counts || !untrained) return;
    const { x, y, size } = this.beside(width);
    this.label(c, view.word("maps.untrained"), x, y - 8);
    this.drawMaps(c, image, this.side, [{ x, y, size }], empty, empty + this.options.full);
    this.drawCounts(c, untrained, { x, y, size });
    const found = alike(counts, untrained);
    const lines = [view.word("maps.alike"), Number.isFinite(found) ? short(found) : "–"];
    lines.forEach((line, i) => this.label(c, line, x + size + 12, y + 14 + 22 * i));
  }

  /**
   * The place beside the image, or below it where there is no room.
   *
   * @param {number} width
   * @returns {Square}
   */
  beside(width) {
    const { x, y, size } = this.picture;
    return width >= WIDE ? { x: size + 32, y, size } : { x, y: y + size + LABEL + 8, size };
  }

  /**
   * Frames around the chosen number and around its window in every map below.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Layer[]} layers
   */
  drawChosen(c, layers) {
    const { sum, chosen } = this;
    if (!sum) return;
    const { channel, row, column } = this.spot;
    const layer = layers[chosen.layer - 1];
    frame(c, this.places[chosen.layer - 1][channel], layer.side, row, column, 1, "#d1380d", 2);
    const below = chosen.layer > 1 ? this.places[chosen.layer - 2] : [this.picture];
    const half = layer.kernel >> 1;
    below.forEach((square, b) => {
      const strong = b === sum.strongest;
      frame(c, square, layer.sideBelow, sum.row - half, sum.column - half, layer.kernel,
        strong ? "#d1380d" : "#0072b2", strong ? 2 : 1);
    });
  }

  /**
   * Window times kernel, with numbers.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   */
  drawSum(c, width) {
    const { sum, chosen, view } = this;
    if (!sum) return;
    const { x, y, size } = this.beside(width);
    const of = chosen.layer > 1 ? view.word("maps.window_of", { channel: sum.strongest + 1 })
      : view.word("maps.window");
    this.label(c, of, x, y - 8);
    this.drawNumbers(c, sum.window, { x, y, size }, false);
    const times = x + size + 16;
    this.label(c, "×", times, y + size / 2, "center");
    const second = times + 16;
    this.label(c, view.word("maps.kernel"), second, y - 8);
    this.drawNumbers(c, sum.weights, { x: second, y, size }, true);
    const right = second + size + 12;
    const part = sum.parts[sum.strongest];
    const lines = [`= ${short(part)}`];
    if (sum.parts.length > 1) {
      lines.push(view.word("maps.all", { n: sum.parts.length, sum: short(sum.sum) }));
    }
    lines.push(view.word("maps.norm", { scale: short(sum.scale), offset: signed(sum.offset) }),
      `= ${short(sum.sum * sum.scale + sum.offset)}`, `ReLU: ${short(sum.value)}`);
    const high = Math.min(22, size / lines.length);
    lines.forEach((line, i) => this.label(c, line, right, y + 14 + high * i));
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {number[]} numbers
   * @param {Square} square
   * @param {boolean} colours whether signs are coloured: orange above 0, blue below
   */
  drawNumbers(c, numbers, { x, y, size }, colours) {
    const k = Math.sqrt(numbers.length);
    const unit = size / k;
    const most = Math.max(...numbers.map(Math.abs), 1e-9);
    c.textAlign = "center";
    c.font = `${Math.min(15, unit / 2.6)}px ${this.font}`;
    numbers.forEach((number, i) => {
      const [left, top] = [x + (i % k) * unit, y + Math.floor(i / k) * unit];
      const share = Math.abs(number) / most;
      const tint = number < 0 ? "0 114 178" : "213 94 0";
      c.fillStyle = colours ? `rgb(${tint} / ${0.55 * share})` : "transparent";
      c.fillRect(left, top, unit, unit);
      c.strokeStyle = this.ink0;
      c.globalAlpha = 0.3;
      c.strokeRect(left, top, unit, unit);
      c.globalAlpha = 1;
      c.fillStyle = this.ink0;
      c.fillText(number.toFixed(k > 3 ? 1 : 2), left + unit / 2, top + unit / 2 + 4);
    });
  }

  /**
   * A bar for the probability of each class.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   */
  drawScores(c, width) {
    const { seen, picture } = this;
    if (!seen) return;
    const wide = width >= WIDE;
    const left = wide ? 3 * picture.size + 32 + 32 + 150 : picture.size + 32;
    const chances = softmax(seen.scores);
    const fits = Math.max(2, Math.floor(picture.size / 12)); // more would be too small to read
    const columns = Math.ceil(chances.length / fits);
    const perColumn = Math.ceil(chances.length / columns);
    const high = picture.size / perColumn;
    const names = 64;
    const room = (width - left) / columns;
    const long = Math.max(24, Math.min(160, room - names - 16));
    this.label(c, this.view.word("maps.answer"), left, 14);
    chances.forEach((chance, k) => {
      const x = left + Math.floor(k / perColumn) * room;
      const y = picture.y + (k % perColumn) * high;
      c.font = `${Math.min(14, high - 1)}px ${this.font}`;
      c.textAlign = "left";
      c.fillStyle = this.ink0;
      c.fillText(this.options.classes[k], x, y + 0.8 * high);
      c.globalAlpha = 0.15;
      c.fillRect(x + names, y + 2, long, high - 4);
      c.globalAlpha = 1;
      c.fillStyle = "#0072b2";
      c.fillRect(x + names, y + 2, long * chance, high - 4);
    });
  }
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {Square} square
 * @param {number} side of the map in it
 * @param {number} row
 * @param {number} column
 * @param {number} n how many numbers each way
 * @param {string} colour
 * @param {number} thickness
 */
function frame(c, { x, y, size }, side, row, column, n, colour, thickness) {
  const unit = size / side;
  const [top, left] = [row, column].map((at) => Math.max(at, 0));
  const [bottom, right] = [row, column].map((at) => Math.min(at + n, side));
  c.strokeStyle = colour;
  c.lineWidth = thickness;
  c.strokeRect(x + left * unit, y + top * unit, (right - left) * unit, (bottom - top) * unit);
}

/** @param {number} value */
const short = (value) => value.toFixed(Math.abs(value) < 10 ? 2 : 1).replace("-", "−");

/** @param {number} value */
const signed = (value) => (value < 0 ? `− ${short(-value)}` : `+ ${short(value)}`);
