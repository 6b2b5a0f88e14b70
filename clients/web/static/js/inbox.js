/** What is new among somebody's messages: how many conversations, and the urgent ones, which stay until they are answered. */

import { byId, el, icon, me, sayNow } from "./dom.js";
import { t } from "./texts.js";

/** @typedef {import("../../frames.js").UrgentShown} Urgent */

export class Inbox {
  /** @type {Set<string>} */
  #unread = new Set();
  /** @type {Map<string, HTMLElement>} */
  #strips = new Map();
  #line;

  /** @param {import("./line.js").Line} line */
  constructor(line) {
    this.#line = line;
    line.addEventListener("frame", (event) => this.#heard(event.detail));
  }

  /** The conversation is in front of the person. @param {string} conversation */
  saw(conversation) {
    this.#unread.delete(conversation);
    this.#count();
  }

  /** @param {import("../../frames.js").FromHub} frame */
  #heard(frame) {
    if (frame.type === "snapshot") {
      this.#unread = new Set(frame.unread_in);
      for (const strip of this.#strips.values()) strip.remove();
      this.#strips.clear();
      for (const one of frame.urgent) this.#call(one);
    }
    if (frame.type === "message") {
      if ((frame.event === "sent" || frame.event === "changed") && frame.message.author !== me.id) this.#unread.add(frame.conversation);
      if (frame.event === "read" && frame.read_by?.person === me.id) this.#unread.delete(frame.conversation);
      // That somebody has read it says nothing of whom it waits for.
      if (frame.event === "read") return this.#count();
      const key = `${frame.conversation}/${frame.message.number}`;
      if (frame.waiting.includes(me.id)) this.#call(frame);
      else this.#strips.get(key)?.remove();
    }
    this.#count();
  }

  /** @param {Urgent} urgent */
  #call({ conversation, message }) {
    const key = `${conversation}/${message.number}`;
    if (this.#strips.get(key)?.isConnected) return;
    const words = t("Urgent message from {name}", { name: message.author_name });
    const open = el("a", { href: `/messages/${conversation}#m${message.number}` }, icon("bell"), el("span", {}, words), el("span", { class: "strip-open" }, t("Open")));
    const has = el("button", { type: "button" }, icon("check"), t("I have it"));
    has.addEventListener("click", () => this.#line.send({ type: "acknowledge", conversation, number: message.number }));
    const strip = el("div", { class: "strip strip-message" }, open, has);
    this.#strips.set(key, strip);
    byId("strips").append(strip);
    sayNow(words);
  }

  #count() {
    for (const badge of document.querySelectorAll("[data-slot=unread]")) {
      /** @type {HTMLElement} */ (badge).hidden = !this.#unread.size;
      badge.textContent = String(this.#unread.size);
    }
  }
}
