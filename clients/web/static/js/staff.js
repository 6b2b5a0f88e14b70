/** What stands around the button: who would hear it, how my own alarm is coming along, and the task I am alone on. */

import { byId } from "./dom.js";
import { Duty } from "./duty.js";
import { LoneRoom } from "./lone-room.js";
import { Own } from "./own.js";
import { keepPlace } from "./place.js";
import { start } from "./shell.js";

const place = /** @type {HTMLSelectElement} */ (byId("place"));

const { line, alarms, raising, lone, whereabouts } = start();
const own = new Own(line, alarms, raising);
const duty = new Duty(line);
new LoneRoom(lone, whereabouts);
place.addEventListener("change", placeChosen);
placeChosen();
own.draw();

function placeChosen() {
  keepPlace(place.value);
  const option = place.selectedOptions[0];
  const unit = option?.dataset.unit ?? "";
  const name = option?.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : (option?.dataset.unitName ?? "");
  duty.show(unit, name);
}
