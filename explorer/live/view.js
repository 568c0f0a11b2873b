// The live view: receives a run's frames, keeps them all, and draws them by patching
// Plotly figures in place. Streamlit calls an export again with the same parent element
// whenever the page's script sends new data or the theme changes; the view lives
// on that element and is patched, never rebuilt.

const FPS = 30; // frames revealed per second at speed 1, and the most draws per second
const HEAVY_MS = 125; // heatmaps and contours are redrawn whole: at most 8 times a second
const PATIENCE_MS = 300; // before a first picture shows axes without data
const STAGE_MS = 1000; // so long a stage may be all there is
const TICK_MS = 250, IDLE_TICKS = 40; // so long a page that is there may be without its view
const OVERSHOOT = 100; // an axis follows a diverging value up to this multiple of the first
const TYPES = { "<f4": Float32Array, "|i1": Int8Array, "|u1": Uint8Array, "|b1": Uint8Array,
  "<i2": Int16Array, "<u2": Uint16Array, "<i4": Int32Array, "<f2": Uint16Array };

/** Charts that are not Plotly's, by the kind that `spec.stage` names: classes like `Chart`. */
const STAGES = {};

export function live_view({ parentElement, data, setTriggerValue }) {
  const view = (parentElement.liveView ??= takeOver(parentElement, data) ?? new View(parentElement));
  view.update(data, setTriggerValue);
  // Streamlit calls this at unmount, but also when a call was overtaken by the next one
  // while the module was loading: only the first takes the element out of the document.
  return () => view.root.isConnected || view.destroy(parentElement);
}

/** A list of claims, each with a button that checks it. */
export function claims({ parentElement, data }) {
  (parentElement.claims ??= new Claims(parentElement)).update(data);
}

// --------------------------------------------------------------------- before Streamlit

/** Starts the view that is in the document, unless Streamlit was here first. */
function openDocument() {
  const place = document.getElementById("lv-opening");
  if (!place) return;
  if (place.liveView) return closeDocument(place); // by another version of this script
  place.liveView = new View(place.querySelector("main"));
  place.liveView.update(JSON.parse(place.querySelector("script").textContent), null);
  // Another page may have been chosen, or the page's script may have ended without a view.
  const { pathname } = location;
  let idle = 0;
  const timer = setInterval(() => {
    const app = document.querySelector(".stApp")?.dataset ?? {};
    const ended = app.testConnectionState === "CONNECTED" && app.testScriptState === "notRunning";
    idle = ended ? idle + 1 : 0;
    const failed = document.querySelector("[data-testid=stException]");
    if (!place.isConnected) clearInterval(timer);
    else if (failed || location.pathname !== pathname || idle > IDLE_TICKS) closeDocument(place);
  }, TICK_MS);
}

function closeDocument(place) {
  place.remove();
  place.liveView.destroy(place);
}

/** The document's view, for a place in Streamlit's page that wants to show the same run. */
function takeOver(parent, data) {
  const place = document.getElementById("lv-opening"), view = place?.liveView;
  if (!view) return null;
  if (!data.token.startsWith(`${view.run.token}-`)) return closeDocument(place);
  view.move(parent, data.token);
  place.remove();
  return view;
}

// ---------------------------------------------------------------- frames from the stream

/** Bytes in, messages out. The buffer doubles, so the work is linear in what arrives. */
class Parser {
  bytes = new Uint8Array(1 << 16);
  from = 0;
  to = 0;

  push(chunk, onMessage) {
    if (this.to + chunk.length > this.bytes.length) {
      const rest = this.bytes.subarray(this.from, this.to);
      const size = Math.max(this.bytes.length, 2 * (rest.length + chunk.length));
      const bytes = new Uint8Array(size);
      bytes.set(rest);
      Object.assign(this, { bytes, from: 0, to: rest.length });
    }
    this.bytes.set(chunk, this.to);
    this.to += chunk.length;
    while (this.to - this.from >= 8) {
      const prefix = new DataView(this.bytes.buffer, this.from, 8);
      const body = this.from + 8 + prefix.getUint32(0, true);
      const end = body + prefix.getUint32(4, true);
      if (this.to < end) return;
      const header = JSON.parse(new TextDecoder().decode(this.bytes.subarray(this.from + 8, body)));
      this.from = end;
      onMessage(header, this.bytes.slice(body, end).buffer); // a copy starts at offset 0: aligned
    }
  }
}

function unpack(header, body) {
  const arrays = {};
  for (const { name, dtype, shape, offset } of header.arrays) {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = new TYPES[dtype](body, offset, size);
    arrays[name] = { shape, values: dtype === "<f2" ? Float32Array.from(values, half) : values };
  }
  return arrays;
}

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}

/** One run as this browser knows it: everything received, and how the stream fares. */
class Run {
  frames = []; // {step, arrays (complete: what a frame leaves out is the last one's), at}
  notes = []; // {index, note: [key, values]}
  start = {};
  end = null;
  trouble = ""; // "" | "lost" | "gone"
  received = 0; // messages
  place = 0; // in the queue, from 1 on
  opened = performance.now();
  abort = new AbortController();
  had = -Infinity; // the last step that was there before the stream
  again = false; // whether that was shown as another run

  /** Of a run that the document brought along, there are the first `messages`. */
  constructor(token, { messages = "", fork = null } = {}) {
    [this.token, this.fork] = [token, fork];
    const bytes = Uint8Array.from(atob(messages), (letter) => letter.charCodeAt(0));
    new Parser().push(bytes, (header, body) => this.take(header, body));
  }

  get last() {
    return this.frames.length - 1;
  }

  /** The name of the run that it comes from, its own where it comes from none. */
  get origin() {
    return this.fork?.run ?? this.token.split("-")[0];
  }

  /** Takes over what is the same in another run, of which it is a fork, or the other way round. */
  beginAs(other) {
    if (other?.origin !== this.origin || !(this.fork || other.fork)) return;
    const until = Math.min(this.fork?.step ?? Infinity, other.fork?.step ?? Infinity);
    this.frames = other.frames.filter(({ step }) => step < until).map((f) => ({ ...f, at: 0 }));
    this.notes = other.notes.filter(({ index }) => index <= this.last);
    [this.start, this.had] = [other.start, this.frames.at(-1)?.step ?? -Infinity];
    this.again = true;
  }

  get state() {
    return this.trouble || this.end?.state || (this.frames.length ? "running" : "waiting");
  }

  /** Whether it is still on its way to what was there before the stream. */
  get isBehind() {
    return !this.end && this.frames.at(-1)?.step === this.had;
  }

  /** How many frames there will be, as far as is known. */
  get total() {
    return this.end ? this.frames.length : Math.max(this.start.n_frames ?? 0, this.frames.length);
  }

