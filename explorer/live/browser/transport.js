// @ts-check
// The playhead, the controls that move it, and what is said about the run beside them.

import { part, put } from "./panel.js";
import { sheet, Share } from "./share.js";

/**
 * @import { Said } from "./frames.js"
 * @import { Run } from "./run.js"
 * @import { View } from "./view.js"
 */

const FPS = 30; // frames revealed per second at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const MOST_NOTES = 6;
const LEAP = 10; // frames, with Shift
const AT_ONCE_MS = 150; // a run whose last frame was there so soon was computed before
const SHORT_MS = 2000; // what is over by then needs no forecast

/** @param {string} path */
const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
export const PLAY = icon("M7 4v16l13-8z");
export const PAUSE = icon("M6 4h4v16H6zm8 0h4v16h-4z");
const BACK = icon("M17 5v14l-9-7zM5 5h2v14H5z");
const FORWARD = icon("M7 5v14l9-7zM17 5h2v14h-2z");
const SHARE = icon("M14 3h7v7l-2.6-2.6-7 7-1.8-1.8 7-7zM5 5h6v2H6v11h11v-5h2v7H4V5z");
const LATEST = icon("M4 5v14l7-7zM11 5v14l7-7zM18 5h2v14h-2z");
const SLOWLY = icon("M10 3a7 7 0 1 0 4.2 12.6l5.1 5.1 1.4-1.4-5.1-5.1A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10z");
const CHANGE = icon("M3 11h6.2l5-6H21v2h-5.8l-4.2 5 4.2 5H21v2h-6.8l-5-6H3z"); // one way becomes two

/**
 * The controls.
 *
 * @param {(key: string) => string} word gives what can stand in HTML
 */
export const bar = (word) => `
  <p class="lv-alert" role="alert"></p>
  <div class="lv-bar" role="group" aria-label="${word("transport.label")}">
    <button type="button" data-do="toggle"></button>
    <button type="button" data-do="back" aria-label="${word("transport.back")}">${BACK}</button>
    <button type="button" data-do="forward" aria-label="${word("transport.forward")}">${FORWARD}</button>
    <input type="range" min="0" value="0" step="1" aria-label="${word("transport.frame")}">
    <button type="button" data-do="latest" aria-label="${word("transport.latest")}">${LATEST}</button>
    <select aria-label="${word("transport.speed")}">${SPEEDS.map((speed) =>
      `<option value="${speed}"${speed === 1 ? " selected" : ""}>${speed}×</option>`).join("")}</select>
    <button type="button" data-do="share" aria-label="${word("transport.share")}" title="${
  word("transport.share")}">${SHARE}</button>
    <span class="lv-where"><span translate="no"></span><span></span></span>
    <button type="button" data-do="change" aria-label="${word("transport.change")}"
      title="${word("transport.change_hint")}" hidden>${CHANGE}</button>
    <button type="button" data-do="slowly" aria-label="${word("transport.slowly")}"
      title="${word("transport.slowly")}" hidden>${SLOWLY}</button>
    <button type="button" class="lv-text" data-do="stop">${word("transport.stop")}</button>
    <button type="button" class="lv-text" data-do="restart">${word("transport.restart")}</button>
  </div>
  ${sheet(word)}`;

/**
 * Whether a key belongs to what has the focus: keys are the view's as long as no field has it.
 *
 * @param {string} key
 * @param {Element} target
 * @param {Element} root of the view
 */
function isTaken(key, target, root) {
  if (target.closest("dialog[open], [role=dialog], textarea, select, [contenteditable]")) return true;
  const input = target.closest("input, [role=slider], [role=radio], [role=combobox], [role=tab]");
  if (input) return key !== " " || !root.contains(input); // a range does nothing with Space
  return key === " " && Boolean(target.closest("button, a, summary, [role=button]"));
}

export class Transport {
  head = 0; // the playhead, in frames
  speed = 1;
  playing = true;
  /** Why it stands still before its end, if the visitor wants it to. @type {"" | "paused" | "sought"} */
  rest = "";
  /** @type {number | null} */
  waitsFor = null; // a step of the last run that this one has not reached
  listed = ""; // the notes that are to be seen

