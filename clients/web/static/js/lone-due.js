/** "Are you OK?": fills the screen and sounds, on whichever page, when a time alone is almost or wholly over. */

import { isOpen } from "./alarms.js";
import { byId, me, put, sayNow, slotsIn } from "./dom.js";
import { left } from "./lone.js";
import { pressing } from "./press.js";
import { moment, t } from "./texts.js";

const MORE = 15;
/** The person sits before somebody: loud enough to be heard in a pocket, and no siren. @type {Record<string, import("./sound.js").Cry>} */
const CRIES = { reminded: "nudge", overdue: "call", "ran out": "call" };

export class LoneDue {
  #dialog = /** @type {HTMLDialogElement} */ (byId("lone-due"));
  #slots = slotsIn(this.#dialog);
  /** What the person has silenced or put aside: each warning of each end cries by itself. */
  #quiet = "";
  #aside = "";

  /**
   * @param {import("./lone.js").Lone} lone
   * @param {import("./alarms.js").Alarms} alarms
   * @param {import("./sound.js").Sound} sound
   */
  constructor(lone, alarms, sound) {
    this.lone = lone;
    this.alarms = alarms;
    this.sound = sound;
    const slots = this.#slots;
    put(slots.extend, t("{n} more minutes", { n: MORE }));
    slots.ok.addEventListener("click", () => lone.checkIn());
    slots.extend.addEventListener("click", () => lone.extend(MORE));
    slots.end.addEventListener("click", () => lone.end());
    slots.mute.addEventListener("click", () => this.#silence());
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#silence();
      // A reminder can be put aside; the last minutes before the alarm cannot.
      if (lone.stage === "reminded") this.#aside = this.#warning;
      this.draw();
    });
    lone.addEventListener("change", () => this.draw());
    alarms.addEventListener("change", () => this.draw());
    setInterval(() => this.draw(), 1000);
    this.draw();
  }

  get #warning() {
    return `${this.lone.session?.id} ${this.lone.session?.ends_at} ${this.lone.stage}`;
  }

  #silence() {
    this.#quiet = this.#warning;
    this.draw();
  }

  /** Who has called for help, perhaps in secret, is asked nothing. */
  get #called() {
    return this.alarms.all().some((alarm) => isOpen(alarm) && alarm.raised_by === me.id && alarm.state !== "withdrawn" && !alarm.drill);
  }

  draw() {
    const { session, stage } = this.lone;
    const due = session !== null && stage !== "running" && this.#aside !== this.#warning && !this.#called;
    this.sound.cry(due && stage && this.#quiet !== this.#warning ? CRIES[stage] : null, "lone");
    if (!due) {
      if (this.#dialog.open) this.#dialog.close();
      return;
    }
    const slots = this.#slots;
    this.#dialog.dataset.stage = stage ?? "";
    slots.left.textContent = left(stage === "reminded" ? session.ends_at : session.alarms_at);
    const words = what(session, stage);
    if (this.#dialog.open && slots.what.textContent !== words) sayNow(words);
    put(slots.what, words);
    put(slots.problem, this.lone.problem);
    slots.mute.hidden = this.#quiet === this.#warning;
    for (const [name, verb] of [["ok", "check-in"], ["extend", "extend"], ["end", "end"]]) {
      slots[name].setAttribute("aria-busy", String(this.lone.sending === verb));
    }
    if (this.#dialog.open || pressing()) return;
    this.#dialog.showModal();
    // Not on a button: a key that was being pressed for something else is no sign of life.
    byId("lone-due-title").focus();
  }
}

/** @param {import("./lone.js").Session} session @param {import("./lone.js").Stage | null} stage */
function what(session, stage) {
  if (stage === "reminded") return t("Your time alone ends at {time}.", { time: moment(session.ends_at) });
  if (stage === "overdue") return t("Your time alone has run out. Without a sign of life the alarm is raised at {time}.", { time: moment(session.alarms_at) });
  return t("There was no sign of life in time: the hub raises the alarm.");
}
