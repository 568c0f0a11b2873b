// @ts-check
// Where the panels of a scene stand: they fill what is left of the window between the question and
// the transport; a phone shows one at a time. On every page the titles of a row are equally high.

/**
 * @import { Lesson } from "./lesson.js"
 * @import { Panel } from "./panel.js"
 * @import { View } from "./view.js"
 */

const GAP_PX = 12; // between panels, as in view.css
const LEAST_PX = [200, 334]; // of one row, of two: in a low window one scrolls
const LEAST_ALONE_PX = 260; // of a phone's one picture
const NARROW_PX = 672; // 42rem, as in view.css: one beside the other would be too small

/**
 * @param {View} view
 * @param {Lesson} lesson
 */
export function place(view, lesson) {
  const { main } = lesson.scene;
  const narrow = view.grid.clientWidth <= NARROW_PX;
  const specs = view.data.charts.filter((spec) => main.includes(spec.id));
  const titles = specs.map((spec) => spec.title);
  lesson.oneByOne = narrow;
  lesson.tab = Math.min(lesson.tab, titles.length - 1);
  lesson.drawTabs(narrow ? titles : []);
  lesson.drawMore(view.data.charts.length - main.length);
  view.drawLegend();
  view.grid.dataset.layout = narrow ? "1" : String(main.length);
  const rows = narrow || main.length < 3 ? 1 : 2;
  const shown = [...view.panels].filter(([id]) => main.includes(id) && lesson.shows(id));
  const needed = narrow ? [LEAST_ALONE_PX, ...shown.map(([, panel]) => panel.least)] : [];
  const whole = Math.max(heightLeft(view), LEAST_PX[rows - 1], ...needed);
  const part = Math.floor((whole - (rows - 1) * GAP_PX) / rows);
  for (const [id, panel] of view.panels) {
    const at = main.indexOf(id);
    panel.box.classList.toggle("lv-off", !lesson.shows(id));
    panel.box.classList.toggle("lv-main", at >= 0);
    panel.box.style.order = String(at < 0 ? main.length : at);
  }
  level(view.panels.values());
  for (const [id, panel] of view.panels) { // once all stand where they will: titles wrap by width
    const at = main.indexOf(id);
    const isTall = rows === 1 || (main.length === 3 && at === 0);
    if (lesson.shows(id)) panel.fit(at < 0 ? null : isTall ? whole : part);
  }
}

/**
 * Titles of charts beside each other take as many lines as the longest, so that axes stand at one
 * height; a stage has none.
 *
 * @param {Iterable<Panel>} panels where they will stay
 */
export function level(panels) {
  const shown = [...panels].filter(({ box }) => box.offsetParent && box.querySelector(":scope > .lv-plot"));
  for (const { caption } of shown) caption.style.minHeight = "";
  const measured = shown.map((panel) => ({ panel, top: panel.box.offsetTop, height: panel.caption.offsetHeight }));
  for (const { panel, top, height } of measured) {
    const row = Math.max(...measured.filter((other) => other.top === top).map((other) => other.height));
    if (height < row) panel.caption.style.minHeight = `${row}px`;
  }
}

/** How much of the window the panels can have. @param {View} view */
function heightLeft(view) {
  const { root, grid } = view;
  const scrolled = view.hall.isOn ? root.scrollTop : root.closest(".stMain")?.scrollTop ?? 0;
  const height = (/** @type {string} */ name) =>
    root.querySelector(name)?.getBoundingClientRect().height ?? 0;
  const top = grid.getBoundingClientRect().top + scrolled;
  return Math.floor(innerHeight - top - height(".lv-foot") - GAP_PX);
}
