// The pole: a cart that the agent of the current frame pushes, from the weights in the frame.
// Appended to view.js. It keeps its own time, 50 steps a second, and follows the clock of the
// charts: while they play, the newest policy takes over the running episode; a frame that is
// scrubbed to starts one of its own.

const TRACK = 2.4, LEAN = (12 * Math.PI) / 180, LIMIT = 500, STEP = 0.02;
const KICK = 1; // rad/s, from where the untrained always fall
const REST = 0.7; // seconds between two episodes

/** One Euler step of CartPole-v1, as core/concepts/dqn/cartpole.py does it. */
function advance([x, xDot, theta, thetaDot], right, { gravity, length }) {
  const mass = 1.1, moment = 0.1 * length, cos = Math.cos(theta), sin = Math.sin(theta);
  const push = ((right ? 10 : -10) + moment * thetaDot * thetaDot * sin) / mass;
  const thetaAcc = (gravity * sin - cos * push) / (length * (4 / 3 - (0.1 * cos * cos) / mass));
  const xAcc = push - (moment * thetaAcc * cos) / mass;
  return [x + STEP * xDot, xDot + STEP * xAcc, theta + STEP * thetaDot, thetaDot + STEP * thetaAcc];
}

const fell = ([x, , theta]) => Math.abs(x) > TRACK || Math.abs(theta) > LEAN;

/** Q of both actions from a net's flat parameters: per layer weights (out, in), then biases. */
function netValues(flat, sizes, state) {
  let input = state, at = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    const [n, m] = [sizes[layer - 1], sizes[layer]], bias = at + n * m, output = new Array(m);
    for (let j = 0; j < m; j++) {
      let sum = flat[bias + j];
      for (let i = 0; i < n; i++) sum += flat[at + j * n + i] * input[i];
      output[j] = layer < sizes.length - 1 ? Math.max(sum, 0) : sum;
    }
    [input, at] = [output, bias + m];
  }
  return input;
}

/** Q of both actions from a table whose cells lie between the edges. */
function tableValues(flat, edges, state) {
  let cell = 0;
  edges.forEach((cuts, d) => {
    cell = cell * (cuts.length + 1) + cuts.filter((cut) => cut < state[d]).length;
  });
  return [flat[2 * cell], flat[2 * cell + 1]];
}

export const pole = { advance, fell, netValues, tableValues };

/** One cart's episode. */
class Episode {
  steps = 0;
  over = ""; // "" | "fell" | "left the track" | "stands"
  rested = 0;

  constructor(state) {
    this.state = state;
  }

  push(right, world) {
    this.right = right;
    this.state = advance(this.state, right, world);
    this.steps += 1;
    if (Math.abs(this.state[0]) > TRACK) this.over = "left the track";
    else if (fell(this.state)) this.over = "fell";
    else if (this.steps >= LIMIT) this.over = "stands";
  }

  get failed() {
    return this.over !== "" && this.over !== "stands";
  }

  get words() {
    return this.over ? `${this.over} after ${this.steps} steps` : `step ${this.steps}`;
  }

  get seconds() {
    return `${(this.steps * STEP).toFixed(1)} s`;
  }
}

const POLE = `<figcaption></figcaption><div class="lv-pole-tools">
  <select data-pole="look" aria-label="Agent"></select>
  <button type="button" data-pole="kick">Kick</button>
  <button type="button" data-pole="game" aria-pressed="false">Play yourself</button>
  <select data-pole="pace" aria-label="The pole's clock" title="The pole's clock">
    <option value="0.25">¼ time</option><option value="0.5">½ time</option>
    <option value="1" selected>Real time</option><option value="4">4× time</option></select>
  <button type="button" data-pole="change" title="Trains anew with the same beginning, and other
conditions from this step on: see Intervention at the side." hidden>Intervene here</button></div>
  <canvas role="img"></canvas><p class="lv-pole-said"></p>
  <p class="lv-hidden"></p>`;

class Pole {
  // what the view asks of any chart
  plot = {};
  visible = true;
  frame = -1;
  starts = 1; // counts episodes, for their start states
  due = 0; // seconds of simulation not yet done
  pace = 1;
  held = []; // pressed arrow keys, the newest last
  side = 1; // of the next kick
  verdict = ""; // on the last one

