/** A card that is open for some minutes: when they are over, or the alarm is, it goes from the screen by itself. */

import { isOpen } from "./alarms.js";
import { byId } from "./dom.js";
import { start } from "./shell.js";
import { hubNow } from "./texts.js";

const LOOK_EVERY = 1000;
const { alarms } = start();
const card = byId("glass");

if (card) {
  alarms.addEventListener("change", look);
  setInterval(look, LOOK_EVERY);
  // A page that the browser kept for the way back is asked for anew.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function look() {
  const id = card.dataset.alarm ?? "";
  const alarm = alarms.get(id);
  if ((alarm && !isOpen(alarm)) || hubNow() >= Date.parse(card.dataset.ends ?? "")) location.replace(`/alarms/${encodeURIComponent(id)}`);
}
