/** Every word that is written is kept, on the hub while it answers and in this browser while it does not. */

import { me } from "./dom.js";
import { clock, hubNow, t } from "./texts.js";

const KEEP_AFTER = 1200;
const TRY_AGAIN = 5000;
const SENT = "hub.draft.sent";
const OWN = `hub.draft.${me.id}.`;

/** Keeps what is written in the page's forms. */
export function keepDrafts() {
  forgetSent();
  for (const form of document.querySelectorAll("form[data-draft]")) keep(/** @type {HTMLFormElement} */ (form));
}

/** What was saved needs no copy here any more. */
function forgetSent() {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && new URLSearchParams(location.search).has("done")) localStorage.removeItem(OWN + sent);
}

/** @param {HTMLFormElement} form */
function keep(form) {
  const about = form.dataset.draft ?? "";
  const state = /** @type {HTMLElement} */ (form.querySelector("[data-slot=draft]"));
  let timer = 0;
  let turn = 0;

  // It is here only while the hub has not confirmed it: so it is newer than what the hub knows of this browser.
  const kept = JSON.parse(localStorage.getItem(OWN + about) ?? "null");
  if (kept) {
    fill(form, kept);
    tell(t("What you wrote here before is back. It is not saved yet."), "kept");
    timer = setTimeout(send, KEEP_AFTER);
  }

  form.addEventListener("input", () => {
    localStorage.setItem(OWN + about, JSON.stringify(fields(form)));
    clearTimeout(timer);
    timer = setTimeout(send, KEEP_AFTER);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    turn += 1;
    localStorage.setItem(OWN + about, JSON.stringify(fields(form)));
    if (/** @type {SubmitEvent} */ (event).submitter?.getAttribute("value") !== "save") return;
    sessionStorage.setItem(SENT, about);
    tell(t("Sending…"), "sending");
  });
  // Whoever goes back to this page has not just pressed.
  addEventListener("pageshow", (event) => event.persisted && state.dataset.state === "sending" && tell("", ""));

  async function send() {
    const mine = ++turn;
    try {
      const to = form.dataset.draftTo ?? "/incidents/draft";
      const body = new URLSearchParams([[form.dataset.draftTo ? "about-draft" : "about", about], ...fields(form)]);
      const answer = await fetch(to, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(8000) });
      if (mine !== turn) return;
      if (answer.status !== 204) throw new Error(String(answer.status));
      localStorage.removeItem(OWN + about);
      tell(t("Draft kept {time}. Only you can see it.", { time: clock(new Date(hubNow()).toISOString()) }), "");
    } catch (error) {
      if (mine !== turn) return;
      console.info("The draft stays in this browser:", error);
      tell(t("The hub does not answer. What you write is kept in this browser."), "kept");
      timer = setTimeout(send, TRY_AGAIN);
    }
  }

  /** @param {string} words @param {string} how */
  function tell(words, how) {
    state.textContent = words;
    state.dataset.state = how;
  }
}

/** @param {HTMLFormElement} form @returns {[string, string][]} */
function fields(form) {
  // A file is chosen anew: a draft is words.
  return /** @type {[string, string][]} */ ([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

/** @param {HTMLFormElement} form @param {[string, string][]} kept */
function fill(form, kept) {
  for (const field of form.elements) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement)) continue;
    const values = kept.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) field.checked = values.includes(field.value);
    else if (values.length && field.type !== "hidden") field.value = values[0];
  }
}