  constructor(view, spec) {
    this.view = view;
    this.box = document.createElement("figure");
    this.box.innerHTML = POLE;
    this.box.dataset.chart = spec.id;
    this.box.__pole = this;
    const part = (name) => this.box.querySelector(name);
    [this.caption, this.canvas, this.sentence, this.text] =
      ["figcaption", "canvas", ".lv-pole-said", ".lv-hidden"].map(part);
    this.tools = Object.fromEntries([...this.box.querySelectorAll("[data-pole]")]
      .map((tool) => [tool.dataset.pole, tool]));
    const { look, kick, game, pace, change } = this.tools;
    look.addEventListener("change", () => this.report("look", look.value));
    change.addEventListener("click", () => this.report("intervene", this.now?.step ?? 0));
    pace.addEventListener("change", () => (this.pace = Number(pace.value)));
    kick.addEventListener("click", () => this.kick());
    game.addEventListener("click", () => this.play(!this.human));
    this.text.id = `lv-${Math.random().toString(36).slice(2)}`;
    this.canvas.setAttribute("aria-describedby", this.text.id);
    this.canvas.addEventListener("pointerdown", (event) => this.press(event, true));
    this.onKey = (event) => this.key(event);
    this.onUp = () => this.press(null, false);
    for (const type of ["keydown", "keyup"]) window.addEventListener(type, this.onKey, true);
    window.addEventListener("pointerup", this.onUp, true);
    this.loop = requestAnimationFrame((now) => this.tick(now));
  }

  describe(spec, run) {
    const goesOn = this.view.head > 0 && run.last >= this.view.head; // a fork of the last run
    if (this.run !== run && !goesOn) [this.frame, this.agent] = [-1, null];
    [this.spec, this.run, this.changed] = [spec, run, true];
    this.font = `14px ${getComputedStyle(this.box).fontFamily}`;
    this.box.className = `lv-chart lv-pole lv-${spec.width}`;
    put(this.caption, spec.title);
    this.canvas.setAttribute("aria-label", spec.title);
    this.canvas.style.height = `min(${spec.height}px, 50cqw)`; // lower on a phone
    const { agents, look, changeable } = spec.stage;
    const { look: select, change } = this.tools;
    select.hidden = agents.length < 2;
    change.hidden = !changeable;
    select.disabled = change.disabled = this.view.alone; // they ask the page
    select.replaceChildren(...agents.map(({ name, label }) => new Option(label, name)));
    select.value = look;
    const chosen = agents.find(({ name }) => name === look);
    if (chosen.name !== this.chosen?.name) this.frame = -1;
    this.chosen = chosen;
  }

  catchUp() {}

  paint(k) {
    if (k >= 0) this.onScreen = this.run;
    return false;
  }

  say() {
    put(this.text, `${this.spec.alt} ${this.sentence.textContent}`);
  }

  remove() {
    cancelAnimationFrame(this.loop);
    for (const type of ["keydown", "keyup"]) window.removeEventListener(type, this.onKey, true);
    window.removeEventListener("pointerup", this.onUp, true);
    this.box.remove();
  }

  report(what, value) {
    this.view.click({ chart: this.spec.id, x: value, y: what });
  }

  // ----------------------------------------------------------------------- the simulation

  get now() {
    return this.run?.frames[this.frame];
  }

  /** The conditions at the current frame. */
  get world() {
    const { world } = this.spec.stage;
    return world.at !== null && this.now.step > world.at ? world.then : world.first;
  }

  /** Whether the agent of the current frame pushes right. */
  right(state) {
    const { source, row } = this.chosen, { shape, values } = this.now.arrays[source];
    const size = values.length / shape[0], flat = values.subarray(row * size, (row + 1) * size);
    const { sizes, edges } = this.spec.stage;
    const q = source === "table" ? tableValues(flat, edges, state) : netValues(flat, sizes, state);
    return q[1] > q[0];
  }

