/** Alarms that this person was told of: they fill the screen and sound until the person has answered. */

import { cryFor, gravest, grouped, isOpen, isQuiet } from "./alarms.js";
import { Card } from "./card.js";
import { byId, el, icon, me, put, sayNow } from "./dom.js";
import { noteAddress } from "./note.js";
import { pressing } from "./press.js";
import { LOUDNESS } from "./sound.js";
import { hubNow, t } from "./texts.js";
import { kindIcon, kindWord, placeWord } from "./words.js";

// Someone who put the alarm aside to reach their own button sees it again after this.
const ASIDE_FOR = 15_000;
const ASIDE = "hub.aside";
/** Somebody's own choice on this device: to hear alarms also where they make no sound of themselves. */
const ALOUD = "hub.aloud";
const ENDED_SHOWN_FOR = 60_000;
const NOTE_ASKED_FOR = 600_000;

/** @typedef {import("./alarms.js").Alarm} Alarm @typedef {import("./alarms.js").Group} Group */

export class Incoming {
  /** @type {Map<string, Card>} */
  #cards = new Map();
  /** What the person has put aside in this tab, on whichever page. @type {Map<string, {until: number, answered?: string}>} */
  #aside = new Map(JSON.parse(sessionStorage.getItem(ASIDE) ?? "[]"));
  /** Which telling of each alarm the hub knows that this device has. @type {Map<string, string>} */
  #received = new Map();
  /** Which telling of each alarm the hub knows that the person can see. @type {Map<string, string>} */
  #shown = new Map();
  /** What was silenced: an event that grows or changes kind cries again. @type {Set<string>} */
  #muted = new Set();
  #title = document.title;
  #dialog = /** @type {HTMLDialogElement} */ (byId("incoming"));

