// @ts-check
// The front door (explorer/home.py): its pictures, what was seen, and links without a reload.

import { closeWhenIdle } from "./idle.js";
import { Miniature, Miniatures } from "./miniatures.js";
import { part } from "./panel.js";
import { Seen } from "./seen.js";

/**
 * @import { Numbers } from "./miniatures.js"
 *
 * @typedef {object} Data
 * @property {string} html
 * @property {Record<string, Numbers>} miniatures by slug
 * @property {{labels: Record<string, string[]>, seen: string, all_seen: string, stop: string,
 *   move: string}} words
 *
 * @typedef {(name: string, value: unknown) => void} SetTriggerValue
 * @typedef {HTMLElement & {door?: Door}} Parent
 */

/**
 * What Streamlit calls.
 *
 * @param {{parentElement: Parent, data: Data, setTriggerValue: SetTriggerValue}} component
 */
export function front_door({ parentElement: parent, data, setTriggerValue }) {
  parent.door ??= takeOver(parent) ?? new Door(parent, data);
  const { door } = parent;
  door.update(setTriggerValue);
  return () => {
    if (door.root.isConnected) return;
    door.destroy();
    delete parent.door;
  };
}

/** @returns {Parent | null} what the document has before Streamlit made its page */
const opening = () => document.getElementById("door-opening");

/** Sets going what is in the document. */
function openDocument() {
  const place = opening();
  const main = place?.querySelector("main");
  if (!place || !main) return;
  const door = new Door(main, JSON.parse(place.querySelector("script")?.textContent ?? ""));
  place.door = door;
  closeWhenIdle(place, () => {
    place.remove();
    door.destroy();
  });
}

/**
 * The document's front door, moved to its place in Streamlit's page.
 *
 * @param {HTMLElement} parent
 */
function takeOver(parent) {
  const place = opening();
  if (!place?.door) return null;
  const { door } = place;
  const open = door.root.querySelector(":popover-open"); // a move closes it, and takes the focus
  const focused = document.activeElement;
  parent.append(door.root);
  place.remove();
  if (open instanceof HTMLElement) open.showPopover();
  if (focused instanceof HTMLElement && door.root.contains(focused)) focused.focus();
  return door;
}

class Door {
  /** @type {SetTriggerValue | null} */
  setTriggerValue = null; // before Streamlit is there, links are the browser's matter

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   */
  constructor(parent, data) {
    parent.insertAdjacentHTML("beforeend", data.html);
    this.root = part(parent, ".door", HTMLElement);
    /** @type {NodeListOf<HTMLElement>} */
    const lessons = this.root.querySelectorAll("[data-seen]");
    for (const place of lessons) tellSeen(place, data.words);
    this.pictures = new Miniatures([...this.root.querySelectorAll("canvas")].map((canvas) => {
      const slug = canvas.dataset.miniature ?? "";
      return new Miniature(canvas, data.miniatures[slug], data.words.labels[slug]);
    }));
    this.addSwitch(data.words);
    this.root.addEventListener("click", (event) => this.follow(event));
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    window.addEventListener("keydown", this.onKey);
  }

  destroy() {
    window.removeEventListener("keydown", this.onKey);
    this.pictures.destroy();
  }

  /**
   * A lecturer's clicker has one key to go on: from here into the course.
   *
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (event.key !== "PageDown" || event.defaultPrevented) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.root.querySelector("a")?.click();
  }

  /** @param {SetTriggerValue} setTriggerValue */
  update(setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    this.pictures.redraw(); // the theme may be another one
  }

  /**
   * What moves for longer than five seconds can be stopped.
   *
   * @param {Data["words"]} words
   */
  addSwitch({ stop, move }) {
    const button = document.createElement("button");
    button.type = "button";
    const tell = () => (button.textContent = this.pictures.stopped ? move : stop);
    button.addEventListener("click", () => {
      this.pictures.play(this.pictures.stopped);
      tell();
    });
    tell();
    this.root.querySelector(".door-ways")?.append(button);
  }

  /**
   * A page of the app is shown in this document; another tab or window is the browser's matter.
   *
   * @param {MouseEvent} event
   */
  follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || !this.setTriggerValue || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.setTriggerValue("go", (link.getAttribute("href") ?? "").replace("./", ""));
  }
}

/**
 * Which scenes of a lesson were seen is in this browser alone.
 *
 * @param {HTMLElement} place
 * @param {Data["words"]} words
 */
function tellSeen(place, { seen, all_seen: allSeen }) {
  const scenes = (place.dataset.scenes ?? "").split(" ").filter(Boolean);
  const known = new Seen().of(place.dataset.seen ?? "");
  const n = scenes.filter((key) => known.includes(key)).length;
  const said = n === scenes.length ? allSeen : seen;
  place.textContent = n ? said.replace("{n}", String(n)).replace("{of}", String(scenes.length)) : "";
}

openDocument();
