// @ts-check
// What is in the document before Streamlit has made its page is not in the way of another one.

const TICK_MS = 250;
const IDLE_TICKS = 40; // so long a page that is there may be without what it opened with

/**
 * Another page may have been chosen, or the page's script may have ended without taking over.
 *
 * @param {Element} place what the document opened with
 * @param {() => void} close
 */
export function closeWhenIdle(place, close) {
  const { pathname } = location;
  let idle = 0;
  const timer = setInterval(() => {
    idle = hasEnded() ? idle + 1 : 0;
    const failed = document.querySelector("[data-testid=stException]");
    if (!place.isConnected) clearInterval(timer);
    else if (failed || location.pathname !== pathname || idle > IDLE_TICKS) close();
  }, TICK_MS);
}

/** Whether Streamlit's page has nothing more to come. */
function hasEnded() {
  const app = document.querySelector(".stApp");
  if (!(app instanceof HTMLElement)) return false;
  const { testConnectionState, testScriptState } = app.dataset;
  return testConnectionState === "CONNECTED" && testScriptState === "notRunning";
}
