"""Very many hand-overs while everything goes wrong: a quick tier of `python -m tests.cases.handovers`."""

import random
from datetime import timedelta
from functools import partial

from clients.standins.fordeling import Fate, Fordeling, brought
from clients.standins.said import Answered, Asked, Object
from hub.cases import registerstore, waystore
from hub.cases.practice import Target
from hub.cases.register import Entry
from hub.cases.ways import Link
from hub.casesystems import link
from hub.people.credentials import fingerprint
from hub.ports import Answer
from hub.settings import Outside
from hub.storage import journal
from tests.admin.desk import signed_in
from tests.cases import bulk
from tests.cases.test_handover import practised, signed
from tests.contracts.casebenches import MUNICIPALITY, TOKEN, CaseService, way
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

COUNT = 100
CREDENTIAL = "the-credential-of-receipts-0123456789"
FATES = {0: Fate.UNKNOWN, 1: Fate.REFUSED, 2: Fate.FAILED, 3: Fate.SILENT, 4: Fate.UNTOLD}
XML = {"Authorization": f"Bearer {CREDENTIAL}", "Content-Type": "text/xml; charset=utf-8"}


class Service:
    """A case system that misbehaves as its dice have it, and owes receipts."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.core = Fordeling([MUNICIPALITY], TOKEN, fate=self.fate)
        self.owed: list[tuple[Object, str]] = []

    def fate(self, transaction: str) -> Fate:
        return FATES.get(int(transaction[:8], 16) % 30, Fate.TAKEN)

    def judge(self, asked: Asked) -> tuple[Answered, Object | None]:
        answer, new = self.core.judge(asked)
        if new is not None:
            self.owed += [(new, code) for code in self.fate(new.transaction).receipts]
        # It has taken it, and nobody hears that.
        return (Answered(503, b"", (("Retry-After", "1"),)) if self.dice.random() < 0.1 else answer), new

    async def brings(self, house: House) -> None:
        """What it owes, in any order, some of it twice and some of it later."""
        self.dice.shuffle(self.owed)
        now, self.owed = self.owed, []
        for one, code in now:
            if self.dice.random() < 0.2:
                self.owed.append((one, code))
                continue
            for _ in range(1 + (self.dice.random() < 0.2)):
                answer = await house.http.post("/api/cases/receipts", content=brought(one, code), headers=XML)
                assert answer.status_code == 200, answer.text
                assert b"FordelingskvitteringModtagAnvenderResponse" in answer.content


def connects(house: House) -> None:
    house.services.cases.ways.opened_by(partial(_opened, house=house))


def _opened(one: waystore.Way, house: House) -> Link:
    return link(one, clock=house.clock, outside=Outside(allow_loopback=True))


async def entries(house: House) -> list[Entry]:
    async with house.database.read() as tx:
        return await registerstore.listed(tx, await house.services.incidents.seals.to_read(tx), "house", COUNT + 1)


async def test_each_ends_in_the_case_system_once_or_on_a_desk(begin: Begin) -> None:
    house, service = await begin("anna nord"), Service(1)
    http = CaseService(service.judge)
    async with http.listening():
        now = house.clock.now()
        seal = await house.database.write(house.services.incidents.seals.to_write)
        await house.database.write(partial(bulk.practised, institution="house", now=now))
        one = waystore.Way(
            MUNICIPALITY, Target.SF2900, way(Target.SF2900, http.port).settings, now, fingerprint(CREDENTIAL)
        )
        await house.stops()
        bulk.signed_in(house.file, "house", seal, COUNT, 1, now)
        await house.starts()
        await house.services.cases.look()
        assert [entry.answer for entry in await entries(house)] == [None] * COUNT, "they wait for a person"
        await house.database.write(partial(waystore.keep, vault=house.services.cases._vault, way=one))
        for life in range(4):
            connects(house)
            await house.services.cases.look()
            await service.brings(house)
            if life < 3:
                # The dead let go of their lines.
                await house.services.cases.ways.close()
                await house.is_killed()
                await house.starts()
            house.clock.set(house.clock.now() + timedelta(minutes=2))
        found, last = await entries(house), house.clock.now() + timedelta(days=30)
        # The dice may have it busy whenever it is asked of one: such a one is given up when it answers again.
        while any(entry.open for entry in found) and house.clock.now() < last:
            await service.brings(house)
            house.clock.set(house.clock.now() + timedelta(hours=25))
            await house.services.cases.look()
            found = await entries(house)
        async with house.database.read() as tx:
            rows = await journal.after_of(tx, "house", 0, 10 * COUNT, frozenset({"case_answered"}))
        await house.services.cases.ways.close()
    assert len(found) == COUNT
    ended = {one.transaction: one for one in service.core.taken.values()}
    accepted = {one.id for one in ended.values() if service.fate(one.transaction).accepted}
    assert {entry.record.id for entry in found if entry.answer is Answer.ACCEPTED} == accepted
    desk = [entry for entry in found if entry.answer in (Answer.REFUSED, Answer.FAILED)]
    assert len(desk) + len(accepted) == COUNT
    assert {entry.reason for entry in desk} >= {
        "Sagen er lukket for journalisering <script>",
        "RoutingKLEEmne: ingen modtager er sat op til emnet.",
        "Sagssystemet har intet sagt i 3 dage: spørg dér, om det har den.",
    }
    times = [row.facts["record"] for row in rows if row.facts["answer"] == "ACCEPTERET"]
    assert len(times) == len(set(times)) == len(accepted), "each is journalled once"
    assert len({one.id for one in ended.values()}) == len(ended), "none is there under two names"


@on_both
async def test_a_receipt_of_a_version_that_was_replaced_is_kept_and_changes_nothing_of_the_new_one(
    begin: Begin,
) -> None:
    house = await begin("anna nord", "bo nord")
    core = Fordeling([MUNICIPALITY], TOKEN, fate=lambda _transaction: Fate.SILENT)
    http = CaseService(core.judge)
    async with http.listening():
        await practised(house, Target.SF2900)
        settings, now = way(Target.SF2900, http.port).settings, house.clock.now()
        one = waystore.Way(MUNICIPALITY, Target.SF2900, settings, now, fingerprint(CREDENTIAL))
        await house.database.write(partial(waystore.keep, vault=house.services.cases._vault, way=one))
        connects(house)
        address = await signed(house)
        await house.settle()
        leif, which = await signed_in(house, "leif"), address.rpartition("/")[2]
        assert "Sagssystemet har fået den og hverken sagt ja eller nej siden" in (await leif.get("/cases")).text
        assert (await leif.post(f"/cases/{which}/number", {"sort": "near_miss", "kle": "87.15.00"})).status_code == 303
        await house.services.cases.look()
        await house.settle()
        first, second = core.taken.values()
        assert first.id == second.id
        for sent, code in ((first, "ACCEPTERET"), (first, "ACCEPTERET"), (first, "AFLEVERET"), (second, "AFVIST")):
            answer = await house.http.post("/api/cases/receipts", content=brought(sent, code), headers=XML)
            assert answer.status_code == 200, answer.text
        async with house.database.read() as tx:
            rows = await journal.newest_of(tx, "house", 50, frozenset({"case_answered"}))
        (entry,) = await entries(house)
        assert (entry.version, entry.answer) == (2, Answer.REFUSED)
        told = sorted((row.facts["version"], row.facts["answer"]) for row in rows)
        assert told == [(1, "ACCEPTERET"), (1, "MODTAGET"), (2, "AFVIST"), (2, "MODTAGET")]
        page = (await leif.get(f"/cases/records/{entry.record.id}")).text
        before = page[page.index("Version 1") :]
        assert "Sagssystemet svarede: ACCEPTERET" in before
        assert "En nyere version er trådt i stedet." in before
        assert "AFVIST" not in before
        await house.services.cases.ways.close()


async def test_only_who_has_the_credential_brings_receipts_and_only_of_its_own(begin: Begin) -> None:
    house = await begin("anna nord")
    path, body = "/api/cases/receipts", brought(Object("x", MUNICIPALITY, "x", "JOURNALPOST", "x", ""), "ACCEPTERET")
    assert (await house.http.post(path, content=body, headers={"Content-Type": "text/xml"})).status_code == 401
    assert (await house.http.post(path, content=body, headers=XML)).status_code == 401
    one = waystore.Way(
        "11111111", Target.SF2900, way(Target.SF2900, 1).settings, house.clock.now(), fingerprint(CREDENTIAL)
    )
    await house.database.write(partial(waystore.keep, vault=house.services.cases._vault, way=one))
    assert (await house.http.post(path, content=body, headers=XML)).status_code == 503, "it comes a moment too soon"
    connects(house)
    await house.services.cases.look()
    assert (await house.http.post(path, content=body, headers=XML)).status_code == 422
    other = brought(Object("00000000-0000-4000-8000-000000000001", "1", "x", "JOURNALPOST", "x", ""), "ACCEPTERET")
    assert (await house.http.post(path, content=other, headers=XML)).status_code == 404
    assert (await house.http.post(path, content=b"{}", headers=XML | {"Content-Type": "text/plain"})).status_code == 415
    await house.services.cases.ways.close()
