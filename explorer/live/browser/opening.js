// @ts-check
// A page before Streamlit has started: the view that is in the document (explorer/live/opening.py).

import { closeWhenIdle } from "./idle.js";
import { View } from "./view.js";

/**
 * @import { Data } from "./view.js"
 * @typedef {HTMLElement & {liveView?: View}} Place where a view is
 */

/** @returns {Place | null} */
const opening = () => document.getElementById("lv-opening");

/** Starts the view that is in the document, unless Streamlit was here first. */
export function openDocument() {
  const place = opening();
  if (!place) return;
  if (place.liveView) return close(place); // by another version of this script
  const main = place.querySelector("main");
  const text = place.querySelector("script")?.textContent;
  if (!main || !text) throw new Error("the opening has no view");
  const data = JSON.parse(text);
  place.liveView = new View(main, data);
  place.liveView.update(data, null);
  closeWhenIdle(place, () => close(place));
}

/** @param {Place} place */
function close(place) {
  place.remove();
  place.liveView?.destroy();
  delete place.liveView;
}

/**
 * The document's view, for a place in Streamlit's page that wants to show the same run.
 *
 * @param {HTMLElement} parent
 * @param {Data} data
 * @returns {View | null}
 */
export function takeOver(parent, data) {
  const place = opening();
  const view = place?.liveView;
  if (!place || !view) return null;
  if (!data.token.startsWith(`${view.run.token}-`)) {
    close(place);
    return null;
  }
  view.move(parent, data.token);
  place.remove();
  return view;
}
