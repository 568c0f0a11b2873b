// @ts-check
// Which changes of the address a visitor can go back to: one for each thing that they do.
//
// Streamlit makes an entry in the history whenever the page's script changes the address: one for
// each of the thirty values that a held key passes through, and one for the settings that a page
// adds to its own address while it opens, from where Back would lead to the same page again. Here
// such an entry takes the place of the one before, unless the visitor did something in between.

let gestures = 0; // keys, buttons and fingers that went down
let seen = 0; // how many there were at the last entry

/** @param {boolean} isNew */
const count = (isNew) => {
  if (isNew) gestures += 1;
};
const reached = () => {
  seen = gestures;
};

addEventListener("pointerdown", () => count(true), true);
addEventListener("keydown", (event) => count(!event.repeat), true);
addEventListener("click", (event) => count(event.detail === 0), true); // a screen reader's
addEventListener("popstate", reached, true);

/** @type {History["pushState"]} */
const push = history.pushState.bind(history);
history.pushState = (state, unused, url) => {
  const isNew = gestures !== seen;
  reached();
  if (isNew) push(state, unused, url);
  else history.replaceState(state, unused, url);
};
