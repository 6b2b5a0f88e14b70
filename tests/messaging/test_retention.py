"""How long conversations are kept: what goes with each, what keeps it, and that nothing is left of what went."""

import asyncio
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.errors import FileProblem
from hub.incidents.retention import CONVERSATIONS, Keep, Other
from hub.incidents.retentionfile import retention_book, shipped
from hub.incidents.retentionstore import OWN_RULES
from hub.messaging import mailboxstore, outsideactions, store
from hub.messaging.conversation import Address, Conversation, Kind
from hub.messaging.keystore import Keyring
from hub.messaging.mailbox import Seen
from hub.messaging.mailboxstore import Filed, Gone
from hub.messaging.message import Saying
from hub.messaging.outside import OutsideRole, Way
from hub.messaging.sending import Sending, State
from hub.messaging.sharing import Basis
from hub.storage import checkpoints, keysapart
from hub.storage.backup import back_up, restore
from hub.storage.database import Database, Transaction, metadata
from hub.storage.vault import open_vault
from tests.admin.desk import session, signed_in
from tests.databases import Kind as DatabaseKind
from tests.databases import on_both
from tests.incidents.erasing import lie_nowhere, runs
from tests.incidents.test_pages import helped, noted
from tests.messaging.test_keys import FILE, SECRET, begins, reads
from tests.messaging.test_links import newest, shared, signs_in
from tests.messaging.test_outside import consent, lets_in, registers
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import adds, call, events, writes
from tests.scenarios.world import House

URL = "http://hub.example"
YEAR = timedelta(days=366)


@pytest.mark.parametrize(
    ("of", "number", "keep", "days"),
    [
        (Other.ABOUT_CITIZEN, "27.69.24", Keep.ARCHIVE, 1825),
        (Other.ABOUT_INCIDENT, "87.15.00 G01", Keep.ARCHIVE, 1825),
        (Other.ABOUT_UNIT, "", Keep.DISCARD, 730),
        (Other.ABOUT_NOTHING, "", Keep.DISCARD, 365),
        (Other.OUTSIDE, "", Keep.DISCARD, 1825),
    ],
)
def test_each_sort_has_its_rule_and_the_edition_of_the_day_decides(
    of: Other, number: str, keep: Keep, days: int
) -> None:
    term = shipped().term(of, (), date(2026, 3, 10))
    assert (term.grounds[0][0].number, term.keep, term.days) == (number, keep, days)
    assert set(CONVERSATIONS.values()) < set(Other)
    elsewhere = f'[[record]]\nid = "{of}"\nname = "S"\nof = "{of}"\nsubject = "00.01.00"\n'
    own = elsewhere + '[[period]]\nkey = "00.01.00"\nedition = 2026-03-10\nkeep = "K"\ndays = 7\nsource = "Egen"\n'
    assert retention_book(own).term(of, (), date(2026, 3, 10)).days == 7
    with pytest.raises(FileProblem, match="is of something else"):
        retention_book(own.replace(f'of = "{of}"', 'of = "drill"'))


async def there(house: House, which: str) -> bool:
    async with house.database.read() as tx:
        return await store.find(tx, "house", which) is not None


def longer(house: House) -> Basis:
    """A consent that runs for more than a year."""
    return replace(consent(house), id="b2", until=house.clock.now() + 1.5 * YEAR)


async def laid_over(house: House, own: Path) -> None:
    await house.database.write(lambda tx: OWN_RULES.keep(tx, "house", own.read_text("utf-8")), of="house")


def counted(house: House, kind: DatabaseKind) -> dict[str, int]:
    """How many rows of conversations each table holds."""
    tables = [one.name for one in metadata.sorted_tables if "conversation" in one.c or one.name == "conversation"]
    tables += ["attachment_piece", "outside_session", "message_draft", "outside_party"]
    where = {"citizen_risk": " WHERE conversation IS NOT NULL"}
    return {
        name: kind.look(house.url, f"SELECT count(*) FROM {name}{where.get(name, '')}")[0][0] for name in sorted(tables)
    }


