// @ts-check
// The lecture hall: the view alone on the screen, in large letters; a black screen; the keys.

import { escaped } from "./words.js";

/** @import { View } from "./view.js" */

const KEYS = [ // what is on the key, and what it does
  ["keys.space_key", "keys.space"],
  ["keys.arrows_key", "keys.arrows"],
  ["keys.ends_key", "keys.ends"],
  ["keys.pages_key", "keys.pages"],
  ["keys.numbers_key", "keys.numbers"],
  ["keys.f_key", "keys.f"],
  ["keys.b_key", "keys.b"],
  ["keys.help_key", "keys.help"],
];
export const SCALE = 1.6; // of the letters in charts

let isOn = false; // a lecture goes on from page to page

export class Hall {
  /** @type {HTMLDialogElement | null} */
  card = null;
  /** @type {HTMLElement | null} */
  black = null;

  /** @param {View} view */
  constructor(view) {
    this.view = view;
    // Who leaves the full screen by the browser's own key leaves the hall, too
    this.onFull = () => {
      if (!document.fullscreenElement && isOn) this.toggle();
    };
    document.addEventListener("fullscreenchange", this.onFull);
    view.root.classList.toggle("lv-hall", isOn);
  }

  get isOn() {
    return isOn;
  }

  toggle() {
    isOn = !isOn;
    this.view.root.classList.toggle("lv-hall", isOn);
    // A frame may not fill the screen: the view fills the frame then
    if (isOn) document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
    this.view.restyle();
  }

  /** Nothing to be seen, so that all look at the lecturer; or all again. */
  blank() {
    if (this.black) {
      this.black.remove();
      this.black = null;
      return;
    }
    this.black = document.createElement("div");
    this.black.className = "lv-black";
    this.black.addEventListener("click", () => this.blank());
    this.view.root.append(this.black);
  }

  showKeys() {
    if (this.card?.open) {
      this.card.close();
      return;
    }
    this.card ??= this.makeCard();
    this.card.showModal();
  }

  makeCard() {
    const { view } = this;
    const card = document.createElement("dialog");
    card.className = "lv-keys";
    const rows = KEYS.map(([key, what]) => `<dt><kbd>${escaped(view.word(key))}</kbd></dt>
      <dd>${escaped(view.word(what))}</dd>`);
    card.innerHTML = `<h2>${escaped(view.word("keys.name"))}</h2><dl>${rows.join("")}</dl>
      <form method="dialog">${view.lesson
      ? `<button value="rehearse">${escaped(view.word("hall.rehearse"))}</button>` : ""}
      <button value="">${escaped(view.word("share.close"))}</button></form>`;
    card.addEventListener("close", () => {
      if (card.returnValue === "rehearse") view.trigger("rehearse", {});
      card.returnValue = "";
    });
    view.root.append(card);
    return card;
  }

  remove() {
    document.removeEventListener("fullscreenchange", this.onFull);
  }
}
