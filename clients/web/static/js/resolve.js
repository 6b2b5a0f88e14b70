/** The form that gives an alarm, or several that are one event, their all clear. */

import { call, inWords, Refused } from "./call.js";
import { put, stamp } from "./dom.js";
import { isOpen } from "./alarms.js";

/**
 * @param {() => import("./alarms.js").Alarm[]} event the alarms to close, as they are when the form is sent
 * @param {(alarm: import("./alarms.js").Alarm) => void} apply takes in what the hub answers
 */
export function resolveForm(event, apply) {
  const { root } = stamp("resolve-form");
  const form = /** @type {HTMLFormElement} */ (root.querySelector("form"));
  const problem = /** @type {HTMLElement} */ (root.querySelector(".problem"));
  const submit = /** @type {HTMLButtonElement} */ (root.querySelector("[type=submit]"));
  if (event().every((alarm) => alarm.drill)) form.elements.namedItem("outcome").value = "test";

  const why = /** @type {HTMLFieldSetElement} */ (root.querySelector("[data-why]"));
  form.addEventListener("change", () => {
    // What is hidden is not sent either.
    why.hidden = why.disabled = form.elements.namedItem("outcome").value !== "false";
  });

  form.addEventListener("submit", async (sent) => {
    sent.preventDefault();
    const { outcome, note, false_because } = Object.fromEntries(new FormData(form));
    submit.disabled = true;
    put(problem, null);
    try {
      for (const alarm of event().filter(isOpen)) {
        const body = { as_of: alarm.version, outcome, ...(note ? { note } : {}), ...(false_because ? { false_because } : {}) };
        apply(await call("POST", `/api/alarms/${alarm.id}/resolve`, body));
      }
    } catch (error) {
      if (error instanceof Refused && error.problem.alarm) apply(error.problem.alarm);
      put(problem, inWords(error));
    } finally {
      submit.disabled = false;
    }
  });
  return root;
}
