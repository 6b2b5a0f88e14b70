/** The raiser's own view: only what the hub or a colleague's device has confirmed, and loudly what has not. */

import { answers, isOpen } from "./alarms.js";
import { call, inWords, Refused } from "./call.js";
import { el, icon, put, say, stamp } from "./dom.js";
import { noteAddress } from "./note.js";
import { resolveForm } from "./resolve.js";
import { clock, hubNow, names, t } from "./texts.js";
import { answersWord, kindWord, placeWord } from "./words.js";

const SENDING_IS_LONG = 3000;
const HEARING_IS_LONG = 10_000;

/** @typedef {import("./alarms.js").Alarm} Alarm @typedef {import("./raising.js").Sending} Sending */
/** @typedef {{word: string, detail?: string, done: boolean}} Rung */

export class MineCard {
  /** @type {Alarm | null} */
  alarm = null;
  /** @type {Sending | null} */
  sending = null;
  /** @type {{name: string, stage: string}[]} */
  heard = [];
  /** Other presses of the same event. @type {Alarm[]} */
  others = [];

  /** @param {(alarm: Alarm) => void} apply @param {() => void} close */
  constructor(apply, close) {
    const { root, slots } = stamp("mine-card");
    this.root = root;
    this.slots = slots;
    this.apply = apply;
    this.resolve = resolveForm(() => (this.alarm ? [this.alarm] : []), apply);
    slots.resolve.replaceWith(this.resolve);
    this.form = /** @type {HTMLFormElement} */ (slots["withdraw-form"]);
    // Two steps: a thumb that goes on pressing where the alarm button was must not take the alarm back.
    slots.withdraw.addEventListener("click", () => {
      this.form.hidden = !this.form.hidden;
      slots.withdraw.setAttribute("aria-expanded", String(!this.form.hidden));
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#withdraw(new FormData(this.form).get("pin"));
    });
    slots.done.addEventListener("click", close);
  }

  /** Shows how far it has come. @param {boolean} live whether this page hears the hub */
  draw(live) {
    const { slots } = this;
    const rungs = this.alarm ? this.#rungs(this.alarm) : [];
    const last = rungs.filter((rung) => rung.done).at(-1);
    const headline = last?.word ?? t("Sending…");
    if (slots.headline.textContent !== headline) say(headline);
    put(slots.headline, headline);
    this.root.dataset.stage = this.#stage();
    const loud = this.#loud(live);
    put(slots.loud, loud);
    slots.call.hidden = !loud;
    slots.drill.hidden = !(this.alarm ?? this.sending?.trigger)?.drill;
    slots.ladder.hidden = !this.alarm;
    slots.ladder.replaceChildren(...rungs.map(rungItem));
    put(slots.what, this.#what());
    const open = this.alarm !== null && isOpen(this.alarm);
    slots.actions.hidden = !this.alarm;
    slots.withdraw.hidden = !open || this.alarm?.state === "withdrawn";
    this.resolve.hidden = !open;
    slots.open.setAttribute("href", `/alarms/${this.alarm?.id}`);
    const note = this.alarm && noteAddress(this.alarm);
    slots.note.hidden = !note;
    if (note) slots.note.setAttribute("href", note);
    slots.done.hidden = open || (!this.alarm && !this.sending?.refused);
    if (slots.withdraw.hidden) this.form.hidden = true;
  }

  #stage() {
    if (!this.alarm) return "sending";
    if (this.alarm.state === "withdrawn" || this.alarm.state === "resolved") return this.alarm.state;
    if (this.alarm.answers.some((answer) => answer.answer !== "cannot")) return "helped";
    return "received";
  }

