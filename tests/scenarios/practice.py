"""A general practice at the other end of a mailbox, and what a house with one is asked."""

from datetime import datetime, timedelta
from typing import Any

from hub.foreign.boxes import joined
from hub.foreign.medcom import MedCom
from hub.messaging import outsideactions, outsidestore, placestore
from hub.messaging.conversation import Address, Kind
from hub.messaging.mailbox import Place
from hub.messaging.mailboxin import Incoming
from hub.messaging.outside import Outside, Way
from hub.messaging.sharing import CONSENT, Basis
from hub.web.render import catalogue
from integrations.medcom import codes, reading
from integrations.medcom.acknowledging import answer, heading, understand
from integrations.medcom.acknowledging import to_bundle as acknowledgement
from integrations.medcom.care import CareMessage, Said, new
from integrations.medcom.envelope import Envelope, from_xml, to_xml, wrap
from integrations.medcom.envelope import Kind as Sort
from integrations.medcom.fhir import read_bundle
from integrations.medcom.writing import to_bundle, to_json
from integrations.vans import FolderMailbox
from tests.contracts.boxes import FolderProvider
from tests.integrations.medcom_messages import CITIZEN, KIM, OURS, THEIRS, ids
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import call
from tests.scenarios.world import House

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PLACE = Place("house", "place-1", Way.MEDCOM, OURS.gln, OURS.name, Address(Kind.DUTY, "nord"), OURS.sor, "+4512345678")


class Practice:
    """A GP's practice at the other end of the mailbox."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.vans = FolderProvider(house.folder / "vans")
        self.box: Incoming | None = None
        self.new_id = ids()
        self.got: list[CareMessage] = []
        self.answers: list[tuple[str, str]] = []

    async def opens(self, place: Place = PLACE) -> None:
        """The house's mailbox is set up, as an operator and a manager do it."""

        async def action(tx: Any) -> None:
            await placestore.add_place(tx, place)

        await self.house.database.write(action)
        self.joins()

    def joins(self) -> None:
        self.box = joined(
            self.house.services, MedCom(catalogue("da")), FolderMailbox(self.vans.folder, self.house.clock)
        )

    def sends(self, message: CareMessage | bytes, kind: Sort = Sort.CARE, to: str = OURS.gln) -> None:
        document = message if isinstance(message, bytes) else to_json(to_bundle(message))
        key = self.new_id()
        self.vans.deliver(key, to_xml(wrap(kind, document, sender=THEIRS.gln, receiver=to, key=key, now=self.now)))

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    async def looks(self) -> None:
        """The house looks into its mailbox, and sends what waits."""
        assert self.box is not None
        await self.box.look()
        await self.house.services.onward.look()
        await self.house.settle()

    def fetches(self) -> list[Envelope]:
        """Takes what the house has laid into its mailbox, and remembers it."""
        found = [from_xml(content) for content in self.vans.handed().values()]
        for path in (self.vans.folder / "out").glob("*.xml"):
            path.unlink()
        for one in found:
            bundle = read_bundle(one.document)
            if one.kind is Sort.CARE:
                self.got.append(reading.understand(bundle))
            else:
                said = understand(bundle)
                self.answers.append((said.answers, said.code))
        return found

    def acknowledges(self, message: CareMessage, code: str = codes.OK, *issues: str) -> None:
        told = heading(to_bundle(message))
        said = answer(told, code, issues, now=self.now, new_id=self.new_id)
        self.sends(to_json(acknowledgement(said)), Sort.ACKNOWLEDGEMENT)

    def writes(self, text: str, *attachments: Any, at: datetime | None = None) -> CareMessage:
        said = Said(KIM, text, attachments)
        return new(
            said, sender=THEIRS, receiver=OURS, citizen=CITIZEN, now=at or self.now, new_id=self.new_id, topic="Søvn"
        )


async def opened(begin: Begin, *shifts: str) -> Practice:
    practice = Practice(await begin(*shifts))
    await practice.opens()
    return practice


async def only(practice: Practice, who: str) -> str:
    (one,) = (await call(practice.house, who, "GET", "")).json()["conversations"]
    return str(one["id"])


async def shares(house: House, who: str, which: str) -> str:
    """Notes the citizen's consent, without which nothing leaves; who outside it is for."""
    (outside,) = (await registered(house)).values()
    now = house.clock.now()
    urn = f"urn:oio:cpr-nr:{CITIZEN.number}"
    basis = Basis(
        "basis-1", CONSENT, (outside.id,), now, now + timedelta(days=30), who, now, "medicin", "Bruno", urn
    )  # fmt: skip
    await outsideactions.note(house.services.messages, house.tokens[f"phone-{who}"], "house", which, basis)
    return outside.id


async def registered(house: House) -> dict[str, Outside]:
    async with house.database.read() as tx:
        return await outsidestore.everybody(tx, house.services.messages.keyring.vault, "house")


async def passage(house: House, which: str, number: int) -> tuple[str, str]:
    """How far a message has come, and what is said of it."""
    messages = house.services.messages
    async with house.database.read() as tx:
        key = await messages.keyring.find(tx, "house", which)
        assert key is not None
        (one,) = [p for p in await outsidestore.passages(tx, key, "house", which) if p.number == number]
    return one.state.value, one.detail
