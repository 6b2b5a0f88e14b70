/** One event on the screen of somebody who was told: who, where, since when, and the three answers. */

import { answerOf, answers, gravest, isOpen } from "./alarms.js";
import { call, inWords, Unreachable } from "./call.js";
import { el, icon, iconAddress, me, put, stamp } from "./dom.js";
import { resolveForm } from "./resolve.js";
import { risksAsOf, risksOf, write } from "./risks.js";
import { clock, elapsed, t } from "./texts.js";
import { answerIcon, answerWord, kindIcon, kindWord, placeWord, positionWord, unitWord } from "./words.js";

const AGAIN_AFTER = 2000;
// A thumb that was already on its way down when the card appeared has not answered anything.
const DEAF_FOR = 500;
const LONG_WORD = 9;

/** @typedef {import("./alarms.js").Group} Group */

export class Card {
  /** @param {Group} group @param {(alarm: import("./alarms.js").Alarm) => void} apply */
  constructor(group, apply) {
    this.group = group;
    this.apply = apply;
    /** @type {string | null} */
    this.sending = null;
    const { root, slots } = stamp("incoming-card");
    this.root = root;
    this.slots = slots;
    /** For which alarms, as of when, and for which answer risks were asked for. */
    this.asked = "";
    /** @type {HTMLButtonElement[]} */
    this.buttons = [...root.querySelectorAll("[data-answer]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.#answer(button.dataset.answer ?? ""));
    this.resolve = resolveForm(() => this.group.alarms, apply);
    slots.resolve.replaceWith(this.resolve);
    slots.more.addEventListener("click", () => this.root.dispatchEvent(new CustomEvent("aside", { bubbles: true })));
    this.#deafen();
    this.update(group);
  }

  /** What this person has answered; an alarm that joined the event later has no answer yet. */
  get answered() {
    const said = this.group.alarms.filter(isOpen).map((alarm) => answerOf(alarm, me.id));
    return said.every(Boolean) ? said.at(-1) : undefined;
  }

  /** @param {Group} group */
  update(group) {
    this.group = group;
    const { slots } = this;
    const worst = gravest(group);
    this.root.dataset.kind = worst.kind;
    this.root.dataset.state = group.alarms.every((alarm) => alarm.state === "withdrawn") ? "withdrawn" : worst.state;
    this.root.dataset.drill = String(group.alarms.every((alarm) => alarm.drill));
    slots.drill.hidden = !group.alarms.some((alarm) => alarm.drill);
    slots.withdrawn.hidden = !group.alarms.some((alarm) => alarm.state === "withdrawn");
    put(slots.kind, kindWord(worst.kind));
    put(slots.together, group.alarms.length > 1 ? t("{n} pressed at once: it is one event", { n: group.alarms.length }) : null);
    slots.icon.setAttribute("href", iconAddress(kindIcon(worst.kind)));
    slots.places.replaceChildren(...group.alarms.map(placeAndPerson));
    put(slots.since, t("since {time}", { time: clock(group.alarms[0].raised_at) }));
    put(slots.advice, advice(worst));
    slots.card.hidden = !worst.card;
    put(slots["card-text"], worst.card?.text);
    slots.position.replaceChildren(...group.alarms.flatMap(positionOf));
    put(slots.note, group.alarms.map((alarm) => alarm.note).filter(Boolean).join("\n"));
    slots.others.replaceChildren(...answers(group).filter((one) => one.person !== me.id).map(colleague));
    this.tick();
    this.#showAnswer();
    setTimeout(() => this.#askForRisks());
  }

  /** Once the card stands there; whoever has answered may read more. */
  async #askForRisks() {
    const about = [risksAsOf(this.group.alarms), this.answered].join();
    if (about === this.asked) return;
    this.asked = about;
    const told = await risksOf(this.group.alarms);
    if (about !== this.asked) return;
    write(this.slots.risks, this.slots["risk-list"], told);
    this.slots.more.hidden = !told.opens;
    this.slots.more.setAttribute("href", `/alarms/${encodeURIComponent(gravest(this.group).id)}/citizens`);
  }

  /** Moves the running time on. */
  tick() {
    this.slots.elapsed.textContent = elapsed(this.group.alarms[0].raised_at);
  }

  #showAnswer() {
    const said = this.sending ?? this.answered;
    this.root.dataset.said = said ?? "";
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.answer === said));
      button.setAttribute("aria-busy", String(button.dataset.answer === this.sending));
    }
    const pressed = this.buttons.find((button) => button.dataset.answer === this.answered);
    put(this.slots.yours, pressed && !this.sending ? t("You have answered: {answer}", { answer: pressed.textContent?.trim() ?? "" }) : null);
    this.resolve.hidden = this.answered !== "arrived";
  }

  #deafen() {
    for (const button of this.buttons) button.disabled = true;
    setTimeout(() => this.buttons.forEach((button) => (button.disabled = false)), DEAF_FOR);
  }

  /** @param {string} said */
  async #answer(said) {
    this.sending = said;
    this.#showAnswer();
    put(this.slots.problem, null);
    // One press answers every alarm of the event, and goes on until the hub has it or another answer was pressed.
    while (this.sending === said) {
      try {
        for (const alarm of this.group.alarms.filter(isOpen)) {
          this.apply(await call("POST", `/api/alarms/${alarm.id}/answers`, { answer: said, as_of: alarm.version }));
        }
        break;
      } catch (error) {
        put(this.slots.problem, error instanceof Unreachable ? t("Your answer has NOT arrived yet. Trying again.") : inWords(error));
        if (!(error instanceof Unreachable)) break;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
        continue;
      }
    }
    if (this.sending !== said) return;
    this.sending = null;
    this.#showAnswer();
    this.root.dispatchEvent(new CustomEvent("answered", { bubbles: true }));
  }
}

/** @param {import("./alarms.js").Alarm} alarm */
function placeAndPerson(alarm) {
  const unit = unitWord(alarm);
  const long = placeWord(alarm).split(/\s/).some((word) => word.length > LONG_WORD);
  return el(
    "p",
    { class: "place-and-person" },
    el("strong", { class: long ? "place long" : "place" }, placeWord(alarm)),
    ...(unit ? [el("span", { class: "unit" }, unit)] : []),
    el("span", { class: "person" }, alarm.raised_by_name),
  );
}

/** Opens in the phone's own map. @param {import("./alarms.js").Alarm} alarm */
function positionOf({ position }) {
  if (!position) return [];
  const at = `${position.lat},${position.lon}`;
  return [el("a", { href: `geo:${at}?q=${at}` }, icon("pin"), el("span", {}, t("Last known position: {position}", { position: positionWord(position) })))];
}

/** @param {import("./alarms.js").Answer} answer */
function colleague(answer) {
  return el("li", {}, icon(answerIcon(answer.answer)), el("span", {}, answerWord(answer.answer, [answer.name])));
}

/** @param {import("./alarms.js").Alarm} alarm */
function advice({ kind, lone, raised_by_name: name }) {
  if (lone) return t("{name} was alone and gave no sign of life in time: call {name}, and go there.", { name });
  if (kind === "silent") return t("Silent alarm: go in calmly, and do not say that help was called.");
  if (kind === "watch") return t("Keep an eye: look in, or stay near.");
  return null;
}
