/** Being reached with the page closed: one switch, and one honest sentence beside it. */

import { call } from "./call.js";
import { byId, el, icon, me, sayNow } from "./dom.js";
import { t } from "./texts.js";

const WORKER = "/sw.js";
const PATH = "/api/push/subscriptions";

const sentence = el("span", { id: "push-text" });
const action = /** @type {HTMLButtonElement} */ (el("button", { type: "button", class: "quiet", id: "push-switch" }));
/** What a tap on the switch does now. @type {() => Promise<unknown>} */
let tapped = async () => {};

/** Shows the switch, mends what can be mended without asking, and tells of browsers that were lost. @param {import("./line.js").Line} line */
export function keepPush(line) {
  document.querySelector(".foot")?.prepend(el("p", { class: "who", id: "push" }, sentence, " ", action));
  action.hidden = true;
  action.addEventListener("click", async () => {
    action.disabled = true;
    await tapped().finally(() => (action.disabled = false));
  });
  line.addEventListener("live", () => look());
  line.addEventListener("frame", (event) => event.detail.type === "warning" && event.detail.code === "push_lost" && lost(event.detail));
}

/** Who signs out is reached here no more: the next person at this browser must not get, or answer, their alarms. */
export async function endPush() {
  const found = await existing().catch(() => null);
  if (!found) return;
  await call("DELETE", `${PATH}/${await idOf(found)}`).catch(() => {});
  await found.unsubscribe().catch(() => {});
}

/**
 * How it stands with being reached here: "impossible", "none" (this hub has no push), "blocked", "off" or "on".
 * @returns {Promise<{state: string, key?: string}>}
 */
async function standing() {
  if (!possible()) return { state: "impossible" };
  const { key } = await call("GET", "/api/push/key");
  if (!key) return { state: "none" };
  if (Notification.permission === "denied") return { state: "blocked" };
  return { state: Notification.permission === "granted" && (await existing()) ? "on" : "off", key };
}

/** Says how it stands, and whether something was mended; only a person's tap may ask for permission, so this does not. */
async function look() {
  try {
    const { state, key } = await standing();
    if (state === "impossible") return impossible();
    if (state === "none") return say(t("This hub sends no notifications: alarms reach you only while the page is open."));
    if (state === "blocked") return blocked();
    if (state === "off") return off();
    const mended = await subscribe(key ?? "");
    on();
    return mended;
  } catch (error) {
    failed(error);
  }
}

/** How it stands, and when a notification was last seen to come through here. @returns {Promise<{state: string, known?: boolean, proven_at?: string | null}>} */
export async function pushHere() {
  const { state } = await standing();
  const found = state === "on" ? await existing() : null;
  if (!found) return { state };
  const id = await idOf(found);
  const known = (await call("GET", PATH)).subscriptions.find((/** @type {{id: string}} */ one) => one.id === id);
  return { state, known: Boolean(known), proven_at: known?.proven_at };
}

function possible() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** Whether only a page on the home screen can be reached. */
export function isApple() {
  return /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
}

function impossible() {
  say(isApple() ? t("On iPhone and iPad: add the page to the home screen and open it there to receive alarms when it is closed.") : t("This browser cannot receive alarms when the page is closed."));
}

function on() {
  say(t("You also receive alarms here when the page is closed."), t("Turn off"), async () => {
    await endPush();
    off();
  });
}

function off() {
  say(t("Alarms reach you here only while the page is open."), t("Receive alarms when the page is closed"), turnOn);
}

function blocked() {
  say(t("Notifications are blocked: allow them for this page in the browser's settings, or alarms reach you only while the page is open."));
}

/** @param {unknown} error */
function failed(error) {
  console.warn("Push could not be set up:", error);
  say(t("Notifications could not be turned on. Check the network and try again."), t("Receive alarms when the page is closed"), turnOn);
}

/** Asks for permission, and subscribes; only a person's tap may do so. */
export async function turnOn() {
  // First of all, while the browser still knows that a person tapped.
  const permission = await Notification.requestPermission();
  if (permission === "denied") return blocked();
  if (permission !== "granted") return off();
  try {
    const { key } = await call("GET", "/api/push/key");
    await subscribe(key);
    on();
  } catch (error) {
    failed(error);
  }
}

/** Sees to it that this browser has a subscription that the hub knows and holds for alive; whether it had to be made. @param {string} key */
async function subscribe(key) {
  await navigator.serviceWorker.register(WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  const known = (await call("GET", PATH)).subscriptions.map((/** @type {{id: string}} */ one) => one.id);
  const found = await pushManager.getSubscription();
  if (found && known.includes(await idOf(found)) && keyOf(found) === key) return false;
  // Dead, somebody else's, or made for another hub: only a new address is sure to be heard.
  await found?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await call("POST", PATH, made.toJSON());
  return true;
}

async function existing() {
  const registration = possible() ? await navigator.serviceWorker.getRegistration("/") : undefined;
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** The name that the hub gives it. @param {PushSubscription} subscription */
async function idOf(subscription) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 32);
}

/** @param {PushSubscription} subscription */
function keyOf(subscription) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** A browser was lost to push: this one mends itself, another one's person must be told. @param {import("../../frames.js").WarningFrame} warning */
async function lost(warning) {
  const mine = warning.person === me.id;
  const words = mine ? t("A device of yours can no longer be reached when the page is closed: open the page on it.") : t("{name} can no longer be reached when the page is closed.", { name: warning.name });
  const strip = el("button", { type: "button", class: "strip strip-sound", "data-lost": warning.person }, icon("warning"), el("span", {}, words), el("span", { class: "strip-open" }, t("Close")));
  strip.addEventListener("click", () => strip.remove());
  document.querySelector(`[data-lost="${CSS.escape(warning.person)}"]`)?.remove();
  byId("strips").append(strip);
  sayNow(words);
  if (mine && (await look())) strip.remove();
}

/** @param {string} text @param {string} [label] @param {() => Promise<unknown>} [does] */
function say(text, label = "", does = async () => {}) {
  sentence.textContent = text;
  action.textContent = label;
  action.hidden = !label;
  tapped = does;
}
