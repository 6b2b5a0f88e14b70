/** What can keep an alarm from being heard on this very device: each check is one sentence, and says what to do. */

import { call } from "./call.js";
import { me } from "./dom.js";
import { isApple, pushHere } from "./notifications.js";
import { clockAhead, moment, t } from "./texts.js";

const CLOCK_WRONG = 20;
const LOW = 0.1;

/** @typedef {"ok" | "warn" | "bad"} State */
/** @typedef {{name: string, state: State, text: string, closed?: boolean}} Check closed: whether it is about being reached with the page closed */

/** @param {import("./line.js").Line} line @returns {Check} */
export function connection(line) {
  const name = t("Connection");
  if (line.live) return { name, state: "ok", text: t("This page hears the hub.") };
  return { name, state: "bad", text: t("This page does not hear the hub: turn off flight mode, and check Wi-Fi or mobile data.") };
}

/** @param {import("./sound.js").Sound} sound @returns {Check} */
export function audible(sound) {
  const name = t("Sound");
  if (sound.on) return { name, state: "ok", text: t("The browser lets this page sound. It cannot see the volume: turn it up, and turn silent mode off.") };
  return { name, state: "bad", text: t("The browser keeps this page silent: touch the screen once.") };
}

/** @returns {Promise<Check[]>} */
export async function pushes() {
  const [permission, subscribed, proven] = [t("Permission to notify"), t("Reached with the page closed"), t("Last notification seen to come")];
  const here = await pushHere();
  if (here.state === "none") return [{ name: subscribed, state: "warn", text: t("This hub sends no notifications: alarms reach you only while the page is open.") }];
  if (here.state === "impossible") return [{ name: subscribed, state: "warn", text: isApple() ? t("On iPhone and iPad: add the page to the home screen and open it there to receive alarms when it is closed.") : t("This browser cannot receive alarms when the page is closed.") }];
  if (here.state === "blocked") return [{ name: permission, state: "bad", text: t("Notifications are blocked: allow them for this page in the browser's settings, or alarms reach you only while the page is open.") }];
  if (here.state === "off") return [{ name: permission, state: "bad", text: t("Notifications are not turned on here: press the button at the foot of the page.") }];
  /** @type {Check} */
  const allowed = { name: permission, state: "ok", text: t("This page may notify you.") };
  if (!here.known) return [allowed, { name: subscribed, state: "bad", text: t("The hub does not know this browser any more: turn notifications off and on again at the foot of the page.") }];
  return [
    allowed,
    { name: subscribed, state: "ok", text: t("The hub knows this browser."), closed: true },
    here.proven_at
      ? { name: proven, state: "ok", text: t("Came through at {time}.", { time: moment(here.proven_at) }) }
      : { name: proven, state: "warn", text: t("None has been seen to come through yet: send yourself the test alarm below.") },
  ];
}

/** @returns {Promise<Check>} */
export async function power() {
  const name = t("Battery and screen");
  const battery = await navigator.getBattery?.().catch(() => undefined);
  if (battery && battery.level < LOW && !battery.charging) return { name, state: "bad", text: t("The battery is almost flat: charge the device.") };
  if (!("wakeLock" in navigator)) return { name, state: "warn", text: t("This browser does not tell whether battery saving is on: turn it off while you are on duty.") };
  // A device that saves its battery refuses to keep the screen awake.
  const refused = document.visibilityState === "visible" && (await navigator.wakeLock.request("screen").then((lock) => lock.release(), () => true));
  if (refused) return { name, state: "warn", text: t("The device saves its battery: turn battery saving off for the browser while you are on duty.") };
  return { name, state: "ok", text: t("No sign of battery saving.") };
}

/** @returns {Check} */
export function clockOffset() {
  const name = t("Clock");
  const wrong = clockAhead();
  if (wrong === null) return { name, state: "warn", text: t("The hub has not been heard, so the clock cannot be compared.") };
  const seconds = Math.round(Math.abs(wrong));
  if (seconds < CLOCK_WRONG) return { name, state: "ok", text: t("The clock is right.") };
  return { name, state: "warn", text: t("This device's clock is {n} seconds wrong: let it set its time by itself. Alarms go by the hub's clock.", { n: seconds }) };
}

/** @returns {Promise<Check>} */
export async function offline() {
  const name = t("Opens without a network");
  if (await globalThis.caches?.match("/")) return { name, state: "ok", text: t("The alarm button is kept on this device.") };
  return { name, state: "warn", text: t("The alarm button is not kept on this device yet: open it once while there is a network.") };
}

/** How the hub counts this person, where they are on duty. @returns {Promise<Check | null>} */
export async function counted() {
  const name = t("What the hub sees");
  const { units } = await call("GET", "/api/duty/board");
  const own = units.flatMap((/** @type {{people: import("./duty.js").OnDuty[]}} */ unit) => unit.people).find((/** @type {import("./duty.js").OnDuty} */ one) => one.person === me.id);
  if (!own) return { name, state: "warn", text: t("You are not on duty now, so alarms reach you only if a rule says so.") };
  return { name, state: { full: "ok", partly: "warn", not: "bad" }[own.reach], text: own.advice };
}