  take(header, body) {
    if (header.type === "queue") {
      this.place = header.place;
      return;
    }
    this.received += 1;
    if (header.type === "start") this.start = header;
    else if (header.type === "end") this.end = header;
    else if (header.step > this.had) {
      const arrays = { ...this.frames.at(-1)?.arrays, ...unpack(header, body) };
      this.frames.push({ step: header.step, arrays, at: performance.now() - this.opened });
      for (const note of header.notes) this.notes.push({ index: this.last, note });
    }
  }

  /** Reads the stream to its end, opening it again where it broke. */
  async follow(base, changed) {
    let wait = 500;
    const { signal } = this.abort;
    while (!this.end && !signal.aborted) {
      try {
        const url = `${base}${this.token}?since=${this.received}`;
        const response = await fetch(url, { signal, cache: "no-store" });
        if (response.status === 404) this.trouble = "gone";
        if (response.status === 404) return changed();
        if (!response.ok) throw new Error(response.statusText);
        const reader = response.body.getReader();
        const parser = new Parser();
        for (;;) {
          const { done, value } = await reader.read();
          if (signal.aborted) return;
          if (done) break;
          parser.push(value, (header, body) => this.take(header, body));
          [this.trouble, wait] = ["", 500];
          changed();
        }
      } catch {
        if (signal.aborted) return;
      }
      if (this.end) return;
      this.trouble = "lost";
      changed();
      await new Promise((resume) => setTimeout(resume, wait));
      wait = Math.min(2 * wait, 4000);
    }
  }
}

// ------------------------------------------------------------------ from arrays to traces

/** The Ref with a position in place of each label, as the run's start message has them. */
function resolve(ref, { dims, coords }) {
  const asked = Object.entries(ref?.labels ?? {});
  if (!asked.length) return ref;
  const names = (dims[ref.array] ?? []).filter((name) => name !== "step");
  const index = names.map((_, d) => ref.index[d] ?? null);
  for (const [name, label] of asked) {
    const d = names.indexOf(name);
    if (d < 0) throw new Error(`${ref.array} has no dimension ${name}; it has: ${names.join(", ")}`);
    index[d] = positionOf(name, label, coords[name]);
  }
  return { ...ref, index };
}

/** A dimension without labels is counted from 0. */
function positionOf(name, label, labels) {
  const i = labels ? labels.indexOf(label) : label;
  if (i >= 0) return i;
  throw new Error(`${name} has no label ${label}; it has: ${labels?.join(", ") ?? "only positions"}`);
}

/** A bind whose Refs have positions only. */
const resolved = (bind, start) => Object.fromEntries(Object.entries(bind).map(([name, value]) =>
  [name, value?.array ? resolve(value, start) : value]));

/** What a Ref points at: `{shape, values}`, reduced where it says so; null if not there yet. */
function take(ref, arrays) {
  const array = ref && arrays[ref.array];
  if (!array) return null;
  const shape = [], strides = [];
  let offset = 0, stride = 1;
  for (let d = array.shape.length - 1; d >= 0; d--) {
    const i = ref.index[d] ?? null, size = array.shape[d];
    if (i === null) {
      shape.unshift(size);
      strides.unshift(stride);
    } else if (i < -size || i >= size) {
      throw new Error(`${ref.array} has ${size} entries in dimension ${d}: there is no ${i}`);
    } else offset += (i < 0 ? i + size : i) * stride;
    stride *= size;
  }
  if (ref.index.length > array.shape.length) throw new Error(`${ref.array} has fewer dimensions`);
  let values = array.values;
  if (shape.length < array.shape.length) {
    values = [];
    const walk = (d, at) => {
      if (d === shape.length) values.push(array.values[at]);
      else for (let i = 0; i < shape[d]; i++) walk(d + 1, at + i * strides[d]);
    };
    walk(0, offset);
  }
  if (!ref.reduce || !shape.length) return { shape, values };
  const size = shape.pop(), reduced = [];
  for (let i = 0; i < values.length; i += size) {
    reduced.push(REDUCE[ref.reduce](Array.from(values.slice(i, i + size))));
  }
  return { shape, values: reduced };
}

const REDUCE = {
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  median: (values) => {
    const sorted = values.map((v) => (Number.isFinite(v) ? v : Infinity)).sort((a, b) => a - b);
    const middle = sorted.length / 2;
    return middle % 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  },
  min: (values) => Math.min(...values.filter(Number.isFinite)),
  max: (values) => Math.max(...values.filter(Number.isFinite)),
};

const gap = (value) => (Number.isFinite(value) ? value : null);

function scalar(ref, arrays) {
  const found = take(ref, arrays);
  if (found?.shape.length) {
    throw new Error(`a series of ${ref.array} needs one number per frame: index or reduce it`);
  }
  return found ? gap(found.values[0]) : null;
}

/** A list for a scatter trace; rows of two dimensions with gaps between them. */
function list({ shape, values }) {
  const flat = Array.from(values, gap);
  if (shape.length < 2) return flat;
  const rows = [];
  for (let i = 0; i < flat.length; i += shape[1]) rows.push(...flat.slice(i, i + shape[1]), null);
  return rows;
}

const rowsOf = ({ shape: [n, m], values }) =>
  Array.from({ length: n }, (_, i) => values.slice(i * m, (i + 1) * m));

const sameValues = (a, b) =>
  b !== undefined && a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

/** The outline of lo..hi up to frame `k`, one closed piece per stretch without gaps. */
function outline({ x, lo, hi }, k) {
  const path = { x: [], y: [] };
  for (let i = 0; i <= k; i++) {
    if (lo[i] === null) continue;
    let j = i;
    while (j < k && lo[j + 1] !== null) j++;
    if (path.x.length) path.x.push(null), path.y.push(null);
    path.x.push(...x.slice(i, j + 1), ...x.slice(i, j + 1).reverse());
    path.y.push(...hi.slice(i, j + 1), ...lo.slice(i, j + 1).reverse());
    i = j;
  }
  return path;
}

// What a state's bind may feed beside x, y and z, and where Plotly keeps it in the trace.
const EXTRAS = {
  size: (values) => ({ marker: { size: values } }),
  color: (values) => ({ marker: { color: values } }),
  text: (values) => ({ text: values }),
};
const PARTS = ["x", "y", "z", ...Object.keys(EXTRAS)];

/** Puts a patch into a trace: what is nested is merged, arrays are replaced. */
function merge(trace, patch) {
  for (const [name, value] of Object.entries(patch ?? {})) {
    if (value && typeof value === "object" && !Array.isArray(value)) merge((trace[name] ??= {}), value);
    else trace[name] = value;
  }
}

const groupOf = (trace) => trace.legendgroup ?? trace.name;
const isField = (trace) => trace.type === "heatmap" || trace.type === "contour";
const decade = (k) => (Math.abs(k) < 4 ? String(Number((10 ** k).toPrecision(1))) : `10<sup>${k}</sup>`);
/** Ticks of a logarithmic axis: up to nine powers of ten; small steps where there are too few. */
function logTicks(range) {
  const [low, high] = range ? [Math.min(...range), Math.max(...range)] : [-12, 12];
  // 0.01, not a large 10 with a small -2
  if (high - low <= 1.6) return { dtick: "D2", tickformat: "~g" };
  const every = range ? Math.ceil((high - low) / 8) : 1, powers = [];
  for (let k = Math.ceil(low / every) * every; k <= high; k += every) powers.push(k);
  return { tickvals: powers.map((k) => 10 ** k), ticktext: powers.map(decade) };
}
const axisName = (id, letter) => `${letter}axis${(id ?? letter).slice(1)}`;
const short = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "not finite");

