/** One alarm from press to all clear, as the journal has it. */

import { isOpen } from "./alarms.js";
import { call, goSignIn, inWords, signedOut } from "./call.js";
import { byId, el, icon, put } from "./dom.js";
import { noteAddress } from "./note.js";
import { resolveForm } from "./resolve.js";
import { risksOf, write } from "./risks.js";
import { start } from "./shell.js";
import { cardShown, signOf, tell } from "./story.js";
import { clock, dayAndClock, t } from "./texts.js";
import { kindWord, outcomeWord, placeWord, stateWord, unitWord } from "./words.js";

const { line, alarms } = start();
const one = byId("one");
const id = one.dataset.alarm ?? "";
/** @type {import("./alarms.js").Alarm | null} */
let alarm = null;
let turn = 0;

alarms.addEventListener("change", (event) => {
  if (event.detail?.id === id) load();
});
line.addEventListener("live", load);
line.addEventListener("frame", (event) => {
  if ((event.detail.type === "heard" || event.detail.type === "risks") && event.detail.alarm === id) load();
});
load();

async function load() {
  const mine = ++turn;
  try {
    const found = await call("GET", `/api/alarms/${encodeURIComponent(id)}`);
    if (mine !== turn) return;
    alarm = found;
    draw(found, found.timeline);
    showRisks(found);
    put(byId("problem"), null);
  } catch (error) {
    if (mine !== turn) return;
    if (signedOut(error)) goSignIn();
    else put(byId("problem"), inWords(error));
  } finally {
    one.setAttribute("aria-busy", "false");
  }
}

/** @param {import("./alarms.js").Alarm & {resolved_note?: string}} shown @param {import("./story.js").Entry[]} timeline */
function draw(shown, timeline) {
  byId("one-title").textContent = `${kindWord(shown.kind)} · ${placeWord(shown)}`;
  one.dataset.kind = shown.kind;
  one.dataset.state = shown.state;
  byId("one-drill").hidden = !shown.drill;
  const facts = [
    [t("Raised by"), shown.raised_by_name],
    [t("When"), dayAndClock(shown.raised_at)],
    [t("Where"), [placeWord(shown), unitWord(shown)].filter(Boolean).join(" · ")],
    [t("State"), [stateWord(shown.state), outcomeWord(shown)].filter(Boolean).join(" · ")],
    [t("Note"), shown.note],
    [t("Note on the all clear"), shown.resolved_note],
  ];
  byId("facts").replaceChildren(...facts.filter(([, value]) => value).map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))));
  byId("timeline").replaceChildren(...timeline.map((entry) => step(entry, shown)));
  const actions = byId("one-actions");
  if (isOpen(shown) && !actions.firstChild) actions.append(resolveForm(() => (alarm ? [alarm] : []), (changed) => alarms.apply(changed)));
  const note = noteAddress(shown);
  if (!isOpen(shown)) actions.replaceChildren(...(note ? [el("a", { class: "main-action", href: note }, icon("card"), t("Write the first note"))] : []));
}

/** Beside the course, and only while it lasts. @param {import("./alarms.js").Alarm} shown */
async function showRisks(shown) {
  const mine = turn;
  const told = await risksOf([shown]);
  if (mine !== turn) return;
  write(byId("one-risks"), byId("one-risk-list"), told);
  byId("one-more").hidden = !told.opens;
  const noting = document.getElementById("one-note-risk");
  if (!noting) return;
  noting.hidden = !isOpen(shown) || shown.drill;
  noting.querySelector("a")?.setAttribute("href", `/citizens/risks${shown.place ? `?about=${encodeURIComponent(`place:${shown.place}`)}` : ""}#note`);
}

/** @param {import("./story.js").Entry} entry */
function card(entry) {
  return el("div", { class: "card-shown" }, el("p", {}, cardShown(entry)), el("blockquote", {}, entry.facts.card_text));
}

/** @param {import("./story.js").Entry} entry @param {import("./alarms.js").Alarm} shown */
function step(entry, shown) {
  return el(
    "li",
    { "data-event": entry.event },
    el("time", { datetime: entry.at }, clock(entry.at)),
    icon(signOf(entry)),
    el("div", {}, el("p", {}, tell(entry, shown)), cardShown(entry) && card(entry)),
  );
}
