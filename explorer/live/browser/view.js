// @ts-check
// The live view: receives a run's frames, keeps them all, and has its panels draw them.

import { ask, plotlyAddress } from "./addresses.js";
import { Chart } from "./chart.js";
import { Comparison } from "./compare.js";
import { Legend } from "./legend.js";
import { Hall, SCALE } from "./hall.js";
import { Lesson } from "./lesson.js";
import { hashOf, takeMoment } from "./moment.js";
import { part, put } from "./panel.js";
import { level, place } from "./places.js";
import { loadPlotly, plotlyAtHand } from "./plotly.js";
import { Run } from "./run.js";
import { STAGES } from "./stages/index.js";
import { PAPER, readTheme } from "./theme.js";
import { bar, Transport } from "./transport.js";
import { escaped, phrase } from "./words.js";

/**
 * @import { ChartSpec } from "./chart.js"
 * @import { Differences } from "./compare.js"
 * @import { Said } from "./frames.js"
 * @import { Scene } from "./lesson.js"
 * @import { Panel } from "./panel.js"
 * @import { Fork } from "./run.js"
 * @import { StageSpec } from "./stage.js"
 * @import { Theme } from "./theme.js"
 * @import { Words } from "./words.js"
 *
 * @typedef {object} Data what the page says (`view_data` in explorer/live/view.py)
 * @property {string} token the run
 * @property {string} server the one that the page talks to
 * @property {string} plotly the name of Plotly's script
 * @property {(ChartSpec | StageSpec)[]} charts
 * @property {string} step what the number of a frame counts
 * @property {About} [about]
 * @property {Words} words
 * @property {Fork | null} [fork]
 * @property {boolean} [changeable] whether settings may change while it trains
 * @property {number | null} [seconds] how long a run is played, if not as its frames take
 * @property {boolean} [says] whether the note of the frame that is shown stands above the charts
 * @property {Record<string, {settings: string, here: boolean}>} [repairs] by the key of a note what
 *   would have prevented it, and whether the run can go on with it from a frame on
 * @property {boolean} [slowly] whether one step can be looked at in detail
 * @property {Scene} [lesson] the scene that it plays, if it plays one
 * @property {string[]} [others] the second run of the scene, or those that are pinned
 * @property {Differences | null} [compare] what differs from the pinned run
 * @property {string | Uint8Array} [messages] of a run that the document brought along
 * @property {(string | Uint8Array)[]} [histories] the same of the others
 *
 * @typedef {object} About whose run it is, in words
 * @property {string} name of the experiment
 * @property {string} page
 * @property {string} scene the preset, "" where the settings are the visitor's own
 * @property {string[]} settings those that are not the defaults
 * @property {boolean} has_script whether the lab has a script that can be taken away
 * @property {string} own the name of a visitor's own data, "" where the run is on others
 *
 * @typedef {(name: string, value: unknown) => void} SetTriggerValue tells the page's script
 */

const DRAWS = 30; // per second at most
const PATIENCE_MS = 300; // before a first picture shows axes without data
const STAGE_MS = 1000; // so long a stage may be all there is
const SAY_MS = 3000; // between two text alternatives of a chart that moves

/**
 * @param {ChartSpec | StageSpec} spec
 * @returns {spec is ChartSpec}
 */
const isChart = (spec) => !("stage" in spec);

/** The class that shows it. @param {ChartSpec | StageSpec} spec */
const kindOf = (spec) => (isChart(spec) ? Chart : STAGES[spec.stage.kind]);

/** On a phone the controls lie over the charts: who chose a scene, or own data, wants to see it. */
function closeDrawer() {
  if (!matchMedia("(max-width: 768px)").matches) return;
  const button = document.querySelector("[data-testid=stSidebarCollapseButton] [aria-expanded=true]");
  if (button instanceof HTMLElement) button.click();
}

export class View {
  // what is shown
  /** @type {Data} */
  data;
  /** @type {Theme} */
  theme;
  /** @type {SetTriggerValue | null} */
  setTriggerValue = null;
  /** @type {Run} */
  run;
  /** @type {Run[]} */
  others = []; // the second run of a scene, or those that are pinned
  /** @type {any} */ // Plotly's package has no types
  Plotly = null;
  /** @type {Map<string, Panel>} */
  panels = new Map();
  /** @type {Run | null} */
  arranged = null; // the run that the panels describe
  begun = false;
  fault = ""; // what went wrong in this browser
  clicks = 0;

