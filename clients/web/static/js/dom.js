/** The little that the screens need of the document. Text goes in as text only, never as markup. */

const SVG = "http://www.w3.org/2000/svg";
const root = document.documentElement;

/** @template {HTMLElement} T @param {string} id @returns {T} */
export function byId(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/**
 * An element with its attributes and children; strings become text.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The address of an icon in the sprite. @param {string} name */
export function iconAddress(name) {
  return `${root.dataset.static}/icons.svg#${name}`;
}

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", iconAddress(name));
  svg.append(use);
  return svg;
}

/**
 * A copy of a <template>, and its slots by name.
 * @param {string} id
 * @returns {{root: HTMLElement, slots: Record<string, HTMLElement>}}
 */
export function stamp(id) {
  const copy = /** @type {HTMLElement} */ (byId(id).content.firstElementChild.cloneNode(true));
  return { root: copy, slots: slotsIn(copy) };
}

/** @param {HTMLElement} within @returns {Record<string, HTMLElement>} */
export function slotsIn(within) {
  return Object.fromEntries([...within.querySelectorAll("[data-slot]")].map((slot) => [slot.dataset.slot, slot]));
}

/** Shows a text, or hides its element when there is none. @param {HTMLElement} element @param {string | null | undefined} text */
export function put(element, text) {
  if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
  element.hidden = !text;
}

/** Says something to screen readers when they are ready. @param {string} text */
export function say(text) {
  byId("say-politely").textContent = text;
}

/** Says something to screen readers at once; an open dialog has its own voice, for all behind it is mute. @param {string} text */
export function sayNow(text) {
  const dialog = document.querySelector("dialog[open] [role=alert].unseen");
  (dialog ?? byId("say-now")).textContent = text;
}

/** Who is signed in, as the page was told. */
export const me = { id: root.dataset.me ?? "", name: root.dataset.name ?? "", role: root.dataset.role ?? "" };
