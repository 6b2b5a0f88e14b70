"""A mailbox when something is wrong: what whoever sent is told, what goes again, and what the operator reads."""

from datetime import timedelta
from functools import partial

from hub.foreign.boxes import LONGEST_AWAY, troubles
from hub.messaging.mailbox import LEAST_KNOWN, LEAST_SILENCE, silence
from hub.messaging.outside import Way
from hub.messaging.sending import PATIENCE
from integrations.medcom import codes
from tests.databases import on_both
from tests.integrations.medcom_messages import WHEN, pdf
from tests.messaging.test_attachments import Watchful
from tests.scenarios.conftest import Begin
from tests.scenarios.practice import PDF, Practice, only, opened, passage, shares
from tests.scenarios.test_messages import adds, reads

pytestmark = on_both


def test_silence_is_told_by_how_often_something_came_lately() -> None:
    daily = [WHEN - timedelta(days=day) for day in range(LEAST_KNOWN)]
    assert silence(daily, WHEN + timedelta(days=2)) is None
    assert silence(daily, WHEN + timedelta(days=2, seconds=1)) == timedelta(days=2, seconds=1)
    assert silence(daily[1:], WHEN + timedelta(days=99)) is None, "from so few nobody can tell"
    often = [WHEN - timedelta(minutes=count) for count in range(LEAST_KNOWN)]
    assert silence(often, WHEN + LEAST_SILENCE) is None, "a quiet night is none"
    assert silence(often, WHEN + LEAST_SILENCE + timedelta(seconds=1)) is not None


async def test_what_cannot_be_taken_now_is_answered_so_and_taken_as_soon_as_it_can_be(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    house = practice.house
    scanner = house.services.messages.attaching.scanner = Watchful()
    scanner.away = True
    first = practice.writes("Første", pdf(practice.new_id(), PDF))
    practice.sends(first)
    for _ in range(3):
        await practice.looks()
    practice.fetches()
    assert practice.answers == [(first.header, codes.TRANSIENT)], "once for each copy that waits"
    assert practice.vans.settled() == {}
    house.clock.advance(PATIENCE.total_seconds())
    practice.sends(first)
    scanner.away = False
    await practice.looks()
    practice.fetches()
    assert practice.answers[1:] == [(first.header, codes.OK)] * 2
    assert await reads(house, "anna", await only(practice, "anna")) == ["Første"]


async def test_what_the_receiver_cannot_take_now_goes_again_and_what_it_never_will_does_not(begin: Begin) -> None:
    practice, which = await answering(begin)
    house = practice.house
    await adds(house, "anna", which, "Svar")
    await practice.looks()
    practice.fetches()
    practice.acknowledges(practice.got[-1], codes.TRANSIENT, "Systemet er optaget")
    await practice.looks()
    assert await passage(house, which, 2) == ("sent", "Systemet er optaget")
    assert practice.fetches() == [], "it waits for its half hour"
    house.clock.advance(PATIENCE.total_seconds())
    await practice.looks()
    (again,) = practice.fetches()
    assert practice.got[-1].newest.segments[0].text == "Svar"
    practice.acknowledges(practice.got[-1], codes.FATAL, "Patient: is unknown here")
    await practice.looks()
    assert await passage(house, which, 2) == ("refused", "Patient: is unknown here")
    for _ in range(3):
        house.clock.advance(PATIENCE.total_seconds())
        await practice.looks()
    assert practice.fetches() == []
    assert again.receiver == practice.got[-1].receiver.gln


async def test_the_operator_reads_what_is_wrong_with_a_mailbox(begin: Begin) -> None:
    practice, which = await answering(begin)
    house, box = practice.house, practice.box
    assert box is not None
    house.services.vigil.mailboxes = partial(troubles, {Way.MEDCOM: box})
    await adds(house, "anna", which, "Svar")
    await practice.looks()
    assert await said(practice) == []
    house.clock.advance(PATIENCE.total_seconds())
    await practice.looks()
    (wrong,) = await said(practice)
    assert wrong.startswith("1 beskeder ad MedCom (VANS) blev ikke kvitteret inden for en halv time")
    practice.fetches()
    practice.acknowledges(practice.got[-1])
    await practice.looks()
    assert await said(practice) == []
    away = practice.vans.folder.rename(practice.vans.folder.parent / "away")
    practice.vans.folder.write_text("no folder any more", "utf-8")
    await box.watch()
    assert await said(practice) == [], "a provider may be away for a moment"
    house.clock.advance(LONGEST_AWAY.total_seconds() + 60)
    await box.watch()
    (wrong,) = await said(practice)
    assert wrong.startswith("Postkassen MedCom (VANS) har ikke svaret i 6 minutter: The folder vans could not be")
    practice.vans.folder.unlink()
    away.rename(practice.vans.folder)
    await box.watch()
    assert await said(practice) == []


async def answering(begin: Begin) -> tuple[Practice, str]:
    """A practice has written, and Anna may answer; the conversation."""
    practice = await opened(begin, "anna nord")
    practice.sends(practice.writes("Første"))
    await practice.looks()
    practice.fetches()
    which = await only(practice, "anna")
    await shares(practice.house, "anna", which)
    return practice, which


async def said(practice: Practice) -> list[str]:
    answer = await practice.house.http.get("/health/ready", headers={"Accept-Language": "da"})
    assert answer.status_code == 200, "the hub does its job all the same"
    return [one for one in answer.json()["faults"] if "MedCom" in one]
