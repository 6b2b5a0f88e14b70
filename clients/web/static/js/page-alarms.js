/** Open alarms as they stand this second, and those before them. */

import { grouped, isOpen } from "./alarms.js";
import { call, goSignIn, inWords, signedOut } from "./call.js";
import { byId, el, icon, put } from "./dom.js";
import { start } from "./shell.js";
import { elapsed, moment, t } from "./texts.js";
import { answersWord, kindIcon, kindWord, outcomeWord, placeWord, stateWord, unitWord } from "./words.js";

/** @typedef {import("./alarms.js").Alarm} Alarm */

const { alarms } = start();
/** @type {Map<string, Alarm>} */
const recent = new Map();
/** @type {string | undefined} */
let next;

alarms.addEventListener("change", (event) => {
  const changed = event.detail;
  if (changed) recent.set(changed.id, changed);
  draw();
});
byId("more-alarms").addEventListener("click", load);
setInterval(tick, 1000);
load();

async function load() {
  try {
    const page = await call("GET", next ? `/api/alarms?before=${encodeURIComponent(next)}` : "/api/alarms");
    for (const alarm of page.alarms) recent.set(alarm.id, newest(alarm));
    next = page.next;
    byId("more-alarms").hidden = !next;
    put(byId("problem"), null);
    draw();
  } catch (error) {
    if (signedOut(error)) goSignIn();
    else put(byId("problem"), inWords(error));
  }
}

/** @param {Alarm} alarm */
function newest(alarm) {
  const known = recent.get(alarm.id);
  return known && known.version > alarm.version ? known : alarm;
}

function draw() {
  const all = [...recent.values()];
  const open = grouped(all.filter(isOpen)).flatMap((group) => group.alarms);
  const over = all.filter((alarm) => !isOpen(alarm)).sort((a, b) => b.raised_at.localeCompare(a.raised_at));
  byId("open-alarms").replaceChildren(...open.map(item));
  byId("recent-alarms").replaceChildren(...over.map(item));
  byId("none-open").hidden = open.length > 0;
  byId("none-recent").hidden = over.length > 0;
}

/** @param {Alarm} alarm */
function item(alarm) {
  const open = isOpen(alarm);
  const help = answersWord(alarm.answers, "arrived") || answersWord(alarm.answers, "coming");
  const state = open ? help || stateWord(alarm.state) : [stateWord(alarm.state), outcomeWord(alarm)].filter(Boolean).join(" · ");
  const where = [placeWord(alarm), unitWord(alarm)].filter(Boolean).join(" · ");
  const time = el("time", { datetime: alarm.raised_at }, moment(alarm.raised_at));
  const link = el(
    "a",
    { href: `/alarms/${alarm.id}`, "data-kind": alarm.kind, "data-state": alarm.state },
    icon(kindIcon(alarm.kind)),
    el("span", { class: "item-kind" }, alarm.drill ? `${t("DRILL")} · ${kindWord(alarm.kind)}` : kindWord(alarm.kind)),
    el("span", { class: "item-where" }, where),
    el("span", { class: "item-who" }, alarm.raised_by_name),
    el("span", { class: "item-when" }, time),
    el("span", { class: "item-state" }, state),
  );
  if (open) link.append(el("span", { class: "item-elapsed", "aria-hidden": "true", "data-since": alarm.raised_at }, elapsed(alarm.raised_at)));
  return el("li", {}, link);
}

function tick() {
  for (const running of document.querySelectorAll("[data-since]")) running.textContent = elapsed(running.dataset.since);
}
