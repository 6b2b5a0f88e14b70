/** Who would hear an alarm in each unit this second, and who comes on duty next. */

import { el, icon } from "./dom.js";
import { moment, names, t } from "./texts.js";

/** @typedef {{person: string, name: string, duty: string, reach: "full" | "partly" | "not"}} Person */
/** @typedef {{unit: string, unit_name: string, reachable: number, minimum: number, people: Person[], next: {at: string, people: Person[]} | null}} Unit */

/** @param {Unit} unit */
export function unitCard(unit) {
  const hearing = unit.people.filter((one) => one.reach !== "not").map((one) => one.name);
  const deaf = unit.people.filter((one) => one.reach === "not").map((one) => one.name);
  // A unit that is closed by night and need not be manned frightens nobody.
  const off = !unit.people.length && !unit.minimum;
  const state = off ? "off" : !hearing.length ? "none" : hearing.length < unit.minimum ? "few" : "enough";
  const words = {
    off: t("Nobody is on the roster here right now."),
    none: t("NOBODY can hear the alarm here now"),
    few: t("Only {n} can hear the alarm now", { n: hearing.length }),
    enough: t("{n} can hear the alarm now", { n: hearing.length }),
  };
  const lines = [
    hearing.length ? names(hearing) : "",
    deaf.length ? t("On duty, but cannot hear it: {names}", { names: names(deaf) }) : "",
    nextWord(unit.next),
  ];
  return el(
    "article",
    { class: "wall-unit", "data-state": state, "data-unit": unit.unit },
    el("h2", {}, unit.unit_name),
    el("p", { class: "wall-reach" }, icon({ enough: "ear", off: "person" }[state] ?? "warning"), el("span", {}, words[state])),
    ...lines.filter(Boolean).map((line) => el("p", { class: "wall-people" }, line)),
  );
}

/** @param {Unit["next"]} next */
function nextWord(next) {
  if (!next) return t("Nobody is planned for the next 24 hours");
  return t("Next on duty at {time}: {names}", { time: moment(next.at), names: names(next.people.map((one) => one.name)) });
}
