// @ts-check
// What a visitor can do with one chart: zoom with a finger, go back, read its numbers, take it away
// as a picture.

import { part } from "./panel.js";
import { save } from "./picture.js";
import { showTable } from "./table.js";

/**
 * @import { Chart } from "./chart.js"
 * @import { Format } from "./picture.js"
 */

/** @type {Format[]} */
const FORMATS = ["png", "svg"];

/**
 * Plotly has a bar of its own, which covers data and offers to upload the chart to a company.
 *
 * @param {(key: string) => string} word gives what can stand in HTML
 */
export const toolbar = (word) => `<div class="lv-tools">
  <button type="button" data-tool="home" hidden>${word("chart.home")}</button>
  <button type="button" data-tool="zoom" aria-pressed="false">${word("chart.zoom")}</button>
  <button type="button" data-tool="table" title="${word("table.open")}"
    >${word("table.name")}</button>
  ${FORMATS.map((format) => `<button type="button" data-tool="${format}"
    title="${word(`chart.${format}`)}" aria-label="${word(`chart.${format}`)}"
    >${format.toUpperCase()}</button>`).join("")}</div>`;

/** The buttons at the corner of a chart. */
export class Tools {
  zooming = false; // whether the next stroke of a finger zooms, instead of scrolling the page

  /** @param {Chart} chart */
  constructor(chart) {
    this.chart = chart;
    /** @type {(name: string) => HTMLButtonElement} */
    const button = (name) => part(chart.box, `[data-tool=${name}]`, HTMLButtonElement);
    this.home = button("home");
    this.zoom = button("zoom");
    this.home.addEventListener("click", () => chart.unzoom());
    this.zoom.addEventListener("click", () => this.arm(!this.zooming));
    button("table").addEventListener("click", () => showTable(chart));
    for (const format of FORMATS) {
      button(format).addEventListener("click", () => save(chart, format));
    }
    // Plotly would take the stroke; where it does not hear of it, the browser scrolls.
    chart.plot.addEventListener("touchstart", (/** @type {TouchEvent} */ event) => {
      if (!this.zooming) event.stopPropagation();
    }, { capture: true, passive: true });
  }

  /** @param {boolean} on */
  arm(on) {
    this.zooming = on;
    this.zoom.setAttribute("aria-pressed", String(on));
    this.chart.box.classList.toggle("lv-zooming", on);
  }

  /** After a change of what is zoomed: one stroke zooms once. */
  show() {
    const isZoomed = this.chart.zoomed.size > 0;
    if (isZoomed) this.arm(false);
    this.home.hidden = !isZoomed;
  }
}
