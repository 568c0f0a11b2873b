// @ts-check
// The app's theme, light or dark.

/** @typedef {{dark: boolean, key: string, template: object}} Theme */

/**
 * A copy in which every "light-dark(a, b)" has become a or b.
 *
 * @template T
 * @param {T} value anything that JSON can say
 * @param {boolean} dark
 * @returns {T}
 */
export function themed(value, dark) {
  return /** @type {T} */ (chosen(value, dark));
}

/**
 * @param {unknown} value
 * @param {boolean} dark
 * @returns {unknown}
 */
function chosen(value, dark) {
  if (typeof value === "string" && value.startsWith("light-dark(")) {
    return value.slice(11, -1).split(/,(?![^(]*\))/)[dark ? 1 : 0].trim();
  }
  if (Array.isArray(value)) return value.map((item) => chosen(item, dark));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, chosen(item, dark)]));
}

/**
 * The app's theme from Streamlit's CSS variables, as a Plotly template.
 *
 * @param {Element} element
 * @param {number} [scale] of letters
 * @returns {Theme}
 */
export function readTheme(element, scale = 1) {
  const style = getComputedStyle(element);
  /** @type {(name: string, other: string) => string} */
  const read = (name, other) => style.getPropertyValue(`--st-${name}`).trim() || other;
  const background = read("background-color", "#ffffff");
  const text = read("text-color", "#31333f");
  const dark = isDark(background);
  const template = templateOf(dark, text, read("font", "sans-serif"), scale);
  return { dark, key: `${background} ${text} ${scale}`, template };
}

/**
 * @param {boolean} dark
 * @param {string} text its colour
 * @param {string} family of letters
 * @param {number} [scale] of their sizes
 */
function templateOf(dark, text, family, scale = 1) {
  const line = dark ? "rgba(255, 255, 255, 0.16)" : "rgba(0, 0, 0, 0.12)";
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, ticks: "",
    title: { font: { size: 15 * scale }, standoff: 8 }, exponentformat: "power" };
  const layout = {
    font: { color: text, family, size: 14 * scale },
    paper_bgcolor: "rgba(0, 0, 0, 0)", plot_bgcolor: "rgba(0, 0, 0, 0)",
    xaxis: axis, yaxis: axis, margin: { l: 10, r: 10, t: 10, b: 10 },
    hoverlabel: { font: { size: 14 * scale } }, hovermode: "closest", dragmode: "zoom",
  };
  return { layout };
}

const INK = "#1f2126";
const FONT = "'Source Sans', 'Source Sans 3', Arial, sans-serif";
/** What leaves the screen, as a file or on paper: black on white. */
export const PAPER = { ink: INK, faint: "#4a4d55", font: FONT,
  theme: { dark: false, key: "paper", template: templateOf(false, INK, FONT) } };

/**
 * Whether a colour, in any of CSS's spellings, is nearer to black.
 *
 * @param {string} color
 */
function isDark(color) {
  const canvas = document.createElement("canvas").getContext("2d");
  if (!canvas) return false;
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}
