/** What must be known before an alarm comes: the test of the shift, too few who can hear, and a hub that is unwell. */

import { byId, el, icon, sayNow } from "./dom.js";
import { t } from "./texts.js";

export class Readiness {
  /** @type {Map<string, HTMLElement>} */
  #strips = new Map();
  #asked = "";

  /**
   * @param {import("./line.js").Line} line
   * @param {import("./sound.js").Sound} sound
   */
  constructor(line, sound) {
    this.line = line;
    this.sound = sound;
    line.addEventListener("frame", (event) => this.#hear(event.detail));
  }

  /** @param {import("../../frames.js").FromHub} frame */
  #hear(frame) {
    if (frame.type === "proof") this.#test(frame);
    if (frame.type === "warning") this.#warn(frame);
    if (frame.type !== "snapshot") return;
    // What was over while this screen was away is not in the snapshot.
    for (const name of [...this.#strips.keys()]) this.#take(name);
    if (frame.proof) this.#test(frame.proof);
    for (const warning of frame.warnings ?? []) this.#warn(warning);
  }

  /** @param {import("../../frames.js").ProofAskedFrame} proof */
  #test(proof) {
    if (proof.state !== "asked") return this.#take("proof");
    const strip = this.#put("proof", "ear", t("Can you hear this? Tap here"));
    strip.addEventListener("click", () => this.line.send({ type: "proof", id: proof.id }));
    const turn = `${proof.id} ${proof.times}`;
    if (turn !== this.#asked) this.sound.prove();
    this.#asked = turn;
  }

  /** @param {import("../../frames.js").SnapshotFrame["warnings"][number]} warning */
  #warn(warning) {
    const { code, unit, unit_name, reachable, minimum, faults } = warning;
    if (code === "reach_restored") this.#take(unit);
    if (code === "reach_low") this.#say(unit, t("Too few can hear an alarm in {unit}: {reachable} of {minimum}", { unit: unit_name, reachable, minimum }));
    if (code === "hub_unwell" && !faults.length) this.#take("hub");
    if (code === "hub_unwell" && faults.length) this.#say("hub", faults.join(" "));
  }

  /** @param {string} name @param {string} text */
  #say(name, text) {
    const strip = this.#put(name, "warning", text);
    strip.append(el("span", { class: "strip-open" }, t("Close")));
    strip.addEventListener("click", () => this.#take(name));
    sayNow(text);
  }

  /** @param {string} name @param {string} sign @param {string} text */
  #put(name, sign, text) {
    this.#take(name);
    const strip = el("button", { type: "button", class: "strip strip-sound", "data-ready": name }, icon(sign), el("span", {}, text));
    this.#strips.set(name, strip);
    byId("strips").append(strip);
    return strip;
  }

  /** @param {string} name */
  #take(name) {
    this.#strips.get(name)?.remove();
    this.#strips.delete(name);
  }
}
