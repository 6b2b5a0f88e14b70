/** Calls over HTTP: an answer, a refusal in the hub's words, or nobody there. */

import { t } from "./texts.js";

/** The hub understood and said no. */
export class Refused extends Error {
  /** @param {number} status @param {Record<string, any>} problem */
  constructor(status, problem) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    /** @type {string} */
    this.code = problem.code || "";
    this.problem = problem;
  }
}

/** The hub could not be reached, or could not do anything now. */
export class Unreachable extends Error {}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {number} [within] milliseconds
 * @returns {Promise<any>} the parsed answer; null when it has none
 */
export async function call(method, path, body, within = 8000) {
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      cache: "no-store",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(within),
    });
    text = await response.text();
  } catch (error) {
    throw new Unreachable(String(error));
  }
  const said = parsed(text);
  if (response.ok) return said;
  if (response.status >= 500) throw new Unreachable(said?.detail ?? String(response.status));
  throw new Refused(response.status, said ?? {});
}

/** Whether the session has ended, so that only signing in helps. @param {unknown} error */
export function signedOut(error) {
  return error instanceof Refused && error.status === 401;
}

/** To the sign-in page, and back here afterwards; a screen that nobody signs in on has a door of its own. */
export function goSignIn() {
  location.assign(document.documentElement.dataset.door ?? `/login?next=${encodeURIComponent(location.pathname)}`);
}

/** What went wrong, in a sentence for the person. @param {unknown} error */
export function inWords(error) {
  if (error instanceof Unreachable) return t("The hub does not answer. Check the network and try again.");
  if (!(error instanceof Refused)) throw error;
  const known = {
    unauthenticated: t("You have been signed out. Sign in again."),
    forbidden: t("You do not have the right to do this."),
    not_found: t("The alarm does not exist, or it is not for you."),
    closed: t("The alarm has already had its all clear."),
    stale: t("The alarm changed while you looked at it. Look again and repeat."),
    wrong_pin: t("The PIN is wrong."),
    pin_required: t("Write your PIN to withdraw the alarm."),
    already_running: t("You have a time alone already."),
    over: t("The time alone has ended already."),
    ran_out: t("There was no sign of life in time: the hub raises the alarm."),
    too_many_tries: t("Too many tries. Wait a moment and try again."),
  };
  return known[error.code] ?? error.message;
}

/** @param {string} text */
function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
