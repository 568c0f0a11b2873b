// @ts-check
// Makes the file in which a run still moves (explorer/live/saved.py): here, since the browser has
// what its view was told.

import { ask, savedAddress } from "./addresses.js";
import { escaped } from "./words.js";

/**
 * @import { Run } from "./run.js"
 * @import { View } from "./view.js"
 */

/**
 * The file; null where the server did not answer.
 *
 * @param {View} view whose runs are over
 * @returns {Promise<Blob | null>}
 */
export async function savedView(view) {
  const { data, run, others } = view;
  const [page, messages, ...histories] = await Promise.all([
    fetch(savedAddress).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null),
    ...[run, ...others].map((one) => zippedMessages(one, data.server))]);
  if (page === null || messages === null || histories.includes(null)) return null;
  const { page: name = "", scene = "", settings = [] } = data.about ?? {};
  const title = [name, data.lesson ? "" : scene].filter(Boolean).join(": ");
  const told = JSON.stringify({ ...data, messages, histories, changeable: false, slowly: false });
  const here = escaped(view.address);
  const about = [...settings.map(escaped), `<a href="${here}">${here}</a>`].join(" · ");
  return new Blob([page.replaceAll("@TITLE@", () => escaped(title))
    .replace("@ABOUT@", () => about)
    .replace("@TOLD@", () => told.replaceAll("<", "\\u003c"))], { type: "text/html" });
}

/**
 * All messages of a run, in base 64.
 *
 * @param {Run} run
 * @param {string} server
 * @returns {Promise<string | null>} null where the server did not answer
 */
async function zippedMessages(run, server) {
  const answer = await ask(`${run.token}?since=0&now`, server, "GET");
  if (!answer?.ok || !answer.body) return null;
  const zipped = await new Response(answer.body.pipeThrough(new CompressionStream("gzip"))).blob();
  return inBase64(zipped);
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function inBase64(blob) {
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(String(reader.result).replace(/^.*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