// ---------------------------------------------------------------------------- one chart

class Chart {
  zoomed = new Set(); // axes that the user set; left alone until a double click
  drawn = []; // per bind the arrays last drawn, to skip what did not change
  fields = []; // per bind the values of the heatmap or contour last drawn
  shown = {}; // ranges of the axes on screen
  current = -1; // the frame on screen
  visible = true;
  heavyAt = 0;
  saidAt = 0;

  constructor(view, spec) {
    this.view = view;
    this.box = document.createElement("figure");
    this.box.innerHTML = `<figcaption></figcaption><div class="lv-plot" role="img"></div>
      <p class="lv-hidden"></p>`;
    [this.caption, this.plot, this.text] = this.box.children;
    this.text.id = `lv-${Math.random().toString(36).slice(2)}`;
    this.plot.setAttribute("aria-describedby", this.text.id);
    this.box.dataset.chart = spec.id;
    this.listenForClicks();
  }

  /** Takes a (new) figure and fills it from the frames that are there. */
  describe(spec, run) {
    const source = JSON.stringify(spec), same = source === this.source;
    if (same && this.run === run) return;
    this.source = source;
    const typeOf = (from, name) => from?.figure.layout?.[name]?.type;
    for (const name of this.zoomed) {
      if (typeOf(this.spec, name) !== typeOf(spec, name)) this.zoomed.delete(name);
    }
    [this.spec, this.run] = [spec, run];
    this.box.className = `lv-chart lv-${spec.width}`;
    this.box.classList.toggle("lv-clickable", spec.clickable);
    this.caption.textContent = spec.title;
    [this.text.textContent, this.said] = [spec.alt, ""];
    this.plot.setAttribute("aria-label", spec.title);
    this.plot.style.minHeight = `${spec.height}px`; // its place is kept until Plotly is there
    this.caches = spec.binds.map(() => ({ x: [], y: [], lo: [], hi: [] }));
    [this.ranges, this.colors, this.fieldSeen] = [{}, null, null];
    this.spec.figure.data.forEach((trace, i) => {
      if (spec.binds.some((bind) => bind.trace === i) || isField(trace)) return;
      for (const letter of "xy") this.grow(trace, letter, trace[letter] ?? []);
    });
    [this.read, this.dirty, this.binds] = [0, true, null];
    // The same figure for a new run is patched like any other frame: a full drawing is what
    // a slider's first frame would wait for. Its axes are those of the last run meanwhile.
    if (!same) [this.whole, this.shown] = [true, {}];
    this.catchUp();
  }

  /** Reads the frames that came since the last time. */
  catchUp() {
    if (this.run.frames.length) {
      this.binds ??= this.spec.binds.map((bind) => resolved(bind, this.run.start));
    }
    if (this.empty && this.run.frames.length) this.whole = true;
    while (this.read < this.run.frames.length) this.absorb(this.run.frames[this.read++]);
    if (this.run.end && this.settled !== this.run) [this.settled, this.shown] = [this.run, {}];
  }

  axis(trace, letter) {
    return this.spec.figure.layout?.[axisName(trace[`${letter}axis`], letter)] ?? {};
  }

  /** Widens the range of the trace's axis to the values. */
  grow(trace, letter, values, exact = false) {
    const name = axisName(trace[`${letter}axis`], letter);
    const range = (this.ranges[name] ??= { lo: Infinity, hi: -Infinity, first: 0 });
    if (range.exact && !exact) return;
    const log = this.axis(trace, letter).type === "log";
    for (const value of values) {
      if (typeof value !== "number" || !Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < range.lo) range.lo = value;
      if (value > range.hi) range.hi = value;
    }
    range.exact = exact;
  }

  /** Reads one frame into the caches of the binds. */
  absorb({ step, arrays }) {
    this.binds.forEach((bind, b) => {
      const trace = this.spec.figure.data[bind.trace], cache = this.caches[b];
      if (bind.mode === "state") {
        if (isField(trace)) return this.frameField(trace, bind, arrays);
        for (const letter of "xy") {
          const found = take(bind[letter], arrays);
          if (found) this.grow(trace, letter, found.values);
        }
        if (trace.type === "bar") this.grow(trace, trace.orientation === "h" ? "x" : "y", [0]);
        return;
      }
      const x = bind.x ? scalar(bind.x, arrays) : step;
      cache.x.push(x);
      this.grow(trace, "x", bind.x ? [x] : [x, this.run.start.last_step]);
      if (bind.mode === "series") {
        cache.y.push(scalar(bind.y, arrays));
        return this.grow(trace, "y", cache.y.slice(-1));
      }
      const log = this.axis(trace, "y").type === "log";
      const values = Array.from(take(bind.y, arrays)?.values ?? [])
        .filter((v) => Number.isFinite(v) && (!log || v > 0));
      cache.lo.push(values.length ? Math.min(...values) : null);
      cache.hi.push(values.length ? Math.max(...values) : null);
      this.grow(trace, "y", values);
    });
    for (const range of Object.values(this.ranges)) {
      if (!range.first && range.hi > -Infinity) {
        range.first = Math.max(Math.abs(range.lo), Math.abs(range.hi));
      }
    }
    this.dirty = true;
  }

  /** A heatmap or contour: its axes end where it ends, its colours mean the same in all frames. */
  frameField(trace, bind, arrays) {
    const z = take(bind.z, arrays);
    if (!z || this.fieldSeen === z.values) return;
    this.fieldSeen = z.values;
    const margin = trace.type === "heatmap" ? 0.5 : 0;
    for (const [letter, count] of [["y", z.shape[0]], ["x", z.shape[1]]]) {
      const given = take(bind[letter], arrays)?.values ?? trace[letter];
      const at = given ?? [0, count - 1];
      if (typeof at[0] !== "number") continue; // names: Plotly's own range is right
      const cell = (margin * (at[at.length - 1] - at[0])) / ((given ? at.length : count) - 1 || 1);
      this.grow(trace, letter, [at[0] - cell, at[at.length - 1] + cell], true);
    }
    if (trace.type === "heatmap" && trace.zmin === undefined && !trace.coloraxis) {
      const colors = (this.colors ??= { lo: Infinity, hi: -Infinity });
      for (const v of z.values) {
        if (v < colors.lo && v > -Infinity) colors.lo = v;
        if (v > colors.hi && v < Infinity) colors.hi = v;
      }
    }
  }

