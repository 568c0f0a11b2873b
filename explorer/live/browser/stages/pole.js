// @ts-check
// The pole: a cart that the agent of the current frame pushes, from the weights in the frame.
// It keeps its own time, 50 steps a second, and follows the clock of the charts: while they play,
// the newest policy takes over the running episode; a frame that is scrubbed to starts one of its
// own.

import { onLetGo } from "../holding.js";
import { part, put } from "../panel.js";
import { Stage } from "../stage.js";
import { themed } from "../theme.js";
import { PAUSE, PLAY } from "../transport.js";
import { escaped } from "../words.js";

/**
 * @import { Numbers } from "../frames.js"
 * @import { Run } from "../run.js"
 * @import { StageSpec } from "../stage.js"
 * @import { View } from "../view.js"
 *
 * @typedef {[x: number, xDot: number, theta: number, thetaDot: number]} State metres, radians and
 *   their changes per second
 * @typedef {{gravity: number, length: number}} World m/s², and half the pole in metres
 * @typedef {ArrayLike<number>} Flat parameters one after the other
 * @typedef {{name: string, label: string, color: string, source: string, row: number,
 *   index: number}} Agent `row` of the array `source` plays; `index` counts its episodes
 * @typedef {{agents: Agent[], look: string, sizes: number[], edges: number[][],
 *   worlds: {step: number, world: World}[]}} Options each world holds after its step, the first
 *   from the beginning
 * @typedef {{episode: Episode, color: string, name: string}} Lane a track, and who is on it
 * @typedef {[x: number, y: number]} Point in pixels
 */

const TRACK = 2.4; // metres to either side
const LEAN = (12 * Math.PI) / 180;
const LIMIT = 500; // steps of an episode
const STEP = 0.02; // seconds
const MARGIN = 8; // pixels, below
const KICK = 1; // rad/s, from where the untrained always fall
const REST = 0.7; // seconds between two episodes
const CALM_STEPS = 25; // so long it must be calm to have come through a kick

// ------------------------------------------------------------------------------ the physics

/**
 * One Euler step of CartPole-v1, as core/concepts/dqn/cartpole.py does it.
 *
 * @param {State} state
 * @param {boolean} right whether the cart is pushed to the right
 * @param {World} world
 * @returns {State}
 */
export function advance([x, xDot, theta, thetaDot], right, { gravity, length }) {
  const mass = 1.1;
  const moment = 0.1 * length;
  const cos = Math.cos(theta);
  const sin = Math.sin(theta);
  const push = ((right ? 10 : -10) + moment * thetaDot * thetaDot * sin) / mass;
  const thetaAcc = (gravity * sin - cos * push) / (length * (4 / 3 - (0.1 * cos * cos) / mass));
  const xAcc = push - (moment * thetaAcc * cos) / mass;
  return [x + STEP * xDot, xDot + STEP * xAcc, theta + STEP * thetaDot, thetaDot + STEP * thetaAcc];
}

/** @param {State} state */
export const fell = ([x, , theta]) => Math.abs(x) > TRACK || Math.abs(theta) > LEAN;

/**
 * Q of both actions from a net's flat parameters: per layer weights (out, in), then biases.
 *
 * @param {Flat} flat
 * @param {number[]} sizes of the layers
 * @param {State} state
 * @returns {number[]}
 */
export function netValues(flat, sizes, state) {
  /** @type {number[]} */
  let input = state;
  let at = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    const n = sizes[layer - 1];
    const m = sizes[layer];
    const bias = at + n * m;
    const output = new Array(m);
    for (let j = 0; j < m; j++) {
      let sum = flat[bias + j];
      for (let i = 0; i < n; i++) sum += flat[at + j * n + i] * input[i];
      output[j] = layer < sizes.length - 1 ? Math.max(sum, 0) : sum;
    }
    input = output;
    at = bias + m;
  }
  return input;
}

