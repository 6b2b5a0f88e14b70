/** Words and times in the person's language and the institution's time zone. */

const page = document.documentElement;

/** @type {Record<string, string>} */
const words = globalThis.hubWords;

/**
 * The text for a msgid, with its {slots} filled.
 * @param {string} msgid
 * @param {Record<string, string | number>} [values]
 */
export function t(msgid, values = {}) {
  return (words[msgid] || msgid).replace(/\{(\w+)\}/g, (slot, name) => String(values[name] ?? slot));
}

/** Made when first used: the button waits for no calendar. @template T @param {() => T} make */
function once(make) {
  /** @type {T | undefined} */
  let made;
  return () => (made ??= make());
}

// English as it is written in Europe: the day before the month.
const locale = page.lang === "en" ? "en-GB" : page.lang;
const timeZone = page.dataset.timezone || undefined;
const toSecond = once(() => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone }));
const toMinute = once(() => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }));
const toDay = once(() => new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short", timeZone }));
const dayKey = once(() => new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone }));
const list = once(() => new Intl.ListFormat(locale, { type: "conjunction" }));

// This device's clock may be an hour wrong; the page knows what the hub's clock said when it was sent.
const [navigation] = performance.getEntriesByType("navigation");
const ahead = page.dataset.now
  ? performance.timeOrigin + (navigation?.responseStart ?? performance.now()) - Date.parse(page.dataset.now)
  : 0;

/** The moment it is on the hub, in milliseconds. */
export function hubNow() {
  return performance.timeOrigin + performance.now() - ahead;
}

/** How many seconds this device's clock is ahead of the hub's; null where the hub's is not known. */
export function clockAhead() {
  return page.dataset.now ? ahead / 1000 : null;
}

/** 12.01.07 @param {string} iso */
export function clock(iso) {
  return toSecond().format(new Date(iso));
}

/** 12.01, or fre. 13. nov. 12.01 when it was another day. @param {string} iso */
export function moment(iso) {
  const at = new Date(iso);
  const today = dayKey().format(at) === dayKey().format(hubNow());
  return today ? toMinute().format(at) : `${toDay().format(at)} ${toMinute().format(at)}`;
}

/** fre. 13. nov. 12.01.07 @param {string} iso */
export function dayAndClock(iso) {
  return `${toDay().format(new Date(iso))} ${clock(iso)}`;
}

/** How long ago, as 0:34 or 1:02:34. @param {string} iso */
export function elapsed(iso) {
  const seconds = Math.max(0, Math.floor((hubNow() - Date.parse(iso)) / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "Mette, Jonas og Lone" @param {Iterable<string>} names */
export function names(names) {
  return list().format([...names]);
}