  /** The axis's range in Plotly's terms; undefined where Plotly or the figure knows better. */
  rangeOf(name) {
    const axis = this.spec.figure.layout?.[name] ?? {}, range = this.ranges[name];
    if (axis.range || !range || range.hi < range.lo) return undefined;
    let { lo, hi, first, exact } = range;
    const steps = name[0] === "x" && this.spec.binds.some((b) => b.mode !== "state" && !b.x);
    if (!exact && !steps && first && !this.spec.figure.layout?.meta?.fullRange) {
      [lo, hi] = [Math.max(lo, -OVERSHOOT * first), Math.min(hi, OVERSHOOT * first)];
    }
    if (axis.rangemode === "tozero") [lo, hi] = [Math.min(lo, 0), Math.max(hi, 0)];
    if (axis.type === "log") [lo, hi] = [Math.log10(lo), Math.log10(hi)];
    const { minallowed = -Infinity, maxallowed = Infinity } = axis;
    [lo, hi] = [Math.max(lo, minallowed), Math.min(hi, maxallowed)];
    if (!exact && !(steps && hi > lo)) {
      // Only ever wider within a run, with room to spare and in coarse notches, so that a
      // curve that creeps does not move the axis in every frame.
      const before = this.shown[name] ?? [Infinity, -Infinity];
      const notch = 10 ** Math.floor(Math.log10(hi - lo || Math.abs(hi) || 1)) / 4;
      const pad = 0.06 * (hi - lo) || notch;
      const bars = !lo && this.spec.figure.data.some((trace) => trace.type === "bar");
      if (lo >= before[0]) lo = before[0];
      else if (!bars) lo = Math.floor((lo - pad) / notch) * notch;
      hi = hi <= before[1] ? before[1] : Math.ceil((hi + pad) / notch) * notch;
      [lo, hi] = [Math.max(lo, minallowed), Math.min(hi, maxallowed)];
    }
    this.shown[name] = [lo, hi];
    return axis.autorange === "reversed" ? [hi, lo] : [lo, hi];
  }

  /** What frame `k` changes in the trace of bind `b`, or null if it is on screen already. */
  patch(b, k) {
    const bind = this.binds[b], { arrays } = this.run.frames[k];
    const trace = this.spec.figure.data[bind.trace];
    if (bind.mode === "series") {
      const { x, y } = this.caches[b];
      return { x: x.slice(0, k + 1), y: y.slice(0, k + 1) };
    }
    if (bind.mode === "band") return outline(this.caches[b], k);
    const sources = PARTS.map((part) => bind[part] && arrays[bind[part].array]?.values);
    if (sources.every((source, i) => source === this.drawn[b]?.[i])) return null;
    this.drawn[b] = sources;
    const patch = {};
    for (const letter of "xy") {
      const found = take(bind[letter], arrays);
      if (found) patch[letter] = list(found);
    }
    if (patch.x && this.spec.figure.layout?.meta?.pinned) merge(patch, this.pin(patch.x, trace));
    for (const [part, place] of Object.entries(EXTRAS)) {
      const found = take(bind[part], arrays);
      if (found) merge(patch, place(list(found)));
    }
    const z = take(bind.z, arrays);
    if (z && !bind.x && !bind.y && sameValues(z.values, this.fields[b])) return null;
    if (z) [patch.z, this.fields[b]] = [rowsOf(z), z.values];
    const { colors } = this;
    if (z && colors && trace.type === "heatmap") [patch.zmin, patch.zmax] = [colors.lo, colors.hi];
    return patch;
  }

  /** What lies beyond the axis's range stands at its edge as an arrow, with its value to hover. */
  pin(values, trace) {
    const [low, high] = this.axis(trace, "x").range;
    const at = (value) => (value === null ? null : Math.min(Math.max(value, low), high));
    const symbol = (value) => (value === null || at(value) === value ? trace.marker.symbol
      : `triangle-${value < low ? "left" : "right"}-open`);
    return { x: values.map(at), customdata: values, marker: { symbol: values.map(symbol) } };
  }

  /** The whole figure at frame `k` in the current theme, with what the user set. */
  compose(k) {
    const { figure } = this.spec;
    const data = themed(figure.data, this.view.theme.dark);
    const taken = new Set();
    data.forEach((trace, i) => {
      // Plotly looks for a colour bar by a selector made of the uid: no spaces, no signs
      trace.uid = `t${trace.uid ?? trace.name ?? i}`.replace(/[^\w-]+/g, "-");
      if (taken.has(trace.uid)) trace.uid += `-${i}`;
      taken.add(trace.uid);
      if (this.view.hidden.has(groupOf(trace))) trace.visible = false;
    });
    [this.drawn, this.fields, this.empty] = [[], [], k < 0];
    if (k >= 0) {
      this.spec.binds.forEach((bind, b) => merge(data[bind.trace], this.patch(b, k)));
    }
    const layout = themed(figure.layout ?? {}, this.view.theme.dark);
    layout.template ??= this.view.theme.template;
    layout.uirevision ??= this.spec.id;
    layout.showlegend = false; // the view has one legend for all its charts
    layout.height = this.spec.height;
    this.plot.style.height = `${layout.height}px`;
    const names = Object.keys(layout).concat("xaxis", "yaxis");
    for (const name of new Set(names.filter((other) => /^[xy]axis\d*$/.test(other)))) {
      const axis = (layout[name] ??= {});
      const range = this.zoomed.has(name) ? this.plot._fullLayout[name].range : this.rangeOf(name);
      if (range) [axis.range, axis.autorange] = [[...range], false];
      if (axis.type === "log" && !axis.tickvals) Object.assign(axis, logTicks(range ?? axis.range));
      if (k < 0 && !axis.range) axis.showticklabels = false; // no numbers before the data's
    }
    return [data, layout, {
      displaylogo: false, responsive: true, doubleClick: false, scrollZoom: false,
      modeBarButtonsToRemove: ["autoScale2d", "resetScale2d", "select2d", "lasso2d"],
      modeBarButtonsToAdd: [{ name: "home", title: "Reset the axes",
        icon: this.view.Plotly.Icons.home, click: () => this.unzoom() }],
    }];
  }

  outgrown() {
    if (!this.dirty) return false;
    return Object.keys(this.ranges).some((name) => {
      const before = this.shown[name]?.join();
      return this.rangeOf(name) && !this.zoomed.has(name) && this.shown[name].join() !== before;
    });
  }

  unzoom() {
    this.zoomed.clear();
    this.whole = true;
    this.view.wake();
  }

