/** The staff page, the button first: on a slow phone it can be pressed before the rest of the page has come. */

import { raising } from "./core.js";
import { byId, say } from "./dom.js";
import { lastPlace } from "./place.js";
import { meantPress, pressing } from "./press.js";
import { t } from "./texts.js";

const DRILL_WAITS = 60_000;
const RELOAD_AFTER = 3000;

const place = /** @type {HTMLSelectElement} */ (byId("place"));
const drill = byId("drill");
let drillEnds = 0;

const last = lastPlace();
if (last && [...place.options].some((option) => option.value === last)) place.value = last;
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(".press"))) {
  const pressed = () => {
    raising.raise({ kind: button.dataset.kind ?? "alarm", place: place.value || undefined, drill: isDrill() });
    setDrill(false);
    if (button.dataset.kind !== "silent") byId("mine").scrollIntoView({ block: "nearest" });
  };
  meantPress(button, pressed, button.id === "press-alarm");
}
drill.addEventListener("click", () => setDrill(!isDrill()));
performance.mark("pressable");

document.head.append(/** @type {HTMLTemplateElement} */ (byId("later")).content);
try {
  await import("./staff.js");
} catch (error) {
  loadAgain(error);
}

/** The rest did not come; what was pressed is sent first. @param {unknown} error */
function loadAgain(error) {
  console.warn("The rest of the page could not be loaded:", error);
  setTimeout(() => (pressing() || raising.sending().length ? loadAgain(error) : location.reload()), RELOAD_AFTER);
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
