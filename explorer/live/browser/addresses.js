// @ts-check
// Where the server is: a proxy may show the app below a path that the server knows nothing of, so
// all addresses are relative to that of this module, live/assets/<digest>/addresses.js.

/** Of runs, without the token. */
export const RUNS = at("../../");

/**
 * An address as seen from this module. In a file of its own it has none, and nothing is asked.
 *
 * @param {string} path
 */
function at(path) {
  return URL.canParse(path, import.meta.url) ? new URL(path, import.meta.url).href : "";
}

export const TRIES = 8; // to reach a page's server, where several stand behind one address

/**
 * Whether an answer says that there is no such run, and is not of the server that would know.
 *
 * @param {Response} response
 * @param {string} server the one that the page talks to
 */
export async function isElsewhere(response, server) {
  if (response.status !== 404) return false;
  const said = await response.clone().json().catch(() => ({}));
  return said.server !== server;
}

/**
 * Asks a page's server for something, or to do something.
 *
 * @param {string} path from a run's token on
 * @param {string} server
 * @param {"GET" | "POST"} method
 * @returns {Promise<Response | null>} null where there was no answer
 */
export async function ask(path, server, method) {
  for (let i = 1; ; i++) {
    const response = await fetch(`${RUNS}${path}`, { method }).catch(() => null);
    if (!response || i === TRIES || !(await isElsewhere(response, server))) return response;
  }
}

/** @param {string} address of the app, of which to show a QR code */
export const codeAddress = (address) => `${RUNS}qr.svg?${new URLSearchParams({ to: address })}`;

/** @param {string} name of Plotly's script */
export const plotlyAddress = (name) => at(`../${name}`);

/** Of the page that becomes a file of its own. */
export const savedAddress = at("saved.html");