  // when it is drawn
  raf = 0; // the animation frame that is on its way
  then = 0; // when the last one was asked for
  drawnAt = 0;
  drew = false; // whether the last one has put a new frame on screen
  wholes = 0; // full drawings in this one
  resized = false;
  printing = false;
  staged = false; // whether a stage was seen
  /** @type {(() => void) | null} */
  onStaged = null;

  /** What is on screen, for tests and measurements. */
  live = { frames: 0, current: -1, state: "", token: "", painted: "", draws: 0, cost: 0 };

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   */
  constructor(parent, data) {
    this.data = data;
    this.root = document.createElement("section");
    this.root.className = "lv";
    this.root.tabIndex = 0;
    this.root.setAttribute("aria-label", this.word("view.label"));
    this.root.innerHTML = `${data.lesson ? `<div class="lv-lesson"></div>` : ""}
      <div class="lv-legend" role="group" aria-label="${escaped(this.word("legend.label"))}"></div>
      <p class="lv-now" aria-live="polite"></p>
      <div class="lv-charts"></div>
      <div class="lv-compare" translate="no"></div>
      <div class="lv-foot">${bar((key) => escaped(this.word(key)))}</div>
      <ul class="lv-notes" role="status"></ul>
      <p class="lv-paper" translate="no"></p>`;
    Object.assign(this.root, { __live: this.live });
    parent.append(this.root);
    this.hall = new Hall(this);
    this.theme = this.readTheme();
    this.run = new Run(data.token, data);
    this.takeOthers();
    this.legend = new Legend(part(this.root, ".lv-legend", HTMLElement),
      this.word("legend.hint"), () => this.redraw());
    this.transport = new Transport(this, this.root);
    this.grid = part(this.root, ".lv-charts", HTMLElement);
    this.comparison = new Comparison(this, part(this.root, ".lv-compare", HTMLElement));
    this.moment = takeMoment();
    this.legend.hidden = new Set(this.moment.hidden);
    this.transport.setSpeed(this.moment.speed);
    this.lesson = data.lesson ? new Lesson(this, part(this.root, ".lv-lesson", HTMLElement)) : null;
    // A click on a chart gives the keys to the view; Plotly keeps the browser from doing it.
    this.grid.addEventListener("pointerdown", () => this.root.focus({ preventScroll: true }), true);
    this.watcher = new IntersectionObserver((entries) => this.look(entries), { rootMargin: "100px" });
    this.sizes = new ResizeObserver(() => {
      this.resized = true;
      this.wake();
    });
    this.sizes.observe(this.grid);
    this.onPrint = () => this.print();
    this.onPrinted = () => this.printed();
    window.addEventListener("beforeprint", this.onPrint);
    this.onLeave = () => this.leave();
    window.addEventListener("pagehide", this.onLeave);
    window.addEventListener("afterprint", this.onPrinted);
  }

  /** Whether Streamlit's page is still on its way. */
  get alone() {
    return !this.setTriggerValue;
  }

  // ------------------------------------------------------------------------------ in words

  /**
   * @param {string} key
   * @param {Record<string, unknown>} [values]
   */
  word(key, values) {
    return phrase([key, values], this.data.words);
  }

  /**
   * A note or an error of the run.
   *
   * @param {Said} said
   */
  say(said) {
    return phrase(said, this.data.words);
  }

  // ---------------------------------------------------------------------- what the page says

  /**
   * New data from the script, or a new theme.
   *
   * @param {Data} data
   * @param {SetTriggerValue | null} setTriggerValue null while Streamlit is not there
   */
  update(data, setTriggerValue) {
    const { key } = this.theme;
    const scene = data.about?.scene;
    const isNewScene = this.begun && Boolean(scene) && scene !== this.data.about?.scene;
    const own = data.about?.own;
    if (this.begun && own && own !== this.data.about?.own) closeDrawer();
    this.setTriggerValue = setTriggerValue;
    this.theme = this.readTheme();
    this.data = data;
    if (isNewScene) this.clear();
    if (this.theme.key !== key) this.repaint();
    if (!this.begun) this.begin();
    else if (data.token !== this.run.token || !this.hasOthers()) {
      this.open();
    } else if (this.run.frames.length || !this.live.painted) this.arrange();
    this.lesson?.update();
    this.comparison.update();
    if (!this.alone) this.getPlotly();
    this.wake();
  }

