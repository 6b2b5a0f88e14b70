/** The first note of what is over is asked of those who had a part in it, while they remember. */

import { isOpen } from "./alarms.js";
import { me } from "./dom.js";

/** Where this person writes it; null where it is not theirs, or not time yet. @param {import("./alarms.js").Alarm} alarm */
export function noteAddress(alarm) {
  const came = alarm.answers.some((answer) => answer.person === me.id && answer.answer !== "cannot");
  const mine = came || alarm.raised_by === me.id || alarm.resolved_by === me.id;
  return mine && !isOpen(alarm) && !alarm.drill ? `/incidents/new?alarm=${alarm.id}` : null;
}
