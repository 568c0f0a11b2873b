// @ts-check
// A scene of a lesson: it asks, waits for an answer, has the run played, stops where something is
// to be seen, and says at the end what happened. The page's side is explorer/player.py.

import { Claims } from "./claims.js";
import { explained, explainedIn } from "./glossary.js";
import { part, put } from "./panel.js";
import { resolve, scalar } from "./references.js";
import { Seen } from "./seen.js";
import { escaped } from "./words.js";

/**
 * @import { Data as ClaimsData } from "./claims.js"
 * @import { Entry } from "./glossary.js"
 * @import { Ref } from "./references.js"
 * @import { Run } from "./run.js"
 * @import { View } from "./view.js"
 *
 * @typedef {{ref: Ref, form: "percent" | "percent1" | "number" | "whole" | "power", step: number | null,
 *   run: number}} Value a number of a run, for a sentence
 * @typedef {{step: number, chart: string, x: Ref | number | null, y: Ref | number | null,
 *   text: string}} Stop
 * @typedef {{x: number, y: number}} Point in a chart's units
 *
 * @typedef {object} Scene what the page says of it (`scene_data` in explorer/player.py)
 * @property {string} slug of the concept
 * @property {string} title its name
 * @property {number} at which scene of the lesson
 * @property {string} key
 * @property {string[]} keys of all scenes
 * @property {string[]} names of all scenes
 * @property {string} name
 * @property {string} question
 * @property {string[]} answers
 * @property {number} right the position of the right one
 * @property {string} reveal
 * @property {string} because
 * @property {Record<string, Value>} values
 * @property {Stop[]} stops
 * @property {string[]} main the panels that it shows
 * @property {string[]} hidden entries of the legend
 * @property {number | null} until the last step that is shown
 * @property {number} seconds how long it plays
 * @property {Entry[]} words that it needs explained
 * @property {{slug: string, title: string} | null} following the lesson after this one
 * @property {Omit<ClaimsData, "words">} claims
 */

/** @param {(key: string) => string} word gives what can stand in HTML */
const html = (word) => `
  <nav aria-label="${word("lesson.scenes")}">
    <button type="button" data-scene="back" aria-label="${word("lesson.back")}">‹</button>
    <ol></ol>
    <button type="button" data-scene="next" aria-label="${word("lesson.next")}">›</button>
    <b></b>
    <span></span>
    <button type="button" data-scene="more" aria-pressed="false"></button>
    <button type="button" data-scene="explore">${word("lesson.explore")}</button>
    <button type="button" data-scene="hall" title="${word("hall.hint")}">${word("hall.name")}</button>
    <button type="button" data-scene="keys" aria-label="${word("keys.name")}">?</button>
  </nav>
  <div class="lv-said" aria-live="polite">
    <div>
      <h3></h3>
      <div class="lv-answers" role="group"></div>
      <p class="lv-words"></p>
      <p class="lv-stop"></p>
      <div class="lv-reveal"><p></p><p></p><p></p></div>
    </div>
    <div class="lv-next">
      <button type="button" data-scene="on"></button>
      <button type="button" data-scene="always" aria-expanded="false">${word("lesson.always")}</button>
    </div>
    <div class="lv-always"></div>
  </div>
  <div class="lv-tabs" role="tablist"></div>`;

