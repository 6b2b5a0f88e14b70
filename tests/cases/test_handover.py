"""From a signed incident into the case system: once, whatever happens, and on a person's desk where it is refused."""

import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from hub.cases import practicestore, register, registerstore
from hub.cases.practice import Area, Dated, Practice, Sort, Target
from hub.cases.register import Entry
from hub.cases.ways import Link
from hub.kle import klefile, klestore
from hub.ports import Answer, CaseRecord, CaseSystem, Handed, Never, NotNow, Trouble
from hub.storage import journal
from integrations.casefolder import NAMESPACE, CaseFolder
from tests.admin.desk import signed_in
from tests.cases import editions
from tests.databases import on_both
from tests.incidents.test_pages import helped, noted
from tests.integrations.test_sf1470 import RECORD
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

AT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ENTRY = Entry("house", "i", Sort.VIOLENCE, Area.WORK, Target.FILE, RECORD, 1, AT)


class Scripted:
    """A case system that does what it is told, and keeps what it took by number and version, as a real one would."""

    def __init__(self, *does: Exception | Answer) -> None:
        self.does = list(does)
        self.meanwhile: list[Awaitable[object]] = []
        self.calls = 0
        self.kept: dict[tuple[str, int], CaseRecord] = {}

    async def take(self, record: CaseRecord, version: int) -> Handed:
        self.calls += 1
        does = self.does.pop(0) if self.does else Answer.ACCEPTED
        while self.meanwhile:
            await self.meanwhile.pop()
        if isinstance(does, Exception):
            raise does
        self.kept[record.id, version] = record
        return Handed(does, "Sagssystem", f"S-{version}")

    async def close(self) -> None: ...


async def practised(house: House, target: Target) -> None:
    now = house.clock.now()
    for n, area in enumerate((Area.WORK, Area.ADULTS)):
        dated = Dated(area, now - timedelta(days=1), Practice(target=target), "ada", now)
        async with house.database.read() as tx:
            sites = await house.services.sites.get(tx, "house")
        adding = partial(
            practicestore.add_version,
            which=f"v{n}",
            municipality=sites.institution.municipality,
            institution="house",
            new=dated,
        )
        await house.database.write(adding)


async def signed(house: House) -> str:
    """A signed incident; its address."""
    address = await noted(house, await helped(house), kinds="near_miss")
    leif = await signed_in(house, "leif")
    assert (await leif.post(f"{address}/sign")).status_code == 303
    await house.settle()
    await house.services.cases.look()
    # The hub looks by itself too, and may have had it in hand.
    await house.settle()
    return address


async def practised_with(begin: Begin, system: "Scripted") -> House:
    """A house that hands over to this system."""
    house = await begin("anna nord", "bo nord")
    await practised(house, Target.FILE)
    house.services.cases.ways.everybody[Target.FILE] = Link(system)
    return house


async def events(house: House, *names: str) -> Sequence[journal.Entry]:
    async with house.database.read() as tx:
        return await journal.newest_of(tx, "house", 50, frozenset(names))


