/** What every signed-in screen does: keeps the line, beats, says when it cannot receive, shows alarms, and raises them. */

import { isOpen } from "./alarms.js";
import { call, goSignIn, signedOut } from "./call.js";
import { alarms, line, raising } from "./core.js";
import { byId, el, icon, me, sayNow } from "./dom.js";
import { Incoming } from "./incoming.js";
import { keepButton } from "./kept.js";
import { LoneDue } from "./lone-due.js";
import { Lone } from "./lone.js";
import { Inbox } from "./inbox.js";
import { endPush, keepPush } from "./notifications.js";
import { lastPlace } from "./place.js";
import { meantPress } from "./press.js";
import { Readiness } from "./readiness.js";
import { takeInRisks } from "./risks.js";
import { Sound } from "./sound.js";
import { t } from "./texts.js";
import { Whereabouts } from "./whereabouts.js";

const BEAT = 10_000;
const KEEP_SESSION = 1_800_000;
const SAID_AFTER = 2000;
const SENT_WITHIN = 700;

/** Starts the screen; what only some screens do is given the line and the alarms to go on. */
export function start() {
  const sound = new Sound();
  sound.prepare();
  new Incoming(alarms, line, sound);
  const lone = new Lone(line);
  const whereabouts = new Whereabouts(lone);
  new LoneDue(lone, alarms, sound);
  const inbox = new Inbox(line);
  const readiness = new Readiness(line, sound);
  raising.resume();
  line.addEventListener("frame", (event) => takeIn(event.detail, alarms));
  sayConnection(line);
  beat(line, sound);
  keepSession(line);
  saySound(sound);
  countOpen(alarms);
  keepPush(line);
  keepButton(line);
  hotKey(raising);
  closeMenu();
  // On a phone the sections are a row that goes on past the edge.
  document.querySelector(".sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  byId("try-sound").addEventListener("click", () => sound.prove());
  byId("sign-out").addEventListener("click", signOut);
  return { line, alarms, raising, lone, whereabouts, sound, readiness, inbox };
}

/** On pages without the button the hot key brings it: the alarm goes from here, and is followed where the button is. @param {import("./raising.js").Raising} raising */
function hotKey(raising) {
  const button = /** @type {HTMLButtonElement | null} */ (document.getElementById("press-hot"));
  if (!button) return;
  const pressed = () => {
    raising.raise({ kind: "alarm", place: lastPlace() || undefined, drill: false });
    setTimeout(() => location.assign("/"), SENT_WITHIN);
  };
  meantPress(button, pressed, true);
}

/** The menu closes as people expect menus to. */
function closeMenu() {
  const menu = /** @type {HTMLDetailsElement} */ (byId("menu"));
  addEventListener("click", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

/** @param {import("../../frames.js").FromHub} frame @param {import("./alarms.js").Alarms} alarms */
function takeIn(frame, alarms) {
  if (frame.type === "alarm") alarms.apply(frame.alarm);
  if (frame.type === "position") alarms.locate(frame.alarm, frame.position);
  takeInRisks(frame, alarms);
  if (frame.type !== "snapshot") return;
  // What ended while this screen was away is fetched, so that it can say how.
  for (const gone of alarms.reset(frame.alarms)) {
    call("GET", `/api/alarms/${gone.id}`).then(
      (found) => alarms.apply(found),
      (error) => console.warn("How it ended is not known:", error),
    );
  }
}

/** @param {import("./line.js").Line} line */
function sayConnection(line) {
  const root = document.documentElement;
  const broken = t("No connection – you can NOT receive alarms");
  let late = 0;
  const down = () => {
    root.dataset.line = "down";
    byId("line-state").textContent = t("Connecting…");
    late = setTimeout(() => {
      byId("line-state").textContent = t("No connection");
      sayNow(broken);
    }, SAID_AFTER);
  };
  line.addEventListener("live", () => {
    clearTimeout(late);
    root.dataset.line = "live";
    byId("line-state").textContent = t("Connected");
    if (byId("say-now").textContent === broken) sayNow(t("Connected"));
  });
  line.addEventListener("down", down);
  addEventListener("online", () => line.connect());
  down();
}

/** @param {import("./line.js").Line} line @param {Sound} sound */
async function beat(line, sound) {
  const battery = await navigator.getBattery?.().catch(() => undefined);
  const tell = () =>
    line.beat({
      ...(battery ? { battery: battery.level, charging: battery.charging } : {}),
      sound: sound.on ? "on" : "muted",
      visible: document.visibilityState === "visible",
    });
  setInterval(tell, BEAT);
  line.addEventListener("live", tell);
  sound.addEventListener("change", tell);
  document.addEventListener("visibilitychange", () => {
    line.connect();
    tell();
  });
  line.connect();
}

/** A screen that is left open on duty must not be signed out in the middle of the night. @param {import("./line.js").Line} line */
function keepSession(line) {
  const keep = () => call("GET", "/api/session").catch((error) => signedOut(error) && goSignIn());
  line.addEventListener("live", keep);
  setInterval(keep, KEEP_SESSION);
}

/** @param {Sound} sound */
function saySound(sound) {
  const strip = el("button", { type: "button", class: "strip strip-sound" }, icon("sound-off"), el("span", {}, t("The sound is blocked until you touch the screen")), el("span", { class: "strip-open" }, t("Turn on")));
  strip.addEventListener("click", () => sound.prove());
  const show = () => (sound.on ? strip.remove() : byId("strips").append(strip));
  sound.addEventListener("change", show);
  show();
}

/** @param {import("./alarms.js").Alarms} alarms */
function countOpen(alarms) {
  const badge = byId("open-count");
  alarms.addEventListener("change", () => {
    const own = (/** @type {import("./alarms.js").Alarm} */ alarm) => alarm.raised_by === me.id && alarm.kind === "silent";
    const open = alarms.all().filter((alarm) => isOpen(alarm) && !own(alarm)).length;
    badge.hidden = !open;
    badge.textContent = String(open);
  });
}

async function signOut() {
  await endPush();
  await globalThis.caches?.delete("/");
  await call("DELETE", "/api/session").catch(() => {});
  goSignIn();
}
