/** Keeps the screen from going dark, where the browser lets a page do so. It tells of "change". */

export class Awake extends EventTarget {
  /** @type {WakeLockSentinel | null} */
  #lock = null;

  /** Asks for it now, and again each time that the page comes back into sight: a browser takes it away when it is hidden. */
  keep() {
    document.addEventListener("visibilitychange", () => this.ask());
    addEventListener("pageshow", () => this.ask());
    this.ask();
  }

  /** Whether the browser has promised to keep the screen lit. */
  get on() {
    return this.#lock !== null;
  }

  async ask() {
    if (this.#lock || document.visibilityState !== "visible") return;
    try {
      // Not there at all where the hub is reached without TLS.
      this.#lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.#lock = null;
    }
    this.#lock?.addEventListener("release", () => {
      this.#lock = null;
      this.dispatchEvent(new Event("change"));
      this.ask();
    });
    this.dispatchEvent(new Event("change"));
  }
}