@on_both
async def test_what_nobody_can_be_sent_to_is_copied_by_a_person_and_ticked_off(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    address = await signed(house)
    leif, anna, ada = [await signed_in(house, who) for who in ("leif", "anna", "ada")]
    page = (await leif.get("/cases")).text
    assert "Skal skrives over af et menneske; venter siden 2026-03-10" in page
    assert "81.29.08 G01" in page
    assert "kødkniv" not in page
    assert "81.29.08" not in (await ada.get("/cases")).text, "she reads no papers"
    assert (await anna.get("/cases")).status_code == 403
    (recorded,) = await events(house, "case_recorded")
    entry = f"/cases/records/{recorded.facts['record']}"
    form = {"form": "p", "system": "SBSYS", "reference": "2026-117"}
    assert (await leif.post(f"{entry}/placed", {**form, "reference": ""})).status_code == 422
    assert (await ada.post(f"{entry}/placed", form)).status_code == 404
    assert (await leif.post("/cases/records/none/placed", form)).status_code == 404
    assert (await leif.post(f"{entry}/placed", form)).status_code == 303
    assert "I SBSYS som 2026-117 siden" in (await leif.get("/cases")).text
    assert "Leif skrev en registrering over i sagssystemet." in (await leif.get(address)).text
    await house.services.cases.look()
    assert len(await events(house, "case_recorded")) == 1, "what is recorded already is not recorded again"
    which = address.rpartition("/")[2]
    assert (await leif.post(f"/cases/{which}/number", {"sort": "near_miss", "kle": "87.15.00"})).status_code == 303
    await house.services.cases.look()
    newer = (await events(house, "case_recorded"))[0]
    assert (newer.facts["version"], newer.facts["kle"]) == (2, "87.15.00"), "a new number is a new version"
    secret = str([entry.facts for entry in await events(house, "case_recorded", "case_placed")])
    assert "SBSYS" not in secret


@on_both
async def test_it_is_handed_over_once_though_the_system_is_slow_and_the_hub_is_killed(begin: Begin) -> None:
    system = Scripted(NotNow("Busy.", trouble=Trouble.BUSY), NotNow("Busy.", 100), Answer.ACCEPTED)
    house = await practised_with(begin, system)
    await signed(house)
    leif = await signed_in(house, "leif")
    page = (await leif.get("/cases")).text
    assert "Venter på sagssystemet siden 2026-03-10" in page
    assert "Sagssystemet har travlt og beder os komme igen." in page
    assert "Forsøg indtil nu: 1. Næste forsøg 2026-03-10" in page
    assert system.calls == 1
    await house.is_killed()
    await house.starts()
    house.services.cases.ways.everybody[Target.FILE] = Link(system)
    for seconds in (5, 30, 60, 60, 600):
        await house.passes(seconds)
        await house.services.cases.look()
    assert system.calls == 3
    assert len(system.kept) == 1
    assert [row.facts["answer"] for row in await events(house, "case_answered")] == ["ACCEPTERET"]
    assert "I Sagssystem som S-1" in (await leif.get("/cases")).text


async def test_what_is_refused_lands_on_a_desk_with_its_reason_and_can_be_sent_again(begin: Begin) -> None:
    system = Scripted(Never("Ukendt sag 17."))
    house = await practised_with(begin, system)
    await signed(house)
    leif = await signed_in(house, "leif")
    page = (await leif.get("/cases")).text
    assert "Ukendt sag 17." in page
    assert page.index("Nogen skal se på disse (1)") < page.index("Ukendt sag 17.")
    (recorded,) = await events(house, "case_recorded")
    assert (await leif.post(f"/cases/records/{recorded.facts['record']}/again")).status_code == 303
    await house.services.cases.look()
    assert (system.calls, len(system.kept)) == (2, 1)
    assert "I Sagssystem som S-2" in (await leif.get("/cases")).text


async def test_what_is_sent_again_is_made_again_so_that_what_was_mended_counts(begin: Begin) -> None:
    system = Scripted(Never("kle: no edition that was imported has the UUID of 81.29.08."))
    house = await practised_with(begin, system)
    await signed(house)
    leif = await signed_in(house, "leif")
    page = (await leif.get("/cases")).text
    assert "indlæs en udgave, og send igen" in page
    assert "Til driften: kle: no edition that was imported" in page
    plan, edition = klefile.read(editions.CSV_2025, "2025.csv", editions.DAY_2025)
    await house.database.write(lambda tx: klestore.keep_edition(tx, plan, edition, "digest", house.clock.now()))
    (recorded,) = await events(house, "case_recorded")
    assert (await leif.post(f"/cases/records/{recorded.facts['record']}/again")).status_code == 303
    await house.services.cases.look()
    ((_, version),) = system.kept
    assert version == 2
    assert [one.kle.uuid for one in system.kept.values()] == ["906a3e7c-bce6-11e9-a820-0050c2490048"]


@on_both
async def test_an_answer_of_a_version_that_was_replaced_meanwhile_is_kept_with_that_version(begin: Begin) -> None:
    system = Scripted(Answer.ACCEPTED, Never("Ukendt sag 17."))
    house = await practised_with(begin, system)
    address = await noted(house, await helped(house), kinds="near_miss")
    leif, which = await signed_in(house, "leif"), address.rpartition("/")[2]
    system.meanwhile = [
        leif.post(f"/cases/{which}/record"),
        leif.post(f"/cases/{which}/number", {"sort": "near_miss", "kle": "87.15.00"}),
    ]
    assert (await leif.post(f"{address}/sign")).status_code == 303
    told: list[tuple[int, str]] = []
    # The hub does the same by itself meanwhile, and either may have it in hand.
    while len(told) < 2:
        await house.settle()
        await house.services.cases.look()
        told = [(row.facts["version"], row.facts["answer"]) for row in await events(house, "case_answered")]
    assert sorted(told) == [(1, "ACCEPTERET"), (2, "AFVIST")]
    async with house.database.read() as tx:
        seal = await house.services.incidents.seals.to_read(tx)
        (now,) = await registerstore.of_incident(tx, seal, "house", which)
        first, second = await registerstore.versions(tx, seal, now)
    assert (first.answer, first.reference, second) == (Answer.ACCEPTED, "S-1", now)
    assert (now.version, now.answer, now.reason) == (2, Answer.REFUSED, "Ukendt sag 17.")


async def test_an_incident_can_be_recorded_before_it_is_signed(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    address = await noted(house, await helped(house), kinds="near_miss")
    which, leif, bo = address.rpartition("/")[2], await signed_in(house, "leif"), await signed_in(house, "vera")
    assert (await bo.post(f"/cases/{which}/record")).status_code == 404
    assert (await leif.post(f"/cases/{which}/record")).status_code == 303
    assert (await leif.post(f"/cases/{which}/record")).status_code == 303
    assert len(await events(house, "case_recorded")) == 1
    erased = partial(
        journal.append,
        institution="house",
        at=house.clock.now(),
        event="incident_erased",
        subject=f"incident:{which}",
        actor=None,
        facts={"papers": ["employee"], "whole": False},
    )
    await house.database.write(erased, of="house")
    await house.services.cases.look()
    async with house.database.read() as tx:
        seal = await house.services.incidents.seals.to_read(tx)
        assert await registerstore.listed(tx, seal, "house", 10) == [], "it goes with the paper that it is of"


@on_both
async def test_what_waits_longest_is_listed_first_however_much_is_done_after_it(begin: Begin) -> None:
    house = await begin("anna nord")
    times = [AT + timedelta(hours=n) for n in range(4)]
    ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(4)]
    waits, refused, done, newer = [
        replace(ENTRY, record=replace(RECORD, id=which), since=at) for which, at in zip(ids, times, strict=True)
    ]
    entries = [
        waits,
        replace(refused, answer=Answer.REFUSED, reason="ukendt emne"),
        replace(done, answer=Answer.ACCEPTED, system="S"),
        replace(newer, answer=Answer.ACCEPTED, system="S"),
    ]
    async with house.database.read() as tx:
        seal = await house.services.incidents.seals.to_read(tx)
    for one in reversed(entries):
        await house.database.write(partial(registerstore.keep, seal=seal, one=one), of="house")
    async with house.database.read() as tx:
        listed = await registerstore.listed(tx, seal, "house", 3)
    assert [one.record.id for one in listed] == [ids[0], ids[1], ids[3]]


def test_what_has_ended_hears_nothing_more_and_a_wait_grows_to_an_hour() -> None:
    done = register.answered(ENTRY, Handed(Answer.ACCEPTED, "S", "1"), AT)
    assert register.answered(done, Handed(Answer.REFUSED, "S", reason="late"), AT) == done
    assert register.refused(done, "late", AT) == done
    came = register.answered(ENTRY, Handed(Answer.DELIVERED, "S"), AT)
    assert register.answered(came, Handed(Answer.RECEIVED, "S"), AT) == came, "out of order"
    no = register.answered(came, Handed(Answer.REFUSED, "S", reason="Ukendt sag " * 100), AT)
    assert (no.answer, len(no.reason)) == (Answer.REFUSED, register.LONGEST_REASON)
    gone = register.answered(came, Handed(Answer.FAILED, "", reason="Nothing for 3 days."), AT)
    assert register.answered(gone, Handed(Answer.REFUSED, "S", reason="Lukket"), AT).reason == "Lukket"
    assert register.answered(no, Handed(Answer.FAILED, "S", reason="x"), AT) == no
    yes = register.answered(no, Handed(Answer.ACCEPTED, "S", "1"), AT)
    assert (yes.answer, yes.reason) == (Answer.ACCEPTED, ""), "what was taken after all is not sent again"
    assert register.anew(ENTRY, ENTRY) is None
    assert register.anew(ENTRY, replace(ENTRY, target=Target.SF2900)) == replace(ENTRY, target=Target.SF2900, version=2)
    assert register.again(register.refused(ENTRY, "x", AT), AT).version == 2
    assert [register.later(n, None).total_seconds() for n in (1, 2, 3, 20)] == [10, 20, 40, 3600]
    assert register.later(1, 7).total_seconds() == 7
    for wrong in ({"version": 0}, {"answer": Answer.REFUSED}, {"answer": Answer.ACCEPTED}):
        with pytest.raises(ValueError, match=r"version|why|where"):
            replace(ENTRY, **wrong)


@pytest.fixture(params=["folder", "scripted"])
def any_system(request: pytest.FixtureRequest, tmp_path: Path) -> CaseSystem:
    return CaseFolder(tmp_path / "esdh") if request.param == "folder" else Scripted()


async def test_every_case_system_takes_the_same_version_once(any_system: CaseSystem, tmp_path: Path) -> None:
    first = await any_system.take(RECORD, 1)
    assert first.answer is Answer.ACCEPTED
    assert first.system
    assert (await any_system.take(RECORD, 1)).reference == first.reference
    assert (await any_system.take(RECORD, 2)).answer is Answer.ACCEPTED
    if isinstance(any_system, CaseFolder):
        names = sorted(one.name for one in (tmp_path / "esdh").iterdir())
        assert names == [f"{RECORD.number}-v{n}.{end}" for n in (1, 2) for end in ("pdf", "xml")]
        root = ET.parse(tmp_path / "esdh" / names[1]).getroot()
        assert root.findtext(f"{{{NAMESPACE}}}party/{{{NAMESPACE}}}name") == "Bent Beboer"
        assert (tmp_path / "esdh" / names[0]).read_bytes().startswith(b"%PDF")
    await any_system.close()


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "esdh").write_text("a file")
    with pytest.raises(NotNow, match="see to it"):
        await CaseFolder(tmp_path / "esdh").take(RECORD, 1)
