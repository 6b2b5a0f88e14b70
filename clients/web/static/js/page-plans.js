/** Rooms on a floor plan: dragged, moved with the arrow keys, or given as numbers; the numbers are what is saved. */

import { byId, sayNow } from "./dom.js";
import { start } from "./shell.js";
import { t } from "./texts.js";
import { shape } from "./wall-plan.js";

const STEP = 0.5;
const LONG_STEP = 5;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Room {
  /** @type {SVGElement | null} */
  #spot = null;

  /** @param {SVGSVGElement} svg @param {HTMLElement} row */
  constructor(svg, row) {
    this.svg = svg;
    this.high = Number(svg.dataset.high);
    this.name = row.dataset.name ?? "";
    this.inputs = /** @type {HTMLInputElement[]} */ ([...row.querySelectorAll("input")]);
    this.button = /** @type {HTMLButtonElement} */ (row.querySelector("[data-put]"));
    this.place = row.dataset.room ?? "";
    const drawn = /** @type {SVGElement | null} */ (svg.querySelector(`[data-place="${CSS.escape(this.place)}"]`));
    if (drawn) this.#take(drawn);
    this.button.addEventListener("click", () => {
      this.#move(50, 50);
      this.#spot?.focus();
    });
    for (const input of this.inputs) input.addEventListener("input", () => this.#draw());
    this.#draw();
  }

  /** Where it lies, in hundredths; none if it is not on the plan. @returns {[number, number] | null} */
  get at() {
    const [x, y] = this.inputs.map((input) => (input.value === "" ? NaN : input.valueAsNumber));
    return [x, y].every((one) => one >= 0 && one <= 100) ? [x, y] : null;
  }

  /** @param {number} x @param {number} y */
  #move(x, y) {
    [x, y].forEach((one, side) => (this.inputs[side].value = String(Math.round(Math.min(100, Math.max(0, one)) * 100) / 100)));
    this.#draw();
  }

  #draw() {
    const at = this.at;
    this.button.hidden = at !== null;
    if (!at) {
      this.#spot?.remove();
      this.#spot = null;
      return;
    }
    if (!this.#spot) this.#take(this.#new());
    const spot = /** @type {SVGElement} */ (this.#spot);
    spot.setAttribute("transform", `translate(${at[0] * 10} ${(at[1] * this.high) / 100})`);
    const words = spot.querySelector("text");
    words?.setAttribute("text-anchor", at[0] > 80 ? "end" : at[0] < 20 ? "start" : "middle");
    words?.setAttribute("dy", at[1] > 90 ? "-24" : "44");
    spot.setAttribute("aria-label", t("{name}: {x} from the left, {y} from the top", { name: this.name, x: at[0], y: at[1] }));
  }

  #new() {
    const spot = shape("g", { class: "spot", "data-place": this.place });
    const words = shape("text", {});
    words.textContent = this.name;
    spot.append(shape("circle", { class: "dot", r: 14 }), words);
    this.svg.append(spot);
    return /** @type {SVGElement} */ (spot);
  }

  /** @param {SVGElement} spot */
  #take(spot) {
    this.#spot = spot;
    spot.setAttribute("tabindex", "0");
    spot.setAttribute("role", "button");
    // What a shaking hand can hit is larger than what is drawn.
    spot.prepend(shape("circle", { class: "grip", r: 40 }));
    spot.addEventListener("keydown", (event) => this.#key(event));
    spot.addEventListener("pointerdown", (event) => {
      spot.setPointerCapture(event.pointerId);
      spot.focus();
    });
    spot.addEventListener("pointermove", (event) => {
      if (spot.hasPointerCapture(event.pointerId)) this.#drag(event);
    });
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    const inside = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM()?.inverse());
    this.#move(inside.x / 10, (inside.y * 100) / this.high);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [x, y] = this.at ?? [50, 50];
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? LONG_STEP : STEP;
    this.#move(x + way[0] * step, y + way[1] * step);
    sayNow(this.#spot?.getAttribute("aria-label") ?? "");
  }
}

start();
const svg = /** @type {SVGSVGElement | null} */ (document.querySelector("#plan svg"));
const rows = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-room]"));
if (svg && rows.length) {
  byId("plan-keys").hidden = false;
  for (const row of rows) new Room(svg, row);
}
