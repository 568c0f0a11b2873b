// @ts-check
// Plotly once per document: the page's head asks for it; here, where it did not.

/** @type {Promise<any> | null} */
let loading = null;

/**
 * @param {string} src the address of the script
 * @returns {Promise<any>} `window.Plotly`
 */
export function loadPlotly(src) {
  loading ??= load(src).catch((error) => {
    loading = null; // the next update tries again
    throw error;
  });
  return loading;
}

/** Plotly where it is there already. */
export const plotlyAtHand = () => /** @type {any} */ (window).Plotly;

/**
 * @param {string} src
 * @returns {Promise<any>}
 */
async function load(src) {
  if (plotlyAtHand()) return plotlyAtHand();
  let script = [...document.scripts].find((there) => there.src === src);
  if (!script) {
    script = document.createElement("script");
    script.src = src;
    document.head.append(script);
  }
  const asked = script;
  await new Promise((resolve, reject) => {
    asked.addEventListener("load", resolve);
    asked.addEventListener("error", () => reject(new Error(src)));
  });
  return plotlyAtHand();
}