  /** @param {Alarm} alarm @returns {Rung[]} */
  #rungs(alarm) {
    const coming = answersWord(alarm.answers, "coming");
    const arrived = answersWord(alarm.answers, "arrived");
    const heard = Math.max(this.heard.length, alarm.deliveries.received);
    const rungs = [
      { word: t("Received {time}", { time: clock(alarm.raised_at) }), done: true },
      { word: t("Heard by {n}", { n: heard }), detail: names(this.heard.map((one) => one.name)), done: heard > 0 },
      { word: coming || t("Somebody is coming"), done: Boolean(coming || arrived) },
      { word: arrived || t("Somebody is there"), done: Boolean(arrived) },
    ];
    if (alarm.state === "withdrawn") rungs.push({ word: t("Withdrawn"), done: true });
    if (alarm.state === "resolved") rungs.push({ word: t("All clear"), detail: alarm.resolved_at ? clock(alarm.resolved_at) : "", done: true });
    else rungs.push({ word: t("All clear"), done: false });
    return rungs;
  }

  /** What must not be missed. @param {boolean} live */
  #loud(live) {
    if (this.sending?.signedOut) return t("You have been signed out. The alarm has NOT been sent.");
    if (this.sending?.refused) return t("The alarm was NOT received: {why}", { why: this.sending.refused });
    if (this.sending) {
      const waited = hubNow() - Date.parse(this.sending.trigger.pressed_at);
      return waited > SENDING_IS_LONG || !live ? t("The alarm has NOT been received yet. Trying again and again.") : null;
    }
    const alarm = this.alarm;
    if (!alarm || alarm.state === "resolved" || alarm.state === "withdrawn" || alarm.kind === "watch") return null;
    if (!live) return t("No connection: you cannot see here whether somebody is coming. The alarm itself is with the hub.");
    if (!alarm.told) return t("There was nobody to tell.");
    const heard = Math.max(this.heard.length, alarm.deliveries.received);
    const waited = hubNow() - Date.parse(alarm.raised_at);
    return !heard && !alarm.answers.length && waited > HEARING_IS_LONG ? t("Nobody has heard the alarm yet.") : null;
  }

  #what() {
    const alarm = this.alarm;
    if (!alarm) return null;
    const said = [`${kindWord(alarm.kind)} · ${placeWord(alarm)}`];
    if (alarm.lone) said.push(t("There was no sign of life in time: the hub raised the alarm."));
    for (const other of this.others) said.push(t("{name} has pressed too: {place}", { name: other.raised_by_name, place: placeWord(other) }));
    const cannot = answersWord(alarm.answers, "cannot");
    if (cannot) said.push(cannot);
    if (alarm.state === "raised" && alarm.escalates_at && alarm.kind === "watch") said.push(t("Becomes an alarm at {time}", { time: clock(alarm.escalates_at) }));
    else if (alarm.state === "raised" && alarm.escalates_at) said.push(t("Goes on to more people at {time}", { time: clock(alarm.escalates_at) }));
    return said.join("\n");
  }

  /** @param {FormDataEntryValue | null} pin */
  async #withdraw(pin) {
    const alarm = this.alarm;
    if (!alarm) return;
    const { problem, "pin-field": field } = this.slots;
    try {
      this.apply(await call("POST", `/api/alarms/${alarm.id}/withdraw`, { as_of: alarm.version, ...(pin ? { pin } : {}) }));
      put(problem, null);
    } catch (error) {
      if (error instanceof Refused && error.problem.alarm) this.apply(error.problem.alarm);
      const asked = error instanceof Refused && ["pin_required", "wrong_pin"].includes(error.code);
      if (asked) field.hidden = false;
      put(problem, inWords(error));
      if (asked) field.querySelector("input")?.focus();
    } finally {
      this.form.reset();
    }
  }
}

/** @param {Rung} rung */
function rungItem(rung) {
  const item = el("li", { class: rung.done ? "done" : "todo" }, icon(rung.done ? "check" : "waiting"), el("span", {}, rung.word));
  if (!rung.done) item.append(el("span", { class: "unseen" }, t("not yet")));
  if (rung.detail) item.append(el("span", { class: "detail" }, rung.detail));
  return item;
}
