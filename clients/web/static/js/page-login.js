/** Signing in: the hub answers with a cookie, and the person goes on to where they were going. */

import { call, Refused, Unreachable } from "./call.js";
import { byId, put } from "./dom.js";
import { t } from "./texts.js";

const form = /** @type {HTMLFormElement} */ (byId("sign-in"));
const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
const password = /** @type {HTMLInputElement} */ (byId("password"));
const show = byId("show-password");

show.addEventListener("click", () => {
  const hidden = password.type === "password";
  password.type = hidden ? "text" : "password";
  show.setAttribute("aria-pressed", String(hidden));
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password: secret } = Object.fromEntries(new FormData(form));
  const name = String(username).trim();
  if (!name || !secret) return put(byId("problem"), t("Write both your user name and your password."));
  submit.disabled = true;
  put(byId("problem"), null);
  try {
    await call("POST", "/api/session", { username: name, password: secret });
    location.assign(whereTo());
  } catch (error) {
    put(byId("problem"), sentence(error));
    submit.disabled = false;
    byId(error instanceof Refused && error.status === 401 ? "password" : "username").focus();
  }
});

/** @param {unknown} error */
function sentence(error) {
  if (error instanceof Unreachable) return t("The hub does not answer. Check the network and try again.");
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) return t("The user name or the password is wrong.");
  if (error.status === 429) return t("Too many tries. Wait a moment and try again.");
  return error.message;
}

/** Only ever a page of this hub, whatever the address says. */
function whereTo() {
  const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return next.origin === location.origin ? next.pathname : "/";
}