/**
 * Q of both actions from a table whose cells lie between the edges.
 *
 * @param {Flat} flat
 * @param {number[][]} edges per number of the state
 * @param {State} state
 * @returns {number[]}
 */
export function tableValues(flat, edges, state) {
  let cell = 0;
  edges.forEach((cuts, d) => {
    cell = cell * (cuts.length + 1) + cuts.filter((cut) => cut < state[d]).length;
  });
  return [flat[2 * cell], flat[2 * cell + 1]];
}

/** One cart's episode. */
class Episode {
  steps = 0;
  /** @type {"" | "fell" | "left" | "stands"} */
  over = "";
  rested = 0; // seconds since its end
  right = false; // the last push

  /** @param {State} state */
  constructor(state) {
    this.state = state;
  }

  /**
   * @param {boolean} right
   * @param {World} world
   */
  push(right, world) {
    this.right = right;
    this.state = advance(this.state, right, world);
    this.steps += 1;
    if (Math.abs(this.state[0]) > TRACK) this.over = "left";
    else if (fell(this.state)) this.over = "fell";
    else if (this.steps >= LIMIT) this.over = "stands";
  }

  get failed() {
    return this.over === "fell" || this.over === "left";
  }

  get seconds() {
    return (this.steps * STEP).toFixed(1);
  }
}

// ------------------------------------------------------------------------------ the stage

/** @param {(key: string) => string} word gives what can stand in HTML */
const html = (word) => `<figcaption></figcaption><div class="lv-pole-tools">
  <select data-pole="look" aria-label="${word("pole.agent")}"></select>
  <button type="button" data-pole="kick">${word("pole.kick")}</button>
  <button type="button" data-pole="game" aria-pressed="false">${word("pole.play")}</button>
  <button type="button" data-pole="rest"></button>
  <select data-pole="pace" aria-label="${word("pole.clock")}" title="${word("pole.clock")}">
    <option value="0.25">${word("pole.quarter")}</option>
    <option value="0.5">${word("pole.half")}</option>
    <option value="1" selected>${word("pole.real")}</option>
    <option value="4">${word("pole.four")}</option></select></div>
  <canvas role="img"></canvas><p class="lv-pole-said" translate="no"></p>
  <p class="lv-hidden"></p>`;

export class Pole extends Stage {
  // who plays
  /** @type {Agent | null} */
  chosen = null;
  /** @type {Episode | null} */
  agent = null;
  /** @type {Episode | null} */
  human = null; // while the visitor plays
  offered = ""; // the agents in the box
  waiting = false; // for the visitor's first key
  /** @type {boolean[]} */
  held = []; // pressed arrow keys (whether right), the newest last
  /** @type {(() => void) | null} */
  stopListening = null; // to the end of a hold
  starts = 1; // the state of the generator of start states

  // its clock
  loop = 0; // the animation frame that is on its way
  /** @type {number | null} */
  then = null; // when the last one was, in milliseconds
  due = 0; // seconds of simulation not yet done
  pace = 1;
  still = false; // it stands until the visitor has it move
  paused = false; // whether the visitor has paused the frames
  reduced = matchMedia("(prefers-reduced-motion: reduce)");
  changed = false; // there is something to draw
  font = "";

  // kicks
  /** @type {1 | -1} */
  side = 1; // of the next one
  /** @type {{at: number, side: number, calm: number} | null} */
  kicked = null; // the last: at which step, from where, and for how many steps it is calm since
  /** @type {"" | "kicked" | "failed" | "recovered"} */
  verdict = ""; // on it
  took = ""; // seconds until the verdict

