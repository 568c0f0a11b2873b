// @ts-check
// One run as this browser knows it: everything received, and how the stream fares.

import { RUNS } from "./addresses.js";
import { Parser, unpack } from "./frames.js";

/**
 * @import { Arrays, Header, Said } from "./frames.js"
 *
 * @typedef {object} Frame
 * @property {number} step
 * @property {Arrays} arrays complete: what a frame leaves out is the last one's
 * @property {number} at milliseconds after the run was opened
 *
 * @typedef {{run: string, step: number}} Fork says that a run begins as another one, up to a step
 */

const FIRST_WAIT_MS = 500; // before a broken stream is opened again, doubled each time
const LAST_WAIT_MS = 4000;

export class Run {
  /** @type {Frame[]} */
  frames = [];
  /** @type {{index: number, note: Said | string}[]} */
  notes = [];
  /** @type {Partial<Header>} */
  start = {};
  /** @type {Header | null} */
  end = null;
  /** @type {"" | "lost" | "gone"} */
  trouble = "";
  received = 0; // messages
  place = 0; // in the queue, from 1 on
  opened = performance.now();
  abort = new AbortController();
  had = -Infinity; // the last step that was there before the stream
  again = false; // whether that was shown as another run

  /**
   * @param {string} token
   * @param {object} [more]
   * @param {string} [more.messages] the first ones, which the document brought along (base 64)
   * @param {Fork | null} [more.fork]
   */
  constructor(token, { messages = "", fork = null } = {}) {
    this.token = token;
    this.fork = fork;
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
   * Takes over what is the same in another run, of which it is a fork, or the other way round.
   *
   * @param {Run | null} other
   */
  beginAs(other) {
    if (other?.origin !== this.origin || !(this.fork || other.fork)) return;
    const until = Math.min(this.fork?.step ?? Infinity, other.fork?.step ?? Infinity);
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
    const { signal } = this.abort;
    while (!this.end && !signal.aborted) {
      try {
        await this.read(() => {
          this.trouble = "";
          wait = FIRST_WAIT_MS;
          changed();
        });
      } catch {
        // as good as a stream that ends too early: it is opened again
      }
      if (this.end || signal.aborted) return;
      if (this.trouble === "gone") return changed();
      this.trouble = "lost";
      changed();
      await new Promise((resume) => setTimeout(resume, wait));
      wait = Math.min(2 * wait, LAST_WAIT_MS);
    }
  }

  /**
   * Reads the stream until it ends, or breaks.
   *
   * @param {() => void} changed
   */
  async read(changed) {
    const { signal } = this.abort;
    const url = `${RUNS}${this.token}?since=${this.received}`;
    const response = await fetch(url, { signal, cache: "no-store" });
    if (response.status === 404) {
      this.trouble = "gone";
      return;
    }
    if (!response.ok || !response.body) throw new Error(response.statusText);
    const reader = response.body.getReader();
    const parser = new Parser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      parser.push(value, (header, body) => this.take(header, body));
      changed();
    }
  }
}
