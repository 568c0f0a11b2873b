// @ts-check
// Where the server is: a proxy may show the app below a path that the server knows nothing of, so
// all addresses are relative to that of this module, live/assets/<digest>/addresses.js.

/** Of runs, without the token. */
export const RUNS = new URL("../../", import.meta.url).href;

/** @param {string} name of Plotly's script */
export const plotlyAddress = (name) => new URL(`../${name}`, import.meta.url).href;