  /**
   * @param {import("./alarms.js").Alarms} alarms
   * @param {import("./line.js").Line} line
   * @param {import("./sound.js").Sound} sound
   */
  constructor(alarms, line, sound) {
    this.alarms = alarms;
    this.line = line;
    this.sound = sound;
    alarms.addEventListener("change", () => this.draw());
    line.addEventListener("live", () => this.draw());
    // What was said last may never have reached the hub's disk: on the next line everything is said once more.
    line.addEventListener("down", () => [this.#received, this.#shown].forEach((said) => said.clear()));
    document.addEventListener("visibilitychange", () => this.draw());
    addEventListener("pointerup", () => setTimeout(() => this.draw()));
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#mute();
    });
    this.#dialog.addEventListener("answered", () => this.draw());
    this.#dialog.addEventListener("aside", () => this.#putAside());
    byId("mute").addEventListener("click", () => this.#mute());
    byId("aloud").addEventListener("click", () => this.#chooseSound());
    byId("to-my-page").addEventListener("click", () => this.#putAside());
    setInterval(() => this.#tick(), 1000);
  }

  /** Shows what there is to show, makes the noise that is due, and tells the hub what this screen has and shows. */
  draw() {
    const groups = this.#groups();
    this.#keepCards(groups);
    const cards = groups.map((group) => /** @type {Card} */ (this.#cards.get(group.key)));
    const inTrouble = this.#ownAlarm();
    // What is still to be answered comes first.
    const open = inTrouble ? [] : cards.filter((card) => !this.#isAside(card)).sort((a, b) => Number(Boolean(a.answered)) - Number(Boolean(b.answered)));
    this.#showDialog(open);
    this.#showStrips(inTrouble?.kind === "silent" ? [] : cards.filter((card) => !open.includes(card)));
    const due = inTrouble ? [] : this.#due(cards);
    const quiet = due.length > 0 && due.every(isQuiet);
    const quietly = quiet && !isAloud();
    const cry = loudest(due);
    this.sound.cry(cry, "alarms", quietly);
    byId("mute").hidden = !cry || quietly;
    byId("aloud").hidden = !quiet;
    put(byId("aloud-text"), quietly ? t("Sound on") : t("Sound off"));
    this.#dialog.dataset.quiet = String(quietly);
    this.#receipts(groups, open);
    document.title = cards.some((card) => !card.answered) ? `(!) ${headline(cards[0].group)}` : this.#title;
  }

  /** Events that somebody else raised. */
  #groups() {
    return grouped(this.alarms.all().filter((alarm) => isOpen(alarm) && alarm.raised_by !== me.id));
  }

  /** Somebody who needs help must not have their screen covered, or sounding, by another's alarm. */
  #ownAlarm() {
    const own = this.alarms.all().filter((alarm) => isOpen(alarm) && alarm.raised_by === me.id && !alarm.drill);
    return own.find((alarm) => alarm.kind === "silent") ?? own.find((alarm) => alarm.kind === "alarm" && alarm.state !== "withdrawn");
  }

  /** @param {Group[]} groups */
  #keepCards(groups) {
    for (const [key, card] of this.#cards) {
      if (groups.some((group) => group.key === key)) continue;
      card.root.remove();
      this.#cards.delete(key);
      this.#setAside(key, null);
      this.#ended(card);
    }
    for (const group of groups) {
      const card = this.#cards.get(group.key);
      if (card) card.update(group);
      else this.#cards.set(group.key, new Card(group, (alarm) => this.alarms.apply(alarm)));
    }
  }

  /** @param {Card} card */
  #isAside(card) {
    if (card.answered === "cannot") return !this.#aside.has(card.group.key) || this.#aside.get(card.group.key)?.answered === "cannot";
    const aside = this.#aside.get(card.group.key);
    return aside !== undefined && aside.answered === card.answered && hubNow() < aside.until;
  }

  /** @param {string} key @param {{until: number, answered?: string} | null} aside */
  #setAside(key, aside) {
    if (aside) this.#aside.set(key, aside);
    else this.#aside.delete(key);
    sessionStorage.setItem(ASIDE, JSON.stringify([...this.#aside]));
  }

  #putAside() {
    for (const card of this.#cards.values()) {
      const until = card.answered ? Number.MAX_SAFE_INTEGER : hubNow() + ASIDE_FOR;
      this.#setAside(card.group.key, { until, answered: card.answered });
    }
    this.draw();
    byId("main").focus();
  }

  /** @param {Card[]} open */
  #showDialog(open) {
    const list = byId("incoming-cards");
    const roots = open.map((card) => card.root);
    const before = list.children.length;
    if (roots.length !== before || roots.some((root, at) => root !== list.children[at])) list.replaceChildren(...roots);
    const title = byId("incoming-title");
    const words = titleOf(open);
    if (title.textContent !== words.join("")) title.replaceChildren(...(open.length === 1 ? [icon(kindIcon(open[0].root.dataset.kind ?? ""))] : []), ...words.map((word, at) => el("span", at ? { class: "unseen" } : {}, word)));
    this.#dialog.dataset.kind = open[0]?.root.dataset.kind ?? "";
    this.#dialog.dataset.drill = open[0]?.root.dataset.drill ?? "";
    // Somebody who is just pressing their own button finishes that first.
    if (open.length && !this.#dialog.open && !pressing()) {
      this.#dialog.showModal();
      // Not on a button: a key that was being pressed for something else must not answer.
      title.focus();
    } else if (roots.length > before) sayNow(title.textContent ?? "");
    if (!open.length && this.#dialog.open) this.#dialog.close();
  }

  /** @param {Card[]} aside */
  #showStrips(aside) {
    const strips = aside.map((card) => {
      const strip = el("button", { type: "button", class: "strip", "data-kind": card.root.dataset.kind ?? "", "data-key": card.group.key }, icon(kindIcon(card.root.dataset.kind ?? "")), el("span", {}, headline(card.group)), el("span", { class: "strip-open" }, t("Open")));
      strip.addEventListener("click", () => {
        // "I cannot" puts an alarm aside by itself; only being opened again overrules it.
        this.#setAside(card.group.key, card.answered === "cannot" ? { until: 0 } : null);
        this.draw();
      });
      return strip;
    });
    const before = [...byId("strips").querySelectorAll("[data-key]")];
    const same = before.length === strips.length && strips.every((strip, at) => strip.textContent === before[at].textContent);
    if (same) return;
    for (const strip of before) strip.remove();
    byId("strips").prepend(...strips);
  }

  /** @param {Card} card */
  #ended(card) {
    const said = t("All clear: {what}", { what: card.group.alarms.map(placeWord).join(", ") });
    const strip = el("button", { type: "button", class: "strip strip-clear" }, icon("check"), el("span", {}, said), el("span", { class: "strip-open" }, t("Close")));
    strip.addEventListener("click", () => strip.remove());
    setTimeout(() => strip.remove(), ENDED_SHOWN_FOR);
    byId("strips").append(strip, ...card.group.alarms.map(noteAddress).filter(Boolean).slice(0, 1).map(noteStrip));
    sayNow(said);
  }

  /** The events that still cry for an answer. @param {Card[]} cards */
  #due(cards) {
    return cards.filter((card) => !card.answered && !card.sending && !this.#muted.has(signature(card.group))).map((card) => card.group);
  }

  /** Vibration and the screen's edge come first there; sound is this person's choice, and stays so. */
  #chooseSound() {
    if (isAloud()) localStorage.removeItem(ALOUD);
    else localStorage.setItem(ALOUD, "on");
    this.sound.unlock();
    this.draw();
  }

  #mute() {
    for (const card of this.#cards.values()) this.#muted.add(signature(card.group));
    this.draw();
  }

  /** @param {Group[]} groups @param {Card[]} open */
  #receipts(groups, open) {
    for (const alarm of groups.flatMap((group) => group.alarms)) this.#receipt(alarm, "received", this.#received);
    if (!this.#dialog.open || document.visibilityState !== "visible") return;
    for (const alarm of open.flatMap((card) => card.group.alarms)) this.#receipt(alarm, "shown", this.#shown);
  }

  /** An alarm that comes again is heard again: else a text message follows. @param {Alarm} alarm @param {string} stage @param {Map<string, string>} sent */
  #receipt(alarm, stage, sent) {
    const telling = `${alarm.kind} ${alarm.state} ${alarm.step}`;
    if (sent.get(alarm.id) !== telling && this.line.send({ type: "receipt", alarm: alarm.id, stage })) sent.set(alarm.id, telling);
  }