  /** A scene begins as it is meant: nothing of what was zoomed or hidden before is left. */
  clear() {
    this.transport.clear();
    this.legend.hide([]);
    for (const panel of this.panels.values()) panel.unzoom();
    closeDrawer();
  }

  async getPlotly() {
    await this.stage();
    try {
      this.Plotly = await loadPlotly(plotlyAddress(this.data.plotly));
      this.wake();
    } catch {
      this.alarm(this.word("view.no_plotly"));
    }
  }

  /** Resolves when a stage, which needs no Plotly, was seen: reading that stops everything for
   * most of a second. Soon in any case, since the charts do need it. */
  async stage() {
    const hasStage = this.data.charts.some((spec) => !isChart(spec));
    if (plotlyAtHand() || this.staged || !hasStage) return;
    await new Promise((resolve) => {
      this.onStaged = () => resolve(null);
      setTimeout(resolve, STAGE_MS);
    });
  }

  stageSeen() {
    this.staged = true;
    this.onStaged?.();
  }

  /**
   * Into Streamlit's page, which has a hold on the run.
   *
   * @param {HTMLElement} parent
   * @param {string} token
   */
  move(parent, token) {
    const { run } = this;
    parent.append(this.root);
    // From its first message on: the hold may have none yet, and may end so.
    run.had = run.frames[run.last].step;
    run.token = token;
    run.received = 0;
    run.opened = performance.now();
    this.follow();
  }

  /** Leaves the old run at once and follows the one that the data names. */
  open() {
    const old = this.run;
    this.moment.step = null; // it was of the first run
    const step = old.frames[this.transport.frame]?.step;
    this.run = new Run(this.data.token, this.data);
    old.abort.abort();
    this.takeOthers();
    this.run.beginAs(old);
    this.begin(step);
  }

  /** @param {number} [step] that was on screen */
  begin(step) {
    this.begun = true;
    this.transport.begin(step);
    this.fault = "";
    // Else the old picture stays, dimmed, until there is a frame to put in its place.
    if (this.run.frames.length || !this.live.painted) this.arrange();
    else this.markStale();
    if (!this.alone) this.follow();
    this.show();
  }

  /** Whether the other runs are those that the data names. */
  hasOthers() {
    return this.others.map(({ token }) => token).join() === (this.data.others ?? []).join();
  }

  /** A pinned run stays the same while others come. */
  takeOthers() {
    if (this.hasOthers()) return;
    const { others: tokens = [], histories = [], server } = this.data;
    const before = this.others;
    this.others = tokens.map((token, i) => before.find((run) => run.token === token)
      ?? new Run(token, { server, messages: histories[i] }));
    for (const run of before) if (!this.others.includes(run)) run.abort.abort();
  }

  follow() {
    for (const run of [this.run, ...this.others]) {
      if (run.isFollowed) continue;
      run.isFollowed = true;
      run.follow(() => {
        if (run === this.run || this.others.includes(run)) this.arrived();
      });
    }
  }

  // ------------------------------------------------------------- how far the playhead can go

  /** The last frame that can be shown: of a scene with two runs, one that both have reached. */
  get last() {
    return this.lastOf(this.run);
  }

  /**
   * The same as a position in another of the runs.
   *
   * @param {Run} of
   */
  lastOf(of) {
    const until = this.data.lesson?.until ?? Infinity;
    const reached = [this.run, ...this.others].map((run) =>
      (run !== of && !run.end ? run.frames.at(-1)?.step ?? -1 : Infinity));
    const step = Math.min(until, ...reached);
    if (step === Infinity) return of.last;
    return of.frames.findLastIndex((frame) => frame.step <= step);
  }

  /** How many frames there will be to be shown, as far as is known. */
  get total() {
    const until = this.data.lesson?.until ?? null;
    return until !== null && this.isWhole ? this.last + 1 : this.run.total;
  }

