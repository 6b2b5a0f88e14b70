/** How alarms are spoken of: kinds, places and answers in words. */

import { names, t } from "./texts.js";

/** @typedef {import("./alarms.js").Alarm} Alarm */

/** What the institution calls kinds of its own. @type {Record<string, string>} */
const labels = JSON.parse(document.documentElement.dataset.kinds ?? "{}");

/** @param {string} kind */
export function kindWord(kind) {
  const words = { alarm: t("ALARM"), assist: t("Assist"), silent: t("Silent alarm"), watch: t("Watch") };
  return words[kind] ?? labels[kind] ?? kind;
}

/** The icon of a kind. @param {string} kind */
export function kindIcon(kind) {
  return ["alarm", "assist", "silent", "watch"].includes(kind) ? kind : "other";
}

/** @param {Alarm} alarm */
export function placeWord(alarm) {
  return alarm.place_name || alarm.unit_name || t("Unknown place");
}

/** The unit, when the place does not already say it. @param {Alarm} alarm */
export function unitWord(alarm) {
  return alarm.place_name ? (alarm.unit_name ?? "") : "";
}

/** 55,67610, 12,56830 ± 12 m @param {import("./alarms.js").Position} position */
export function positionWord({ lat, lon, accuracy_m: accuracy }) {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)} ± ${Math.ceil(accuracy)} m`;
}

/** @param {string} state */
export function stateWord(state) {
  const words = {
    raised: t("Nobody is coming yet"),
    acknowledged: t("Somebody is coming"),
    withdrawn: t("Withdrawn – check in person"),
    resolved: t("All clear"),
  };
  return words[state] ?? state;
}

/** What came of it, and why it was false where whoever gave the all clear has said that. @param {{outcome?: string | null, false_because?: string | null}} ended */
export function outcomeWord({ outcome, false_because }) {
  const words = { real: t("A real alarm"), false: t("A false alarm"), test: t("A test or drill") };
  const because = { mistake: t("Pressed by mistake"), fault: t("A fault of the device"), misunderstanding: t("A misunderstanding"), tried: t("Tried out without a drill") };
  return [words[outcome ?? ""], because[false_because ?? ""]].filter(Boolean).join(" · ");
}

/** "Mette er på vej", for those who gave this answer. @param {string} answer @param {string[]} who */
export function answerWord(answer, who) {
  const values = { names: names(who) };
  if (answer === "coming") return t("On the way: {names}", values);
  if (answer === "arrived") return t("Has arrived: {names}", values);
  return t("Cannot come: {names}", values);
}

/** The same for everybody who gave this answer, or "". @param {import("./alarms.js").Answer[]} answers @param {string} answer */
export function answersWord(answers, answer) {
  const who = answers.filter((one) => one.answer === answer).map((one) => one.name);
  return who.length ? answerWord(answer, who) : "";
}

/** The icon of an answer. @param {string} answer */
export function answerIcon(answer) {
  return { coming: "run", arrived: "check" }[answer] ?? "cross";
}
