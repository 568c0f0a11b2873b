// @ts-check
// One run as this browser knows it: everything received, and how the stream fares.

import { isElsewhere, RUNS, TRIES } from "./addresses.js";
import { Parser, unpack } from "./frames.js";

/**
 * @import { Arrays, Header, Said } from "./frames.js"
 *
 * @typedef {object} Frame
 * @property {number} step
 * @property {Arrays} arrays complete: what a frame leaves out is the last one's
 * @property {number} at milliseconds after the run was opened
 *
 * @typedef {[step: number, what: string]} Change
 * @typedef {{run: string, changes: Change[]}} Fork says of which run it is an end, and what changes
 */

const FIRST_WAIT_MS = 500; // before a broken stream is opened again, doubled each time
const LAST_WAIT_MS = 4000;
const FIRST_BYTE_MS = 4000; // the server sends some at once: who has none by then gets them late
const SILENCE_MS = 60000; // a stream that says nothing for so long is dead
const PACE_MS = 1000; // after so long it is known how fast frames come
const ASK_MS = 500; // between two questions for what is new

/** Whether a proxy or a virus scanner holds streams back until they end: then frames are asked for.
 * It is the same for all runs of a document. */
let heldBack = false;

/**
 * The step from which two runs differ.
 *
 * @param {Change[]} a
 * @param {Change[]} b
 */
export function parting(a, b) {
  const i = a.findIndex((change, k) => String(change) !== String(b[k]));
  const k = i < 0 ? a.length : i;
  return Math.min(a[k]?.[0] ?? Infinity, b[k]?.[0] ?? Infinity);
}

export class Run {
  /** @type {Frame[]} */
  frames = [];
  /** @type {{index: number, note: Said}[]} */
  notes = [];
  /** @type {Partial<Header>} */
  start = {};
  /** @type {Header | null} */
  end = null;
  /** @type {"" | "lost" | "gone" | "elsewhere"} */
  trouble = "";
  received = 0; // messages
  place = 0; // in the queue, from 1 on
  opened = performance.now();
  abort = new AbortController();
  isFollowed = false; // whether somebody reads its stream to the end
  had = -Infinity; // the last step that was there before the stream
  again = false; // whether that was shown as another run

  /**
   * @param {string} token
   * @param {object} [more]
   * @param {string | Uint8Array} [more.messages] those that the document brought along, as bytes
   *   or in base 64
   * @param {Fork | null} [more.fork]
   * @param {string} [more.server] the one that has it
   */
  constructor(token, { messages = "", fork = null, server = "" } = {}) {
    this.token = token;
    this.server = server;
    this.fork = fork;
    const bytes = typeof messages !== "string" ? messages
      : Uint8Array.from(atob(messages), (letter) => letter.charCodeAt(0));
    new Parser().push(bytes, (header, body) => this.take(header, body));
  }

