"""Messages to and from parties outside: what leaves the house, on which basis, and what does not."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from hub.messaging import onward, outsideactions, outsidestore
from hub.messaging.arriving import Arrived, arrived
from hub.messaging.conversation import Address, Kind
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.sharing import CONSENT, Basis, Passage
from hub.ports import Correspondent, Letter, NotNow
from hub.storage import journal
from tests.admin.desk import session
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import adds, call, reads, writes
from tests.scenarios.world import House

pytestmark = on_both

DOCTOR = Correspondent("doctor", "Lægehuset", "gp", gln="5790000121526", sor="276051000016005")


@dataclass
class Van:
    """A carrier that takes what it is given, or is told not to."""

    letters: list[Letter] = field(default_factory=list)
    broken: bool = False
    stumbles_over: str = ""

    async def carry(self, letter: Letter) -> str | None:
        if letter.text == self.stumbles_over:
            raise ValueError(letter.text)
        if self.broken:
            raise NotNow("The road is closed.")
        self.letters.append(letter)
        return f"ref-{letter.id}"

    async def close(self) -> None: ...


async def registers(house: House, party: Correspondent = DOCTOR, way: Way = Way.MEDCOM) -> Van:
    """A manager registers somebody outside; the van that goes there."""
    van, now = Van(), house.clock.now()
    house.services.messages.passings.carriers[way] = van
    new = Outside("house", OutsideRole(party.role), way, party, "leif", now)
    await outsideactions.register(house.services.messages, await session(house, "leif"), new)
    return van


async def lets_in(house: House, which: str, basis: Basis | None = None, who: str = "doctor") -> None:
    await outsideactions.invite(house.services.messages, await session(house, "anna"), "house", which, who, basis, None)


def consent(house: House, *to: str) -> Basis:
    now = house.clock.now()
    until = now + timedelta(days=30)
    return Basis("b1", CONSENT, to or ("doctor",), now, until, "anna", now, "medicin", "Bent selv")


async def passages(house: House, which: str) -> list[Passage]:
    async with house.database.read() as tx:
        key = await house.services.messages.keyring.find(tx, "house", which)
        assert key is not None
        return await outsidestore.passages(tx, key, "house", which)


async def told(house: House, which: str) -> list[tuple[str, str | None]]:
    async with house.database.read() as tx:
        found = await journal.about(tx, "house", f"conversation:{which}")
    return [(one.facts["state"], one.facts.get("why")) for one in found if one.event == "message_carried"]


async def test_nothing_about_a_citizen_leaves_without_a_basis(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    van = await registers(house)
    (anna,) = await house.connect("anna")
    which = await writes(house, "anna", [{"person": "bo"}], "før", about="citizen", citizen="Bent", title="Medicin")
    await lets_in(house, which)
    await adds(house, "anna", which, "uden")
    await house.settle()
    assert van.letters == []
    assert await told(house, which) == [("withheld", "no_basis")]
    carried = [frame["carried"] for frame in anna.messages if frame["event"] == "carried"]
    anna.messages.clear()
    assert carried == [{"outside": "doctor", "state": "withheld", "why": "no_basis"}]
    await lets_in(house, which, consent(house))
    await adds(house, "anna", which, "med\ntak")
    await house.settle()
    (letter,) = van.letters
    assert (letter.text, letter.subject, letter.author_name, letter.to.gln) == (
        "med\ntak",
        "Medicin",
        "Anna",
        DOCTOR.gln,
    )
    assert letter.citizen is not None
    assert letter.citizen.name == "Bent"
    assert [(one.state, one.basis) for one in await passages(house, which)] == [("withheld", None), ("sent", "b1")]
    assert await house.services.onward.delivered("house", f"ref-{letter.id}")
    assert not await house.services.onward.delivered("house", "another")
    assert [one.state for one in await passages(house, which)] == ["withheld", "delivered"]
    await house.settle()
    anna.messages.clear()


async def test_consent_withdrawn_while_a_message_waits_keeps_it_in_the_house(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    van = await registers(house)
    van.broken = True
    (anna,) = await house.connect("anna")
    which = await writes(house, "anna", [{"person": "bo"}], "før", about="citizen", citizen="Bent")
    await lets_in(house, which, consent(house))
    await adds(house, "anna", which, "venter")
    await house.settle()
    assert [one.state for one in await passages(house, which)] == ["waiting"]
    anna.messages.clear()
    token = await session(house, "bo")
    assert await outsideactions.withdraw(house.services.messages, token, "house", which, "b1") == 1
    await house.settle()
    (frame,) = anna.messages
    anna.messages.clear()
    assert frame["carried"] == {"outside": "doctor", "state": "withheld", "why": "withdrawn"}
    van.broken = False
    await house.passes(120)
    assert van.letters == [], "what waited has not left"
    await adds(house, "anna", which, "bagefter")
    await house.settle()
    assert van.letters == []
    assert await told(house, which) == [("withheld", "withdrawn")] * 2
    anna.messages.clear()


async def test_a_message_that_nobody_ever_takes_is_given_up_and_its_writer_told(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onward, "GIVEN_UP_AFTER", timedelta(minutes=1))
    house = await begin("anna nord", "bo nord")
    van = await registers(house)
    van.broken = True
    (anna,) = await house.connect("anna")
    which = await writes(house, "anna", [{"person": "bo"}], "før", about="citizen", citizen="Bent")
    await lets_in(house, which, consent(house))
    await adds(house, "anna", which, "kommer aldrig frem")
    await house.settle()
    anna.messages.clear()
    await house.passes(45)
    assert [one.state for one in await passages(house, which)] == ["waiting"]
    await house.passes(60)
    assert [(one.state, one.detail) for one in await passages(house, which)] == [("refused", "The road is closed.")]
    (frame,) = anna.messages
    anna.messages.clear()
    assert frame["carried"]["state"] == "refused"
    van.broken = False
    await house.passes(120)
    assert van.letters == []


async def test_a_message_that_the_hub_stumbles_over_holds_up_no_other(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    van = await registers(house)
    van.stumbles_over = "brudt"
    (anna,) = await house.connect("anna")
    which = await writes(house, "anna", [{"person": "bo"}], "før", about="citizen", citizen="Bent")
    await lets_in(house, which, consent(house))
    with capture_logs() as said:
        await adds(house, "anna", which, "brudt")
        await adds(house, "anna", which, "hel")
        await house.settle()
    assert {line["event"] for line in said if line["log_level"] == "error"} == {"a message could not be carried"}
    assert [letter.text for letter in van.letters] == ["hel"]
    assert [one.state for one in await passages(house, which)] == ["waiting", "sent"]
    van.stumbles_over = ""
    await house.passes(60)
    assert [letter.text for letter in van.letters] == ["hel", "brudt"]
    anna.messages.clear()


async def test_what_comes_from_outside_is_there_once_and_says_who_wrote_it(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await registers(house)
    (anna,) = await house.connect("anna")
    thread, at = str(uuid4()), house.clock.now() - timedelta(minutes=5)
    to = (Address(Kind.DUTY, "nord"),)
    first = Arrived("m1", thread, "doctor", "linje 1\nlinje 2", at, to, "Svar", "Bent", "Dr. Ravn")
    for _ in range(2):
        assert await arrived(house.services.messages, "house", first) == 1
    await house.settle()
    (frame,) = anna.messages
    anna.messages.clear()
    assert frame["message"]["author_name"] == "Dr. Ravn"
    assert await reads(house, "anna", thread) == ["linje 1\nlinje 2"]
    said = await adds(house, "anna", thread, "tak", replies_to=1)
    later = replace(first, id="m2", text="selv tak", replies_to=said["id"])
    assert await arrived(house.services.messages, "house", later) == 3
    shown = (await call(house, "anna", "GET", f"/{thread}")).json()["messages"]
    assert [one.get("replies_to") for one in shown] == [None, 1, 2]
    assert await told(house, thread) == [("withheld", "no_basis")], "an answer needs a basis of its own"
    await house.settle()
    anna.messages.clear()