async def everything(house: House) -> str:
    """A conversation with a row in every table that can hold one; its id."""
    messages, now = house.services.messages, house.clock.now()
    which = await shared(house)
    files = await messages.attaching.take("house", "anna", [FILE])
    await messages.say(house.tokens["phone-anna"], "house", which, Saying(str(uuid4()), SECRET, files=files))
    await adds(house, "anna", which, "haster", urgent=True)
    await call(house, "bo", "POST", f"/{which}/acknowledgements", {"number": 3})
    await adds(house, "anna", which, "og svaret")
    outsider = await signed_in(house, None)
    await signs_in(house, outsider, newest(house)[1].removeprefix(URL))
    anna, leif = await signed_in(house, "anna"), await signed_in(house, "leif")
    draft = {"about-draft": which, "text": "Halvt skrev"}
    assert (await anna.post("/messages/draft", draft)).status_code == 204
    lives = await leif.post("/citizens/new", {"name": "Bent", "home": "nord/room-nord"})
    citizen = lives.headers["location"].partition("?")[0].rpartition("/")[2]
    risk = {"about": f"citizen:{citizen}", "text": "Slår", "todo": "Bank på", "conversation": which, "message": "2"}
    assert (await anna.post("/citizens/risks", risk)).status_code == 303

    async def mailed(tx: Transaction) -> None:
        key = await messages.keyring.find(tx, "house", which)
        assert key is not None
        sending = Sending("h1", 1, now, State.TAKEN)
        gone = Gone("house", Way.MEDCOM, which, 2, "karen", "t1", "p1", sending, handed=True, document=b"<x/>")
        await mailboxstore.add_sent(tx, key, gone)
        filed = Filed(key, which, "karen", "p1", b"<y/>")
        await mailboxstore.remember(tx, "house", Way.MEDCOM, Seen("b1", "h2", "ok"), now, "t1", filed)
        await mailboxstore.remember(tx, "house", Way.MEDCOM, Seen("b2", "h3", "fatal", ("x",)), now, "t2")

    await house.database.write(mailed, of="house")
    await outsideactions.withdraw(messages, await session(house, "anna"), "house", which, "b1")
    await house.settle()
    return which


@on_both
async def test_when_its_time_is_over_the_key_and_every_row_go(begin: Begin, kind: DatabaseKind, tmp_path: Path) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await everything(house)
    before = counted(house, kind)
    assert not [name for name, count in before.items() if not count], before
    lies = [row[0] for row in kind.look(house.url, "SELECT sealed FROM conversation_key")]
    lies += [row[0] for row in kind.look(house.url, "SELECT ciphertext FROM message")]
    house.clock.advance(1825 * 86_400 - 60)
    await runs(house)
    assert await there(house, which), "not a minute too early"
    assert counted(house, kind)["message_draft"] == 0, "nobody goes on with it after so long"
    house.clock.advance(86_400)
    await runs(house)
    assert await there(house, which), "about a citizen the archive has it first"
    leif = await signed_in(house, "leif")
    assert f"/messages/{which}/keeping" in (await leif.get("/incidents/retention")).text
    page = (await leif.get(f"/messages/{which}/keeping")).text
    assert "27.69.24 Samtaler om en borger" in page
    assert SECRET not in page
    assert "Bent" not in page
    done = {"form": "a", "receipt": "Stadsarkivet 2031-77"}
    assert (await leif.post(f"/messages/{which}/archived", {"form": "a", "receipt": ""})).status_code == 422
    assert (await leif.post(f"/messages/{which}/archived", done)).status_code == 303
    assert (await leif.post(f"/messages/{which}/archived", done)).status_code == 409
    await outsideactions.remove(house.services.messages, await session(house, "leif"), "house", "karen")
    await runs(house)
    assert {name: count for name, count in counted(house, kind).items() if count} == {}
    leif = await signed_in(house, "leif")
    assert (await leif.get(f"/messages/{which}/keeping")).status_code == 404
    assert (await leif.get("/incidents/retention")).status_code == 200
    assert (await events(house, which))[-2:] == ["conversation_archived", "conversation_erased"]
    async with house.database.read() as tx:
        assert (await checkpoints.verify(tx, "house")).whole
    assert kind.look(house.url, f"SELECT count(*) FROM outbox WHERE subject LIKE '%{which}%'")[0][0] == 0
    assert kind.look(house.url, "SELECT count(*) FROM incident_remark")[0][0] == 0
    await lie_nowhere(house, kind, lies, tmp_path)


