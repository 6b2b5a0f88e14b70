"""How long records are kept: by which edition, until whose hand-over, and that nothing is left of what is deleted."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.errors import FileProblem
from hub.incidents.incident import Incident, Signature, Signer, State
from hub.incidents.paper import Fact, Paper
from hub.incidents.retaining import LOOK_EVERY
from hub.incidents.retention import Due, Keep, Other, Stage, closed_at, ending, over
from hub.incidents.retentionfile import retention_book, shipped
from hub.incidents.retentionstore import OWN_RULES
from hub.storage import boundtexts
from hub.storage.vault import open_vault
from tests.admin.desk import signed_in
from tests.databases import Kind as DatabaseKind
from tests.databases import on_both
from tests.incidents.erasing import lie_nowhere, runs
from tests.incidents.test_pages import BENT, KNIFE, helped, noted, rows
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
FIVE_YEARS = timedelta(days=1825)
OWN = """
[[record]]
id = "ban"
name = "Forbud mod adgang"
paper = "employee"
subject = "23.35.10"
when = ["offence"]

[[period]]
key = "23.35.10"
edition = 2027-01-01
keep = "K"
days = 3650
source = "Kommunens arkivplan"

[[period]]
key = "87.15.00"
edition = 2027-01-01
keep = "K"
days = 30
source = "Kommunens arkivplan"
"""


@pytest.mark.parametrize(
    ("paper", "facts", "day", "keep", "days"),
    [
        (Paper.WORK, (), date(2026, 3, 1), Keep.ARCHIVE, 1825),
        (Paper.WORK, (), date(2025, 5, 1), Keep.ARCHIVE, 1825),
        (Paper.WORK, (), date(2025, 4, 30), Keep.DISCARD, 1825),
        (Paper.WORK, (), date(2014, 1, 1), Keep.DISCARD, 1825),
        (Paper.WORK, (Fact.OFFENCE,), date(2026, 3, 1), Keep.ARCHIVE, 1825),
        (Paper.WORK, (Fact.ABSENCE,), date(2026, 3, 1), Keep.ARCHIVE, 12775),
        (Paper.WORK, (Fact.CLAIM,), date(2020, 3, 1), Keep.DISCARD, 1825),
        (Paper.WORK, (Fact.CHILD,), date(2026, 3, 1), Keep.ARCHIVE, 1825),
        (Paper.CASE, (), date(2026, 3, 1), Keep.ARCHIVE, 1825),
        (Paper.CASE, (Fact.ADULT_PERMITTED,), date(2026, 3, 1), Keep.ARCHIVE, 1825),
        (Other.DRAFT, (), date(2026, 3, 1), Keep.DISCARD, 90),
    ],
)
def test_the_edition_of_the_day_of_the_close_decides(
    paper: Paper | Other, facts: tuple[Fact, ...], day: date, keep: Keep, days: int
) -> None:
    term = shipped().term(paper, facts, day)
    assert (term.keep, term.days) == (keep, days)


def test_a_municipalitys_own_edit_holds_from_its_day_only() -> None:
    own = retention_book(OWN)
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    assert own.term(Paper.WORK, (), before) == shipped().term(Paper.WORK, (), before)
    assert (own.term(Paper.WORK, (), after).keep, own.term(Paper.WORK, (), after).days) == (Keep.DISCARD, 30)
    assert own.term(Paper.WORK, (Fact.OFFENCE,), after).days == 3650
    assert own.term(Paper.CASE, (), after) == shipped().term(Paper.CASE, (), after)
    assert own.shortest(*Paper) == timedelta(days=30)


def test_every_fault_of_a_file_is_named_with_the_mend() -> None:
    wrong = OWN.replace("days = 30", "days = 0").replace('"offence"', '"offense"').replace('"ban"', '"violence"')
    wrong = wrong.replace('keep = "K"\ndays = 3650', 'keep = "X"\ndays = 3650').replace("2027-01-01", '"2027"', 1)
    wrong = wrong.replace('key = "87.15.00"', 'key = "87.15.01"')
    with pytest.raises(FileProblem) as refusal:
        retention_book(wrong, "own.toml")
    told = "\n".join(refusal.value.problems)
    for part in (
        "from 1 to 36600",
        'did you mean "offence"',
        "must be a day",
        '"X" is not a keep',
        "no record belongs",
    ):
        assert part in told, (part, told)
    with pytest.raises(FileProblem, match="is of another paper"):
        retention_book('[[record]]\nid = "violence"\nname = "V"\npaper = "case"\nsubject = "87.15.00"\n')
    with pytest.raises(FileProblem, match="has no period"):
        retention_book('[[record]]\nid = "new"\nname = "N"\npaper = "case"\nsubject = "10.10.10"\n')


def test_a_record_ends_when_nothing_that_was_written_is_kept() -> None:
    book, later = shipped(), NOON + FIVE_YEARS
    work = Due(Paper.WORK, book.term(Paper.WORK, (), date(2020, 1, 1)), NOON)
    case = Due(Paper.CASE, book.term(Paper.CASE, (), date(2026, 1, 1)), NOON)
    assert [work.stage(at) for at in (NOON, later - timedelta(seconds=1), later)] == [*[Stage.KEPT] * 2, Stage.DUE]
    assert case.stage(later) is Stage.ARCHIVE
    assert (ending([work, case], later), over([work, case], later)) == (frozenset({Paper.WORK}), False)
    handed = Due(Paper.CASE, case.term, NOON, handed=True)
    assert (ending([work, handed], later), over([work, handed], later)) == (frozenset(Paper), True)
    held = Due(Paper.WORK, work.term, NOON, held=True)
    assert held.stage(later + FIVE_YEARS) is Stage.HELD
    empty = [Due(paper, book.term(paper, (), date(2026, 1, 1)), NOON, written=False) for paper in Paper]
    assert (ending(empty, later), over(empty, later)) == (frozenset(), True), "no word is no work for an archive"


def test_a_record_is_closed_by_its_last_signature_or_never_written() -> None:
    waiting = Incident("house", "i", NOON, NOON + timedelta(hours=1))
    assert closed_at(waiting) == NOON + timedelta(hours=1)
    noted = Incident("house", "i", NOON, NOON, state=State.NOTED)
    assert closed_at(noted) is None
    signatures = {one: Signature("x", NOON + timedelta(days=n)) for n, one in enumerate(Signer)}
    assert closed_at(Incident("house", "i", NOON, NOON, state=State.SIGNED, signatures=signatures)) == NOON + timedelta(
        days=len(signatures) - 1
    )


async def signed(house: House, **more: str) -> str:
    """An incident with a note by who pressed, a case note, drafts and a search, signed by the leader; its address."""
    address = await noted(house, await helped(house), kinds="near_miss", **more)
    nora, leif = await signed_in(house, "nora"), await signed_in(house, "leif")
    assert (await nora.post(f"{address}/case", {"resident": BENT, "last": "9"})).status_code == 303
    await nora.post("/incidents/draft", {"about": f"{address.rpartition('/')[2]}/case", "resident": "Bent igen"})
    await leif.post("/incidents", {"q": "kødkniv"})
    assert (await leif.post(f"{address}/sign")).status_code == 303
    return address


def sealed_in(house: House, kind: DatabaseKind) -> list[str]:
    """Everything that is sealed of what people wrote, as it lies in the database."""
    tables = ("incident_said", "incident_draft", "incident_remark", "bound_text")
    return [row[0] for table in tables for row in kind.look(house.url, f"SELECT sealed FROM {table}")]


@on_both
async def test_what_is_due_is_gone_from_everywhere_and_the_journal_holds(
    begin: Begin, kind: DatabaseKind, tmp_path: Path
) -> None:
    house = await begin("anna nord", "bo nord")
    address = await signed(house)
    which = address.rpartition("/")[2]
    leif = await signed_in(house, "leif")
    lies = sealed_in(house, kind)
    assert len(lies) >= 4
    await house.is_asleep_until("2031-03-08T12:00")
    assert kind.look(house.url, "SELECT count(*) FROM incident_draft")[0][0] == 0
    leif = await signed_in(house, "leif")
    assert "kødkniv" in (await leif.get(address)).text
    house.clock.advance(2 * 86_400)
    leif = await signed_in(house, "leif")
    desk = (await leif.get("/incidents/retention")).text
    assert desk.count("Arkivet har den") == 2, "both papers are B by the edition of 2025"
    await runs(house)
    assert "kødkniv" in (await leif.get(address)).text
    for paper in Paper:
        done = {"form": "x", "receipt": "Stadsarkivet 2031-77"}
        assert (await leif.post(f"{address}/{paper}/archived", {"form": "x", "receipt": ""})).status_code == 422
        assert (await leif.post(f"{address}/{paper}/archived", done)).status_code == 303
    await runs(house)
    assert (await leif.get(address)).status_code == 404
    assert "kniv" not in (await leif.post("/incidents", {"q": "kniv"})).text.replace('value="kniv"', "")
    (erased,) = await rows(house, "incident_erased")
    assert erased.subject == f"incident:{which}"
    assert erased.facts["whole"] is True
    assert ["violence", "87.15.00 G01", "2025-05-01", "B", 1825] in erased.facts["by"][0]["rules"]
    for table in ("incident", "incident_said", "incident_trace", "incident_draft", "incident_person", "incident_task"):
        assert kind.look(house.url, f"SELECT count(*) FROM {table}")[0][0] == 0, table
    await lie_nowhere(house, kind, lies, tmp_path)


async def test_a_hold_keeps_it_whatever_its_time_until_a_leader_lifts_it(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await house.database.write(
        lambda tx: OWN_RULES.keep(tx, "house", OWN.replace("2027-01-01", "2026-01-01")), of="house"
    )
    address = await noted(house, await helped(house), kinds="near_miss")
    leif, bo, ada = [await signed_in(house, who) for who in ("leif", "bo", "ada")]
    assert (await leif.post(f"{address}/sign")).status_code == 303
    fields = {"form": "h", "ground": "complaint", "why": "Bos søster klager over kødkniven"}
    for who, status in ((bo, 403), (ada, 403)):
        assert (await who.post(f"{address}/hold", fields)).status_code == status
    assert (await leif.post(f"{address}/hold", {**fields, "why": ""})).status_code == 422
    assert (await leif.post(f"{address}/hold", fields)).status_code == 303
    page = (await leif.get(address)).text
    assert "Bos søster klager" in page
    assert "Hvor længe den gemmes" not in (await bo.get(address)).text
    house.clock.advance(31 * 86_400)
    leif = await signed_in(house, "leif")
    await runs(house)
    assert (await leif.get(address)).status_code == 200
    assert "En klage" in (await leif.get("/incidents/retention")).text
    (held,) = await rows(house, "incident_held")
    assert "søster" not in str(held.facts)
    lift = f"{address}/hold/{held.seq}/lift"
    assert (await leif.post(lift, {"form": "x", "why": "Klagen er trukket"})).status_code == 303
    assert (await leif.post(lift, {"form": "x", "why": "Klagen er trukket"})).status_code == 404
    await runs(house)
    assert (await leif.get(address)).status_code == 404
    assert (await leif.get("/incidents/retention")).text.count("Klagen") == 0


async def test_an_alarm_that_nobody_wrote_of_loses_its_note_and_drills_theirs(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    told: list[str] = []
    for drill in (False, True):
        told.append(await anna.presses(note=f"{BENT} slår", drill=drill))
        house.hear("raised", anna, bo)
        await bo.resolves(told[-1])
        house.hear("resolved", anna, bo)
    await house.settle()
    vault = open_vault(house.folder)

    async def texts() -> list[str]:
        async with house.database.read() as tx:
            seqs = await boundtexts.rows_with(tx, "house")
            return [one.text for one in await boundtexts.of_rows(tx, vault, "house", seqs)]

    assert await texts() == [f"{BENT} slår"] * 2
    await house.is_asleep_until("2027-03-12T12:00")
    assert [(await house.alarm(which)).note is None for which in told] == [False, True]
    await house.is_asleep_until("2031-03-12T12:00")
    # Whoever was reading a moment ago kept the files from being swept, and that is done first.
    await house.sleeps(LOOK_EVERY)
    assert (await house.alarm(told[0])).note is None
    assert await texts() == []


async def says(*words: str) -> str:
    """What the command says, in a thread with a loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, main, words)
    return done.output


