/** The siren, made by the browser itself, and whether this screen can be heard at all. */

/** Each cry is notes of [hertz, seconds, loudness], played again after `every` seconds; 0 is played once. */
const CRIES = {
  siren: { every: 2.4, notes: [[960, 0.4, 0.5], [720, 0.4, 0.5], [960, 0.4, 0.5], [720, 0.4, 0.5], [960, 0.4, 0.5], [720, 0.4, 0.5]] },
  call: { every: 4, notes: [[660, 0.22, 0.35], [880, 0.4, 0.35]] },
  chime: { every: 20, notes: [[520, 0.5, 0.25]] },
  nudge: { every: 10, notes: [[880, 0.15, 0.3], [880, 0.15, 0.3]] },
  proof: { every: 0, notes: [[660, 0.15, 0.35], [880, 0.3, 0.35]] },
};
const SHAKES = { siren: [500, 200, 500, 200, 500], call: [250, 150, 250], chime: [120], nudge: [120], proof: [80] };

/** @typedef {keyof typeof CRIES} Cry */

/** @type {Cry[]} */
export const LOUDNESS = ["siren", "call", "nudge", "chime"];

export class Sound extends EventTarget {
  /** @type {AudioContext | null} */
  #audio = null;
  /** @type {Cry | null} */
  #crying = null;
  /** Whether it only shakes, where residents are not to be woken. */
  #quietly = false;
  /** @type {Map<string, {cry: Cry, quietly: boolean}>} */
  #wanted = new Map();
  #timer = 0;
  /** @type {OscillatorNode[]} */
  #playing = [];

  /** Waits for the first touch or key: browsers let a page make sound only after one. */
  prepare() {
    this.#audio = new AudioContext();
    this.#audio.addEventListener("statechange", () => this.dispatchEvent(new Event("change")));
    const unlock = () => this.unlock();
    for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, unlock, { capture: true, passive: true });
  }

  /** Whether a siren would be heard, as far as the browser tells. */
  get on() {
    return this.#audio?.state === "running";
  }

  async unlock() {
    if (this.#audio && !this.on) await this.#audio.resume();
  }

  /**
   * Plays this cry until told otherwise, or a louder one that something else asks for; null is silence.
   * @param {Cry | null} wanted @param {string} [by] @param {boolean} [quietly] it shakes without a sound
   */
  cry(wanted, by = "alarms", quietly = false) {
    if (wanted) this.#wanted.set(by, { cry: wanted, quietly });
    else this.#wanted.delete(by);
    const all = [...this.#wanted.values()];
    const cry = LOUDNESS.find((one) => all.some((other) => other.cry === one)) ?? null;
    const hushed = all.every((one) => one.quietly);
    if (cry === this.#crying && hushed === this.#quietly) return;
    this.#crying = cry;
    this.#quietly = hushed;
    clearTimeout(this.#timer);
    for (const tone of this.#playing) tone.stop();
    this.#playing = [];
    if (cry) this.#again(cry);
    else if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0);
  }

  /** Lets the person hear that this screen can be heard. */
  async prove() {
    await this.unlock();
    this.#play("proof");
  }

  /** @param {Cry} cry */
  #again(cry) {
    this.#play(cry);
    this.#timer = setTimeout(() => this.#again(cry), CRIES[cry].every * 1000);
  }

  /** @param {Cry} cry */
  #play(cry) {
    // Before the first touch a browser refuses to vibrate, and says so in the console.
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKES[cry]);
    const audio = this.#audio;
    if (!audio || !this.on || (this.#quietly && cry !== "proof")) return;
    const tone = new OscillatorNode(audio, { type: "square" });
    const gain = new GainNode(audio, { gain: 0 });
    // A square wave cuts through noise; without its top it does not hurt.
    const soft = new BiquadFilterNode(audio, { type: "lowpass", frequency: 2600 });
    tone.connect(soft).connect(gain).connect(audio.destination);
    let at = audio.currentTime + 0.02;
    for (const [hertz, seconds, loudness] of CRIES[cry].notes) {
      tone.frequency.setValueAtTime(hertz, at);
      gain.gain.setTargetAtTime(loudness, at, 0.01);
      at += seconds;
      gain.gain.setTargetAtTime(0, at - 0.03, 0.01);
    }
    tone.start();
    tone.stop(at + 0.1);
    tone.addEventListener("ended", () => (this.#playing = this.#playing.filter((other) => other !== tone)));
    this.#playing.push(tone);
  }
}