  /**
   * @param {View} view whose run it plays
   * @param {HTMLElement} root
   */
  constructor(view, root) {
    this.view = view;
    this.slider = part(root, "input", HTMLInputElement);
    this.where = part(root, ".lv-where > :first-child", HTMLElement); // in numbers
    this.state = part(root, ".lv-where > :last-child", HTMLElement); // in words
    this.alert = part(root, ".lv-alert", HTMLElement);
    this.now = part(root, ".lv-now", HTMLElement);
    this.notes = part(root, ".lv-notes", HTMLElement);
    /** @type {(name: string) => HTMLButtonElement} */
    const button = (name) => part(root, `[data-do=${name}]`, HTMLButtonElement);
    this.buttons = {
      toggle: button("toggle"),
      change: button("change"),
      slowly: button("slowly"),
      stop: button("stop"),
      restart: button("restart"),
    };
    button("toggle").addEventListener("click", () => this.toggle());
    button("back").addEventListener("click", () => this.back());
    button("forward").addEventListener("click", () => this.forward());
    button("latest").addEventListener("click", () => this.latest());
    button("change").addEventListener("click", () => view.changeHere());
    button("slowly").addEventListener("click", () => view.goSlowly());
    button("stop").addEventListener("click", () => view.stop());
    button("restart").addEventListener("click", () => view.restart());
    this.slider.addEventListener("input", () => this.seek(this.slider.valueAsNumber));
    this.share = new Share(view, root);
    button("share").addEventListener("click", () => this.share.open());
    this.speeds = part(root, ".lv-bar select", HTMLSelectElement);
    const { lesson } = view.data;
    if (lesson) {
      for (const option of this.speeds.options) {
        const seconds = lesson.seconds / Number(option.value);
        option.text = this.word("lesson.seconds", { seconds });
      }
    }
    this.speeds.addEventListener("change", () => {
      this.speed = Number(this.speeds.value);
    });
    this.root = root;
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    window.addEventListener("keydown", this.onKey);
  }

  // ----------------------------------------------------------------------------- the playhead

  /** The frame at the playhead, -1 before the first. */
  get frame() {
    return Math.min(Math.floor(this.head), this.view.last);
  }

  /**
   * Begins a run: what it has in common with the last one is not shown again. Who stands at a
   * step and changes a setting sees what becomes of that step.
   *
   * @param {number | undefined} step of the last run that is on screen
   */
  begin(step) {
    const goesOn = this.view.run.frames.length > 0; // as the same run
    this.waitsFor = this.rest && step !== undefined && !goesOn ? step : null;
    this.head = Math.max(0, Math.min(this.head, this.view.last));
    this.playing = this.waitsFor === null && !this.view.lesson?.waits;
    this.catchUp();
  }

  /** A scene is played from its beginning, at the usual speed. */
  clear() {
    this.rest = "";
    this.setSpeed(1);
  }

  /** Goes to the step that was waited for as far as there are frames. */
  catchUp() {
    const { waitsFor, view: { run } } = this;
    if (waitsFor === null) return;
    this.head = Math.max(0, run.frames.findLastIndex(({ step }) => step <= waitsFor));
    if (run.end || (run.frames.at(-1)?.step ?? -1) >= waitsFor) this.waitsFor = null;
  }

  /** Whether there are frames to be revealed. */
  get isMoving() {
    return this.playing && this.head < this.view.last && !this.view.lesson?.waits;
  }

  /** Frames per second at speed 1. */
  get pace() {
    const { data: { lesson, seconds }, total } = this.view;
    const lasts = lesson?.seconds ?? seconds;
    return lasts ? Math.max(total - 1, 1) / lasts : FPS;
  }

  /** @param {number} seconds that have gone by */
  advance(seconds) {
    const { lesson, last } = this.view;
    const passed = seconds * this.speed;
    this.head = lesson ? lesson.advance(this.head, passed)
      : Math.min(this.head + passed * this.pace, last);
  }

  /** @param {number} speed one that is offered; another is not taken */
  setSpeed(speed) {
    if (!SPEEDS.includes(speed)) return;
    this.speed = speed;
    this.speeds.value = String(speed);
  }

