/**
 * Receives alarms while no page is open: shows each one, tells the hub that it came, and carries the answer back.
 *
 * It knows no language: every word that it shows came in the message.
 */

const REPLIES = "/api/push/replies";
const SHAKE = [500, 200, 500, 200, 500];
const DRILL_SHAKE = [120];
// A receipt goes on trying for as long as a hub may take to come back; a person waits for the fate of an answer.
const RECEIPT_TRIES = [0, 1000, 3000, 5000, 10_000, 15_000];
const ANSWER_TRIES = [0, 1000, 3000];
const ANSWER_WITHIN = 5000;

/** @typedef {{id?: string, title?: string, body?: string, tag?: string, url?: string, lang?: string, drill?: boolean, reply?: string, unsent?: string, actions?: {action: string, title: string}[]}} Message */

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
  return self.registration.showNotification(message.title || "Tryghedshub", {
    body: message.body ?? "",
    tag: message.tag ?? "",
    lang: message.lang ?? "",
    // Without a tag there is nothing to be repeated, and the browser refuses the wish.
    renotify: Boolean(message.tag) && !again,
    requireInteraction: true,
    vibrate: message.drill ? DRILL_SHAKE : SHAKE,
    actions: message.actions ?? [],
    data: message,
  });
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
