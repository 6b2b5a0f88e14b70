/** My own shifts, and unit by unit who is on duty until when, who of them would hear an alarm, and who comes next. */

import { call, goSignIn, inWords, signedOut } from "./call.js";
import { byId, el, icon, put, say } from "./dom.js";
import { dutyWord, onDuty } from "./duty.js";
import { start } from "./shell.js";
import { hubNow, moment, names, t } from "./texts.js";

const AGAIN_AFTER = 30_000;

/** @typedef {{person: string, name: string, unit: string, unit_name: string, duty: string, from: string, to: string, checks_in?: boolean, in_at?: string | null, out_at?: string | null}} Shift */
/** @typedef {{unit: string, unit_name: string, reachable: number, minimum: number, people: import("./duty.js").OnDuty[], until: Record<string, string>, next: Shift[]}} Unit */

const { line } = start();
let turn = 0;

line.addEventListener("live", load);
line.addEventListener("frame", (event) => event.detail.type === "reach" && load());
// A shift begins and ends by the clock, without a frame.
setInterval(load, AGAIN_AFTER);
byId("come").addEventListener("click", () => attend(true));
byId("leave-now").addEventListener("click", () => attend(false));
load();

async function load() {
  const mine = ++turn;
  try {
    const board = await call("GET", "/api/duty/board");
    if (mine !== turn) return;
    drawMine(board.mine);
    byId("units").replaceChildren(...board.units.map(unit));
    put(byId("problem"), null);
  } catch (error) {
    if (mine !== turn) return;
    if (signedOut(error)) goSignIn();
    else put(byId("problem"), inWords(error));
  }
}

/** @param {Shift[]} shifts */
function drawMine(shifts) {
  const running = shifts.filter(isRunning);
  const [shift] = running;
  byId("mine-now").dataset.state = shift ? "on" : "off";
  put(byId("mine-state"), shift ? t("You are on duty in {unit} until {time}.", { unit: shift.unit_name, time: moment(shift.to) }) : t("You are not on duty now."));
  put(byId("mine-how"), running.map((one) => dutyWord(one.duty)).filter(Boolean).join(" · "));
  drawAttendance(shifts.filter((one) => one.checks_in));
  const ahead = shifts.filter((one) => !isRunning(one));
  byId("mine-next").replaceChildren(...ahead.map((one) => el("li", {}, el("strong", {}, `${moment(one.from)} – ${moment(one.to)}`), el("span", { class: "detail" }, [one.unit_name, dutyWord(one.duty)].filter(Boolean).join(" · ")))));
  byId("mine-none").hidden = ahead.length > 0;
}

/** Coming is one tap, leaving two: whoever leaves by mistake is missed, and can come again. @param {Shift[]} shifts those that run or begin soon */
function drawAttendance(shifts) {
  const came = shifts.find((one) => one.in_at);
  const there = shifts.some((one) => one.in_at && !one.out_at);
  byId("come").hidden = !shifts.some((one) => !one.in_at || one.out_at);
  byId("leave").hidden = !there;
  const left = !there && came?.out_at;
  put(byId("mine-came"), left ? t("You checked out at {time}.", { time: moment(left) }) : came?.in_at ? t("You checked in at {time}.", { time: moment(came.in_at) }) : null);
}

/** @param {boolean} present */
async function attend(present) {
  try {
    await call("POST", "/api/attendance", { present });
    byId("leave").open = false;
    await load();
    say(byId("mine-came").textContent ?? "");
  } catch (error) {
    if (signedOut(error)) goSignIn();
    else put(byId("problem"), inWords(error));
  }
}

/** @param {Shift} shift */
function isRunning(shift) {
  return Date.parse(shift.from) <= hubNow();
}

/** @param {Unit} one */
function unit(one) {
  const state = one.reachable === 0 ? "none" : one.reachable < one.minimum ? "few" : "enough";
  const sentence = { none: t("Nobody can hear an alarm"), few: t("Only {n} can hear an alarm", { n: one.reachable }), enough: t("{n} can hear an alarm", { n: one.reachable }) }[state];
  const people = one.people.map((person) => onDuty(person, one.until[person.person] ? t("until {time}", { time: moment(one.until[person.person]) }) : ""));
  const next = one.next.length
    ? t("Next at {time}: {names}", { time: moment(one.next[0].from), names: names(one.next.map((shift) => shift.name)) })
    : t("Nobody follows on the roster within a day.");
  return el(
    "section",
    { class: "unit-duty", "data-unit": one.unit },
    el("h3", {}, one.unit_name),
    el("p", { class: "unit-reach", "data-state": state }, icon(state === "enough" ? "ear" : "warning"), el("span", {}, sentence)),
    people.length ? el("ul", { class: "people" }, ...people) : el("p", { class: "empty" }, t("Nobody is on the roster here right now.")),
    el("p", { class: "next" }, icon("waiting"), el("span", {}, next)),
  );
}
