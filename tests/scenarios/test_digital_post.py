"""A letter goes out by Digital Post, and the citizen's answer finds the conversation, whatever it says of itself."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import xmlschema

from hub.foreign.boxes import joined
from hub.foreign.post import DigitalPost
from hub.messaging import outsideactions, outsidestore, placestore
from hub.messaging.conversation import About, Address, Conversation, Kind
from hub.messaging.mailbox import Place
from hub.messaging.mailboxin import Incoming
from hub.messaging.message import Saying
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.sharing import CONSENT, Basis
from hub.ports import Correspondent
from hub.storage.database import Transaction
from hub.web.render import catalogue
from integrations.digitalpost.memo import LETTER, SHORT, Answered, Document, End, Memo
from integrations.digitalpost.memoxml import from_xml, to_xml
from integrations.vans import FolderMailbox
from tests.contracts.boxes import SCHEMA, FolderProvider
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import call, heard, reads
from tests.scenarios.world import House

pytestmark = on_both
CVR, CPR, URN = "12345678", "2211771212", "urn:oio:cpr-nr:2211771212"
CITIZEN = Correspondent("bruno", "Bruno Elmer", OutsideRole.CITIZEN.value, cpr=CPR)
PLACE = Place(
    "house", str(uuid4()), Way.POST, CVR, "Solgården", Address(Kind.DUTY, "nord"), kle="27.66.08",
    kle_label="Magtanvendelse, voksne", kle_version="2025-05-01",
)  # fmt: skip
OTHER = replace(
    PLACE, id=str(uuid4()), name="Solgården, regnskab", to=Address(Kind.DUTY, "syd"), kle="32.24.04", kle_label="Løn"
)


class Service:
    """The print and mail service, and the citizen's own letter box."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.box = FolderProvider(house.folder / "post")
        self.incoming: Incoming | None = None

    async def opens(self) -> None:
        vault, now = self.house.services.messages.keyring.vault, self.house.clock.now()

        async def action(tx: Transaction) -> None:
            for place in (PLACE, OTHER):
                await placestore.add_place(tx, place)
            new = Outside("house", OutsideRole.CITIZEN, Way.POST, CITIZEN, "leif", now)
            await outsidestore.register(tx, vault, new)

        await self.house.database.write(action)
        mailbox = FolderMailbox(self.box.folder, self.house.clock)
        self.incoming = joined(self.house.services, DigitalPost(catalogue("da")), mailbox)

    async def looks(self) -> None:
        assert self.incoming is not None
        await self.house.services.onward.look()
        await self.incoming.look()
        await self.house.settle()

    def fetches(self) -> list[Memo]:
        found = []
        for path in (self.box.folder / "out").glob("*.xml"):
            if SCHEMA.is_file():
                xmlschema.XMLSchema(SCHEMA, defuse="always").validate(path.read_text("utf-8"))
            found.append(from_xml(path.read_bytes()))
            path.unlink()
        return found

    async def posts(self, text: str, **said: object) -> None:
        """The citizen writes to the municipality."""
        end = End(CPR, "CPR", "Bruno Elmer")
        document = Document("text/plain", "svar.txt", text.encode())
        memo = Memo(
            str(uuid4()), LETTER, "Svar", end, End(CVR, "CVR"), created=self.house.clock.now(), documents=(document,)
        )
        content = to_xml(replace(memo, **said))  # type: ignore[arg-type]
        self.box.deliver(str(uuid4()), content)
        await self.looks()


async def writes(service: Service, which: str) -> None:
    """Anna writes to the citizen, with consent, and calls their attention to it."""
    house, messages = service.house, service.house.services.messages
    now, token = house.clock.now(), house.tokens["phone-anna"]
    new = Conversation("house", which, "anna", now, About.CITIZEN)
    head = {"title": "Efter i går", "citizen": "Bruno"}
    await messages.open(token, new, [Address(Kind.PERSON, "bo")], head, Saying(f"{which}-0", "Skriver du til ham?"))
    basis = Basis("b1", CONSENT, ("bruno",), now, now + timedelta(days=9), "anna", now, "alt", "Bruno", URN)
    await outsideactions.invite(messages, token, "house", which, "bruno", basis, None)
    await messages.say(token, "house", which, Saying(f"{which}-1", "Kære Bruno\n\nTak for i dag.", urgent=True))
    await house.settle()
    await service.looks()


async def test_a_letter_goes_out_and_its_answer_comes_back(begin: Begin) -> None:
    house = await begin("anna nord", "dina syd")
    anna, dina = await house.connect("anna", "dina")
    service = Service(house)
    await service.opens()
    which = str(uuid4())
    await writes(service, which)
    letter, short = sorted(service.fetches(), key=lambda memo: memo.kind)
    assert (letter.kind, letter.recipient.id, letter.case, letter.reply) == (LETTER, CPR, which, True)
    assert letter.kle is not None
    assert (letter.kle.subject, letter.sender.contact_point) == ("27.66.08", PLACE.id)
    assert letter.documents[0].content.decode().startswith("Kære Bruno\n\nTak for i dag.\n\nAnna")
    assert short.kind == SHORT
    assert len(short.notification) <= 160
    assert "Bruno" not in short.notification, "nothing of what it is about"
    await service.looks()
    assert service.fetches() == []
    for phone in (anna, dina):
        heard(phone)
    # By the letter that it answers, by the case alone, and in the version before.
    await service.posts("Selv tak", answers=(Answered(letter.uuid, which, PLACE.id),))
    await service.posts("Og en ting til", case=which, case_system="Tryghedshub")
    older = to_xml(replace(letter, uuid=str(uuid4()), sender=letter.recipient, recipient=letter.sender))
    service.box.deliver("older", older.replace(b'memoVersion="1.2"', b'memoVersion="1.1" memoSchVersion="1.1.0"'))
    service.box.deliver("same", older)
    await service.looks()
    assert [text for _, text in heard(anna)][:2] == ["Selv tak", "Og en ting til"]
    assert len(await reads(house, "anna", which)) == 5, "each once, in the conversation"  # type: ignore[arg-type]
    assert heard(dina) == []
    # What answers nothing goes by its subject, and what has none to the first place of the number.
    await service.posts("Om min løn", kle=replace(letter.kle, subject="32.24.04", label="Løn"))
    assert [text for _, text in heard(dina)] == ["Om min løn"]
    assert [one["title"] for one in (await call(house, "dina", "GET", "")).json()["conversations"]] == ["Svar"]
    service.box.deliver("broken", b"<Brev/>")
    await service.looks()
    assert service.box.settled()["broken"] is False