  /** Whether nothing more will come that can be shown. */
  get isWhole() {
    const until = this.data.lesson?.until ?? Infinity;
    return [this.run, ...this.others].every((run) =>
      run.end !== null || (run.frames.at(-1)?.step ?? -1) >= until);
  }

  /** The first frame at or after a step, -1 if it is not there yet. @param {number} step */
  frameAt(step) {
    return this.run.frames.findIndex((frame) => frame.step >= step);
  }

  /** The number of that frame's step. @param {number} step */
  stepAt(step) {
    return this.run.frames[this.frameAt(step)]?.step ?? step;
  }

  arrived() {
    if (this.run.frames.length) {
      if (this.arranged !== this.run) this.arrange(); // a run's figures come with its frames
      this.transport.catchUp();
      for (const panel of this.panels.values()) this.guard(() => panel.catchUp());
      this.goToMoment();
    }
    this.wake();
  }

  /** Stops at the frame that the address asks for, once it is there. */
  goToMoment() {
    const { run, moment: { step } } = this;
    if (step === null || (run.frames[run.last].step < step && !run.end)) return;
    const k = run.frames.findIndex((frame) => frame.step >= step);
    this.transport.seek(k < 0 ? run.last : k);
    this.moment.step = null;
  }

  /** The address of what is on screen now. */
  get address() {
    const { run, legend, transport } = this;
    const step = run.frames[transport.frame]?.step ?? null;
    const hash = hashOf({ step, hidden: [...legend.hidden], speed: transport.speed });
    return new URL(hash, location.href).href;
  }

  // -------------------------------------------------------------------------------- its panels

  /** Brings the panels in line with the data: same id and kind, same element. */
  arrange() {
    this.arranged = this.run;
    const kinds = new Map(this.data.charts.map((spec) => [spec.id, kindOf(spec)]));
    for (const [id, panel] of this.panels) {
      if (kinds.get(id) !== panel.constructor) this.drop(id, panel);
    }
    this.data.charts.forEach((spec, i) => {
      const panel = this.panels.get(spec.id) ?? this.add(spec);
      const there = this.grid.children[i] ?? null;
      if (there !== panel.box) this.grid.insertBefore(panel.box, there);
      const plays = this.others[(spec.run ?? 0) - 1] ?? this.run;
      this.guard(() => panel.describe(spec, plays, this.others));
    });
    this.markStale();
    this.drawLegend();
    this.placed();
  }

  /** What shows another run is never taken for this one. */
  markStale() {
    const { run, others, live } = this;
    const waits = live.painted !== "" && live.painted !== run.token;
    for (const { box, onScreen } of this.panels.values()) {
      box.classList.toggle("lv-stale", onScreen ? onScreen !== run && !others.includes(onScreen) : waits);
    }
  }

  /** @param {ChartSpec | StageSpec} spec */
  add(spec) {
    const panel = isChart(spec) ? new Chart(this, spec) : new STAGES[spec.stage.kind](this, spec);
    this.panels.set(spec.id, panel);
    this.watcher.observe(panel.box);
    return panel;
  }

  /**
   * @param {string} id
   * @param {Panel} panel
   */
  drop(id, panel) {
    this.panels.delete(id);
    this.watcher.unobserve(panel.box);
    panel.remove();
  }

  /**
   * Panels that are far from the window are not painted. An entry may still be about one that
   * was removed since, whose name another one has now.
   *
   * @param {IntersectionObserverEntry[]} entries
   */
  look(entries) {
    for (const { target, isIntersecting } of entries) {
      const panel = this.panels.get(/** @type {HTMLElement} */ (target).dataset.chart ?? "");
      if (panel?.box === target) panel.visible = isIntersecting;
    }
    this.wake();
  }

  drawLegend() {
    const shown = this.data.charts.filter((spec) => this.lesson?.shows(spec.id) ?? true);
    this.legend.draw(shown.filter(isChart), this.theme.dark);
  }

  readTheme() {
    return readTheme(this.root, this.hall.isOn ? SCALE : 1);
  }

  /** With other letters, in another frame. */
  restyle() {
    this.theme = this.readTheme();
    this.repaint();
    this.placed();
  }