  /**
   * Brings frame `k` on screen; returns whether there is something left to do. What takes
   * long, a full drawing or a new landscape, it does only where it may.
   */
  paint(k, now, mayBeSlow) {
    const { Plotly } = this.view;
    // A full drawing replaces what the pointer holds: a chart rests while it is pressed.
    if (this.busy || this.pressed) return true;
    if (k >= 0 && !this.binds) return false; // it names what is not there, and has said so
    // A light update cannot move an axis: Plotly would place the labels where the margins
    // will be, and leave the plot where it was.
    if (this.outgrown()) this.whole = true;
    if (this.whole || !this.plot.data) {
      if (!mayBeSlow) return true;
      const first = !this.plot.data;
      this.view.wholes += 1;
      [this.whole, this.dirty, this.current] = [false, false, k];
      if (k >= 0) this.onScreen = this.run;
      Plotly.react(this.plot, ...this.compose(k));
      if (first) this.listenForZoom();
      return false;
    }
    if (k < 0 || (k === this.current && !this.dirty)) return false;
    if (!mayBeSlow && this.onScreen !== this.run && this.hasNewField(k)) return true;
    this.onScreen = this.run;
    const heavyDue = now - this.heavyAt >= HEAVY_MS;
    const light = { traces: [], data: [] };
    let late = false;
    this.spec.binds.forEach((bind, b) => {
      const field = isField(this.spec.figure.data[bind.trace]);
      if (field && !heavyDue) {
        late ||= bind.z && this.run.frames[k].arrays[bind.z.array]?.values !== this.drawn[b]?.[2];
        return;
      }
      const patch = this.patch(b, k);
      if (!patch) return;
      if (!field) {
        light.traces.push(bind.trace);
        light.data.push(patch);
        return;
      }
      this.heavyAt = now;
      const boxed = Object.fromEntries(Object.entries(patch).map(([name, value]) =>
        [name, Array.isArray(value) ? [value] : value]));
      Plotly.restyle(this.plot, boxed, [bind.trace]);
    });
    if (light.traces.length) this.animate(light);
    [this.current, this.dirty] = [k, late];
    return late;
  }

  hasNewField(k) {
    return this.spec.binds.some((bind, b) => {
      const values = bind.z && this.run.frames[k].arrays[bind.z.array]?.values;
      return values && !sameValues(values, this.fields[b]);
    });
  }

  /**
   * The light update: less than half the price of `update` or `react`. It draws in an
   * animation frame of its own; until then the chart is busy, so that nothing can overtake.
   */
  animate({ traces, data }) {
    const how = { mode: "immediate", transition: { duration: 0 },
      frame: { duration: 0, redraw: false } };
    const done = () => (this.busy = false);
    this.busy = true;
    this.view.Plotly.animate(this.plot, { traces, data }, how).then(done, done);
  }

  /**
   * Plotly's light update (`animate` without redraw) throws away heatmaps and contours that
   * are not part of it. So after each full drawing they move to a group of their own beside
   * their layer, where they stay as a picture until the next full drawing.
   */
  keepFields() {
    const shown = this.plot._fullData.some((trace) => isField(trace) && trace.visible === true);
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

  listenForZoom() {
    if (this.spec.figure.data.some(isField)) {
      this.keepFields();
      this.plot.on("plotly_afterplot", () => this.keepFields());
    }
    this.plot.on("plotly_relayout", (change) => {
      for (const key of Object.keys(change)) {
        // Only a user's drag names the two ends; our own changes name the range.
        const [, name] = /^([xy]axis\d*)\.range\[/.exec(key) ?? [];
        if (name) this.zoomed.add(name);
      }
    });
    this.plot.on("plotly_doubleclick", () => this.unzoom());
  }

  /** Reports clicks anywhere inside the axes: Plotly's own event needs a point to hit. */
  listenForClicks() {
    let last = 0;
    this.plot.addEventListener("pointerdown", (event) => (this.pressed = event), true);
    this.onUp = (event) => {
      const from = this.pressed;
      this.pressed = null;
      if (from) this.view.wake();
      if (!from || !this.spec.clickable || event.button || from.target.closest?.(".modebar")) return;
      if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > 4) return;
      const area = this.plot.querySelector(".nsewdrag")?.getBoundingClientRect();
      const x = event.clientX - area?.left, y = event.clientY - area?.top;
      if (!(x >= 0 && y >= 0 && x <= area.width && y <= area.height)) return;
      if (event.timeStamp - last < 350) return; // the second half of a double click
      last = event.timeStamp;
      const { xaxis, yaxis } = this.plot._fullLayout;
      this.view.click({ chart: this.spec.id, x: xaxis.p2d(x), y: yaxis.p2d(y) });
    };
    this.onCancel = () => (this.pressed = null);
    window.addEventListener("pointerup", this.onUp, true);
    window.addEventListener("pointercancel", this.onCancel, true);
  }

  /** Puts the current finding into words. */
  say(k, now) {
    this.saidAt = now;
    if (k < 0 || this.run !== this.view.run) return;
    const found = [];
    this.spec.binds.forEach((bind, b) => {
      const { name = "", visible } = this.plot.data?.[bind.trace] ?? {};
      if (bind.mode !== "series" || visible === false) return;
      const { x, y } = this.caches[b];
      const where = bind.x ? `at (${short(x[k])}, ${short(y[k])})` : short(y[k]);
      found.push([y[k] ?? Infinity, `${name} ${where}`]);
    });
    found.sort((a, b) => a[0] - b[0]);
    const list = found.map(([, words]) => words).join(", ");
    this.text.textContent = `${this.spec.alt} At ${this.view.data.step} ${this.run.frames[k].step}${list && ": "}${list}.`;
  }

  remove() {
    window.removeEventListener("pointerup", this.onUp, true);
    window.removeEventListener("pointercancel", this.onCancel, true);
    this.view.Plotly?.purge(this.plot);
    this.box.remove();
  }
}

/** A copy in which every "light-dark(a, b)" has become a or b. */
function themed(value, dark) {
  if (typeof value === "string" && value.startsWith("light-dark(")) {
    return value.slice(11, -1).split(/,(?![^(]*\))/)[dark ? 1 : 0].trim();
  }
  if (Array.isArray(value)) return value.map((item) => themed(item, dark));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, dark)]));
}

/** The app's theme from Streamlit's CSS variables, as a Plotly template. */
function readTheme(element) {
  const style = getComputedStyle(element);
  const read = (name, other) => style.getPropertyValue(`--st-${name}`).trim() || other;
  const background = read("background-color", "#ffffff"), text = read("text-color", "#31333f");
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = background;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
  const dark = 0.3 * r + 0.59 * g + 0.11 * b < 128;
  const line = dark ? "rgba(255, 255, 255, 0.16)" : "rgba(0, 0, 0, 0.12)";
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, ticks: "",
    title: { font: { size: 15 }, standoff: 8 }, exponentformat: "power" };
  return { dark, key: `${background} ${text}`, template: { layout: {
    font: { color: text, family: read("font", "sans-serif"), size: 14 },
    paper_bgcolor: "rgba(0, 0, 0, 0)", plot_bgcolor: "rgba(0, 0, 0, 0)",
    xaxis: axis, yaxis: axis, margin: { l: 10, r: 10, t: 10, b: 10 },
    hoverlabel: { font: { size: 14 } }, hovermode: "closest", dragmode: "zoom",
    modebar: { bgcolor: "rgba(0, 0, 0, 0)", color: text, activecolor: text, orientation: "v" },
  } } };
}

