/**
 * This person's time alone, as the hub keeps it: the session there is, its signs of life, and how long is left.
 *
 * It tells of "change" whenever the session or what is on its way to the hub has changed.
 *
 * @typedef {import("../../frames.js").LoneShown} Session
 * @typedef {"running" | "reminded" | "overdue" | "ran out"} Stage
 */

import { call, inWords, Refused, Unreachable } from "./call.js";
import { hubNow, t } from "./texts.js";

const AGAIN_AFTER = 2000;

export class Lone extends EventTarget {
  /** @type {Session | null} */
  session = null;
  /** What is on its way to the hub, if anything. @type {string | null} */
  sending = null;
  /** What must not be missed. @type {string | null} */
  problem = null;
  /** Sessions of which the hub has said that the person ended them. @type {Set<string>} */
  ended = new Set();
  /** And those of which it has said that they are over. @type {Set<string>} */
  #over = new Set();

  /** @param {import("./line.js").Line} line */
  constructor(line) {
    super();
    line.addEventListener("frame", (event) => {
      if (event.detail.type === "lone") this.#take(event.detail.session);
      if (event.detail.type === "snapshot") this.#reset(event.detail.lone ?? null);
    });
  }

  /** How urgent it is: by the hub's word, and while the line is down by its clock as this page follows it. @returns {Stage | null} */
  get stage() {
    const { session } = this;
    if (!session) return null;
    const now = hubNow();
    if (now >= Date.parse(session.alarms_at)) return "ran out";
    if (session.state === "overdue" || now >= Date.parse(session.ends_at)) return "overdue";
    return session.state === "reminded" || now >= Date.parse(session.reminds_at) ? "reminded" : "running";
  }

  /** @param {{id: string, minutes: number, place?: string, purpose?: string}} begin */
  start(begin) {
    return this.#send("start", "/api/lone", begin);
  }

  /** "I am OK." */
  checkIn() {
    return this.#send("check-in", `/api/lone/${this.session?.id}/check-in`, {});
  }

  /** @param {number} minutes */
  extend(minutes) {
    return this.#send("extend", `/api/lone/${this.session?.id}/extend`, { minutes });
  }

  end() {
    return this.#send("end", `/api/lone/${this.session?.id}/end`, {});
  }

  /**
   * Goes on until the hub has it, has refused it, or the person has pressed something else.
   * @param {string} verb @param {string} path @param {object} body
   */
  async #send(verb, path, body) {
    if (this.sending === verb) return;
    this.sending = verb;
    this.problem = null;
    this.#changed();
    while (this.sending === verb) {
      try {
        this.#take(await call("POST", path, body));
        this.problem = null;
        break;
      } catch (error) {
        if (error instanceof Refused && error.problem.lone) this.#take(error.problem.lone);
        this.problem = error instanceof Unreachable ? notYet(verb) : inWords(error);
        if (!(error instanceof Unreachable)) break;
        this.#changed();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
      }
    }
    if (this.sending === verb) this.sending = null;
    this.#changed();
  }

  /** @param {Session} session */
  #take(session) {
    if (session.state === "alarmed" || session.state === "ended") {
      this.#over.add(session.id);
      if (session.state === "ended") this.ended.add(session.id);
      if (this.session?.id === session.id) this.#reset(null);
    } else if (!this.#over.has(session.id) && !(this.session?.id === session.id && this.session.version > session.version)) {
      this.#reset(session);
    }
  }

  /** @param {Session | null} session */
  #reset(session) {
    this.session = session;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} verb */
function notYet(verb) {
  if (verb === "start") return t("The hub does NOT know yet that you are alone. Trying again.");
  return t("This has NOT reached the hub yet. Trying again.");
}

/** The time left, as 0:34 or 1:02:34. @param {string} iso */
export function left(iso) {
  const seconds = Math.max(0, Math.round((Date.parse(iso) - hubNow()) / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
