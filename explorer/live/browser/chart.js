// @ts-check
// A figure of Plotly's that is patched in place: what a frame changes, and nothing else.

import { axisName, grow, logTicks, noteFirst, nowhere, rangeOf } from "./axes.js";
import { SCALE } from "./hall.js";
import { onLetGo } from "./holding.js";
import { MARKS, markOf, patchOf } from "./marks.js";
import { Panel, part, put } from "./panel.js";
import { EXTRAS, EXTRA_PARTS, list, merge, outline, PARTS, resolveBind, rowsOf, sameValues, scalar,
  take } from "./references.js";
import { PAPER, themed } from "./theme.js";
import { Tools, toolbar } from "./tools.js";
import { escaped } from "./words.js";

/**
 * @import { Axis, Extent, Kind } from "./axes.js"
 * @import { Arrays, Numbers } from "./frames.js"
 * @import { Mark, Reach } from "./marks.js"
 * @import { Bind, Gap, Patch, Place, PlacedBind } from "./references.js"
 * @import { Point } from "./lesson.js"
 * @import { Frame, Run } from "./run.js"
 * @import { Spec } from "./panel.js"
 * @import { View } from "./view.js"
 *
 * @typedef {Record<string, any>} Trace in Plotly's terms
 * @typedef {Spec & {figure: {data: Trace[], layout?: Record<string, any>}, binds: Bind[],
 *   clickable: boolean}} ChartSpec `Chart` in explorer/live/view.py
 * @typedef {{x: Gap[], y: Gap[], lo: Gap[], hi: Gap[], left: number[], of: number}} Series what a
 *   bind has seen, per frame; of the seeds that it counts, how many were left
 * @typedef {{traces: number[], data: Patch[]}} Light a light update: patches by trace
 */

const HEAVY_MS = 125; // heatmaps and contours are redrawn whole: at most 8 times a second
const CLICK_PX = 4; // a pointer that moved further was a drag
const LEAST_PX = 120; // of a plot's height
const LOW_PX = 200; // of a plot beside whose colours there is room for their ends only
const ARROW = "light-dark(#1f2126, #ffffff)";
const DOUBLE_MS = 350; // a second click within was half of a double click

/** The name under which a trace is in the legend. @param {Trace} trace */
export const groupOf = (trace) => trace.legendgroup ?? trace.name;
/** @param {Trace} trace */
const isField = (trace) => trace.type === "heatmap" || trace.type === "contour";
/** The traces that steps run along. @param {Bind | PlacedBind} bind */
const runsOverSteps = (bind) => bind.mode !== "state" && !bind.x;

/** @param {(key: string) => string} word gives what can stand in HTML */
const html = (word) => `<figcaption></figcaption>${toolbar(word)}
  <div class="lv-plot" role="img" translate="no"></div><p class="lv-hidden"></p>`;

export class Chart extends Panel {
  // what is shown
  /** @type {ChartSpec} */
  spec;
  height = 0; // of the plot, in pixels
  /** @type {Point | null} */
  arrow = null; // where a lesson points
  source = ""; // the description as text, to know another one from it
  /** @type {Run | null} */
  run = null;
  /** @type {PlacedBind[] | null} */
  binds = null; // with positions, once the run's start message is there
  /** @type {Run[]} */
  others = []; // the second run of a scene, or those that are pinned
  /** @type {number[]} */
  read = []; // frames of each run that are in the caches
  /** @type {Series[]} */
  caches = []; // per bind

  // how far it reaches
  /** @type {Record<string, Extent>} */
  extents = {}; // by axis: of all frames that were read
  /** @type {Record<string, [number, number]>} */
  shown = {}; // by axis: the ends on screen
  /** @type {Set<string>} */
  zoomed = new Set(); // axes that the user set; left alone until that is undone
  unzooms = 0; // how often it was
  /** @type {{lo: number, hi: number} | null} */
  colors = null; // of a heatmap: the same in all frames
  /** @type {Numbers["values"] | null} */
  fieldSeen = null; // the values of the heatmap or contour last read
  /** @type {Run | null} */
  settled = null; // the run whose end has set the axes once more

  // what is on screen
  current = -1; // the frame
  dirty = false; // there is news, though the frame may be the same
  whole = false; // the next drawing is a full one
  empty = false; // it has axes only
  /** @type {(Numbers["values"] | null)[][]} */
  drawn = []; // per bind the arrays last drawn, to skip what did not change
  /** @type {(Numbers["values"] | undefined)[]} */
  fields = []; // per bind the values of the heatmap or contour last drawn
  heavyAt = 0; // when a heatmap or contour was last drawn

