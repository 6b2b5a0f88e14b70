/**
 * Gets presses to the hub: by the line, by HTTP beside it, again and again with the same id until the hub has answered.
 *
 * It tells of "change" whenever a press is sent, accepted or refused.
 *
 * @typedef {{id: string, kind: string, place?: string, pressed_at: string, drill: boolean}} Trigger
 * @typedef {{trigger: Trigger, tries: number, refused?: string, signedOut?: boolean}} Sending
 */

import { call, inWords, Refused, signedOut } from "./call.js";
import { me } from "./dom.js";
import { hubNow } from "./texts.js";

const SOCKET_ALONE = 700;
const AGAIN_AFTER = 2000;
const FORGOTTEN_AFTER = 600_000;
const KEPT = `hub.sending.${me.id}`;

export class Raising extends EventTarget {
  /** @type {Map<string, Sending>} */
  #sending = new Map();

  /** @param {import("./line.js").Line} line @param {import("./alarms.js").Alarms} alarms */
  constructor(line, alarms) {
    super();
    this.line = line;
    this.alarms = alarms;
    alarms.addEventListener("change", () => this.#settle());
    line.addEventListener("frame", (event) => this.#heard(event.detail));
  }

  /** Presses that the hub has not answered. */
  sending() {
    return [...this.#sending.values()];
  }

  /** Takes up what a page before this one could not send. */
  resume() {
    for (const trigger of kept()) this.#start(trigger);
  }

  /** @param {{kind: string, place?: string, drill: boolean}} press */
  raise(press) {
    const trigger = { id: uuid7(), ...press, pressed_at: new Date(hubNow()).toISOString() };
    if (!trigger.place) delete trigger.place;
    this.#start(trigger);
  }

  /** Gives up a press that the hub has refused. @param {string} id */
  forget(id) {
    this.#sending.delete(id);
    this.#changed();
  }

  /** @param {Trigger} trigger */
  #start(trigger) {
    this.#sending.set(trigger.id, { trigger, tries: 0 });
    this.#changed();
    this.#try(trigger.id);
  }

  /** @param {string} id */
  async #try(id) {
    const one = this.#sending.get(id);
    if (!one) return;
    one.tries += 1;
    if (this.line.send({ type: "raise", ...one.trigger })) await pause(SOCKET_ALONE);
    else this.line.connect();
    if (!this.#sending.has(id)) return;
    try {
      this.alarms.apply(await call("POST", "/api/alarms", one.trigger, 5000));
      one.refused = undefined;
    } catch (error) {
      one.refused = error instanceof Refused ? inWords(error) : undefined;
      one.signedOut = signedOut(error);
    }
    this.#changed();
    setTimeout(() => this.#try(id), AGAIN_AFTER);
  }

  /** @param {import("../../frames.js").FromHub} frame */
  #heard(frame) {
    if (frame.type === "accepted") this.alarms.apply(frame.alarm);
  }

  /** What the hub knows of is no longer on its way. */
  #settle() {
    const before = this.#sending.size;
    for (const id of this.#sending.keys()) if (this.alarms.get(id)) this.#sending.delete(id);
    if (this.#sending.size !== before) this.#changed();
  }

  #changed() {
    keep(this.sending().map((one) => one.trigger));
    this.dispatchEvent(new Event("change"));
  }
}

/** A browser that may not store anything still sends. @param {Trigger[]} triggers */
function keep(triggers) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(triggers));
  } catch (error) {
    console.warn("This press would not survive a reload:", error);
  }
}

/** @returns {Trigger[]} */
function kept() {
  try {
    const triggers = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return triggers.filter((/** @type {Trigger} */ one) => hubNow() - Date.parse(one.pressed_at) < FORGOTTEN_AFTER);
  } catch {
    return [];
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A version 7 UUID: ids made later sort later. */
export function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Math.floor(hubNow());
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (40 - 8 * i)) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