// ------------------------------------------------------------------------ the whole view

const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
const DASHES = { dash: "7 4", dot: "3 3", dashdot: "7 3 3 3", longdash: "11 4" };
const PLAY = icon("M7 4v16l13-8z"), PAUSE = icon("M6 4h4v16H6zm8 0h4v16h-4z");
const BAR = `
  <div class="lv-legend" role="group" aria-label="Legend: press to hide or show"></div>
  <div class="lv-charts"></div>
  <div class="lv-foot"><p class="lv-alert" role="alert"></p>
  <div class="lv-bar" role="group" aria-label="Playback">
    <button type="button" data-do="toggle" aria-label="Pause"></button>
    <button type="button" data-do="back" aria-label="One frame back">${icon("M17 5v14l-9-7zM5 5h2v14H5z")}</button>
    <button type="button" data-do="forward" aria-label="One frame forward">${icon("M7 5v14l9-7zM17 5h2v14h-2z")}</button>
    <input type="range" min="0" value="0" step="1" aria-label="Frame">
    <button type="button" data-do="latest" aria-label="Jump to the newest frame">${icon("M4 5v14l7-7zM11 5v14l7-7zM18 5h2v14h-2z")}</button>
    <select aria-label="Speed">${[0.25, 0.5, 1, 2, 4].map((s) =>
      `<option value="${s}"${s === 1 ? " selected" : ""}>${s}×</option>`).join("")}</select>
    <span class="lv-where"></span>
    <button type="button" class="lv-text" data-do="stop">Stop</button>
    <button type="button" class="lv-text" data-do="restart">Run again</button>
  </div></div>
  <ul class="lv-notes" role="status"></ul>`;

class View {
  charts = new Map();
  hidden = new Set(); // legend groups that the user hid, in all charts
  run = null;
  head = 0; // the playhead, in frames
  speed = 1;
  playing = true;
  clicks = 0;
  live = { frames: 0, current: -1, state: "", token: "", painted: "", draws: 0, cost: 0 };