  /** A lesson has something else to say or to show: its panels fill what is left of the window. */
  placed() {
    this.stand();
    this.wake();
  }

  stand() {
    if (this.lesson?.key) place(this, this.lesson);
    else level(this.panels.values());
  }

  /** In another theme. */
  repaint() {
    this.redraw();
    this.drawLegend();
  }

  /** On paper are all charts, those that nobody has scrolled to as well, whole, black on white. */
  print() {
    const { data: { about }, legend, transport: { frame } } = this;
    this.printing = true;
    this.root.classList.add("lv-printing");
    this.theme = PAPER.theme;
    const line = [about?.page, about?.scene, ...about?.settings ?? [], this.address];
    put(part(this.root, ".lv-paper", HTMLElement), line.filter(Boolean).join(" · "));
    legend.draw(this.data.charts.filter(isChart), false);
    if (!this.Plotly) return;
    for (const panel of this.panels.values()) this.guard(() => panel.print(frame));
  }

  printed() {
    this.printing = false;
    this.root.classList.remove("lv-printing");
    this.theme = this.readTheme();
    this.repaint();
    this.resized = true;
    this.wake();
  }

  redraw() {
    for (const panel of this.panels.values()) panel.redraw();
    this.wake();
  }

  // ----------------------------------------------------------------------------------- drawing

