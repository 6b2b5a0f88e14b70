/** Open events in letters that can be read across the room: what, where, who called, and who is coming. */

import { answers, gravest, grouped, isOpen } from "./alarms.js";
import { byId, iconAddress, put, sayNow, stamp } from "./dom.js";
import { risksAsOf, risksOf } from "./risks.js";
import { clock, elapsed, t } from "./texts.js";
import { answersWord, kindIcon, kindWord, placeWord, unitWord } from "./words.js";

/** How long an all clear stays on the wall. */
const ENDED_SHOWN_FOR = 60_000;

/** @typedef {import("./alarms.js").Alarm} Alarm @typedef {import("./alarms.js").Group} Group */

export class WallAlarms {
  /** @type {Map<string, {root: HTMLElement, slots: Record<string, HTMLElement>, group: Group, ended: number, asked: string}>} */
  #cards = new Map();

  /** @param {Alarm[]} alarms */
  draw(alarms) {
    const groups = grouped(alarms.filter(isOpen));
    for (const group of groups) this.#show(group);
    for (const [key, card] of this.#cards) {
      if (!groups.some((group) => group.key === key)) this.#end(key, card, alarms);
    }
    const order = [...groups.map((group) => group.key), ...[...this.#cards].filter(([, card]) => card.ended).map(([key]) => key)];
    const roots = order.map((key) => /** @type {HTMLElement} */ (this.#cards.get(key)?.root));
    const list = byId("wall-alarms");
    if (roots.length !== list.children.length || roots.some((root, at) => root !== list.children[at])) list.replaceChildren(...roots);
    document.body.dataset.alarms = roots.length > 3 ? "many" : String(roots.length);
    byId("wall-calm").hidden = roots.length > 0;
  }

  /** Moves the running times on. */
  tick() {
    for (const [key, card] of this.#cards) {
      if (!card.ended) card.slots.elapsed.textContent = elapsed(card.group.alarms[0].raised_at);
      else if (performance.now() > card.ended + ENDED_SHOWN_FOR) this.#forget(key, card.root);
    }
  }

  /** @param {Group} group */
  #show(group) {
    const known = this.#cards.get(group.key);
    const card = known && !known.ended ? known : { ...stamp("wall-alarm"), group, ended: 0, asked: "" };
    this.#cards.set(group.key, card);
    card.group = group;
    const { root, slots } = card;
    const worst = gravest(group);
    const said = answers(group);
    root.dataset.kind = worst.kind;
    root.dataset.drill = String(group.alarms.every((alarm) => alarm.drill));
    root.dataset.state = group.alarms.every((alarm) => alarm.state === "withdrawn") ? "withdrawn" : worst.state;
    slots.drill.hidden = !group.alarms.some((alarm) => alarm.drill);
    slots.withdrawn.hidden = !group.alarms.some((alarm) => alarm.state === "withdrawn");
    slots.icon.setAttribute("href", iconAddress(kindIcon(worst.kind)));
    put(slots.kind, kindWord(worst.kind));
    put(slots.where, group.alarms.map(placeWord).join(" + "));
    put(slots.unit, [...new Set(group.alarms.map(unitWord).filter(Boolean))].join(" + "));
    put(slots.who, group.alarms.map((alarm) => `${alarm.raised_by_name} · ${t("since {time}", { time: clock(alarm.raised_at) })}`).join("; "));
    const helped = [answersWord(said, "arrived"), answersWord(said, "coming")].filter(Boolean);
    root.dataset.helped = String(helped.length > 0);
    put(slots.coming, helped.join(" · ") || t("NOBODY is on the way yet"));
    put(slots.cannot, answersWord(said, "cannot"));
    this.tick();
    this.#askForRisks(card);
    if (!known) sayNow([kindWord(worst.kind), slots.where.textContent, slots.unit.textContent].filter(Boolean).join(", "));
  }

  /** @param {{slots: Record<string, HTMLElement>, group: Group, ended: number, asked: string}} card */
  async #askForRisks(card) {
    const about = risksAsOf(card.group.alarms);
    if (about === card.asked) return;
    card.asked = about;
    const told = await risksOf(card.group.alarms);
    if (about === card.asked && !card.ended) card.slots.risk.hidden = !told.there;
  }

  /** @param {string} key @param {{root: HTMLElement, slots: Record<string, HTMLElement>, group: Group, ended: number}} card @param {Alarm[]} alarms */
  #end(key, card, alarms) {
    // One that was joined to another event goes on there.
    if (card.group.alarms.every((alarm) => alarms.some((one) => one.id === alarm.id && isOpen(one)))) return this.#forget(key, card.root);
    if (card.ended) return;
    card.ended = performance.now();
    card.root.dataset.state = "resolved";
    put(card.slots.coming, t("All clear: {what}", { what: card.group.alarms.map(placeWord).join(", ") }));
    for (const slot of ["drill", "withdrawn", "risk", "cannot", "who", "unit", "where"]) card.slots[slot].hidden = true;
    card.slots.icon.setAttribute("href", iconAddress("check"));
    put(card.slots.elapsed, null);
    sayNow(card.slots.coming.textContent ?? "");
  }

  /** @param {string} key @param {HTMLElement} root */
  #forget(key, root) {
    this.#cards.delete(key);
    root.remove();
    document.body.dataset.alarms = this.#cards.size > 3 ? "many" : String(this.#cards.size);
    byId("wall-calm").hidden = this.#cards.size > 0;
  }
}
