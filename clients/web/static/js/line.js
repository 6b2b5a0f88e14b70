/**
 * The live line to the hub: one socket that says hello, resumes at its cursor, and comes back by itself.
 *
 * It tells of "frame" (detail: one of `FromHub` in frames.js), "live" and "down".
 */

import { call, goSignIn, signedOut } from "./call.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;
const HELLO_WITHIN = 6000;
const PROOF_WITHIN = 5000;
const SIGNED_OUT = 4401;
const COME_AGAIN = 1012;

export class Line extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {number | null} */
  #cursor = null;
  #live = false;
  #tries = 0;
  #retry = 0;
  #watch = 0;

  /** Whether the hub has answered on this socket. */
  get live() {
    return this.#live;
  }

  /** Connects now, whatever wait was running. */
  connect() {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`;
    const socket = new WebSocket(address, "hub.v1");
    this.#socket = socket;
    this.#expect(HELLO_WITHIN, () => this.#lost(socket));
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ type: "hello", cursor: this.#cursor, client: "web 1" }));
    });
    socket.addEventListener("message", (event) => this.#heard(socket, event.data));
    socket.addEventListener("close", (event) => {
      if (event.code === SIGNED_OUT) goSignIn();
      else this.#lost(socket, event.code === COME_AGAIN);
    });
  }

  /**
   * Sends a frame if the line is live; says whether it went.
   * @param {import("../../frames.js").FromClient} frame
   */
  send(frame) {
    if (!this.#live || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Tells the hub that this screen lives, and finds out whether the hub does. @param {Record<string, any>} state */
  beat(state) {
    const socket = this.#socket;
    if (!socket || !this.send({ type: "beat", ...state })) return;
    // A dead radio link looks open to a socket for minutes, so each beat asks for a sign of life.
    this.#expect(PROOF_WITHIN, async () => {
      try {
        await call("GET", "/health/live", undefined, PROOF_WITHIN);
      } catch {
        this.#lost(socket);
      }
    });
  }

  /** @param {number} within @param {() => void} otherwise */
  #expect(within, otherwise) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(otherwise, within);
  }

  /** @param {WebSocket} socket @param {string} data */
  #heard(socket, data) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#watch);
    const frame = JSON.parse(data);
    if (typeof frame.cursor === "number") this.#cursor = frame.cursor;
    if (frame.type === "resync") this.#cursor = null;
    if (!this.#live) {
      this.#live = true;
      this.#tries = 0;
      this.dispatchEvent(new Event("live"));
    }
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  /** @param {WebSocket} socket @param {boolean} [moved] */
  #lost(socket, moved = false) {
    if (socket !== this.#socket) return;
    // The hub that ends has said so: another may be there already. A second time is waited for as ever.
    const atOnce = moved && this.#live;
    clearTimeout(this.#watch);
    this.#socket = null;
    socket.close();
    if (this.#live) {
      this.#live = false;
      this.dispatchEvent(new Event("down"));
    }
    if (atOnce) return this.connect();
    // Full jitter: after a restart a thousand screens must not come back in the same instant.
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries++);
    this.#retry = setTimeout(() => this.connect(), FIRST_WAIT / 2 + Math.random() * wait);
    if (this.#tries > 1) this.#stillSignedIn();
  }

  async #stillSignedIn() {
    try {
      await call("GET", "/api/session");
    } catch (error) {
      if (signedOut(error)) goSignIn();
    }
  }
}
