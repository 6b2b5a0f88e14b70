"""A real hub, a real browser, and the people of one institution in front of their screens."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from clients.demo.hubchild import HubChild
from clients.demo.proxy import Proxy
from hub.clock import SystemClock

CHROMIUM = "/usr/bin/chromium"
NOT_WANTED = (
    # What the address bar would suggest is a page too, made anew for each screen: it takes twice as long as ours.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess"),
    # Taps on a page that was not painted yet seemed to get lost, and on a busy machine that is long.
    "PaintHolding",
)
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    f"--disable-features={','.join(NOT_WANTED)}",
]  # fmt: skip
PHONE, DESK = (390, 844), (1280, 800)
PASSWORD = "otte-hvide-svaner"
PINS = {"jonas": {"pin": "4711", "duress_pin": "1147"}}
WITHIN = 15_000  # milliseconds; two cores may be shared with much else

HOSTILE_NAME = "<img src=x onerror=alert(1)>"
HOSTILE_PLACE = "\"'><script>alert(2)</script>"
PEOPLE = {
    "lone": ("Lone Frandsen", "staff", ["nord"]),
    "jonas": ("Jonas Holm", "staff", ["nord"]),
    "mette": ("Mette Østergaard", "shift_lead", ["nord"]),
    "amina": ("Amina Yildiz", "staff", ["syd"]),
    "mallory": (HOSTILE_NAME, "staff", ["nord"]),
    "karen": ("Karen Leth", "manager", []),
}
PLACES = {"stue-3": ("nord", "Stue 3"), "koekken": ("nord", "Fælleskøkken"), "vaerelse-12": ("syd", "Værelse 12")}
RULES = """
name = "Til prøve"
link_within = 60

[kinds.alarm]
answers_needed = 1
reopen_after = 0
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live"]
receipt_within = 30
next_after = 600

