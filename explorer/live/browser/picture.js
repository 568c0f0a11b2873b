// @ts-check
// A chart as a picture that can stand on a white slide by itself: title, legend, settings and step
// are in it. It is made here, in the visitor's browser.

import { groupOf } from "./chart.js";
import { swatch } from "./legend.js";
import { PAPER } from "./theme.js";

/**
 * @import { Chart } from "./chart.js"
 * @import { Line } from "./legend.js"
 * @typedef {"png" | "svg"} Format
 * @typedef {{marks: string, height: number}} Block some SVG, and how far down it reaches
 */

const WIDTH = 1200; // pixels, of a picture that is half as wide on paper
const SCALE = 2; // pixels of a PNG per pixel
const MARGIN = 24;
const LINE = 1.4; // heights of the letters
const { ink: INK, faint: FAINT, font: FONT } = PAPER;

/**
 * Hands the visitor a file.
 *
 * @param {Chart} chart
 * @param {Format} format
 */
export async function save(chart, format) {
  const { view } = chart;
  try {
    const text = await draw(chart);
    const svg = new Blob([text], { type: "image/svg+xml" });
    download(format === "svg" ? svg : await rasterize(text), `${fileName(chart)}.${format}`);
  } catch (error) {
    console.error(error);
    view.alarm(view.word("chart.not_saved"));
  }
}

/** @param {Chart} chart */
function fileName({ view, spec, current, run }) {
  const step = run?.frames[current]?.step;
  const words = [view.data.about?.name ?? "", spec.id, view.data.step, step ?? ""];
  return words.join("-").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * @param {string} svg
 * @returns {Promise<Blob>}
 */
async function rasterize(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * image.width;
  canvas.height = SCALE * image.height;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no PNG"))), "image/png");
  });
}

/**
 * The whole picture: title, legend, the chart as Plotly draws it, settings and step.
 *
 * @param {Chart} chart
 * @returns {Promise<string>} SVG
 */
export async function draw(chart) {
  const { view, spec } = chart;
  const height = Math.max(480, spec.height);
  const figure = chart.onPaper();
  const inner = await view.Plotly.toImage(figure,
    { format: "svg", width: WIDTH - 2 * MARGIN, height, imageDataOnly: true });
  const title = paragraph([spec.title, spec.note].filter(Boolean).join(" · "), 24, 600, INK);
  const legend = entries(chart);
  const foot = paragraph(footer(chart), 16, 400, FAINT);
  let y = MARGIN;
  /** @type {(block: Block) => string} */
  const place = (block) => {
    const marks = `<g transform="translate(${MARGIN}, ${y})">${block.marks}</g>`;
    y += block.height;
    return marks;
  };
  const parts = [title, legend, { marks: inner, height: height + 12 }, foot].map(place).join("");
  const total = Math.ceil(y + MARGIN); // whole pixels
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
    width="${WIDTH}" height="${total}" viewBox="0 0 ${WIDTH} ${total}" font-family="${FONT}">
    <rect width="100%" height="100%" fill="#ffffff"/>${parts}</svg>`;
}

/** What was run, and the step that is shown. @param {Chart} chart */
function footer({ view, run, current }) {
  const { about, step } = view.data;
  const at = run?.frames[current]?.step;
  return [about?.page, about?.scene, at === undefined ? "" : `${step} ${at}`,
    ...(about?.settings ?? [])].filter(Boolean).join(" · ");
}

/**
 * What the legend has of this chart, without what the visitor hid.
 *
 * @param {Chart} chart
 * @returns {Block}
 */
function entries({ view, spec }) {
  const here = new Set(spec.figure.data.map(groupOf));
  const size = 17;
  let [x, y] = [0, 0];
  let marks = "";
  for (const [group, line] of view.legend.linesOf(false)) {
    if (!here.has(group) || view.legend.hidden.has(group)) continue;
    const width = 56 + textWidth(group, size, 400);
    if (x && x + width > WIDTH - 2 * MARGIN) [x, y] = [0, y + LINE * size];
    marks += entry(group, line, x, y, size);
    x += width;
  }
  return { marks, height: marks ? y + LINE * size + 8 : 0 };
}

/**
 * @param {string} group
 * @param {Line} line
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function entry(group, line, x, y, size) {
  return `<g transform="translate(${x}, ${y + 0.65 * size - 4})">${swatch(line)}</g>
    <text x="${x + 36}" y="${y + size}" font-size="${size}" fill="${INK}">${plain(group)}</text>`;
}

/**
 * @param {string} text
 * @param {number} size
 * @param {number} weight
 * @param {string} color
 * @returns {Block}
 */
function paragraph(text, size, weight, color) {
  const lines = wrapped(text, size, weight);
  const marks = lines.map((line, i) => `<text y="${(1 + LINE * i) * size}" font-size="${size}"
    font-weight="${weight}" fill="${color}">${plain(line)}</text>`).join("");
  return { marks, height: LINE * size * lines.length + 8 };
}

/**
 * @param {string} text
 * @param {number} size
 * @param {number} weight
 */
function wrapped(text, size, weight) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    const fits = lines.length && textWidth(longer, size, weight) <= WIDTH - 2 * MARGIN;
    if (fits) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * @param {string} text
 * @param {number} size
 * @param {number} weight
 */
function textWidth(text, size, weight) {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return 0.6 * size * text.length;
  context.font = `${weight} ${size}px ${FONT}`;
  return context.measureText(text).width;
}

/** @param {string} text */
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