export class Lesson {
  /** Where it is: the question, the run, a stop, or the end. @type {"ask" | "run" | "stop" | "told"} */
  phase = "ask";
  /** @type {number | null} */
  choice = null;
  key = ""; // the scene that is played
  more = false; // whether all pictures are shown
  oneByOne = false; // whether there is room for one picture only
  tab = 0; // the one
  passed = 0; // stops
  /** @type {Claims | null} */
  claims = null;
  still = matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * @param {View} view
   * @param {HTMLElement} root its place
   */
  constructor(view, root) {
    this.view = view;
    this.root = root;
    root.innerHTML = html((key) => escaped(view.word(key)));
    /** @type {(selector: string) => HTMLElement} */
    const find = (selector) => part(root, selector, HTMLElement);
    /** @type {(name: string) => HTMLButtonElement} */
    const button = (name) => part(root, `[data-scene=${name}]`, HTMLButtonElement);
    this.parts = {
      dots: find("ol"), name: find("b"), question: find("h3"), answers: find(".lv-answers"),
      stop: find(".lv-stop"), reveal: find(".lv-reveal"), next: find(".lv-next"),
      always: find(".lv-always"), words: find(".lv-words"), tabs: find(".lv-tabs"), said: find(".lv-said"),
    };
    this.buttons = { on: button("on"), always: button("always"), more: button("more"),
      back: button("back"), next: button("next"), hall: button("hall") };
    this.buttons.back.addEventListener("click", () => this.go(-1));
    this.buttons.next.addEventListener("click", () => this.go(1));
    this.buttons.on.addEventListener("click", () => this.goOn());
    this.buttons.always.addEventListener("click", () => this.showClaims());
    this.buttons.more.addEventListener("click", () => this.showMore());
    this.buttons.hall.addEventListener("click", () => view.hall.toggle());
    button("keys").addEventListener("click", () => view.hall.showKeys());
    button("explore").addEventListener("click", () => view.trigger("explore", {}));
    this.parts.dots.addEventListener("click", (event) => {
      const dot = /** @type {Element} */ (event.target).closest("button");
      if (dot) this.visit(Number(dot.dataset.at));
    });
    this.parts.answers.addEventListener("click", (event) => {
      const answer = /** @type {Element} */ (event.target).closest("button");
      if (answer) this.commit(Number(answer.dataset.at));
    });
    this.parts.tabs.addEventListener("click", (event) => {
      const tab = /** @type {Element} */ (event.target).closest("button");
      if (!tab) return;
      this.tab = Number(tab.dataset.at);
      view.placed();
    });
    this.seen = new Seen();
  }

  get scene() {
    return /** @type {Scene} */ (this.view.data.lesson);
  }

  /** Whether the playhead stands until the visitor has answered. */
  get waits() {
    return this.phase === "ask" || this.phase === "stop";
  }

  // --------------------------------------------------------------------------- its course

  /** After news from the page: another scene begins with its question. */
  update() {
    if (this.key === this.scene.key) return;
    this.key = this.scene.key;
    this.more = false;
    this.tab = 0;
    this.drawScene();
    this.again();
  }

  /** The question again, with nothing of the run to be seen. */
  again() {
    this.phase = "ask";
    this.choice = null;
    this.passed = 0;
    this.view.legend.hide(this.scene.hidden);
    this.view.transport.toStart();
    for (const panel of this.view.panels.values()) panel.unlearn();
    this.show();
  }

  /**
   * The visitor has chosen, or does not want to.
   *
   * @param {number | null} choice
   */
  commit(choice) {
    if (this.phase !== "ask" || (choice !== null && choice >= this.scene.answers.length)) return;
    this.choice = choice;
    this.run();
  }

  run() {
    this.phase = "run";
    for (const panel of this.view.panels.values()) panel.catchUp();
    this.view.transport.play();
    this.show();
  }

  /** What the large button, Space and a clicker do: always the next thing. */
  goOn() {
    if (this.phase === "ask") this.commit(null);
    else if (this.phase === "stop") this.run();
    else if (this.phase === "told") this.go(1);
  }

  /**
   * The playhead after some seconds, at the next stop at the latest.
   *
   * @param {number} head in frames
   * @param {number} seconds
   */
  advance(head, seconds) {
    const { view, scene } = this;
    const stop = scene.stops[this.passed];
    const at = stop ? view.frameAt(stop.step) : -1;
    const to = this.still.matches ? Infinity : head + seconds * view.transport.pace;
    if (at >= 0 && this.phase === "run" && at <= Math.min(to, view.last)) {
      this.stopAt(stop);
      return at;
    }
    return Math.min(to, view.last);
  }

  /** @param {Stop} stop */
  stopAt(stop) {
    this.passed += 1;
    this.phase = "stop";
    const { view, scene } = this;
    view.transport.playing = false;
    const at = scene.main.indexOf(stop.chart);
    if (at >= 0) this.tab = at; // where there is room for one picture, it is the one that is told of
    this.show();
    const k = view.frameAt(stop.step);
    if (stop.chart) view.panels.get(stop.chart)?.pointAt(this.pointOf(stop, k));
  }

