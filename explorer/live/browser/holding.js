// @ts-check
// What is held, a key or a pointer, is let go of in more ways than one: a finger's press may turn
// into a scroll, a dialog or another window may take what comes after.

const ON_WINDOW = ["pointerup", "pointercancel", "lostpointercapture", "contextmenu", "blur"];

/**
 * @param {() => void} end called whenever nothing may be taken for held any longer
 * @returns {() => void} to stop listening
 */
export function onLetGo(end) {
  const left = (/** @type {Event} */ event) => {
    // An element that loses the focus is no window that does, though both are heard here
    if (event.type !== "blur" || event.target === window) end();
  };
  for (const name of ON_WINDOW) window.addEventListener(name, left, true);
  document.addEventListener("visibilitychange", end);
  return () => {
    for (const name of ON_WINDOW) window.removeEventListener(name, left, true);
    document.removeEventListener("visibilitychange", end);
  };
}