  /** Start states differ from episode to episode, and are the same at every visit. */
  begin(first) {
    if (first) [this.starts, this.verdict] = [1, ""];
    const draw = () => (this.starts = (this.starts * 48271) % 2147483647) / 2147483647;
    const state = [draw(), draw(), draw(), draw()].map((u) => (u - 0.5) / 10);
    this.agent = new Episode(state);
    if (this.human) [this.human, this.waiting] = [new Episode([...state]), true];
    [this.due, this.kicked, this.changed] = [0, null, true];
  }

  kick() {
    if (!this.agent) return;
    if (this.agent.over) this.begin();
    this.agent.state[3] += KICK * this.side;
    if (this.human) this.human.state[3] += KICK * this.side;
    this.kicked = { at: this.agent.steps, side: this.side, calm: 0 };
    this.verdict = "kicked";
    this.side = -this.side;
  }

  tick(now) {
    this.loop = requestAnimationFrame((later) => this.tick(later));
    const elapsed = Math.min(now - (this.then ?? now), 100) / 1000;
    this.then = now;
    if (!this.visible || !this.run?.frames.length) return;
    const k = Math.max(0, Math.min(Math.floor(this.view.head), this.run.last));
    if (k !== this.frame) {
      const jumped = this.frame < 0 || !this.view.playing;
      this.frame = k;
      if (!this.agent || (jumped && !this.human)) this.begin(true);
    }
    this.due += elapsed * this.pace;
    for (; this.due >= STEP; this.due -= STEP) {
      this.step();
      this.changed = true;
    }
    if (!this.changed) return;
    this.changed = false;
    this.draw();
    this.speak();
    if (this.agent?.over) this.view.stageSeen(); // now a pause is no harm
  }

  step() {
    const { agent, human } = this;
    if (human && this.waiting) return;
    if (!agent.over) agent.push(this.right(agent.state), this.world);
    if (human && !human.over) human.push(this.choice(), this.world);
    this.watchKick();
    if (!agent.over || (human && !human.over)) return;
    agent.rested += STEP;
    if (agent.rested >= REST * (human ? 3 : 1) * this.pace) this.begin();
  }

  /** Whether the agent came through the kick: half a second upright and calm again. */
  watchKick() {
    const { kicked, agent } = this;
    if (!kicked || this.verdict !== "kicked") return;
    const [, , theta, thetaDot] = agent.state;
    kicked.calm = Math.abs(theta) < 0.07 && Math.abs(thetaDot) < 0.6 ? kicked.calm + 1 : 0;
    const since = (steps) => `${((agent.steps - steps - kicked.at) * STEP).toFixed(1)} s`;
    if (agent.failed) this.verdict = `failed ${since(0)} after the kick`;
    else if (kicked.calm >= 25) this.verdict = `recovered from the kick in ${since(25)}`;
  }

  // ----------------------------------------------------------------------------- the game

  play(on) {
    this.human = on ? new Episode([0, 0, 0, 0]) : null;
    this.held = [];
    this.tools.game.setAttribute("aria-pressed", on);
    put(this.tools.game, on ? "Stop playing" : "Play yourself");
    if (this.now) this.begin();
  }

