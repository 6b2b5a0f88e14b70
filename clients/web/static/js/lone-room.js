/** The staff page's part of a time alone: begin one, and see how long is left. */

import { byId, put, say, slotsIn } from "./dom.js";
import { left } from "./lone.js";
import { uuid7 } from "./raising.js";
import { moment, t } from "./texts.js";

const MORE = 15;

export class LoneRoom {
  #room = byId("lone");
  #slots = slotsIn(this.#room);
  #form = /** @type {HTMLFormElement} */ (byId("lone-form"));
  #running = "";

  /** @param {import("./lone.js").Lone} lone @param {import("./whereabouts.js").Whereabouts} whereabouts */
  constructor(lone, whereabouts) {
    this.lone = lone;
    this.whereabouts = whereabouts;
    const slots = this.#slots;
    put(slots.extend, t("{n} more minutes", { n: MORE }));
    slots.ok.addEventListener("click", () => lone.checkIn());
    slots.extend.addEventListener("click", () => lone.extend(MORE));
    slots.end.addEventListener("click", () => lone.end());
    slots.share.addEventListener("click", () => slots.share.setAttribute("aria-pressed", String(!this.#shares)));
    this.#form.addEventListener("submit", (event) => this.#start(event));
    lone.addEventListener("change", () => this.draw());
    whereabouts.addEventListener("change", () => this.draw());
    setInterval(() => this.#tick(), 1000);
    this.draw();
  }

  get #shares() {
    return this.#slots.share.getAttribute("aria-pressed") === "true";
  }

  /** @param {SubmitEvent} event */
  #start(event) {
    event.preventDefault();
    const chosen = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!chosen) return;
    const fields = new FormData(this.#form);
    const [place, purpose] = ["place", "purpose"].map((name) => String(fields.get(name) ?? "").trim());
    const id = uuid7();
    this.lone.start({ id, minutes: Number(chosen.value), ...(place ? { place } : {}), ...(purpose ? { purpose } : {}) });
    if (this.#shares) this.whereabouts.share(id);
  }

  draw() {
    const { session, sending, problem } = this.lone;
    const slots = this.#slots;
    this.#room.dataset.state = session ? "running" : "";
    slots.start.hidden = Boolean(session);
    slots.running.hidden = !session;
    put(slots["start-problem"], session ? null : problem);
    put(slots.problem, session ? problem : null);
    slots.form.toggleAttribute("data-busy", sending === "start");
    for (const [name, verb] of [["ok", "check-in"], ["extend", "extend"], ["end", "end"]]) {
      slots[name].setAttribute("aria-busy", String(sending === verb));
    }
    if (session) this.#show(session);
    this.#moved(session?.id ?? "");
  }

  /** @param {import("./lone.js").Session} session */
  #show(session) {
    const slots = this.#slots;
    put(slots.where, [session.place_name, session.purpose].filter(Boolean).join(" · "));
    const times = { end: moment(session.ends_at), alarm: moment(session.alarms_at) };
    const ends = t("Ends at {end}. Without a sign of life the alarm is raised at {alarm}.", times);
    if (slots.ends.textContent && slots.ends.textContent !== ends) say(ends);
    put(slots.ends, ends);
    put(slots.position, this.whereabouts.sharing ? t("Your position is sent only while this lasts.") : t("Your position is not sent from here."));
    this.#tick();
  }

  /** What runs stands above the alarm button, what does not below it. @param {string} running */
  #moved(running) {
    if (running === this.#running) return;
    const began = !this.#running && running;
    this.#running = running;
    if (running) byId("mine").after(this.#room);
    else document.querySelector(".raise")?.after(this.#room);
    if (!running) this.#form.reset();
    if (began && this.#slots.start.contains(document.activeElement)) byId("lone-title").focus();
  }

  /** The seconds are for the eye; a screen reader has the end. */
  #tick() {
    const { session, stage } = this.lone;
    if (session) this.#slots.left.textContent = left(stage === "running" || stage === "reminded" ? session.ends_at : session.alarms_at);
  }
}
