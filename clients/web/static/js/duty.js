/** Who is on duty where the person is, and who of them would hear an alarm this second. */

import { call } from "./call.js";
import { byId, el, icon, me } from "./dom.js";
import { t } from "./texts.js";

const AGAIN_AFTER = 30_000;

/** @typedef {{person: string, name: string, duty: string, reach: "full" | "partly" | "not", reason: string, advice: string}} OnDuty */

export class Duty {
  /** @type {string} */
  #unit = "";
  #asked = 0;

  /** @param {import("./line.js").Line} line */
  constructor(line) {
    line.addEventListener("frame", (event) => {
      const { type, unit } = event.detail;
      if (type === "reach" && unit === this.#unit) this.#ask();
    });
    line.addEventListener("live", () => this.#ask());
    line.addEventListener("down", () => this.#unknown());
    // A shift begins and ends by the clock, without a frame.
    setInterval(() => line.live && this.#ask(), AGAIN_AFTER);
  }

  /** The unit to show. @param {string} unit @param {string} name */
  show(unit, name) {
    this.#unit = unit;
    byId("duty-unit").textContent = name;
    this.#ask();
  }

  async #ask() {
    const [unit, turn] = [this.#unit, ++this.#asked];
    if (!unit) return this.#unknown();
    try {
      const reach = await call("GET", `/api/reach?unit=${encodeURIComponent(unit)}`);
      if (turn === this.#asked) this.#draw(reach);
    } catch {
      if (turn === this.#asked) this.#unknown();
    }
  }

  /** @param {{minimum: number, people: OnDuty[]}} reach */
  #draw(reach) {
    const others = reach.people.filter((one) => one.person !== me.id);
    const hearing = others.filter((one) => one.reach !== "not").length;
    const few = hearing < reach.minimum;
    const sentence = hearing === 0 ? t("NOBODY can hear the alarm here now") : t("{n} can hear the alarm now", { n: hearing });
    this.#tell(hearing === 0 ? "none" : few ? "few" : "enough", few && hearing ? t("Only {n} can hear the alarm now", { n: hearing }) : sentence);
    byId("duty").replaceChildren(...reach.people.map((one) => onDuty(one)));
    byId("duty-empty").hidden = reach.people.length > 0;
  }

  #unknown() {
    this.#tell("unknown", t("Who can hear the alarm is not known right now"));
  }

  /** @param {string} state @param {string} text */
  #tell(state, text) {
    const line = byId("reach");
    line.dataset.state = state;
    line.querySelector("use")?.setAttribute("href", `${document.documentElement.dataset.static}/icons.svg#${state === "enough" ? "ear" : "warning"}`);
    byId("reach-text").textContent = text;
  }
}

/** How somebody on duty stands. @param {OnDuty} one @param {string} [until] */
export function onDuty(one, until = "") {
  const mine = one.person === me.id;
  const sign = { full: "ear", partly: "warning", not: "cross" }[one.reach];
  return el(
    "li",
    { "data-reach": one.reach },
    icon(sign),
    el("span", { class: "name" }, mine ? t("{name} (you)", { name: one.name }) : one.name),
    el("span", { class: "detail" }, [until, dutyWord(one.duty), reasonWord(one)].filter(Boolean).join(" · ")),
  );
}

/** How awake a duty is, where it is not as usual. @param {string} duty */
export function dutyWord(duty) {
  return { active: "", sleeping: t("Sleeping night duty"), standby: t("On standby"), telephone: t("On telephone duty") }[duty] ?? duty;
}

/** @param {OnDuty} one */
function reasonWord(one) {
  const words = {
    ok: t("can hear the alarm"),
    muted: t("the sound is off"),
    battery: t("the battery is almost flat"),
    silent: t("the device has fallen silent"),
    not_connected: t("no device connected"),
  };
  return words[one.reason] ?? one.advice;
}
