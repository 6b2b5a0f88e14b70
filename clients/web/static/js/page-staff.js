/** The staff page: where am I, the button, who would hear it, and how my own alarm is coming along. */

import { byId, say } from "./dom.js";
import { Duty } from "./duty.js";
import { LoneRoom } from "./lone-room.js";
import { Own } from "./own.js";
import { keepPlace, lastPlace } from "./place.js";
import { meantPress } from "./press.js";
import { start } from "./shell.js";
import { t } from "./texts.js";

const DRILL_WAITS = 60_000;

const place = /** @type {HTMLSelectElement} */ (byId("place"));
const drill = byId("drill");
let drillEnds = 0;

// First of all: by the time that somebody has held a button for long enough, all that follows is there.
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(".press"))) {
  const pressed = () => {
    raising.raise({ kind: button.dataset.kind ?? "alarm", place: place.value || undefined, drill: isDrill() });
    setDrill(false);
    if (button.dataset.kind !== "silent") byId("mine").scrollIntoView({ block: "nearest" });
  };
  meantPress(button, pressed, button.id === "press-alarm");
}
performance.mark("pressable");

const { line, alarms, raising, lone, whereabouts } = start();
const own = new Own(line, alarms, raising);
const duty = new Duty(line);
new LoneRoom(lone, whereabouts);
rememberPlace();
place.addEventListener("change", placeChosen);
drill.addEventListener("click", () => setDrill(drill.getAttribute("aria-pressed") !== "true"));
own.draw();

function rememberPlace() {
  const last = lastPlace();
  if (last && [...place.options].some((option) => option.value === last)) place.value = last;
  placeChosen();
}

function placeChosen() {
  keepPlace(place.value);
  const option = place.selectedOptions[0];
  const unit = option?.dataset.unit ?? "";
  const name = option?.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : (option?.dataset.unitName ?? "");
  duty.show(unit, name);
}

function isDrill() {
  return drill.getAttribute("aria-pressed") === "true";
}

/** A drill is for the next press only, and forgets itself: nobody may press for real and be taken for practising. @param {boolean} on */
function setDrill(on) {
  clearTimeout(drillEnds);
  if (on === isDrill()) return;
  drill.setAttribute("aria-pressed", String(on));
  document.body.dataset.drill = on ? "on" : "";
  say(on ? t("The next press within a minute is a drill.") : t("The buttons are for real again."));
  if (on) drillEnds = setTimeout(() => setDrill(false), DRILL_WAITS);
}
