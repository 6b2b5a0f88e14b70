/** A plan that is looked for: how far it is, every other second, until it is there. */

import { byId } from "./dom.js";
import { start } from "./shell.js";

const EVERY = 2000;

async function look() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const news = page.querySelector("[data-running] #progress");
  if (!reply.ok || !news) {
    location.reload();
    return;
  }
  const shown = byId("progress");
  // What is said again in the same words would be read aloud again.
  if (shown.textContent !== news.textContent) shown.textContent = news.textContent;
  again();
}

function again() {
  setTimeout(() => look().catch(again), EVERY);
}

if (document.querySelector("[data-running]")) again();
start();
