/** The wallboard: it shows what is open, stays lit, says when it is blind, and comes back by itself. */

import { Alarms, cryFor, grouped, isOpen } from "./alarms.js";
import { Awake } from "./awake.js";
import { call } from "./call.js";
import { byId, put, sayNow } from "./dom.js";
import { Line } from "./line.js";
import { takeInRisks } from "./risks.js";
import { LOUDNESS, Sound } from "./sound.js";
import { dayAndClock, elapsed, hubNow, moment, t } from "./texts.js";
import { WallAlarms } from "./wall-alarms.js";
import { draw, mark } from "./wall-plan.js";
import { unitCard } from "./wall-units.js";

const BEAT = 10_000;
const LOOK_AGAIN = 30_000;
const NEW_PAGE_EVERY = 600_000;
// A line that is lost for a moment, as when the hub restarts, frightens nobody.
const BLIND_AFTER = 3000;
const NIGHT = { from: 21, to: 7 };
const dark = matchMedia("(prefers-color-scheme: dark)");
const SOUND = "hub.wall.sound";

/** @typedef {import("./alarms.js").Alarm} Alarm */

const root = document.documentElement;
const line = new Line();
const alarms = new Alarms();
const sound = new Sound();
const awake = new Awake();
const events = new WallAlarms();
const hourOf = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone: root.dataset.timezone });

/** When this screen last knew for sure that it saw everything, on the hub's clock. */
let sure = hubNow();
let asked = 0;
let lost = 0;
let plans = "";
/** @type {Set<string>} */
const muted = new Set();

line.addEventListener("frame", (event) => {
  const frame = event.detail;
  takeInRisks(frame, alarms);
  if (frame.type === "alarm") alarms.apply(frame.alarm);
  if (frame.type === "snapshot") alarms.reset(frame.alarms);
  if (frame.type === "reach" || frame.type === "snapshot") look();
  if (frame.type === "snapshot") unwell(frame.warnings.find((/** @type {{code: string}} */ one) => one.code === "hub_unwell")?.faults ?? []);
  if (frame.type === "warning" && frame.code === "hub_unwell") unwell(frame.faults);
  sure = hubNow();
});
line.addEventListener("live", () => {
  lost = asked = 0;
  root.dataset.line = "live";
  byId("wall-blind").hidden = true;
  byId("wall-state").textContent = t("Connected");
  beat();
  renew();
});
line.addEventListener("down", down);
alarms.addEventListener("change", show);
sound.addEventListener("change", showSound);
awake.addEventListener("change", () => put(byId("wall-awake"), awake.on ? null : t("The browser may let this screen go dark: turn sleep off in its settings.")));
for (const sign of ["online", "pageshow"]) addEventListener(sign, () => line.connect());
document.addEventListener("visibilitychange", () => line.connect());
byId("wall-sound").addEventListener("click", toggleSound);
byId("wall-mute").addEventListener("click", mute);

sound.prepare();
awake.keep();
showSound();
down();
line.connect();
setInterval(beat, BEAT);
setInterval(look, LOOK_AGAIN);
setInterval(renew, NEW_PAGE_EVERY);
setInterval(tick, 1000);
dark.addEventListener("change", tick);
tick();

/** Whether an alarm may be shown here: help that was called in secret must not be told where it was called. @param {Alarm} alarm */
function isForHere(alarm) {
  return alarm.kind !== "silent" || !alarm.place || alarm.place !== root.dataset.place;
}

function shown() {
  return alarms.all().filter(isForHere);
}

function show() {
  events.draw(shown());
  mark(byId("wall-plans"), shown());
  cry();
}

function cry() {
  const due = grouped(shown().filter(isOpen)).filter((group) => group.alarms.some(isUnheeded));
  const cries = due.map(cryFor);
  const wanted = isSounding() ? (LOUDNESS.find((one) => cries.includes(one)) ?? null) : null;
  sound.cry(wanted);
  byId("wall-mute").hidden = !wanted;
}

/** Nobody is coming, and nobody has silenced it. @param {Alarm} alarm */
function isUnheeded(alarm) {
  return alarm.state === "raised" && alarm.kind !== "silent" && !muted.has(alarm.id);
}

function mute() {
  for (const alarm of alarms.all()) muted.add(alarm.id);
  cry();
}

function isSounding() {
  return localStorage.getItem(SOUND) === "on";
}

async function toggleSound() {
  localStorage.setItem(SOUND, isSounding() ? "off" : "on");
  if (isSounding()) await sound.prove();
  showSound();
}

function showSound() {
  const button = byId("wall-sound");
  button.setAttribute("aria-pressed", String(isSounding()));
  const words = !isSounding() ? t("Sound at alarms is off") : sound.on ? t("Sound at alarms is on") : t("The sound is blocked until you touch the screen");
  put(/** @type {HTMLElement} */ (button.querySelector("span")), words);
  cry();
}

/** Tells the hub that this screen lives; when the next one is due and the line still holds, the one before was answered. */
function beat() {
  if (!line.live) return;
  if (asked) sure = Math.max(sure, asked);
  asked = hubNow();
  line.beat({ sound: isSounding() && sound.on ? "on" : "muted", visible: document.visibilityState === "visible" });
}

function down() {
  root.dataset.line = "down";
  lost ||= performance.now();
  byId("wall-state").textContent = t("Connecting…");
}

function tick() {
  const now = new Date(hubNow()).toISOString();
  byId("wall-time").textContent = moment(now);
  byId("wall-day").textContent = dayAndClock(now).replace(/\s*\S+$/, "");
  const hour = Number(hourOf.format(hubNow()));
  document.body.dataset.night = dark.matches || hour >= NIGHT.from || hour < NIGHT.to ? "on" : "off";
  events.tick();
  const blind = byId("wall-blind");
  if (!lost || performance.now() - lost < BLIND_AFTER) return;
  const since = new Date(sure).toISOString();
  if (blind.hidden) sayNow(t("The wallboard is BLIND since {time}", { time: moment(since) }));
  blind.hidden = false;
  put(byId("wall-blind-since"), `${t("The wallboard is BLIND since {time}", { time: moment(since) })} (${elapsed(since)})`);
}

/** Fetches what no frame tells; without an answer the last known picture stays. */
async function look() {
  if (!line.live) return;
  let board;
  try {
    board = await call("GET", "/api/wall");
  } catch (error) {
    return console.warn("What hangs beside the alarms is as old as it was:", error);
  }
  byId("wall-units").replaceChildren(...board.units.map(unitCard));
  const drawn = JSON.stringify(board.plans);
  if (drawn !== plans) byId("wall-plans").replaceChildren(...board.plans.map(draw));
  plans = drawn;
  document.body.dataset.units = board.units.length > 3 ? "many" : "few";
  document.body.dataset.plans = String(board.plans.length);
  mark(byId("wall-plans"), shown());
}

/** A hub that was changed sends another page: it is taken when nothing is open, and only if it is there to be had. */
async function renew() {
  if (shown().some(isOpen)) return;
  const answer = await fetch("/wall", { cache: "no-store" }).catch(() => null);
  const page = answer?.ok ? await answer.text() : "";
  if (page && !page.includes(`data-static="${root.dataset.static}"`)) location.reload();
}

/** @param {string[]} faults */
function unwell(faults) {
  put(byId("wall-unwell"), faults.join(" "));
}
