// @ts-check
// A tune, and how nets go on with it that have heard it once. Each can be listened to: sound is
// made only when somebody asks for it.

import { part, put } from "../panel.js";
import { themed } from "../theme.js";
import { escaped } from "../words.js";
import { CanvasStage } from "./canvas.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {{label: string, color: string}} Net
 * @typedef {{nets: Net[], notes: string, beats: number, tune: string}} Options
 */

const NAME = 20; // pixels above a row
const GAP = 8; // pixels between rows
/** @type {Record<string, number>} pitches in Hz */
const PITCH = { g: 196, C: 261.63, D: 293.66, E: 329.63, F: 349.23, G: 392, A: 440 };
const HELD = "-"; // a note that goes on

/** @param {(key: string) => string} word gives what can stand in HTML */
const tools = (word) => `
  <span role="group" aria-label="${word("song.listen")}" data-song="rows"></span>`;

/** @extends {CanvasStage<Options>} */
export class Song extends CanvasStage {
  playing = -1; // the row that sounds
  at = -1; // the place that sounds
  /** @type {AudioContext | null} */
  sound = null; // made by the first click
  /** @type {number | undefined} */
  timer = undefined;

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, tools((key) => escaped(view.word(key))));
    this.tools = part(this.box, "[data-song=rows]", HTMLElement);
    this.whenPressed(this.tools, (row) => this.toggle(row));
  }

  /**
   * A button for the tune, and one for each net.
   *
   * @override
   */
  offer() {
    const { tune, nets } = this.options;
    const names = [tune, ...nets.map(({ label }) => label)].map((name) => `▶ ${name}`);
    if (this.buttons(this.tools, names)) this.stop();
  }

  /** @override */
  get least() {
    return 180 + 90 * (this.options.nets.length + 1);
  }

  /** @override */
  compute() {
    this.changed = true;
    put(this.sentence, this.words());
  }

  // ----------------------------------------------------------------------------- what is heard

  /**
   * The symbols of a row: of the tune, or of what a net plays at this frame.
   *
   * @param {number} row
   */
  symbols(row) {
    const { notes } = this.options;
    const tune = this.array("tune"), song = this.array("song");
    if (!tune || !song) return [];
    const n = tune.values.length;
    if (row === 0) return Array.from(tune.values, (k) => notes[k]);
    const at = (row - 1) * song.shape[1] * n; // of the first seed
    return Array.from(song.values.slice(at, at + n), (k) => notes[k]);
  }

  /** @param {number} row */
  toggle(row) {
    const begin = this.playing !== row;
    this.stop();
    if (begin) this.play(row);
  }

  /** @param {number} row */
  play(row) {
    this.sound ??= new AudioContext();
    this.sound.resume();
    this.playing = row;
    this.at = -1;
    this.mark();
    const symbols = this.symbols(row);
    const seconds = 1 / this.options.beats;
    const next = () => {
      this.at += 1;
      if (this.at >= symbols.length) return this.stop();
      const pitch = PITCH[symbols[this.at]];
      if (pitch) this.tone(pitch, seconds * lengthOf(symbols, this.at));
      this.draw();
    };
    next();
    this.timer = setInterval(next, 1000 * seconds);
  }

  /**
   * @param {number} pitch in Hz
   * @param {number} seconds
   */
  tone(pitch, seconds) {
    const { sound } = this;
    if (!sound) return;
    const voice = sound.createOscillator(), volume = sound.createGain();
    voice.type = "triangle";
    voice.frequency.value = pitch;
    volume.gain.setValueAtTime(0, sound.currentTime);
    volume.gain.linearRampToValueAtTime(0.25, sound.currentTime + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.002, sound.currentTime + seconds);
    voice.connect(volume).connect(sound.destination);
    voice.start();
    voice.stop(sound.currentTime + seconds);
  }

  stop() {
    clearInterval(this.timer);
    this.playing = this.at = -1;
    this.mark();
    if (this.now) this.draw();
  }

  /** Buttons say what sounds. */
  mark() {
    this.press(this.tools, (row) => row === this.playing);
    [...this.tools.children].forEach((button, row) => {
      button.textContent = `${row === this.playing ? "■" : "▶"} ${button.textContent?.slice(2)}`;
    });
  }

  /** @override */
  remove() {
    this.stop();
    this.sound?.close();
    super.remove();
  }

  // ------------------------------------------------------------------------------ in words

  /** @override */
  words() {
    if (!this.now) return "";
    const tune = this.symbols(0);
    const parts = [this.view.word("song.at", { step: this.now.step })];
    this.options.nets.forEach(({ label }, i) => {
      const wrong = this.symbols(i + 1).findIndex((symbol, k) => symbol !== tune[k]);
      parts.push(wrong < 0 ? this.view.word("song.whole", { net: label, n: tune.length })
        : this.view.word("song.until", { net: label, n: wrong }));
    });
    return parts.join(" · ");
  }

  // ----------------------------------------------------------------------------- the picture

  /** @override */
  draw() {
    const room = this.now && this.empty();
    if (!room) return;
    const { c, width, height } = room;
    const { dark } = this.view.theme;
    const ink = this.ink;
    const { nets, tune } = this.options;
    const rows = [{ label: tune, color: ink },
      ...nets.map((net) => ({ label: net.label, color: themed(net.color, dark) }))];
    const high = height / rows.length;
    rows.forEach((row, i) => this.drawRow(c, i, row, { y: i * high, width, height: high - GAP },
      { ink, away: dark ? "#3a3f4a" : "#d9dde4", fault: this.fault }));
  }

  /**
   * Notes as bars, the higher the higher; places that are not as in the tune are underlined.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} i the row
   * @param {Net} row
   * @param {{y: number, width: number, height: number}} box
   * @param {{ink: string, away: string, fault: string}} colors
   */
  drawRow(c, i, row, box, colors) {
    const symbols = this.symbols(i), tune = this.symbols(0);
    const step = box.width / symbols.length;
    const known = Object.keys(PITCH);
    const between = (box.height - NAME - 8) / known.length;
    const y = (/** @type {string} */ symbol) =>
      box.y + NAME + (known.length - 1 - known.indexOf(symbol)) * between;
    c.font = `bold 13px ${this.font}`;
    c.textAlign = "left";
    c.fillStyle = row.color;
    c.fillText(row.label, 0, box.y + 8);
    c.fillStyle = colors.away;
    for (let k = 0; k <= symbols.length; k += 8) {
      c.fillRect(Math.min(k * step, box.width - 1), box.y + NAME, 1, box.height - NAME);
    }
    symbols.forEach((symbol, k) => {
      if (symbol !== HELD) {
        c.fillStyle = row.color;
        c.fillRect(k * step + 1, y(symbol), step * lengthOf(symbols, k) - 2,
          Math.max(3, between - 2));
      }
      if (symbol !== tune[k]) {
        c.fillStyle = colors.fault;
        c.fillRect(k * step, box.y + box.height - 3, step, 3);
      }
    });
    if (i !== this.playing || this.at < 0) return;
    c.strokeStyle = colors.ink;
    c.lineWidth = 2;
    c.strokeRect(this.at * step, box.y + NAME, step, box.height - NAME);
  }
}

/**
 * How many places the note of a place is held.
 *
 * @param {string[]} symbols
 * @param {number} place
 */
export function lengthOf(symbols, place) {
  let n = 1;
  while (place + n < symbols.length && symbols[place + n] === HELD) n += 1;
  return n;
}