  key(event) {
    if (!this.human || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    if (event.target.closest?.("input, select, textarea")) return;
    event.preventDefault();
    event.stopPropagation(); // else the view would step through the frames
    this.hold(event.key === "ArrowRight", event.type === "keydown");
  }

  /** On a touch screen, the half of the picture that is pressed. */
  press(event, down) {
    if (!this.human) return;
    if (!down) return (this.held = []);
    const { left, width } = this.canvas.getBoundingClientRect();
    this.hold(event.clientX - left > width / 2, true);
  }

  hold(right, down) {
    this.held = this.held.filter((other) => other !== right);
    if (down) this.held.push(right);
    if (down) this.waiting = false;
  }

  /** The cart must be pushed at every step: without a key it is pushed to and fro. */
  choice() {
    return this.held.length ? this.held.at(-1) : this.human.steps % 2 === 0;
  }

  // ----------------------------------------------------------------------------- the show

  speak() {
    const { agent, human, now, chosen, verdict } = this;
    const parts = [`${chosen.label} at step ${now.step}`];
    const episodes = now.arrays.n_episodes;
    if (episodes) parts.push(`after ${episodes.values[chosen.index * episodes.shape[1]]} episodes`);
    parts.push(agent.words);
    if (verdict) parts.push(verdict);
    let text = parts.join(" · ");
    if (human) {
      text = this.waiting ? "Press ← or → to start. The cart is pushed at every step."
        : `You: ${human.words} · ${text}`;
    }
    put(this.sentence, text);
  }

  draw() {
    const { canvas } = this, ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const c = canvas.getContext("2d"), { dark } = this.view.theme;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    const ink = dark ? "#e8eaed" : "#31333f", agent = themed(this.chosen.color, dark);
    const lanes = [{ episode: this.agent, color: agent, name: this.chosen.label }];
    if (this.human) lanes.push({ episode: this.human, color: ink, name: "You" });
    lanes.forEach((lane, i) => this.lane(c, lane, ink, width, height / lanes.length, i));
  }

  /** A track with its cart; lengths in metres times `unit`. */
  lane(c, { episode, color, name }, ink, width, height, i) {
    const { length } = this.world;
    const top = i * height, ground = top + height - 26, unit = Math.min(
      (width - 24) / (2 * TRACK + 0.7), (height - 52) / Math.max(1.12, 2 * length + 0.12));
    const [x, , theta] = episode.state, place = (metres) => width / 2 + metres * unit;
    const line = (points, style, thickness, dash = []) => {
      c.beginPath();
      points.forEach(([px, py], n) => (n ? c.lineTo(px, py) : c.moveTo(px, py)));
      [c.strokeStyle, c.lineWidth, c.lineCap] = [style, thickness, "round"];
      c.setLineDash(dash);
      c.stroke();
    };
    c.globalAlpha = 0.45;
    line([[place(-TRACK), ground], [place(TRACK), ground]], ink, 2);
    for (const end of [-TRACK, TRACK]) line([[place(end), ground - 12], [place(end), ground + 6]], ink, 2);
    const axle = ground - 0.17 * unit - 5, long = 2 * length * unit;
    for (const lean of [-LEAN, LEAN]) {
      line([[place(x), axle], [place(x) + Math.sin(lean) * long, axle - Math.cos(lean) * long]], ink, 1, [3, 5]);
    }
    c.globalAlpha = episode.failed ? 0.5 : 1;
    c.fillStyle = ink;
    c.beginPath();
    c.roundRect(place(x) - 0.25 * unit, axle - 0.07 * unit, 0.5 * unit, 0.2 * unit, 3);
    c.fill();
    const tip = [place(x) + Math.sin(theta) * long, axle - Math.cos(theta) * long];
    line([[place(x), axle], tip], color, Math.max(5, 0.08 * unit));
    c.globalAlpha = 1;
    if (!episode.over && episode.steps) {
      const side = episode.right ? 1 : -1, from = place(x) - side * 0.3 * unit, y = axle + 0.03 * unit;
      line([[from - side * 0.22 * unit, y], [from, y]], color, 3);
      line([[from - side * 6, y - 5], [from, y], [from - side * 6, y + 5]], color, 3);
    }
    const { kicked } = this;
    if (kicked && episode.steps - kicked.at < 20 && !episode.over) {
      const from = tip[0] - kicked.side * 34;
      line([[from, tip[1]], [tip[0] - kicked.side * 8, tip[1]]], ink, 4);
      line([[tip[0] - kicked.side * 15, tip[1] - 6], [tip[0] - kicked.side * 8, tip[1]],
        [tip[0] - kicked.side * 15, tip[1] + 6]], ink, 4);
    }
    c.fillStyle = ink;
    c.font = this.font;
    [c.textAlign, c.textBaseline] = ["left", "alphabetic"];
    c.fillText(name, 6, top + 18);
    c.textAlign = "right";
    c.fillText(`${episode.steps} steps · ${episode.seconds}`, width - 6, top + 18);
  }
}

STAGES.pole = Pole;
openDocument(); // here, where all classes are there
