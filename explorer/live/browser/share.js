// @ts-check
// The address of a moment, for others: copied, as a text, and as a QR code for a hall's phones.

import { ask, codeAddress } from "./addresses.js";
import { longTable } from "./numbers.js";
import { part, put } from "./panel.js";
import { download } from "./picture.js";
import { savedView } from "./saving.js";

/** @import { View } from "./view.js" */

/**
 * The dialog, closed.
 *
 * @param {(key: string) => string} word gives what can stand in HTML
 */
export const sheet = (word) => `
  <dialog class="lv-share" aria-label="${word("transport.share")}">
    <div>
      <img alt="${word("share.code")}">
      <p class="lv-share-fault" role="alert"></p>
      <p class="lv-share-said" role="status"></p>
      <button type="button" data-do="close">${word("share.close")}</button>
      <textarea rows="2" readonly spellcheck="false" translate="no"
        aria-label="${word("share.address")}"></textarea>
      <p class="lv-share-files">${word("share.numbers")}
        <button type="button" data-do="csv">${word("share.csv")}</button>
        <button type="button" data-do="nc">${word("share.netcdf")}</button>
        <button type="button" data-do="json">${word("share.json")}</button>
        <span>${word("share.view")}
          <button type="button" data-do="html"
            title="${word("share.html_hint")}">${word("share.html")}</button></span>
        <span class="lv-share-script">${word("share.rerun")}
          <button type="button" data-do="py" title="${word("share.script_hint")}">${word("share.script")}</button></span>
      </p>
    </div>
  </dialog>`;

export class Share {
  /**
   * @param {View} view whose moment it is
   * @param {HTMLElement} root
   */
  constructor(view, root) {
    this.view = view;
    this.dialog = part(root, ".lv-share", HTMLDialogElement);
    this.code = part(this.dialog, "img", HTMLImageElement);
    this.fault = part(this.dialog, ".lv-share-fault", HTMLElement);
    this.said = part(this.dialog, ".lv-share-said", HTMLElement);
    this.address = part(this.dialog, "textarea", HTMLTextAreaElement);
    /** @type {(name: string, action: () => void) => void} */
    const on = (name, action) =>
      part(this.dialog, `[data-do=${name}]`, HTMLButtonElement).addEventListener("click", action);
    on("close", () => this.close());
    on("csv", () => this.saveNumbers());
    on("nc", () => this.saveFile("nc"));
    on("json", () => this.saveFile("json"));
    on("html", () => this.saveView());
    on("py", () => this.saveScript());
    this.script = part(this.dialog, ".lv-share-script", HTMLElement);
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.close(); // the dark around it: its inside is a child
    });
    this.code.addEventListener("load", () => this.showCode(true));
    this.code.addEventListener("error", () => this.showCode(false));
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Shows the address of this moment, and copies it where the browser lets a page do so. */
  async open() {
    this.address.value = this.view.address;
    put(this.said, "");
    put(this.fault, "");
    this.script.hidden = !this.view.data.about?.has_script;
    this.code.hidden = false; // its place is there before it comes
    this.code.src = codeAddress(this.address.value);
    this.dialog.showModal();
    this.address.select();
    const copied = await navigator.clipboard?.writeText(this.address.value)
      .then(() => true, () => false);
    put(this.said, this.view.word(copied ? "share.copied" : "share.copy"));
  }

  /** Hands the visitor all numbers of the run as a file. */
  saveNumbers() {
    const table = new Blob([...longTable(this.view.run)], { type: "text/csv" });
    download(table, `${this.fileName}.csv`);
  }

  get fileName() {
    return (this.view.data.about?.name ?? "run").replaceAll(".", "-");
  }

  /**
   * The same as a file that the server makes, with all dimensions and labels.
   *
   * @param {string} kind its ending
   */
  async saveFile(kind) {
    const { data, run } = this.view;
    put(this.fault, "");
    const answer = await ask(`${run.token}/file.${kind}`, data.server, "GET");
    if (answer?.ok) return download(await answer.blob(), `${this.fileName}.${kind}`);
    const said = await answer?.json().catch(() => null);
    const why = said?.error ?? this.view.word("share.no_answer");
    put(this.fault, this.view.word("share.not_saved", { why }));
  }

  /** A script comes to the outcome of the whole run. */
  saveScript() {
    if (this.view.run.end) return this.saveFile("py");
    put(this.fault, this.view.word("share.running"));
  }

  /** The view itself, with the run and all that draws it, in one file. */
  async saveView() {
    const { run, others } = this.view;
    put(this.fault, "");
    if (![run, ...others].every(({ end }) => end)) return put(this.fault, this.view.word("share.running"));
    const file = await savedView(this.view);
    if (file) return download(file, `${this.fileName}.html`);
    const why = this.view.word("share.no_answer");
    put(this.fault, this.view.word("share.not_saved", { why }));
  }

  close() {
    this.dialog.close();
  }

  /** @param {boolean} isThere */
  showCode(isThere) {
    this.code.hidden = !isThere;
    put(this.fault, isThere ? "" : this.view.word("share.no_code"));
  }
}
