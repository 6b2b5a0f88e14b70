"""Nobody gets what is another's: two institutions and a party outside, and every byte that is sent to each.

python -m tests.messaging.apart [--bytes 1000000]: all write, read, search, call and open links at once until each has
been sent so many bytes of pages, answers, frames and text messages, which are searched for marks of others.
"""

import argparse
import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import click

from hub.messaging import outsideactions
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.sharing import CONSENT, Basis
from hub.people.setup import parse
from hub.ports import Correspondent
from hub.roster.actions import setup_site
from hub.storage import migrate
from tests.admin.desk import URL, Browser, session
from tests.rights.places import PEOPLE, site_text
from tests.scenarios.phones import Phone
from tests.scenarios.world import AN_AFTERNOON, RULES, House, opened

# Who is who: an institution's writer and reader, each with what stands in all that is theirs.
HOUSES = {"house": ("anna", "nora"), "other": ("vera", "una")}
MARKS = {"house": "ZEBRA-NORD", "other": "ELEFANT-FJERN", "internal": "INTERNT-NORD"}
MINE = {"house": {"house", "internal"}, "other": {"other"}, "outside": {"house"}}
NUMBER = "+4530000001"


@dataclass
class Sent:
    """What was sent to each."""

    to: dict[str, bytearray] = field(default_factory=lambda: {who: bytearray() for who in MINE})

    def add(self, who: str, content: bytes | str) -> None:
        self.to[who] += content if isinstance(content, bytes) else content.encode()

    def found(self) -> list[tuple[str, str]]:
        """Whose mark stood in what was sent to whom."""
        return [
            (who, mark)
            for who, content in self.to.items()
            for mark in MARKS
            if mark not in MINE[who] and MARKS[mark].encode() in content
        ]

    def least(self) -> int:
        return min(len(content) for content in self.to.values())


