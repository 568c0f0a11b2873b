// @ts-check
// A run in a file of its own (explorer/live/saved.py): nothing is asked of any server.

import { part } from "./panel.js";
import { View } from "./view.js";

/** @import { Data } from "./view.js" */

/** Shows the run that is in the document. */
export async function show() {
  /** @type {Data} */
  const told = JSON.parse(part(document.body, "#lv-told", HTMLElement).textContent);
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob(
    [await unzipped(part(document.body, "#lv-plotly", HTMLElement).textContent)],
    { type: "text/javascript" }));
  await new Promise((resolve) => {
    script.onload = resolve;
    document.head.append(script);
  });
  const view = new View(part(document.body, "main", HTMLElement), {
    ...told, messages: await unzipped(told.messages),
    histories: await Promise.all((told.histories ?? []).map(unzipped)) });
  Object.assign(document.body, { liveView: view }); // for tests
  view.update(view.data, () => {}); // there is no page that could be told anything
}

/**
 * @param {unknown} text in base 64, zipped
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function unzipped(text) {
  const zipped = Uint8Array.from(atob(String(text)), (letter) => letter.charCodeAt(0));
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
