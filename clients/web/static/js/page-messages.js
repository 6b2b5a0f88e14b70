/** Messages: what comes is shown where it is read, what is written is kept, and who can read it is said while they are chosen. */

import { el, me } from "./dom.js";
import { keepDrafts } from "./draft.js";
import { start } from "./shell.js";
import { t } from "./texts.js";

const CPR = /(?<!\d)(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d[ \u2013-]?\d{4}(?!\d)/;
const TOGETHER = 300;

const { line, inbox } = start();
keepDrafts();
for (const form of document.querySelectorAll("form.write, form.card")) watchText(/** @type {HTMLFormElement} */ (form));
sayReaders();
const said = document.getElementById("said");
if (said) follow(said);

/** A warning comes while it is typed, and the tick that lets it be sent all the same. @param {HTMLFormElement} form */
function watchText(form) {
  const text = /** @type {HTMLTextAreaElement | null} */ (form.querySelector("textarea[name=text]"));
  if (!text) return;
  const warning = /** @type {HTMLElement} */ (form.querySelector(".cpr-warning"));
  const tick = /** @type {HTMLElement} */ (form.querySelector("[data-slot=cpr]"));
  text.addEventListener("input", () => {
    const looks = CPR.test(text.value);
    warning.hidden = tick.hidden = !looks;
  });
  offer(form, text, "templates", "\n");
  offer(form, text, "mentions", " ");
}

/** What is chosen is written behind what stands there. @param {HTMLFormElement} form @param {HTMLTextAreaElement} text @param {string} slot @param {string} between */
function offer(form, text, slot, between) {
  const choice = /** @type {HTMLElement | null} */ (form.querySelector(`[data-slot=${slot}]`));
  const select = choice?.querySelector("select");
  if (!choice || !select) return;
  choice.hidden = false;
  select.addEventListener("change", () => {
    if (!select.value) return;
    text.value = text.value && !text.value.endsWith(between) ? `${text.value}${between}${select.value}` : text.value + select.value;
    select.value = "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });
}

/** Who can read it follows the ticks. */
function sayReaders() {
  const list = document.querySelector("#who-reads [data-slot=readers]");
  const ticks = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[name=to][data-reads]"));
  if (!list || !ticks.length) return;
  const show = () => {
    const chosen = [...ticks].filter((tick) => tick.checked).map((tick) => tick.dataset.reads ?? "");
    list.replaceChildren(...[t("You"), ...chosen].map((words) => el("li", {}, words)));
  };
  for (const tick of ticks) tick.addEventListener("change", show);
  show();
}

/** What comes is fetched as the page itself shows it; that also says that it was read, so only a page that is seen does. @param {HTMLElement} section */
function follow(section) {
  const which = section.dataset.conversation ?? "";
  let timer = 0;
  let missed = false;
  inbox.saw(which);
  line.addEventListener("frame", (event) => {
    if (event.detail.type !== "message" || event.detail.conversation !== which) return;
    clearTimeout(timer);
    timer = setTimeout(look, TOGETHER, event.detail.event === "sent" && event.detail.message.author !== me.id);
  });
  document.addEventListener("visibilitychange", () => missed && look(false));

  /** @param {boolean} theirs */
  async function look(theirs) {
    missed = document.visibilityState !== "visible";
    if (missed) return;
    try {
      const answer = await fetch(`/messages/${which}`, { signal: AbortSignal.timeout(8000) });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#said ol");
      const shown = section.querySelector("ol");
      if (!fresh || !shown) return;
      shown.replaceWith(fresh);
      inbox.saw(which);
      if (theirs) document.getElementById("say-politely")?.replaceChildren(t("A new message has come"));
    } catch (error) {
      console.info("What is new is shown when the page is opened again:", error);
    }
  }
}