[last_resort]
tell = ["role:manager"]
by = ["live"]
next_after = 600
"""


def site(now: datetime) -> str:
    """An institution whose people are on duty around `now`, as its site.toml."""
    day = timedelta(hours=8)
    tables: list[tuple[str, Mapping[str, Any]]] = [
        ("[institution]", {
            "id": "solgaarden", "name": "Botilbud Solgården", "municipality": "29189999",
            "timezone": "Europe/Copenhagen", "rules": "./rules.toml",
        }),
        ("[[unit]]", {"id": "nord", "name": "Afdeling Nord", "neighbours": ["syd"]}),
        ("[[unit]]", {"id": "syd", "name": "Afdeling Syd", "neighbours": ["nord"]}),
        *(("[[place]]", {"id": key, "unit": unit, "name": name}) for key, (unit, name) in PLACES.items()),
        ("[[place]]", {"id": "hostile", "unit": "nord", "name": HOSTILE_PLACE}),
        ("[[device]]", {"id": "tavle", "kind": "wallboard"}),
        *(
            ("[[person]]", {
                "id": key, "name": name, "role": role, "units": units, "password": PASSWORD, **PINS.get(key, {}),
            })
            for key, (name, role, units) in PEOPLE.items()
        ),
        *(
            ("[[shift]]", {
                "person": key, "unit": unit, "duty": "active",
                "from": (now - day).isoformat(), "to": (now + day).isoformat(),
            })
            for key, unit in (("lone", "nord"), ("jonas", "nord"), ("mallory", "nord"), ("amina", "syd"))
        ),
    ]  # fmt: skip
    return "\n".join("\n".join([head, *_lines(table)]) for head, table in tables)


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]


@dataclass(slots=True)
class Stage:
    """Opens screens as somebody, acts over HTTP as somebody, and hears every complaint of the browser."""

    hub: HubChild
    browser: Browser
    tokens: Mapping[str, str]
    sessions: dict[str, str] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    breached: int = 0
    """How often a test has broken a page's policy on purpose."""

    async def open(
        self,
        who: str | None,
        path: str = "/",
        *,
        size: tuple[int, int] = PHONE,
        scheme: str = "light",
        language: str = "da",
        own_clock: bool = False,
        kept: bool = False,
        line: Proxy | None = None,
    ) -> Page:
        """A screen of its own in front of `who`, connected to the hub, over a line that may be hurt."""
        url = line.url if line is not None else self.hub.url
        context = await self.browser.new_context(
            base_url=url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            # Where it keeps pages, what a test puts in between is not asked.
            service_workers="allow" if kept else "block",
        )
        context.set_default_timeout(WITHIN)
        self.contexts.append(context)
        await context.add_cookies([{"name": "hub_language", "value": language, "url": url}])
        if who is not None:
            await context.add_cookies([{"name": "hub_session", "value": await self.session(who), "url": url}])
        page = await context.new_page()
        if own_clock:
            await page.clock.install()
        page.on("console", lambda message: self._console(message))  # noqa: PLW0108 – it wants to mark a method
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"a script ran: {dialog.message}"))
        await page.goto(path)
        if who is not None:
            await page.wait_for_selector("html[data-line=live]")
        return page

    def client(self, session: str | None = None) -> httpx.AsyncClient:
        """A client of the hub's that waits as long as a browser does here."""
        cookies = {"hub_session": session} if session is not None else {}
        return httpx.AsyncClient(base_url=self.hub.url, cookies=cookies, timeout=WITHIN / 1000)

    async def session(self, who: str) -> str:
        """The session of somebody who signed in once and stays so, or a device's own token."""
        if who in self.tokens:
            return self.tokens[who]
        if who not in self.sessions:
            async with self.client() as client:
                answer = await client.post("/api/session", json={"username": who, "password": PASSWORD})
            answer.raise_for_status()
            self.sessions[who] = answer.cookies["hub_session"]
        return self.sessions[who]

    async def api(self, who: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call to the hub in somebody's name."""
        async with self.client(await self.session(who)) as client:
            answer = await client.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def sends(self, who: str, path: str, fields: Mapping[str, Any]) -> str:
        """Somebody sends a form somewhere else; where it led them."""
        async with self.client(await self.session(who)) as client:
            answer = await client.post(path, data=dict(fields))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("?")[0]

    async def press(self, who: str, kind: str = "alarm", **more: Any) -> str:
        """Somebody presses a button somewhere else; the alarm's id."""
        raised = await self.api(who, "POST", "/api/alarms", {"id": str(uuid4()), "kind": kind, **more})
        return str(raised["id"])

    async def alarm(self, which: str) -> Any:
        return await self.api("karen", "GET", f"/api/alarms/{which}")

    async def act(self, who: str, which: str, verb: str, **more: Any) -> None:
        """Answers, resolves or withdraws in somebody's name."""
        now = await self.alarm(which)
        await self.api(who, "POST", f"/api/alarms/{which}/{verb}", {"as_of": now["version"], **more})

    async def open_alarms(self) -> list[Any]:
        return list((await self.api("karen", "GET", "/api/alarms?state=open"))["alarms"])

    def breaches(self) -> int:
        """How often browsers have reported to the hub that a page broke its policy."""
        return self.hub.log.read_text(encoding="utf-8").count("a page broke its policy")

    async def clear(self) -> None:
        """Everybody goes home: screens close, open alarms get their all clear."""
        for context in self.contexts:
            await context.close()
        self.contexts.clear()
        for alarm in await self.open_alarms():
            await self.act("karen", alarm["id"], "resolve", outcome="test")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in self.expected):
            self.complaints.append(f"{message.text} ({message.location})")


@asynccontextmanager
async def theatre(folder: Path, *, hostile: bool = True) -> AsyncIterator[Stage]:
    """One hub and one browser, and an empty stage; where there is no attack to ward off, Mallory is called Marie."""
    written = site(SystemClock().now())
    if not hostile:
        written = written.replace(HOSTILE_NAME, "Marie Lund").replace(json.dumps(HOSTILE_PLACE), '"Værksted"')
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    (folder / "site.toml").write_text(written, encoding="utf-8")
    hub = HubChild(folder / "data")
    tokens = await hub.setup(folder / "site.toml")
    async with hub, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Stage(hub, browser, tokens)
        await browser.close()
