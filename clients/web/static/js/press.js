/**
 * A button that a shaking hand can use and a pocket cannot: hold it for one and a half seconds, or press it twice.
 * The same with a key: hold the space bar, or Enter and Enter again; and with the hot key wherever on the page one is.
 */

import { sayNow } from "./dom.js";
import { t } from "./texts.js";

const HOLD = 1500;
const SECOND_PRESS_WITHIN = 5000;
const HOT_KEY = "F9";

/** How many buttons are being pressed this moment: nothing may cover the screen meanwhile. */
let held = 0;
export const pressing = () => held > 0;

/**
 * @param {HTMLButtonElement} button
 * @param {() => void} pressed what happens when somebody means it
 * @param {boolean} [hot] whether the hot key is this button
 */
export function meantPress(button, pressed, hot = false) {
  const hint = /** @type {HTMLElement} */ (button.querySelector("[data-slot=hint]"));
  const calm = hint.textContent ?? "";
  const discreet = button.dataset.kind === "silent";
  let hold = 0;
  let armed = 0;

  const look = (/** @type {"" | "holding" | "armed"} */ state, /** @type {string} */ text) => {
    button.dataset.press = state;
    hint.textContent = text;
  };
  const disarm = () => {
    clearTimeout(armed);
    armed = 0;
    look("", calm);
  };
  const done = () => {
    release();
    disarm();
    if (!discreet) buzz(200);
    pressed();
  };
  const release = () => {
    if (hold) held -= 1;
    clearTimeout(hold);
    hold = 0;
  };
  const arm = () => {
    look("armed", t("Press again"));
    // A voice in the room would give away what is to be secret.
    if (!discreet) sayNow(t("Nothing is sent yet. Press again to send."));
    clearTimeout(armed);
    armed = setTimeout(disarm, SECOND_PRESS_WITHIN);
  };
  const down = () => {
    if (hold) return;
    if (armed) return done();
    held += 1;
    look("holding", t("Keep holding"));
    if (!discreet) buzz(40);
    hold = setTimeout(done, HOLD);
  };
  const up = () => {
    if (!hold) return;
    release();
    arm();
  };

  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    // A finger that slides off the button while it shakes is still holding it.
    button.setPointerCapture(event.pointerId);
    down();
  });
  button.addEventListener("pointerup", up);
  button.addEventListener("pointercancel", up);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (event.repeat) return;
    if (event.key === " ") down();
    else if (armed) done();
    else arm();
  });
  button.addEventListener("keyup", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    up();
  });
  button.addEventListener("blur", up);
  if (hot) {
    addEventListener("keydown", (event) => {
      if (event.key !== HOT_KEY || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      // Another's alarm must not lie over one's own.
      document.querySelector("#incoming[open] #to-my-page")?.click();
      if (!event.repeat) down();
    });
    addEventListener("keyup", (event) => event.key === HOT_KEY && up());
    addEventListener("blur", up);
  }
  // A screen reader or voice control clicks without a pointer or a key.
  button.addEventListener("click", (event) => {
    if (event.detail === 0) armed ? done() : arm();
  });
}

/** @param {number} ms */
function buzz(ms) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(ms);
}