  /**
   * @param {View} view
   * @param {StageSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, html((key) => escaped(view.word(key))));
    Object.assign(this.box, { __pole: this }); // for tests
    this.canvas = part(this.box, "canvas", HTMLCanvasElement);
    this.sentence = part(this.box, ".lv-pole-said", HTMLElement);
    /** @type {<E extends Element>(name: string, type: new () => E) => E} */
    const tool = (name, type) => part(this.box, `[data-pole=${name}]`, type);
    this.tools = {
      look: tool("look", HTMLSelectElement),
      kick: tool("kick", HTMLButtonElement),
      game: tool("game", HTMLButtonElement),
      rest: tool("rest", HTMLButtonElement),
      pace: tool("pace", HTMLSelectElement),
    };
    this.canvas.setAttribute("aria-describedby", this.text.id);
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    this.onReduced = () => this.setStill(this.reduced.matches);
    this.listen();
    this.onReduced();
    this.loop = requestAnimationFrame((now) => this.tick(now));
  }

  listen() {
    const { look, kick, game, rest, pace } = this.tools;
    look.addEventListener("change", () => this.report("look", look.value));
    pace.addEventListener("change", () => {
      this.pace = Number(pace.value);
    });
    kick.addEventListener("click", () => this.kick());
    game.addEventListener("click", () => this.play(!this.human));
    rest.addEventListener("click", () => this.setStill(!this.still));
    this.reduced.addEventListener("change", this.onReduced);
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    window.addEventListener("keydown", this.onKey, true);
    window.addEventListener("keyup", this.onKey, true);
    this.stopListening = onLetGo(() => {
      this.held = [];
    });
  }

  /** @override */
  remove() {
    cancelAnimationFrame(this.loop);
    window.removeEventListener("keydown", this.onKey, true);
    window.removeEventListener("keyup", this.onKey, true);
    this.reduced.removeEventListener("change", this.onReduced);
    this.stopListening?.();
    super.remove();
  }

  get options() {
    return /** @type {Options} */ (/** @type {unknown} */ (this.spec?.stage));
  }

  /**
   * @param {StageSpec} spec
   * @param {Run} run
   * @override
   */
  describe(spec, run) {
    const { head } = this.view.transport;
    const goesOn = head > 0 && run.last >= head; // a fork of the last run
    if (this.run !== run && !goesOn) {
      this.frame = -1;
      this.agent = null;
    }
    this.spec = spec;
    this.run = run;
    this.changed = true;
    this.font = `14px ${getComputedStyle(this.box).fontFamily}`;
    this.box.className = `lv-chart lv-pole lv-${spec.width}`;
    this.entitle(spec);
    this.canvas.setAttribute("aria-label", spec.title);
    this.fit(this.place);
    this.offer();
    const chosen = this.options.agents.find(({ name }) => name === this.options.look);
    if (chosen?.name !== this.chosen?.name) this.frame = -1;
    this.chosen = chosen ?? null;
  }

  /** Sets the tools. */
  offer() {
    const { agents, look } = this.options;
    const { look: select } = this.tools;
    select.hidden = agents.length < 2;
    select.disabled = this.view.alone; // it asks the page
    const offered = JSON.stringify(agents.map(({ name, label }) => [name, label]));
    if (this.offered !== offered) {
      this.offered = offered;
      select.replaceChildren(...agents.map(({ name, label }) => new Option(label, name)));
    }
    select.value = look;
  }

  /** @override */
  redraw() {
    this.changed = true;
  }

  /**
   * @param {number | null} height
   * @override
   */
  fit(height) {
    super.fit(height);
    // Not the box's own height: a grid makes it as high as what stands beside it
    const around = this.canvas.offsetTop - this.box.offsetTop + this.sentence.offsetHeight + MARGIN;
    this.canvas.style.height = height ? `${Math.max(height - around, 120)}px`
      : `min(${this.spec?.height}px, 50cqw)`; // lower on a phone
    this.changed = true;
  }

  /** @override */
  print() {
    this.draw();
  }

  /** @override */
  say() {
    put(this.text, `${this.spec?.alt} ${this.words()}`);
  }

  // ----------------------------------------------------------------------- the simulation

  /** The conditions at the current frame. */
  get world() {
    const [first, ...later] = this.options.worlds;
    const step = this.now?.step ?? 0;
    return (later.findLast((change) => step > change.step) ?? first).world;
  }

  /**
   * Whether the agent of the current frame pushes right.
   *
   * @param {State} state
   */
  right(state) {
    const { sizes, edges } = this.options;
    const { source, row } = /** @type {Agent} */ (this.chosen);
    const { shape, values } = /** @type {Numbers} */ (this.now?.arrays[source]);
    const size = values.length / shape[0];
    const flat = values.slice(row * size, (row + 1) * size);
    const q = source === "table" ? tableValues(flat, edges, state) : netValues(flat, sizes, state);
    return q[1] > q[0];
  }

  /**
   * Start states differ from episode to episode, and are the same at every visit.
   *
   * @param {boolean} first whether it is the first of a frame
   */
  begin(first = false) {
    if (first) {
      this.starts = 1;
      this.verdict = "";
    }
    const state = this.startState();
    this.agent = new Episode(state);
    if (this.human) {
      this.human = new Episode([...state]);
      this.waiting = true;
    }
    this.due = 0;
    this.kicked = null;
    this.changed = true;
  }

  /**
   * Four numbers between -0.05 and 0.05.
   *
   * @returns {State}
   */
  startState() {
    const draw = () => {
      this.starts = (this.starts * 48271) % 2147483647;
      return (this.starts / 2147483647 - 0.5) / 10;
    };
    return [draw(), draw(), draw(), draw()];
  }

  /** @param {boolean} on whether it stands */
  setStill(on) {
    const { rest } = this.tools;
    this.still = on;
    rest.innerHTML = on ? PLAY : PAUSE;
    rest.setAttribute("aria-label", this.view.word(on ? "pole.move" : "pole.rest"));
    rest.title = rest.getAttribute("aria-label") ?? "";
  }

  kick() {
    if (!this.agent) return;
    this.setStill(false);
    if (this.agent.over) this.begin();
    this.agent.state[3] += KICK * this.side;
    if (this.human) this.human.state[3] += KICK * this.side;
    this.kicked = { at: this.agent.steps, side: this.side, calm: 0 };
    this.verdict = "kicked";
    this.side = this.side === 1 ? -1 : 1;
  }

  /** @param {number} now */
  tick(now) {
    this.loop = requestAnimationFrame((later) => this.tick(later));
    const elapsed = Math.min(now - (this.then ?? now), 100) / 1000;
    this.then = now;
    if (!this.visible || !this.run?.frames.length) return;
    this.follow(this.run);
    if (!this.still) this.due += elapsed * this.pace;
    for (; this.due >= STEP; this.due -= STEP) {
      this.step();
      this.changed = true;
    }
    if (!this.changed) return;
    this.changed = false;
    this.draw();
    put(this.sentence, this.words());
    if (this.agent?.over) this.view.stageSeen(); // now a pause is no harm
  }

  /**
   * Goes to the frame at the playhead.
   *
   * @param {Run} run
   */
  follow(run) {
    const { head, playing, rest } = this.view.transport;
    this.pause(rest === "paused");
    const k = Math.max(0, Math.min(Math.floor(head), run.last));
    if (k === this.frame) return;
    this.changed = true; // the words are about another frame
    const jumped = this.frame < 0 || !playing;
    this.frame = k;
    if (!this.agent || (jumped && !this.human)) this.begin(true);
  }

  /**
   * Who pauses the frames wants all to stand, and all to go on as it did.
   *
   * @param {boolean} paused
   */
  pause(paused) {
    if (paused === this.paused) return;
    this.paused = paused;
    this.setStill(paused || this.reduced.matches);
  }

  step() {
    const { agent, human } = this;
    if (!agent || (human && this.waiting)) return;
    if (!agent.over) agent.push(this.right(agent.state), this.world);
    if (human && !human.over) human.push(this.choice(human), this.world);
    this.watchKick(agent);
    if (!agent.over || (human && !human.over)) return;
    agent.rested += STEP;
    if (agent.rested >= REST * (human ? 3 : 1) * this.pace) this.begin();
  }

  /**
   * Whether the agent came through the kick: half a second upright and calm again.
   *
   * @param {Episode} agent
   */
  watchKick(agent) {
    const { kicked } = this;
    if (!kicked || this.verdict !== "kicked") return;
    const [, , theta, thetaDot] = agent.state;
    kicked.calm = Math.abs(theta) < 0.07 && Math.abs(thetaDot) < 0.6 ? kicked.calm + 1 : 0;
    if (agent.failed) this.verdict = "failed";
    else if (kicked.calm >= CALM_STEPS) this.verdict = "recovered";
    else return;
    const steps = agent.steps - kicked.at - (agent.failed ? 0 : CALM_STEPS);
    this.took = (steps * STEP).toFixed(1);
  }

  // ----------------------------------------------------------------------------- the game

  /** @param {boolean} on */
  play(on) {
    this.human = on ? new Episode([0, 0, 0, 0]) : null;
    this.held = [];
    if (on) this.setStill(false);
    this.tools.game.setAttribute("aria-pressed", String(on));
    put(this.tools.game, this.view.word(on ? "pole.stop_playing" : "pole.play"));
    if (this.now) this.begin();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.human || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const { target } = event;
    // A key that goes up is let go, wherever the focus is by now.
    if (event.type === "keyup") this.hold(event.key === "ArrowRight", false);
    if (target instanceof Element && target.closest("input, select, textarea")) return;
    event.preventDefault();
    event.stopPropagation(); // else the view would step through the frames
    if (event.type === "keydown") this.hold(event.key === "ArrowRight", true);
  }

  /**
   * On a touch screen, the half of the picture that is pressed.
   *
   * @param {PointerEvent} event
   */
  press(event) {
    if (!this.human || event.button) return;
    const { left, width } = this.canvas.getBoundingClientRect();
    this.hold(event.clientX - left > width / 2, true);
  }

  /**
   * @param {boolean} right
   * @param {boolean} down
   */
  hold(right, down) {
    this.held = this.held.filter((other) => other !== right);
    if (!down) return;
    this.held.push(right);
    this.waiting = false;
  }

  /**
   * The cart must be pushed at every step: without a key it is pushed to and fro.
   *
   * @param {Episode} human
   */
  choice(human) {
    return this.held.at(-1) ?? human.steps % 2 === 0;
  }

  // ------------------------------------------------------------------------------ in words

  /** What is to be seen now. */
  words() {
    const { human, view } = this;
    const text = this.agentWords();
    if (human && this.waiting) return view.word("pole.wait");
    return human ? view.word("pole.you", { how: this.episodeWords(human), text }) : text;
  }

  /** How the agent fares. */
  agentWords() {
    const { agent, now, chosen, view, took } = this;
    if (!agent || !now || !chosen) return "";
    const parts = [view.word("pole.at", { agent: chosen.label, step: now.step })];
    const episodes = now.arrays.n_episodes;
    if (episodes) {
      const n = episodes.values[chosen.index * episodes.shape[1]];
      parts.push(view.word("pole.episodes", { n }));
    }
    parts.push(this.episodeWords(agent));
    if (this.verdict) parts.push(view.word(`pole.${this.verdict}`, { seconds: took }));
    return parts.join(" · ");
  }

  /** @param {Episode} episode */
  episodeWords({ over, steps }) {
    return this.view.word(over ? `pole.${over}` : "pole.step", { steps });
  }

  // ----------------------------------------------------------------------------- the picture

  draw() {
    const { canvas, chosen, agent, human } = this;
    const c = canvas.getContext("2d");
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!c || !chosen || !agent || !width) return;
    const ratio = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    const { dark } = this.view.theme;
    const ink = dark ? "#e8eaed" : "#31333f";
    /** @type {Lane[]} */
    const lanes = [{ episode: agent, color: themed(chosen.color, dark), name: chosen.label }];
    if (human) lanes.push({ episode: human, color: ink, name: this.view.word("pole.you_name") });
    lanes.forEach((lane, i) => {
      this.drawLane(c, lane, ink, width, height / lanes.length, (i * height) / lanes.length);
    });
  }

  /**
   * A track with its cart.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Lane} lane
   * @param {string} ink
   * @param {number} width
   * @param {number} height
   * @param {number} top
   */
  drawLane(c, { episode, color, name }, ink, width, height, top) {
    const { length } = this.world;
    const unit = Math.min( // pixels of a metre
      (width - 24) / (2 * TRACK + 0.7), (height - 52) / Math.max(1.12, 2 * length + 0.12));
    const ground = top + height - 26;
    const axle = ground - 0.17 * unit - 5;
    const long = 2 * length * unit;
    const [x, , theta] = episode.state;
    /** @type {(metres: number) => number} */
    const place = (metres) => width / 2 + metres * unit;
    const cart = place(x);
    /** @type {(angle: number) => Point} */
    const end = (angle) => [cart + Math.sin(angle) * long, axle - Math.cos(angle) * long];
    const tip = end(theta);

    c.globalAlpha = 0.45;
    drawLine(c, [[place(-TRACK), ground], [place(TRACK), ground]], ink, 2);
    for (const side of [-TRACK, TRACK]) {
      drawLine(c, [[place(side), ground - 12], [place(side), ground + 6]], ink, 2);
    }
    for (const lean of [-LEAN, LEAN]) drawLine(c, [[cart, axle], end(lean)], ink, 1, [3, 5]);

    c.globalAlpha = episode.failed ? 0.5 : 1;
    c.fillStyle = ink;
    c.beginPath();
    c.roundRect(cart - 0.25 * unit, axle - 0.07 * unit, 0.5 * unit, 0.2 * unit, 3);
    c.fill();
    drawLine(c, [[cart, axle], tip], color, Math.max(5, 0.08 * unit));

    c.globalAlpha = 1;
    this.drawPush(c, episode, color, cart, axle, unit);
    this.drawKick(c, episode, ink, tip);
    c.fillStyle = ink;
    c.font = this.font;
    c.textAlign = "left";
    c.textBaseline = "alphabetic";
    c.fillText(name, 6, top + 18);
    c.textAlign = "right";
    const { steps, seconds } = episode;
    c.fillText(this.view.word("pole.length", { steps, seconds }), width - 6, top + 18);
  }

  /**
   * An arrow to the cart: the last push.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Episode} episode
   * @param {string} color
   * @param {number} cart
   * @param {number} axle
   * @param {number} unit
   */
  drawPush(c, episode, color, cart, axle, unit) {
    if (episode.over || !episode.steps) return;
    const side = episode.right ? 1 : -1;
    const from = cart - side * 0.3 * unit;
    const y = axle + 0.03 * unit;
    drawLine(c, [[from - side * 0.22 * unit, y], [from, y]], color, 3);
    drawLine(c, [[from - side * 6, y - 5], [from, y], [from - side * 6, y + 5]], color, 3);
  }

  /**
   * An arrow to the tip of the pole, for a moment after a kick.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Episode} episode
   * @param {string} ink
   * @param {Point} tip
   */
  drawKick(c, episode, ink, [x, y]) {
    const { kicked } = this;
    if (!kicked || episode.over || episode.steps - kicked.at >= 20) return;
    const { side } = kicked;
    drawLine(c, [[x - side * 34, y], [x - side * 8, y]], ink, 4);
    drawLine(c, [[x - side * 15, y - 6], [x - side * 8, y], [x - side * 15, y + 6]], ink, 4);
  }
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {Point[]} points
 * @param {string} style
 * @param {number} thickness
 * @param {number[]} dash
 */
function drawLine(c, points, style, thickness, dash = []) {
  c.beginPath();
  points.forEach(([x, y], n) => (n ? c.lineTo(x, y) : c.moveTo(x, y)));
  c.strokeStyle = style;
  c.lineWidth = thickness;
  c.lineCap = "round";
  c.setLineDash(dash);
  c.stroke();
}
