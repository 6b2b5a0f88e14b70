/**
 * Where this phone is, told to the hub only while its person's time alone, or the alarm that it became, lasts.
 *
 * It tells of "change" when it begins and when it ends.
 */

import { call, Refused } from "./call.js";
import { me } from "./dom.js";

const EVERY = 20_000;
const KEPT = `hub.shares.${me.id}`;

export class Whereabouts extends EventTarget {
  /** The session for which this phone, and no other screen of the same person, is followed. @type {string | null} */
  #session = null;
  #watch = 0;
  /** Not sent yet. @type {GeolocationCoordinates | null} */
  #newest = null;
  #sent = -EVERY;

  /** @param {import("./lone.js").Lone} lone */
  constructor(lone) {
    super();
    this.lone = lone;
    lone.addEventListener("change", () => this.#look());
    setInterval(() => this.#tell(), EVERY);
    const kept = localStorage.getItem(KEPT);
    if (kept) this.share(kept);
  }

  get sharing() {
    return this.#session !== null;
  }

  /** Follows this phone for the session, if the person lets the browser. @param {string} session */
  share(session) {
    if (!navigator.geolocation) return;
    this.#session = session;
    localStorage.setItem(KEPT, session);
    this.#sent = -EVERY;
    navigator.geolocation.clearWatch(this.#watch);
    this.#watch = navigator.geolocation.watchPosition(
      (found) => {
        this.#newest = found.coords;
        this.#tell();
      },
      (error) => error.code === error.PERMISSION_DENIED && this.stop(),
      { enableHighAccuracy: true, maximumAge: EVERY },
    );
    this.dispatchEvent(new Event("change"));
  }

  stop() {
    if (!this.#session) return;
    navigator.geolocation.clearWatch(this.#watch);
    localStorage.removeItem(KEPT);
    this.#session = this.#newest = null;
    this.dispatchEvent(new Event("change"));
  }

  /** The person said that it is over; of an alarm the hub itself says when it has had enough. */
  #look() {
    if (this.#session && this.lone.ended.has(this.#session)) this.stop();
    else this.#tell();
  }

  async #tell() {
    const [session, where] = [this.#session, this.#newest];
    // The hub does not know of the session before it has answered.
    if (!session || !where || this.lone.sending === "start" || performance.now() - this.#sent < EVERY) return;
    this.#sent = performance.now();
    this.#newest = null;
    try {
      await call("POST", `/api/lone/${session}/position`, { lat: where.latitude, lon: where.longitude, accuracy_m: Math.min(where.accuracy, 1e7) });
    } catch (error) {
      // Refused: over. Not reached: the next one will be newer.
      if (error instanceof Refused && session === this.#session) this.stop();
    }
  }
}
