// @ts-check
// Which scenes this browser has seen to their end. Nothing of it leaves the browser.

/** @param {string} slug of a concept */
const nameOf = (slug) => `seen:${slug}`;

export class Seen {
  /**
   * @param {string} slug
   * @returns {string[]} keys of scenes
   */
  of(slug) {
    const kept = storage()?.getItem(nameOf(slug));
    return kept ? JSON.parse(kept) : [];
  }

  /**
   * @param {string} slug
   * @param {string} key of a scene
   */
  add(slug, key) {
    const seen = new Set([...this.of(slug), key]);
    storage()?.setItem(nameOf(slug), JSON.stringify([...seen]));
  }
}

/** A browser that keeps nothing, as in a foreign frame, refuses even to be asked. */
function storage() {
  let found = null;
  try {
    found = localStorage;
  } catch {
    found = null;
  }
  return found;
}