  // what must not be disturbed
  animating = false; // a light update is on its way
  /** @type {PointerEvent | null} */
  pressed = null; // the pointer is down on it
  clickedAt = 0;

  /**
   * @param {View} view
   * @param {ChartSpec} spec
   */
  constructor(view, spec) {
    super(view, spec, html((key) => escaped(view.word(key))));
    this.spec = spec;
    this.theme = view.theme;
    /** @type {any} */ // Plotly adds to it
    this.plot = part(this.box, ".lv-plot", HTMLElement);
    this.plot.setAttribute("aria-describedby", this.text.id);
    this.tools = new Tools(this);
    this.onUp = (/** @type {PointerEvent} */ event) => this.release(event);
    this.plot.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      this.pressed = event;
    }, true);
    window.addEventListener("pointerup", this.onUp, true);
    this.stopListening = onLetGo(() => {
      this.pressed = null;
    });
  }

  /** @override */
  get hasField() {
    return this.spec.figure.data.some(isField);
  }

  /** A full drawing replaces what the pointer holds: a chart rests while it is pressed. @override */
  get isBusy() {
    return this.animating || this.pressed !== null;
  }

  /**
   * @param {ChartSpec} spec
   * @param {Run} run
   * @param {Run[]} others
   * @override
   */
  describe(spec, run, others) {
    const source = JSON.stringify(spec);
    const same = source === this.source;
    if (same && this.run === run && this.others === others) return;
    for (const name of this.zoomed) {
      const [old, now] = [this.spec, spec].map(({ figure }) => figure.layout?.[name]?.type);
      if (old !== now) this.zoomed.delete(name);
    }
    this.tools.show();
    this.source = source;
    this.spec = spec;
    this.run = run;
    this.others = others;
    this.label();
    this.forget();
    // The same figure for a new run is patched like any other frame: a full drawing is what
    // a slider's first frame would wait for. Its axes are those of the last run meanwhile.
    if (!same) {
      this.whole = true;
      this.shown = {};
    }
    this.catchUp();
  }

  label() {
    const { width, clickable, title, alt, height } = this.spec;
    this.box.className = `lv-chart lv-${width}`;
    this.box.classList.toggle("lv-clickable", clickable);
    this.entitle(this.spec);
    put(this.text, alt);
    this.said = "";
    this.plot.setAttribute("aria-label", title);
    if (this.place === null) this.height = height;
    this.plot.style.minHeight = `${this.height}px`; // its place is kept until Plotly is there
  }

  /** Begins with no frame read; what the figure itself draws counts for the axes. */
  forget() {
    const { binds, figure } = this.spec;
    this.binds = null;
    this.caches = binds.map(() => ({ x: [], y: [], lo: [], hi: [], left: [], of: 0 }));
    this.extents = {};
    this.colors = null;
    this.fieldSeen = null;
    this.read = [this.run, ...this.others].map(() => 0);
    this.dirty = true;
    figure.data.forEach((trace, i) => {
      if (binds.some((bind) => bind.trace === i) || isField(trace)) return;
      this.grow(trace, "x", trace.x ?? []);
      this.grow(trace, "y", trace.y ?? []);
    });
  }

  /** @override */
  redraw() {
    this.theme = this.view.theme;
    this.whole = true;
  }

  // --------------------------------------------------------------------- reading the frames

  /** @override */
  catchUp() {
    const { run, runs, view } = this;
    if (!run) return;
    const asked = view.lesson?.phase === "ask"; // how far the axes will reach is part of the answer
    if (runs.every(({ frames }) => frames.length)) {
      this.binds ??= this.spec.binds.map((bind) => resolveBind(bind, this.runOf(bind).start));
      if (this.empty) this.whole = true;
      runs.forEach(({ frames }, which) => {
        const n = asked ? 1 : frames.length;
        while (this.read[which] < n) this.absorb(frames[this.read[which]++], which);
      });
    }
    if (!asked && runs.every(({ end }) => end) && this.settled !== run) {
      this.settled = run;
      this.shown = {};
      this.dirty = true; // the end may come after the last frame was drawn
    }
  }

  /** @override */
  unlearn() {
    this.forget();
    this.shown = {};
    this.settled = null;
    this.whole = true;
    this.catchUp();
  }

  /** Where its axis of steps ends. */
  get lastStep() {
    return this.view.data.lesson?.until ?? this.run?.start.last_step;
  }

  /** What it draws: one run, or it and the others. @returns {Run[]} */
  get runs() {
    const { run, others } = this;
    if (!run) return [];
    return this.spec.binds.some((bind) => bind.run) ? [run, ...others] : [run];
  }

  /** @param {Bind | PlacedBind} bind */
  runOf({ run }) {
    return /** @type {Run} */ (run ? this.others[run - 1] : this.run);
  }

  /**
   * The frame of the bind's run that belongs to frame `k`: the last one that is not ahead of it.
   *
   * @param {Bind | PlacedBind} bind
   * @param {number} k
   */
  frameOf(bind, k) {
    if (!bind.run || !this.run) return k;
    const { step } = this.run.frames[k];
    return Math.max(0, this.runOf(bind).frames.findLastIndex((frame) => frame.step <= step));
  }

  /**
   * @param {Bind | PlacedBind} bind
   * @param {number} k
   * @returns {Arrays}
   */
  arraysOf(bind, k) {
    return this.runOf(bind).frames[this.frameOf(bind, k)]?.arrays ?? {};
  }

  /**
   * Reads one frame into the caches of the binds.
   *
   * @param {Frame} frame
   * @param {number} which of the runs has it
   */
  absorb(frame, which) {
    this.binds?.forEach((bind, b) => {
      if (bind.run !== which) return;
      const trace = this.spec.figure.data[bind.trace];
      if (bind.mode !== "state") this.absorbSeries(trace, bind, this.caches[b], frame);
      else if (isField(trace)) this.absorbField(trace, bind, frame.arrays);
      else this.absorbState(trace, bind, frame.arrays);
    });
    Object.values(this.extents).forEach(noteFirst);
    this.dirty = true;
  }

  /**
   * One point per frame, or a range of values.
   *
   * @param {Trace} trace
   * @param {PlacedBind} bind
   * @param {Series} cache
   * @param {Frame} frame
   */
  absorbSeries(trace, bind, cache, { step, arrays }) {
    const x = bind.x ? scalar(bind.x, arrays) : step;
    cache.x.push(x);
    this.grow(trace, "x", bind.x ? [x] : [x, this.lastStep]);
    if (bind.mode === "series") {
      const y = scalar(bind.y, arrays);
      cache.y.push(y);
      if (bind.y?.reduce === "median") this.count(bind.y, cache, arrays);
      this.grow(trace, "y", [y]);
      return;
    }
    const log = this.axis(trace, "y").type === "log";
    const values = Array.from(take(bind.y, arrays)?.values ?? [])
      .filter((v) => Number.isFinite(v) && (!log || v > 0));
    cache.lo.push(values.length ? Math.min(...values) : null);
    cache.hi.push(values.length ? Math.max(...values) : null);
    this.grow(trace, "y", values);
  }

  /**
   * How many of the seeds that a line stands for have a number.
   *
   * @param {Place} place
   * @param {Series} cache
   * @param {Arrays} arrays
   */
  count(place, cache, arrays) {
    const all = Array.from(take({ ...place, reduce: "" }, arrays)?.values ?? []);
    cache.left.push(all.filter(Number.isFinite).length);
    cache.of = all.length;
  }

  /**
   * @param {Trace} trace
   * @param {PlacedBind} bind
   * @param {Arrays} arrays
   */
  absorbState(trace, bind, arrays) {
    for (const letter of /** @type {const} */ (["x", "y"])) {
      const found = take(bind[letter], arrays);
      if (found) this.grow(trace, letter, found.values);
    }
    if (trace.type === "bar") this.grow(trace, trace.orientation === "h" ? "x" : "y", [0]);
  }

  /**
   * A heatmap or contour: its axes end where it ends, its colours mean the same in all frames.
   *
   * @param {Trace} trace
   * @param {PlacedBind} bind
   * @param {Arrays} arrays
   */
  absorbField(trace, bind, arrays) {
    const z = take(bind.z, arrays);
    if (!z || this.fieldSeen === z.values) return;
    this.fieldSeen = z.values;
    this.fitField(trace, "y", take(bind.y, arrays)?.values, z.shape[0]);
    this.fitField(trace, "x", take(bind.x, arrays)?.values, z.shape[1]);
    if (trace.type === "heatmap" && trace.zmin === undefined && !trace.coloraxis) {
      this.colors ??= { lo: Infinity, hi: -Infinity };
      for (const v of z.values) {
        if (v < this.colors.lo && v > -Infinity) this.colors.lo = v;
        if (v > this.colors.hi && v < Infinity) this.colors.hi = v;
      }
    }
  }

  /**
   * @param {Trace} trace
   * @param {"x" | "y"} letter
   * @param {Numbers["values"] | undefined} values where the cells are, if the frame says so
   * @param {number} count of cells
   */
  fitField(trace, letter, values, count) {
    const given = values ?? trace[letter];
    const at = given ?? [0, count - 1];
    if (typeof at[0] !== "number") return; // names: Plotly's own range is right
    const [first, last] = [at[0], at[at.length - 1]];
    const margin = trace.type === "heatmap" ? 0.5 : 0; // a heatmap's cells lie around their points
    const cell = (margin * (last - first)) / ((given ? at.length : count) - 1 || 1);
    this.grow(trace, letter, [first - cell, last + cell], true);
  }

  // ------------------------------------------------------------------------------- its axes

  /**
   * @param {Trace} trace
   * @param {"x" | "y"} letter
   * @returns {Axis}
   */
  axis(trace, letter) {
    return this.spec.figure.layout?.[axisName(trace[`${letter}axis`], letter)] ?? {};
  }

  /**
   * Widens the extent of the trace's axis to the values.
   *
   * @param {Trace} trace
   * @param {"x" | "y"} letter
   * @param {Iterable<unknown>} values
   * @param {boolean} exact whether the axis is to end where they end
   */
  grow(trace, letter, values, exact = false) {
    const name = axisName(trace[`${letter}axis`], letter);
    this.extents[name] ??= nowhere();
    const extent = this.extents[name];
    if (extent.exact && !exact) return;
    grow(extent, values, this.axis(trace, letter).type === "log");
    extent.exact = exact;
  }

  /**
   * The axis's range in Plotly's terms, which is from now on the one on screen.
   *
   * @param {string} name
   * @returns {number[] | undefined}
   */
  range(name) {
    const axis = this.spec.figure.layout?.[name] ?? {};
    const ends = rangeOf(axis, this.extents[name], this.shown[name], this.kindOf(name));
    if (!ends) return undefined;
    this.shown[name] = ends;
    return axis.autorange === "reversed" ? [ends[1], ends[0]] : ends;
  }

  /**
   * @param {string} name of an axis
   * @returns {Kind}
   */
  kindOf(name) {
    const { binds, figure } = this.spec;
    return {
      steps: name[0] === "x" && binds.some(runsOverSteps),
      full: Boolean(figure.layout?.meta?.fullRange),
      bars: figure.data.some((trace) => trace.type === "bar"),
    };
  }

  /** Whether an axis must move. */
  outgrown() {
    if (!this.dirty) return false;
    return Object.keys(this.extents).some((name) => {
      const before = this.shown[name]?.join();
      return this.range(name) && !this.zoomed.has(name) && this.shown[name].join() !== before;
    });
  }

  /** @override */
  unzoom() {
    this.zoomed.clear();
    this.unzooms += 1;
    this.tools.show();
    this.whole = true;
    this.view.wake();
  }

  // -------------------------------------------------------------------- what a frame changes

  /**
   * What frame `k` changes in the trace of bind `b`, or null if it is on screen already.
   *
   * @param {number} b
   * @param {number} k
   * @returns {Patch | null}
   */
  patch(b, k) {
    if (!this.binds || !this.run) return null;
    const bind = this.binds[b];
    const at = this.frameOf(bind, k);
    const arrays = this.arraysOf(bind, k);
    if (bind.mode === "series") {
      const { x, y } = this.caches[b];
      return { x: x.slice(0, at + 1), y: y.slice(0, at + 1) };
    }
    if (bind.mode === "band") return outline(this.caches[b], at);
    const sources = PARTS.map((name) => valuesOf(bind, name, arrays));
    if (sources.every((source, i) => source === this.drawn[b]?.[i])) return null;
    this.drawn[b] = sources;
    return this.statePatch(bind, b, arrays);
  }

  /**
   * @param {PlacedBind} bind
   * @param {number} b
   * @param {Arrays} arrays
   * @returns {Patch | null}
   */
  statePatch(bind, b, arrays) {
    const trace = this.spec.figure.data[bind.trace];
    /** @type {Patch} */
    const patch = {};
    const x = take(bind.x, arrays);
    const y = take(bind.y, arrays);
    if (x) patch.x = list(x);
    if (y) patch.y = trace.fill ? this.onAxis(list(y), trace) : list(y);
    if (x && this.spec.figure.layout?.meta?.pinned) merge(patch, this.pin(list(x), trace));
    for (const name of EXTRA_PARTS) {
      const found = take(bind[name], arrays);
      if (found) merge(patch, EXTRAS[name](list(found)));
    }
    const z = take(bind.z, arrays);
    if (!z) return patch;
    if (!bind.x && !bind.y && sameValues(z.values, this.fields[b])) return null;
    this.fields[b] = z.values;
    patch.z = rowsOf(z);
    if (this.colors && trace.type === "heatmap") {
      patch.zmin = this.colors.lo;
      patch.zmax = this.colors.hi;
    }
    return patch;
  }

  /**
   * The outline of an area, which a logarithmic axis with fixed ends cannot show where it is not
   * positive: it goes on below the axis instead of having a hole.
   *
   * @param {Gap[]} values
   * @param {Trace} trace
   */
  onAxis(values, trace) {
    const { type, range } = this.axis(trace, "y");
    if (type !== "log" || !range) return values;
    const below = 10 ** (range[0] - 1);
    return values.map((value) => (value === null ? null : Math.max(value, below)));
  }

  /**
   * What lies beyond the axis's range stands at its edge as an arrow, with its value to hover; so
   * does what has no value (yet), where the figure says what that means.
   *
   * @param {Gap[]} values
   * @param {Trace} trace
   * @returns {Patch}
   */
  pin(values, trace) {
    const [low, high] = this.axis(trace, "x").range ?? [-Infinity, Infinity];
    const { missing } = this.spec.figure.layout?.meta ?? {};
    /** @type {(value: Gap) => Gap} */
    const at = (value) => {
      if (value === null) return missing ? high : null;
      return Math.min(Math.max(value, low), high);
    };
    /** @type {(value: Gap) => string} */
    const symbol = (value) => {
      if (at(value) === value) return trace.marker.symbol;
      return `triangle-${value !== null && value < low ? "left" : "right"}-open`;
    };
    return { x: values.map(at), customdata: values.map((value) => value ?? missing ?? null),
      marker: { symbol: values.map(symbol) } };
  }

  /**
   * Whether frame `k` lacks an array that is on screen: a patch could only add to the picture.
   *
   * @param {number} k
   */
  loses(k) {
    return Boolean(this.run?.frames[k] && this.binds?.some((bind, b) =>
      PARTS.some((name, i) => this.drawn[b]?.[i] && !valuesOf(bind, name, this.arraysOf(bind, k)))));
  }

  /**
   * Whether frame `k` has another landscape than the one on screen.
   *
   * @param {number} k
   */
  hasNewField(k) {
    return (this.binds ?? []).some((bind, b) => {
      const values = valuesOf(bind, "z", this.arraysOf(bind, k));
      return values && !sameValues(values, this.fields[b]);
    });
  }

  // --------------------------------------------------------------------------------- drawing

  /**
   * What takes long, a full drawing or a new landscape, it does only where it may.
   *
   * @param {number} k
   * @param {number} now
   * @param {boolean} mayBeSlow
   * @override
   */
  paint(k, now, mayBeSlow) {
    if (this.isBusy) return true;
    if (k >= 0 && !this.binds) return false; // it names what is not there, and has said so
    // A light update cannot move an axis: Plotly would place the labels where the margins
    // will be, and leave the plot where it was.
    if (this.outgrown() || this.loses(k)) this.whole = true;
    if (this.whole || !this.plot.data) {
      if (mayBeSlow) this.paintWhole(k);
      return !mayBeSlow;
    }
    if (k < 0 || (k === this.current && !this.dirty)) return false;
    const fresh = this.onScreen !== this.run;
    if (!mayBeSlow && fresh && this.hasNewField(k)) return true;
    this.onScreen = this.run;
    const late = this.paintLight(k, now, fresh);
    this.current = k;
    this.dirty = late;
    return late;
  }

  /**
   * @param {number} k
   * @override
   */
  print(k) {
    if (k < 0 || !this.binds) return;
    this.theme = this.view.theme;
    this.paintWhole(k, this.plot.clientWidth);
  }

  /**
   * @param {number} k
   * @param {number} [width] in pixels; that of its place, once Plotly has seen it, if left out
   */
  paintWhole(k, width) {
    const first = !this.plot.data;
    this.view.wholes += 1;
    this.whole = false;
    this.dirty = false;
    this.current = k;
    this.onScreen = k < 0 ? null : this.run;
    const [data, layout, config] = this.compose(k);
    this.view.Plotly.react(this.plot, data, { ...layout, ...(width && { width }) }, config);
    if (first) this.listenForZoom();
  }

  /**
   * Patches what frame `k` changes.
   *
   * @param {number} k
   * @param {number} now
   * @param {boolean} fresh whether another run is on screen
   * @returns {boolean} whether a heatmap or contour is still to be drawn
   */
  paintLight(k, now, fresh) {
    const heavyDue = fresh || now - this.heavyAt >= HEAVY_MS;
    /** @type {Light} */
    const light = { traces: [], data: [] };
    let late = false;
    this.binds?.forEach((bind, b) => {
      const field = isField(this.spec.figure.data[bind.trace]);
      if (field && !heavyDue) {
        late ||= this.isLate(bind, b, k);
        return;
      }
      const patch = this.patch(b, k);
      if (!patch) return;
      if (field) {
        this.heavyAt = now;
        this.view.Plotly.restyle(this.plot, boxed(patch), [bind.trace]);
        return;
      }
      light.traces.push(bind.trace);
      light.data.push(patch);
    });
    if (light.traces.length && this.hasMarks) {
      light.traces.push(this.spec.figure.data.length);
      light.data.push(this.marks(k));
    }
    if (light.traces.length) this.animate(light);
    return late;
  }

  /**
   * @param {PlacedBind} bind
   * @param {number} b
   * @param {number} k
   */
  isLate(bind, b, k) {
    const drawn = this.drawn[b]?.[PARTS.indexOf("z")];
    return bind.z !== null && valuesOf(bind, "z", this.arraysOf(bind, k)) !== (drawn ?? null);
  }

  /**
   * The light update: less than half the price of `update` or `react`. It draws in an
   * animation frame of its own; until then the chart is busy, so that nothing can overtake.
   *
   * @param {Light} light
   */
  animate({ traces, data }) {
    const how = { mode: "immediate", transition: { duration: 0 },
      frame: { duration: 0, redraw: false } };
    const done = () => {
      this.animating = false;
    };
    this.animating = true;
    this.view.Plotly.animate(this.plot, { traces, data }, how).then(done, done);
  }

  /**
   * The whole figure at frame `k` in the current theme, with what the user set: what
   * `Plotly.react` is given.
   *
   * @param {number} k
   * @returns {[Trace[], object, object]}
   */
  compose(k) {
    return [this.composeData(k), this.composeLayout(k), {
      displayModeBar: false, responsive: true, doubleClick: false, scrollZoom: false,
    }];
  }

  /** What is on screen, black on white; the screen is left as it is. */
  onPaper() {
    const kept = { drawn: this.drawn, fields: this.fields, empty: this.empty };
    this.theme = PAPER.theme;
    try {
      return { data: this.composeData(this.current), layout: this.composeLayout(this.current) };
    } finally {
      Object.assign(this, kept, { theme: this.view.theme });
    }
  }

  /** @param {number} k */
  composeData(k) {
    const data = themed(this.spec.figure.data, this.theme.dark);
    const taken = new Set();
    data.forEach((trace, i) => {
      // Plotly looks for a colour bar by a selector made of the uid: no spaces, no signs
      trace.uid = `t${trace.uid ?? trace.name ?? i}`.replace(/[^\w-]+/g, "-");
      if (taken.has(trace.uid)) trace.uid += `-${i}`;
      taken.add(trace.uid);
      if (this.view.legend.hidden.has(groupOf(trace))) trace.visible = false;
      if (this.view.hall.isOn && trace.line?.width) trace.line.width *= SCALE;
      const bar = trace.marker?.colorbar ?? trace.colorbar;
      if (this.height < LOW_PX && bar?.tickvals?.length > 3) for (const ticks of [bar.tickvals, bar.ticktext ?? []]) ticks.splice(1, ticks.length - 2);
    });
    this.drawn = [];
    this.fields = [];
    this.empty = k < 0;
    if (k >= 0) this.spec.binds.forEach((bind, b) => merge(data[bind.trace], this.patch(b, k)));
    if (this.hasMarks) data.push(merge(structuredClone(MARKS), k >= 0 ? this.marks(k) : null));
    return data;
  }

  /** Whether it has lines that can be lost. */
  get hasMarks() {
    return this.spec.binds.some((bind) => bind.mode === "series");
  }

  /**
   * What is to be said where lines are lost at frame `k` (marks.js).
   *
   * @param {number} k
   * @returns {Patch}
   */
  marks(k) {
    const { spec, view, theme } = this;
    /** @type {(Mark | null)[]} */
    const found = (this.binds ?? []).map((bind, b) => {
      const trace = spec.figure.data[bind.trace];
      const shown = bind.mode === "series" && !trace.opacity && !trace.yaxis;
      if (!shown || view.legend.hidden.has(groupOf(trace))) return null;
      const line = { ...this.caches[b], at: this.frameOf(bind, k),
        color: themed(trace.line?.color ?? trace.marker?.color, theme.dark) };
      return markOf(line, this.reach("xaxis"), this.reach("yaxis"), view.word("chart.broke_off"),
        (count) => view.word("chart.left", count));
    });
    return patchOf(/** @type {Mark[]} */ (found.filter(Boolean)));
  }

  /** Of an axis; null where the visitor has chosen it. @param {string} name @returns {Reach | null} */
  reach(name) {
    const axis = this.spec.figure.layout?.[name] ?? {};
    const ends = axis.range ?? this.range(name);
    if (!ends || this.zoomed.has(name)) return null;
    return { ends: [ends[0], ends[1]], log: axis.type === "log" };
  }

  /** @param {number} k */
  composeLayout(k) {
    const layout = themed(this.spec.figure.layout ?? {}, this.theme.dark);
    layout.template ??= this.theme.template;
    layout.uirevision ??= this.spec.id;
    layout.showlegend = false; // the view has one legend for all its charts
    layout.height = this.height;
    this.plot.style.height = `${layout.height}px`;
    if (this.arrow) layout.annotations = [...layout.annotations ?? [], this.drawArrow(this.arrow)];
    const names = Object.keys(layout).concat("xaxis", "yaxis");
    for (const name of new Set(names.filter((other) => /^[xy]axis\d*$/.test(other)))) {
      layout[name] ??= {};
      const axis = layout[name];
      axis.uirevision = this.unzooms; // else Plotly puts the user's zoom back
      const range = this.zoomed.has(name) ? this.plot._fullLayout[name].range : this.range(name);
      if (range) {
        axis.range = [...range];
        axis.autorange = false;
      }
      if (axis.type === "log" && !axis.tickvals) Object.assign(axis, logTicks(range ?? axis.range));
      const known = k >= 0 && this.view.lesson?.phase !== "ask";
      if (!known && !axis.range && !this.isGiven(name)) axis.showticklabels = false; // no numbers before the data's
    }
    return layout;
  }

  /** Whether the places on an axis are the page's, not the run's: of all that is drawn along it. @param {string} name */
  isGiven(name) {
    const letter = name.startsWith("x") ? "x" : "y";
    return this.spec.figure.data.every((trace, i) => axisName(trace[`${letter}axis`], letter) !== name ||
      (trace[letter]?.length && !this.spec.binds.some((bind) => bind.trace === i && bind[letter])));
  }

  /**
   * Plotly's light update (`animate` without redraw) throws away heatmaps and contours that
   * are not part of it. So after each full drawing they move to a group of their own beside
   * their layer, where they stay as a picture until the next full drawing.
   */
  keepFields() {
    const shown = this.plot._fullData.some((/** @type {Trace} */ trace) =>
      isField(trace) && trace.visible === true);
    for (const layer of this.plot.querySelectorAll(".contourlayer, .heatmaplayer")) {
      let still = layer.previousElementSibling;
      if (!still?.classList.contains("lv-still")) {
        still = document.createElementNS("http://www.w3.org/2000/svg", "g");
        still.setAttribute("class", "lv-still");
        layer.before(still);
      }
      if (layer.firstChild || !shown) still.replaceChildren(...layer.children);
    }
  }

  /** Once Plotly has made the plot: before, it has no events. */
  listenForZoom() {
    if (this.hasField) {
      this.keepFields();
      this.plot.on("plotly_afterplot", () => this.keepFields());
    }
    this.plot.on("plotly_relayout", (/** @type {object} */ change) => {
      for (const key of Object.keys(change)) {
        // Only a user's drag names the two ends; our own changes name the range.
        const [, name] = /^([xy]axis\d*)\.range\[/.exec(key) ?? [];
        if (name) this.zoomed.add(name);
      }
      this.tools.show();
    });
    this.plot.on("plotly_doubleclick", () => this.unzoom());
  }

  /**
   * @param {number | null} place
   * @override
   */
  fit(place) {
    super.fit(place);
    const title = this.plot.offsetTop - this.box.offsetTop;
    const height = place ? Math.max(place - title, LEAST_PX) : this.spec.height;
    if (Math.abs(height - this.height) < 2) return;
    this.height = height;
    this.plot.style.minHeight = this.plot.style.height = `${height}px`; // before it is drawn anew
    this.whole = true;
  }

  /**
   * @param {Point | null} point
   * @override
   */
  pointAt(point) {
    if (!point && !this.arrow) return;
    this.arrow = point;
    this.whole = true;
    this.view.wake();
  }

  /** @param {Point} point */
  drawArrow({ x, y }) {
    /** @type {(name: string, value: number) => number} */
    const on = (name, value) =>
      (this.spec.figure.layout?.[name]?.type === "log" ? Math.log10(value) : value);
    const color = themed(ARROW, this.theme.dark);
    return { x: on("xaxis", x), y: on("yaxis", y), text: "", showarrow: true, ax: -44, ay: -44,
      arrowhead: 2, arrowsize: 1.2, arrowwidth: 3, arrowcolor: color, standoff: 4 };
  }

  /** @override */
  resize() {
    const { plot } = this;
    if (!plot.data || !plot.clientWidth || Math.abs(plot._fullLayout.width - plot.clientWidth) <= 1) return;
    this.view.Plotly.Plots.resize(plot);
  }

  // ------------------------------------------------------------------------ the page's visitor

  /**
   * Reports clicks anywhere inside the axes: Plotly's own event needs a point to hit.
   *
   * @param {PointerEvent} event
   */
  release(event) {
    const from = this.pressed;
    this.pressed = null;
    if (!from) return;
    this.view.wake();
    if (!this.spec.clickable || event.button || this.tools.zooming) return;
    if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > CLICK_PX) return;
    const area = this.plot.querySelector(".nsewdrag")?.getBoundingClientRect();
    if (!area) return;
    const x = event.clientX - area.left;
    const y = event.clientY - area.top;
    if (x < 0 || y < 0 || x > area.width || y > area.height) return;
    if (event.timeStamp - this.clickedAt < DOUBLE_MS) return;
    this.clickedAt = event.timeStamp;
    const { xaxis, yaxis } = this.plot._fullLayout;
    this.view.click({ chart: this.spec.id, x: xaxis.p2d(x), y: yaxis.p2d(y) });
  }

  /**
   * Puts the values of all curves into words, the smallest first.
   *
   * @param {number} k
   * @override
   */
  say(k) {
    const { run, view, spec } = this;
    if (k < 0 || !run || run !== view.run || !this.binds) return;
    /** @type {[number, string][]} */
    const found = [];
    spec.binds.forEach((bind, b) => {
      const { name = "", visible } = this.plot.data?.[bind.trace] ?? {};
      if (bind.mode !== "series" || visible === false) return;
      const { x, y } = this.caches[b];
      const at = this.frameOf(bind, k);
      const value = this.short(y[at]);
      const where = bind.x ? view.word("chart.at", { x: this.short(x[at]), y: value }) : value;
      found.push([y[at] ?? Infinity, `${name} ${where}`]);
    });
    found.sort((a, b) => a[0] - b[0]);
    const values = found.map(([, words]) => words).join(", ");
    put(this.text, view.word(values ? "chart.values" : "chart.no_values",
      { alt: spec.alt, step: view.data.step, at: run.frames[k].step, values }));
  }

  /** @param {Gap} value */
  short(value) {
    if (value === null || !Number.isFinite(value)) return this.view.word("chart.not_finite");
    return String(Number(value.toPrecision(3)));
  }

  /** @override */
  remove() {
    window.removeEventListener("pointerup", this.onUp, true);
    this.stopListening();
    this.view.Plotly?.purge(this.plot);
    super.remove();
  }
}

/**
 * The array that a part of the bind points into, as the frame has it.
 *
 * @param {PlacedBind} bind
 * @param {"x" | "y" | "z" | "size" | "color" | "text"} name
 * @param {Arrays} arrays
 */
function valuesOf(bind, name, arrays) {
  const ref = bind[name];
  return (ref && arrays[ref.array]?.values) ?? null;
}

/**
 * As `Plotly.restyle` wants it: a list of values, one per trace.
 *
 * @param {Patch} patch
 */
function boxed(patch) {
  return Object.fromEntries(Object.entries(patch).map(([name, value]) =>
    [name, Array.isArray(value) ? [value] : value]));
}
