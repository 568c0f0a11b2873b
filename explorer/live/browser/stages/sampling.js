// @ts-check
// The fields in which a visitor says how words are drawn, and the button that draws others.

import { part } from "../panel.js";

/**
 * @import { CanvasStage } from "./canvas.js"
 *
 * @typedef {{temperature: number, most: number, mass: number}} Drawing as `sharpened` takes it
 */

/** @type {Record<keyof Drawing, [string, number, number, number]>} label, least, most, at first */
const BOUNDS = { temperature: ["gaps.temperature", 0, 5, 1], most: ["gaps.most", 0, 64, 0],
  mass: ["gaps.mass", 0.05, 1, 1] };
/** @type {Drawing} */
export const PLAIN = { temperature: 1, most: 0, mass: 1 };

/** @param {(key: string) => string} word gives what can stand in HTML */
export const fields = (word) => `${Object.entries(BOUNDS).map(([name, [label, low, high, at]]) =>
  `<label>${word(label)} <input type="number" data-drawing="${name}" min="${low}" max="${high}"
    value="${at}" step="${name === "most" ? 1 : 0.05}"></label>`).join("")}
  <button type="button" data-drawing="again">${word("gaps.again")}</button>`;

/**
 * Has a stage hear of what its fields say, and of its button; a key that is pressed in a field is
 * no shortcut.
 *
 * @param {CanvasStage<any>} stage
 * @param {(changed: Partial<Drawing>) => void} set
 * @param {() => void} again
 */
export function listen(stage, set, again) {
  for (const input of stage.box.querySelectorAll("input")) {
    input.addEventListener("keydown", (event) => event.stopPropagation());
  }
  part(stage.box, "[data-drawing=again]", HTMLButtonElement).addEventListener("click", again);
  for (const name of /** @type {(keyof Drawing)[]} */ (Object.keys(BOUNDS))) {
    const input = part(stage.box, `[data-drawing=${name}]`, HTMLInputElement);
    input.addEventListener("input", () => {
      const [label, low, high] = BOUNDS[name];
      const value = stage.numberIn(input, label, [low, high], name === "most");
      set(value === null ? {} : { [name]: value });
    });
  }
}