  /** Asks for the next animation frame, unless one is on its way. */
  wake() {
    if (this.raf) return;
    this.then = performance.now();
    this.raf = requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now */
  tick(now) {
    this.raf = 0;
    if (this.printing) return; // nothing moves on paper
    if (this.drew) this.live.cost += performance.now() - now; // Plotly's part of it, just done
    this.drew = false;
    const { transport } = this;
    const moving = this.Plotly && transport.isMoving;
    if (moving) transport.advance(Math.min(Math.max(now - this.then, 0), 100) / 1000);
    transport.pauseAtEnd();
    let more = moving && transport.isMoving;
    // A slow machine draws less often, so that it still answers to clicks.
    if (now - this.drawnAt >= Math.max(1000 / DRAWS - 4, 1.5 * this.live.cost)) {
      more = this.drawAll(now) || more;
    } else {
      more = true;
    }
    if (more || this.drew) this.wake();
  }

  /**
   * @param {number} now
   * @returns {boolean} whether there is something left to do
   */
  drawAll(now) {
    const { run, live } = this;
    const k = this.transport.frame;
    // Empty axes cost as much as full ones, and a frame that is on its way would wait for them.
    const waits = k < 0 && (live.painted !== "" || now - run.opened < PATIENCE_MS);
    if (!this.Plotly || waits) {
      this.show();
      return Boolean(this.Plotly) && !live.painted;
    }
    const began = performance.now();
    if (this.resized) this.fit();
    this.wholes = 0;
    const late = this.paintAll(k, now);
    this.drew = this.noteDrawn(k);
    if (this.drew) live.cost = performance.now() - began;
    // A full drawing is rare, and says nothing about the price of the next frame.
    this.drawnAt = this.wholes ? 0 : now;
    this.show();
    return late;
  }

  /**
   * @param {number} k
   * @param {number} now
   * @returns {boolean} whether there is something left to do
   */
  paintAll(k, now) {
    let late = false;
    let fresh = false; // whether a panel has just begun to show this run
    /** @type {Panel[]} */
    const slow = [];
    for (const panel of this.panels.values()) {
      const settled = this.isOf(panel);
      if (panel.visible && this.paint(panel, k, now, settled && !this.wholes)) {
        late = true;
        if (!settled && !panel.isBusy) slow.push(panel);
      }
      fresh ||= !settled && this.isOf(panel);
      this.tell(panel, k, now);
    }
    // A new run shows at once what is cheap to draw, then one slow panel after the other.
    const next = slow.find((panel) => !panel.hasField) ?? slow[0];
    if (next && !fresh) this.paint(next, k, now, true);
    this.markStale();
    return late;
  }

  /** Whether a panel shows this run, or one of the others. @param {Panel} panel */
  isOf({ onScreen }) {
    return onScreen !== null && (onScreen === this.run || this.others.includes(onScreen));
  }

  /**
   * Paints one panel; returns whether there is something left to do.
   *
   * @param {Panel} panel
   * @param {number} k
   * @param {number} now
   * @param {boolean} mayBeSlow
   */
  paint(panel, k, now, mayBeSlow) {
    let late = false;
    this.guard(() => {
      late = panel.paint(k, now, mayBeSlow);
    });
    return late;
  }

  /**
   * Renews a panel's text alternative, now and then while it moves.
   *
   * @param {Panel} panel
   * @param {number} k
   * @param {number} now
   */
  tell(panel, k, now) {
    const about = `${k} ${this.run.token}`;
    if (panel.said === about) return;
    if (this.transport.playing && now - panel.saidAt <= SAY_MS) return;
    panel.said = about;
    panel.saidAt = now;
    panel.say(k);
  }

  /**
   * @param {number} k
   * @returns {boolean} whether another frame is on screen than before
   */
  noteDrawn(k) {
    const { live, run } = this;
    if (![...this.panels.values()].some((panel) => panel.onScreen === run)) return false;
    if (live.current === k && live.painted === run.token) return false;
    live.draws += 1;
    live.current = k;
    live.painted = run.token;
    return true;
  }

  /** Charts follow the width of the view, which changes without the window (sidebar). */
  fit() {
    this.resized = false;
    this.stand();
    for (const panel of this.panels.values()) panel.resize();
  }

  /** Everything around the charts. */
  show() {
    const { run, live } = this;
    live.frames = run.frames.length;
    live.state = run.state;
    live.token = run.token;
    this.root.dataset.state = run.state;
    this.root.dataset.frame = String(live.current);
    this.root.dataset.token = run.token;
    this.transport.show();
    this.comparison.show();
  }

  /**
   * Does what may fail; then it says why.
   *
   * @param {() => void} work
   */
  guard(work) {
    try {
      work();
    } catch (error) {
      console.error(error);
      this.alarm(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} text */
  alarm(text) {
    this.fault = text;
    this.show();
  }

  // ------------------------------------------------------------------------------- the server

  /**
   * Asks the server to do something with the run.
   *
   * @param {"stop" | "restart"} action
   * @returns {Promise<boolean>} whether it was done
   */
  async post(action) {
    const response = await ask(`${this.run.token}/${action}`, this.data.server, "POST");
    if (response?.status === 404) this.run.trouble = "gone";
    else if (!response?.ok) this.alarm(this.word("view.no_answer", { action }));
    this.wake();
    return response?.ok ?? false;
  }

  stop() {
    this.post("stop");
  }

  async restart() {
    this.transport.rest = "";
    if (this.run.trouble !== "gone" && await this.post("restart")) return this.open();
    // Only the page's script can make another run in the place of one that was forgotten.
    if (this.run.trouble === "gone") this.setTriggerValue?.("again", ++this.clicks);
  }

  /** @param {{chart: string, x: unknown, y: unknown}} value */
  click(value) {
    if (!this.lesson) this.trigger("click", value);
  }

  /**
   * Tells the page's script what the visitor asks of it.
   *
   * @param {string} name
   * @param {object} value
   */
  trigger(name, value) {
    this.setTriggerValue?.(name, { ...value, n: ++this.clicks });
  }

  /** Tells the page's script the step at the playhead, from which on a setting shall change. */
  changeHere() {
    const step = this.run.frames[this.transport.frame]?.step;
    this.trigger("change_here", { step });
  }

  /** Asks the page for what one step does, at the playhead. */
  goSlowly() {
    const step = this.run.frames[Math.max(this.transport.frame, 0)]?.step ?? 0;
    this.trigger("slowly", { step });
  }

  /** The visitor goes elsewhere. */
  leave() {
    for (const run of [this.run, ...this.others]) run.leave();
  }

  destroy() {
    window.removeEventListener("pagehide", this.onLeave);
    window.removeEventListener("beforeprint", this.onPrint);
    window.removeEventListener("afterprint", this.onPrinted);
    for (const run of [this.run, ...this.others]) run.abort.abort();
    this.hall.remove();
    cancelAnimationFrame(this.raf);
    this.watcher.disconnect();
    this.sizes.disconnect();
    this.transport.remove();
    for (const panel of this.panels.values()) panel.remove();
  }
}
