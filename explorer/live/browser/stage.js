// @ts-check
// A panel that Plotly does not draw. A new kind is a class in stages/, named in stages/index.js;
// a page shows it with `Stage(kind=...)` (explorer/live/view.py).

import { Panel, button } from "./panel.js";
import { showArrays } from "./table.js";

/**
 * @import { Run } from "./run.js"
 * @import { Spec } from "./panel.js"
 * @import { View } from "./view.js"
 *
 * @typedef {Spec & {stage: {kind: string}, arrays: string[]}} StageSpec with what the kind asks for,
 *   and the arrays of the frames that it reads
 */

/**
 * What a stage has to provide: `describe(spec, run)`, `say(k)`, and a clock of its own that draws
 * frame `now` of the run; `remove()` where it has something to undo. It looks at
 * `this.view.transport` for the playhead, and at `this.visible` before it draws.
 */
export class Stage extends Panel {
  /** @type {StageSpec | null} */
  spec = null;
  /** @type {Run | null} */
  run = null;
  frame = -1; // of the run, on stage

  /**
   * @param {View} view
   * @param {StageSpec} spec
   * @param {string} html
   */
  constructor(view, spec, html) {
    super(view, spec, html);
    const tools = document.createElement("span");
    const numbers = button(view.word("table.name"), () => showArrays(this));
    tools.className = "lv-tools";
    numbers.dataset.tool = "table";
    numbers.title = view.word("table.open");
    tools.append(numbers);
    this.caption.append(tools);
  }

  get now() {
    return this.run?.frames[this.frame];
  }

  /**
   * It paints itself; here it only says which run is to be seen.
   *
   * @param {number} k
   * @override
   */
  paint(k) {
    if (k >= 0) this.onScreen = this.run;
    return false;
  }

  /**
   * Tells the page's script.
   *
   * @param {string} what
   * @param {unknown} value
   */
  report(what, value) {
    if (this.spec) this.view.click({ chart: this.spec.id, x: value, y: what });
  }
}
