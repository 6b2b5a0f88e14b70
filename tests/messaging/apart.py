"""Nobody gets what is another's: two institutions, a party outside each, and every byte that is sent to them.

python -m tests.messaging.apart [--bytes 1000000]: all write, read, search, call and open links at once until each has
been sent so many bytes of pages, answers and frames, which are searched for marks of others. What is told by text
message, e-mail and push, in which no mark at all may be, is taken from stand-ins of their services, push decrypted.
"""

import argparse
import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
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
from tests.contracts.authority import Authority
from tests.contracts.benches import email
from tests.contracts.serving import StandIn
from tests.rights.places import ADMINS, PEOPLE, site_text
from tests.scenarios.phones import Phone
from tests.scenarios.world import AN_AFTERNOON, RULES, House, opened

# Who is who: an institution's writer and reader, and one whose pages are all closed.
HOUSES = {"house": ("anna", "nora"), "other": ("vera", "una")}
AWAY = {"house": "lone", "other": "alma"}
# What stands in all that is theirs, and whose of it may be sent to whom.
MARKS = {"house": "ZEBRA-NORD", "other": "ELEFANT-FJERN", "internal": "INTERNT-NORD", "elsewhere": "INTERNT-FJERN"}
MINE = {"house": {"house", "internal"}, "other": {"other", "elsewhere"}, "outside": {"house"}, "mailed": {"other"}}
# What only says that there is something.
TELLING = ("text messages", "e-mail", "push")
TO = {
    "outside": ("house", Correspondent("karen", "Karen", "guardian", phone="+4530000001")),
    "mailed": ("other", Correspondent("gerda", "Gerda", "guardian", email="gerda@example.org")),
}


@dataclass
class Sent:
    """What was sent to each."""

    to: dict[str, bytearray] = field(default_factory=lambda: {who: bytearray() for who in (*MINE, *TELLING)})

    def add(self, who: str, content: bytes | str) -> None:
        self.to[who] += content if isinstance(content, bytes) else content.encode()

    def found(self) -> list[tuple[str, str]]:
        """Whose mark stood in what was sent to whom."""
        return [
            (who, mark)
            for who, content in self.to.items()
            for mark in MARKS
            if mark not in MINE.get(who, ()) and MARKS[mark].encode() in content
        ]

    def least(self) -> int:
        return min(len(self.to[who]) for who in MINE)


@dataclass
class Town:
    """One hub with both institutions, a screen of each, and somebody outside each with a link."""

    house: House
    mail: StandIn
    sent: Sent = field(default_factory=Sent)
    browsers: dict[str, Browser] = field(default_factory=dict)
    conversations: dict[str, list[str]] = field(default_factory=lambda: {of: [] for of in HOUSES})
    shared: dict[str, str] = field(default_factory=dict)
    """Whoever is outside -> the conversation that they are in, and the same of their link."""
    links: dict[str, str] = field(default_factory=dict)

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
        to = [{"person": HOUSES[of][1]}, {"person": AWAY[of]}]
        begun = {"id": str(uuid4()), "conversation": which, "to": to, "title": MARKS[mark]}
        await self.api(of, "POST", "", begun | {"text": text, "about": "citizen", "citizen": f"{MARKS[mark]} Bent"})
        await self.api(of, "POST", f"/{which}/messages", {"id": str(uuid4()), "text": text, "urgent": number % 9 == 0})
        self.conversations[of].append(which)

    async def round(self, number: int) -> None:
        """Everybody writes and reads at once."""
        await asyncio.gather(
            self.writes("house", "internal", number),
            self.writes("other", "elsewhere", number),
            *(self.says(outside, number) for outside in TO),
            *(self.reads(of, number) for of in HOUSES),
        )
        await self.house.settle()
        for outside, (of, _) in TO.items():
            await self.page(outside, self.links[outside])
            if number % 5 == 0:
                await self.page(outside, self.links[outside], {"text": f"{MARKS[of]} svar {number}"})

    async def says(self, outside: str, number: int) -> None:
        of = TO[outside][0]
        said = {"id": str(uuid4()), "text": f"{MARKS[of]} til dig udenfor, {number}. " * 10}
        await self.api(of, "POST", f"/{self.shared[outside]}/messages", said)

    async def reads(self, of: str, number: int) -> None:
        await self.page(of, "/messages")
        await self.page(of, "/messages", {"q": "besked"})
        some = [*self.conversations[of], *(self.shared[outside] for outside, (house, _) in TO.items() if house == of)]
        which = some[number % len(some)]
        await self.page(of, f"/messages/{which}")
        await self.page(of, f"/messages/{which}/sharing")
        await self.api(of, "GET", f"/{which}")
        await self.api(of, "GET", "")

    async def shares(self, outside: str) -> None:
        """A conversation with somebody outside, who comes in by the link and the code that they are sent."""
        (of, to), now, hub = TO[outside], self.house.clock.now(), self.house.services.messages
        writer, reader = HOUSES[of]
        self.shared[outside] = which = str(uuid4())
        inside = MARKS["internal" if of == "house" else "elsewhere"]
        begun = {"id": str(uuid4()), "conversation": which, "to": [{"person": reader}], "title": MARKS[of]}
        about = {"about": "citizen", "citizen": f"{inside} Bent", "text": f"{inside} før"}
        await self.api(of, "POST", "", begun | about)
        new = Outside(of, OutsideRole.GUARDIAN, Way.LINK, to, ADMINS[of], now)
        await outsideactions.register(hub, await session(self.house, ADMINS[of], of), new)
        until = now + timedelta(days=9)
        basis = Basis(f"b-{of}", CONSENT, (to.id,), now, until, writer, now, "det daglige", "Bent selv")
        await outsideactions.invite(hub, await session(self.house, writer, of), of, which, to.id, basis, None)
        await self.says(outside, 0)
        await self.house.settle()
        (path,) = re.findall(rf"{URL}(/l/[\w-]+)", self.told(outside))
        self.browsers[outside], self.links[outside] = Browser(self.house), path
        await self.page(outside, path)
        await self.page(outside, f"{path}/code", {"form": "x"})
        await self.house.settle()
        code = re.findall(r"(?<!\d)\d{6}(?!\d)", self.told(outside))[-1]
        await self.page(outside, f"{path}/enter", {"digits": code})

    def told(self, outside: str) -> str:
        """The newest that somebody outside was told: by text message, or to their mailbox."""
        if TO[outside][1].email:
            return _read(self.mail.taken[-1])
        assert self.house.sms is not None
        _, notice = self.house.sms.sent[-1]
        return f"{notice.title}\n{notice.text}\n{notice.url}"