  /**
   * @param {Stop} stop
   * @param {number} k
   * @returns {Point}
   */
  pointOf({ x, y }, k) {
    const { run } = this.view;
    /** @type {(at: Ref | number | null) => number} */
    const at = (ref) => (ref !== null && typeof ref === "object" ? numberOf(ref, run, k) : ref) ?? NaN;
    return { x: x === null ? run.frames[k].step : at(x), y: at(y) };
  }

  /** The run is over: what happened is said in the place of the question. */
  ended() {
    if (this.phase !== "run") return;
    this.phase = "told";
    this.seen.add(this.scene.slug, this.scene.key);
    this.show();
    this.drawDots();
  }

  /** Who moves the playhead by themselves goes on from where they went. */
  sought() {
    if (this.phase === "stop") this.phase = "run";
    const step = this.view.run.frames[this.view.transport.frame]?.step ?? 0;
    this.passed = this.scene.stops.filter((stop) => stop.step <= step).length;
    this.show();
  }

  /** @param {number} by so many scenes on */
  go(by) {
    this.visit(this.scene.at + by);
  }

  /** @param {number} at */
  visit(at) {
    const { scene } = this;
    if (at === scene.at) this.again();
    else if (at >= scene.keys.length) this.goToNextLesson();
    else if (at >= 0) this.view.trigger("scene", { at });
  }

  /** Without a new document: the full screen would end with it. */
  goToNextLesson() {
    const { following } = this.scene;
    if (!following) return;
    history.pushState(null, "", new URL(`${following.slug}?scene=1`, location.href));
    dispatchEvent(new PopStateEvent("popstate"));
  }

  // ------------------------------------------------------------------------ what is said

  drawScene() {
    const { scene, parts } = this;
    put(parts.name, scene.name);
    const { sentence, left } = explainedIn(scene.question, scene.words);
    parts.question.replaceChildren(sentence);
    parts.words.replaceChildren(...left.map((entry) => explained(entry)));
    parts.answers.setAttribute("aria-label", scene.question);
    parts.answers.replaceChildren(...scene.answers.map((answer, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.at = String(i);
      button.innerHTML = `<kbd>${i + 1}</kbd> ${escaped(answer)}`;
      return button;
    }));
    parts.always.replaceChildren();
    this.claims = null;
    this.buttons.back.disabled = scene.at === 0;
    this.buttons.next.disabled = scene.at === scene.keys.length - 1;
    this.drawDots();
  }

  drawDots() {
    const { scene } = this;
    const seen = this.seen.of(scene.slug);
    this.parts.dots.replaceChildren(...scene.names.map((name, i) => {
      const item = document.createElement("li");
      const dot = document.createElement("button");
      dot.type = "button";
      dot.dataset.at = String(i);
      dot.textContent = String(i + 1);
      dot.title = name;
      dot.setAttribute("aria-label", this.view.word("lesson.scene", { at: i + 1, name }));
      if (i === scene.at) dot.setAttribute("aria-current", "step");
      dot.classList.toggle("lv-seen", seen.includes(scene.keys[i]));
      item.append(dot);
      return item;
    }));
  }

  show() {
    const { view, parts, buttons, phase, scene } = this;
    this.root.dataset.phase = phase;
    if (phase !== "stop") for (const panel of view.panels.values()) panel.pointAt(null);
    const stop = phase === "stop" ? scene.stops[this.passed - 1] : null;
    put(parts.stop, stop ? this.filled(stop.text, { step: view.stepAt(stop.step) }) : "");
    for (const [i, answer] of Array.from(parts.answers.children).entries()) {
      answer.setAttribute("aria-pressed", String(i === this.choice));
    }
    if (phase === "told") this.tell();
    const isLast = scene.at === scene.keys.length - 1;
    const next = isLast ? view.word("lesson.following", scene.following ?? {}) : view.word("lesson.next");
    put(buttons.on, phase === "stop" ? view.word("lesson.on") : next);
    const leads = !isLast || scene.following !== null;
    buttons.on.hidden = !(phase === "stop" || (phase === "told" && leads));
    buttons.always.hidden = phase !== "told";
    if (phase !== "told") this.showClaims(false);
    view.placed();
  }

