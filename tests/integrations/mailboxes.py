"""Two hubs write to each other by mailbox: `python -m tests.integrations.mailboxes --count N [--seed S]`.

Between them is a provider that brings envelopes late, in another order and more than once, and loses acknowledgements;
and each hub is killed every now and then. Whatever happens, what was written must be shown at the other end once, in
its conversation, and every copy of it acknowledged alike.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hub.foreign.boxes import joined
from hub.foreign.medcom import MedCom
from hub.messaging import outsideactions, outsidestore, placestore, store
from hub.messaging.conversation import About, Address, Conversation, Kind
from hub.messaging.mailbox import Place
from hub.messaging.mailboxin import Incoming
from hub.messaging.message import Saying
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.queries import one as read
from hub.messaging.sending import PATIENCE
from hub.messaging.sharing import CONSENT, Basis
from hub.people.access import Principal
from hub.people.site import Role
from hub.ports import Correspondent
from hub.storage import migrate
from hub.web.render import catalogue
from integrations.medcom.acknowledging import understand
from integrations.medcom.care import House as Organisation
from integrations.medcom.envelope import Kind as Sort
from integrations.medcom.envelope import from_xml
from integrations.medcom.fhir import read_bundle
from integrations.vans import FolderMailbox
from tests.contracts.boxes import FolderProvider
from tests.integrations.medcom_messages import CITIZEN, OURS, THEIRS
from tests.scenarios.world import AN_AFTERNOON, House, opened

WRITER = Principal("house", "anna", Role.STAFF, ("nord",))
LONGEST_THREAD = 6


@dataclass
class Side:
    """One hub with its mailbox, and what was written there."""

    house: House
    vans: FolderProvider
    us: Organisation
    them: Organisation
    said: dict[str, str] = field(default_factory=dict)
    """The conversation by what was written in it."""
    incoming: Incoming | None = None

    async def opens(self) -> None:
        place = Place(
            "house", f"place-{self.us.gln}", Way.MEDCOM, self.us.gln, self.us.name, Address(Kind.PERSON, "anna"),
            self.us.sor, "+4512345678",
        )  # fmt: skip
        now = self.house.clock.now()
        to = Correspondent("them", self.them.name, OutsideRole.GP.value, gln=self.them.gln, sor=self.them.sor)
        vault = self.house.services.messages.keyring.vault

        async def action(tx: Any) -> None:
            await placestore.add_place(tx, place)
            await outsidestore.register(tx, vault, Outside("house", OutsideRole.GP, Way.MEDCOM, to, "leif", now))

        await self.house.database.write(action)
        self.joins()

    def joins(self) -> None:
        self.incoming = joined(
            self.house.services, MedCom(catalogue("da")), FolderMailbox(self.vans.folder, self.house.clock)
        )

    async def dies(self) -> None:
        await self.house.is_killed()
        await self.house.starts()
        self.joins()

    async def looks(self) -> None:
        assert self.incoming is not None
        await self.incoming.look()
        await self.house.settle()
        await self.house.services.onward.look()
        await self.house.settle()

    async def begins(self, which: str, text: str) -> None:
        """Somebody on duty begins a conversation with the other house, about a citizen, with consent."""
        now = self.house.clock.now()
        new = Conversation("house", which, "anna", now, About.CITIZEN)
        head = {"title": "Søvn", "citizen": " ".join((*CITIZEN.given, CITIZEN.family))}
        messages, token = self.house.services.messages, self.house.tokens["phone-anna"]
        await messages.open(token, new, [Address(Kind.PERSON, "bo")], head, Saying(f"{which}-first", "Internt"))
        await outsideactions.invite(messages, token, "house", which, "them", self.basis(which), None)
        await self.says(which, text)

    def basis(self, which: str) -> Basis:
        now, number = self.house.clock.now(), f"urn:oio:cpr-nr:{CITIZEN.number}"
        until = now + timedelta(days=300)
        return Basis(f"basis-{which}", CONSENT, ("them",), now, until, "anna", now, "søvn", "Bruno", number)

    async def answers(self, which: str, text: str) -> None:
        """Somebody answers what came; the first time with a note of the consent."""
        messages, token = self.house.services.messages, self.house.tokens["phone-anna"]
        if which not in self.said.values():
            await outsideactions.note(messages, token, "house", which, self.basis(which))
        await self.says(which, text)

    async def says(self, which: str, text: str) -> None:
        self.said[text] = which
        token = self.house.tokens["phone-anna"]
        await self.house.services.messages.say(token, "house", which, Saying(f"id {text}", text))
        await self.house.settle()

    async def shown(self, which: str) -> list[str]:
        """What anna reads in a conversation, of what the other house wrote."""
        messages = self.house.services.messages
        async with self.house.database.read() as tx:
            here = await messages.here(tx, WRITER)
            seen = await read(tx, messages, here, which)
        return [one.text for one in seen.messages if one.author.startswith("outside:")]


@dataclass
class Provider:
    """Carries envelopes between the mailboxes, as badly as one may."""

    chance: random.Random
    sides: tuple[Side, Side]
    held: list[tuple[Side, bytes]] = field(default_factory=list)
    brought: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Counter[str]] = field(default_factory=dict)
    lost: int = 0
    copies: int = 0

    def carries(self, *, all_of_it: bool = False) -> None:
        """Empties every `out`; of what it holds it brings some, in any order."""
        for side, other in (self.sides, self.sides[::-1]):
            for path in (side.vans.folder / "out").glob("*.xml"):
                self._takes(other, path.read_bytes())
                path.unlink()
        self.chance.shuffle(self.held)
        still = [] if all_of_it else [one for one in self.held if self.chance.random() < 0.3]
        for side, content in [one for one in self.held if one not in still]:
            key = str(UUID(int=self.chance.getrandbits(128)))
            side.vans.deliver(key, content)
        self.held = still

    def _takes(self, to: Side, content: bytes) -> None:
        envelope = from_xml(content)
        if envelope.kind is Sort.ACKNOWLEDGEMENT:
            said = understand(read_bundle(envelope.document))
            self.answers.setdefault(said.answers, Counter())[said.code] += 1
            if self.chance.random() < 0.15:
                self.lost += 1
                return
        times = 1 + (self.chance.random() < 0.2)
        self.copies += times - 1
        self.held += [(to, content)] * times


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    written: int
    missing: int
    twice: int
    unlike: int
    copies: int
    lost: int
    kills: int

    @property
    def good(self) -> bool:
        return not (self.missing or self.twice or self.unlike)


async def run(count: int, seed: int, folder: Path) -> Outcome:
    """So many messages, both ways."""
    chance = random.Random(seed)
    async with _sides(folder) as sides:
        provider, kills = Provider(chance, sides), 0
        threads: list[str] = []
        for number in range(count):
            await _writes(chance, sides, threads, f"Besked {number}\n  • æøå & <{number}>")
            if chance.random() < 0.3:
                await _goes_on(provider)
            if chance.random() < 0.05:
                kills += 1
                await chance.choice(sides).dies()
        for _ in range(4):
            for _ in range(3):
                await _goes_on(provider, all_of_it=True)
            for side in sides:
                side.house.clock.advance(PATIENCE.total_seconds() + 1)
                await side.house.settle()
        await _goes_on(provider, all_of_it=True)
        return await _counted(provider, kills)


async def _writes(chance: random.Random, sides: tuple[Side, Side], threads: list[str], text: str) -> None:
    """Begins a conversation or goes on with one, at either end of it."""
    open_ones = [which for which in threads if _room(sides, which)]
    if not open_ones or chance.random() < 0.25:
        which = str(UUID(int=chance.getrandbits(128), version=4))
        threads.append(which)
        await chance.choice(sides).begins(which, text)
        return
    which = chance.choice(open_ones)
    side = chance.choice(sides)
    if which in side.said.values() or await _known(side, which):
        await side.answers(which, text)
    else:
        other = next(one for one in sides if one is not side)
        await other.answers(which, text)


def _room(sides: tuple[Side, Side], which: str) -> bool:
    return sum(list(side.said.values()).count(which) for side in sides) < LONGEST_THREAD


async def _known(side: Side, which: str) -> bool:
    async with side.house.database.read() as tx:
        return await store.find(tx, "house", which) is not None


async def _goes_on(provider: Provider, *, all_of_it: bool = False) -> None:
    for side in provider.sides:
        side.house.clock.advance(20)
        await side.looks()
    provider.carries(all_of_it=all_of_it)
    for side in provider.sides:
        await side.looks()


async def _counted(provider: Provider, kills: int) -> Outcome:
    missing = twice = 0
    for side, other in (provider.sides, provider.sides[::-1]):
        shown = {which: Counter(await other.shown(which)) for which in set(side.said.values())}
        missing += sum(shown[which][text] == 0 for text, which in side.said.items())
        twice += sum(shown[which][text] > 1 for text, which in side.said.items())
    unlike = sum(len(codes) != 1 for codes in provider.answers.values())
    written = sum(len(side.said) for side in provider.sides)
    return Outcome(written, missing, twice, unlike, provider.copies, provider.lost, kills)


@asynccontextmanager
async def _sides(folder: Path) -> AsyncIterator[tuple[Side, Side]]:
    template = folder / "template.db"
    migrate.upgrade(template)
    async with AsyncExitStack() as stack:
        made = []
        for name, us, them in (("one", OURS, THEIRS), ("other", THEIRS, OURS)):
            house = await stack.enter_async_context(opened(folder / name, template, AN_AFTERNOON, sms=False))
            await house.set_up("anna nord")
            side = Side(house, FolderProvider(folder / name / "vans"), us, them)
            await side.opens()
            made.append(side)
        yield made[0], made[1]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with TemporaryDirectory() as folder:
        found = asyncio.run(run(given.count, given.seed, Path(folder)))
    sys.stdout.write(
        f"{found.written} messages both ways, {found.copies} copies brought, {found.lost} acknowledgements lost, "
        f"{found.kills} kills: {found.missing} missing, {found.twice} shown twice, "
        f"{found.unlike} acknowledged in two ways\n"
    )
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
