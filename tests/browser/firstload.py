"""What a phone waits for the alarm button on its first visit: python -m tests.browser.firstload.

A cold cache, a processor slowed four times, 1.6 Mbit/s; the times are this machine's and are printed, not asserted. On
a machine that does much else, the page's own processor time says more than the clock.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import click

from tests.browser.stage import PHONE, Stage, theatre

SLOWER = 4
BITS_A_SECOND = 1_600_000
TIMES = 3
LATENCIES = (0, 40, 150)
# Both drawn and listening.
PRESSABLE = """new Promise((tell) => {
    const found = {};
    new PerformanceObserver((list) => {
        for (const { name, startTime } of list.getEntries()) found[name] = startTime;
        const both = Math.max(found["first-contentful-paint"], found.pressable);
        if (both) tell(both);
    }).observe({ entryTypes: ["paint", "mark"] });
    performance.mark("looked");
    for (const { name, startTime } of performance.getEntries()) found[name] = startTime;
})"""


@dataclass(frozen=True, slots=True)
class Load:
    """One first visit: bytes over the wire, what was asked for from whom, and when the button could be pressed."""

    transferred: int
    asked: tuple[str, ...]
    hosts: frozenset[str]
    pressable: float
    processor: float
    """Milliseconds that the page's own thread had worked when it was found that the button could be pressed."""


async def first_load(stage: Stage, who: str, latency: int | None = None) -> Load:
    """Opens the button in a browser that has never been here; slowed down where a latency in ms is given."""
    context = await stage.browser.new_context(
        base_url=stage.hub.url, viewport={"width": PHONE[0], "height": PHONE[1]}, service_workers="block"
    )
    try:
        await context.add_cookies([{"name": "hub_session", "value": await stage.session(who), "url": stage.hub.url}])
        page = await context.new_page()
        wire = await context.new_cdp_session(page)
        await wire.send("Network.enable")
        await wire.send("Performance.enable", {"timeDomain": "threadTicks"})
        if latency is not None:
            speed = BITS_A_SECOND / 8
            limits = {"offline": False, "latency": latency, "downloadThroughput": speed, "uploadThroughput": speed}
            await wire.send("Network.emulateNetworkConditions", limits)
            await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        asked: list[str] = []
        sizes: list[int] = []

        def asks(event: dict[str, Any]) -> None:
            asked.append(event["request"]["url"])

        def came(event: dict[str, Any]) -> None:
            sizes.append(int(event["encodedDataLength"]))

        wire.on("Network.requestWillBeSent", asks)
        wire.on("Network.loadingFinished", came)
        await page.goto("/")
        # Asked over the bare wire: the driver's own script would be read by the slowed processor, in the page's time.
        found = await wire.send("Runtime.evaluate", {"expression": PRESSABLE, "awaitPromise": True})
        pressable = float(found["result"]["value"])
        metrics = (await wire.send("Performance.getMetrics"))["metrics"]
        worked = next(float(one["value"]) * 1000 for one in metrics if one["name"] == "TaskDuration")
        await page.wait_for_selector("html[data-line=live]")
        await page.wait_for_load_state("networkidle")
        hosts = frozenset(urlsplit(url).netloc for url in asked)
        return Load(sum(sizes), tuple(asked), hosts, pressable, worked)
    finally:
        await context.close()


async def run() -> None:
    with TemporaryDirectory() as folder:
        async with theatre(Path(folder)) as stage:
            plain = await first_load(stage, "lone")
            click.echo(f"{plain.transferred / 1000:.1f} kB in {len(plain.asked)} requests to {', '.join(plain.hosts)}")
            wire = plain.transferred * 8 / BITS_A_SECOND * 1000
            click.echo(
                f"{plain.processor:.0f} ms of processor, slowed {SLOWER * plain.processor:.0f}; {wire:.0f} ms of wire"
            )
            for latency in LATENCIES:
                loads = [(await first_load(stage, "lone", latency)).pressable for _ in range(TIMES)]
                each = ", ".join(f"{one:.0f}" for one in sorted(loads))
                click.echo(f"pressable after {median(loads):.0f} ms with {latency} ms to the hub and back ({each})")


if __name__ == "__main__":
    asyncio.run(run())