@on_both
async def test_nothing_goes_from_under_somebody(begin: Begin, tmp_path: Path) -> None:
    house = await begin("anna nord", "bo nord")
    own = tmp_path / "own.toml"
    day = 'edition = 2026-01-01\nkeep = "K"\ndays = 1\nsource = "Egen"\n'
    own.write_text("".join(f'[[period]]\nkey = "conversation{one}"\n{day}' for one in ("", "-unit")), "utf-8")
    await laid_over(house, own)
    van = await registers(house)
    van.broken = True
    quiet = await writes(house, "anna", [{"person": "bo"}])
    urgent = await writes(house, "anna", [{"person": "leif"}], urgent=True)
    waits, shares = [await writes(house, "anna", [{"person": "bo"}], about="unit", about_id="nord") for _ in range(2)]
    await lets_in(house, waits)
    await adds(house, "anna", waits, "venter")
    await lets_in(house, shares, consent(house))
    house.clock.advance(2 * 86_400)
    await runs(house)
    assert [await there(house, one) for one in (quiet, urgent, waits, shares)] == [False, True, True, True]
    van.broken = False
    await house.sleeps(timedelta(minutes=20))
    assert len(van.letters) == 1
    await call(house, "leif", "POST", f"/{urgent}/acknowledgements", {"number": 1})
    await runs(house)
    assert [await there(house, one) for one in (urgent, waits, shares)] == [False, False, True]


