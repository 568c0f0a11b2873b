// @ts-check
// A moment of a run, as the part of an address after "#": the settings are before it, so an address
// with both shows somebody else the same frame, with the same lines hidden, at the same speed.

/**
 * @typedef {object} Moment
 * @property {number | null} step of the frame; null for none in particular
 * @property {string[]} hidden entries of the legend
 * @property {number} speed
 */

/**
 * What an address says; what it does not say, or wrongly, is as usual.
 *
 * @param {string} hash
 * @returns {Moment}
 */
export function momentOf(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const step = Number(said.get("step") ?? NaN);
  return { step: Number.isFinite(step) ? step : null, hidden: said.getAll("hide"),
    speed: Number(said.get("speed")) || 1 };
}

/**
 * @param {Moment} moment
 * @returns {string}
 */
export function hashOf({ step, hidden, speed }) {
  const said = new URLSearchParams(step === null ? {} : { step: String(step) });
  for (const name of hidden) said.append("hide", name);
  if (speed !== 1) said.set("speed", String(speed));
  return `#${said}`;
}

// Read before Streamlit writes the address anew, without it
let asked = momentOf(location.hash);

/**
 * What the document's address asked for, for its first view.
 *
 * @returns {Moment}
 */
export function takeMoment() {
  const taken = asked;
  asked = momentOf("");
  return taken;
}