  /** What happened, which answer is right, and why. */
  tell() {
    const { view, scene, choice } = this;
    const [verdict, reveal, because] = this.parts.reveal.children;
    const answer = scene.answers[scene.right];
    const chosen = choice === null ? "" : scene.answers[choice];
    const key = choice === null ? "lesson.right" : choice === scene.right ? "lesson.hit" : "lesson.miss";
    put(verdict, view.word(key, { answer, chosen }));
    put(reveal, this.filled(scene.reveal));
    put(because, this.filled(scene.because));
  }

  /**
   * A sentence with the numbers of the run.
   *
   * @param {string} text
   * @param {Record<string, unknown>} more
   */
  filled(text, more = {}) {
    return text.replace(/\{(\w+)\}/g, (placeholder, name) => {
      const value = this.scene.values[name];
      return value ? this.number(value) : String(more[name] ?? placeholder);
    });
  }

  /** @param {Value} value */
  number({ ref, form, step, run }) {
    const { view } = this;
    const of = run ? view.others[run - 1] : view.run;
    if (!of) return "";
    const k = step === null ? view.lastOf(of) : of.frames.findIndex((frame) => frame.step >= step);
    const found = numberOf(ref, of, k < 0 ? of.last : k);
    return found === null ? view.word("chart.not_finite") : inForm(found, form);
  }

  // ------------------------------------------------------------------------ what is shown

  /** @param {boolean} [on] whether the claims are to be seen; the other way if left out */
  showClaims(on = this.buttons.always.getAttribute("aria-expanded") !== "true") {
    const { always } = this.parts;
    this.buttons.always.setAttribute("aria-expanded", String(on));
    always.hidden = !on;
    if (on && !this.claims) {
      const about = document.createElement("p");
      put(about, this.view.word("claims.about", { n: this.scene.claims.seeds.n }));
      always.append(about);
      this.claims = new Claims(always, this.told);
    }
    if (on) this.claims?.update(this.told);
    this.view.placed();
  }

  /** What its list of claims is told. */
  get told() {
    return { ...this.scene.claims, words: this.view.data.words };
  }

  showMore() {
    this.more = !this.more;
    this.view.placed();
  }

  /** Whether a panel is to be seen. @param {string} id */
  shows(id) {
    const at = this.scene.main.indexOf(id);
    return at < 0 ? this.more : !this.oneByOne || at === this.tab;
  }

  /** @param {number} n how many more pictures there are */
  drawMore(n) {
    const { more } = this.buttons;
    more.hidden = n === 0;
    more.setAttribute("aria-pressed", String(this.more));
    put(more, this.view.word(this.more ? "lesson.fewer" : "lesson.more", { n }));
  }

  /** The names of the pictures, of which a phone shows one. @param {string[]} titles */
  drawTabs(titles) {
    const { tabs } = this.parts;
    tabs.replaceChildren(...differing(titles).map((title, i) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.dataset.at = String(i);
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(i === this.tab));
      tab.textContent = title;
      return tab;
    }));
    tabs.hidden = titles.length < 2;
  }
}

/** Titles without the words in which two of one picture are alike: "Left: paths", "Right: paths".
 * @param {string[]} titles
 */
function differing(titles) {
  const [ends, other] = titles.map((title) => title.slice(title.indexOf(": ") + 1));
  return titles.length === 2 && ends === other ? titles.map((title) => title.slice(0, -ends.length - 1)) : titles;
}

/**
 * @param {Ref} ref
 * @param {Run} run
 * @param {number} k
 */
function numberOf(ref, run, k) {
  return run.frames[k] ? scalar(resolve(ref, run.start), run.frames[k].arrays) : null;
}

/** @type {Record<string, string>} */
const RAISED = Object.fromEntries([..."-0123456789"].map((sign, i) => [sign, "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"[i]]));

/**
 * @param {number} value
 * @param {Value["form"]} form
 */
export function inForm(value, form) {
  if (form === "percent") return `${Math.round(100 * value)} %`;
  if (form === "percent1") return `${(100 * value).toFixed(1)} %`;
  if (form === "power") {
    return `10${[...String(Math.round(value))].map((sign) => RAISED[sign]).join("")}`;
  }
  if (form === "whole") return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
}
