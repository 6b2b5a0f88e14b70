"""Checkpoints leave the house: in their order, to every place, and until each has taken them."""

from pathlib import Path

import pytest

from hub.channels import proof_ways
from hub.clock import ManualClock
from hub.errors import Invalid
from hub.health.faults import Reading, faults, lesser
from hub.ports import Notice, NotNow
from hub.proof.carrying import Carrier, Destination, troubles
from hub.proof.notary import Notary
from hub.settings import Outside
from hub.storage import checkpoints, journal
from hub.storage.database import Database
from hub.web.render import catalogue
from integrations.folder import FolderChannel
from tests.databases import on_both
from tests.proof.ledger import NOON, OURS, VAULT

SAY = catalogue("da")


class Mailbox:
    """A channel that takes what it is sent, unless it is out of order."""

    name = "email"

    def __init__(self) -> None:
        self.mails: list[Notice] = []
        self.closed = False

    async def send(self, notice: Notice, address: str) -> str | None:
        if self.closed:
            raise NotNow("mail.example.dk did not answer within 5 s")
        self.mails.append(notice)
        assert address == "arkiv@example.dk"
        return None

    async def close(self) -> None:
        """Nothing is kept open."""


def within(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
async def notary(database: Database) -> Notary:
    await database.write(lambda tx: journal.append(tx, OURS, NOON, "event"), of=OURS)
    return Notary(database, ManualClock(NOON), VAULT)


@on_both
async def test_each_place_gets_every_checkpoint_in_order_and_a_closed_one_holds_up_none(
    database: Database, notary: Notary, tmp_path: Path
) -> None:
    clock, mailbox, folder = notary._clock, Mailbox(), tmp_path / "share"
    assert isinstance(clock, ManualClock)
    to = {"email": Destination(mailbox, "arkiv@example.dk"), "folder": Destination(FolderChannel(), str(folder))}
    carrier = Carrier(database, clock, to, SAY)
    await carrier.look()
    first = await notary.checkpoint(OURS, "the hour")
    await notary.checkpoint(OURS, "the hour")
    # A place that is new begins with the newest; the folder is not there yet.
    await carrier.look()
    assert [mail.title for mail in mailbox.mails] == ["Kontrolpunkt 2 for journalen på solgaarden"]
    mailbox.closed = True
    for _ in range(2):
        clock.advance(60)
        await notary.checkpoint(OURS, "the hour")
    folder.mkdir()
    for _ in range(5):
        clock.advance(300)
        await carrier.look()
    files = within(folder)
    assert [file.name for file in files] == [
        "solgaarden-000002-20260301T120000Z.txt",
        "solgaarden-000003-20260301T120100Z.txt",
        "solgaarden-000004-20260301T120200Z.txt",
    ]
    async with database.read() as tx:
        assert [file.read_text("utf-8") for file in files] == (await checkpoints.notes(tx, OURS))[1:]
        ((of, way, minutes, why),) = await troubles(tx, clock.now())
    assert (of, way, why) == (OURS, "email", "mail.example.dk did not answer within 5 s")
    assert minutes == 20
    mailbox.closed = False
    for _ in range(3):
        clock.advance(3600)
        await carrier.look()
    assert [mail.text for mail in mailbox.mails][1:] == [file.read_text("utf-8") for file in files[1:]]
    async with database.read() as tx:
        assert await troubles(tx, clock.now()) == []
        assert (await checkpoints.verify(tx, OURS, [first.note, mailbox.mails[-1].text])).checkpoints == 6


async def test_of_two_hubs_one_carries_and_a_file_is_never_written_over(
    database: Database, notary: Notary, tmp_path: Path
) -> None:
    mailbox = Mailbox()
    to = {"email": Destination(mailbox, "arkiv@example.dk")}
    one, other = (Carrier(database, notary._clock, to, SAY) for _ in range(2))
    await notary.checkpoint(OURS, "the hour")
    await one.look()
    await other.look()
    assert len(mailbox.mails) == 1
    kept = tmp_path / f"{mailbox.mails[0].id}.txt"
    kept.write_text("what came first")
    assert await FolderChannel().send(mailbox.mails[0], str(tmp_path)) == kept.name
    assert kept.read_text() == "what came first"
    assert within(tmp_path) == [kept]


def test_a_place_out_of_order_is_told_of_though_the_hub_does_its_job() -> None:
    lost = Reading(lost_checkpoints=((OURS, "folder", 20, "The folder took no file"),))
    assert faults(lost, SAY) == ()
    (said,) = lesser(lost, SAY)
    assert said.startswith(
        "Kontrolpunkter for solgaarden er ikke kommet frem via folder i 20 minutter: The folder took"
    )


def test_places_are_settings_and_say_what_they_lack() -> None:
    mail = {"email": Mailbox()}
    assert proof_ways(Outside(), mail) == {}
    ways = proof_ways(Outside(proof_folder="/mnt/arkiv", proof_email="arkiv@example.dk"), mail)
    assert {name: way.address for name, way in ways.items()} == {"folder": "/mnt/arkiv", "email": "arkiv@example.dk"}
    with pytest.raises(Invalid, match="HUB_PROOF_EMAIL: set HUB_EMAIL_URL too"):
        proof_ways(Outside(proof_email="arkiv@example.dk"), {})
    with pytest.raises(Invalid, match='HUB_PROOF_WEBHOOK: run "hub keys" first'):
        proof_ways(Outside(proof_webhook="https://arkiv.example.dk/in"), {})
