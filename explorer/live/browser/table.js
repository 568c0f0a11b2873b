// @ts-check
// The numbers behind a chart or a stage at the frame that it shows, as a table: for whoever reads it
// by ear, wants a number exactly, or takes it into a spreadsheet.

import { axisName } from "./axes.js";
import { groupOf } from "./chart.js";
import { shortest } from "./numbers.js";
import { button, put } from "./panel.js";

/**
 * @import { Chart, Trace } from "./chart.js"
 * @import { Numbers } from "./frames.js"
 * @import { Panel, Spec } from "./panel.js"
 * @import { Start } from "./references.js"
 * @import { Run } from "./run.js"
 * @import { Stage } from "./stage.js"
 * @typedef {(string | number | null)[]} Row
 * @typedef {{head: string[], rows: Row[]}} Table
 */

const MOST_ROWS = 200; // of a table on screen: the copy has all
const MOST_COLUMNS = 64; // of an array: a longer one goes down, not across

/**
 * Opens the table of a chart over the page.
 *
 * @param {Chart} chart
 */
export function showTable({ view, spec, plot, run, current }) {
  const word = view.word.bind(view);
  const layout = plot._fullLayout ?? {};
  const found = tables(plot.data ?? [], layout, {
    x: bare(layout.xaxis?.title?.text) || "x", y: bare(layout.yaxis?.title?.text) || "y",
    lowest: (name) => word("table.lowest", { name }),
    highest: (name) => word("table.highest", { name }) });
  open(view, spec, run?.frames[current]?.step ?? 0, found);
}

/**
 * Opens the tables of a stage: of each array that it is drawn from.
 *
 * @param {Stage} stage
 */
export function showArrays({ view, spec, run, now }) {
  if (!spec) return;
  const found = spec.arrays.flatMap((name) => {
    const array = now?.arrays[name];
    return array && run ? [arrayAsTable(name, array, run.start)] : [];
  });
  open(view, spec, now?.step ?? 0, found);
}

/**
 * An array of a frame: its last dimension along columns, a row for each place in the others; or the
 * other way round, where that is a very wide table.
 *
 * @param {string} name
 * @param {Numbers} array
 * @param {Start} start
 * @returns {Table}
 */
export function arrayAsTable(name, { shape, values }, { dims = {}, coords = {} }) {
  const names = (dims[name] ?? []).filter((dim) => dim !== "step");
  const labels = shape.map((n, d) => Array.from({ length: n }, (_, i) =>
    coords[names[d]] ? String(coords[names[d]][i]) : String(i)));
  const isList = shape.length < 2;
  const across = isList ? [""] : labels[labels.length - 1];
  const down = isList ? labels : labels.slice(0, -1);
  const places = down.reduce((rows, own) => rows.flatMap((row) => own.map((one) => [...row, one])),
    /** @type {string[][]} */ ([[]]));
  const along = names.slice(0, down.length).join(", ");
  const named = (/** @type {string} */ dims) => dims ? `${name} (${dims})` : name;
  const called = places.map((place) => place.join(", "));
  const at = (/** @type {number} */ i, /** @type {number} */ j) =>
    values[i * across.length + j] ?? null;
  if (across.length > Math.max(MOST_COLUMNS, places.length)) {
    return { head: [named(names.at(-1) ?? ""), ...called],
      rows: across.map((label, j) => [label, ...places.map((_, i) => at(i, j))]) };
  }
  return { head: [named(along), ...across],
    rows: called.map((label, i) => [label, ...across.map((_, j) => at(i, j))]) };
}

/**
 * @param {Panel["view"]} view
 * @param {Spec} spec
 * @param {number} at the step of the frame
 * @param {Table[]} found
 */
function open(view, spec, at, found) {
  const word = view.word.bind(view);
  const dialog = document.createElement("dialog");
  dialog.className = "lv-share lv-table";
  dialog.setAttribute("aria-label", spec.title);
  const head = document.createElement("h2");
  head.textContent = `${spec.title} · ${word("table.at", { step: at })}`;
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  const buttons = document.createElement("p");
  buttons.append(button(word("table.copy"), async () => {
    const text = found.map(asText).join("\n");
    const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    put(said, word(copied ? "table.copied" : "table.not_copied"));
  }), button(word("share.close"), () => dialog.close()));
  const body = document.createElement("div");
  body.tabIndex = 0; // scrolled by keys, too
  body.append(...found.flatMap((table) => drawn(table,
    (n) => word("table.more", { n }))));
  if (!found.length) body.textContent = word("table.none");
  dialog.append(head, buttons, said, body);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  view.root.append(dialog);
  dialog.showModal();
}

/**
 * What is drawn, as tables: one for all lines along the same numbers, one for each map.
 *
 * @param {Trace[]} traces as Plotly has them
 * @param {Record<string, any>} layout the same
 * @param {{x: string, y: string, lowest: (name: string) => string,
 *   highest: (name: string) => string}} words
 * @returns {Table[]}
 */