@on_both
async def test_a_running_consent_and_a_hold_keep_it(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    leif, anna = await signed_in(house, "leif"), await signed_in(house, "anna")
    await registers(house)
    shares, held = [await writes(house, "anna", [{"person": "bo"}]) for _ in range(2)]
    await lets_in(house, shares)
    await outsideactions.note(house.services.messages, await session(house, "anna"), "house", shares, longer(house))
    fields = {"form": "h", "ground": "complaint", "why": "Bos søster klager over tonen"}
    assert (await anna.post(f"/messages/{held}/hold", fields)).status_code == 403
    assert (await leif.post(f"/messages/{held}/hold", {**fields, "why": ""})).status_code == 422
    assert (await leif.post(f"/messages/{held}/hold", fields)).status_code == 303
    assert "søster" in (await leif.get(f"/messages/{held}/keeping")).text
    page = (await anna.get(f"/messages/{held}/keeping")).text
    assert "En klage" in page
    assert "søster" not in page
    assert (await (await signed_in(house, "carl")).get(f"/messages/{held}/keeping")).status_code == 404
    house.clock.set(house.clock.now() + YEAR)
    await runs(house)
    assert [await there(house, one) for one in (shares, held)] == [True, True]
    leif = await signed_in(house, "leif")
    assert f"/messages/{held}/keeping" in (await leif.get("/incidents/retention")).text
    (number,) = re.findall(r"/hold/(\d+)/lift", (await leif.get(f"/messages/{held}/keeping")).text)
    lift = f"/messages/{held}/hold/{number}/lift"
    assert (await leif.post(lift, {"form": "x", "why": "Klagen er trukket"})).status_code == 303
    assert (await leif.post(lift, {"form": "x", "why": "Klagen er trukket"})).status_code == 404
    await runs(house)
    assert [await there(house, one) for one in (shares, held)] == [True, False]
    house.clock.set(house.clock.now() + 2 * YEAR)
    await runs(house)
    assert not await there(house, shares), "a year after the consent ran out"


@on_both
async def test_about_an_incident_it_follows_the_incident(begin: Begin, tmp_path: Path) -> None:
    house = await begin("anna nord", "bo nord")
    own = tmp_path / "own.toml"
    own.write_text(
        '[[period]]\nkey = "87.15.00"\nedition = 2026-01-01\nkeep = "K"\ndays = 30\nsource = "Egen"\n', "utf-8"
    )
    address = await noted(house, await helped(house), kinds="near_miss")
    incident, leif = address.rpartition("/")[2], await signed_in(house, "leif")
    about = {"about": "incident", "about_id": incident}
    which = await writes(house, "anna", [{"person": "leif"}], **about)
    await laid_over(house, own)
    house.clock.advance(31 * 86_400)
    await runs(house)
    assert await there(house, which), "the incident is not signed"
    leif = await signed_in(house, "leif")
    hold = {"form": "h", "ground": "claim", "why": "Skaden er anmeldt"}
    assert (await leif.post(f"{address}/hold", hold)).status_code == 303
    assert (await leif.post(f"{address}/sign")).status_code == 303
    house.clock.advance(31 * 86_400)
    await runs(house)
    assert await there(house, which), "the incident is held"
    leif = await signed_in(house, "leif")
    page = (await leif.get(f"/messages/{which}/keeping")).text
    assert "Den holdes tilbage sammen med det, den handler om" in page
    (number,) = re.findall(r"/hold/(\d+)/lift", (await leif.get(address)).text)
    assert (await leif.post(f"{address}/hold/{number}/lift", {"form": "x", "why": "Forliget"})).status_code == 303
    await runs(house)
    assert not await there(house, which)
    assert (await (await signed_in(house, "leif")).get(address)).status_code == 404


async def test_parties_outside_go_with_their_last_conversation(begin: Begin, kind: DatabaseKind) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await shared(house, OutsideRole.OTHER)
    await registers(house)
    messages, leif = house.services.messages, await session(house, "leif")
    for party in ("karen", "doctor"):
        await outsideactions.remove(messages, leif, "house", party)
    await runs(house)
    assert kind.look(house.url, "SELECT id FROM outside_party") == [("karen",)], "she is still in a conversation"
    house.clock.set(house.clock.now() + 5 * YEAR)
    await runs(house)
    assert await there(house, which), "the archive does not have it yet"
    assert kind.look(house.url, "SELECT id FROM outside_party") == [], "nobody has written to her for so long"
    anna = await signed_in(house, "anna")
    assert (await anna.get(f"/messages/{which}")).status_code == 200


async def test_what_went_cannot_be_read_from_an_older_back_up(begin: Begin, tmp_path: Path) -> None:
    house = await begin("anna nord")
    goes, keys = await begins(house), house.folder / keysapart.FILE
    await back_up(house.url, tmp_path / "before.db", keys)
    house.clock.advance(360 * 86_400)
    stays = await begins(house)
    house.clock.advance(10 * 86_400)
    await runs(house)
    await back_up(house.url, tmp_path / "after.db", keys)
    data = tmp_path / "restored"
    shutil.copytree(house.folder / "keys", data / "keys")
    url = f"sqlite+aiosqlite:///{data / 'hub.db'}"
    assert (await restore(tmp_path / "before.db", url, data, house.clock.now())).lacking == 1
    database = await Database.open(url)
    assert await reads(database, Keyring(open_vault(data)), goes) is None
    await database.close()
    assert await reads(house.database, Keyring(open_vault(house.folder)), stays) == (SECRET, FILE.content)


async def test_the_command_says_what_would_go(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await begin("anna nord", "bo nord")
    house.clock.set(datetime(2024, 5, 1, 12, tzinfo=UTC))
    messages, to = house.services.messages, [Address(Kind.PERSON, "leif")]
    new = Conversation("house", str(uuid4()), "anna", house.clock.now())
    await messages.open(house.tokens["phone-anna"], new, to, {"title": ""}, Saying(str(uuid4()), SECRET))
    monkeypatch.setenv("HUB_DATA", str(house.folder))
    monkeypatch.setenv("HUB_DATABASE_URL", house.url)
    await house.stops()

    async def says(*words: str) -> str:
        return (await asyncio.to_thread(CliRunner().invoke, main, words)).output

    wanted = f"  conversation:{new.id} conversation: 2025-05-01 (K, conversation of 2015-01-01), would be deleted now"
    assert wanted in await says("retention")
    assert await says("retention", "erase") == "1 deleted.\n"
    assert new.id not in await says("retention")
    await house.starts()
