/** Can I receive alarms here? Every check in one sentence, and a test alarm that goes the whole way. */

import { call, inWords, signedOut, goSignIn } from "./call.js";
import { audible, clockOffset, connection, counted, offline, power, pushes } from "./checks.js";
import { byId, el, icon, put, say, sayNow } from "./dom.js";
import { pushHere } from "./notifications.js";
import { start } from "./shell.js";
import { clock, t } from "./texts.js";

const AGAIN_AFTER = 15_000;
const LOOK_EVERY = 1000;
const LATE = 20_000;
const SIGNS = { ok: "check", warn: "warning", bad: "cross" };

/** @typedef {import("./checks.js").Check} Check */
/** @typedef {{word: string, done: boolean, late?: string}} Rung */

const { line, sound } = start();
let turn = 0;

for (const [source, event] of /** @type {[EventTarget, string][]} */ ([[line, "live"], [line, "down"], [sound, "change"], [document, "visibilitychange"]])) source.addEventListener(event, look);
setInterval(look, AGAIN_AFTER);
byId("test").addEventListener("click", test);
look();

async function look() {
  const mine = ++turn;
  const unanswered = () => ({ name: t("What the hub sees"), state: /** @type {const} */ ("bad"), text: t("The hub does not answer. Check the network and try again.") });
  const pushed = pushes().catch(() => []);
  const checks = [connection(line), await counted().catch(unanswered), audible(sound), ...(await pushed), await power(), clockOffset(), await offline()];
  if (mine === turn) draw(checks.filter((check) => check !== null));
}

/** @param {Check[]} checks */
function draw(checks) {
  const words = { ok: t("In order"), warn: t("Look at this"), bad: t("Must be mended") };
  byId("checks").replaceChildren(...checks.map(({ name, state, text }) => el("li", { "data-state": state }, icon(SIGNS[state]), el("strong", {}, name), el("span", { class: "verdict-word" }, words[state]), el("p", {}, text))));
  // Only a page that does not hear the hub hears nothing; all else makes it less sure.
  const state = !line.live ? "bad" : checks.some((check) => check.state === "bad") ? "warn" : "ok";
  const closed = checks.some((check) => check.closed && check.state === "ok");
  const sure = closed ? t("You can receive alarms here") : t("You can receive alarms while this page is open");
  const verdict = { bad: t("You can NOT receive alarms"), warn: t("You can receive alarms, but something must be mended"), ok: sure }[state];
  const box = byId("verdict");
  box.dataset.state = state;
  box.querySelector("use")?.setAttribute("href", `${document.documentElement.dataset.static}/icons.svg#${SIGNS[state]}`);
  if (byId("verdict-text").textContent !== verdict) say(verdict);
  put(byId("verdict-text"), verdict);
}

/** The hub sends it as it sends an alarm: to this page over the line, and beside it as a notification. */
async function test() {
  const button = /** @type {HTMLButtonElement} */ (byId("test"));
  button.disabled = true;
  put(byId("test-problem"), null);
  const before = performance.now();
  try {
    const seen = { came: false, tapped: false };
    const hear = (/** @type {any} */ event) => {
      const frame = event.detail;
      if (frame.type === "proof") seen[frame.state === "proven" ? "tapped" : "came"] = true;
    };
    line.addEventListener("frame", hear);
    const asked = await call("POST", "/api/proofs");
    sayNow(t("Can you hear this? Tap here"));
    await follow(asked, seen, before);
    line.removeEventListener("frame", hear);
  } catch (error) {
    if (signedOut(error)) return goSignIn();
    put(byId("test-problem"), inWords(error));
  } finally {
    button.disabled = false;
    look();
  }
}

/** @param {{id: string, at: string, push: boolean}} asked @param {{came: boolean, tapped: boolean}} seen @param {number} before */
async function follow(asked, seen, before) {
  for (;;) {
    const here = asked.push ? await pushHere().catch(() => null) : null;
    const pushed = Boolean(here?.proven_at && here.proven_at >= asked.at);
    const late = performance.now() - before > LATE;
    const rungs = [
      { word: t("Sent at {time}", { time: clock(asked.at) }), done: true },
      { word: t("Came to this page"), done: seen.came, late: t("It did not come to this page: load the page again, and check the network.") },
      { word: t("You heard it, and tapped"), done: seen.tapped, late: t("No tap: tap the yellow bar at the top. Heard nothing? Turn the volume up, and silent mode off.") },
      asked.push
        ? { word: t("Came as a notification to this device"), done: pushed, late: t("No notification came here: let the browser notify in the phone's settings, and turn battery saving off for it.") }
        : { word: t("No notification is sent: you are reached only while the page is open"), done: false, late: t("Turn notifications on at the foot of the page, and test again.") },
    ];
    drawTest(rungs, late);
    // Where no notification was sent, none is waited for.
    if (late || (seen.came && seen.tapped && (pushed || !asked.push))) return drawTest(rungs, true);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** @param {Rung[]} rungs @param {boolean} over */
function drawTest(rungs, over) {
  byId("test-steps").replaceChildren(
    ...rungs.map((rung) => {
      const failed = over && !rung.done && rung.late;
      return el("li", { class: rung.done ? "done" : failed ? "failed" : "todo" }, icon(rung.done ? "check" : failed ? "cross" : "waiting"), el("span", {}, rung.word), ...(failed ? [el("span", { class: "detail" }, rung.late ?? "")] : rung.done ? [] : [el("span", { class: "unseen" }, t("not yet"))]));
    }),
  );
  byId("test-steps").hidden = false;
  const passed = over && rungs.every((rung) => rung.done);
  put(byId("test-passed"), passed ? t("The test alarm went the whole way.") : null);
  if (passed) say(t("The test alarm went the whole way."));
}