  #tick() {
    for (const card of this.#cards.values()) card.tick();
    if (this.#aside.size) this.draw();
  }
}

function isAloud() {
  return localStorage.getItem(ALOUD) === "on";
}

/** @param {Group[]} groups @returns {import("./sound.js").Cry | null} */
function loudest(groups) {
  const cries = groups.map(cryFor);
  return LOUDNESS.find((cry) => cries.includes(cry)) ?? null;
}

/** @param {Group} group */
function signature(group) {
  return group.alarms.map((alarm) => `${alarm.id} ${alarm.kind} ${alarm.state}`).join();
}

/** What stands big at the top, and what only a screen reader needs beside it. @param {Card[]} open */
function titleOf(open) {
  if (open.length > 1) return [t("{n} open alarms", { n: open.length })];
  return open.length ? [kindWord(gravest(open[0].group).kind), ` · ${open[0].group.alarms.map((alarm) => `${placeWord(alarm)}, ${alarm.raised_by_name}`).join("; ")}`] : [];
}

/** @param {Group} group */
function headline(group) {
  const worst = gravest(group);
  const drill = group.alarms.every((alarm) => alarm.drill) ? `${t("DRILL")} · ` : "";
  return `${drill}${kindWord(worst.kind)} · ${group.alarms.map(placeWord).join(", ")}`;
}

/** Whoever helped is asked for a word while they remember it. @param {string} address */
function noteStrip(address) {
  const strip = el("a", { class: "strip strip-clear", href: address }, icon("card"), el("span", {}, t("Write the first note")));
  setTimeout(() => strip.remove(), NOTE_ASKED_FOR);
  return strip;
}
