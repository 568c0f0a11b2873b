// @ts-check
// What the document of every page runs before Streamlit does: it minds the history, and says so
// when the page cannot reach the server.

import "./history.js";
import "./moment.js"; // reads the address

const WORD = "document.no_connection";
const PATIENCE_MS = 10000; // a slow machine's start is no fault
const LOOK_MS = 500;

/** Streamlit waits for its websocket for ever, and shows nothing meanwhile. */
function watchConnection() {
  const meta = document.querySelector(`meta[name="${WORD}"]`);
  const began = performance.now();
  /** @type {HTMLElement | null} */
  let said = null;
  const timer = setInterval(() => {
    if (isConnected()) {
      said?.remove();
      clearInterval(timer);
    } else if (!said && performance.now() - began > PATIENCE_MS) {
      said = document.createElement("p");
      said.setAttribute("role", "alert");
      said.className = "lv-no-connection";
      said.textContent = meta?.getAttribute("content") ?? "";
      document.body.append(said);
    }
  }, LOOK_MS);
}

function isConnected() {
  const app = document.querySelector(".stApp");
  return app instanceof HTMLElement && app.dataset.testConnectionState === "CONNECTED";
}

watchConnection();