async def prepared(house: House, mail: StandIn) -> Town:
    """Both institutions, and a link from each to somebody who is signed in on it."""
    for name in PEOPLE:
        done = await setup_site(house.database, parse(site_text(name)), RULES, house.clock)
        house.tokens |= done.tokens
    house.services.onward.links.public_url = URL
    town = Town(house, mail)
    for of, (writer, _) in HOUSES.items():
        town.browsers[of] = Browser(house)
        town.browsers[of].cookies.set("hub_session", await session(house, writer, of))
        await house.town.closed_page(house, AWAY[of])
    for outside in TO:
        await town.shares(outside)
    return town


def _read(one: EmailMessage) -> str:
    """An e-mail as whoever gets it can read it."""
    return "\n".join([f"{one.items()}", *(part.get_content() for part in one.walk() if not part.is_multipart())])


def _tellings(town: Town) -> None:
    """All that went out by text message, e-mail and push, as it was opened there."""
    assert town.house.sms is not None
    told = {
        "text messages": [f"{number} {notice}" for number, notice in town.house.sms.sent],
        "e-mail": [_read(one) for one in town.mail.taken],
        "push": [repr(one) for page in town.house.town.pages.values() for one in page.came],
    }
    for way, texts in told.items():
        town.sent.add(way, "\n".join(texts))


def _frames(town: Town, phones: dict[str, list[Phone]]) -> None:
    for of, some in phones.items():
        for phone in some:
            town.sent.add(
                of, repr([*phone.messages, *(one.frame for one in phone.unread), phone.frames, phone.welcome])
            )


async def apart(house: House, mail: StandIn, least: int) -> Sent:
    """Goes on until each has been sent so many bytes."""
    town = await prepared(house, mail)
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
    _tellings(town)
    return town.sent


@asynccontextmanager
async def reached(folder: Path, template: Path | str) -> AsyncIterator[tuple[House, StandIn]]:
    """A house that sends text messages, push messages and e-mail, and the mailbox that it comes to."""
    async with (
        email(5.0, Authority(folder)) as bench,
        opened(folder / "house", template, AN_AFTERNOON, sms=True, push=True, ways=[bench.channel]) as house,
    ):
        yield house, bench.service


async def _run(least: int) -> None:
    with TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        migrate.upgrade(template)
        async with reached(Path(folder), template) as (house, mail):
            sent = await apart(house, mail, least)
    for who, content in sent.to.items():
        own = sum(content.count(MARKS[mark].encode()) for mark in MINE.get(who, ()))
        click.echo(f"{who}: {len(content)} bytes, {own} marks of their own")
    click.echo(f"marks of others: {sent.found() or 0}")
    if sent.found():
        raise SystemExit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Looks in all that is sent to each for what is another's.")
    parser.add_argument("--bytes", type=int, default=1_000_000)
    asyncio.run(_run(parser.parse_args().bytes))
