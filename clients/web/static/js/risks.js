/** What whoever comes to an alarm must know: asked for by itself when the card is drawn, so that no card waits for it. */

import { isOpen } from "./alarms.js";
import { call, Unreachable } from "./call.js";
import { el } from "./dom.js";
import { t } from "./texts.js";

const AGAIN_AFTER = 3000;

/** @typedef {{id: string, text: string, todo: string, citizen: string, until: string}} Risk */
/** @typedef {{there: boolean, risks: Risk[], opens: boolean}} Told */

/** How often the hub has said of an alarm that its risks are others than before. @type {Map<string, number>} */
const turns = new Map();

/** @param {string[]} ids */
function risksMoved(ids) {
  for (const id of ids) turns.set(id, (turns.get(id) ?? 0) + 1);
}

/** What a frame tells of risks, before the alarms themselves are taken in. @param {import("../../frames.js").FromHub} frame @param {import("./alarms.js").Alarms} alarms */
export function takeInRisks(frame, alarms) {
  if (frame.type === "snapshot") risksMoved(frame.alarms.map(({ id }) => id));
  if (frame.type !== "risks") return;
  risksMoved([frame.alarm]);
  alarms.beside(frame.alarm);
}

/** Differs when what is known where these alarms are must be asked for anew. @param {import("./alarms.js").Alarm[]} alarms */
export function risksAsOf(alarms) {
  return alarms.map(({ id }) => `${id} ${turns.get(id) ?? 0}`).join();
}

/** What is known where these alarms are; asked again while the hub cannot be reached. @param {import("./alarms.js").Alarm[]} alarms @returns {Promise<Told>} */
export async function risksOf(alarms) {
  /** @type {Map<string, Risk>} */
  const found = new Map();
  const told = { there: false, opens: false };
  for (const alarm of alarms.filter(isOpen)) {
    const one = await ask(alarm.id);
    told.there ||= one.there;
    told.opens ||= one.opens;
    for (const risk of one.risks) found.set(risk.id, risk);
  }
  return { ...told, risks: [...found.values()] };
}

/** @param {string} alarm @returns {Promise<Told>} */
async function ask(alarm) {
  for (;;) {
    try {
      return await call("GET", `/api/alarms/${encodeURIComponent(alarm)}/risks`);
    } catch (error) {
      if (!(error instanceof Unreachable)) return { there: false, risks: [], opens: false };
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
    }
  }
}

/** Writes them into a list: whose, what can happen, and what one does. @param {HTMLElement} within @param {HTMLElement} list @param {Told} told */
export function write(within, list, told) {
  list.replaceChildren(...told.risks.map(line));
  within.hidden = told.risks.length === 0;
}

/** @param {Risk} risk */
function line(risk) {
  return el("li", {}, el("strong", {}, risk.citizen || t("In this room")), el("span", { class: "risk-text" }, risk.text), el("span", { class: "risk-todo" }, t("Do this: {what}", { what: risk.todo })));
}