async def test_the_command_lists_and_deletes_nothing_by_itself(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = await begin("anna nord", "bo nord")
    own = tmp_path / "own.toml"
    own.write_text(OWN.replace("2027-01-01", "2026-01-01"), "utf-8")
    address = await noted(house, await helped(house), kinds="near_miss", at="2026-03-10 11:00")
    leif = await signed_in(house, "leif")
    assert (await leif.post(f"{address}/sign")).status_code == 303
    case = {"area": "arbejdsmiljoe", "title": "Trivsel", "since": "2016-01-02", "kle": "81.29.01"}
    here = (await leif.post("/cases/register", case)).headers["location"].partition("?")[0]
    over = {"what": "state", "state": "Afsluttet", "since": "2016-01-03"}
    assert (await leif.post(f"{here}/facts", over)).status_code == 303
    assert KNIFE.split()[2] in (await leif.get(address)).text
    monkeypatch.setenv("HUB_DATA", str(house.folder))
    monkeypatch.setenv("HUB_DATABASE_URL", house.url)
    await house.stops()
    assert await says("retention", "rules", str(own)) == "Huset: 17 sorts of records\n"
    which, ahead = address.rpartition("/")[2], await says("retention")
    assert f"  {which} employee: 2026-04-09 (K, 87.15.00 G01 of 2026-01-01), would be deleted now" in ahead, ahead
    assert re.search(r"  case TH-S-2016-\w{12}: 2021-01-01 \(K, 81.29.01 of 2015-08-01\), would be deleted now", ahead)
    assert await says("retention", "erase") == "2 deleted.\n"
    assert await says("retention") == "house:\n  nothing\n"
    await house.starts()