  constructor(parent) {
    this.root = document.createElement("section");
    this.root.className = "lv";
    this.root.tabIndex = 0;
    this.root.setAttribute("aria-label", "Live view");
    this.root.innerHTML = BAR;
    this.root.__live = this.live;
    parent.append(this.root);
    const part = (selector) => this.root.querySelector(selector);
    [this.legend, this.grid, this.range, this.where, this.alert, this.notes] =
      [".lv-legend", ".lv-charts", "input", ".lv-where", ".lv-alert", ".lv-notes"].map(part);
    this.legend.addEventListener("click", (event) => this.toggleGroup(event.target.closest("button")));
    this.legend.addEventListener("dblclick", (event) => this.isolate(event.target.closest("button")));
    this.buttons = Object.fromEntries([...this.root.querySelectorAll("[data-do]")]
      .map((button) => [button.dataset.do, button]));
    this.root.addEventListener("click", (event) => {
      const action = event.target.closest("[data-do]")?.dataset.do;
      if (action) this[action]();
    });
    this.range.addEventListener("input", () => this.seek(this.range.valueAsNumber));
    part("select").addEventListener("change", (event) => (this.speed = Number(event.target.value)));
    this.root.addEventListener("keydown", (event) => this.key(event));
    // A click on a chart gives the keys to the view; Plotly keeps the browser from doing it.
    this.grid.addEventListener("pointerdown", () => this.root.focus({ preventScroll: true }), true);
    this.watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        this.charts.get(target.dataset.chart).visible = isIntersecting;
      }
      this.wake();
    }, { rootMargin: "100px" });
    this.sizes = new ResizeObserver(() => this.wake((this.resized = true)));
    this.sizes.observe(this.grid);
  }

  /** Whether Streamlit's page is still on its way. */
  get alone() {
    return !this.setTriggerValue;
  }

  /** New data from the script, or a new theme. */
  update(data, setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    const theme = readTheme(this.root);
    if (theme.key !== this.theme?.key) {
      this.theme = theme;
      for (const chart of this.charts.values()) chart.whole = true;
      if (this.data) this.drawLegend();
    }
    this.data = data;
    if (data.token !== this.run?.token) this.open();
    else if (this.run.frames.length || !this.live.painted) this.arrange();
    if (!this.alone) this.stage().then(() => loadPlotly(data.plotly)).then((Plotly) => {
      this.Plotly = Plotly;
      this.wake();
    }, () => this.alarm("Plotly could not be loaded: the charts cannot be drawn."));
    this.wake();
  }

  /** Resolves when a stage, which needs no Plotly, was seen: reading that stops everything for
   * most of a second. Soon in any case, since the charts do need it. */
  stage() {
    const staged = this.data.charts.some((spec) => spec.stage);
    if (window.Plotly || this.staged || !staged) return Promise.resolve();
    return new Promise((resolve) => {
      this.onStaged = resolve;
      setTimeout(resolve, STAGE_MS);
    });
  }

  stageSeen() {
    this.staged = true;
    this.onStaged?.();
  }

  /** Into Streamlit's page, which has a hold on the run. */
  move(parent, token) {
    const { run } = this, had = run.frames.at(-1).step;
    parent.append(this.root);
    // From its first message on: the hold may have none yet, and may end so.
    Object.assign(run, { token, had, received: 0, opened: performance.now() });
    this.follow();
  }

  /** Leaves the old run at once and follows the one that the data names. */
  open() {
    const old = this.run, run = (this.run = new Run(this.data.token, this.data));
    old?.abort.abort();
    run.beginAs(old);
    // What both have is not shown again: the picture goes on from there.
    const head = Math.max(0, Math.min(this.head, run.last));
    [this.head, this.playing, this.fault] = [head, true, undefined];
    // Else the old picture stays, dimmed, until there is a frame to put in its place.
    if (run.frames.length || !this.live.painted) this.arrange();
    else for (const { box } of this.charts.values()) box.classList.add("lv-stale");
    if (!this.alone) this.follow();
    this.controls();
  }

  follow() {
    const { run } = this;
    run.follow(this.data.base, () => run === this.run && this.arrived(run));
  }

  /** Brings the charts in line with the data: same id, same element. */
  arrange() {
    this.arranged = this.run;
    const ids = new Set(this.data.charts.map((spec) => spec.id));
    for (const [id, chart] of this.charts) {
      if (!ids.has(id)) {
        chart.remove();
        this.charts.delete(id);
      }
    }
    this.data.charts.forEach((spec, i) => {
      let chart = this.charts.get(spec.id);
      if (!chart) {
        const kind = STAGES[spec.stage?.kind] ?? Chart;
        this.charts.set(spec.id, (chart = new kind(this, spec)));
        this.watcher.observe(chart.box);
      }
      if (this.grid.children[i] !== chart.box) this.grid.insertBefore(chart.box, this.grid.children[i] ?? null);
      this.guard(() => chart.describe(spec, this.run));
    });
    this.drawLegend();
  }

  /** One legend for all charts: an entry per legend group, drawn as its first line is. */
  drawLegend() {
    const entries = new Map();
    for (const trace of this.data.charts.flatMap((spec) => spec.figure.data)) {
      const group = groupOf(trace), line = { ...trace.marker, ...trace.line };
      if (group && line.color && !entries.has(group) && trace.showlegend !== false) {
        entries.set(group, { ...line, color: themed(line.color, this.theme.dark) });
      }
    }
    this.legend.replaceChildren(...Array.from(entries, ([group, { color, dash }]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.group = group;
      button.setAttribute("aria-pressed", !this.hidden.has(group));
      button.title = "Press: hide or show. Press twice: only this one, or all.";
      button.innerHTML = `<svg viewBox="0 0 30 8" aria-hidden="true"><line x1="0" x2="30" y1="4" y2="4"
        stroke="${color}" stroke-width="3" stroke-dasharray="${DASHES[dash] ?? ""}"/></svg>`;
      button.append(group);
      return button;
    }));
  }

  toggleGroup(button) {
    if (!button) return;
    const { group } = button.dataset;
    if (!this.hidden.delete(group)) this.hidden.add(group);
    this.relegend();
  }

  /** The two clicks of a double click have cancelled each other out. */
  isolate(button) {
    if (!button) return;
    const others = [...this.legend.children].map((other) => other.dataset.group)
      .filter((group) => group !== button.dataset.group);
    const alone = others.every((group) => this.hidden.has(group));
    this.hidden = new Set(alone ? [] : others);
    this.relegend();
  }

  relegend() {
    for (const button of this.legend.children) {
      button.setAttribute("aria-pressed", !this.hidden.has(button.dataset.group));
    }
    for (const chart of this.charts.values()) chart.whole = true;
    this.wake();
  }

  arrived(run) {
    if (run.frames.length) {
      if (this.arranged !== run) this.arrange(); // the new run's figures come with its frames
      for (const chart of this.charts.values()) this.guard(() => chart.catchUp());
    }
    this.wake();
  }

  guard(work) {
    try {
      work();
    } catch (error) {
      this.alarm(error.message);
    }
  }

  alarm(text) {
    this.fault = text;
    this.controls();
  }

  /** Asks for the next animation frame, unless one is on its way or nobody looks. */
  wake() {
    if (this.raf) return;
    this.then = performance.now();
    this.raf = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.raf = 0;
    if (this.drew) this.live.cost += performance.now() - now; // Plotly's part of it, just done
    this.drew = false;
    const { run } = this, { last } = run;
    const moving = this.Plotly && this.playing && this.head < last;
    if (moving) {
      const elapsed = Math.min(Math.max(now - this.then, 0), 100) / 1000;
      this.head = Math.min(this.head + elapsed * FPS * this.speed, last);
    }
    if (this.playing && run.end && this.head >= last) this.playing = false;
    let more = moving && this.head < last;
    // A slow machine draws less often, so that it still answers to clicks.
    if (now - (this.drawnAt ?? 0) >= Math.max(1000 / FPS - 4, 1.5 * this.live.cost)) {
      more = this.drawAll(now) || more;
    } else more = true;
    if (more || this.drew) this.wake();
  }

  drawAll(now) {
    const { run, Plotly } = this, k = Math.min(Math.floor(this.head), run.last);
    if (!Plotly) return this.controls();
    // Empty axes cost as much as full ones, and a frame that is on its way would wait for them.
    if (k < 0 && (this.live.painted || now - run.opened < PATIENCE_MS)) {
      this.controls();
      return !this.live.painted;
    }
    const began = performance.now(), draws = this.live.draws;
    if (this.resized) this.fit();
    let late = false, fresh = false;
    const slow = [];
    this.wholes = 0;
    for (const chart of this.charts.values()) {
      const settled = chart.onScreen === run;
      if (chart.visible && this.show(chart, k, now, settled && !this.wholes)) {
        late = true;
        if (!settled && !chart.busy && !chart.pressed) slow.push(chart);
      }
      fresh ||= !settled && chart.onScreen === run;
      const quiet = !this.playing || now - chart.saidAt > 3000;
      if (quiet && chart.said !== `${k} ${run.token}`) {
        chart.said = `${k} ${run.token}`;
        chart.say(k, now);
      }
    }
    // A new run shows at once what is cheap to draw, then one slow chart after the other.
    const next = slow.find((chart) => !chart.spec.figure.data.some(isField)) ?? slow[0];
    if (next && !fresh) this.show(next, k, now, true);
    if ([...this.charts.values()].some((chart) => chart.onScreen === run)) {
      if (this.live.current !== k || this.live.painted !== run.token) this.live.draws += 1;
      [this.live.current, this.live.painted] = [k, run.token];
    }
    if ((this.drew = draws !== this.live.draws)) this.live.cost = performance.now() - began;
    // A full drawing is rare, and says nothing about the price of the next frame.
    this.drawnAt = this.wholes ? 0 : now;
    this.controls();
    return late;
  }

  /** Paints one chart; returns whether there is something left to do. */
  show(chart, k, now, mayBeSlow) {
    let late = false;
    this.guard(() => (late = chart.paint(k, now, mayBeSlow)));
    if (chart.onScreen === this.run) chart.box.classList.remove("lv-stale");
    return late;
  }

  /** Charts follow the width of the view, which changes without the window (sidebar). */
  fit() {
    this.resized = false;
    for (const chart of this.charts.values()) {
      const { plot } = chart;
      if (!plot.data || Math.abs(plot._fullLayout.width - plot.clientWidth) <= 1) continue;
      this.Plotly.Plots.resize(plot);
    }
  }

  // ------------------------------------------------------------------------- transport

  /** Everything around the charts, from the run's state. */
  controls() {
    const { run, live } = this, { state, total } = run;
    const k = Math.min(Math.floor(this.head), run.last), frame = run.frames[k];
    Object.assign(live, { frames: run.frames.length, state, token: run.token });
    Object.assign(this.root.dataset, { state, frame: live.current, token: run.token });
    const queued = run.place ? `waiting: number ${run.place} in the queue` : "";
    const words = {
      waiting: queued || "waiting for the first frame",
      running: run.isBehind ? queued || (run.again ? "training up to here again" : "") : "",
      lost: "connection lost, trying again",
      gone: "this run is not on the server any more: press Run again",
    }[state];
    // A run that was there at once was computed before: when it came says nothing.
    const before = run.end && run.frames.at(-1)?.at < 150;
    const seconds = frame && !before ? ` · ${(frame.at / 1000).toFixed(1)} s` : "";
    const place = frame && `${this.data.step} ${frame.step} · frame ${k + 1} of ${total}${seconds}`;
    put(this.where, [place, words].filter(Boolean).join(" · "));
    this.range.max = Math.max(total - 1, 1);
    if (this.range.valueAsNumber !== Math.max(k, 0)) this.range.value = Math.max(k, 0);
    this.range.setAttribute("aria-valuetext", frame ? `frame ${k + 1} of ${total}, ${this.data.step} ${frame.step}` : words);
    this.range.style.setProperty("--got", `${(100 * Math.max(run.last, 0)) / Math.max(total - 1, 1)}%`);
    this.range.style.setProperty("--at", `${(100 * Math.max(k, 0)) / Math.max(total - 1, 1)}%`);
    const { toggle, stop, restart } = this.buttons;
    if (toggle.dataset.playing !== String(this.playing)) {
      toggle.dataset.playing = this.playing;
      toggle.innerHTML = this.playing ? PAUSE : PLAY;
      toggle.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    }
    stop.hidden = run.end !== null || state === "gone" || this.alone;
    restart.hidden = !["failed", "stopped", "gone"].includes(state);
    put(this.alert, this.fault ?? (state === "failed" ? `The run failed: ${this.words(run.end.error)}` : ""));
    const said = run.notes.filter((note) => note.index <= k).reverse();
    const lines = said.slice(0, 6).map(({ note }) => this.words(note));
    if (said.length > 6) lines.push(`and ${said.length - 6} more`);
    if (this.listed !== lines.join("\n")) {
      this.listed = lines.join("\n");
      this.notes.replaceChildren(...lines.map((line) =>
        Object.assign(document.createElement("li"), { textContent: line })));
    }
  }

  /** A note or an error of the run, in the page's language. */
  words(said) {
    return phrase(said, this.data.words);
  }

  toggle() {
    if (!this.playing && this.run.end && this.head >= this.run.last) this.head = 0;
    this.playing = !this.playing;
    this.wake();
  }

  seek(index) {
    this.playing = false;
    this.head = Math.max(0, Math.min(index, this.run.last));
    this.wake();
  }

  back() {
    this.seek(Math.floor(this.head) - 1);
  }

  forward() {
    this.seek(Math.floor(this.head) + 1);
  }

  latest() {
    [this.head, this.playing] = [Math.max(this.run.last, 0), !this.run.end];
    this.wake();
  }

  async post(action) {
    const response = await fetch(`${this.data.base}${this.run.token}/${action}`, { method: "POST" })
      .catch(() => null);
    if (response?.status === 404) this.run.trouble = "gone";
    else if (!response?.ok) this.alarm(`The server did not answer to "${action}".`);
    this.wake();
    return response?.ok;
  }

  stop() {
    this.post("stop");
  }

  async restart() {
    if (this.run.trouble !== "gone" && await this.post("restart")) return this.open();
    // Only the page's script can make another run in the place of one that was forgotten.
    if (this.run.trouble === "gone") this.setTriggerValue("again", ++this.clicks);
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { target, key } = event, native = target.closest("input, select");
    const action = { " ": "toggle", ArrowLeft: "back", ArrowRight: "forward" }[key];
    // Buttons take Space themselves; the range takes the arrows, the select both.
    if (!action || target.tagName === "SELECT" || (key === " " && target.closest("button"))) return;
    if (native && key !== " ") return;
    event.preventDefault();
    this[action]();
  }

  click(value) {
    this.setTriggerValue?.("click", { ...value, n: ++this.clicks });
  }

  destroy(parent) {
    this.run.abort.abort();
    cancelAnimationFrame(this.raf);
    this.watcher.disconnect();
    this.sizes.disconnect();
    for (const chart of this.charts.values()) chart.remove();
    delete parent.liveView;
  }
}

