/** No hub, and no button that was kept: this page tries again by itself, and goes on as soon as the hub is there. */

const AGAIN_AFTER = 3000;

async function look() {
  const there = await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(AGAIN_AFTER) }).then((answer) => answer.ok, () => false);
  if (there) location.replace(location.pathname === "/offline" ? "/" : location.href);
}

setInterval(look, AGAIN_AFTER);
addEventListener("online", look);