@dataclass
class Town:
    """One hub with both institutions, a screen of each, and somebody outside with a link."""

    house: House
    sent: Sent
    browsers: dict[str, Browser] = field(default_factory=dict)
    conversations: dict[str, list[str]] = field(default_factory=lambda: {"house": [], "other": []})
    shared: str = ""
    link: str = ""

    async def api(self, of: str, method: str, path: str, body: Any = None) -> None:
        writer = HOUSES[of][0]
        headers = {"Authorization": f"Bearer {self.house.tokens[f'phone-{writer}']}"}
        answer = await self.house.http.request(method, f"/api/conversations{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        self.sent.add(of, f"{answer.headers}{answer.text}")

    async def page(self, who: str, path: str, fields: dict[str, str] | None = None) -> str:
        browser = self.browsers[who]
        answer = await (browser.get(path) if fields is None else browser.post(path, fields))
        assert answer.status_code < 400, (who, path, answer.status_code)
        self.sent.add(who, f"{answer.headers}{answer.text}")
        return answer.text

    async def writes(self, of: str, mark: str, number: int) -> None:
        """A conversation of the house's own, with an answer."""
        which = str(uuid4())
        text = f"{MARKS[mark]} besked {number} til dem, der er på vagt. " * 3
        begun = {"id": str(uuid4()), "conversation": which, "to": [{"person": HOUSES[of][1]}], "title": MARKS[mark]}
        await self.api(of, "POST", "", begun | {"text": text, "about": "citizen", "citizen": f"{MARKS[mark]} Bent"})
        await self.api(of, "POST", f"/{which}/messages", {"id": str(uuid4()), "text": text, "urgent": number % 9 == 0})
        self.conversations[of].append(which)

    async def round(self, number: int) -> None:
        """Everybody writes and reads at once."""
        said = {"id": str(uuid4()), "text": f"{MARKS['house']} til dig udenfor, {number}. " * 10}
        await asyncio.gather(
            self.writes("house", "internal", number),
            self.writes("other", "other", number),
            self.api("house", "POST", f"/{self.shared}/messages", said),
            *(self.reads(of, number) for of in HOUSES),
        )
        await self.house.settle()
        await self.page("outside", self.link)
        if number % 5 == 0:
            await self.page("outside", self.link, {"text": f"{MARKS['house']} svar {number}"})

    async def reads(self, of: str, number: int) -> None:
        await self.page(of, "/messages")
        await self.page(of, "/messages", {"q": "besked"})
        some = self.conversations[of] or [self.shared]
        if of == "house" or self.conversations[of]:
            which = some[number % len(some)]
            await self.page(of, f"/messages/{which}")
            await self.page(of, f"/messages/{which}/sharing")
            await self.api(of, "GET", f"/{which}")
        await self.api(of, "GET", "")


async def prepared(house: House) -> Town:
    """Both institutions, a link from one of them, and somebody signed in on it."""
    for name in PEOPLE:
        done = await setup_site(house.database, parse(site_text(name)), RULES, house.clock)
        house.tokens |= done.tokens
    house.services.onward.links.public_url = URL
    town, now, hub = Town(house, Sent()), house.clock.now(), house.services.messages
    for of, (writer, _) in HOUSES.items():
        town.browsers[of] = Browser(house)
        town.browsers[of].cookies.set("hub_session", await session(house, writer, of))
    town.browsers["outside"] = Browser(house)
    town.shared = str(uuid4())
    begun = {"id": str(uuid4()), "conversation": town.shared, "to": [{"person": "nora"}], "title": MARKS["house"]}
    about = {"about": "citizen", "citizen": f"{MARKS['internal']} Bent"}
    await town.api("house", "POST", "", begun | about | {"text": f"{MARKS['internal']} før"})
    to = Correspondent("karen", "Karen", "guardian", phone=NUMBER)
    new = Outside("house", OutsideRole.GUARDIAN, Way.LINK, to, "ada", now)
    await outsideactions.register(hub, await session(house, "ada"), new)
    basis = Basis("b1", CONSENT, ("karen",), now, now + timedelta(days=9), "anna", now, "det daglige", "Bent selv")
    token = await session(house, "anna")
    await outsideactions.invite(hub, token, "house", town.shared, "karen", basis, None)
    said = {"id": str(uuid4()), "text": f"{MARKS['house']} til dig udenfor"}
    await town.api("house", "POST", f"/{town.shared}/messages", said)
    await house.settle()
    assert house.sms is not None
    town.link = (house.sms.sent[-1][1].url or "").removeprefix(URL)
    await town.page("outside", town.link)
    await town.page("outside", f"{town.link}/code", {"form": "x"})
    (code,) = re.findall(r"\d{6}", house.sms.sent[-1][1].title)
    await town.page("outside", f"{town.link}/enter", {"digits": code})
    return town


def _texts(town: Town, numbers: dict[str, str]) -> None:
    """What went out by text message, to whom."""
    assert town.house.sms is not None
    for number, notice in town.house.sms.sent:
        town.sent.add(numbers[number], f"{notice.title}{notice.text}{notice.url}")


def _frames(town: Town, phones: dict[str, list[Phone]]) -> None:
    for of, some in phones.items():
        for phone in some:
            town.sent.add(
                of, repr([*phone.messages, *(one.frame for one in phone.unread), phone.frames, phone.welcome])
            )


async def apart(house: House, least: int) -> Sent:
    """Goes on until each has been sent so many bytes."""
    town = await prepared(house)
    phones: dict[str, list[Phone]] = {of: [] for of in HOUSES}
    for of, names in HOUSES.items():
        for name in names:
            phone = Phone(house, f"phone-{name}", house.tokens[f"phone-{name}"], name)
            await phone.connects()
            phones[of].append(phone)
    number = 0
    while town.sent.least() < least:
        number += 1
        await town.round(number)
        await house.passes(1)
    _frames(town, phones)
    _texts(town, {NUMBER: "outside"})
    return town.sent


async def _run(least: int) -> None:
    with TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        migrate.upgrade(template)
        async with opened(Path(folder) / "house", template, AN_AFTERNOON, sms=True) as house:
            sent = await apart(house, least)
    for who, content in sent.to.items():
        own = sum(content.count(MARKS[mark].encode()) for mark in MINE[who])
        click.echo(f"{who}: {len(content)} bytes, {own} marks of their own")
    click.echo(f"marks of others: {sent.found() or 0}")
    if sent.found():
        raise SystemExit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Looks in all that is sent to each for what is another's.")
    parser.add_argument("--bytes", type=int, default=1_000_000)
    asyncio.run(_run(parser.parse_args().bytes))
