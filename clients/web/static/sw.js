/**
 * Receives alarms while no page is open: shows each one, tells the hub that it came, and carries the answer back.
 * Without a network it opens the alarm button as it was last seen, with all that it needs.
 *
 * It knows no language: every word that it shows came in the message or in the page.
 */

const REPLIES = "/api/push/replies";
const SHAKE = [500, 200, 500, 200, 500];
const DRILL_SHAKE = [120];
const QUIET_SHAKE = [800, 200, 800, 200, 800, 200, 800];
// A receipt goes on trying for as long as a hub may take to come back; a person waits for the fate of an answer.
const RECEIPT_TRIES = [0, 1000, 3000, 5000, 10_000, 15_000];
const ANSWER_TRIES = [0, 1000, 3000];
const ANSWER_WITHIN = 5000;
// A network that is there and carries nothing must not keep the button from the screen for longer.
const PAGE_WITHIN = 4000;
const UNREACHED = [502, 503, 504];
const BUTTON = "/";
const OFFLINE = "/offline";

/** @typedef {{id?: string, title?: string, body?: string, tag?: string, url?: string, lang?: string, drill?: boolean, quiet?: boolean, reply?: string, unsent?: string, actions?: {action: string, title: string}[]}} Message */

self.addEventListener("install", (event) => event.waitUntil(Promise.all([self.skipWaiting(), ...[OFFLINE, BUTTON].map(fetched)])));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  // Such an address changes with what lies behind it: what is kept is never old.
  else if (pathname.startsWith("/static/")) event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
});

self.addEventListener("push", (event) => {
  const message = messageIn(event);
  const shown = show(message).then(() => reply(message, { stage: "shown" }, RECEIPT_TRIES));
  // Beside showNotification(), never after it: a browser may leave that pending for ever, and an SMS waits for the receipt.
  event.waitUntil(Promise.allSettled([reply(message, { stage: "received" }, RECEIPT_TRIES), shown]));
});

self.addEventListener("notificationclick", (event) => {
  const message = event.notification.data ?? {};
  event.notification.close();
  const work = [open(message.url)];
  if (event.action) work.push(answer(message, event.action));
  event.waitUntil(Promise.allSettled(work));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.newSubscription)));

/** What the message says; one that cannot be read is still shown, for something happened. @returns {Message} */
function messageIn(event) {
  // A browser that understood the declarative form hands over the notification that it would have shown.
  const declared = event.notification;
  if (declared) return { title: declared.title, body: declared.body, tag: declared.tag, ...declared.data };
  try {
    return event.data.json() ?? {};
  } catch {
    return {};
  }
}

/** @param {Message} message */
async function show(message) {
  // The hub sends anew what it cannot know to have come; the same once more replaces itself without a sound.
  const here = message.tag ? await self.registration.getNotifications({ tag: message.tag }) : [];
  const again = here.some((one) => message.id && one.data?.id === message.id);
  // Where residents sleep, the page in front of the person shakes and shines; without one, only the phone's own setting
  // decides how it is heard, for no browser lets a notification shake without sounding.
  const silent = Boolean(message.quiet) && (await isSeen());
  return self.registration.showNotification(message.title || "Tryghedshub", {
    body: message.body ?? "",
    tag: message.tag ?? "",
    lang: message.lang ?? "",
    // Without a tag there is nothing to be repeated, and the browser refuses the wish.
    renotify: Boolean(message.tag) && !again,
    requireInteraction: true,
    ...(silent ? { silent } : { vibrate: message.drill ? DRILL_SHAKE : message.quiet ? QUIET_SHAKE : SHAKE }),
    actions: message.actions ?? [],
    data: message,
  });
}

/** Whether a page of the hub is in front of the person this moment. */
async function isSeen() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.some((window) => window.visibilityState === "visible");
}

/** The page in front of the person: the one that is open, else a new one. @param {string | undefined} url */
async function open(url) {
  const [window] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  // Only ever a page of this hub, whatever the message says.
  return window ? window.focus() : self.clients.openWindow(new URL(url ?? "/", self.location.origin).pathname);
}

/** Answers the alarm; a person whose answer did not arrive must not believe that it did. @param {Message} message @param {string} said */
async function answer(message, said) {
  if (await reply(message, { answer: said }, ANSWER_TRIES)) return;
  await show({ ...message, id: undefined, body: message.unsent ?? message.body });
}

/** Says something to the hub in the message's own name; whether the hub took it. @param {Message} message @param {object} said @param {number[]} tries */
async function reply(message, said, tries) {
  if (!message.reply) return false;
  const subscription = await ownId();
  const body = { token: message.reply, ...said, ...(subscription && { subscription }) };
  for (const wait of tries) {
    await new Promise((done) => setTimeout(done, wait));
    const status = await post(REPLIES, body, "omit");
    if (status < 500) return status < 300;
  }
  return false;
}

/** The status of the hub's answer; 599 when there was none. @param {string} path @param {object} body @param {RequestCredentials} credentials */
async function post(path, body, credentials) {
  try {
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(ANSWER_WITHIN);
    return (await fetch(path, { method: "POST", credentials, headers, body: JSON.stringify(body), signal })).status;
  } catch {
    return 599;
  }
}

/** The name under which the hub knows this browser's subscription. */
async function ownId() {
  const subscription = await self.registration.pushManager.getSubscription();
  if (!subscription) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 32);
}

/** The push service gave this browser a new address: the hub must have it before the next alarm. @param {PushSubscription | null | undefined} given */
async function renew(given) {
  const { key } = await (await fetch("/api/push/key")).json();
  if (!key) return;
  const subscription = given ?? (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  await post("/api/push/subscriptions", subscription.toJSON(), "same-origin");
}

/** The page from the hub; where that cannot be reached, the button, or what is for those who have none. @param {FetchEvent} event @param {string} path */
async function page(event, path) {
  try {
    const answer = await fetch(event.request, { signal: AbortSignal.timeout(PAGE_WITHIN) });
    if (UNREACHED.includes(answer.status)) throw new Error(String(answer.status));
    if (path === BUTTON) event.waitUntil(keep(BUTTON, answer.clone()));
    return answer;
  } catch (error) {
    const button = await caches.match(BUTTON);
    if (button && path !== BUTTON) return Response.redirect(BUTTON);
    const kept = button ?? (await caches.match(OFFLINE));
    if (!kept) throw error;
    // What the hub's clock said when the page was sent is long past.
    const text = (await kept.text()).replace(/data-now="[^"]*"/, 'data-now="" data-kept');
    return new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": kept.headers.get("Content-Security-Policy") ?? "" } });
  }
}

/** @param {string} path */
async function fetched(path) {
  await keep(path, await fetch(path));
}

/** Keeps a page with every file that it names, and nothing of the one before; who is signed out has no button. @param {string} path @param {Response} answer */
async function keep(path, answer) {
  if (answer.redirected || answer.type === "opaqueredirect") return caches.delete(path);
  if (!answer.ok) return;
  const text = await answer.clone().text();
  const files = new Set(text.match(/\/static\/[^"#\s]+\.\w+/g));
  const cache = await caches.open(path);
  for (const file of files) if (!(await cache.match(file))) await cache.add(file);
  await cache.put(path, answer);
  for (const { url } of await cache.keys()) if (!files.has(new URL(url).pathname) && new URL(url).pathname !== path) await cache.delete(url);
}
