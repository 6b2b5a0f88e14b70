/** All that this person has raised: a card for each, and for a silent alarm nothing but one discreet sign. */

import { grouped, isOpen, weight } from "./alarms.js";
import { byId, me } from "./dom.js";
import { MineCard } from "./mine.js";
import { clock } from "./texts.js";

/** @typedef {import("./alarms.js").Alarm} Alarm */

export class Own {
  /** @type {Map<string, MineCard>} */
  #cards = new Map();
  /** @type {Map<string, {name: string, stage: string}[]>} */
  #heard = new Map();
  /** @type {Set<string>} */
  #closed = new Set();

  /**
   * @param {import("./line.js").Line} line
   * @param {import("./alarms.js").Alarms} alarms
   * @param {import("./raising.js").Raising} raising
   */
  constructor(line, alarms, raising) {
    this.line = line;
    this.alarms = alarms;
    this.raising = raising;
    for (const [source, event] of /** @type {[EventTarget, string][]} */ ([[alarms, "change"], [raising, "change"], [line, "live"], [line, "down"]])) {
      source.addEventListener(event, () => this.draw());
    }
    line.addEventListener("frame", (event) => {
      if (event.detail.type !== "heard") return;
      this.#heard.set(event.detail.alarm, event.detail.by);
      this.draw();
    });
    setInterval(() => this.draw(), 1000);
  }

  draw() {
    const own = this.alarms.all().filter((alarm) => alarm.raised_by === me.id && !this.#closed.has(alarm.id));
    this.#discreet(own.filter((alarm) => alarm.kind === "silent" && isOpen(alarm)));
    // What follows by itself from a time alone must not give away that help was called in secret.
    const secret = own.some((alarm) => alarm.kind === "silent" && isOpen(alarm));
    const loud = own.filter((alarm) => alarm.kind !== "silent" && !(secret && alarm.lone) && (isOpen(alarm) || this.#cards.has(alarm.id)));
    const sending = this.raising.sending().filter((one) => one.trigger.kind !== "silent");
    const shown = new Map();
    for (const one of sending) Object.assign(this.#card(one.trigger.id, shown), { alarm: null, sending: one });
    loud.sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || weight(a) - weight(b));
    for (const alarm of loud) {
      Object.assign(this.#card(alarm.id, shown), { alarm, sending: null, heard: this.#heard.get(alarm.id) ?? [], others: this.#others(alarm) });
    }
    this.#place(shown);
    for (const card of shown.values()) card.draw(this.line.live);
    document.body.dataset.own = loud.some(isOpen) || sending.length ? "open" : "";
  }

  /** @param {string} id @param {Map<string, MineCard>} shown */
  #card(id, shown) {
    const card = this.#cards.get(id) ?? new MineCard((alarm) => this.alarms.apply(alarm), () => this.#close(id));
    shown.set(id, card);
    return card;
  }

  /** @param {Map<string, MineCard>} shown */
  #place(shown) {
    const before = [...this.#cards.keys()].join();
    this.#cards = shown;
    if (before !== [...shown.keys()].join()) byId("mine").replaceChildren(...[...shown.values()].map((card) => card.root));
  }

  /** @param {string} id */
  #close(id) {
    this.#closed.add(id);
    this.raising.forget(id);
    this.draw();
  }

  /** @param {Alarm} alarm */
  #others(alarm) {
    const group = grouped(this.alarms.all().filter(isOpen)).find((one) => one.alarms.includes(alarm));
    return group?.alarms.filter((other) => other.raised_by !== me.id) ?? [];
  }

  /** The time it was received; one tick when heard, two when somebody is coming. @param {Alarm[]} silent */
  #discreet(silent) {
    byId("discreet").textContent = silent
      .map((alarm) => {
        const heard = Math.max(this.#heard.get(alarm.id)?.length ?? 0, alarm.deliveries.received) > 0;
        const helped = alarm.answers.some((answer) => answer.answer !== "cannot");
        return ` · ${clock(alarm.raised_at)}${helped ? " ✓✓" : heard ? " ✓" : ""}`;
      })
      .join("");
  }
}
