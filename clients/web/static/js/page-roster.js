/** The roster: a shift is dragged, or moved with Shift and an arrow key. Both only fill in its form, where it is saved. */

import { byId } from "./dom.js";
import { start } from "./shell.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** To the form of the shift, as it would be in that cell. @param {string} address @param {HTMLTableCellElement} cell */
function open(address, cell) {
  const form = new URL(address, location.href);
  const table = /** @type {HTMLElement} */ (cell.closest("table"));
  const row = /** @type {HTMLElement} */ (cell.closest("tr"));
  form.searchParams.set("day", cell.dataset.day ?? "");
  form.searchParams.set(table.dataset.by ?? "", row.dataset.row ?? "");
  location.assign(form);
}

/** The cell beside, if there is one. @param {HTMLTableCellElement} cell @param {number[]} way */
function beside(cell, [down, right]) {
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const rows = /** @type {HTMLTableSectionElement} */ (row.parentElement).rows;
  const found = rows[row.sectionRowIndex + down]?.cells[cell.cellIndex + right];
  return found?.dataset.day ? found : null;
}

/** @param {HTMLAnchorElement} chip */
function movable(chip) {
  chip.addEventListener("dragstart", (event) => {
    event.dataTransfer?.setData("text/x-shift", chip.href);
    document.body.dataset.dragging = "";
  });
  chip.addEventListener("dragend", () => delete document.body.dataset.dragging);
  chip.addEventListener("keydown", (event) => {
    const way = event.shiftKey ? ARROWS[event.key] : undefined;
    const cell = way && beside(/** @type {HTMLTableCellElement} */ (chip.closest("td")), way);
    if (!cell) return;
    event.preventDefault();
    open(chip.href, cell);
  });
}

/** @param {HTMLTableCellElement} cell @param {string | undefined} made */
function takes(cell, made) {
  cell.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("text/x-shift")) return;
    event.preventDefault();
    cell.dataset.over = "";
  });
  cell.addEventListener("dragleave", () => delete cell.dataset.over);
  cell.addEventListener("drop", (event) => {
    const dragged = event.dataTransfer?.getData("text/x-shift");
    delete cell.dataset.over;
    if (!dragged) return;
    event.preventDefault();
    open(dragged, cell);
  });
  cell.addEventListener("click", (event) => {
    if (event.target === cell && made) open(made, cell);
  });
}

start();
for (const chip of document.querySelectorAll("a[data-moves]")) movable(/** @type {HTMLAnchorElement} */ (chip));
for (const table of document.querySelectorAll("table[data-new]")) {
  for (const cell of table.querySelectorAll("td[data-day]")) takes(/** @type {HTMLTableCellElement} */ (cell), table.dataset.new);
}
if (document.getElementById("roster-keys")) byId("roster-keys").hidden = false;
