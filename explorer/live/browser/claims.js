// @ts-check
// A list of claims, each with a button that checks it on other seeds at every click.

import { ask } from "./addresses.js";
import { part, put } from "./panel.js";
import { Run } from "./run.js";
import { phrase } from "./words.js";

/**
 * @import { Words } from "./words.js"
 *
 * @typedef {object} Claim
 * @property {string} name
 * @property {string} sentence
 * @property {string} source
 * @property {number} share of seeds, or of groups, in which it is said to hold
 * @property {number} least how many of a check's answers do not speak against that (`least_held`)
 * @property {"seeds" | "group" | "nothing"} over
 * @property {{held: number, of: number, n: number} | null} studied
 *
 * @typedef {object} Data what the page says (`claims_view` in explorer/live/view.py)
 * @property {string} token any run of the experiment
 * @property {string} server the one that the page talks to
 * @property {Claim[]} claims
 * @property {{n: number, first: number, last: number}} seeds per check, and where they may begin
 * @property {Words} words
 *
 * @typedef {{text: string, kind: string, next: number}} Verdict `next`: the next first seed
 */

export class Claims {
  /** @type {Map<string, HTMLElement>} */
  rows = new Map(); // by name: a claim's row, which keeps its verdict from rerun to rerun

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   */
  constructor(parent, data) {
    this.data = data;
    this.list = document.createElement("ul");
    this.list.className = "lv-claims";
    parent.append(this.list);
  }

  /** @param {Data} data */
  update(data) {
    this.data = data;
    const rows = data.claims.map((claim) => {
      const row = this.rows.get(claim.name) ?? this.row(claim);
      this.rows.set(claim.name, row);
      return row;
    });
    const { children } = this.list;
    const same = rows.length === children.length && rows.every((row, i) => row === children[i]);
    if (!same) this.list.replaceChildren(...rows); // moving a row takes the focus from its button
  }

  /** @param {Claim} claim */
  row(claim) {
    const { seeds } = this.data;
    const row = document.createElement("li");
    row.innerHTML = `<div><span></span> <cite></cite> <small></small><p role="status"></p></div>
      <button type="button"></button>`;
    put(part(row, "span", HTMLElement), claim.sentence);
    put(part(row, "cite", HTMLElement), claim.source && `(${claim.source})`);
    const { studied } = claim;
    put(part(row, "small", HTMLElement),
      studied ? this.word(`claims.studied.${claim.over}`, { ...studied }) : "");
    const button = part(row, "button", HTMLButtonElement);
    put(button, this.word("claims.check"));
    button.title = this.word("claims.hint", { n: seeds.n });
    button.setAttribute("aria-label", this.word("claims.label", { sentence: claim.sentence }));
    let first = seeds.first;
    button.addEventListener("click", async () => {
      button.disabled = true;
      const verdict = await this.check(claim, first, (text) => say(row, text));
      say(row, verdict.text, verdict.kind);
      button.disabled = false;
      first = verdict.next > seeds.last ? seeds.first : verdict.next;
    });
    return row;
  }

  /**
   * Other seeds at each click: none of them chose the settings.
   *
   * @param {Claim} claim
   * @param {number} first
   * @param {(text: string) => void} tell
   * @returns {Promise<Verdict>}
   */
  async check(claim, first, tell) {
    const { token, server } = this.data;
    tell(this.word("claims.training"));
    /** @type {(text: string) => Verdict} */
    const failed = (text) => ({ text, kind: "lv-no", next: first });
    const response = await ask(`${token}/check/${claim.name}?first_seed=${first}`, server, "POST");
    if (!response?.ok) return failed(this.word("claims.no_answer"));
    const run = new Run((await response.json()).token, { server });
    await run.follow(() => {
      if (run.trouble === "lost") tell(this.word("run.lost"));
    });
    if (run.state === "finished") return this.verdict(claim, run, first);
    return failed(run.end?.error ? phrase(run.end.error, this.data.words) : this.word("claims.ended"));
  }

  /**
   * @param {Claim} claim
   * @param {Run} run
   * @param {number} first
   * @returns {Verdict}
   */
  verdict(claim, run, first) {
    const held = Array.from(run.frames[run.last].arrays.held.values);
    const n = held.length;
    const right = held.filter(Boolean).length;
    const last = first + this.data.seeds.n - 1;
    const need = needs(claim, n);
    // Between the two too few held for the share, and too many to speak against it
    const kind = right < claim.least ? "no" : right >= need ? "yes" : "open";
    const how = claim.over === "seeds"
      ? this.word("claims.held_in", { right, n, first, last, need })
      : this.word(`claims.${right ? "held" : "did_not_hold"}.${claim.over}`, { first, last });
    return { text: this.word(`claims.${kind}`, { how }), kind: `lv-${kind}`, next: last + 1 };
  }

  /**
   * @param {string} key
   * @param {Record<string, unknown>} [values]
   */
  word(key, values) {
    return phrase([key, values], this.data.words);
  }
}

/**
 * How many answers of a check make up the claim's share.
 *
 * @param {Claim} claim
 * @param {number} n
 */
const needs = ({ share }, n) => Math.ceil(share * n - 1e-9);

/**
 * @param {HTMLElement} row
 * @param {string} text
 * @param {string} kind
 */
function say(row, text, kind = "") {
  const verdict = part(row, "p", HTMLElement);
  verdict.className = kind;
  put(verdict, text);
}
