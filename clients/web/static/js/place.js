/** Where the person said that they were, remembered in this browser: the same on every page, also for the hot key. */

import { me } from "./dom.js";

const KEPT = `hub.place.${me.id}`;

/** The id of the place, or "". */
export function lastPlace() {
  return localStorage.getItem(KEPT) ?? "";
}

/** @param {string} place */
export function keepPlace(place) {
  localStorage.setItem(KEPT, place);
}
