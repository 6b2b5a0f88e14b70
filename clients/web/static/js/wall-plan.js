/** Floor plans as drawings: the picture, its rooms, and where something is happening. */

import { grouped, isOpen } from "./alarms.js";
import { el } from "./dom.js";
import { t } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
/** However large a picture is, its plan is this wide: what is drawn on it has a size of its own. */
const WIDE = 1000;
// A name that is written nearer to the edge than this would run over it.
const EDGE = 0.8;

/** @typedef {{place: string, name: string, x: number, y: number}} Room */
/** @typedef {{unit: string, unit_name: string, floor: string, picture: string, width: number, height: number, rooms: Room[]}} Plan */

/** A plan as a figure; what happens on it is marked by `mark`. @param {Plan} plan */
export function draw(plan) {
  const name = planWord(plan);
  const high = (WIDE * plan.height) / plan.width;
  const svg = shape("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img", "aria-label": t("Floor plan: {name}", { name }) });
  svg.append(shape("image", { href: plan.picture, width: WIDE, height: high }));
  svg.append(...plan.rooms.map((room) => spot(room, high)));
  return el("figure", { class: "plan", "data-unit": plan.unit }, svg, el("figcaption", {}, name));
}

/** Shows on the drawn plans where alarms are open. @param {HTMLElement} within @param {import("./alarms.js").Alarm[]} alarms */
export function mark(within, alarms) {
  const kinds = new Map(grouped(alarms.filter(isOpen)).reverse().flatMap((group) => group.alarms.map((alarm) => [alarm.place, alarm])));
  for (const figure of within.querySelectorAll("figure")) {
    let marked = false;
    for (const room of /** @type {NodeListOf<SVGElement>} */ (figure.querySelectorAll("[data-place]"))) {
      const alarm = kinds.get(room.dataset.place);
      room.dataset.kind = alarm?.kind ?? "";
      room.dataset.state = alarm?.state ?? "";
      room.dataset.drill = String(alarm?.drill ?? false);
      marked ||= Boolean(alarm);
    }
    figure.dataset.marked = String(marked);
  }
  within.dataset.marked = String(Boolean(within.querySelector("figure[data-marked=true]")));
}

/** @param {Plan} plan */
export function planWord(plan) {
  return [plan.unit_name, plan.floor].filter(Boolean).join(" · ");
}

/** @param {Room} room @param {number} high */
function spot(room, high) {
  const side = room.x > EDGE ? "end" : room.x < 1 - EDGE ? "start" : "middle";
  const words = shape("text", { "text-anchor": side, dy: room.y > 0.9 ? -24 : 44 });
  words.textContent = room.name;
  const at = shape("g", { class: "spot", "data-place": room.place, transform: `translate(${room.x * WIDE} ${room.y * high})` });
  at.append(shape("circle", { class: "ring", r: 34 }), shape("circle", { class: "dot", r: 11 }), words);
  return at;
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
export function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