  /** Ends with the run. */
  pauseAtEnd() {
    if (!this.isAtEnd) return;
    this.playing = false;
    this.view.lesson?.ended();
  }

  /** Whether there is nothing more to be revealed. */
  get isAtEnd() {
    return this.view.isWhole && this.head >= this.view.last;
  }

  toggle() {
    const { lesson } = this.view;
    if (lesson?.waits) {
      lesson.goOn();
      return;
    }
    if (!this.playing && this.isAtEnd) this.head = 0;
    this.playing = !this.playing;
    this.rest = this.playing ? "" : "paused";
    this.waitsFor = null;
    this.view.wake();
  }

  /** Goes on from where it stands. */
  play() {
    this.playing = true;
    this.rest = "";
    this.view.wake();
  }

  /** Stands at the first frame. */
  toStart() {
    this.clear();
    this.head = 0;
    this.playing = false;
    this.waitsFor = null;
    this.view.wake();
  }

  /** @param {number} index of a frame */
  seek(index) {
    if (this.view.lesson?.phase === "ask") return; // it would give the answer away
    this.playing = false;
    this.rest ||= "sought";
    this.waitsFor = null;
    this.head = Math.max(0, Math.min(index, this.view.last));
    this.view.lesson?.sought();
    this.view.wake();
  }

  back() {
    this.seek(Math.floor(this.head) - 1);
  }

  forward() {
    this.seek(Math.floor(this.head) + 1);
  }

  latest() {
    if (this.view.lesson?.phase === "ask") return;
    this.head = Math.max(this.view.last, 0);
    this.playing = !this.view.isWhole;
    this.rest = "";
    this.waitsFor = null;
    this.view.wake();
  }

