/** The button opens without a network: the service worker keeps the page, and a kept page makes room for a fresh one. */

import { pressing } from "./press.js";

const RENEWED = "hub.renewed";
const NOT_AGAIN_WITHIN = 60_000;
const LOOK_EVERY = 1000;

/** @param {import("./line.js").Line} line */
export function keepButton(line) {
  navigator.serviceWorker?.register("/sw.js").catch((error) => console.warn("Without a network this page will not open:", error));
  if (!("kept" in document.documentElement.dataset)) return;
  line.addEventListener("live", renew, { once: true });
}

/** What is under way is not lost by it: a press that the hub has not answered goes on from the new page. */
function renew() {
  // Over a network that carries frames and no pages, the kept page must not come again and again.
  if (Date.now() - Number(sessionStorage.getItem(RENEWED)) < NOT_AGAIN_WITHIN) return;
  if (pressing()) return setTimeout(renew, LOOK_EVERY);
  sessionStorage.setItem(RENEWED, String(Date.now()));
  location.reload();
}