  get last() {
    return this.frames.length - 1;
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

  /**
   * Takes over what is the same in another run of the same origin.
   *
   * @param {Run | null} other
   */
  beginAs(other) {
    if (!other?.fork || other.fork.run !== this.fork?.run) return;
    const until = parting(this.fork.changes, other.fork.changes);
    if (until === Infinity) return; // the same run, begun anew
    this.frames = other.frames.filter(({ step }) => step < until).map((f) => ({ ...f, at: 0 }));
    this.notes = other.notes.filter(({ index }) => index <= this.last);
    this.start = other.start;
    this.had = this.frames.at(-1)?.step ?? -Infinity;
    this.again = true;
  }

  /**
   * @param {Header} header
   * @param {ArrayBuffer} body
   */
  take(header, body) {
    if (header.type === "queue") {
      this.place = header.place ?? 0;
      return;
    }
    this.received += 1;
    if (header.type === "start") this.start = header;
    else if (header.type === "end") this.end = header;
    else this.add(header, body);
  }

  /**
   * @param {Header} header
   * @param {ArrayBuffer} body
   */
  add({ step = 0, notes = [], ...header }, body) {
    if (step <= this.had) return;
    const arrays = { ...this.frames.at(-1)?.arrays, ...unpack(header, body) };
    this.frames.push({ step, arrays, at: performance.now() - this.opened });
    for (const note of notes) this.notes.push({ index: this.last, note });
  }

  /**
   * Reads the stream to its end, opening it again where it broke.
   *
   * @param {() => void} changed called when there is news
   */
  async follow(changed) {
    let wait = FIRST_WAIT_MS;
    let astray = 0; // how often in a row another server was reached
    const { signal } = this.abort;
    while (!this.end && !signal.aborted) {
      const asks = heldBack;
      const fault = await this.read(() => {
        this.trouble = "";
        wait = FIRST_WAIT_MS;
        changed();
      }).catch(() => /** @type {const} */ ("lost"));
      if (this.end || signal.aborted) return;
      if (asks && !fault) {
        await pause(ASK_MS);
        continue;
      }
      if (heldBack && !asks) continue; // from now on in the other way
      astray = fault === "elsewhere" ? astray + 1 : 0;
      const isGone = fault === "gone" || astray === TRIES;
      // A stream that ends too early is as good as a broken one
      this.trouble = isGone ? "gone" : fault || "lost";
      changed();
      if (isGone) return;
      await pause(astray ? ASK_MS : wait);
      if (astray) continue;
      wait = Math.min(2 * wait, LAST_WAIT_MS);
    }
  }

  /** Tells the server that nobody will look at it any more: others can have the processor. */
  leave() {
    if (RUNS && this.token && !this.end) navigator.sendBeacon(`${RUNS}${this.token}/leave`);
  }

  /** About how many milliseconds it still trains, at the pace of the frames that came; NaN while
   * too little is known. */
  get left() {
    const first = this.frames.find(({ at }) => at > 0);
    const newest = this.frames.at(-1);
    if (!first || !newest || newest.at - first.at < PACE_MS) return NaN;
    const pace = (newest.at - first.at) / (newest.step - first.step);
    return pace * ((this.start.last_step ?? NaN) - newest.step);
  }

  /** Whether its frames come late, and are asked for instead. */
  get isHeldBack() {
    return heldBack;
  }

  /**
   * Reads the stream until it ends, or breaks.
   *
   * @param {() => void} changed
   * @returns {Promise<"" | "lost" | "gone" | "elsewhere">} what went wrong
   */
  async read(changed) {
    const attempt = new AbortController();
    const { signal } = attempt;
    const end = () => attempt.abort();
    this.abort.signal.addEventListener("abort", end);
    let isSilent = true;
    let timer = setTimeout(() => this.doubt(attempt, () => isSilent), FIRST_BYTE_MS);
    try {
      const url = `${RUNS}${this.token}?since=${this.received}${heldBack ? "&now" : ""}`;
      const response = await fetch(url, { signal, cache: "no-store" });
      if (await isElsewhere(response, this.server)) return "elsewhere";
      if (response.status === 404) return "gone";
      if (!response.ok || !response.body) return "lost";
      const reader = response.body.getReader();
      const parser = new Parser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return "";
        isSilent = false;
        clearTimeout(timer);
        timer = setTimeout(end, SILENCE_MS);
        parser.push(value, (header, body) => this.take(header, body));
        changed();
      }
    } finally {
      clearTimeout(timer);
      this.abort.signal.removeEventListener("abort", end);
    }
  }

  /**
   * Nothing has come so far. Either it is held back on the way, or the server is busy: it is asked
   * for what is there, which nobody holds back.
   *
   * @param {AbortController} attempt
   * @param {() => boolean} isSilent
   */
  async doubt(attempt, isSilent) {
    const url = `${RUNS}${this.token}?since=${this.received}&now`;
    const response = await fetch(url, { method: "HEAD", cache: "no-store" }).catch(() => null);
    await pause(ASK_MS); // a server that was busy answers both now
    if (!response?.ok || !isSilent() || attempt.signal.aborted) return;
    heldBack = true;
    attempt.abort();
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