// ------------------------------------------------------------------------------- claims

class Claims {
  rows = new Map(); // by name: a claim's row, which keeps its verdict from rerun to rerun

  constructor(parent) {
    this.list = document.createElement("ul");
    this.list.className = "lv-claims";
    parent.append(this.list);
  }

  update(data) {
    this.data = data;
    this.list.replaceChildren(...data.claims.map((claim) => {
      if (!this.rows.has(claim.name)) this.rows.set(claim.name, this.row(claim));
      return this.rows.get(claim.name);
    }));
  }

  row(claim) {
    const { seeds } = this.data, row = document.createElement("li");
    row.innerHTML = `<div><span></span> <cite></cite><p role="status"></p></div>
      <button type="button" title="Trains it on ${seeds.n} other seeds and counts.">Check now</button>`;
    put(row.querySelector("span"), claim.sentence);
    put(row.querySelector("cite"), claim.source && `(${claim.source})`);
    const button = row.querySelector("button");
    button.setAttribute("aria-label", `Check now: ${claim.sentence}`);
    let first = seeds.first;
    button.addEventListener("click", async () => {
      button.disabled = true;
      const verdict = await this.check(claim, first, (text) => this.say(row, text));
      this.say(row, verdict.text, verdict.kind);
      button.disabled = false;
      first = verdict.next > seeds.last ? seeds.first : verdict.next;
    });
    return row;
  }

  say(row, text, kind = "") {
    const verdict = row.querySelector("p");
    verdict.className = kind;
    put(verdict, text);
  }

  /** Other seeds at each click: none of them chose the settings. */
  async check(claim, first, say) {
    const { base, token } = this.data;
    say("training …");
    const failed = (text) => ({ text, kind: "lv-no", next: first });
    const url = `${base}${token}/check/${claim.name}?first_seed=${first}`;
    const response = await fetch(url, { method: "POST" }).catch(() => null);
    if (!response?.ok) return failed("The server did not answer: move a control or reload the page.");
    const run = new Run((await response.json()).token);
    await run.follow(base, () => run.trouble === "lost" && say("connection lost, trying again"));
    if (run.state !== "finished") return failed(run.end?.error ? phrase(run.end.error, this.data.words) : "The check was ended.");
    const held = Array.from(run.frames.at(-1).arrays.held.values);
    const n = held.length, right = held.filter(Boolean).length;
    const kind = right >= claim.share * n - 1e-9 ? "lv-yes" : "lv-no";
    const text = n === 1
      ? `${right ? "held" : "did not hold"}, now (nothing in it is random)`
      : `held in ${right} of ${n} seeds, now (seeds ${first} to ${first + n - 1})`;
    return { text, kind, next: first + n };
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A sentence from its key and values. A value that is a key itself, of its placeholder, is put
 * into words as well: "rule.adam" for the "adam" of a {rule}.
 */
export function phrase(said, words) {
  if (typeof said === "string") return said;
  const [key, values = {}] = said;
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (placeholder, name) => {
    const value = values[name] ?? placeholder;
    return words[`${name}.${value}`] ?? String(value);
  });
}

/** Plotly once per document: the page's head asks for it; here, where it did not. */
function loadPlotly(src) {
  return (window.__livePlotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    let script = document.querySelector(`script[src="${src}"]`);
    if (!script) {
      script = document.createElement("script");
      script.src = src;
      document.head.append(script);
    }
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      delete window.__livePlotly;
      reject(new Error(src));
    };
  }));
}
