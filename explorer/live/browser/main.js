// @ts-check
// What Streamlit calls: again with the same parent element whenever the page's script sends new
// data or the theme changes. What is shown lives on that element and is patched, never rebuilt.

import { Claims } from "./claims.js";
import "./document.js";
import { openDocument, takeOver } from "./opening.js";
import { View } from "./view.js";

/**
 * @import { Data as ClaimsData } from "./claims.js"
 * @import { Data as ViewData, SetTriggerValue } from "./view.js"
 *
 * @typedef {HTMLElement & {liveView?: View, claims?: Claims}} Parent
 */

/**
 * A run's charts and its transport.
 *
 * @param {{parentElement: Parent, data: ViewData, setTriggerValue: SetTriggerValue}} component
 */
export function live_view({ parentElement: parent, data, setTriggerValue }) {
  parent.liveView ??= takeOver(parent, data) ?? new View(parent, data);
  const view = parent.liveView;
  view.update(data, setTriggerValue);
  // Streamlit calls this at unmount, but also when a call was overtaken by the next one
  // while the module was loading: only the first takes the element out of the document.
  return () => {
    if (view.root.isConnected) return;
    view.leave();
    view.destroy();
    delete parent.liveView;
  };
}

/**
 * A list of claims, each with a button that checks it.
 *
 * @param {{parentElement: Parent, data: ClaimsData}} component
 */
export function claims({ parentElement: parent, data }) {
  parent.claims ??= new Claims(parent, data);
  parent.claims.update(data);
}

openDocument();