export function tables(traces, layout, words) {
  /** @type {(Table & {key: string})[]} */
  const found = [];
  const place = (/** @type {Trace} */ trace) =>
    traces.findIndex((other) => groupOf(other) === groupOf(trace));
  const ordered = traces.toSorted((a, b) =>
    place(a) - place(b) || Number(isBand(a)) - Number(isBand(b)));
  for (const trace of ordered) {
    if (trace.visible === false || trace.visible === "legendonly") continue;
    const name = bare(trace.name || trace.legendgroup);
    if (trace.z) {
      found.push({ key: "", ...fieldOf(trace, name) });
      continue;
    }
    if (isBand(trace) && !trace.legendgroup) continue; // an area that says something in words
    const areDots = isAmongNames(trace, layout);
    const { x, columns } = areDots ? dotsOf(trace, name)
      : columnsOf(trace, name || words.y, words);
    if (x.every((value) => value === null)) continue;
    const key = `${trace.xaxis ?? "x"}${trace.yaxis ?? "y"} ${x.join()}`;
    const same = found.find((table) => table.key === key);
    const table = same ?? { key, head: [areDots ? "" : words.x], rows: x.map((value) => [value]) };
    if (!same) found.push(table);
    for (const { title, values } of columns) {
      table.head.push(title);
      values.forEach((value, i) => table.rows[i].push(value));
    }
  }
  return found.map(({ head, rows }) => ({ head, rows }));
}

/** The outline of where all seeds are. @param {Trace} trace */
const isBand = ({ fill }) => fill === "toself";

/**
 * Whether it is dots beside their name, as of seeds: their height says which name it is.
 *
 * @param {Trace} trace
 * @param {Record<string, any>} layout
 */
function isAmongNames({ mode, yaxis }, layout) {
  const axis = layout[axisName(yaxis, "y")] ?? {};
  return mode === "markers" && axis.type === "linear" && Boolean(axis.ticktext);
}

/**
 * @param {Trace} trace
 * @param {string} name
 */
function dotsOf(trace, name) {
  const values = listOf(trace.x);
  return { x: values.map((_, i) => i + 1), columns: [{ title: name, values }] };
}

/**
 * @param {Trace} trace
 * @param {string} name
 * @param {{lowest: (name: string) => string, highest: (name: string) => string}} words
 */
function columnsOf(trace, name, { lowest, highest }) {
  const [x, y] = [listOf(trace.x), listOf(trace.y)];
  if (!isBand(trace)) {
    const along = x.length ? x : y.map((_, i) => i);
    return { x: along, columns: [{ title: name, values: y }] };
  }
  /** @type {{x: Row, lo: Row, hi: Row}} */
  const band = { x: [], lo: [], hi: [] };
  for (let from = 0; from < x.length;) { // pieces: there above, and back below
    const gap = x.indexOf(null, from);
    const half = ((gap < 0 ? x.length : gap) - from) / 2;
    for (let i = 0; i < half; i++) {
      band.x.push(x[from + i]);
      band.hi.push(y[from + i]);
      band.lo.push(y[from + 2 * half - 1 - i]);
    }
    from += 2 * half + 1;
  }
  return { x: band.x, columns: [{ title: lowest(name), values: band.lo },
    { title: highest(name), values: band.hi }] };
}

/**
 * A map: its columns are along x, its rows along y.
 *
 * @param {Trace} trace
 * @param {string} name
 * @returns {Table}
 */
function fieldOf({ x, y, z }, name) {
  const rows = [...z].map(listOf);
  const across = listOf(x), down = listOf(y);
  const head = rows.length ? rows[0].map((_, j) => written(across[j] ?? j)) : [];
  return { head: [name, ...head], rows: rows.map((row, i) => [down[i] ?? i, ...row]) };
}

/** @param {ArrayLike<string | number | null> | undefined} values @returns {Row} */
function listOf(values) {
  return Array.from(values ?? []);
}

/** A number as 32 bits know it; nothing where there is none. @param {string | number | null} value */
function written(value) {
  return typeof value === "number" ? shortest(value) : value ?? "";
}

/** Columns between tabs, as spreadsheets take them. @param {Table} table */
function asText({ head, rows }) {
  return [head, ...rows].map((row) => `${row.map(written).join("\t")}\n`).join("");
}

/**
 * @param {Table} table
 * @param {(n: number) => string} more says how many rows are left out
 * @returns {HTMLElement[]}
 */
function drawn({ head, rows }, more) {
  const table = document.createElement("table");
  const first = table.createTHead().insertRow();
  for (const title of head) cell(first, "th", title).scope = "col";
  const body = table.createTBody();
  for (const [label, ...values] of rows.slice(0, MOST_ROWS)) {
    const row = body.insertRow();
    cell(row, "th", written(label)).scope = "row";
    for (const value of values) cell(row, "td", written(value));
  }
  if (rows.length <= MOST_ROWS) return [table];
  const rest = document.createElement("p");
  rest.textContent = more(rows.length - MOST_ROWS);
  return [table, rest];
}

/**
 * @param {HTMLTableRowElement} row
 * @param {"td" | "th"} kind
 * @param {string} text
 */
function cell(row, kind, text) {
  const made = /** @type {HTMLTableCellElement} */ (document.createElement(kind));
  made.textContent = text;
  row.append(made);
  return made;
}

/** A text without what makes it bold, or a line of its own. @param {unknown} text */
function bare(text) {
  return String(text ?? "").replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ").trim();
}
