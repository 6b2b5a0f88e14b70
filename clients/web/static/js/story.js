/** Journal rows told as sentences. */

import { names, t } from "./texts.js";
import { answerIcon, answerWord, kindWord, outcomeWord, placeWord } from "./words.js";

/** @typedef {{seq: number, at: string, event: string, by: {id: string, name: string} | null, facts: Record<string, any>}} Entry */

const SIGNS = {
  raised: "alarm",
  told: "bell",
  received: "ear",
  shown: "watch",
  escalated: "more",
  reopened: "alarm",
  became_alarm: "alarm",
  rerouted: "more",
  withdrawn: "warning",
  duress: "warning",
  resolved: "check",
  linked: "link",
};

/** The icon of a row. @param {Entry} entry */
export function signOf(entry) {
  if (entry.event === "answered") return answerIcon(entry.facts.said);
  return SIGNS[entry.event] ?? "other";
}

/** The row in a sentence. @param {Entry} entry @param {import("./alarms.js").Alarm} alarm */
export function tell(entry, alarm) {
  const name = entry.by?.name ?? "";
  const facts = entry.facts;
  const told = whoWasTold(facts);
  switch (entry.event) {
    case "raised":
      if (facts.lone) return [t("{name} was alone and gave no sign of life in time: the hub raised the alarm.", { name: alarm.raised_by_name }), told].join(" ");
      return [t("{name} pressed {kind} in {place}.", { name, kind: kindWord(facts.kind), place: placeWord(alarm) }), told].join(" ");
    case "received":
      return t("It reached {name}'s device.", { name });
    case "shown":
      return t("{name} had it on the screen.", { name });
    case "answered":
      return `${answerWord(facts.said, [name])}.`;
    case "escalated":
      return [t("Too few were coming, so it went on to step {n}.", { n: facts.step + 1 }), told].join(" ");
    case "rerouted":
      return [t("Others have come on duty since."), told].join(" ");
    case "reopened":
      return [t("Nobody had arrived in time, so it was raised again."), told].join(" ");
    case "became_alarm":
      return [t("The watch was not closed in time and became an alarm."), told].join(" ");
    case "withdrawn":
      return t("{name} withdrew it. Somebody should still check in person.", { name });
    case "duress":
      return t("{name} was forced to withdraw it: the alarm goes on.", { name });
    case "resolved":
      return t("{name} gave the all clear: {outcome}.", { name, outcome: outcomeWord(facts) });
    default:
      return name ? `${name}: ${entry.event}` : entry.event;
  }
}

/** Which instruction card was shown from here on. @param {Entry} entry */
export function cardShown(entry) {
  const { kind, card, card_text: text } = entry.facts;
  return text ? t("The instruction card for {kind}, version {n}, was shown:", { kind: kindWord(kind), n: card }) : "";
}

/** @param {Record<string, any>} facts */
function whoWasTold(facts) {
  const told = facts.told ?? [];
  return told.length ? t("Told: {names}.", { names: names(told.map((one) => one.name)) }) : t("There was nobody to tell.");
}