  remove() {
    window.removeEventListener("keydown", this.onKey);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const target = /** @type {Element} */ (event.target);
    if (this.share.isOpen || isTaken(event.key, target, this.root)) return;
    const by = event.shiftKey ? LEAP : 1;
    const { lesson, hall } = this.view;
    /** @type {Record<string, () => void>} */
    const actions = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(Math.floor(this.head) - by),
      ArrowRight: () => this.seek(Math.floor(this.head) + by),
      Home: () => this.seek(0),
      End: () => this.seek(this.view.last),
      f: () => hall.toggle(),
      b: () => hall.blank(),
      "?": () => hall.showKeys(),
      ...(lesson && { PageUp: () => lesson.go(-1), PageDown: () => lesson.goOn() }),
    };
    const answer = "1234".indexOf(event.key);
    if (answer >= 0 && event.key && lesson) lesson.commit(answer);
    else if (actions[event.key]) actions[event.key]();
    else return;
    event.preventDefault();
  }

  // ----------------------------------------------------------------------- what is said of it

  /** Everything around the charts, from the run's state. */
  show() {
    this.showPlace();
    this.showButtons();
    const { run, fault } = this.view;
    const failed = run.state === "failed" && run.end?.error;
    const why = failed ? this.view.say(failed) : "";
    put(this.alert, fault || (run.state === "failed" ? this.word("run.failed", { why }) : ""));
    this.showNotes();
  }

  showPlace() {
    const k = this.frame;
    const state = this.stateWords();
    const ends = Math.max(this.view.total - 1, 1);
    const at = Math.max(k, 0);
    put(this.where, this.placeWords(k));
    put(this.state, k >= 0 && state ? ` · ${state}` : state);
    this.slider.max = String(ends);
    this.slider.disabled = this.view.lesson?.phase === "ask";
    if (this.slider.valueAsNumber !== at) this.slider.value = String(at);
    this.slider.setAttribute("aria-valuetext",
      k < 0 ? state : this.word("transport.value", this.place(k)));
    this.slider.style.setProperty("--got", `${(100 * Math.max(this.view.last, 0)) / ends}%`);
    this.slider.style.setProperty("--at", `${(100 * at) / ends}%`);
  }

  /** @param {number} k */
  place(k) {
    const { run, data } = this.view;
    return { step: data.step, at: run.frames[k].step, frame: k + 1, total: this.view.total };
  }

  /** @param {number} k */
  placeWords(k) {
    if (k < 0) return "";
    const { run } = this.view;
    const place = this.word("transport.where", this.place(k));
    // A run that was there at once was computed before: when it came says nothing.
    if (run.end && run.frames[run.last].at < AT_ONCE_MS) return place;
    const seconds = (run.frames[k].at / 1000).toFixed(1);
    const passed = `${place} · ${this.word("transport.seconds", { seconds })}`;
    if (run.state !== "running" || !(run.left > SHORT_MS)) return passed;
    const left = Math.round(run.left / 1000);
    return `${passed} · ${this.word("transport.left", { seconds: left })}`;
  }

  /** How the run fares, where that is not plain to see. */
  stateWords() {
    const { run } = this.view;
    const queued = run.place ? this.word("run.queued", { place: run.place }) : "";
    if (run.state === "waiting") return queued || this.word("run.waiting");
    if (["lost", "gone", "elsewhere"].includes(run.state)) return this.word(`run.${run.state}`);
    if (run.state === "running" && run.isHeldBack) return this.word("run.held");
    if (run.state !== "running") return "";
    // one that waits may have been begun already, to be seen
    return queued || (run.isBehind && run.again ? this.word("run.again") : "");
  }

  showButtons() {
    const { run, alone, lesson } = this.view;
    const { toggle, change, slowly, stop, restart } = this.buttons;
    if (toggle.dataset.playing !== String(this.playing)) {
      toggle.dataset.playing = String(this.playing);
      toggle.innerHTML = this.playing ? PAUSE : PLAY;
      toggle.setAttribute("aria-label", this.word(this.playing ? "transport.pause" : "transport.play"));
    }
    change.hidden = !this.view.data.changeable || this.frame < 0 || alone;
    slowly.hidden = !this.view.data.slowly || this.frame < 0 || alone || lesson?.phase === "ask";
    // In a lesson what is trained is there soon; who waits for it may give up
    const trains = run.state === "running" && !run.isBehind;
    stop.hidden = run.end !== null || run.state === "gone" || alone || (lesson !== null && trains);
    restart.hidden = !["failed", "stopped", "gone"].includes(run.state);
  }

  /** What happened up to the playhead, the newest first. */
  showNotes() {
    const said = this.view.run.notes.filter(({ index }) => index <= this.frame).reverse();
    if (this.view.data.says) {
      const now = said.find(({ index }) => index === this.frame);
      put(this.now, now ? this.view.say(now.note) : "");
      return;
    }
    const lines = said.slice(0, MOST_NOTES).map(({ note }) => this.view.say(note));
    const n = said.length - MOST_NOTES;
    if (n > 0) lines.push(this.word("run.more_notes", { n }));
    const repairs = this.repairs(said);
    const listed = [...lines, ...repairs.map(({ words }) => words)].join("\n");
    if (this.listed === listed) return;
    this.listed = listed;
    const items = lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    });
    for (const { words, note, step } of repairs) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words;
      button.addEventListener("click", () => this.view.trigger("repair", { note, step }));
      items[said.findLastIndex((one, i) => i < MOST_NOTES && one.note[0] === note)].append(button);
    }
    this.notes.replaceChildren(...items);
  }

  /**
   * What can be done about what is listed. Who goes on from before the first failure of a kind goes
   * on from before all of them.
   *
   * @param {{index: number, note: Said}[]} said up to the playhead, the newest first
   */
  repairs(said) {
    const { alone, data, run } = this.view;
    const listed = new Set(said.slice(0, MOST_NOTES).map(({ note }) => note[0]));
    return Object.entries(alone ? {} : data.repairs ?? {}).filter(([note]) => listed.has(note))
      .map(([note, { settings, here }]) => {
        const { index } = said.findLast((one) => one.note[0] === note) ?? { index: 0 };
        const step = here ? run.frames[Math.max(index - 1, 0)].step : 0;
        const key = step > 0 ? "repair.here" : "repair.again";
        return { note, step, words: this.word(key, { settings, step: data.step, at: step }) };
      });
  }

  /**
   * @param {string} key
   * @param {Record<string, unknown>} [values]
   */
  word(key, values) {
    return this.view.word(key, values);
  }
}
